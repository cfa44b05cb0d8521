"""Runs that were killed and appended to: every flushed line, nothing doubled, and no nonsense between."""

from __future__ import annotations

import random
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tlx.model import Damage
from tlx.reader.decoding.codecs import SNIFF_BYTES, decoder_for
from tlx.reader.decoding.frames import Seam
from tlx.reader.decoding.zstd_decoder import MAGIC

CODECS = pytest.mark.parametrize("codec", ["gzip", "zstd"])
GZIP_HEADER = bytes.fromhex("1f8b0800000000000003")


@dataclass(frozen=True)
class Killed:
    """The bytes that a run left behind; of its lines those flushed, and all that it had written."""

    data: bytes
    flushed: bytes
    written: bytes


@dataclass(frozen=True)
class Told:
    """What a decoder gave: the text between damages, and these."""

    texts: list[bytes]
    damages: list[Damage]

    @property
    def lines(self) -> Counter[bytes]:
        """The whole lines of all texts."""
        return Counter(line for text in self.texts for line in text.split(b"\n")[:-1])


def killed(codec: str, level: int, batches: Sequence[bytes], cut: float, *, close: bool = False) -> Killed:
    """A run that wrote `batches` with a flush behind each and was killed at `cut` (0…1) of its bytes."""
    if codec == "gzip":
        packer = zlib.compressobj(level, wbits=31)
        sync, end = zlib.Z_SYNC_FLUSH, zlib.Z_FINISH
    else:
        packer = zstandard.ZstdCompressor(
            max(1, level), write_content_size=False, write_checksum=level > 2
        ).compressobj()
        sync, end = zstandard.COMPRESSOBJ_FLUSH_BLOCK, zstandard.COMPRESSOBJ_FLUSH_FINISH
    data = text = b""
    flushes = [(0, 0)]
    for batch in batches:
        data += packer.compress(batch) + packer.flush(sync)
        text += batch
        flushes.append((len(data), len(text)))
    if close:
        data += packer.flush(end)
    size = len(data) if close else max(8, round(cut * len(data)))
    return Killed(data[:size], text[: max(length for at, length in flushes if at <= size)], text)


def told(data: bytes, pieces: Iterable[int]) -> Told:
    """Decode `data` fed in pieces of these sizes, the last one again and again."""
    decoder = decoder_for(data[:SNIFF_BYTES])
    texts: list[list[bytes]] = [[]]
    sizes = iter(pieces)
    at = size = 0
    items: list[bytes | Seam] = []
    while at < len(data):
        size = next(sizes, size) or len(data)
        items += decoder.feed(data[at : at + size])
        at += size
    items += decoder.rescue()
    decoder.finish()
    for item in items:
        if isinstance(item, bytes):
            texts[-1].append(item)
        elif item.damage is not None:
            texts.append([])
    return Told([b"".join(parts) for parts in texts], decoder.damages)


def events(dice: random.Random, number: int) -> bytes:
    """Lines much like one another, which is how nonsense comes to be made of whole ones."""
    line = b'{"StarlarkUserEvent":{"id":"step%d","metadata":{"i":%d}},"epoch_millis":%d}\n'
    return b"".join(line % (dice.randrange(5), dice.randrange(10**6), dice.randrange(10**12)) for _ in range(number))


def noise(dice: random.Random, number: int) -> bytes:
    """Lines that hardly compress, so that the codecs store them."""
    return b"".join(b'{"n":"%s"}\n' % dice.randbytes(60).hex().encode() for _ in range(number))


def check(data: bytes, runs: Sequence[Killed], pieces: Iterable[int]) -> Told:
    """Every flushed line of `runs` is there, and no other than they wrote, as often as they wrote it."""
    found = told(data, pieces)
    flushed = Counter(line for run in runs for line in run.flushed.split(b"\n") if line)
    written = Counter(line for run in runs for line in run.written.split(b"\n") if line)
    assert flushed - found.lines == Counter()
    assert found.lines - written == Counter()
    return found


run_plans = st.tuples(
    st.sampled_from([0, 1, 1, 3, 9]),
    st.lists(st.tuples(st.booleans(), st.sampled_from([1, 2, 10, 200])), min_size=1, max_size=4),
    st.floats(0, 1),
)


@CODECS
@given(
    plans=st.lists(run_plans, min_size=2, max_size=4),
    last=st.booleans(),
    seed=st.integers(0, 10**6),
    piece=st.sampled_from([0, 0, 1, 7, 100, 5000]),
)
@example(
    plans=[(0, [(False, 10), (False, 2), (True, 1), (True, 2)], 0.810546875), (0, [(True, 1), (False, 1)], 1.0)],
    last=False,
    seed=4740,
    piece=0,
)
@settings(max_examples=60)
def test_any_runs(codec: str, plans: list, last: bool, seed: int, piece: int) -> None:  # noqa: FBT001  drawn
    """Whatever runs were killed wherever: all flushed lines, nothing doubled and nothing else, in any pieces."""
    dice = random.Random(seed)  # noqa: S311  not cryptography
    runs = []
    for number, (level, batches, cut) in enumerate(plans):
        texts = [(noise if incompressible else events)(dice, size) for incompressible, size in batches]
        runs.append(killed(codec, level, texts, cut, close=last and number == len(plans) - 1))
    check(b"".join(run.data for run in runs), runs, [piece])


