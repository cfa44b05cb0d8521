import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlx.tui.drawing.bars import draw_bar, draw_histogram

amounts = st.floats(0, 1e12) | st.integers(0, 10**18)


@pytest.mark.parametrize(
    ("value", "blocks", "letters"),
    [
        (0, "    ", "    "),
        (1, "▏   ", "#   "),
        (50, "██  ", "##  "),
        (66, "██▋ ", "### "),
        (100, "████", "####"),
        (900, "████", "####"),
    ],
)
def test_a_bar_is_as_long_as_its_share(value, blocks, letters):
    """A bar is drawn to an eighth of a cell, never longer than the whole, and in ASCII to a cell."""
    assert draw_bar(value, 100, 4) == blocks
    assert draw_bar(value, 100, 4, ascii_only=True) == letters


def test_no_share_of_nothing():
    """Where there is no whole, or less than none, there is no bar."""
    assert draw_bar(3, 0, 4) == draw_bar(-1, 10, 4) == draw_bar(float("nan"), 10, 4) == "    "


@given(amounts, amounts, st.integers(-1, 30), st.booleans())
def test_a_bar_takes_its_width(value, whole, width, ascii_only):
    """A bar takes exactly the cells it was given, and any share above zero is seen."""
    bar = draw_bar(value, whole, width, ascii_only=ascii_only)
    assert len(bar) == max(width, 0)
    assert bool(bar.strip()) == (width > 0 and value > 0 and whole > 0)
    assert bar.isascii() or not ascii_only


def test_a_histogram_has_a_column_a_bucket():
    """Each bucket is a column scaled to the highest; an empty one is a gap, and room left over is blank."""
    assert draw_histogram([0, 1, 2, 4, 8, 16], 8) == " ▁▁▂▄█  "
    assert draw_histogram([0, 1, 2, 4, 8, 16], 8, ascii_only=True) == " ..:=@  "


def test_a_histogram_adds_neighbours_up():
    """More buckets than cells are gathered, so that none is lost."""
    assert draw_histogram([1, 3, 0, 0, 2, 6], 3) == "▄ █"


@given(st.lists(st.integers(0, 10**12), max_size=60), st.integers(-1, 30), st.booleans())
def test_a_histogram_takes_its_width(counts, width, ascii_only):
    """A histogram takes exactly the cells it was given, and reaches the top unless all is empty."""
    text = draw_histogram(counts, width, ascii_only=ascii_only)
    assert len(text) == max(width, 0)
    assert (("@" if ascii_only else "█") in text) == (width > 0 and any(counts))
