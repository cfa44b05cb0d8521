"""Codecs: plain, gzip and zstd, fed in pieces of any size, across members and frames.

Told by magic bytes, never by name: Buck2 writes plain text into unknown extensions such as `.zst`. A decoder gives
everything that was flushed even where the end is missing, and says how the bytes ended.

Sources of the facts: RFC 1952 (gzip), RFC 8878 (zstd frames and blocks).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

import zstandard

from tlx.model import Damage, SourceState

SNIFF_BYTES = 4
"""So many first bytes decide about the codec."""

_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_SKIPPABLE_TAIL = b"\x2a\x4d\x18"
_GZIP_MAGIC = b"\x1f\x8b"
_SYNC_FLUSH = b"\x00\x00\xff\xff"
_GZIP_WINDOW = 31
"""zlib's word for a gzip member."""
_MEMBER_HEAD = 4
"""Bytes of a member's begin that are looked at: magic, method and flags."""
_RECENT = 1 << 17
"""Twice what a stored block of deflate may swallow."""
_PIECE = 1 << 20
"""The most bytes that one step of a decoder gives, so that a bomb stays bounded."""


class Decoder(Protocol):
    """The incremental state of one codec over one source."""

    codec: str
    damages: list[Damage]

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what `data` decompresses to, in pieces of bounded size."""

    def rescue(self) -> Iterator[bytes]:
        """At the end of the bytes: yield the members or frames that an open one took for its own."""

    def finish(self) -> SourceState:
        """Say how the bytes ended."""


def decoder_for(head: bytes) -> Decoder:
    """Return the decoder for a source that begins with `head` (at least SNIFF_BYTES, or all there is)."""
    if head.startswith(_GZIP_MAGIC):
        return GzipDecoder()
    if _is_zstd(head):
        return ZstdDecoder()
    return PlainDecoder()


def _is_zstd(head: bytes) -> bool:
    return head.startswith(_ZSTD_MAGIC) or _is_skippable(head)


def _is_skippable(head: bytes) -> bool:
    return len(head) >= SNIFF_BYTES and head[0] & 0xF0 == 0x50 and head[1:4] == _SKIPPABLE_TAIL  # noqa: PLR2004


class PlainDecoder:
    """No compression: bytes pass as they are."""

    codec = "plain"

    def __init__(self) -> None:
        self.damages: list[Damage] = []
        self._empty = True

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield `data` itself."""
        if data:
            self._empty = False
            yield data

    def rescue(self) -> Iterator[bytes]:
        """Yield nothing: plain text has no frames."""
        return iter(())

    def finish(self) -> SourceState:
        """Return open for an empty file, which a writer may just have created; a plain log has no end mark."""
        return SourceState.OPEN if self._empty else SourceState.COMPLETE


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
                whole, data = data, self._lose(data, f"damaged gzip member: {error}")
                yield from self._salvage(before, whole[: len(whole) - len(data)])
                more = bool(data)
                continue
            if piece:
                yield piece
            data = self._advance(self._member, data)
            more = bool(data) or (self._member is not None and len(piece) == _PIECE)

    def rescue(self) -> Iterator[bytes]:
        """Yield the members that an open one took for its own bytes."""
        while self._member is not None and self._tail != _SYNC_FLUSH:
            at = _find_member(bytes(self._recent), strict=True)
            if at < 0:
                return
            self.damages.append(Damage(self._offset, "gzip member stops inside a block"))
            data = self._resume(b"", at)
            yield from self.feed(data)

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
            if len(data) < len(_GZIP_MAGIC) and _GZIP_MAGIC.startswith(data):
                self._between = data
                return b""
            if not data.startswith(_GZIP_MAGIC):
                self.damages.append(Damage(self._offset, "bytes after a member that are no gzip member"))
                self._lost = True
        found = _find_member(data) if self._lost else 0
        if found >= 0:
            self._offset += found
            self._member = zlib.decompressobj(_GZIP_WINDOW)
            self._lost = False
            return data[found:]
        self._between = data[-_MEMBER_HEAD + 1 :]
        self._offset += len(data) - len(self._between)
        return b""

    def _lose(self, data: bytes, reason: str) -> bytes:
        """Give up the open member, whose damage shows in `data`; return the bytes from where the next may stand."""
        self.damages.append(Damage(self._offset, reason))
        return self._resume(data, _find_member(bytes(self._recent) + data, 1))

    def _resume(self, data: bytes, at: int) -> bytes:
        """Return the bytes from `at` in the recent ones and `data`; a negative `at` means their end."""
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
    at = data.find(_GZIP_MAGIC, begin)
    while at >= 0:
        head = data[at : at + _MEMBER_HEAD]
        if head[2:3] in (b"", b"\x08") and head[3:4] < b"\x20" and _opens(data[at:], strict=strict):
            return at
        at = data.find(_GZIP_MAGIC, at + 1)
    return -1


def _opens(data: bytes, *, strict: bool) -> bool:
    try:
        text = zlib.decompressobj(_GZIP_WINDOW).decompress(data, 64)
    except zlib.error:
        return False
    return text.startswith(b"{") or not strict


