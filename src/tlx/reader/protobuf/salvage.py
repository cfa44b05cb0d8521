"""Protobuf records behind their lengths, as JSON lines; those that are damaged are passed over."""

from __future__ import annotations

import base64
import contextlib
import re
from collections.abc import Generator, Iterator

from tlx.model import Flaw
from tlx.reader.protobuf.records import BadRecordError, begins_invocation, begins_progress, line_of
from tlx.reader.protobuf.wire import varint

_KEPT = 48 << 10
"""So many bytes are kept of what is no record."""
_CANDIDATE = re.compile(rb"[\x80-\xff]{0,4}[\x01-\x7f][\x0a\x12\x1a]")
_HEAD = 5
"""A place where a record may begin shows by so many bytes, or one more."""
_PATIENCE = 1 << 28
"""So many bytes of bad records are looked into; then the search for good ones ends."""


class Records:
    """Records behind their lengths; damaged ones are passed over up to the next that is whole."""

    def __init__(self) -> None:
        self.at_seam = False
        """Whether a frame has ended since the last byte."""
        self._data = bytearray()
        self._at = 0
        self._before = 0
        """Where the last record begins, which stays in hand."""
        self._sure = 0
        """The offset, in decompressed bytes, behind the last record."""
        self._base = 0
        """That of the first byte in hand."""
        self._enough = 0
        """So many bytes must be in hand for another look to be worth it."""
        self._why = ""
        """What is wrong with the bytes that are being passed over, if any are."""
        self._lost_at = 0
        self._kept = b""
        """The begin of what was passed over."""
        self._patience = _PATIENCE

    def feed(self, piece: bytes) -> Iterator[bytes | Flaw]:
        """Yield the lines of the records that are whole by now."""
        self._data += piece
        if len(self._data) >= self._enough:
            yield from self._walk()

    def lose(self, reason: str) -> Iterator[bytes | Flaw]:
        """Yield what is in hand, which is no whole record, for a `reason`."""
        rest = yield from self._rest()
        if rest:
            yield Flaw(reason)

    def end(self) -> Iterator[bytes | Flaw]:
        """Yield what is in hand as a line without an end."""
        yield from self._rest()

    def _rest(self) -> Generator[bytes | Flaw, None, bool]:
        """Yield what was passed over, and the begin of a record; return whether there was one."""
        yield from self._walk()
        if self._why:
            self._step(len(self._data))
            yield from self._tell()
        rest = bytes(self._data[self._at :])
        self._at = self._before = len(self._data)
        self._drop()
        if rest:
            yield base64.b64encode(rest[:_KEPT])
        return bool(rest)

    def _walk(self) -> Iterator[bytes | Flaw]:
        lines: list[bytes] = []
        while (place := self._next()) is not None:
            begin, end, invocation = place
            try:
                line = line_of(bytes(self._data[begin:end]), invocation=invocation)
            except BadRecordError as error:
                self._patience -= end - begin
                self._lose(str(error))
                continue
            if self._why:
                yield b"".join(lines if self._lost_at >= self._sure else lines[:-1])
                lines.clear()
                yield from self._tell()
            lines.append(line + b"\n")
            self._before, self._at = self._at, end
            self._sure = self._base + end
        self._drop()
        if lines:
            yield b"".join(lines)

    def _next(self) -> tuple[int, int, bool] | None:
        """Go to the next record; return its begin and end and whether it starts a run, or None if it is not whole."""
        while self._found():
            progress = begins_progress(self._data, self._at)
            invocation = begins_invocation(self._data, self._at) if progress is False else False
            if progress is None or invocation is None:
                self._enough = self._worth()
                return None
            if progress or invocation:
                size, begin = varint(self._data, self._at)
                self._enough = begin + size
                return (begin, begin + size, bool(invocation)) if self._enough <= len(self._data) else None
            if not self._go_back():
                self._lose("no record begins here")
        return None

    def _worth(self) -> int:
        """How many bytes make another look worth it: looking at a long record for each few of them would take long."""
        with contextlib.suppress(IndexError):
            size, begin = varint(self._data, self._at)
            return min(begin + size, self._at + 2 * (len(self._data) - self._at))
        return len(self._data) + 1

    def _go_back(self) -> bool:
        """Give the last record up if another run begins inside it: its writer was killed there."""
        places = _CANDIDATE.finditer(self._data, self._before + 1, self._at + _HEAD) if not self._why else ()
        for place in places:
            if place.start() < self._at and begins_invocation(self._data, place.start()):
                self._at = self._before
                self._lose("another run begins inside it")
                self._step(place.start())
                return True
        return False

    def _found(self) -> bool:
        """Go to the next place where a record may begin; return whether there is one."""
        if self._why:
            place = _CANDIDATE.search(self._data, self._at) if self._patience > 0 else None
            self._step(place.start() if place else max(self._at, len(self._data) - _HEAD))
            return place is not None
        return self._at < len(self._data)

    def _lose(self, why: str) -> None:
        """Begin to pass over what stands here, or go on."""
        if not self._why:
            self._why, self._lost_at, self._kept = why, self._base + self._at, b""
        self._step(self._at + 1)

    def _step(self, to: int) -> None:
        """Pass over the bytes up to `to`."""
        self._kept += self._data[self._at : min(to, self._at + _KEPT - len(self._kept))]
        self._at = to

    def _tell(self) -> Iterator[bytes | Flaw]:
        """Yield what was passed over."""
        yield base64.b64encode(self._kept)
        end = self._base + self._at
        yield Flaw(f"damaged: bytes {self._lost_at:,} to {end:,} of the decompressed log are no record: {self._why}")
        self._why = ""

    def _drop(self) -> None:
        """Let go of the bytes that are done."""
        done = min(self._before, self._at)
        del self._data[:done]
        self._base += done
        self._enough = max(0, self._enough - done)
        self._at -= done
        self._before -= done
