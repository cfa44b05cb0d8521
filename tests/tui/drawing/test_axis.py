import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlx import units
from tlx.tui.drawing.axis import draw_axis, per_cell
from tlx.tui.drawing.spans import Piece, plain, width_of

S = units.NS_PER_S
windows = st.tuples(st.integers(-(10**18), 2 * 10**18), st.integers(0, 3 * 10**18)).map(
    lambda pair: (pair[0], sum(pair))
)


def texts(lines):
    """The text of lines without their styles."""
    return [plain(line) for line in lines]


def test_labels_count_from_the_origin():
    """Each big tick stands over its offset from the start of the run."""
    assert texts(draw_axis((100 * S, 140 * S), 40, 100 * S)) == [
        "┼────┬────┼────┬────┼────┬────┼────┬────",
        "+0:00     +0:10     +0:20     +0:30     ",
    ]


def test_labels_are_utc_without_an_origin():
    """Without a start of the run the labels are times of day, at round times of it."""
    assert texts(draw_axis((1_700_000_003 * S, 1_700_000_063 * S), 60, None)) == [
        "──┬────┼────┬────┼────┬────┼────┬────┼────┬────┼────┬────┼──",
        "       22:13:30  22:13:40  22:13:50  22:14:00  22:14:10     ",
    ]


def test_days_are_dates():
    """Ticks of whole days are labelled by date."""
    day = 86400 * S
    assert texts(draw_axis((0, 4 * day), 48, None))[1] == "1970-01-01  1970-01-02  1970-01-03  1970-01-04  "


def test_times_before_the_origin_are_negative():
    """A window that begins before the run has labels on either side of its start."""
    assert texts(draw_axis((-2 * S, 2 * S), 32, 0))[1] == "-0:02   -0:01   +0:00   +0:01   "


def test_fractions_have_as_many_digits_as_they_need():
    """A deep zoom tells neighbours apart."""
    assert texts(draw_axis((S, S + 40), 40, 0))[1].split() == ["+0:01.00000000", "+0:01.00000002"]


def test_the_cursor_is_marked():
    """The cell under the cursor is a mark of its own."""
    ticks, _ = draw_axis((0, 8 * S), 4, 0, course=["axis", "axis", "cursor", "axis"])
    assert ticks[1] == Piece("▲", "cursor")


def test_ascii():
    """Without box characters the ticks are ASCII."""
    course = ["axis"] * 3 + ["cursor"] + ["axis"] * 36
    assert texts(draw_axis((0, 40 * S), 40, 0, course=course, ascii_only=True))[0] == (
        "+--^-|----+----|----+----|----+----|----"
    )


@given(windows, st.integers(0, 150), st.booleans(), st.booleans())
def test_both_lines_take_their_width(window, width, relative, ascii_only):
    """Ticks and labels take exactly the cells they were given, for any window."""
    lines = draw_axis(window, width, window[0] - 7 if relative else None, ascii_only=ascii_only)
    assert [width_of(line) for line in lines] == [width, width]


@given(windows, st.integers(0, 150), st.booleans())
def test_labels_stand_apart_each_under_its_tick(window, width, relative):
    """Labels never run together or off the edge: each begins under a big tick, and is whole."""
    ticks, labels = texts(draw_axis(window, width, window[0] - 7 if relative else None))
    whole = re.compile(r"[+-]\d+(:\d\d)+(\.\d+)?" if relative else r"\d\d:\d\d:\d\d(\.\d+)?|\d{4,}-\d\d-\d\d")
    found = list(re.finditer(r"\S+", labels))
    assert all(whole.fullmatch(label[0]) and ticks[label.start()] == "┼" for label in found)
    assert "  " in labels or len(found) < 2


@given(windows, st.integers(60, 150))
def test_a_wide_axis_has_a_label(window, width):
    """With room enough there is always a time to be read."""
    _, labels = draw_axis(window, width, None)
    assert plain(labels).strip() or window[1] - window[0] > 10**18


@pytest.mark.parametrize(
    ("length", "width", "words"),
    [
        (98 * S, 140, "700ms per cell"),
        (140, 140, "1ns per cell"),
        (100, 140, "<1ns per cell"),
        (0, 0, "<1ns per cell"),
    ],
)
def test_resolution_in_words(length, width, words):
    """The resolution is a duration for each cell."""
    assert per_cell((5, 5 + length), width) == words
