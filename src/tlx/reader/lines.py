"""Whole lines out of pieces of text cut anywhere; the torn last line is kept.

Lines end at LF only: U+2028 and other separators stand raw inside JSON strings. A line longer than the limit is let
pass without being held: only its begin is kept.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

from tlx.text import Text

BOM = b"\xef\xbb\xbf"
FIRST_CHUNK = 1 << 17
"""Bytes of the first chunk: small, so that the first rows show at once."""
CHUNK = 12 << 20
"""Bytes of the later chunks: large, so that the store's fixed cost per batch does not show."""
MAX_LINE = 65 << 20
"""Bytes of the longest line that is read as a record: 64 MiB of anything and what stands around it. Real logs stay far
below; the store may need sixty times as much memory to parse a line of nothing but brackets."""
HEAD = 64 << 10
"""So many bytes are kept of a line that is longer."""


class LineChunk(NamedTuple):
    """Whole lines without the last LF; `first_line` counts from 1, `offset` is in decompressed bytes."""

    text: Text
    first_line: int
    offset: int
    line_count: int
    tail: bool = False
    """The last line of the source, without a line feed: it may be torn."""
    flaw: str = ""
    """What befell the only line of this chunk, for whoever finds that it is no record."""
    cut: bool = False
    """Of the only line there is no more than its begin, so that it can be no record whatever it says."""


def from_line(chunk: LineChunk, line: int) -> LineChunk | None:
    """Return what of a chunk stands at `line` and behind it; None if nothing does."""
    passed = line - chunk.first_line
    if passed <= 0:
        return chunk
    if passed >= chunk.line_count:
        return None
    text = Text(chunk.text.whole.split(b"\n", passed)[-1])
    offset = chunk.offset + len(chunk.text) - len(text)
    return chunk._replace(text=text, first_line=line, offset=offset, line_count=chunk.line_count - passed)


class _LongLine:
    """A line over the limit while it passes: its begin and its size in bytes."""

    def __init__(self) -> None:
        self.size = 0
        self.blank = True
        self.head = b""

    def add(self, text: bytes) -> None:
        """Take more of the line."""
        self.size += len(text)
        self.blank = self.blank and not text.strip()
        self.head += text[: HEAD - len(self.head)]


class LineSplitter:
    """Cuts decompressed text into chunks of whole lines, in order, none lost."""

    def __init__(self, max_line: int = MAX_LINE, first_chunk: int = FIRST_CHUNK, chunk: int = CHUNK) -> None:
        self.decompressed_bytes = 0
        self._max_line = max_line
        self._target = first_chunk
        self._chunk = chunk
        self._pieces: list[bytes] = []
        self._held = 0
        self._looked = 0
        self._line = 1
        self._offset = 0
        self._long: _LongLine | None = None
        self._mark: bytes | None = b""

    @property
    def lines(self) -> int:
        """How many lines were given so far."""
        return self._line - 1

    def feed(self, piece: bytes) -> Iterator[LineChunk]:
        """Take a piece; yield chunks when enough whole lines are in hand."""
        self.decompressed_bytes += len(piece)
        if self._mark is not None:
            piece = self._without_mark(self._mark, piece)
        if self._long is not None:
            text, ended, piece = piece.partition(b"\n")
            self._long.add(text)
            if ended:
                yield from self._end_long(self._long)
        self._hold(piece)
        if self._held >= self._target:
            yield from self.flush()

    def skip(self, size: int) -> None:
        """Pass over so many bytes of the text, which belong to no line."""
        self.decompressed_bytes += size
        self._offset += size

    def begin(self) -> None:
        """Note that a frame begins: a byte order mark there is no part of a line."""
        if self._mark is None and self._long is None and (not self._pieces or self._pieces[-1].endswith(b"\n")):
            self._mark = b""

    def flush(self) -> Iterator[LineChunk]:
        """Yield all whole lines in hand, if any."""
        last = next((n for n in reversed(range(self._looked, len(self._pieces))) if b"\n" in self._pieces[n]), None)
        if last is None:
            self._looked = len(self._pieces)
            self._wait()
            return
        self._target = self._chunk
        piece = self._pieces[last]
        end = piece.rfind(b"\n")
        text = Text(*self._pieces[:last], piece[:end])
        self._pieces = [rest for rest in (piece[end + 1 :], *self._pieces[last + 1 :]) if rest]
        self._held = sum(map(len, self._pieces))
        self._looked = len(self._pieces)
        yield from self._sift(text)

    def end(self, flaw: str, *, tail: bool = False) -> Iterator[LineChunk]:
        """Yield all lines in hand; the last one, without a line feed, has the `flaw`. `tail`: the source ends here."""
        if self._mark:
            self._hold(self._mark)
            self._mark = None
        yield from self.flush()
        if self._held > self._max_line:
            self._pass()
        text = b"".join(self._pieces)
        self._pieces, self._held, self._looked = [], 0, 0
        if self._long is not None:
            yield from self._end_long(self._long, feeds=0, tail=tail)
        elif text:
            yield self._emit(LineChunk(Text(text), self._line, self._offset, 1, tail, flaw), len(text))

    def _hold(self, piece: bytes) -> None:
        if piece:
            self._pieces.append(piece)
            self._held += len(piece)

    def _without_mark(self, mark: bytes, piece: bytes) -> bytes:
        """Take off a byte order mark, of which `mark` was there before `piece`; blanks stand for one in the middle."""
        piece = mark + piece
        if len(piece) < len(BOM) and BOM.startswith(piece):
            self._mark = piece
            return b""
        self._mark = None
        if not piece.startswith(BOM):
            return piece
        if self._offset or self._held:
            return piece.replace(BOM, b" " * len(BOM), 1)
        self._offset = len(BOM)
        return piece[len(BOM) :]

    def _wait(self) -> None:
        """Hold more of one long line, and do not look through it again and again; let it pass when it is too long."""
        if self._held > self._max_line:
            self._pass()
        else:
            self._target = max(self._target, min(2 * self._held, self._max_line + 1))

    def _pass(self) -> None:
        """Hold no more than the begin of the line in hand."""
        self._long = _LongLine()
        for piece in self._pieces:
            self._long.add(piece)
        self._pieces, self._held, self._looked = [], 0, 0

    def _sift(self, text: Text) -> Iterator[LineChunk]:
        """Yield whole lines, those over the limit one by one."""
        if len(text) <= self._max_line:
            yield self._emit(LineChunk(text, self._line, self._offset, text.line_feeds + 1), len(text) + 1)
            return
        for over, group in itertools.groupby(text.whole.split(b"\n"), lambda line: len(line) > self._max_line):
            lines = list(group)
            if over:
                for line in lines:
                    long = _LongLine()
                    long.add(line)
                    yield from self._end_long(long)
            else:
                inner = b"\n".join(lines)
                yield self._emit(LineChunk(Text(inner), self._line, self._offset, len(lines)), len(inner) + 1)

    def _end_long(self, long: _LongLine, feeds: int = 1, *, tail: bool = False) -> Iterator[LineChunk]:
        """Yield a line over the limit, unless it is blank."""
        self._long = None
        flaw = f"line of {long.size:,} bytes, longer than the limit of {self._max_line:,}"
        chunk = LineChunk(Text(long.head), self._line, self._offset, 1, tail, flaw, cut=True)
        self._emit(chunk, long.size + feeds)
        if not long.blank:
            yield chunk

    def _emit(self, chunk: LineChunk, size: int) -> LineChunk:
        """Return `chunk`; what follows stands so many bytes further on."""
        self._line += chunk.line_count
        self._offset += size
        return chunk
