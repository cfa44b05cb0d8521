"""Zstd in pieces: frames one after another, open, torn and damaged ones too (RFC 8878)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import zstandard

from tlx.reader.decoding.frames import BadFrameError, FrameDecoder, Seam, places
from tlx.reader.decoding.suspects import PROBE_TEXT, Verdict, judge

MAGIC = b"\x28\xb5\x2f\xfd"
_SKIPPABLE_TAIL = b"\x2a\x4d\x18"
_SKIPPABLE_HEAD = 8
"""Bytes of a skippable frame's magic and size."""
_RLE, _COMPRESSED, _RESERVED = 1, 2, 3
"""Kinds of blocks. A compressed one in which bytes of another frame stand is nearly always noticed."""
_BLOCK_HEAD = 3
_LARGEST_BLOCK = 1 << 17
_CHECKSUM = 4
_PROBED_BLOCKS = 8
"""So many blocks without any check, and headers between them, do not stand in a row by chance."""
_FRAME_NEXT, _BLOCK_NEXT, _CHECKSUM_NEXT, _NOTHING_NEXT = range(4)
"""What stands where a trail has come to."""
_BLOCK_WORK, _HEADER_WORK = 1 << 14, 1 << 11
"""A block, or a header alone, takes as long as so many bytes of text."""


def is_zstd(head: bytes) -> bool:
    """Whether `head` begins a frame that holds data, or one to be skipped."""
    return head.startswith(MAGIC) or _is_skippable(head)


def may_be_zstd(head: bytes) -> bool:
    """Whether so few first bytes may be those of a frame."""
    return MAGIC.startswith(head) or (head[0] & 0xF0 == 0x50 and _SKIPPABLE_TAIL.startswith(head[1:]))  # noqa: PLR2004


def _is_skippable(head: bytes) -> bool:
    return len(head) >= len(MAGIC) and head[0] & 0xF0 == 0x50 and head[1:4] == _SKIPPABLE_TAIL  # noqa: PLR2004


class _Block(NamedTuple):
    """The header of a block (RFC 8878 3.1.1.2); `size` is that of the whole block."""

    last: bool
    kind: int
    size: int


