"""Whole lines out of pieces of text cut anywhere; the torn last line is kept.

Lines end at LF only: U+2028 and other separators stand raw inside JSON strings.
"""

from __future__ import annotations

from dataclasses import dataclass

BOM = b"\xef\xbb\xbf"
FIRST_CHUNK = 1 << 17
"""Bytes of the first chunk: small, so that the first rows show at once."""
CHUNK = 8 << 20
"""Bytes of the later chunks: large, so that the store's fixed cost per batch does not show."""


@dataclass(frozen=True, slots=True)
class LineChunk:
    """Whole lines without the last LF; `first_line` counts from 1, `offset` is in decompressed bytes."""

    text: bytes
    first_line: int
    offset: int
    line_count: int
    tail: bool = False
    """The last line of the source, without a line feed: it may be torn."""


class LineSplitter:
    """Cuts decompressed text into chunks of whole lines, in order, none lost."""

    def __init__(self, first_chunk: int = FIRST_CHUNK, chunk: int = CHUNK) -> None:
        self.decompressed_bytes = 0
        self._target = first_chunk
        self._chunk = chunk
        self._pieces: list[bytes] = []
        self._held = 0
        self._line = 1
        self._offset = 0
        self._begun = False

    def feed(self, piece: bytes) -> LineChunk | None:
        """Take a piece; return a chunk when enough whole lines are in hand."""
        self.decompressed_bytes += len(piece)
        self._pieces.append(piece)
        self._held += len(piece)
        return self.flush() if self._held >= self._target else None

    def flush(self) -> LineChunk | None:
        """Return all whole lines in hand, if any."""
        last = next((n for n in reversed(range(len(self._pieces))) if b"\n" in self._pieces[n]), None)
        if last is None:
            self._target = max(self._target, 2 * self._held)  # one long line: do not look through it again and again
            return None
        self._target = self._chunk
        before, _, after = self._pieces[last].rpartition(b"\n")
        text = b"".join([*self._pieces[:last], before])
        self._pieces = [piece for piece in (after, *self._pieces[last + 1 :]) if piece]
        self._held = sum(map(len, self._pieces))
        return self._emit(text, len(text) + 1)

    def finish(self) -> LineChunk | None:
        """Return the last line where it has no line feed. Call after `flush`."""
        text = b"".join(self._pieces)
        self._pieces = []
        self._held = 0
        return self._emit(text, len(text), tail=True) if text else None

    def _emit(self, text: bytes, size: int, *, tail: bool = False) -> LineChunk:
        offset = self._offset
        if not self._begun and text.startswith(BOM):
            text = text[len(BOM) :]
            offset += len(BOM)
        self._begun = True
        lines = text.count(b"\n") + 1
        chunk = LineChunk(text, self._line, offset, lines, tail)
        self._line += lines
        self._offset += size
        return chunk
