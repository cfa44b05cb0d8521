from __future__ import annotations

from fractions import Fraction

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlx.query import timeline
from tlx.query.ask import ALL, Scope
from tlx.query.concurrency.slate import Stack, slate
from tlx.query.concurrency.sweep import curve, sweep
from tlx.query.language.compile import compile_filter

SERIES = ("Local", "Remote", "ActionCache", timeline.OTHER)
KINDS = Stack("execution_kind", SERIES)
NONE = Stack("execution_kind", ("",))


def begin_of(event):
    """Return the start of an event, which for an instant is its time."""
    return event["time"] if event["start"] is None else event["start"]


def touches(event, window):
    """Return whether an event lies in a window or reaches into it."""
    return event["time"] is not None and event["time"] >= window[0] and begin_of(event) < window[1]


def mark(event):
    """Return the event as the timeline shows it."""
    name = event["name"] if event["name"] is not None else event["event"]
    return timeline.Mark(
        event["id"], begin_of(event), event["time"], name or "", event["execution_kind"] or "", has_failed(event)
    )


def has_failed(event):
    """Return whether an event failed by its outcome or its level."""
    words = {"error", "failed", "failure", "fatal", "exception", "timeout"}
    levels = {"error", "fatal", "critical", "alert", "emergency", "panic"}
    return (event["status"] or "").lower() in words or (event["level"] or "").lower() in levels


