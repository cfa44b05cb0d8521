"""Codecs: plain, gzip and zstd, fed in pieces of any size, across members and frames.

Told by magic bytes, never by name: Buck2 writes plain text into unknown extensions such as `.zst`. A decoder gives
everything that was flushed even where the end is missing, and says how the bytes ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from tlx.model import Damage, SourceState
from tlx.reader.decoding import gzip_decoder, zstd_decoder
from tlx.reader.decoding.frames import Seam, cut_before_another

SNIFF_BYTES = 7
"""So many first bytes decide about the codec: a run may have been killed inside its magic, before a whole one."""


class Decoder(Protocol):
    """The incremental state of one codec over one source."""

    @property
    def codec(self) -> str:
        """The word for it in commands and output."""

    @property
    def position(self) -> int:
        """Bytes worked off so far; it goes back a little where the begin of a frame was passed over."""

    @property
    def damages(self) -> list[Damage]:
        """The places that could not be read, so far."""

    def feed(self, data: bytes) -> Iterator[bytes | Seam]:
        """Yield what `data` decompresses to, in pieces of bounded size, and the seams between frames."""

    def settle(self) -> Iterator[bytes | Seam]:
        """Once no bytes have come for a while: yield what was held back until it was sure, if it is all but sure."""

    def rescue(self) -> Iterator[bytes | Seam]:
        """At the end of the bytes: yield what was held back until then, such as a run that a torn one swallowed."""

    @property
    def state(self) -> SourceState:
        """How the bytes end so far."""

    def finish(self) -> SourceState:
        """Say how the bytes ended, and note what is wrong with their end."""


def decoder_for(head: bytes, begin: int = 0) -> Decoder:
    """Return the decoder for a source that begins with `head` (at least SNIFF_BYTES, or all there is).

    Before `begin`, an offset in bytes, there is nothing to be decoded.
    """
    if head.startswith((gzip_decoder.MAGIC, *cut_before_another(gzip_decoder.GzipDecoder.magic))):
        return gzip_decoder.GzipDecoder(begin)
    if zstd_decoder.is_zstd(head) or head.startswith(cut_before_another(zstd_decoder.MAGIC)):
        return zstd_decoder.ZstdDecoder(begin)
    return PlainDecoder(begin)


def tells(head: bytes) -> bool:
    """Return whether the first bytes of a source tell its codec already; more of them may follow."""
    cut = (*cut_before_another(gzip_decoder.GzipDecoder.magic), *cut_before_another(zstd_decoder.MAGIC))
    if any(begin.startswith(head) and begin != head for begin in cut):
        return False
    return len(head) >= len(zstd_decoder.MAGIC) or not (
        gzip_decoder.MAGIC.startswith(head[:2]) or zstd_decoder.may_be_zstd(head)
    )


class PlainDecoder:
    """No compression: bytes pass as they are."""

    codec = "plain"

    def __init__(self, begin: int = 0) -> None:
        """Pass on what stands in a source from the offset `begin` on."""
        self.damages: list[Damage] = []
        self.position = begin

    def feed(self, data: bytes) -> Iterator[bytes | Seam]:
        """Yield `data` itself."""
        if data:
            self.position += len(data)
            yield data

    def settle(self) -> Iterator[bytes | Seam]:
        """Yield nothing: plain text holds nothing back."""
        return iter(())

    def rescue(self) -> Iterator[bytes | Seam]:
        """Yield nothing: plain text has no frames."""
        return iter(())

    @property
    def state(self) -> SourceState:
        """Open for an empty file, which a writer may just have created; a plain log has no end mark."""
        return SourceState.COMPLETE if self.position else SourceState.OPEN

    def finish(self) -> SourceState:
        """Return the state: nothing is wrong with plain text."""
        return self.state
