"""Regular expressions are checked by the engine that runs them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tlx.store.pattern import pattern_trouble


@pytest.mark.parametrize("pattern", ["", "a", "^a.*b$", r"\pL\d[[:alpha:]]", "(?i)a|(b)", r"\Q(\E", "\x00", "é" * 1000])
def test_what_can_be_run_is_no_trouble(pattern):
    """Every expression of RE2 passes, with regard to case or without."""
    assert pattern_trouble(pattern, "i") is None
    assert pattern_trouble(pattern, "c") is None


@pytest.mark.parametrize("pattern", ["(", "[a", "a**", r"\1", "(?=a)", "(?<!a)", "a{1001}", r"\p{Nothing}"])
def test_what_cannot_be_run_is_told(pattern):
    """What RE2 does not take is told in one line: unclosed groups, and what would take more than linear time."""
    trouble = pattern_trouble(pattern, "i")
    assert trouble
    assert "\n" not in trouble
    assert "Error" not in trouble


def test_any_thread_may_ask():
    """The screen checks while it is typed and commands check while they load: several threads at once get answers."""
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda number: pattern_trouble(f"a{number}" + "(" * (number % 2), "c"), range(64)))
    assert [answer is None for answer in answers] == [number % 2 == 0 for number in range(64)]
