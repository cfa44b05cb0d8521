"""What hostile bytes may cost: so many steps a byte, however much in them looks like the begin of a frame."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import zstandard

from tlx.model import SourceState
from tlx.reader.decoding import frames, gzip_decoder, zstd_decoder
from tlx.reader.decoding.codecs import SNIFF_BYTES, decoder_for

ZSTD = b"\x28\xb5\x2f\xfd\x00\x58"
GZIP = bytes.fromhex("1f8b0800000000000003")
TEXT = b'{"a":1}\n'
CROWD = 70
"""More suspects than are held at once."""


def raw(size: int, *, last: bool = False) -> bytes:
    """The header of a zstd block that is stored."""
    return (size << 3 | last).to_bytes(3, "little")


def stored(size: int) -> bytes:
    """The header of a deflate block that is stored."""
    return b"\0" + struct.pack("<HH", size, size ^ 0xFFFF)


def blocks(content: bytes) -> bytes:
    """A frame of many small blocks with this content."""
    return ZSTD + raw(len(TEXT)) + TEXT + (raw(len(content)) + content) * (30_000 // (3 + len(content)))


def members(content: bytes) -> bytes:
    """A member of many small blocks with this content."""
    return GZIP + stored(len(TEXT)) + TEXT + (stored(len(content)) + content) * (30_000 // (5 + len(content)))


def trails(header: bytes, block: Callable[[int], bytes], end: bytes) -> bytes:
    """A frame with more frames inside than are held, each of which goes on to the end, beside all others."""
    head = block(0)
    size = CROWD * (len(header) + len(head))
    unit = block(size) + (header + block(size)) * CROWD
    return header + block(len(TEXT)) + TEXT + unit * (30_000 // len(unit)) + end


def closing() -> bytes:
    """Frames that end, each with many inside that do not end there."""
    one = ZSTD + (raw(10) + ZSTD + raw(200) + b"\0") * 63 + raw(250) + b"\0" * 250 + raw(0, last=True)
    return one * (30_000 // len(one))


HOSTILE = {
    "zstd: a magic in each block": blocks(ZSTD[:4]),
    "zstd: a header in each block": blocks(ZSTD),
    "zstd: a frame in each block": blocks(ZSTD + raw(8) + b"\0" * 8),
    "zstd: a long frame in each block": blocks(ZSTD + raw(6000)),
    "zstd: frames in frames that end": closing(),
    "zstd: trails that fail": trails(ZSTD, raw, b"\xff" * 2000),
    "zstd: trails that are open": trails(ZSTD, raw, b""),
    "gzip: a magic in each block": members(GZIP[:3]),
    "gzip: a header in each block": members(GZIP),
    "gzip: a member in each block": members(GZIP + stored(8) + b"\0" * 8),
    "gzip: trails that fail": trails(GZIP, stored, b"\x07" * 3000),
    "gzip: trails that are open": trails(GZIP, stored, b""),
}


class Steps:
    """Counts what is asked of a library."""

    def __init__(self) -> None:
        self.number = 0


class Watched:
    """A decompressor that counts its calls, of which a long one counts more."""

    def __init__(self, steps: Steps, made: Any) -> None:
        self._steps, self._made = steps, made

    def decompress(self, data: bytes, *most: int) -> bytes:
        """Decompress, and count that."""
        text: bytes = self._made.decompress(data, *most)
        self._steps.number += 1 + len(data) // 4096 + len(text) // 16384
        return text

    def copy(self) -> Watched:
        """Another one of the same state."""
        return Watched(self._steps, self._made.copy())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made, name)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    """The steps of all decoders: calls of libraries, and headers that are looked at."""
    monkeypatch.setattr(frames, "_AGAIN_FREE", 1 << 28)  # what is free is for small files
    steps = Steps()
    counted = SimpleNamespace(decompressobj=lambda bits: Watched(steps, zlib.decompressobj(bits)), error=zlib.error)
    monkeypatch.setattr(gzip_decoder, "zlib", counted)

    def library() -> SimpleNamespace:
        made = zstandard.ZstdDecompressor()
        return SimpleNamespace(decompressobj=lambda: Watched(steps, made.decompressobj()))

    error = zstandard.ZstdError
    monkeypatch.setattr(zstd_decoder, "zstandard", SimpleNamespace(ZstdDecompressor=library, ZstdError=error))
    for name in ("_header", "_block"):
        looked = getattr(zstd_decoder.ZstdDecoder, name)

        def look(self: object, at: int, looked: Callable[[Any, int], object] = looked) -> object:
            steps.number += 1
            return looked(self, at)

        monkeypatch.setattr(zstd_decoder.ZstdDecoder, name, look)
    return steps


def texts(data: bytes, piece: int = 1 << 18) -> list[bytes]:
    """The text between damages, of bytes fed in pieces."""
    decoder = decoder_for(data[:SNIFF_BYTES])
    found = [b""]
    items = [item for at in range(0, len(data), piece) for item in decoder.feed(data[at : at + piece])]
    for item in (*items, *decoder.rescue()):
        if isinstance(item, bytes):
            found[-1] += item
        elif item.damage is not None:
            found.append(b"")
    assert decoder.finish() in SourceState
    return found


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_steps_are_few(steps: Steps, data: bytes) -> None:
    """However many places look like frames, all that is decoded, again or in vain, is little for each byte."""
    assert len(data) > 25_000
    assert b"".join(texts(data)).startswith(TEXT) or not data.startswith(ZSTD + raw(8))
    assert len(data) // 300 < steps.number < 8 * len(data)


def followed(data: bytes) -> tuple[bytes, bytes]:
    """Hostile bytes, and rubbish and a run behind them; and the text of that run."""
    after = b"".join(b'{"after":%d}\n' % number for number in range(9))
    zstd = data.startswith(ZSTD)
    packer = zstandard.ZstdCompressor(level=3).compressobj() if zstd else zlib.compressobj(1, wbits=31)
    return data + b"\xff" * 7000 + packer.compress(after) + packer.flush(), after


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_any_pieces(data: bytes) -> None:
    """Hostile bytes give the same in any pieces, as long as not too much was decoded in vain."""
    found = texts(data[:9000])
    assert len(b"".join(found)) >= len(TEXT)
    assert all(texts(data[:9000], piece) == found for piece in (997, 61))


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_where_patience_ends(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """Where too much was decoded in vain, frames that stand inside others are passed over; the next one is read."""
    data, after = followed(data)
    patient = texts(data)
    monkeypatch.setattr(frames, "_AGAIN_FREE", 0)
    monkeypatch.setattr(frames, "_AGAIN_SHARE", 0)
    for piece in (1 << 18, 997):
        found = texts(data, piece)
        assert found[-1] == after
        assert len(found) <= len(patient)


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_killed_runs_need_little_patience(monkeypatch: pytest.MonkeyPatch, codec: str) -> None:
    """A log of nothing but killed runs is read whole with a small part of the work that may be in vain."""
    monkeypatch.setattr(frames, "_AGAIN_FREE", 1 << 22)
    monkeypatch.setattr(frames, "_AGAIN_SHARE", 1 << 9)
    dice = random.Random(1)  # noqa: S311  not cryptography
    data, flushed = b"", set()
    for run in range(300):
        text = b"".join(b'{"r":%d,"n":"%s"}\n' % (run, dice.randbytes(20).hex().encode()) for _ in range(12))
        if codec == "gzip":
            packer = zlib.compressobj(run % 2, wbits=31)
            whole = packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH)
            torn = packer.compress(text * 2) + packer.flush(zlib.Z_SYNC_FLUSH)
        else:
            writer = zstandard.ZstdCompressor(level=1, write_content_size=False).compressobj()
            flush = zstandard.COMPRESSOBJ_FLUSH_BLOCK
            whole = writer.compress(text) + writer.flush(flush)
            torn = writer.compress(dice.randbytes(900)) + writer.flush(flush)
        flushed |= set(text.splitlines())
        data += whole + torn[: dice.randrange(len(torn))]
    assert flushed <= {line for text in texts(data) for line in text.splitlines()}
