"""The pace of a replay: when a line is due, and writing it then."""

from __future__ import annotations

import math
import threading
import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Protocol

from tlx import units
from tlx.query.replay import Line, Span

_LONGEST_GAP = 2 * units.NS_PER_S
"""So long it stays quiet, as seen by who watches, where no run was under way."""
_TICK = 0.05
"""Seconds between two writes: more often nobody looks."""
_BATCH_BYTES = 1 << 20


class Clock:
    """The seconds that have passed, until `stop` is set."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._began = time.monotonic()

    def now(self) -> float:
        """Return the seconds since the clock was made."""
        return time.monotonic() - self._began

    def rest(self, seconds: float) -> None:
        """Wait so long, or until it is `over`."""
        self._stop.wait(seconds)

    @property
    def over(self) -> bool:
        """Whether it was stopped."""
        return self._stop.is_set()


class Course:
    """When a moment of the log is due: faster or slower than it was, and not much of the time between runs."""

    def __init__(self, spans: Sequence[Span], speed: float, seek: int) -> None:
        """Play what runs say, `speed` times as fast; what was before `seek`, in ns since the epoch, is due at once."""
        self._speed = speed
        self._ends: list[int] = []
        self._cuts = [0]
        over = None
        for span in sorted(spans, key=lambda span: span.begin):
            if over is not None and (excess := span.begin - over - int(_LONGEST_GAP * speed)) > 0:
                self._ends.append(span.begin)
                self._cuts.append(self._cuts[-1] + excess)
            over = span.end if over is None else max(over, span.end)
        self._seek = self._played(seek)

    def _played(self, at: int) -> int:
        """The moment, less what is cut off of gaps before it."""
        return at - self._cuts[bisect_right(self._ends, at)]

    def due(self, at: int) -> float:
        """Return the second of the replay in which a moment of the log, in ns since the epoch, is due."""
        return (self._played(at) - self._seek) / units.NS_PER_S / self._speed


class Growth(Protocol):
    """What is written to."""

    def write(self, data: bytes, /) -> int | None:
        """Append these bytes."""


class Player:
    """Writes the lines of each source to its place; belongs to one thread at a time."""

    def __init__(self, lines: Iterable[Line], places: Mapping[int, Growth]) -> None:
        self._lines: Iterator[Line] = iter(lines)
        self._places = places
        self._batch: dict[int, list[bytes]] = {source: [] for source in places}
        self._size = 0

    def skip(self, to: int) -> None:
        """Write at once what was up to this time, in ns since the epoch."""
        for line in self._lines:
            if line.at > to:
                self._lines = chain([line], self._lines)
                break
            self._add(line)
        self._flush()

    def play(self, course: Course, clock: Clock) -> None:
        """Write the rest at its pace, until the clock is over."""
        for line in self._lines:
            moment = math.ceil(course.due(line.at) / _TICK) * _TICK
            if clock.now() < moment:
                self._flush()
                while clock.now() < moment and not clock.over:
                    clock.rest(moment - clock.now())
            if clock.over:
                return
            self._add(line)
        self._flush()

    def _add(self, line: Line) -> None:
        data = line.text.encode() + b"\n"
        self._batch[line.source].append(data)
        self._size += len(data)
        if self._size > _BATCH_BYTES:
            self._flush()

    def _flush(self) -> None:
        for source, batch in self._batch.items():
            if batch:
                self._places[source].write(b"".join(batch))
                batch.clear()
        self._size = 0