def check_density(asker, scope, events, window, buckets):
    """Compare counts and concurrency with naive ones, bucket by bucket."""
    found = timeline.density(asker, scope, window, buckets, KINDS)
    begin, width = window[0], max(1, -(-(window[1] - window[0]) // buckets))
    end = begin + width * buckets
    spans = [
        (max(event["start"], begin), min(event["time"], end))
        for event in events
        if event["duration_ns"] and event["start"] is not None and event["kind"] != "ensure"
        if touches(event, (begin, end))
    ]
    assert (found.window, found.stack) == (window, KINDS)
    assert len(found.counts) == len(found.running) == buckets
    for bucket in range(buckets):
        left, right = begin + bucket * width, begin + (bucket + 1) * width
        counts = [0] * len(SERIES)
        for event in events:
            if event["time"] is not None and left <= event["time"] < right:
                kind = event["execution_kind"] or timeline.OTHER
                counts[SERIES.index(kind) if kind in SERIES else -1] += 1
        assert found.counts[bucket] == tuple(counts)
        busy = sum(max(0, min(e, right) - max(s, left)) for s, e in spans)
        assert found.running[bucket] == float(Fraction(busy, width))
        moments = [left, *(s for s, _ in spans if left <= s < right)]
        assert found.most[bucket] == max(sum(s <= moment < e for s, e in spans) for moment in moments)
    levels = [sum(s <= moment < e for s, e in spans) for moment, _ in spans]
    assert found.busiest == max(levels, default=0)


@pytest.mark.parametrize("buckets", [1, 2, 7, 100, 1000])
def test_density_is_what_python_counts(build, buckets):
    """Counts by bucket and series, the mean number in flight and the busiest moment are exact."""
    window = timeline.extent(build.asker, ALL)
    check_density(build.asker, ALL, build.events, window, buckets)


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_the_density_of_any_log_is_what_python_counts(fill, generate, data):
    """Any log over any window, from one nanosecond to more than all of it, is counted as Python counts it."""
    filled = fill(*data.draw(generate.logs(20)))
    scope, buckets = Scope(run=data.draw(st.sampled_from((None, 1)))), data.draw(st.integers(1, 30))
    edge = st.one_of(st.integers(-30, 90).map(lambda ms: ms * generate.ms), st.integers(-100, 100))
    begin = generate.begin + data.draw(edge)
    window = (begin, begin + abs(data.draw(edge)) + 1)
    inside = [event for event in filled.events if scope.run in (None, event["run"])]
    check_density(filled.asker, scope, inside, window, buckets)


def test_kinds_outside_the_series_count_as_the_last(fill, action):
    """An execution kind that has no series of its own counts with the last, as do events without one."""
    filled = fill([action(execution_kind="Odd"), action(execution_kind=None), action(execution_kind="Local")])
    window = timeline.extent(filled.asker, ALL)
    assert timeline.density(filled.asker, ALL, window, 1, Stack("execution_kind", ("Local", ""))).counts == ((1, 2),)


def test_a_span_that_ends_where_another_starts_does_not_overlap_it(fill, action):
    """Two spans back to back are never in flight together."""
    filled = fill([action(end=10, duration=10), action(end=20, duration=10)])
    window = timeline.extent(filled.asker, ALL)
    assert timeline.density(filled.asker, ALL, window, 4, NONE).busiest == 1


def test_a_span_without_a_known_start_is_no_load(fill):
    """A span whose start is unknown, because it lies before 1970, is counted at its end and never as in flight."""
    filled = fill(
        [
            '{"timestamp":"1969-12-31T23:59:59Z","duration_ns":1000}',
            '{"timestamp":"1969-12-31T23:59:50Z"}',
        ]
    )
    assert filled.events[0]["start"] is None
    window = timeline.extent(filled.asker, ALL)
    assert window == (-10 * 10**9, -(10**9) + 1)
    found = timeline.density(filled.asker, ALL, window, 3, NONE)
    assert [sum(counts) for counts in found.counts] == [1, 0, 1]
    assert (found.running, found.busiest) == ((0.0, 0.0, 0.0), 0)


def test_times_as_far_apart_as_they_can_be(fill):
    """Events whose distance no 64-bit integer holds are counted, marked and stepped through all the same."""
    filled = fill(
        [
            '{"timestamp":"1700-01-01T00:00:00Z","event":"old"}',
            '{"timestamp":9200000000000000000,"event":"new","duration_ns":5}',
        ]
    )
    window = timeline.extent(filled.asker, ALL)
    assert window[1] - window[0] > 2**63
    assert timeline.density(filled.asker, ALL, window, 10, NONE).counts == (
        (1,),
        *[(0,)] * 8,
        (1,),
    )
    assert [found.name for found in timeline.instants(filled.asker, ALL, timeline.Cut(window, 10))] == ["old"]
    assert [found.name for found in timeline.marks(filled.asker, ALL, window, 10)] == ["new"]
    assert timeline.nearest(filled.asker, ALL, window[0]).name == "old"
    assert timeline.nearest(filled.asker, ALL, window[1]).name == "new"


def test_extent_is_from_the_first_start_to_the_last_end(build, fill):
    """The extent runs from the first start to just behind the last end; without times there is none."""
    timed = [event for event in build.events if event["time"] is not None]
    assert timeline.extent(build.asker, ALL) == (
        min(begin_of(event) for event in timed),
        max(event["time"] for event in timed) + 1,
    )
    assert timeline.extent(fill(["{}"]).asker, ALL) is None


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_marks_are_the_longest_spans_that_touch_the_window(fill, generate, data):
    """The longest spans that touch the window come back by start, the asked-for one among them."""
    filled = fill(*data.draw(generate.logs()))
    begin = generate.begin + data.draw(st.integers(-30, 60)) * generate.ms
    window = (begin, begin + data.draw(st.integers(1, 40 * generate.ms)))
    limit, also = data.draw(st.integers(1, 8)), data.draw(st.one_of(st.none(), st.integers(1, 20)))
    spans = [event for event in filled.events if event["duration_ns"] is not None and touches(event, window)]
    spans.sort(key=lambda event: (event["id"] != also, -event["duration_ns"], event["id"]))
    wanted = sorted(map(mark, spans[:limit]), key=lambda found: (found.start, found.id))
    assert timeline.marks(filled.asker, ALL, window, limit, also) == wanted
    assert timeline.touching(filled.asker, ALL, window) == len(spans)


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_instants_are_the_first_of_each_slice(fill, generate, data):
    """Each slice shows its earliest instant, of those that failed if any did; beside it the asked-for one."""
    filled = fill(*data.draw(generate.logs()))
    begin = generate.begin + data.draw(st.integers(-5, 60)) * generate.ms
    window = (begin, begin + data.draw(st.integers(1, 40 * generate.ms)))
    buckets, also = data.draw(st.integers(1, 8)), data.draw(st.one_of(st.none(), st.integers(1, 20)))
    width = -(-(window[1] - begin) // buckets)
    shown = {}
    timed = [event for event in filled.events if event["time"] is not None]
    for event in sorted(timed, key=lambda event: (not has_failed(event), event["time"], event["id"])):
        if event["duration_ns"] is None and begin <= event["time"] < window[1]:
            shown.setdefault((event["time"] - begin) // width, event)
            if event["id"] == also:
                shown["also"] = event
    wanted = sorted({mark(event) for event in shown.values()}, key=lambda found: (found.end, found.id))
    assert timeline.instants(filled.asker, ALL, timeline.Cut(window, buckets), also) == wanted


def test_the_instant_of_a_slice_is_its_earliest(fill):
    """Of instants in one slice the earliest is shown, however they arrived; of equals the first to arrive."""
    user = '{"StarlarkUserEvent":{"id":"%s"},"epoch_millis":%d}'
    filled = fill([user % named for named in (("late", 9000), ("b", 2000), ("c", 2000), ("end", 19_000))])
    window = (0, 20_000_000_000)
    shown = [found.name for found in timeline.instants(filled.asker, ALL, timeline.Cut(window, 2))]
    assert shown == ["b", "end"]
    late = filled.events[0]["id"]
    assert [found.name for found in timeline.instants(filled.asker, ALL, timeline.Cut(window, 2), late)] == [
        "b",
        "late",
        "end",
    ]


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_stepping_visits_every_event_in_order(fill, generate, data):
    """From no event on, each next neighbour is the one that starts next, and back again; behind the last is none."""
    filled = fill(*data.draw(generate.logs()))
    scope = Scope(actions_only=data.draw(st.booleans()))
    inside = [
        event
        for event in filled.events
        if event["time"] is not None
        and (not scope.actions_only or (event["duration_ns"] is not None and event["kind"] != "ensure"))
    ]
    wanted = sorted(map(mark, inside), key=lambda found: (found.start, found.id))
    for direction in (1, -1):
        steps, here = [], None
        while found := timeline.neighbour(filled.asker, scope, here, direction):
            steps.append(found)
            here = found.id
        assert steps == wanted[::direction]


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_nearest_is_the_longest_in_flight_or_the_closest(fill, generate, data):
    """At a moment the longest span in flight is met, else the event whose nearer end is closest, ties by length."""
    filled = fill(*data.draw(generate.logs()))
    moment = generate.begin + data.draw(st.integers(-100, 200)) * generate.ms + data.draw(st.integers(-2, 2))
    timed = [event for event in filled.events if event["time"] is not None]

    def key(event):
        away = max(begin_of(event) - moment, moment - event["time"], 0)
        long = event["duration_ns"]
        return away, long is None, -(long or 0), event["id"]

    wanted = mark(min(timed, key=key)) if timed else None
    assert timeline.nearest(filled.asker, ALL, moment) == wanted


def order_of(event):
    """Where an event stands in time, by its start."""
    return begin_of(event), event["id"]


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_beyond_an_event_stands_the_next_of_its_kind(fill, generate, data):
    """Beyond a span comes the span that starts first once it has ended, or ended last before; an instant's likewise."""
    filled = fill(*data.draw(generate.logs()))
    timed = [event for event in filled.events if event["time"] is not None]
    for here in timed:
        like = [one for one in timed if (one["duration_ns"] is None) == (here["duration_ns"] is None)]
        like = [one for one in like if one is not here]
        at, end = begin_of(here), here["time"]
        behind = [one for one in like if (begin_of(one), one["id"]) > (end, here["id"])]
        before = [one for one in like if (one["time"], one["id"]) < (at, here["id"])]
        for direction, wanted in (
            (1, min(behind, key=order_of, default=None)),
            (-1, max(before, key=lambda one: (one["time"], one["id"]), default=None)),
        ):
            found = timeline.beyond(filled.asker, ALL, here["id"], direction)
            assert found == (wanted and mark(wanted))


def test_what_has_no_series_of_its_own_is_of_one(fill):
    """Of two instants at once, one without a value and one with a value that is not told, the first is shown, once."""
    user = {"StarlarkUserEvent": {"id": "a", "metadata": {}}, "epoch_millis": 1_771_287_108_000}
    action = {"ActionExecutionEvent": {"execution_kind": "RemoteDepFileCache"}, "epoch_millis": 1_771_287_108_000}
    filled = fill([orjson.dumps(user).decode(), orjson.dumps(action).decode()])
    begin = 1_771_287_108_000_000_000
    apart = timeline.Cut((begin, begin + 1_000_000), 1, KINDS)
    kept = slate(filled.asker, ALL, KINDS)
    assert len(timeline.firsts(filled.asker, kept, apart)) == len(timeline.firsts(filled.asker, ALL, apart)) == 1


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_a_slate_answers_as_its_scope_does(fill, generate, data):
    """What is kept of a scope says of every window what the scope does, and within a window only what touches it."""
    filled = fill(*data.draw(generate.logs(20)))
    asker, moment = filled.asker, generate.begin + data.draw(st.integers(-9, 70)) * generate.ms
    text = data.draw(st.sampled_from(("", "execution_kind == Local", "duration > 5ms")))
    scope = Scope(compile_filter(text), run=data.draw(st.sampled_from((None, 1))))
    window, buckets = (moment, moment + data.draw(st.integers(1, 40)) * generate.ms), data.draw(st.integers(1, 9))
    also = data.draw(st.one_of(st.none(), st.integers(1, 20)))
    kept = slate(asker, scope, KINDS)
    found = timeline.density(asker, scope, window, buckets, KINDS)
    assert timeline.counts(asker, kept, window, buckets, KINDS) == found.counts
    assert curve(asker, kept, window, buckets).mean == found.running
    swept = sweep(asker, kept)
    assert swept.holds(asker, scope)
    assert curve(asker, kept, window, buckets, swept).most == found.most
    assert timeline.longest(asker, kept, window, 3, also) == timeline.longest(asker, scope, window, 3, also)
    assert timeline.instants(asker, kept, timeline.Cut(window, buckets), also) == timeline.instants(
        asker, scope, timeline.Cut(window, buckets), also
    )
    apart = timeline.Cut(window, buckets, KINDS)
    assert sorted(timeline.firsts(asker, kept, apart, also)) == sorted(timeline.firsts(asker, scope, apart, also))
    assert timeline.touching(asker, kept, window) == timeline.touching(asker, scope, window)
    part, narrow = kept.within(window), scope._replace(window=window)
    for direction in (1, -1):
        for event_id in (None, *(event["id"] for event in filled.events)):
            wanted = timeline.neighbour(asker, narrow, event_id, direction)
            assert timeline.neighbour(asker, part, event_id, direction) == wanted
    for work in (True, False):
        assert timeline.nearest(asker, part, moment, work=work) == timeline.nearest(asker, narrow, moment, work=work)
    swept.drop(asker)
    kept.drop(asker)


def test_a_slate_tells_which_instants_failed(fill, action, generate):
    """In a slice, an instant that failed goes before an earlier one; one that the filter leaves out is none."""
    words, begin = '{"timestamp":%d,"event":"%s","status":"%s"}', generate.begin
    records = ((1, "fine", "ok"), (2, "bad", "failed"), (3, "out", "failed"), (8, "late", ""))
    moments = [words % (begin + time * generate.ms, name, how) for time, name, how in records]
    filled = fill([action(end=9, duration=4), *moments])
    cut = timeline.Cut((begin, begin + 10 * generate.ms), 2)
    for text, wanted in (("", ["bad", "late"]), ("name != out name != bad", ["fine", "late"])):
        kept = slate(filled.asker, Scope(compile_filter(text)), KINDS)
        assert [one.name for one in timeline.instants(filled.asker, kept, cut)] == wanted
        kept.drop(filled.asker)


def test_a_slate_leaves_nothing_behind(fill, action):
    """It leaves the window of its scope out; dropped, it frees its table."""
    asker = fill([action(end=5), action(end=900)]).asker
    tables = asker.rows("SELECT count(*) FROM duckdb_tables()")
    kept = slate(asker, Scope(window=(0, 1)), KINDS)
    assert kept.scope == ALL
    assert timeline.touching(asker, kept, (0, 2**62)) == 2
    kept.drop(asker)
    assert asker.rows("SELECT count(*) FROM duckdb_tables()") == tables


def test_a_run_is_from_its_header_on(fill, action, generate):
    """A run begins with its header, or with an event before it; its times count from the header where there is one."""
    filled = fill([action(end=50, duration=20), action(end=90), action(end=None)], [action(end=30)], [])
    run, begin = timeline.run_spans(filled.asker), generate.begin
    assert run == [timeline.RunSpan(2, begin + 29 * 10**6, begin + 29 * 10**6, begin + 30 * 10**6), run[1]]
    assert timeline.whole(run) == (run[0].begin, begin + 90 * 10**6 + 1)
    database = filled.database.cursor()
    for start in (begin, begin + 40 * 10**6):
        database.execute("UPDATE runs SET start = ? WHERE run = 1", [start])
        (only,) = timeline.run_spans(filled.asker, 1)
        assert (only.origin, only.end) == (start, begin + 90 * 10**6)
        assert only.begin == min(start, begin + 30 * 10**6)
    database.close()
    assert timeline.whole(timeline.run_spans(filled.asker, 3)) is None


def test_events_without_a_time_are_counted(fill, action):
    """What no picture of time can show is counted, by filter and run, whatever the window."""
    filled = fill([action(end=None), action()], [action(end=None, execution_kind="Remote")])
    assert timeline.untimed(filled.asker, ALL) == 2
    assert timeline.untimed(filled.asker, Scope(run=1, window=(0, 1))) == 1
    assert timeline.untimed(filled.asker, Scope(compile_filter("execution_kind == Local"))) == 1


def test_a_stack_is_the_commonest_values_of_a_column(fill):
    """Values come by their number, of equals in order; behind them stand none and the rest, of which there is any."""
    names = [*"bbaac", *map(str, range(10, 18)), "", "?"]
    lines = [f'{{"event":"{name}","timestamp":"2026-01-01T00:00:00Z"}}' for name in names]
    filled = fill([*lines, '{"timestamp":"2026-01-01T00:00:00Z"}'])
    stack = timeline.stack_of(filled.asker, "name")
    assert stack == Stack("name", ("a", "b", *map(str, range(10, 18)), timeline.OTHER, timeline.REST))
    found = timeline.density(filled.asker, ALL, timeline.extent(filled.asker, ALL), 1, stack)
    assert found.counts == ((2, 2, *[1] * 8, 2, 2),)
    with pytest.raises(ValueError, match="no column 'nothing'"):
        timeline.stack_of(filled.asker, "nothing")
