"""Following a log by its name: the file that the name leads to now, and those before it until they are drained.

What is written to a file that was renamed or deleted is read as long as something comes. A file that is cut off or
written anew begins again: each such generation is a source of its own.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import NamedTuple

from tlx.model import SourceState
from tlx.reader.lines import LineChunk
from tlx.reader.log import LogReader
from tlx.reader.source import STDIN, SourceError

_GRACE = 10.0
"""Seconds without growth after which a file that has lost its name is let go."""
_REST = 0.3
"""Seconds without growth after which doubt is settled with what there is."""
_LIVE = 3.0
"""Seconds after its last growth in which a log counts as live."""
_MOST_NAMELESS = 64
"""So many files that have lost their names are held open at most."""


class Liveness(StrEnum):
    """How a followed log is."""

    WAITING = "waiting"
    """There is no such file yet."""
    LIVE = "live"
    IDLE = "idle"
    FINISHED = "finished"
    """Its last frame or member is closed, or its writer has closed the pipe; more may be appended all the same."""
    TORN = "torn"
    """It stops inside a frame, block or line, and nothing has come for a while."""
    GONE = "gone"
    """Its name leads nowhere any more."""


class Standing(NamedTuple):
    """How a followed log stands; sizes in bytes, `idle` in seconds since it grew last."""

    path: str
    liveness: Liveness
    idle: float
    read_bytes: int
    lag: int
    """Bytes that are there and have not been read."""
    generation: int
    """1 for the first file of that name, 2 for the one in its place, and so on."""
    trouble: str = ""
    """Why it cannot be read now, if something is in the way."""


class _Generation:
    """One file of a name, while something may come of it."""

    def __init__(self, reader: LogReader, now: float) -> None:
        self.reader = reader
        self.grew = now
        self._size = 0
        self._settled = True

    def drain(self, now: float) -> Iterator[tuple[LogReader, LineChunk]]:
        """Yield what there is now."""
        for chunk in self.reader.advance():
            yield self.reader, chunk
        if self.reader.source.read_bytes != self._size:
            self._size = self.reader.source.read_bytes
            self.grew = now
            self._settled = False
        elif not self._settled and now - self.grew > _REST:
            self._settled = True
            for chunk in self.reader.settle():
                yield self.reader, chunk

    def end(self) -> Iterator[tuple[LogReader, LineChunk]]:
        """Yield what is left; the file is not needed any more, and there may be many of them."""
        for chunk in self.reader.end():
            yield self.reader, chunk
        self.reader.close()


class Follower:
    """Follows one path; `step` is called again and again by one thread, the rest by any."""

    def __init__(
        self,
        path: str,
        open_reader: Callable[[str, bool], LogReader],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Follow `path`; `open_reader` opens it as a new source, told whether the file was cut off before.

        Raises:
            SourceError: there is something of that name, and it cannot be read.
        """
        self.path = path
        self._open_reader = open_reader
        self._clock = clock
        self._current: _Generation | None = None
        self._nameless: list[_Generation] = []
        self._number = 0
        self._there = False
        self._trouble = ""
        self._lost = clock()
        if self._file() is not None:
            self._begin(regrown=False)

    def step(self) -> Iterator[tuple[LogReader, LineChunk]]:
        """Yield the whole lines that have come, of older files first, each with its reader."""
        for generation in list(self._nameless):
            yield from self._read(generation)
            if self._clock() - generation.grew > _GRACE or len(self._nameless) > _MOST_NAMELESS:
                self._nameless.remove(generation)
                yield from generation.end()
        if self._current is not None:
            yield from self._read(self._current)
        yield from self._look()

    def _read(self, generation: _Generation) -> Iterator[tuple[LogReader, LineChunk]]:
        try:
            yield from generation.drain(self._clock())
        except SourceError as error:
            self._trouble = str(error)

    def _look(self) -> Iterator[tuple[LogReader, LineChunk]]:
        """See whether the name leads to another file, or the file begins anew; read that."""
        found = self._file()
        self._there = found is not None
        regrown = False
        if self._current is not None:
            if self._current.reader.source.rewritten:
                yield from self._current.end()
                self._current, regrown = None, True
            elif found not in (None, self._current.reader.source.file):
                self._nameless.append(self._current)
                self._current = None
        if self._current is None and found is not None:
            try:
                current = self._begin(regrown=regrown)
            except SourceError as error:
                self._trouble = str(error)
            else:
                yield from self._read(current)

    def _begin(self, *, regrown: bool) -> _Generation:
        reader = self._open_reader(self.path, regrown)
        self._trouble = ""
        self._number += 1
        self._current = _Generation(reader, self._clock())
        return self._current

    def _file(self) -> tuple[int, int] | None:
        """What the name leads to; standard input has none and stays."""
        if self.path == STDIN:
            return (0, 0) if self._current is None else self._current.reader.source.file
        try:
            found = os.stat(self.path)  # noqa: PTH116  a name that is no path stays as it is
        except (OSError, ValueError):
            return None
        return found.st_dev, found.st_ino

    def end(self) -> Iterator[tuple[LogReader, LineChunk]]:
        """Yield what is left of every file: nothing is followed any more."""
        for generation in [*self._nameless, *([self._current] if self._current else [])]:
            yield from generation.end()

    @property
    def is_over(self) -> bool:
        """Whether nothing can ever follow: standard input was closed."""
        return self._current is not None and self._current.reader.source.ended

    @property
    def standing(self) -> Standing:
        """How the log stands now."""
        current, now = self._current, self._clock()
        if current is None:
            liveness = Liveness.GONE if self._number else Liveness.WAITING
            return Standing(self.path, liveness, now - self._lost, 0, 0, self._number, self._trouble)
        source, idle = current.reader.source, now - current.grew
        liveness = Liveness.LIVE if idle < _LIVE else Liveness.IDLE
        if source.ended or (current.reader.ends_frame and idle >= _LIVE):
            liveness = Liveness.FINISHED
        elif not self._there:
            liveness = Liveness.GONE
        elif idle >= _LIVE and current.reader.state == SourceState.TORN:
            liveness = Liveness.TORN
        return Standing(self.path, liveness, idle, source.read_bytes, source.lag, self._number, self._trouble)
