"""What a person who waits is told, and nobody else."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from tlx.cli import main
from tlx.cli.printing import progress
from tlx.config.settings import Settings
from tlx.session import Progress, Session

USER = '{"StarlarkUserEvent":{"id":"x","metadata":{}},"epoch_millis":5}\n'


class Person(io.StringIO):
    """A terminal that keeps what is written."""

    def isatty(self) -> bool:
        """Say that it is one."""
        return True


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (Progress(0, 100, 0, 0, 0, 2.0, done=False), "waiting for a, b␛"),
        (
            Progress(25, 100, 1000, 1, 0, 2.0, done=False, text_bytes=2048),
            "25 % · 2 KiB of text · 1,000 events · 6s left",
        ),
        (Progress(25, None, 0, 0, 7, 2.0, done=False, text_bytes=5), "5 B of text · 0 events · 7 rejects"),
    ],
)
def test_words(state: Progress, words: str) -> None:
    """The line holds what is known: share, text, events, rejects and the time left."""
    assert progress.text(state, ["a", "b\x1b"]) == words


@pytest.mark.parametrize("quiet", [0.0, 60.0])
def test_a_terminal_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet: float) -> None:
    """On a terminal a line shows as soon as it takes long, and is gone at the end; before that there is none."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    keep = os.open(pipe, os.O_RDWR)
    person = Person()
    monkeypatch.setattr("sys.stderr", person)
    monkeypatch.setattr(progress, "_QUIET_SECONDS", quiet)
    monkeypatch.setattr(progress, "_PAUSE", 0.01)
    session = Session([str(pipe)], Settings())

    def looked() -> None:
        """What the wait asks for in each round; after some, the pipe is written and closed."""
        rounds.append(None)
        if len(rounds) == 5:
            os.write(keep, USER.encode() * 3)
            os.close(keep)

    rounds: list[None] = []
    monkeypatch.setattr(progress, "heed_signals", looked)
    try:
        session.start()
        progress.wait(session)
        assert session.progress().events == 3
    finally:
        session.close()
    said = person.getvalue()
    assert said.startswith(f"\r\x1b[Ktlx: waiting for {pipe}") == (quiet == 0)
    assert said.endswith("\r\x1b[K") == (quiet == 0)


def test_nobody_else_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where stderr is no terminal, or closed, nothing is said of the progress."""
    monkeypatch.setattr(progress, "_QUIET_SECONDS", 0.0)
    log = tmp_path / "x"
    log.write_text(USER)
    assert main.run(["stats", str(log)]) == 0
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr", None)
    assert main.run(["stats", str(log)]) == 0
    assert main.run(["stats", str(tmp_path / "no")]) == 3
    assert "no such file" not in capsys.readouterr().out


def test_a_terminal_is_told_of_events_that_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where that takes long a line says how many, and is gone before what was found is printed."""
    log = tmp_path / "x"
    log.write_text(USER * 3 + USER.replace("5", '"5"'))
    person = Person()
    monkeypatch.setattr("sys.stderr", person)
    monkeypatch.setattr("sys.stdout", person)
    monkeypatch.setattr(progress, "_QUIET_SECONDS", 0.0)
    assert main.run(["validate", str(log)]) == 1
    told, _, printed = person.getvalue().partition("file")
    assert "\r\x1b[Ktlx: 100 % · 4 of 4 events checked" in told
    assert told.endswith("\r\x1b[K\x1b[1m")
    assert "wrong-type" in printed.partition("tlx:")[0]


def test_checking_ends_where_a_signal_was_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The signal is heeded between two stretches of events."""
    counting = progress.Counting(5)

    def told() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(progress, "heed_signals", told)
    with pytest.raises(KeyboardInterrupt):
        counting.note(1)
