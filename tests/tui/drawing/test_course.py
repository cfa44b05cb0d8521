from hypothesis import given
from hypothesis import strategies as st

from tlx.tui.drawing.axis import draw_axis
from tlx.tui.drawing.course import Overlay, column_of, draw_course, moment_of
from tlx.tui.drawing.spans import plain

WINDOW = (1000, 1080)
RUNNING = (0, 0, 2, 1.5, 0, 1, 1, 0)
"""Eight cells of ten ns."""
RUNS, TAILS = ((1010, 1070),), ((1050, 1070),)


def drawn(overlay, **how):
    """The axis as text, without ticks: its labels would need cells of a second."""
    course = draw_course(WINDOW, RUNNING, overlay)
    ticks, _ = draw_axis((0, 1), len(course), 0, course=course, **how)
    return plain(ticks)[1:]


def test_idle_time_tail_and_no_run_differ_in_shape():
    """Where nothing ran the axis is dotted, in the tail it is double, outside of runs there is none."""
    assert drawn(Overlay(runs=RUNS, tails=TAILS)) == "┈──┈══ "
    assert drawn(Overlay(runs=RUNS, tails=TAILS), ascii_only=True) == ".--.== "


def test_nothing_is_said_of_what_is_not_known():
    """Before the use of time is known no cell is idle, though nothing ran in it."""
    assert drawn(Overlay()) == "───────"


def test_ranges_on_the_axis():
    """The range that is being chosen is heavy; outside of one that was taken there is no axis."""
    assert drawn(Overlay(chosen=(1020, 1040))) == "─━━────"
    assert drawn(Overlay(taken=(1020, 1040))) == " ──    "
    assert drawn(Overlay(runs=RUNS, tails=TAILS, chosen=(1060, 1080))) == "┈──┈═━━"


def test_the_cursor_is_above_all():
    """The cell under the cursor is that whatever else it is."""
    assert draw_course(WINDOW, RUNNING, Overlay(chosen=WINDOW), 3)[2:5] == ["range", "cursor", "range"]


def test_marks_stand_where_their_events_are_seen():
    """In the middle of what is seen of each; one without a time, or outside, has none; the cursor goes before."""
    begin, end = WINDOW
    length = end - begin
    marks = {1: (begin - length, begin + length * 3 // 7), 2: (end, end + 1), 3: None, 4: (end - 1, end - 1)}
    styles = draw_course(WINDOW, RUNNING, Overlay(marks=marks))
    assert [number for number, style in enumerate(styles) if style == "marked"] == [1, 7]
    assert draw_course(WINDOW, RUNNING, Overlay(marks=marks), 7)[7] == "cursor"


@given(st.integers(-(2**62), 2**62), st.integers(1, 2**62), st.integers(1, 300), st.integers(0, 299))
def test_columns_and_moments_agree(begin, length, columns, column):
    """Where cells are longer than a ns, the moment of a column and its middle lie in that column."""
    column %= columns
    window = (begin, begin + max(length, 2 * columns))
    for half in (False, True):
        assert abs(column_of(window, columns, moment_of(window, columns, column, half=half)) - column) <= (not half)
    assert moment_of(window, columns, columns) == window[1]