# Seeds that told of lost or doubled lines, or of nonsense, in decoders that were thought to be right.
FOUND = [
    ("nonsense for a quarter of a megabyte", (9, [3000, 10], 0.4), (3, [3000, 1], 1.0)),
    ("stored blocks swallow stored blocks", (0, [200, 200], 0.6), (0, [200, 200], 1.0)),
    ("a run of nine bytes between two", (1, [200, 10, 3000], 0.75), (1, [2, 2], 0.01), (0, [3000, 10], 1.0)),
    ("a run that is all header at the end", (1, [10, 1], 0.87), (3, [2], 0.01)),
]


@CODECS
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("plans", [pytest.param(plans, id=name) for name, *plans in FOUND])
def test_found(codec: str, seed: int, plans: list[tuple[int, list[int], float]]) -> None:
    """Kinds of runs that once were read wrong are read right."""
    dice = random.Random(seed)  # noqa: S311  not cryptography
    runs = [killed(codec, level, [events(dice, size) for size in sizes], cut) for level, sizes, cut in plans]
    for piece in (0, 10_007):
        check(b"".join(run.data for run in runs), runs, [piece])


def tiny(dice: random.Random, number: int) -> bytes:
    """Lines of a few bytes."""
    return b"".join(b'{"t":%d}\n' % dice.randrange(1000) for _ in range(number))


def rubbish(dice: random.Random, number: int) -> bytes:
    """Lines that do not compress at all."""
    return b"".join(b'{"r":"%s"}\n' % dice.randbytes(90).translate(None, b'\n"') for _ in range(number))


def ends(frame: bytes) -> list[tuple[int, int]]:
    """Where each block of a zstd frame begins and ends (RFC 8878 3.1.1), behind the frame header."""
    single, flag = frame[4] >> 5 & 1, frame[4] >> 6
    at = 5 + (1 - single) + (single, 2, 4, 8)[flag]
    found = [(0, at)]
    last = 0
    while not last and at < len(frame):
        head = int.from_bytes(frame[at : at + 3], "little")
        last, kind, size = head & 1, head >> 1 & 3, head >> 3
        found.append((at, at + 3 + (1 if kind == 1 else size)))
        at = found[-1][1]
    return found


@pytest.mark.parametrize("seed", range(40))
def test_a_torn_block_that_fits(seed: int) -> None:
    """Where the torn block ends just where a block of the next run does, and all seems well then, nothing is lost."""
    dice = random.Random(seed)  # noqa: S311  not cryptography
    plans = [(dice.choice([1, 3, 9]), dice.choices([events, noise, rubbish], k=dice.randrange(1, 4))) for _ in range(3)]
    texts = [[make(dice, dice.choice([1, 2, 9])) for make in makes] for _, makes in plans]
    first, second, third = (
        killed("zstd", level, batches, 1.0, close=bool(at) and dice.random() < 0.5)
        for at, ((level, _), batches) in enumerate(zip(plans, texts, strict=True))
    )
    fits = [
        end - size
        for begin, end in ends(first.data)[1:]
        for size in (1, 2, 3, *(size for _, size in ends(second.data)))
        if begin + 3 <= end - size
    ]
    for size in dice.sample(fits, min(20, len(fits))):
        torn = killed("zstd", plans[0][0], texts[0], size / len(first.data))
        runs = [torn, second, third][: dice.choice([2, 3])]
        check(b"".join(run.data for run in runs), runs, [dice.choice([0, 1, 7])])


def test_the_begin_of_a_magic() -> None:
    """A flush that ends as a magic begins is given once nothing comes; the next run is found where one begins so."""
    dice = random.Random(1)  # noqa: S311  not cryptography
    first, after = killed("zstd", 1, [b""], 1.0), killed("zstd", 1, [events(dice, 9)], 1.0)
    while not first.data.endswith(MAGIC[:1]):
        first = killed("zstd", 1, [events(dice, 20)], 1.0)
    decoder = decoder_for(first.data)
    texts = [*decoder.feed(first.data), *decoder.settle()]
    assert b"".join(text for text in texts if isinstance(text, bytes)) == first.written
    torn = Killed(first.data[:-1], b"", first.written)
    check(torn.data + after.data, [torn, after], [len(first.data)])


