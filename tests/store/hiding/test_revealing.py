"""What is masked, revealed: the store answers as if nothing had ever been masked, and back."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from planted import plant
from tlx import machine
from tlx.config import Settings
from tlx.loading import reopen
from tlx.model import EVENT_COLUMNS
from tlx.query.ask import Asker
from tlx.session import Session
from tlx.state import pseudonym_key

COLUMNS = ", ".join(f'"{name}"' for name in EVENT_COLUMNS)
QUESTIONS = {
    "events": f"SELECT {COLUMNS} FROM events ORDER BY id",  # noqa: S608  our own words
    "rejects": "SELECT * FROM rejects ORDER BY id",
}


def answers(session: Session) -> dict[str, list[tuple]]:
    """All events and rejects as they are seen."""
    asker = Asker(session.database)
    found = {name: asker.rows(sql) for name, sql in QUESTIONS.items()}
    asker.close()
    return found


def read(path: Path, *, revealable: bool = False, keep: bool = False, **settings: bool) -> Session:
    """A session that has read a log."""
    session = Session([str(path)], Settings(**settings), revealable=revealable)
    session.start(keep=keep)
    session.wait()
    return session


def test_as_if_nothing_was_masked(tmp_path) -> None:
    """Revealed, all columns of all events and rejects are those of a store that never masked, spans too."""
    log = tmp_path / "log"
    plant(log)
    base = '{{"timestamp": "2026-11-20T09:00:0{}+00:00", "level": "INFO", "logger": "hephaestus.x", "message": "m",'
    base += ' "event": "cleanup.run.{}", "payload": {{"operation_id": "op-9", "token": "abc"}}}}\n'
    with log.open("a") as file:
        file.write(base.format(1, "start") + base.format(4, "complete"))
    plain, masked = read(log, reveal=True), read(log, revealable=True)
    try:
        expected, hidden = answers(plain), answers(masked)
        masked.database.revealed = True
        assert answers(masked) == expected
        masked.database.revealed = False
        assert answers(masked) == hidden != expected
        spans = [row[list(EVENT_COLUMNS).index("duration_ns")] for row in expected["events"]]
        assert 3 * 10**9 in spans
        same = [
            list(EVENT_COLUMNS).index(name) for name in ("id", "line", "dialect", "event", "status", "time", "start")
        ]
        for before, after in zip(expected["events"], hidden["events"], strict=True):
            assert [before[at] for at in same] == [after[at] for at in same]
    finally:
        plain.close()
        masked.close()


def test_nothing_is_cached(tmp_path, monkeypatch) -> None:
    """No index is kept of a log with anything masked, whatever was to be kept; of others one is."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(reopen, "_WORTH_SECONDS", 0)
    plain, sensitive = tmp_path / "plain", tmp_path / "sensitive"
    words = plant(sensitive)
    plain.write_text('{"StarlarkUserEvent":{"id":"a","metadata":{}},"epoch_millis":5}\n' * 50)
    for path, kept in ((sensitive, False), (plain, True)):
        os.utime(path, (1, 1))
        monkeypatch.setattr(reopen, "_QUIET_NS", -(10**18))
        session = read(path, revealable=True, keep=True, cache=True)
        session._thread.join()
        session.close()
        files = [file for file in machine.cache_folder().rglob("*") if file.is_file()]
        assert any(file.suffix == ".duckdb" for file in files) == kept
        assert not any(word.encode() in file.read_bytes() for word in words for file in files)


def test_one_key_for_all(tmp_path) -> None:
    """The key of pseudonyms is made once, is private, and is not taken where others could know it."""
    key = pseudonym_key(tmp_path / "new")
    assert key is not None
    assert len(key) == 32
    assert pseudonym_key(tmp_path / "new") == key
    assert pseudonym_key(tmp_path / "other") != key
    (file,) = (tmp_path / "new").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    assert pseudonym_key(tmp_path / "new") is None
    file.chmod(0o600)
    file.write_bytes(b"short")
    assert pseudonym_key(tmp_path / "new") is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_no_place_for_a_key(tmp_path) -> None:
    """Where no key can be kept there is none, and pseudonyms are of this session alone."""
    tmp_path.chmod(0o500)
    assert pseudonym_key(tmp_path / "new") is None


def test_masked_as_it_comes(tmp_path) -> None:
    """What is appended to a log that is followed is masked like what was there, line by line and torn ends too."""
    log, parts = tmp_path / "log", tmp_path / "parts"
    words = plant(parts)
    lines = parts.read_bytes().split(b"\n")
    log.write_bytes(b"\n".join(lines[:3]) + b"\n")
    session = Session([str(log)], Settings(watch="poll"), follow=True, revealable=True)
    grew = threading.Event()
    session.listen(grew.set)
    session.start()
    try:
        assert session.wait_for_catch_up(60)
        for line in [*lines[3:], b'{"StarlarkUserEvent":{"id":"end"},"epoch_millis":5}']:
            with log.open("ab") as file:
                file.write(line + b"\n")
        asker = Asker(session.database)
        while not asker.rows("SELECT id FROM events WHERE event = 'StarlarkUserEvent'"):
            assert grew.wait(60)
            grew.clear()
        seen = str(answers(session))
        assert [word for word in words if word in seen] == []
        session.database.revealed = True
        assert len([word for word in words if word in str(answers(session))]) > 70
        asker.close()
    finally:
        session.close()
