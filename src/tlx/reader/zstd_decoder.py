"""Zstd in pieces: frames one after another, open, torn and damaged ones too (RFC 8878)."""

from __future__ import annotations

from collections.abc import Iterator

import zstandard

from tlx.model import Damage, SourceState

MAGIC = b"\x28\xb5\x2f\xfd"
_SKIPPABLE_TAIL = b"\x2a\x4d\x18"
_CHECKED_BLOCK = 2
"""The kind of block that no other bytes are taken for: the compressed one."""
_RECENT = 1 << 17
"""So many bytes are kept of the unchecked blocks of an open frame, which may have taken them from the next one."""


def is_zstd(head: bytes) -> bool:
    """Whether `head` begins a frame that holds data, or one to be skipped."""
    return head.startswith(MAGIC) or _is_skippable(head)


def _is_skippable(head: bytes) -> bool:
    return len(head) >= len(MAGIC) and head[0] & 0xF0 == 0x50 and head[1:4] == _SKIPPABLE_TAIL  # noqa: PLR2004


class ZstdDecoder:
    """Zstd frames one after another, fed to the library block by block.

    A block is what a flush ends, so walking the blocks tells a flushed end from a torn one, loses nothing before a
    damaged block, and bounds each step to one block (at most 128 KiB).
    """

    codec = "zstd"

    def __init__(self, *, rewinds: bool = True) -> None:
        """Begin at the begin of a source; `rewinds` off keeps it from looking behind itself after damage."""
        self._rewinds = rewinds
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
            lost = self._lost
            step = self._block(view, position) if self._frame is not None else self._between(view, position)
            if step is None:
                break
            size, blocks = step
            if blocks:
                try:
                    yield from self._decode(view[position : position + size])
                except zstandard.ZstdError as error:
                    self._lose(self._offset + position, f"damaged zstd block: {error}")
                    size = 1
            if self._lost and not lost:
                view, position, size = self._rewind(view, position, size)
            position += size
        self._offset += position
        self._buffer[:] = view[position:]

    def rescue(self) -> Iterator[bytes]:
        """Yield the frames that the torn block of an open one took for its own bytes."""
        while self._frame is not None:
            held = self._unchecked + self._buffer
            found = _find_frame(held, len(held), strict=True)
            if found < 0:
                return
            self._lose(self._offset, "zstd frame stops inside a block")
            self._offset += len(self._buffer) - len(held) + found
            self._unchecked = b""
            self._buffer[:] = held[found:]
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
        """Yield a block; the checksum behind the last one goes in by itself: a wrong one would take the block along."""
        assert self._frame is not None
        sum_size = self._checksum if self._last else 0
        self._unchecked = (self._unchecked + block)[-_RECENT:] if self._raw else b""
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
        found = _find_frame(held + view[position:], len(held)) if self._rewinds else -1
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
        self._last, self._raw = bool(header & 1), kind != _CHECKED_BLOCK
        size = 3 + (1 if kind == 1 else content) + (self._checksum if self._last else 0)
        return (size, True) if len(view) >= at + size else None

    def _between(self, view: bytes, at: int) -> tuple[int, bool] | None:
        """Step over what stands between frames, or begin the frame at `at`."""
        if self._skip:
            step = min(self._skip, len(view) - at)
            self._skip -= step
            return (step, False) if step else None
        head = view[at : at + 18]
        if len(head) < len(MAGIC):
            return None
        if head.startswith(MAGIC):
            return self._begin(head)
        if _is_skippable(head):
            if len(head) < 8:  # noqa: PLR2004  magic and size
                return None
            self._skip = int.from_bytes(head[4:8], "little")
            self._unchecked = b""
            return 8, False
        if not self._lost:
            self._lose(self._offset + at, "bytes between frames that are no zstd frame")
        found = view.find(MAGIC, at)
        return (found if found >= 0 else max(at + 1, len(view) - 3)) - at, False

    def _begin(self, head: bytes) -> tuple[int, bool] | None:
        """Begin the frame whose header `head` starts with (RFC 8878 3.1.1.1)."""
        if len(head) < len(MAGIC) + 1:
            return None
        descriptor = head[4]
        single = descriptor >> 5 & 1
        size = 5 + (1 - single) + (0, 1, 2, 4)[descriptor & 3] + (single, 2, 4, 8)[descriptor >> 6]
        if len(head) < size:
            return None
        self._checksum = 4 if descriptor & 4 else 0
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._last, self._raw, self._unchecked = False, True, b""
        self._lost = False
        return size, True


def _find_frame(data: bytes, end: int, *, strict: bool = False) -> int:
    """Return where a frame begins in `data` behind its first byte and before `end`, or -1.

    It must decode as far as it is there; of a `strict` one there must be text that begins as JSON lines do.
    """
    at = data.find(MAGIC, 1)
    while 0 <= at < end:
        probe = ZstdDecoder(rewinds=False)
        text = next(probe.feed(data[at:]), b"")
        if not probe.damages and (text.startswith(b"{") or not strict):
            return at
        at = data.find(MAGIC, at + 1)
    return -1