class ZstdDecoder:
    """Zstd frames one after another, fed to the library block by block.

    A block is what a flush ends, so walking the blocks tells a flushed end from a torn one, loses nothing before a
    damaged block, and bounds each step to one block (at most 128 KiB).
    """

    codec = "zstd"

    def __init__(self) -> None:
        self.damages: list[Damage] = []
        self._buffer = bytearray()
        self._offset = 0
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._checksum = 0
        self._last = False
        self._raw = True
        self._unchecked = b""
        self._skip = 0
        self._lost = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what the whole blocks in hand decompress to."""
        self._buffer += data
        position = 0
        view = bytes(self._buffer)
        while True:
            frame = self._frame
            step = self._block(view, position) if frame is not None else self._between(view, position)
            if step is None:
                break
            size, blocks = step
            if blocks:
                try:
                    yield from self._decode(view[position : position + size])
                except zstandard.ZstdError as error:
                    self._lose(self._offset + position, f"damaged zstd block: {error}")
                    size = 1
            if frame is not None and self._lost:
                view, position, size = self._rewind(view, position, size)
            position += size
        self._offset += position
        self._buffer[:] = view[position:]

    def rescue(self) -> Iterator[bytes]:
        """Yield the frames that the torn block of an open one took for its own bytes."""
        while self._frame is not None and (found := self._buffer.find(_ZSTD_MAGIC)) >= 0:
            self._lose(self._offset, "zstd frame stops inside a block")
            self._offset += found
            del self._buffer[:found]
            yield from self.feed(b"")

    def finish(self) -> SourceState:
        """Return open where the last frame stops between two blocks, torn where it stops inside one."""
        if self._buffer and self._frame is None and not self._lost:
            self.damages.append(Damage(self._offset, "trailing bytes that are no zstd frame"))
        if self._frame is not None and self._buffer:
            self.damages.append(Damage(self._offset, "zstd frame stops inside a block"))
        if self._buffer or self._lost or self._skip:
            return SourceState.TORN
        return SourceState.COMPLETE if self._frame is None else SourceState.OPEN

    def _decode(self, block: bytes) -> Iterator[bytes]:
        """Yield a block; the checksum behind a last one goes in by itself, as a wrong one would take the block along."""
        assert self._frame is not None
        sum_size = self._checksum if self._last else 0
        self._unchecked = block if self._raw else b""
        piece = self._frame.decompress(block[: len(block) - sum_size])
        if piece:
            yield piece
        if sum_size:
            self._frame.decompress(block[-sum_size:])
        if self._frame.eof:
            self._frame = None

    def _lose(self, offset: int, reason: str) -> None:
        self.damages.append(Damage(offset, reason))
        self._frame = None
        self._lost = True

    def _rewind(self, view: bytes, position: int, size: int) -> tuple[bytes, int, int]:
        """Go back to a frame that begins inside the bytes before, if any: a torn block without check swallows it."""
        held, self._unchecked = self._unchecked, b""
        found = (held + view[position : position + len(_ZSTD_MAGIC) - 1]).find(_ZSTD_MAGIC)
        if found < 0:
            return view, position, size
        view = held[found:] + view[position:]
        self._offset += position - len(held) + found
        return view, 0, 0

    def _block(self, view: bytes, at: int) -> tuple[int, bool] | None:
        """Return the size of the whole block at `at`, the checksum after the last one included."""
        if len(view) < at + 3:
            return None
        header = int.from_bytes(view[at : at + 3], "little")
        kind, content = header >> 1 & 3, header >> 3
        if kind == 3 or content > 1 << 17:  # noqa: PLR2004  reserved kind; RFC 8878 3.1.1.2.4
            self._lose(self._offset + at, "damaged zstd block: impossible block header")
            return 0, False
        self._last, self._raw = bool(header & 1), kind == 0
        size = 3 + (1 if kind == 1 else content) + (self._checksum if self._last else 0)
        return (size, True) if len(view) >= at + size else None

    def _between(self, view: bytes, at: int) -> tuple[int, bool] | None:
        """Step over what stands between frames, or begin the frame at `at`."""
        if self._skip:
            step = min(self._skip, len(view) - at)
            self._skip -= step
            return (step, False) if step else None
        head = view[at : at + 18]
        if len(head) < SNIFF_BYTES:
            return None
        if head.startswith(_ZSTD_MAGIC):
            return self._begin(head)
        if _is_skippable(head):
            if len(head) < 8:  # noqa: PLR2004  magic and size
                return None
            self._skip = int.from_bytes(head[4:8], "little")
            return 8, False
        if not self._lost:
            self._lose(self._offset + at, "bytes between frames that are no zstd frame")
        found = view.find(_ZSTD_MAGIC, at)
        return (found if found >= 0 else max(at + 1, len(view) - 3)) - at, False

    def _begin(self, head: bytes) -> tuple[int, bool] | None:
        """Begin the frame whose header `head` starts with (RFC 8878 3.1.1.1)."""
        if len(head) < SNIFF_BYTES + 1:
            return None
        descriptor = head[4]
        single = descriptor >> 5 & 1
        size = 5 + (1 - single) + (0, 1, 2, 4)[descriptor & 3] + (single, 2, 4, 8)[descriptor >> 6]
        if len(head) < size:
            return None
        self._checksum = 4 if descriptor & 4 else 0
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._last, self._raw = False, True
        self._lost = False
        return size, True
