"""The decoders: what they give for any cutting, any cut, and any damage."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tlx.model import Damage, SourceState
from tlx.reader.decoding.codecs import SNIFF_BYTES, decoder_for
from tlx.reader.decoding.frames import Seam

MIB = 1 << 20
BLOCK = 1 << 17
SYNC_FLUSH = b"\x00\x00\xff\xff"
MAGICS = b"\x28\xb5\x2f\xfd \x1f\x8b\x08 \x50\x2a\x4d\x18"
"""Text that a reader of raw bytes may take for the begin of a member or frame."""


@dataclass
class Decoded:
    """What a decoder gave and said."""

    codec: str
    text: bytes
    state: SourceState
    damages: list[Damage]
    largest: int


@dataclass
class Flushed:
    """Compressed bytes with their flushes: after so many bytes, so much text must be readable."""

    data: bytes = b""
    text: bytes = b""
    flushes: list[tuple[int, int]] = field(default_factory=list)

    def readable(self, cut: int) -> bytes:
        """The text that was flushed within the first `cut` bytes."""
        return self.text[: max((size for end, size in self.flushes if end <= cut), default=0)]


def decode(data: bytes, cuts: Sequence[int] = ()) -> Decoded:
    """Decode `data`, fed in pieces that end at `cuts`."""
    decoder = decoder_for(data[:SNIFF_BYTES])
    places = [0, *sorted(cuts), len(data)]
    items: list[bytes | Seam] = []
    for begin, end in pairwise(places):
        items += decoder.feed(data[begin:end])
    items += decoder.rescue()
    pieces = [item for item in items if isinstance(item, bytes)]
    state = decoder.finish()
    return Decoded(decoder.codec, b"".join(pieces), state, decoder.damages, max(map(len, pieces), default=0))


def flushed(codec: str, texts: Sequence[bytes], *, close: bool = False, **options: bool) -> Flushed:
    """Compress `texts` with a flush behind each, as Buck2 does; `close` writes the footer as well."""
    made = Flushed()
    if codec == "gzip":
        packer = zlib.compressobj(1, wbits=31)
        sync, end = zlib.Z_SYNC_FLUSH, zlib.Z_FINISH
    else:
        packer = zstandard.ZstdCompressor(level=9, write_content_size=False, **options).compressobj()
        sync, end = zstandard.COMPRESSOBJ_FLUSH_BLOCK, zstandard.COMPRESSOBJ_FLUSH_FINISH
    for text in texts:
        made.data += packer.compress(text) + packer.flush(sync)
        made.text += text
        made.flushes.append((len(made.data), len(made.text)))
    if close:
        made.data += packer.flush(end)
    return made


def lines(seed: int, number: int) -> bytes:
    """So many lines that do not compress to nothing."""
    dice = random.Random(seed)  # noqa: S311  not cryptography
    return b"".join(b'{"StarlarkUserEvent":{"id":"%032x"}}\n' % dice.getrandbits(128) for _ in range(number))


def frame(text: bytes, codec: str, **options: bool) -> bytes:
    """One whole member or frame."""
    if codec == "gzip":
        return gzip.compress(text, 1, mtime=0)
    return zstandard.ZstdCompressor(level=1, **options).compress(text)


CODECS = pytest.mark.parametrize("codec", ["gzip", "zstd"])
texts = st.one_of(st.binary(max_size=300), st.text(alphabet="ab\n{}", max_size=2000).map(str.encode))
cuttings = st.lists(st.integers(0, 4000), max_size=12)


class TestAnyCutting:
    """The pieces in which bytes arrive do not matter."""

    @given(texts, cuttings)
    def test_plain(self, text: bytes, cuts: list[int]) -> None:
        """Plain bytes come out as they went in."""
        text = b"x" + text
        found = decode(text, cuts)
        assert (found.codec, found.text, found.state) == ("plain", text, SourceState.COMPLETE)

    @given(st.lists(texts, min_size=1, max_size=4), cuttings, st.booleans())
    @example([b""], [], False)
    @example([MAGICS], [], False)
    @example([b"", b"", b""], [1, 2, 3], True)
    def test_gzip(self, parts: list[bytes], cuts: list[int], padded: bool) -> None:  # noqa: FBT001  drawn
        """Gzip gives the text of all members, empty ones and zero padding between them included."""
        data = b"".join(frame(part, "gzip") + b"\0" * (3 * padded) for part in parts)
        for places in (cuts, range(len(data))):
            found = decode(data, places)
            assert (found.codec, found.text, found.state) == ("gzip", b"".join(parts), SourceState.COMPLETE)
            assert found.damages == []

    @given(
        st.lists(st.tuples(texts, st.booleans(), st.booleans(), st.binary(max_size=9) | st.none()), min_size=1),
        cuttings,
    )
    @example([(MAGICS, False, False, None), (MAGICS, True, True, MAGICS)], [])
    @settings(max_examples=60)
    def test_zstd(self, parts: list[tuple[bytes, bool, bool, bytes | None]], cuts: list[int]) -> None:
        """Zstd gives the text of all frames: with and without checksum or size, empty ones, skippable ones between."""
        data = b""
        for number, (text, checksum, sized, skipped) in enumerate(parts):
            if skipped is not None:
                data += bytes([0x50 + number % 16]) + b"\x2a\x4d\x18" + len(skipped).to_bytes(4, "little") + skipped
            data += frame(text, "zstd", write_checksum=checksum, write_content_size=sized)
        for places in (cuts, range(len(data))):
            found = decode(data, places)
            assert (found.codec, found.state, found.damages) == ("zstd", SourceState.COMPLETE, [])
            assert found.text == b"".join(part[0] for part in parts)

    @CODECS
    def test_more_than_a_block(self, codec: str) -> None:
        """A megabyte in many blocks and two members comes out whole, in odd pieces too."""
        text = lines(1, 20_000)
        data = frame(text, codec) * 2
        assert decode(data, range(0, len(data), 4097)).text == text * 2


class TestAnyCut:
    """Bytes that stop anywhere give all that was flushed, and say how they stopped."""

    @pytest.mark.parametrize("options", [{}, {"write_checksum": True}], ids=["bare", "checksum"])
    def test_zstd(self, options: dict[str, bool]) -> None:
        """A frame that stops between two blocks is open, inside one it is torn; whole blocks are never lost."""
        made = flushed("zstd", [lines(seed, 1 + 7 * seed) for seed in range(6)], **options)
        header = 6  # magic, descriptor, window
        ends = {header} | {end for end, _ in made.flushes}
        for cut in range(SNIFF_BYTES, len(made.data) + 1):
            found = decode(made.data[:cut])
            assert found.text == made.readable(cut)
            assert found.state == (SourceState.OPEN if cut in ends else SourceState.TORN)

    def test_gzip(self) -> None:
        """A member that stops at a sync flush is open, elsewhere it is torn; what was flushed is never lost."""
        made = flushed("gzip", [lines(seed, 1 + 7 * seed) for seed in range(6)])
        for cut in range(SNIFF_BYTES, len(made.data) + 1):
            found = decode(made.data[:cut])
            assert found.text.startswith(made.readable(cut))
            assert made.text.startswith(found.text)
            expected = SourceState.OPEN if made.data[:cut].endswith(SYNC_FLUSH) else SourceState.TORN
            assert found.state == expected

    @CODECS
    def test_full_blocks(self, codec: str) -> None:
        """Text of more than a block without any flush is readable up to the last whole block or symbol."""
        data = frame(lines(3, 20_000), codec)
        found = decode(data[: len(data) // 2])
        assert found.state == SourceState.TORN
        assert len(found.text) > 2 * BLOCK
        assert lines(3, 20_000).startswith(found.text)

    @CODECS
    @pytest.mark.parametrize("size", range(4))
    def test_hardly_a_byte(self, codec: str, size: int) -> None:
        """So few bytes never fail; none at all are a file that its writer has just made."""
        found = decode(frame(b"x\n", codec)[:size])
        assert (found.state == SourceState.OPEN) == (size == 0)

    @CODECS
    def test_magic_in_the_text(self, codec: str) -> None:
        """Text in which a magic stands uncompressed leaves an open member open, and is read as text."""
        made = flushed(codec, [MAGICS, b"one\n" + MAGICS, MAGICS + MAGICS])
        for cut, size in made.flushes:
            found = decode(made.data[:cut])
            assert (found.text, found.state, found.damages) == (made.text[:size], SourceState.OPEN, [])

    @CODECS
    def test_closed_frame_and_open_one(self, codec: str) -> None:
        """A second member that is still being written leaves the source open, with the text of both."""
        first, second = flushed(codec, [b"one\n"], close=True), flushed(codec, [b"two\n"])
        found = decode(first.data + second.data)
        assert (found.text, found.state, found.damages) == (b"one\ntwo\n", SourceState.OPEN, [])


class TestKilledThenAppended:
    """An open member that is followed at once by the next run's loses neither."""

    @CODECS
    def test_killed_at_a_flush(self, codec: str) -> None:
        """A writer killed behind a flush: all its text and all of the next run's, in any pieces."""
        made = flushed(codec, [lines(1, 20), lines(2, 3)])
        after = frame(lines(3, 30), codec)
        for cuts in ((), range(len(made.data + after)), [len(made.data)], [len(made.data) + 2]):
            found = decode(made.data + after, cuts)
            assert found.text == made.text + lines(3, 30)
            assert (len(found.damages), found.state) == (1, SourceState.COMPLETE)

    @CODECS
    def test_killed_anywhere(self, codec: str) -> None:
        """A writer killed inside a block: all it flushed, then all of the next run, wherever it stopped."""
        made = flushed(codec, [lines(seed, 1 + 5 * seed) for seed in range(4)])
        after = lines(9, 40)
        for cut in range(8, len(made.data)):
            found = decode(made.data[:cut] + frame(after, codec))
            assert found.text.startswith(made.readable(cut)), cut
            assert found.text.endswith(after), cut

    def test_announces_more_than_there_is(self) -> None:
        """A torn block that takes the whole next run for its missing bytes gives it back at the end."""
        made = flushed("zstd", [lines(1, 10), lines(2, 2000)])
        for cut in (made.flushes[0][0] + 24, made.flushes[0][0] + 3000):
            found = decode(made.data[:cut] + frame(lines(3, 31), "zstd"))
            assert found.text == lines(1, 10) + lines(3, 31)

    def test_stored_block_swallows(self) -> None:
        """Gzip's uncompressed blocks are read on into the next member; it is found all the same, in any pieces."""
        packer = zlib.compressobj(0, wbits=31)
        first = packer.compress(lines(1, 10)) + packer.flush(zlib.Z_SYNC_FLUSH)
        torn = packer.compress(lines(2, 900)) + packer.flush(zlib.Z_SYNC_FLUSH)
        data = first + torn[:500] + frame(lines(3, 31), "gzip")
        for cuts in ((), range(0, len(data), 100)):
            found = decode(data, cuts)
            assert found.text.startswith(lines(1, 10))
            assert found.text.endswith(lines(3, 31))

    def test_raw_block_swallows(self) -> None:
        """Zstd's uncompressed blocks are read on into the next frame; it is found all the same, in any pieces."""
        noise = random.Random(5).randbytes(300)  # noqa: S311  not cryptography
        made = flushed("zstd", [b"one\n", noise])
        after = frame(lines(3, 31), "zstd")
        for missing in (1, 20, 250):
            data = made.data[:-missing] + after
            for cuts in ((), range(len(data))):
                found = decode(data, cuts)
                assert found.text.startswith(b"one\n" + noise[: len(noise) - missing])
                assert found.text.endswith(lines(3, 31))

    @CODECS
    def test_only_the_magic_of_the_next(self, codec: str) -> None:
        """A next run of which hardly a byte is there harms nothing, and is noticed."""
        made = flushed(codec, [b"one\n", random.Random(5).randbytes(300)])  # noqa: S311  not cryptography
        for missing in (0, 20, 250):
            for size in range(1, 7):
                found = decode(made.data[: len(made.data) - missing] + frame(b"two\n", codec)[:size])
                assert found.text.startswith(b"one\n")
                assert found.state != SourceState.COMPLETE

    @CODECS
    def test_three_killed_runs(self, codec: str) -> None:
        """Each of several killed runs gives what it flushed."""
        runs = [flushed(codec, [lines(seed, 5), lines(seed + 50, 60)]) for seed in range(3)]
        found = decode(b"".join(run.data[: run.flushes[0][0] + 40] for run in runs))
        for run in runs:
            assert run.readable(run.flushes[0][0]) in found.text
        assert found.state == SourceState.TORN


