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
_LARGE = _FILLED * (module._LARGE // len(_FILLED) + 1)
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


@pytest.mark.parametrize("pattern", [rb",[ \t\r]*[}\]]", rb"(?i)a_?b|\[x"])
@given(other=BYTES.map(b"".join), seam=st.integers(-3, 3))
@example(other=b", \t}", seam=2)
@example(other=b"A_B", seam=1)
def test_what_matches_is_found(pattern: bytes, other: bytes, seam: int) -> None:
    """A regular expression means the same to the library as to Python, across pieces too."""
    for text in (_LARGE, _FILLED):
        at = len(text) // 2
        found = text[:at] + other + text[at:]
        assert cut(found, [at + seam, 10]).has_match(pattern) == (re.search(pattern, found) is not None)


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known from before."""
    monkeypatch.setattr(module, "_own", threading.local())


@pytest.mark.usefixtures("fresh")
def test_a_machine_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it cannot be loaded Python looks itself."""
    monkeypatch.setitem(sys.modules, "hyperscan", None)
    assert module._scan(b"x") is None
    assert Text(_LARGE, _LARGE).holds(b"a:b")
    assert not Text(_LARGE, _LARGE).holds(b"a:c")
    assert Text(_LARGE).has_match(rb"a:[bc]")


@pytest.mark.usefixtures("fresh")
def test_a_processor_that_the_library_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same where it says that it cannot work here."""

    def fail(*_arguments: object, **_named: object) -> None:
        raise hyperscan.ArchitectureError

    monkeypatch.setattr(hyperscan, "Database", fail)
    assert module._scan(b"x") is None
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
