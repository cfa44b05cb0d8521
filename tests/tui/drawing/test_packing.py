from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tlx.tui.drawing.packing import Bar, lane_of, pack

spans = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=60)


def bar(number, start, end):
    """A bar of which only its times matter."""
    return Bar(number, start, end, f"action {number}", "kind-0")


def ids(lanes):
    """The ids of bars by lane."""
    return [[bar.id for bar in lane] for lane in lanes]


def test_bars_take_the_first_free_lane():
    """A bar goes to the highest lane that is free when it starts."""
    assert ids(pack([bar(1, 0, 10), bar(2, 1, 4), bar(3, 2, 9), bar(4, 5, 6)])) == [[1], [2, 4], [3]]


def test_bars_that_touch_share_a_lane():
    """A bar may start where another ends."""
    assert ids(pack([bar(1, 0, 10), bar(2, 10, 20)])) == [[1, 2]]


def test_instants_do_not_cover_each_other():
    """Instants of one time are in lanes of their own, and none is inside a bar."""
    assert ids(pack([bar(1, 5, 5), bar(2, 5, 5), bar(3, 0, 10)])) == [[3], [1], [2]]


def test_a_bar_that_ends_before_it_starts_is_an_instant():
    """Nonsense of a log is packed by its start."""
    assert ids(pack([bar(1, 5, 2), bar(2, 6, 7)])) == [[1, 2]]


def test_nothing_needs_no_lane():
    """Without bars there are no lanes."""
    assert pack([]) == []


def test_a_bar_is_found_in_its_lane():
    """The lane of a bar is found by its id, and that of a stranger is none."""
    lanes = pack([bar(1, 0, 10), bar(2, 5, 15)])
    assert (lane_of(lanes, 1), lane_of(lanes, 2), lane_of(lanes, 3)) == (0, 1, None)


@given(spans, st.randoms())
def test_order_does_not_matter(spans, random):
    """The same bars make the same lanes however they are given."""
    bars = [bar(number, start, start + length) for number, (start, length) in enumerate(spans)]
    shuffled = bars.copy()
    random.shuffle(shuffled)
    assert pack(shuffled) == pack(bars)


@given(spans)
def test_no_two_bars_of_a_lane_overlap(spans):
    """Every bar is in exactly one lane, and starts there no sooner than the one before ends."""
    bars = [bar(number, start, start + length) for number, (start, length) in enumerate(spans)]
    lanes = pack(bars)
    assert sorted(number for lane in ids(lanes) for number in lane) == list(range(len(bars)))
    assert all(before.end <= after.start for lane in lanes for before, after in pairwise(lane))


@given(spans)
def test_there_are_no_more_lanes_than_needed(spans):
    """As many lanes are used as bars overlap at most."""
    bars = [bar(number, start, start + length) for number, (start, length) in enumerate(spans)]
    at_once = (sum(bar.start <= time < bar.end for bar in bars) for time in range(81))
    assert len(pack(bars)) == max(at_once)
