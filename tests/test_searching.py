"""Bytes are found in texts of every size, by C and by Python alike."""

from __future__ import annotations

import ctypes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlx import searching

_FILLED = b'{"kind":"Run","owner":"root//a:b"}\n'
MARKS = st.lists(st.sampled_from((b"\n", b'{"', b"e", b"ev", b"\0", b"\xff", b"x")), min_size=1, max_size=5).map(
    b"".join
)


@given(MARKS, MARKS, st.sampled_from((0, 1 << 18)), st.integers(0, 40))
def test_what_stands_in_a_text_is_found(mark: bytes, other: bytes, size: int, at: int) -> None:
    """It is told as `in` tells it, of small texts and of those that C looks through, wherever it stands."""
    text = _FILLED * (size // len(_FILLED) + 1)
    for place in (at, len(text) - at, len(text)):
        found = text[:place] + other + text[place:]
        assert searching.holds(found, mark) == (mark in found)


@pytest.mark.parametrize("error", [OSError, AttributeError, ImportError])
def test_a_machine_without_the_function(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the C library has none Python looks itself."""

    def fail(_name: None) -> None:
        raise error

    monkeypatch.setattr(ctypes, "CDLL", fail)
    searching._memmem.cache_clear()
    text = _FILLED * (1 << 14)
    try:
        assert searching.holds(text, b"a:b")
        assert not searching.holds(text, b"a:c")
        assert searching._memmem() is None
    finally:
        searching._memmem.cache_clear()
