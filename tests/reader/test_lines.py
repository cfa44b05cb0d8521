"""The line splitter: bytes cut anywhere become the same lines, numbers and offsets."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tlx.reader.lines import BOM, LineChunk, LineSplitter

Lines = list[tuple[int, int, bytes]]
"""Number, offset and bytes of each line."""

texts = st.one_of(st.binary(max_size=200), st.text("a\r\n\u2028\x00", max_size=60).map(str.encode))
thresholds = st.integers(1, 40)


def split(text: bytes, cuts: Sequence[int], first_chunk: int = 1, chunk: int = 1) -> list[LineChunk]:
    """Every chunk of `text`, fed in pieces that end at `cuts`."""
    splitter = LineSplitter(first_chunk, chunk)
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    found = [splitter.feed(text[begin:end]) for begin, end in pairwise(places)]
    found += [splitter.flush(), splitter.finish()]
    assert splitter.decompressed_bytes == len(text)
    return [chunk for chunk in found if chunk is not None]


def lines(chunks: Sequence[LineChunk]) -> Lines:
    """The lines of `chunks`, each placed by what its chunk says."""
    found: Lines = []
    for chunk in chunks:
        inner = chunk.text.split(b"\n")
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
    return found[:-1] if not text or text.endswith(b"\n") else found


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
        (BOM, [b""]),
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
    splitter = LineSplitter(1000, 1000)
    assert splitter.flush() is None
    splitter.feed(b"one\ntw")
    chunk = splitter.flush()
    assert chunk == LineChunk(b"one", 1, 0, 1)
    assert splitter.flush() is None
    splitter.feed(b"o\n")
    assert splitter.flush() == LineChunk(b"two", 2, 4, 1)
    assert splitter.finish() is None