@CODECS
@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("cut", [0.3, 0.7, 1.0])
def test_a_quiet_moment_inside_a_magic(codec: str, size: int, cut: float) -> None:
    """Where the writer of the next run rests inside its magic, the run is found all the same."""
    dice = random.Random(216)  # noqa: S311  not cryptography
    torn = killed(codec, 1, [events(dice, 1), tiny(dice, 50)], cut)
    after = killed(codec, 1, [events(dice, 3)], 1.0)
    decoder = decoder_for(torn.data)
    items = [*decoder.feed(torn.data + after.data[:size]), *decoder.settle(), *decoder.feed(after.data[size:])]
    text = b"".join(item for item in items if isinstance(item, bytes))
    assert text.startswith(torn.flushed)
    assert text.endswith(after.written)


NO_MEMBER = {
    "zeros": bytes(64),
    "text": b"hello world\n",
    "a stub, then a run": GZIP_HEADER[:2],
    "a stub of a header, then a run": GZIP_HEADER[:3] + b"\xff",
    "a hole": b"\xff" * 5000,
}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", NO_MEMBER)
def test_rubbish_behind_a_short_run(name: str, seed: int) -> None:
    """A run of which few bytes are there is found behind a torn one, whatever stands where it stops."""
    dice = random.Random(seed)  # noqa: S311  not cryptography
    whole, *others = (killed("gzip", 1, [events(dice, 1), noise(dice, dice.randrange(1, 9))], 1.0) for _ in range(3))
    short, last = others[0], others[1] if name.endswith("run") else Killed(b"", b"", b"")
    for missing in range(1, 60, 3):
        torn = Killed(whole.data[:-missing], whole.written.split(b"\n")[0] + b"\n", whole.written)
        for piece in (0, 1, 7, 64, 4096):
            check(torn.data + short.data + NO_MEMBER[name] + last.data, [torn, short, last], [piece])


def test_a_short_run_whose_first_line_is_no_record() -> None:
    """A record proves a short run behind other lines too: whether it is found does not depend on the pieces."""
    dice = random.Random(3)  # noqa: S311  not cryptography
    whole, short = (killed("gzip", 1, [text], 1.0) for text in (events(dice, 2), b"null\n" + events(dice, 1)))
    for missing in range(1, 60, 3):
        torn = Killed(whole.data[:-missing], whole.written.split(b"\n")[0] + b"\n", whole.written)
        for rubbish in (b"\xff" * 9, b"hello world\n", dice.randbytes(600)):
            found = [told(torn.data + short.data + rubbish, [piece]).lines for piece in (0, 1, 7, 64, 4096)]
            assert all(lines >= Counter(short.written.split(b"\n")[:-1]) for lines in found)


def test_rubbish_behind_no_line() -> None:
    """A magic in a torn member is no run where what it gives before it fails is no line of JSON."""
    dice = random.Random(2)  # noqa: S311  not cryptography
    for text in (b'{"a":1}', b"{\n", b'{"a"\n', b"[1]\n", b"\xff{}\n", b'"{}"\n'):
        false = killed("gzip", 0, [text], 1.0).data + b"\xff" * 9
        run = killed("gzip", 0, [b'{"n":1}\n', dice.randbytes(99) + false + b"\n" + noise(dice, 9)], 1.0)
        for piece in (0, 1, 64):
            assert told(run.data + b"\xff" * 9, [piece]).lines >= Counter(run.written.split(b"\n")[:-1])


def test_a_torn_member_that_falls_in_step() -> None:
    """Deflate may fall in step with the next member and never fail, however long that is: it is read as what it is."""
    dice = random.Random(7)  # noqa: S311  not cryptography
    after = killed("gzip", 1, [events(dice, 3), *(noise(dice, 40) for _ in range(420))], 1.0)
    assert len(after.data) > 1 << 20
    for seed in (56, 76, 97, 275, 365, 403):
        dice = random.Random(seed)  # noqa: S311  not cryptography
        torn = killed("gzip", 1, [events(dice, 5)], dice.random())
        check(torn.data + after.data, [torn, after], [1 << 18])


@CODECS
@pytest.mark.parametrize("level", [0, 1, 9])
def test_the_place_is_told(codec: str, level: int) -> None:
    """The damage is told with the offset at which the next run begins, in any pieces, wherever the first was killed."""
    dice = random.Random(level)  # noqa: S311  not cryptography
    batches = [events(dice, 3), noise(dice, 2), events(dice, 40)]
    after = killed(codec, level, [events(dice, 30)], 1.0, close=True)
    whole = killed(codec, level, batches, 1.0)
    for size in range(12, len(whole.data), 23):
        run = killed(codec, level, batches, size / len(whole.data))
        for piece in (0, 97):
            found = check(run.data + after.data, [run, after], [piece])
            assert len(found.damages) == 1
            # a torn compressed block of zstd is told by its begin
            assert found.damages[0].offset == len(run.data) or codec == "zstd"
            assert found.damages[0].offset <= len(run.data)
            assert found.texts[-1] == after.written


