"""What is masked, revealed: the store answers as if nothing had ever been masked, and back."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from planted import plant
from tlx import machine
from tlx.config.dialect_files import DialectFile
from tlx.config.settings import Settings
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


def read(path: Path, *, revealable: bool = False, keep: bool = False, **settings: Any) -> Session:
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


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    """A cache in which everything is worth its place at once."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(reopen, "_WORTH_SECONDS", 0)
    monkeypatch.setattr(reopen, "_QUIET_NS", -(10**18))
    return machine.cache_folder() / "index"


def kept(path: Path, **settings: Any) -> bool:
    """Read a log as the screen does, and let its index be kept; say whether it came out of the cache."""
    session = read(path, revealable=True, keep=True, cache=True, **settings)
    session._thread.join()
    known = bool(session._reopening.known)
    session.close()
    return known


def test_out_of_the_cache(tmp_path, cache) -> None:
    """A masked log is kept for its owner's eyes alone, and comes back masked, revealed and masked again as it was."""
    log = tmp_path / "log"
    words = plant(log)
    fresh, plain = read(log, revealable=True), read(log, reveal=True)
    hidden, shown = answers(fresh), answers(plain)
    numbers = [Asker(fresh.database).row('SELECT count(*), sum("values") FROM masked')]
    fresh.close()
    plain.close()
    assert not kept(log)
    assert {file.suffix for file in cache.iterdir()} == {".json", ".duckdb"}
    assert cache.stat().st_mode & 0o077 == 0
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in cache.iterdir())
    assert not any(word.encode() in file.read_bytes() for word in words for file in cache.glob("*.json"))
    assert kept(log)
    screen = read(log, revealable=True, cache=True)
    assert screen._reopening.known
    assert answers(screen) == hidden
    assert not [word for word in words if word in str(answers(screen))]
    assert [Asker(screen.database).row('SELECT count(*), sum("values") FROM masked')] == numbers
    screen.database.revealed = True
    assert answers(screen) == shown
    screen.database.revealed = False
    assert answers(screen) == hidden
    screen.close()
    for revealed, expected in ((False, hidden), (True, shown)):
        printed = read(log, reveal=revealed, cache=True)
        assert printed._reopening.known
        assert answers(printed) == expected
        printed.close()


def test_the_same_rules_alone(tmp_path, cache) -> None:
    """An index is used where the same is masked, with pseudonyms of the same key; one of this session alone is none."""
    log = tmp_path / "log"
    log.write_text('{"event": {"feature": "a", "action": "b"}, "metadata": {"licenseKey": "x"}}\n')
    own = DialectFile("x.toml", b'name="shop"\nrecognise={keys=["shop"]}\ncolumns={name="x"}\nsensitive=["a"]')
    other = own._replace(data=own.data.replace(b'"a"', b'"b"'))
    assert (kept(log), kept(log, mask=("a",)), kept(log, mask=("a",))) == (False, False, True)
    assert (kept(log, dialect_file=(own,)), kept(log, dialect_file=(other,))) == (False, False)
    assert kept(log, dialect_file=(other,))
    key = next((tmp_path / "state").rglob("*.key"))
    key.unlink()
    assert (kept(log, dialect_file=(other,)), kept(log, dialect_file=(other,))) == (False, True)
    next((tmp_path / "state").rglob("*.key")).chmod(0o644)
    assert (kept(log), kept(log)) == (False, False)


def test_grown_behind_the_cache(tmp_path, cache) -> None:
    """A masked log that has grown is read again; one that had nothing masked goes on, and is masked from there."""
    log, sensitive = tmp_path / "log", tmp_path / "sensitive"
    words = plant(sensitive)
    looks = '{"event": "beamlens.x.start", "measurements": {}, "metadata": {}}\n'
    log.write_text(looks * 50)
    assert not kept(log)
    for more in (b'"thought cut": "Zx-fragment"}\n', sensitive.read_bytes(), b"{}\n"):
        with log.open("ab") as file:
            file.write(more)
        fresh = read(log, revealable=True)
        grown = read(log, revealable=True, keep=True, cache=True)
        try:
            for revealed in (False, True, False):
                fresh.database.revealed = grown.database.revealed = revealed
                assert answers(grown) == answers(fresh)
            seen = str(answers(grown))
            assert not [word for word in [*words, "Zx-fragment"] if word in seen]
            grown._thread.join()
        finally:
            fresh.close()
            grown.close()


def test_an_index_goes_with_its_log(tmp_path, cache) -> None:
    """What was kept of a log that is no more goes as soon as another is opened, kept itself or not."""
    log, other = tmp_path / "log", tmp_path / "other"
    plant(log)
    kept(log)
    before = set(cache.iterdir())
    assert len(before) == 2
    log.unlink()
    other.write_text("{}\n")
    kept(other)
    assert not before & set(cache.iterdir())


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
