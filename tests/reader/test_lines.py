"""The line splitter: bytes cut anywhere become the same lines, numbers and offsets."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tlx.reader.lines import BOM, HEAD, LineChunk, LineSplitter

Lines = list[tuple[int, int, bytes]]
"""Number, offset and bytes of each line."""

texts = st.one_of(st.binary(max_size=200), st.text("a\r\n\u2028\x00", max_size=60).map(str.encode))
thresholds = st.integers(1, 40)


BIG = 1 << 30


def split(
    text: bytes, cuts: Sequence[int], first_chunk: int = 1, chunk: int = 1, max_line: int = BIG
) -> list[LineChunk]:
    """Every chunk of `text`, fed in pieces that end at `cuts`."""
    splitter = LineSplitter(max_line, first_chunk, chunk)
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    found = [one for begin, end in pairwise(places) for one in splitter.feed(text[begin:end])]
    found += splitter.end("torn", tail=True)
    assert splitter.decompressed_bytes == len(text)
    return found


def lines(chunks: Sequence[LineChunk]) -> Lines:
    """The lines of `chunks`, each placed by what its chunk says."""
    found: Lines = []
    for chunk in chunks:
        inner = chunk.text.whole.split(b"\n")
        assert chunk.line_count == len(inner)
        offset = chunk.offset
        for number, line in enumerate(inner, chunk.first_line):
            found.append((number, offset, line))
            offset += len(line) + 1
    return found


def expected(text: bytes) -> Lines:
    """The lines of `text` by `bytes.split`; a byte order mark at the very begin is no part of them."""
    found: Lines = []
    offset = 0
    for number, line in enumerate(text.split(b"\n"), 1):
        skipped = len(BOM) if number == 1 and line.startswith(BOM) else 0
        found.append((number, offset + skipped, line[skipped:]))
        offset += len(line) + 1
    return found if found[-1][2] else found[:-1]


@given(texts, st.lists(st.integers(0, 200), max_size=10), thresholds, thresholds, st.booleans())
@example(b"one\ntwo", [1, 2, 3], 1, 1, False)
@example(b"\n\n\n", [], 1, 1, True)
@example(b"", [], 1, 1, True)
def test_any_cutting(text: bytes, cuts: list[int], first_chunk: int, chunk: int, marked: bool) -> None:  # noqa: FBT001
    """Lines, numbers and offsets are those of `bytes.split`, whatever the pieces and the sizes of chunks."""
    text = BOM * marked + text
    assert lines(split(text, cuts, first_chunk, chunk)) == expected(text)
    assert lines(split(text, range(len(text)), first_chunk, chunk)) == expected(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"a\r\nb\r\n", [b"a\r", b"b\r"]),
        ("a\u2028b\u2029c\u0085d\x0b\x0c\x1c\n".encode(), ["a\u2028b\u2029c\u0085d\x0b\x0c\x1c".encode()]),
        (b"a\n\n\nb", [b"a", b"", b"", b"b"]),
        (BOM + b"a\n" + BOM + b"b\n", [b"a", BOM + b"b"]),
        (BOM, []),
        (b"\xef\xbb", [b"\xef\xbb"]),
    ],
    ids=["crlf", "separators", "blank", "marks", "only a mark", "half a mark"],
)
def test_what_ends_a_line(text: bytes, found: list[bytes]) -> None:
    """LF alone ends a line; only a byte order mark at the very begin is left out."""
    assert [line for _, _, line in lines(split(text, ()))] == found


def test_the_last_line_is_marked() -> None:
    """A last line without a line feed comes by itself, and says so."""
    assert [(chunk.text, chunk.tail) for chunk in split(b"one\ntw", (), 100, 100)] == [(b"one", False), (b"tw", True)]
    assert [(chunk.text, chunk.tail) for chunk in split(b"one\ntwo\n", (), 100, 100)] == [(b"one\ntwo", False)]


def test_the_first_chunk_comes_early() -> None:
    """The first chunk is given after few bytes, the later ones after many."""
    chunks = split(b"0123456\n" * 100, range(0, 800, 4), 16, 160)
    assert [chunk.line_count for chunk in chunks] == [2, 20, 20, 20, 20, 18]


def test_a_long_line() -> None:
    """A line far above the size of a chunk comes whole, with the right place of what follows."""
    text = b"a\n" + b"x" * 100_000 + b"\nb\n"
    assert lines(split(text, range(0, len(text), 10), 16, 64)) == expected(text)


def test_flush_in_between() -> None:
    """Lines in hand can be asked for at any time; half a line stays."""
    splitter = LineSplitter(BIG, 1000, 1000)
    assert list(splitter.flush()) == []
    assert list(splitter.feed(b"one\ntw")) == []
    assert list(splitter.flush()) == [LineChunk(b"one", 1, 0, 1)]
    assert list(splitter.flush()) == []
    assert list(splitter.feed(b"o\n")) == []
    assert list(splitter.flush()) == [LineChunk(b"two", 2, 4, 1)]
    assert list(splitter.end("torn")) == []


@dataclass(frozen=True)
class Cut:
    """A line over the limit, as told: number, offset, begin and size."""

    number: int
    offset: int
    head: bytes
    size: int


def sifted(text: bytes, limit: int) -> list[tuple[int, int, bytes] | Cut]:
    """The lines of `text` that hold anything, those over the limit cut."""
    found: list[tuple[int, int, bytes] | Cut] = []
    for number, offset, line in expected(text):
        if len(line) > limit and line.strip():
            found.append(Cut(number, offset, line[:HEAD], len(line)))
        elif line.strip():
            found.append((number, offset, line))
    return found


def told(chunks: Sequence[LineChunk]) -> list[tuple[int, int, bytes] | Cut]:
    """What chunks say, in the same shape."""
    found: list[tuple[int, int, bytes] | Cut] = []
    for chunk in chunks:
        if chunk.cut:
            sizes = re.fullmatch(r"line of ([0-9,]+) bytes, longer than the limit of [0-9,]+", chunk.flaw)
            assert sizes
            found.append(Cut(chunk.first_line, chunk.offset, chunk.text.whole, int(sizes[1].replace(",", ""))))
        else:
            found += [line for line in lines([chunk]) if line[2].strip()]
    return found


class TestLimit:
    """A line over the limit."""

    @given(
        st.lists(
            st.one_of(st.binary(max_size=30), st.sampled_from([b" " * 30, b"\n", b"\n\n", b"x" * 50])), max_size=9
        ),
        st.lists(st.integers(0, 200), max_size=10),
        st.integers(1, 40),
        thresholds,
    )
    @example([b"x" * 50, b"\n", b"ab"], [], 10, 1)
    @example([b" " * 50, b"\n", b"ab"], [20], 10, 1)
    @example([b"ab\n", b"x" * 50], [20], 10, 1)
    def test_any_cutting(self, parts: list[bytes], cuts: list[int], limit: int, chunk: int) -> None:
        """Whatever the pieces, sizes and limits: long lines are told by their begin, the others are as ever."""
        text = b"".join(parts)
        for places in (cuts, range(len(text))):
            for size in (chunk, 1000):
                chunks = split(text, places, size, size, limit)
                assert told(chunks) == sifted(text, limit)
                assert max((len(one.text) for one in chunks if one.line_count == 1), default=0) <= max(limit, HEAD)

    def test_the_limit_itself(self) -> None:
        """A line as long as the limit is a line; one byte more is too much."""
        text = b"x" * 100 + b"\n" + b"y" * 101 + b"\n" + b"z" * 101
        assert told(split(text, range(0, 300, 7), 8, 8, 100)) == [
            (1, 0, b"x" * 100),
            Cut(2, 101, b"y" * 101, 101),
            Cut(3, 203, b"z" * 101, 101),
        ]

    def test_memory(self) -> None:
        """While a long line passes, no more than the limit is held, and then its begin."""
        splitter = LineSplitter(1 << 20)
        piece = b"x" * (1 << 16)
        tracemalloc.start()
        for _ in range(1000):
            assert list(splitter.feed(piece)) == []
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 4 << 20
        long, rest = splitter.feed(b"x\n" + b"{}\n" * 400_000)
        assert (long.first_line, long.offset, long.text, long.cut) == (1, 0, b"x" * HEAD, True)
        assert (rest.first_line, rest.offset, rest.line_count) == (2, (1000 << 16) + 2, 400_000)

    def test_the_last_line(self) -> None:
        """A last line over the limit is both: cut, and the tail."""
        (chunk,) = split(b"x" * 20, (), 1, 1, 10)
        assert (chunk.tail, chunk.cut, chunk.text) == (True, True, b"x" * 20)


class TestSeams:
    """Frames that begin, and damage between two pieces."""

    def test_damage_ends_a_line(self) -> None:
        """What stands before and behind damage are two lines; the one before has the flaw."""
        splitter = LineSplitter()
        found = [*splitter.feed(b"one\ntw"), *splitter.end("damage"), *splitter.feed(b"o\n"), *splitter.end("end")]
        assert found == [
            LineChunk(b"one", 1, 0, 1),
            LineChunk(b"tw", 2, 4, 1, flaw="damage"),
            LineChunk(b"o", 3, 6, 1),
        ]

    def test_damage_between_lines(self) -> None:
        """Damage behind a whole line makes no line of its own."""
        splitter = LineSplitter()
        assert list(splitter.feed(b"one\n")) == []
        assert list(splitter.end("damage")) == [LineChunk(b"one", 1, 0, 1)]
        assert list(splitter.end("again")) == []

    def test_damage_in_a_long_line(self) -> None:
        """A line over the limit ends at damage too."""
        splitter = LineSplitter(10, 1, 1)
        assert list(splitter.feed(b"x" * 20)) == []
        (chunk,) = splitter.end("damage")
        assert (chunk.cut, chunk.text) == (True, b"x" * 20)
        assert list(splitter.feed(b"y\n")) == [LineChunk(b"y", 2, 20, 1)]

    @pytest.mark.parametrize("cuts", [(), (1,), (2,), (1, 2, 3)])
    def test_a_mark_behind_a_seam(self, cuts: tuple[int, ...]) -> None:
        """A byte order mark at the begin of a frame is blank where a line begins, in any pieces."""
        for before, found in ((b"one\n", b"one\n   two"), (b"on", b"on" + BOM + b"two")):
            splitter = LineSplitter()
            assert list(splitter.feed(before)) == []
            splitter.begin()
            text = BOM + b"two\n"
            for begin, end in pairwise([0, *cuts, len(text)]):
                assert list(splitter.feed(text[begin:end])) == []
            assert [chunk.text for chunk in splitter.flush()] == [found]

    @pytest.mark.parametrize("text", [b"\xef", b"\xef\xbb", b"\xef\xbbx", b"\xefx"])
    def test_half_a_mark(self, text: bytes) -> None:
        """Bytes that begin as a mark does are text where they are none."""
        splitter = LineSplitter()
        for number in range(len(text)):
            assert list(splitter.feed(text[number : number + 1])) == []
        assert [chunk.text for chunk in splitter.end("torn")] == [text]
