"""Texts are the same however they are cut, and looked through alike by the library and by Python."""

from __future__ import annotations

import itertools
import re
import sys
import threading

import hyperscan
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tlx import text as module
from tlx.text import Text

_FILLED = b'{"kind":"Run","owner":"root//a:b"}\n'
_LARGE = _FILLED * (module.LARGE // len(_FILLED) + 1)
_PARTS = (b"\n", b'{"', b"e", b"ev", b"\0", b"\xff", b"x", b" ", b",", b"}", b"\t")
BYTES = st.lists(st.sampled_from(_PARTS), max_size=9)
MARKS = BYTES.map(b"".join).filter(bool)


def cut(text: bytes, places: list[int]) -> Text:
    """A text in pieces that end at these places."""
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return Text(*(text[a:b] for a, b in itertools.pairwise(edges)))


@given(BYTES.map(b"".join), st.lists(st.integers(0, 20), max_size=5), st.integers(0, 20), st.sampled_from((0, 1 << 15)))
def test_a_text_is_the_same_however_it_is_cut(text: bytes, places: list[int], size: int, more: int) -> None:
    """Whatever is asked of it is as of the bytes in one."""
    text += _FILLED * (more // len(_FILLED))
    assert (len(cut(text, places)), cut(text, places).whole) == (len(text), text)
    assert cut(text, places) == text
    assert cut(text, places) == Text(text)
    assert hash(cut(text, places)) == hash(Text(text))
    assert cut(text, places) != text + b"x"
    assert cut(text, places).begin(size) == text[:size]
    assert cut(text, places).end(size) == (text[-size:] if size else b"")
    assert cut(text, places).is_blank == (not text.strip())
    assert cut(text, places).is_ascii == text.isascii()
    assert cut(text, places).has(b"\0") == (b"\0" in text)
    assert cut(text, places).line_feeds == text.count(b"\n")


@given(lines=st.lists(st.integers(0, 200), max_size=40), times=st.integers(1, 300))
@example(lines=[0], times=1)
@example(lines=[0, 0, 200], times=300)
def test_line_feeds_are_counted(lines: list[int], times: int) -> None:
    """Both ways of counting give the number of lines, whether they are long or short."""
    text = b"".join(b"x" * size + b"\n" for size in lines) * times
    assert Text(text).line_feeds == len(lines) * times
    assert Text(text, b"y").line_feeds == len(lines) * times


def test_large_pieces_stay_apart_until_they_are_wanted_as_one() -> None:
    """To join them takes time; many small ones would take more, each as a call of its own."""
    large = b"x" * (1 << 17)
    text = Text(large, large, b"y", b"")
    assert text.pieces == (large, large, b"y")
    assert text.end(1) == b"y"
    assert text.pieces == (large, large, b"y")
    assert text.whole == large + large + b"y"
    assert text.pieces == (text.whole,)
    assert Text(*[b"xy"] * 100).pieces == (b"xy" * 100,)


@given(MARKS, MARKS, st.sampled_from((_FILLED, _LARGE)), st.integers(0, 40), st.integers(-5, 5))
@example(b"ev", b"ev", _LARGE, 0, 1)
def test_what_stands_in_a_text_is_found(mark: bytes, other: bytes, text: bytes, at: int, seam: int) -> None:
    """It is told as `in` tells it, of small texts and of large ones, wherever it stands, across pieces too."""
    for place in (at, len(text) - at, len(text)):
        found = text[:place] + other + text[place:]
        pieces = cut(found, [max(0, place + seam), 1 << 18])
        assert pieces.holds(mark) == (mark in found)


@given(BYTES.map(b"".join), st.integers(-3, 3))
@example(b", \t}", 2)
@example(b",}\n", 1)
def test_bytes_in_a_row_are_found(other: bytes, seam: int) -> None:
    """One of each set, across pieces too."""
    for text in (_LARGE, _FILLED):
        for at in (len(text) // 2, len(text) - 1, len(text)):
            found = text[:at] + other + text[at:]
            wanted = re.search(rb"[, \t\r][}\]]", found) is not None
            assert cut(found, [max(0, at + seam), 10]).has_row(b", \t\r", b"}]") == wanted


_SETS = st.lists(st.sampled_from((b", \t\r", b"}]", b"ae", b'"{')), min_size=1, max_size=3).map(tuple)
_MANY = (
    b'\n{"events"',
    b'"command_line_args"',
    b'\n{"metadata"',
    b"nts",
    b"\n{",
    b"} e",
    b"\t]",
    b"x\0",
    b"a\nb",
    b"x\n",
)


@given(
    others=st.lists(st.sampled_from((*_MANY, *_PARTS)), max_size=6).map(b"".join),
    marks=st.lists(st.sampled_from(_MANY), max_size=6),
    rows=st.lists(_SETS, max_size=2),
    at=st.integers(0, 40),
    places=st.lists(st.integers(-40, 40), max_size=3),
)
@example(others=b", \t}", marks=[], rows=[(b", \t\r", b"}]")], at=0, places=[2])
def test_much_is_looked_for_at_once(
    others: bytes, marks: list[bytes], rows: list[tuple[bytes, ...]], at: int, places: list[int]
) -> None:
    """What is told of each is what Python tells, wherever it stands, across pieces and at their edges too."""
    for text in (_FILLED, _LARGE):
        for place in (at, len(text) - at, len(text)):
            found = text[:place] + others + text[place:]
            pieces = cut(found, [max(0, place + one) for one in places])
            pieces.look(marks, *rows)
            for mark in marks:
                assert pieces.holds(mark) == (mark in found)
            for sets in rows:
                assert pieces.has_row(*sets) == bool(re.search(module._row(sets), found))


def test_what_was_looked_for_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """To ask for it takes no other look, whether it stands there or not, and after the bytes were lent too."""
    text = Text(_LARGE, _LARGE)
    text.look((b"a:b", b"a:c"), (b"a", b":"))
    monkeypatch.setattr(module, "_scan", pytest.fail)
    text.lend(lambda: pytest.fail("it was read again"))
    assert (text.holds(b"a:b"), text.holds(b"a:c"), text.has_row(b"a", b":")) == (True, False, True)


def test_what_ends_where_a_short_piece_does_is_found_among_much_else() -> None:
    """The library misses it in such a piece, found by chance among eight million random texts."""
    marks = (b" }, _", b'{_a{",', b"\t]", b'b"b}"{a "', b'nts"', b" ")
    text = b'\n{"events" \n{"command_line_arg,}args"{"metadata"\t]'
    scan = module._scan(tuple(map(re.escape, marks)))
    assert scan is not None
    assert scan([text + module._BEHIND]) == {re.escape(mark) for mark in marks if mark in text}
    pieces = Text(_LARGE, text)
    pieces.look(marks)
    assert [pieces.holds(mark) for mark in marks] == [mark in text for mark in marks]


@pytest.mark.parametrize("wanted", [(b", \t\r", b"}]"), (b"a-c]^\\", b"\n\t")])
@given(text=st.lists(st.sampled_from(list(b", \t\r}]{x\n-^\\ac\0")), max_size=60).map(bytes))
def test_the_library_finds_bytes_in_a_row(wanted: tuple[bytes, ...], text: bytes) -> None:
    """Wherever they stand, near the begin and the end of what it is given too; of repeats it misses many."""
    pattern = module._row(wanted)
    scan = module._scan((pattern,))
    assert scan is not None
    assert bool(scan([text])) == (re.search(pattern, text) is not None)


_TEXTS = st.lists(
    st.sampled_from(
        (b'"event', b's"', b"\n{", b'"command_line', b'_args"', b'"metadata"', b"{", b"\n", b"x", b",", b"}")
    ),
    max_size=12,
)


@given(_TEXTS.map(b"".join))
def test_the_library_finds_marks(text: bytes) -> None:
    """The same of words, one by one and all at once."""
    marks = (b'\n{"events"', b'"command_line_args"', b'"events"', b'\n{"metadata"')
    row = module._row((b", \t\r", b"}]"))
    patterns = (*map(re.escape, marks), row)
    wanted = {re.escape(mark) for mark in marks if mark in text} | ({row} if re.search(row, text) else set())
    found: set[bytes] = set()
    for pattern in patterns:
        scan = module._scan((pattern,))
        assert scan is not None
        found |= scan([text])
    assert found == wanted
    scan = module._scan(patterns)
    assert scan is not None
    assert scan([text + module._BEHIND]) == wanted


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known from before."""
    monkeypatch.setattr(module, "_own", threading.local())


@pytest.mark.usefixtures("fresh")
def test_a_machine_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it cannot be loaded Python looks itself."""
    monkeypatch.setitem(sys.modules, "hyperscan", None)
    assert module._scan((b"x",)) is None
    assert Text(_LARGE, _LARGE).holds(b"a:b")
    assert not Text(_LARGE, _LARGE).holds(b"a:c")
    assert Text(_LARGE).has_row(b"a", b":", b"bc")
    text = Text(_LARGE)
    text.look((b"a:b", b"a:c"))
    assert text.holds(b"a:b")
    assert not text.holds(b"a:c")


@pytest.mark.usefixtures("fresh")
def test_a_processor_that_the_library_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same where it says that it cannot work here."""

    def fail(*_arguments: object, **_named: object) -> None:
        raise hyperscan.ArchitectureError

    monkeypatch.setattr(hyperscan, "Database", fail)
    assert module._scan((b"x",)) is None
    assert Text(_LARGE).holds(b"a:b")


def test_threads_look_at_the_same_time() -> None:
    """Each has memory of its own."""
    wrong: list[bytes] = []

    def look(mark: bytes, *expected: bool) -> None:
        text = Text(_LARGE, _LARGE)
        wrong.extend(mark for _ in range(20) if text.holds(mark) not in expected)

    threads = [threading.Thread(target=look, args=one) for one in [(b"a:b", True), (b"a:c", False)] * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