class ZstdDecoder(FrameDecoder):
    """Zstd frames one after another, fed to the library block by block.

    A block is what a flush ends, so walking the blocks tells a flushed end from a torn one, loses nothing before a
    damaged block, and bounds each step to one block (at most 128 KiB). A torn block takes its missing bytes from the
    next frame, which most compressed blocks notice and no others, so a magic in a block is a suspect.
    """

    codec = "zstd"
    noun = "zstd frame"
    magic = MAGIC

    def __init__(self, begin: int = 0) -> None:
        super().__init__(begin)
        self._library = zstandard.ZstdDecompressor()
        self._prober = zstandard.ZstdDecompressor()
        self._frame = self._library.decompressobj()
        self._checksum = 0
        self._skipping = 0

    @property
    def _flushed(self) -> bool:
        return self._at == len(self._data)

    @property
    def _unfinished(self) -> bool:
        return self._skipping > 0

    def _skip(self) -> bool:
        if not self._skipping:
            head = self._data[self._at : self._at + _SKIPPABLE_HEAD]
            if len(head) < _SKIPPABLE_HEAD or not _is_skippable(head):
                return False
            self._at += _SKIPPABLE_HEAD
            self._skipping = int.from_bytes(head[4:], "little")
            return True
        step = min(self._skipping, len(self._data) - self._at)
        self._skipping -= step
        self._at += step
        return step > 0

    def _begin(self) -> bool:
        size = self._header(self._at)
        if size is None:
            return False
        if not size:
            raise BadFrameError("bytes that are no zstd frame")
        self._frame = self._library.decompressobj()
        try:
            self._frame.decompress(self._data[self._at : self._at + size])
        except zstandard.ZstdError as error:
            raise BadFrameError(f"zstd frame that cannot be read: {error}") from error
        self._checksum = _CHECKSUM if self._data[self._at + 4] & 4 else 0
        self._at += size
        self._open = True
        return True

    def _header(self, at: int) -> int | None:
        """Return the size of the frame header at `at` (RFC 8878 3.1.1.1): 0 if there is none, None if it is cut."""
        head = self._data[at : at + 5]
        if not head.startswith(MAGIC[: len(head)]):
            return None if len(head) < len(MAGIC) or _is_skippable(head) else 0
        if len(head) <= len(MAGIC):
            return None
        single = head[4] >> 5 & 1
        size = 5 + (1 - single) + (0, 1, 2, 4)[head[4] & 3] + (single, 2, 4, 8)[head[4] >> 6]
        return size if len(self._data) >= at + size else None

    def _block(self, at: int) -> _Block | None:
        """Return what stands in the block header at `at`; None if it is cut."""
        if len(self._data) < at + _BLOCK_HEAD:
            return None
        header = int.from_bytes(self._data[at : at + _BLOCK_HEAD], "little")
        kind, content = header >> 1 & 3, header >> 3
        size = _BLOCK_HEAD + (1 if kind == _RLE else content)
        return _Block(bool(header & 1), kind, size if content <= _LARGEST_BLOCK and kind != _RESERVED else 0)

    def _inside(self) -> Iterator[bytes | Seam]:
        while self._open and not self._held.is_full(self.position) and (block := self._block(self._at)):
            if not block.size:
                appended = self._data.startswith(MAGIC[:_BLOCK_HEAD], self._at)
                reason = "without end: another one begins" if appended else "damaged: impossible block header"
                yield from self._fail(self._at, f"zstd frame {reason}")
                return
            if len(self._data) < self._at + block.size + self._checksum * block.last:
                return
            if block.last:
                yield from self._decide()
            if self._open:
                yield from self._decode(block)

    def _decode(self, block: _Block) -> Iterator[bytes | Seam]:
        """Yield a whole block; the checksum behind the last one goes in by itself: a wrong one would take it along."""
        begin, end = self._at, self._at + block.size
        try:
            text = self._frame.decompress(self._data[begin:end])
        except zstandard.ZstdError as error:
            self._work += _BLOCK_WORK
            yield from self._fail(begin, f"damaged zstd block: {error}")
            return
        self._at = end
        suspects = self._suspects(block, begin)
        if block.kind == _COMPRESSED:
            for place in suspects:
                self._held.suspect(self._base + place, self._work)
            self._held.proof = not suspects
            yield from self._held.give(text)
        else:
            yield from self._parted(text, begin + _BLOCK_HEAD, suspects)
        self._work += _BLOCK_WORK + len(text)
        if self._held.is_due(self.position):
            yield from self._decide()
        if block.last and self._open:
            yield from self._close()

    def _suspects(self, block: _Block, begin: int) -> list[int]:
        """Return the places in the block at `begin` where another frame may begin, as many as there is room for."""
        content = places(self._data, MAGIC, begin + _BLOCK_HEAD, begin + block.size)
        # one is enough to tell that a compressed block proves nothing
        most = max(self._held.room, int(block.kind == _COMPRESSED))
        return list(islice((place for place in content if self._probe(place)), most))

    def _parted(self, text: bytes, begin: int, suspects: list[int]) -> Iterator[bytes]:
        """Yield the text of a block whose bytes from `begin` on are its text; hold it back from a suspect on."""
        given = 0
        for place in suspects:
            yield from self._held.give(text[given : place - begin])
            given = place - begin
            self._held.suspect(self._base + place, self._work)
        yield from self._held.give(text[given:])

    def _close(self) -> Iterator[bytes | Seam]:
        """End the frame: its checksum, where there is one, proves all of it."""
        if self._checksum:
            try:
                self._frame.decompress(self._data[self._at : self._at + _CHECKSUM])
            except zstandard.ZstdError as error:
                yield from self._fail(self._at, f"damaged zstd frame: {error}")
                return
            self._at += _CHECKSUM
            yield from self._held.release()
        self._open = False

    def _leads_here(self, at: int) -> Verdict:
        """Walk the headers of frames and blocks from `at` on; a block that ends elsewhere leaves it open."""
        suspect = self._base + at
        offset, part, checksum = self._held.trails.get(suspect, (suspect, _FRAME_NEXT, 0))
        at = offset - self._base
        size: int | None = 1
        while at < self._at and size and part != _NOTHING_NEXT:
            size, part, checksum = self._step(at, part, checksum)
            at += size or 0
            self._again += _HEADER_WORK * bool(size)
        part = _NOTHING_NEXT if size == 0 else part
        self._held.trails[suspect] = (self._base + at, part, checksum)
        if part == _NOTHING_NEXT:
            return Verdict.NO
        return Verdict.YES if size and at == self._at and part != _FRAME_NEXT else Verdict.UNSURE

    def _step(self, at: int, part: int, checksum: int) -> tuple[int | None, int, int]:
        """Return the size of the part at `at`, 0 if there is none, None if it is cut; and what stands behind it."""
        if part == _CHECKSUM_NEXT:
            return checksum, _FRAME_NEXT, 0
        if part == _FRAME_NEXT:
            size = self._header(at)
            return (size, _BLOCK_NEXT, _CHECKSUM if self._data[at + 4] & 4 else 0) if size else (size, part, 0)
        block = self._block(at)
        if block is None or not block.size:
            return None if block is None else 0, part, checksum
        return block.size, _BLOCK_NEXT if not block.last else _CHECKSUM_NEXT if checksum else _FRAME_NEXT, checksum

    def _judge(self, at: int, *, final: bool) -> tuple[Verdict, bool]:
        verdict = self._try(at, final=final)
        return verdict, verdict != Verdict.UNSURE and not final

    def _try(self, at: int, *, final: bool) -> Verdict:
        size = self._header(at)
        if not size:
            return Verdict.NO if size == 0 else Verdict.UNSURE
        frame = self._prober.decompressobj()
        try:
            frame.decompress(self._data[at : at + size])
            checksum = _CHECKSUM if self._data[at + 4] & 4 else 0
        except zstandard.ZstdError:
            return Verdict.NO
        try:
            return self._probe_blocks(frame, at + size, checksum, final=final)
        except zstandard.ZstdError:
            return Verdict.STUB

    def _probe_blocks(self, frame: zstandard.ZstdDecompressionObj, at: int, checksum: int, *, final: bool) -> Verdict:
        """Judge a frame by its first blocks, up to one that tells."""
        text = b""
        for _ in range(_PROBED_BLOCKS):
            block = self._block(at)
            if block is None or len(self._data) < at + block.size:
                return Verdict.YES if final else judge(text, enough=False)
            if not block.size:
                return Verdict.STUB
            text = (text + frame.decompress(self._data[at : at + block.size]))[:PROBE_TEXT]
            at += block.size
            verdict = judge(text, enough=block.kind == _COMPRESSED)
            if verdict >= Verdict.YES:
                return verdict
            if block.last:
                return self._probe_end(at + checksum, final=final)
        return Verdict.YES

    def _probe_end(self, at: int, *, final: bool) -> Verdict:
        """Judge a frame of which nothing else tells by what stands behind it."""
        behind = self._data[at : at + len(MAGIC)]
        if len(behind) == len(MAGIC):
            return Verdict.YES if is_zstd(behind) else Verdict.STUB
        return Verdict.YES if final else Verdict.UNSURE
