"""Holes: zeros that a crash of the machine leaves in a gzip log, which deflate reads as codes that copy lines.

What must come of the logs is told by what was written into them, line by line.
"""

from __future__ import annotations

import gzip
import random
import zlib
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import pytest

from tlx.model import Damage
from tlx.reader.decoding.codecs import SNIFF_BYTES, decoder_for
from tlx.reader.decoding.frames import Seam

PIECES = (0, 1, 7, 64, 4096)
FEW = (1, 2, 3, 5, 9, 20, 40, 63)


class Found(NamedTuple):
    """The whole lines that a decoder gave, by how often, and the damages that it told."""

    lines: Counter[bytes]
    damages: list[Damage]


def decode(data: bytes, piece: int) -> Found:
    """Decode `data` fed in such pieces, or at once."""
    decoder = decoder_for(data[:SNIFF_BYTES])
    size = piece or len(data)
    items: list[bytes | Seam] = []
    for at in range(0, len(data), size):
        items += decoder.feed(data[at : at + size])
    items += decoder.rescue()
    decoder.finish()
    parts = [b""]
    for item in items:
        if isinstance(item, bytes):
            parts[-1] += item
        elif item.damage is not None:
            parts.append(b"")
    return Found(Counter(line for part in parts for line in part.split(b"\n")[:-1]), decoder.damages)


def lines(dice: random.Random, number: int) -> list[bytes]:
    """Lines much like one another, no two the same."""
    line = b'{"StarlarkUserEvent":{"id":"step%d","metadata":{"p":"%s"}},"epoch_millis":%d}'
    letters = [bytes(dice.choices(b"abcdefgh ", k=dice.choice([5, 60, 120]))) for _ in range(number)]
    return [line % (dice.randrange(5), text, dice.getrandbits(60)) for text in letters]


def flushed(batches: Sequence[Sequence[bytes]], level: int = 1) -> tuple[bytes, int]:
    """An open member with a flush behind each batch, and where the last batch begins in it."""
    packer = zlib.compressobj(level, wbits=31)
    data, begin = b"", 0
    for batch in batches:
        begin = len(data)
        data += packer.compress(b"".join(line + b"\n" for line in batch)) + packer.flush(zlib.Z_SYNC_FLUSH)
    return data, begin


def written(dice: random.Random) -> tuple[list[bytes], list[bytes], list[bytes], bytes, int]:
    """Lines that were flushed, those of a batch that is to be torn, those of another run; both first as an open member.

    Last comes where the batch begins in it.
    """
    first, torn, after = lines(dice, dice.choice([1, 30])), lines(dice, dice.choice([1, 9])), lines(dice, 9)
    return first, torn, after, *flushed([first, torn])


@pytest.mark.parametrize("behind", ["nothing", "a run", "rubbish"])
@pytest.mark.parametrize("seed", range(12))
def test_a_hole_behind_a_torn_member(seed: int, behind: str) -> None:
    """Nothing flushed is lost where a hole stands behind it, and no line is read twice, in any pieces."""
    dice = random.Random(seed)  # noqa: S311  not cryptography
    first, torn, after, whole, begin = written(dice)
    rest = {"nothing": b"", "a run": flushed([after])[0], "rubbish": b"\xff" * 9}[behind]
    must = Counter(first + (after if behind == "a run" else []))
    for cut in dice.sample(range(begin, len(whole)), 9):
        data = whole[:cut] + bytes(dice.choice([64, 100, 600, 5000])) + rest
        found = decode(data, 0)
        assert must - found.lines == Counter()
        assert found.damages
        assert all(decode(data, piece) == found for piece in PIECES[dice.randrange(1, 3) :: 2])
        if behind != "rubbish":
            assert found.lines - Counter(first + torn + after) == Counter()
            # zeros that belong to the torn block are not told from those behind it
            assert len(whole[:cut].rstrip(b"\0")) <= found.damages[0].offset <= cut + 64


@pytest.mark.parametrize("behind", ["nothing", "a run", "a run in a moment"])
@pytest.mark.parametrize("seed", range(12))
def test_few_zeros_behind_a_torn_member(seed: int, behind: str) -> None:
    """Few zeros say nothing either where another run follows them, or nothing does."""
    dice = random.Random(seed)  # noqa: S311  not cryptography
    first, torn, after, whole, begin = written(dice)
    rest = b"" if behind == "nothing" else flushed([after])[0]
    for cut in dice.sample(range(begin, len(whole)), 9):
        data = whole[:cut] + bytes(dice.choice(FEW)) + rest
        found = decode(data, len(data) - len(rest) if behind == "a run in a moment" else 0)
        assert Counter(first + after * bool(rest)) - found.lines == Counter()
        assert found.lines - Counter(first + torn + after) == Counter()
        if rest:
            # zeros that belong to the torn block are not told from those behind it
            assert len(whole[:cut].rstrip(b"\0")) <= found.damages[0].offset <= len(data) - len(rest)
        assert all(decode(data, piece).lines == found.lines for piece in PIECES[dice.randrange(1, 3) :: 2])


