from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from query.concurrency import dense
from tlx.query import timeline
from tlx.query.ask import ALL, Scope
from tlx.query.concurrency.slate import Stack, slate
from tlx.query.concurrency.sweep import Peak, curve, means, peak, sweep
from tlx.query.language.compile import compile_filter


def spans(events):
    """Return start and end of what can be in flight."""
    return [
        (event["start"], event["time"])
        for event in events
        if event["duration_ns"] and event["start"] is not None and event["kind"] != "ensure"
    ]


def level(found, moment):
    """Return how many are in flight at a moment."""
    return sum(start <= moment < end for start, end in found)


def expected(found, window, buckets):
    """Return mean and greatest number in flight of each slice, counted moment by moment."""
    begin, width = window[0], max(1, -(-(window[1] - window[0]) // buckets))
    mean, most = [], []
    for left in range(begin, begin + width * buckets, width):
        right = left + width
        mean.append(float(Fraction(sum(max(0, min(end, right) - max(start, left)) for start, end in found), width)))
        most.append(max(level(found, moment) for moment in [left, *(s for s, _ in found if left <= s < right)]))
    return tuple(mean), tuple(most)


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_the_curve_of_any_log_is_what_python_counts(fill, action, generate, data):
    """Over any window, swept for it or kept from before, mean and greatest number of every slice are exact."""
    filled = fill(*data.draw(dense.logs(action)))
    text = data.draw(st.sampled_from(("", "execution_kind == Local")))
    scope, buckets = (
        Scope(compile_filter(text), run=data.draw(st.sampled_from((None, 1)))),
        data.draw(st.integers(1, 12)),
    )
    edge = st.one_of(st.integers(-9, 30).map(lambda ms: ms * generate.ms), st.integers(-100, 100))
    begin = generate.begin + data.draw(edge)
    window = (begin, begin + abs(data.draw(edge)) + 1)
    inside = [event for event in filled.events if scope.run in (None, event["run"])]
    inside = [event for event in inside if not text or event["execution_kind"] == "Local"]
    kept = sweep(filled.asker, scope)
    mean, most = expected(spans(inside), window, buckets)
    for found in (curve(filled.asker, scope, window, buckets), curve(filled.asker, scope, window, buckets, kept)):
        assert (found.mean, found.most) == (mean, most)
        assert found.busiest == max(most)
        assert found.window[0] == window[0]
        assert found.window[1] - window[1] < buckets
    kept.drop(filled.asker)


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_the_means_alone_are_those_of_the_curve(fill, action, generate, data):
    """What is summed up without sorting is exact over any window, whether of all events or of a slate."""
    filled = fill(*data.draw(dense.logs(action)))
    edge = st.one_of(st.integers(-9, 30).map(lambda ms: ms * generate.ms), st.integers(-100, 100))
    begin, buckets = generate.begin + data.draw(edge), data.draw(st.integers(1, 12))
    window = (begin, begin + abs(data.draw(edge)) + 1)
    kept = slate(filled.asker, ALL, Stack("execution_kind", ("Local", "other")))
    mean, _ = expected(spans(filled.events), window, buckets)
    for of in (ALL, kept):
        assert means(filled.asker, of, window, buckets) == mean
    kept.drop(filled.asker)


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_the_peak_is_the_first_moment_of_the_most(fill, action, generate, data):
    """The peak is the greatest number in flight, the first time it is reached and until it changes, in a window too."""
    filled = fill(*data.draw(dense.logs(action)))
    begin = generate.begin + data.draw(st.integers(-9, 24)) * generate.ms
    window = data.draw(st.one_of(st.none(), st.just((begin, begin + data.draw(st.integers(1, 20)) * generate.ms))))
    found = spans(filled.events)
    if window is not None:
        found = [(max(start, window[0]), min(end, window[1])) for start, end in found]
        found = [(start, end) for start, end in found if start < end]
    if not found:
        assert peak(filled.asker, Scope(window=window)) is None
        return
    most = max(level(found, start) for start, _ in found)
    first = min(start for start, _ in found if level(found, start) == most)
    moments = sorted({moment for span in found for moment in span if moment > first})
    last = next(moment for moment in moments if level(found, moment) != most)
    assert peak(filled.asker, Scope(window=window)) == Peak(most, first, last)


def test_a_kept_sweep_answers_every_zoom(build):
    """A sweep that is kept gives at every zoom what a sweep of that window gives."""
    begin, end = timeline.extent(build.asker, ALL)
    kept = sweep(build.asker, ALL)
    for part in (1, 2, 7, 100, 10_000):
        for step in range(3):
            window = (begin + step * (end - begin) // part, begin + (step + 1) * (end - begin) // part)
            assert curve(build.asker, ALL, window, 80, kept) == curve(build.asker, ALL, window, 80)
    kept.drop(build.asker)


def test_a_sweep_holds_until_there_is_more(fill, action):
    """A sweep holds for its filter and run whatever the window, and no longer once the store has grown."""
    filled = fill([action()])
    kept = sweep(filled.asker, Scope(run=1))
    assert kept.holds(filled.asker, Scope(run=1))
    assert kept.holds(filled.asker, Scope(run=1, window=(0, 1)))
    assert not kept.holds(filled.asker, ALL)
    assert not kept.holds(filled.asker, Scope(compile_filter("a"), run=1))
    filled = fill([action(), action()])
    assert not kept.holds(filled.asker, Scope(run=1))
    kept.drop(filled.asker)


def test_a_sweep_that_is_dropped_leaves_nothing(fill, action):
    """Dropping a sweep frees its table; each sweep has one of its own."""
    asker = fill([action()]).asker
    tables = asker.rows("SELECT count(*) FROM duckdb_tables()")
    first, second = sweep(asker, ALL), sweep(asker, ALL)
    assert first.table != second.table
    first.drop(asker)
    second.drop(asker)
    assert asker.rows("SELECT count(*) FROM duckdb_tables()") == tables


def test_a_span_that_ends_where_another_starts_does_not_overlap_it(fill, action):
    """Two spans back to back are never in flight together; spans of no length never are."""
    filled = fill([action(end=10, duration=10), action(end=20, duration=10), action(end=10, duration=0)])
    assert peak(filled.asker, ALL).level == 1
    found = curve(filled.asker, ALL, timeline.extent(filled.asker, ALL), 4)
    assert found.busiest == 1


@pytest.mark.parametrize("kept", [False, True])
def test_what_began_before_1970(fill, action, kept):
    """In slices in which nothing changes, what ran before is in flight throughout: also before the year 1970."""
    filled = fill([action(end=-1_771_287_108_000 + 1, duration=10)])
    found, window = spans(filled.events), (-12_000_000, 2_000_000)
    swept = sweep(filled.asker, ALL) if kept else None
    told = curve(filled.asker, ALL, window, 7, swept)
    assert (told.mean, told.most) == expected(found, window, 7)
    assert told.mean == means(filled.asker, ALL, window, 7)
    if swept is not None:
        swept.drop(filled.asker)


@pytest.mark.parametrize("kept", [False, True])
def test_times_as_far_apart_as_they_can_be(fill, kept):
    """Spans whose distance no 64-bit integer holds are counted exactly."""
    filled = fill(
        [
            '{"timestamp":"1980-01-01T00:00:00Z","event":"old","duration_ns":300000000000000000}',
            '{"timestamp":9200000000000000000,"event":"new","duration_ns":3000000000000000000}',
            '{"timestamp":9200000000000000000,"event":"new","duration_ns":3000000000000000000}',
        ]
    )
    window = (-(2**63) + 1, 2**63 - 1)
    swept = sweep(filled.asker, ALL) if kept else None
    found = curve(filled.asker, ALL, window, 10, swept)
    assert (found.mean, found.most) == expected(spans(filled.events), window, 10)
    assert means(filled.asker, ALL, window, 10) == found.mean
    if swept is not None:
        swept.drop(filled.asker)
