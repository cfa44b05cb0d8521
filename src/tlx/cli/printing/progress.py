"""How far a long loading is, told to the person who waits for what a command prints."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence

from tlx import units
from tlx.cli.exits import heed_signals
from tlx.session import Progress, Session

_QUIET_SECONDS = 1.0
"""So long nothing is said."""
_PAUSE = 0.25
_CLEAR = "\r\x1b[K"


def wait(session: Session) -> None:
    """Wait for the end of the loading; where stderr is a terminal, say how far it is.

    Raises:
        SourceError: a source could not be read to its end.
    """
    done = threading.Event()
    session.listen(lambda: done.set() if session.done else None)
    line = _Line()
    try:
        while not (session.done or done.wait(_PAUSE)):
            heed_signals()
            line.show(session)
    finally:
        line.clear()
    session.wait()


class Counting:
    """How many of so many events were looked at, told to a person who waits for what is found in them."""

    def __init__(self, total: int) -> None:
        """Say nothing yet."""
        self._total = total
        self._line = _Line()
        self._due = time.monotonic() + _QUIET_SECONDS
        self._quiet = False

    def note(self, number: int) -> None:
        """Say how many there were so far, once it takes long."""
        heed_signals()
        now = time.monotonic()
        if not self._quiet and now >= self._due:
            self._due = now + _PAUSE
            share = 100 * number // max(1, self._total)
            self._line.write(f"{share} % · {units.count(number)} of {units.count(self._total)} events checked")

    def pause(self, *, quiet: bool = True) -> None:
        """Say no more while what was found goes out, or go on."""
        self._quiet = quiet
        self._line.clear()


class _Line:
    """The line on the terminal, if stderr is one."""

    def __init__(self) -> None:
        self._wanted = sys.stderr is not None and sys.stderr.isatty()
        self._shown = False

    def show(self, session: Session) -> None:
        """Say how far `session` is, once it takes long."""
        progress = session.progress()
        if progress.seconds > _QUIET_SECONDS:
            self.write(text(progress, session.paths))

    def write(self, words: str) -> None:
        """Let the line say something else."""
        if self._wanted:
            self._shown = True
            self._print(f"{_CLEAR}tlx: {words}")

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            self._shown = False
            self._print(_CLEAR)

    def _print(self, words: str) -> None:
        print(words, end="", file=sys.stderr, flush=True)  # noqa: T201  stderr is where talk goes


def text(progress: Progress, paths: Sequence[str]) -> str:
    """Return one line on how far a loading is."""
    if not progress.read_bytes:
        return f"waiting for {', '.join(map(units.visible, paths))}"
    parts = [f"{units.size(progress.text_bytes)} of text", f"{units.count(progress.events)} events"]
    if progress.rejects:
        parts.append(f"{units.count(progress.rejects)} rejects")
    if progress.total_bytes:
        parts.insert(0, f"{100 * progress.read_bytes // progress.total_bytes} %")
    if (left := progress.seconds_left) is not None:
        parts.append(f"{units.duration(int(left * 10) * 100_000_000)} left")
    return " · ".join(parts)
