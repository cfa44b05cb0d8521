import pytest

from tlx.query.ask import ALL
from tlx.query.timeline import RunSpan
from tlx.tui.drawing.timeline import Room
from tlx.tui.timeline.words import Clock, fitted, nothing, title

S = 10**9
SPANS = (RunSpan(1, 0, 0, 60 * S), RunSpan(2, 100 * S, 99 * S, 160 * S))


def test_the_last_words_go_first():
    """Where there is no room the last parts are left out, never the first."""
    assert [fitted(["one", "two", "three"], room) for room in (17, 16, 8, 0)] == [
        "one · two · three",
        "one · two",
        "one",
        "one",
    ]


def test_the_window_is_told_in_eighty_columns():
    """Window, zone, length and time for each cell stand in the frame of a small terminal, of several runs too."""
    for utc, zone in ((False, "since run 2"), (True, "UTC")):
        window = (103 * S, 143 * S)
        said = title(window, 69, Clock.of(SPANS, window, utc=utc), None, 74)
        assert zone in said
        assert said.endswith(" · 40s · 580ms per cell")


@pytest.mark.parametrize(
    ("begin", "length", "words"),
    [(0, 60 * S, "+0:00.0 … +1:00.0 since run 1"), (100 * S, 5 * 10**6, "+0:00.000000 … +0:00.005000 since run 2")],
)
def test_times_count_from_the_run_they_are_in(begin, length, words):
    """Times count from the run that began last, in digits that tell the edges of the window apart."""
    window = (begin, begin + length)
    assert Clock.of(SPANS, window, utc=False).between(window) == words


@pytest.mark.parametrize(("height", "curve"), [(6, 0), (10, 1), (16, 2)])
def test_the_actions_in_flight_have_room_in_small_terminals(height, curve):
    """From nine lines on the actions in flight are drawn, and the lanes keep most of what is left."""
    room = Room(78, height)
    assert room.curve == curve
    assert room.lanes >= 2
    assert room.density >= 2
    assert room.density + 2 + room.curve + room.lanes == height


def test_what_has_no_time_is_told_from_what_is_not_there():
    """Events without a time stand in the log below; where there are none, nothing stands there."""
    run = ALL._replace(run=2)
    assert [nothing(ALL, number).partition(":")[0] for number in (None, 0, 3)] == [
        "Nothing read yet",
        "No events in this log",
        "No events with a time",
    ]
    assert nothing(run, 0) == "No events in this run"
    assert nothing(run, 3).startswith("No events with a time in this run:")
