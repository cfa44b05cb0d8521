from hypothesis import given
from hypothesis import strategies as st

from tlx.tui.drawing.curve import draw_curve
from tlx.tui.drawing.spans import Piece, plain, width_of


def texts(lines):
    """The text of lines without their styles."""
    return [plain(line) for line in lines]


def test_a_line_climbs_and_stays():
    """The line goes from one value to the next in the left half of a cell, and zero runs along the bottom."""
    assert texts(draw_curve([0, 7, 7, 3, 0], 2)) == [
        " ⡏⠉⡇ ",
        "⣀⡇ ⠉⣇",
    ]


def test_ascii_has_four_heights_a_line():
    """Without braille a cell says a quarter of its height, and bars join what is further apart."""
    assert texts(draw_curve([0, 7, 7, 3, 1], 2, ascii_only=True)) == [
        " ''| ",
        "_| '.",
    ]


def test_the_style_is_the_callers():
    """The whole line is of one style."""
    assert draw_curve([1, 1], 1, style="kind-1") == [[Piece("⠉⠉", "kind-1")]]


@given(st.lists(st.integers(0, 10**9), max_size=40), st.integers(0, 8), st.booleans())
def test_every_line_is_one_cell_a_value(values, height, ascii_only):
    """There are as many lines as asked for, each with a cell for every value, and every value has a mark."""
    lines = draw_curve(values, height, ascii_only=ascii_only)
    assert [width_of(line) for line in lines] == [len(values)] * height
    assert all(any(line[x] != " " for line in texts(lines)) for x in range(len(values))) or not height


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=40), st.integers(1, 8))
def test_the_highest_value_reaches_the_top(values, height):
    """The line touches the highest line of cells unless all is zero."""
    top = plain(draw_curve(values, height)[0])
    assert bool(top.strip()) == any(values) or height == 1
