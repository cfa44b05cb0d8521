"""The window on time, moved and stretched."""

from hypothesis import given
from hypothesis import strategies as st

from tlx.tui.drawing.window import LEAST, holding, moved, panned, zoomed

WHOLE = (1_000_000_000, 61_000_000_000)


@given(begin=st.integers(-(10**11), 10**11), length=st.integers(-(10**11), 10**11))
def test_a_window_stays_within_the_whole(begin, length):
    """Wherever it is moved, a window lies within the whole and is no shorter than a log resolves."""
    found = moved(WHOLE, begin, length)
    assert found is None or (WHOLE[0] <= found[0] < found[1] <= WHOLE[1] and found[1] - found[0] >= LEAST)


@given(part=st.floats(0, 0.999), factor=st.floats(0.01, 0.99))
def test_zooming_in_keeps_the_moment_in_view(part, factor):
    """The moment that is zoomed at is seen before and after."""
    at = WHOLE[0] + int((WHOLE[1] - WHOLE[0]) * part)
    begin, end = zoomed(WHOLE, WHOLE, factor, at)
    assert begin <= at <= end


@given(at=st.integers(*WHOLE), factor=st.floats(0.01, 0.99), length=st.integers(1, LEAST))
def test_zooming_in_at_the_finest_changes_nothing(at, factor, length):
    """A window that can be no shorter is not moved either, wherever the moment is that is zoomed at."""
    shown = (9_000_000_000, 9_000_000_000 + length)
    assert zoomed(WHOLE, shown, factor, at) == shown
    assert zoomed(shown, shown, factor, at) is None


@given(part=st.floats(0, 0.999), length=st.integers(LEAST + 1, 2 * LEAST))
def test_the_last_zoom_keeps_the_moment_where_it_is(part, length):
    """Where the window becomes less shorter than was asked for, the moment stays at the same part of it."""
    shown = (9_000_000_000, 9_000_000_000 + length)
    at = shown[0] + int(length * part)
    begin, end = zoomed(WHOLE, shown, 0.5, at)
    assert end - begin == LEAST
    assert abs((at - begin) / LEAST - (at - shown[0]) / length) < 1e-5


def test_a_moment_outside_comes_to_the_middle():
    """Zooming at what is not seen brings it into view."""
    begin, end = zoomed(WHOLE, (1_000_000_000, 3_000_000_000), 0.5, 30_000_000_000)
    assert (begin + end) // 2 == 30_000_000_000


def test_zooming_out_ends_at_the_whole():
    """Nothing beyond the log is shown."""
    assert zoomed(WHOLE, (2_000_000_000, 50_000_000_000), 2.0, 3_000_000_000) is None


def test_panning_moves_by_a_part_and_stops_at_the_ends():
    """A quarter is a quarter of what is shown; at the end it goes no further."""
    assert panned(WHOLE, (9_000_000_000, 13_000_000_000), 0.25) == (10_000_000_000, 14_000_000_000)
    assert panned(WHOLE, (57_000_000_000, 61_000_000_000), 0.25) == (57_000_000_000, 61_000_000_000)


def test_a_window_moves_only_to_what_is_not_seen():
    """A span that is seen in part leaves the window as it is, another comes to its middle."""
    shown = (10_000_000_000, 14_000_000_000)
    assert holding(WHOLE, shown, 9_000_000_000, 10_000_000_000) == shown
    assert holding(WHOLE, shown, 30_000_000_000, 32_000_000_000) == (29_000_000_000, 33_000_000_000)
