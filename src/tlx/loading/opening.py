"""Opening sources, and reading the begin of the first one while the store is being made."""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import NamedTuple

from tlx import text
from tlx.loading.names import named
from tlx.reader.lines import LineChunk
from tlx.reader.log import LogReader

_AHEAD = 3
"""So many chunks are read ahead: a small one to begin with, and one for each of two workers."""
_MUCH = 1 << 18
"""Bytes of a source that are left, from which on there will be large texts to look through."""


def opened(paths: Sequence[str], max_line: int | None) -> list[LogReader]:
    """Open every path; where one cannot be, none is.

    Raises:
        SourceError: one cannot be opened.
    """
    readers: list[LogReader] = []
    with ExitStack() as found:
        for number, path in enumerate(named(paths)):
            readers.append(LogReader(path, number, max_line))
            found.callback(readers[-1].close)
        found.pop_all()
    return readers


class _Read(NamedTuple):
    chunk: LineChunk
    steady: bool


class Ahead:
    """Reads the first chunks of a log in a thread of its own. They are asked for by another one alone."""

    def __init__(self, reader: LogReader) -> None:
        self._reader = reader
        self._chunks = reader.chunks()
        self._found: queue.SimpleQueue[_Read | Exception | None] = queue.SimpleQueue()
        self._steady: bool | None = None
        self._thread = threading.Thread(target=self._read, name="tlx-ahead", daemon=True)
        self._thread.start()

    @property
    def steady(self) -> bool:
        """What the reader said of the chunk that was given last."""
        return self._reader.steady if self._steady is None else self._steady

    def chunks(self) -> Iterator[LineChunk]:
        """Yield the lines of the log in order.

        Raises:
            SourceError: the medium failed; what came before is given first.
        """
        while found := self._found.get():
            if isinstance(found, Exception):
                raise found
            self._steady = found.steady
            yield found.chunk
        self._steady = None
        yield from self._chunks

    def close(self) -> None:
        """Wait for the thread, which ends at once where the reader is cancelled."""
        self._thread.join()

    def _read(self) -> None:
        try:
            for chunk in itertools.islice(self._chunks, _AHEAD):
                self._found.put(_Read(chunk, self._reader.steady))
                left = (self._reader.size or 0) - self._reader.read_bytes
                if left >= _MUCH or len(chunk.text) >= text.LARGE:
                    text.prepare()
        except Exception as error:  # noqa: BLE001  raised where the chunks are asked for
            self._found.put(error)
        self._found.put(None)
