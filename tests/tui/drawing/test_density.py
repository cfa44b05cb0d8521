from hypothesis import given
from hypothesis import strategies as st

from tlx.tui.drawing.density import draw_density, draw_gutter, peak
from tlx.tui.drawing.spans import Piece, plain, width_of

SERIES = ["kind-0", "kind-1", "kind-2"]
charts = st.lists(st.lists(st.integers(0, 10**9) | st.floats(0, 1e9), min_size=3, max_size=3), max_size=30)


def texts(lines):
    """The text of lines without their styles."""
    return [plain(line) for line in lines]


def test_columns_are_scaled_to_the_highest():
    """The fullest bucket reaches the top, the others their share of it to an eighth of a cell."""
    assert texts(draw_density([[0], [1], [4], [8], [16]], ["a"], 2)) == [
        "    █",
        " ▁▄██",
    ]


def test_a_boundary_has_both_colours():
    """Where two series meet in a cell, the lower is drawn upon the upper."""
    assert draw_density([[3, 5]], SERIES, 1) == [[Piece("▃", "kind-0", "kind-1")]]


def test_a_boundary_at_an_edge_needs_one_colour():
    """Where series meet between two cells, each cell has its own colour alone."""
    assert draw_density([[5, 5]], SERIES, 2) == [[Piece("█", "kind-1")], [Piece("█", "kind-0")]]


def test_a_crowded_cell_shows_the_two_that_have_most():
    """Of three series in one cell the least is left out."""
    assert draw_density([[4, 1, 3]], SERIES, 1) == [[Piece("▅", "kind-0", "kind-2")]]


def test_a_top_cell_shows_the_one_that_has_most():
    """A cell that is not full has the background above it, and so only one colour of its own."""
    assert draw_density([[8, 0], [1, 3]], SERIES, 1)[0][1] == Piece("▄", "kind-1")


def test_the_cursor_is_a_hairline_above_its_column():
    """The column under the cursor is marked where it is empty and behind what is not full."""
    lines = draw_density([[8], [3]], ["a"], 2, marked={1: "cursor"})
    assert lines == [
        [Piece("█", "a"), Piece("│", "cursor")],
        [Piece("█", "a"), Piece("▆", "a", "cursor")],
    ]


def test_ascii_has_a_letter_a_series():
    """Without blocks each cell is the letter of the series that has most of it, from half a cell on."""
    lines = draw_density([[8, 8], [4, 0], [5, 1], [0, 0]], SERIES, 4, letters="#=", marked={3: "cursor"})
    assert texts(lines) == [
        "=  |",
        "=  |",
        "# #|",
        "###|",
    ]


def test_empty_charts():
    """No buckets make empty lines, and empty buckets blank ones."""
    assert draw_density([], SERIES, 2) == [[], []]
    assert texts(draw_density([[0, 0, 0]] * 3, SERIES, 2)) == ["   ", "   "]
    assert peak([]) == 0


def test_peak_is_the_fullest_bucket():
    """The peak is over buckets, all their series together."""
    assert peak([[1, 2], [3, 4], [6, 0]]) == 7


@given(charts, st.integers(0, 12), st.sampled_from(["", "#=o"]), st.none() | st.integers(0, 30))
def test_every_line_is_one_cell_a_bucket(counts, height, letters, cursor):
    """There are as many lines as asked for, each with a cell for every bucket."""
    lines = draw_density(counts, SERIES, height, letters=letters, marked={} if cursor is None else {cursor: "cursor"})
    assert [width_of(line) for line in lines] == [len(counts)] * height
    assert all(plain(line).isascii() for line in lines) or not letters


@given(charts, st.integers(1, 12), st.sampled_from(["", "#=o"]))
def test_a_bucket_is_drawn_if_and_only_if_it_has_something(counts, height, letters):
    """A bucket that is not empty shows at least at the bottom, an empty one not at all."""
    lines = texts(draw_density(counts, SERIES, height, letters=letters))
    for column, bucket in enumerate(counts):
        assert (lines[-1][column] != " ") == (sum(bucket) > 0)


@given(charts, st.integers(1, 12), st.sampled_from(["", "#=o"]))
def test_the_fullest_bucket_reaches_the_top(counts, height, letters):
    """The column of the peak has no gap up to the highest line."""
    lines = texts(draw_density(counts, SERIES, height, letters=letters))
    for column, bucket in enumerate(counts):
        if sum(bucket) == peak(counts) > 0:
            assert all(line[column] in (letters or "▁▂▃▄▅▆▇█") for line in lines)


@given(charts, st.integers(1, 12))
def test_only_series_that_are_there_are_drawn(counts, height):
    """No colour appears that no bucket has."""
    there = {SERIES[index] for bucket in counts for index, value in enumerate(bucket) if value}
    drawn = {key for line in draw_density(counts, SERIES, height) for piece in line for key in piece[1:]}
    assert drawn - {""} <= there


def test_the_gutter_names_top_and_bottom():
    """The highest value stands beside the top line, zero beside the axis, in equal widths."""
    assert draw_gutter(3, "240") == [
        " 240 ┤",
        "     │",
        "   0 ┼",
    ]
    assert draw_gutter(2, "7", ascii_only=True) == [" 7 |", " 0 +"]
    assert draw_gutter(0, "7") == []
