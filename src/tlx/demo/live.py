"""A build that runs now: its records reach the file when they would have, flushed as Buck2 flushes them."""

import threading
import time
from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import Protocol

import orjson

from tlx.demo.script import Record
from tlx.demo.write import Encoder, gzipped, plain, zstd

ENCODINGS: dict[str, tuple[Encoder, float]] = {"plain": (plain, 0.0), "gzip": (gzipped, 0.1), "zstd": (zstd, 0.1)}
"""How a log is written, with the seconds between two flushes: what is not compressed goes out at once."""


class Clock(Protocol):
    """Tells the time, and waits."""

    def now(self) -> float:
        """Return the seconds since the writing began."""

    def rest(self, seconds: float) -> None:
        """Wait so long, or until it is `over`."""

    @property
    def over(self) -> bool:
        """Whether to write no more."""


class RealClock:
    """The time that passes, until `stop` is set."""

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


def timed(records: Iterable[Record], start: int, speed: float) -> Iterator[tuple[float, bytes]]:
    """Yield the lines of a run that starts at `start`, in ms since the epoch, with the second in which each is due.

    What arrives late goes with what overtook it, and the invocation record with the first event: before that Buck2
    makes no file.
    """
    head, latest = b"", start
    for record in records:
        line = orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
        if "epoch_millis" not in record:
            head += line
            continue
        latest = max(latest, record["epoch_millis"])
        yield (latest - start) / 1_000 / speed, head + line
        head = b""
    if head:
        yield (latest - start) / 1_000 / speed, head


def flushes(lines: Iterable[tuple[float, bytes]], clock: Clock, pause: float) -> Iterator[bytes]:
    """Yield lines once they are due, those of `pause` seconds together; what is in hand when the clock is over, too."""
    batch, next_flush = b"", 0.0
    for moment, group in groupby(lines, itemgetter(0)):
        while clock.now() < moment and not clock.over:
            if batch and clock.now() >= next_flush:
                yield batch
                batch, next_flush = b"", clock.now() + pause
            clock.rest((min(moment, next_flush) if batch else moment) - clock.now())
        if clock.over:
            break
        batch += b"".join(line for _, line in group)
        if clock.now() >= next_flush:
            yield batch
            batch, next_flush = b"", clock.now() + pause
    if batch:
        yield batch


def write_live(path: Path, lines: Iterable[tuple[float, bytes]], encoding: str, clock: Clock) -> None:
    """Write lines to a new file as they fall due; the file is made with the first of them.

    Raises:
        OSError: there is such a file, or it cannot be written.
    """
    encode, pause = ENCODINGS[encoding]
    batches = flushes(lines, clock, pause)
    for first in batches:
        with path.open("xb", buffering=0) as file:
            for piece in encode(chain([first], batches)):
                file.write(piece)
