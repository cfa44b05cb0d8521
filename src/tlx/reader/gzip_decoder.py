"""Gzip in pieces: members one after another, open, torn and damaged ones too (RFC 1952, RFC 1951)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from tlx.model import Damage, SourceState

MAGIC = b"\x1f\x8b"
_SYNC_FLUSH = b"\x00\x00\xff\xff"
_WINDOW = 31
"""zlib's word for a gzip member."""
_MEMBER_HEAD = 4
"""Bytes of a member's begin that are looked at: magic, method and flags."""
_RECENT = 1 << 17
"""So many bytes are kept that an open member may have taken from the next one; a stored block takes half of them."""
_PIECE = 1 << 20
"""The most bytes that one step gives, so that a bomb stays bounded."""


class GzipDecoder:
    """Gzip members one after another; zero bytes between them are padding.

    Deflate may read the next member as nonsense for a while after a writer was killed. So the last bytes of the open
    member are kept, and the next one is looked for in them too.
    """

    codec = "gzip"

    def __init__(self) -> None:
        self.damages: list[Damage] = []
        self._member: zlib._Decompress | None = None
        self._recent = bytearray()
        self._between = b""
        self._offset = 0
        self._tail = b""
        self._lost = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what `data` decompresses to; a damaged member gives all that stands before the damage."""
        self._tail = (self._tail + data)[-len(_SYNC_FLUSH) :]
        data, self._between = self._between + data, b""
        yield from self._feed(data)

    def _feed(self, data: bytes) -> Iterator[bytes]:
        more = bool(data)
        while more:
            if self._member is None:
                data = self._next_member(data)
                more = bool(data)
                continue
            before = self._member.copy()
            try:
                piece = self._member.decompress(data, _PIECE)
            except zlib.error as error:
                at = _find_member(bytes(self._recent) + data, 1)
                yield from self._salvage(before, data if at < 0 else data[: max(0, at - len(self._recent))])
                data = self._lose(data, at, f"damaged gzip member: {error}")
                more = bool(data)
                continue
            if piece:
                yield piece
            data = self._advance(self._member, data)
            more = bool(data) or (self._member is not None and len(piece) == _PIECE)

    def rescue(self) -> Iterator[bytes]:
        """Yield the members that an open one took for its own bytes."""
        while self._member is not None:
            at = _find_member(bytes(self._recent), 1, strict=True)
            if at < 0:
                return
            yield from self._feed(self._lose(b"", at, "gzip member stops inside a block"))

    def finish(self) -> SourceState:
        """Return open where the last member stops at a flush, torn where it stops elsewhere."""
        if self._member is not None:
            return SourceState.OPEN if self._tail == _SYNC_FLUSH else SourceState.TORN
        if self._between and not self._lost:
            self.damages.append(Damage(self._offset, "trailing bytes that are no gzip member"))
        return SourceState.TORN if self._between or self._lost else SourceState.COMPLETE

    def _advance(self, member: zlib._Decompress, data: bytes) -> bytes:
        """Return what `member` left over of `data`; let go of it at its end."""
        rest = member.unused_data if member.eof else member.unconsumed_tail
        used = len(data) - len(rest)
        self._offset += used
        if member.eof:
            self._member = None
            self._recent.clear()
        else:
            self._recent += data[:used]
            if len(self._recent) > 2 * _RECENT:
                del self._recent[:-_RECENT]
        return rest

    def _next_member(self, data: bytes) -> bytes:
        """Begin a member at the first magic of `data`; return the bytes from it on, or keep what may become one."""
        if not self._lost:
            stripped = data.lstrip(b"\0")
            self._offset += len(data) - len(stripped)
            data = stripped
            if len(data) < len(MAGIC) and MAGIC.startswith(data):
                self._between = data
                return b""
            if not data.startswith(MAGIC):
                self.damages.append(Damage(self._offset, "bytes after a member that are no gzip member"))
                self._lost = True
        found = _find_member(data) if self._lost else 0
        if found >= 0:
            self._offset += found
            self._member = zlib.decompressobj(_WINDOW)
            self._lost = False
            return data[found:]
        self._between = data[-_MEMBER_HEAD + 1 :]
        self._offset += len(data) - len(self._between)
        return b""

    def _lose(self, data: bytes, at: int, reason: str) -> bytes:
        """Give up the open member, whose damage shows in `data`.

        Return the bytes from `at` in the recent ones and `data`; a negative `at` means their end.
        """
        self.damages.append(Damage(self._offset, reason))
        held = bytes(self._recent) + data
        rest = held[at if at >= 0 else max(1, len(held) - _MEMBER_HEAD + 1) :]
        self._offset += len(data) - len(rest)
        self._member = None
        self._lost = True
        self._recent.clear()
        return rest

    @staticmethod
    def _salvage(member: zlib._Decompress, data: bytes) -> Iterator[bytes]:
        """Yield what the bytes before the damage give: the call that raises gives none of its output."""
        for number in range(len(data)):
            try:
                piece = member.decompress(data[number : number + 1])
            except zlib.error:
                return
            if piece:
                yield piece


def _find_member(data: bytes, begin: int = 0, *, strict: bool = False) -> int:
    """Return where a gzip member begins in `data`, or -1; a `strict` one gives text that begins as JSON lines do."""
    at = data.find(MAGIC, begin)
    while at >= 0:
        head = data[at : at + _MEMBER_HEAD]
        if head[2:3] in (b"", b"\x08") and head[3:4] < b"\x20" and _opens(data[at:], strict=strict):
            return at
        at = data.find(MAGIC, at + 1)
    return -1


def _opens(data: bytes, *, strict: bool) -> bool:
    try:
        text = zlib.decompressobj(_WINDOW).decompress(data, 64)
    except zlib.error:
        return False
    return text.startswith(b"{") or not strict