class TestDamage:
    """Damage never raises, and takes no more than it must."""

    @CODECS
    @given(data=st.data())
    @settings(max_examples=60)
    def test_one_wrong_byte(self, codec: str, data: st.DataObject) -> None:
        """Any wrong byte leaves what was flushed before it."""
        made = flushed(codec, [lines(seed, 1 + 9 * seed) for seed in range(5)], close=True)
        place = data.draw(st.integers(SNIFF_BYTES, len(made.data) - 1))
        broken = bytearray(made.data)
        broken[place] ^= data.draw(st.integers(1, 255))
        cuts = data.draw(st.lists(st.integers(0, len(broken)), max_size=4))
        found = decode(bytes(broken), cuts)
        assert found.text.startswith(made.readable(place))

    @CODECS
    def test_the_members_behind(self, codec: str) -> None:
        """A member behind a damaged one is read."""
        first = frame(lines(1, 300), codec, write_checksum=True)
        broken = bytearray(first)
        broken[len(broken) // 2] ^= 0xFF
        found = decode(bytes(broken) + frame(b"after\n", codec))
        assert found.text.endswith(b"after\n")
        assert found.damages

    def test_wrong_checksum(self) -> None:
        """A zstd frame with a wrong checksum keeps its text, and the damage is told."""
        data = bytearray(frame(b"text\n", "zstd", write_checksum=True))
        data[-1] ^= 1
        found = decode(bytes(data))
        assert (found.text, found.state, len(found.damages)) == (b"text\n", SourceState.TORN, 1)

    @CODECS
    @pytest.mark.parametrize(
        "rubbish", [b"x", b"abc", b"trailing rubbish", b"\x1f", b"\x28\xb5\x2f", b"\x1f\x8b\xff\xff"]
    )
    def test_trailing_rubbish(self, codec: str, rubbish: bytes) -> None:
        """Bytes behind the last member are told with their offset, and take nothing from the text."""
        data = frame(b"text\n", codec)
        for cuts in ((), range(len(data + rubbish))):
            found = decode(data + rubbish, cuts)
            assert (found.text, found.state) == (b"text\n", SourceState.TORN)
            assert len(data) <= found.damages[0].offset <= len(data + rubbish)

    @CODECS
    def test_rubbish_between(self, codec: str) -> None:
        """Bytes between two members are told with their offset, and both members are read."""
        data = frame(b"one\n", codec)
        found = decode(data + b"rubbish" + frame(b"two\n", codec))
        assert (found.text, found.state) == (b"one\ntwo\n", SourceState.COMPLETE)
        assert [damage.offset for damage in found.damages] == [len(data)]

    @CODECS
    @given(st.binary(max_size=200), cuttings)
    def test_any_bytes(self, codec: str, rubbish: bytes, cuts: list[int]) -> None:
        """Any bytes at all behind a magic never raise."""
        decode(frame(b"", codec)[:SNIFF_BYTES] + rubbish, cuts)


class TestMemory:
    """A step of a decoder gives a bounded piece."""

    @CODECS
    def test_bomb(self, codec: str) -> None:
        """50 MB of zeros in a tiny file come in pieces of at most a megabyte."""
        data = frame(bytes(50_000_000), codec)
        assert len(data) < 300_000
        decoder = decoder_for(data)
        sizes = [len(piece) for piece in decoder.feed(data) if isinstance(piece, bytes)]
        assert sum(sizes) == 50_000_000
        assert max(sizes) <= MIB
        assert decoder.finish() == SourceState.COMPLETE

    @pytest.mark.parametrize("size", [MIB - 1, MIB, MIB + 1, 2 * MIB])
    def test_a_piece_that_fits(self, size: int) -> None:
        """Text that just fills a piece is complete with its member, in any pieces."""
        data = frame(b"a" * size, "gzip")
        for cuts in ((), range(len(data))):
            found = decode(data, cuts)
            assert (len(found.text), found.state, found.damages) == (size, SourceState.COMPLETE, [])