class TestFalseMagics:
    """Magics inside compressed data that begin nothing."""

    GZIP = (
        GZIP_HEADER + b"\x07",  # a kind of block that there is not; a stored block behind the header would be a member
        GZIP_HEADER[:3] + b"\x0c" + GZIP_HEADER[4:],
        GZIP_HEADER[:3] + b"\x1f" + GZIP_HEADER[4:],
        b"\x1f\x8b\x08",
        b"\x1f\x8b",
    )
    ZSTD = (b"\x28\xb5\x2f\xfd\x00\x58", b"\x28\xb5\x2f\xfd", b"\x28\xb5\x2f\xfd\x04\x58\x01\x00\x00", b"\x28\xb5")

    @pytest.mark.parametrize("false", GZIP + ZSTD, ids=bytes.hex)
    @pytest.mark.parametrize("closed", [True, False], ids=["closed", "open"])
    @pytest.mark.parametrize("end", [b"", b"\n", b"x" * 9000 + b"\n"], ids=["noend", "lf", "long"])
    @CODECS
    def test_stored(self, codec: str, false: bytes, closed: bool, end: bytes) -> None:  # noqa: FBT001  a parameter
        """Text that holds magics, stored as it is, is text: in a closed frame, and in an open one that is going on."""
        dice = random.Random(4)  # noqa: S311  not cryptography
        before = dice.randbytes(300)
        # What follows repeats what is before: a header alone and a block that needs nothing before it are a frame.
        texts = [b'{"a":1}\n', before + false + end, before + noise(dice, 90)]
        run = killed(codec, 0, texts, 1.0, close=closed)
        for piece in (0, 1, 997):
            found = told(run.data, [piece])
            assert (b"".join(found.texts), found.damages) == (run.written, [])

    @CODECS
    def test_a_whole_frame_inside(self, codec: str) -> None:
        """A whole frame of JSON lines that stands in the text of another one is text: the other one proves sound."""
        dice = random.Random(4)  # noqa: S311  not cryptography
        inner = killed(codec, 1, [b'{"inner":1}\n' * 20], 1.0, close=True).data
        for before in (b"", dice.randbytes(200)):
            run = killed(
                codec, 0, [b'{"a":1}\n', before + inner + dice.randbytes(100), events(dice, 9)], 1.0, close=True
            )
            assert told(run.data, [0]) == Told([run.written], [])

    @CODECS
    def test_behind_damage(self, codec: str) -> None:
        """Behind damage magics that begin nothing are passed over until one does."""
        dice = random.Random(4)  # noqa: S311  not cryptography
        first, last = (killed(codec, 1, [events(dice, 9)], 1.0, close=True) for _ in range(2))
        rubbish = b"".join(false + dice.randbytes(40) for false in (self.GZIP if codec == "gzip" else self.ZSTD))
        for piece in (0, 1):
            found = told(first.data + rubbish + last.data, [piece])
            assert found.texts[0] == first.written
            assert found.texts[-1] == last.written
            assert b"".join(found.texts) == first.written + last.written


class TestCrowds:
    """Hostile bytes in which everything looks like a frame are read in bounded time and memory."""

    @CODECS
    def test_of_magics(self, codec: str) -> None:
        """A crowd of magics behind a frame is one place that cannot be read."""
        run = killed(codec, 1, [b'{"a":1}\n'], 1.0, close=True)
        magic = b"\x1f\x8b\x08\x00" if codec == "gzip" else b"\x28\xb5\x2f\xfd"
        found = told(run.data + magic * 10_000, [0])
        assert found.texts[0] == run.written
        assert b"".join(found.texts[1:]) == b""
        assert len(run.data) <= found.damages[0].offset < len(run.data) + 8

    @CODECS
    def test_of_damages(self, codec: str) -> None:
        """Of very many damages a thousand are listed; the last one says how many there are besides."""
        run = killed(codec, 1, [b'{"a":1}\n'], 1.0, close=True)
        found = told((run.data + b"rubbish") * 1500, [0])
        assert found.texts == [run.written] * 1500 + [b""]
        assert len(found.damages) == 1000
        assert found.damages[1].offset == 2 * len(run.data) + 7
        assert found.damages[-1].reason == "this and 500 later places could not be read"
        assert found.damages[-1].offset == 1000 * len(run.data) + 999 * 7

    @CODECS
    def test_of_frames(self, codec: str) -> None:
        """Very many frames are all read; each begins at a seam."""
        run = killed(codec, 1, [b'{"a":1}\n'], 1.0, close=True)
        assert told(run.data * 3000, [0]) == Told([run.written * 3000], [])
