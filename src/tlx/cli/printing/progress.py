"""How far a long loading is, told to the person who waits for what a command prints."""

from __future__ import annotations

import sys
import threading
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


class _Line:
    """The line on the terminal, if stderr is one."""

    def __init__(self) -> None:
        self._wanted = sys.stderr is not None and sys.stderr.isatty()
        self._shown = False

    def show(self, session: Session) -> None:
        """Say how far `session` is, once it takes long."""
        progress = session.progress()
        if self._wanted and progress.seconds > _QUIET_SECONDS:
            self._shown = True
            self._write(f"{_CLEAR}tlx: {text(progress, session.paths)}")

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            self._write(_CLEAR)

    def _write(self, words: str) -> None:
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