@pytest.mark.parametrize("between", [b"\xff" * 9, b"\xff" * 200, b"\x1f\x8b\x08", b"no member" * 9], ids=len)
@pytest.mark.parametrize("seed", range(8))
def test_a_hole_and_bytes_that_are_no_member(seed: int, between: bytes) -> None:
    """What a hole was read as is no text where other bytes or holes stand behind it, and then a run or nothing."""
    dice = random.Random(seed)  # noqa: S311  not cryptography
    first, torn, after, whole, begin = written(dice)
    holes = [64, 65, 600, 5000]
    for cut in dice.sample(range(begin, len(whole)), 9):
        head = whole[:cut] + bytes(dice.choice(holes)) + between
        for rest in (b"", flushed([after])[0], bytes(dice.choice(holes)) + flushed([after])[0]):
            found = decode(head + rest, 0)
            assert Counter(first + after * bool(rest)) - found.lines == Counter()
            assert found.lines - Counter(first + torn + after) == Counter()
            assert decode(head + rest, dice.choice(PIECES[1:])).lines == found.lines


def test_the_hole_is_told() -> None:
    """Where deflate never fails in a hole, the damage is told with its place."""
    reasons = []
    for seed in range(40):
        dice = random.Random(seed)  # noqa: S311  not cryptography
        whole, begin = flushed([lines(dice, 9), lines(dice, 9)])
        reasons += [damage.reason for damage in decode(whole[: begin + 40 + seed] + bytes(600), 0).damages]
    assert "gzip member without end: zero bytes stand in it" in reasons


SAME = [b'{"n":%d,"same":"%s"}' % (number, b"x" * 100_000) for number in range(3)]


@pytest.mark.parametrize("piece", [0, 7, 64, 4096])
def test_zeros_that_say_text(piece: int) -> None:
    """A text that says the same again and again is compressed to zeros: it is read whole, closed or open."""
    dice = random.Random(1)  # noqa: S311  not cryptography
    before, after, torn = lines(dice, 3), lines(dice, 30), lines(dice, 5)
    closed = gzip.compress(b"".join(line + b"\n" for line in (*before, *SAME, *after)), mtime=0)
    assert bytes(64) in closed
    assert decode(closed, piece) == Found(Counter(before + SAME + after), [])
    whole, _ = flushed([before, SAME, after], 6)
    assert bytes(64) in whole
    assert decode(whole, piece) == Found(Counter(before + SAME + after), [])
    killed, begin = flushed([before, SAME, after, torn], 6)
    found = decode(killed[: begin + 30] + whole, piece)
    assert Counter(before + SAME + after) + Counter(before + SAME + after) - found.lines == Counter()
    assert found.lines - Counter((before + SAME + after) * 2 + torn) == Counter()


@pytest.mark.parametrize("piece", PIECES)
def test_a_flush_behind_zeros_that_say_text(piece: int) -> None:
    """What was flushed soon behind a text of zeros is read, though rubbish or the end of the bytes follows it."""
    dice = random.Random(2)  # noqa: S311  not cryptography
    before, after, torn = lines(dice, 3), lines(dice, 1), lines(dice, 9)
    whole, begin = flushed([before, SAME[:1], after, torn], 6)
    assert begin - whole.index(bytes(64)) < 512
    for data in (whole[:begin], whole[: begin + 9], whole[:begin] + b"\xff" * 9):
        found = decode(data, piece)
        assert Counter(before + SAME[:1] + after) - found.lines == Counter()
        assert found.lines - Counter(before + SAME[:1] + after + torn) == Counter()


def test_zeros_of_a_member_that_rests() -> None:
    """A text of zeros whose writer rests in the middle is given as soon as it goes on."""
    whole, begin = flushed([SAME, [b"{}"]], 6)
    decoder = decoder_for(whole)
    cut = whole.index(bytes(64)) + 70
    items = [
        *decoder.feed(whole[:cut]),
        *decoder.settle(),
        *decoder.feed(whole[cut:begin]),
        *decoder.feed(whole[begin:]),
    ]
    text = b"".join(item for item in items if isinstance(item, bytes))
    assert text.split(b"\n") == [*SAME, b"{}", b""]
    assert decoder.damages == []
