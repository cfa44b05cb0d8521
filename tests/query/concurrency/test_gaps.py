from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from query.concurrency import dense
from tlx.query.ask import ALL, Scope
from tlx.query.concurrency.gaps import IdleGap, Pace, paces
from tlx.query.language.compile import compile_filter


def begin_of(event):
    """Return the start of an event, which for an instant is its time."""
    return event["time"] if event["start"] is None else event["start"]


def cut(events, window):
    """Return the actions whose start is known as (start, end, id), cut to a window that they touch."""
    low, high = window or (-(2**64), 2**64)
    return [
        (max(event["start"], low), min(event["time"], high), event["id"])
        for event in events
        if event["duration_ns"] is not None
        and event["kind"] != "ensure"
        and event["start"] is not None
        and event["time"] >= low
        and event["start"] < high
    ]


def expected(run, events, matching, header, window):
    """Return the pace of one run with all of its gaps, piece of time by piece of time."""
    begin = min([begin_of(event) for event in events] + ([] if header is None else [header]))
    end = max(event["time"] for event in events)
    if window is not None:
        begin, end = max(begin, window[0]), min(end, window[1])
        if begin > end:
            return None
    spans = cut(matching, window)
    edges = sorted({begin, end, *(s for s, _, _ in spans), *(e for _, e, _ in spans)})
    pieces = [(a, b, sum(s <= a and b <= e for s, e, _ in spans)) for a, b in pairwise(edges)]
    gaps = [
        IdleGap(
            a,
            b,
            min((key for _, e, key in spans if e == a), default=None),
            min((key for s, _, key in spans if s == b), default=None),
        )
        for a, b, level in pieces
        if level == 0
    ]
    gaps.sort(key=lambda gap: (-gap.length_ns, gap.begin))
    last = max((e for _, e, _ in spans), default=None)
    return Pace(
        run=run,
        begin=begin,
        end=end,
        actions=len(spans),
        total_ns=sum(e - s for s, e, _ in spans),
        busy_ns=sum(b - a for a, b, level in pieces if level),
        tail_begin=max((b for _, b, level in pieces if level > 1), default=begin),
        last=min((key for _, e, key in spans if e == last), default=None),
        gaps=tuple(gaps),
        gaps_in_all=len(gaps),
    )


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_the_pace_of_any_run_is_what_python_finds(fill, action, generate, data):
    """Wall, busy time, tail and idle gaps of every run are exact, whatever the header, the filter and the window."""
    filled = fill(*data.draw(dense.logs(action)))
    begin = generate.begin + data.draw(st.integers(-9, 24)) * generate.ms
    window = data.draw(st.one_of(st.none(), st.just((begin, begin + data.draw(st.integers(0, 30)) * generate.ms))))
    header = data.draw(st.one_of(st.none(), st.just(generate.begin - 10**8), st.just(generate.begin + 10**8)))
    filled.asker.rows("UPDATE runs SET start = ?", [header])
    text, only = data.draw(st.sampled_from(("", "execution_kind == Local"))), data.draw(st.sampled_from((None, 1)))
    wanted = []
    for run in sorted({event["run"] for event in filled.events if only in (None, event["run"])}):
        events = [event for event in filled.events if event["run"] == run and event["time"] is not None]
        matching = [event for event in events if not text or event["execution_kind"] == "Local"]
        if events:
            wanted.append(expected(run, events, matching, header, window))
    found = paces(filled.asker, Scope(compile_filter(text), window, only), gaps=100)
    assert found == [pace for pace in wanted if pace is not None]
    for pace in found:
        assert pace.idle_ns == sum(gap.length_ns for gap in pace.gaps)
        assert pace.wall_ns == pace.idle_ns + pace.busy_ns


def test_the_longest_gaps_are_given(build):
    """Fewer gaps are the first of all of them, and how many there are stays."""
    for pace, all_of_them in zip(paces(build.asker, ALL, 3), paces(build.asker, ALL, 10_000), strict=True):
        assert len(pace.gaps) == min(3, pace.gaps_in_all)
        assert pace.gaps == all_of_them.gaps[:3]
        assert pace.gaps_in_all == len(all_of_them.gaps)
    assert [pace.gaps for pace in paces(build.asker, ALL, 0)] == [(), ()]


def test_a_run_is_told_piece_by_piece(fill, action):
    """A small run: idle at first, two at once, a gap with an instant of work in it, and one action alone at the end."""
    filled = fill(
        [
            '{"StarlarkUserEvent":{"id":"x","metadata":{}},"epoch_millis":1771287108000}',
            action(end=30, duration=20),
            action(end=20, duration=5),
            action(end=45, duration=0),
            action(end=70, duration=10),
        ]
    )
    (pace,) = paces(filled.asker, ALL)
    zero, ms = pace.begin, 10**6
    first, second, instant, last = (event["id"] for event in filled.events[1:])
    assert (pace.wall_ns, pace.busy_ns, pace.total_ns, pace.actions) == (70 * ms, 30 * ms, 35 * ms, 4)
    assert pace.mean == 0.5
    assert (pace.tail_ns, pace.last) == (50 * ms, last)
    assert [(gap.begin - zero, gap.length_ns, gap.before, gap.after) for gap in pace.gaps] == [
        (30 * ms, 15 * ms, first, instant),
        (45 * ms, 15 * ms, instant, last),
        (0, 10 * ms, None, first),
    ]
    assert second not in {gap.before for gap in pace.gaps}


@pytest.mark.parametrize("ms", [100, 2_000, 3_500, 4_400, 10**7])
def test_runs_of_any_length_beside_one_another(fill, action, ms):
    """However long a log is, in no number of its nanoseconds does the place of a run get lost."""
    lines = [action(end=10, duration=10), action(end=ms, duration=20)]
    filled = fill(lines, lines, lines)
    assert [(pace.run, pace.wall_ns) for pace in paces(filled.asker, ALL)] == [(run, ms * 10**6) for run in (1, 2, 3)]


def test_a_run_behind_many_without_events(fill, action):
    """The number of a run may be greater than that of all events, however far these lie apart."""
    filled = fill(*[[]] * 20, [action(end=-1_771_287_107_999, duration=1), action(end=10, duration=10)])
    (pace,) = paces(filled.asker, ALL)
    assert (pace.run, pace.begin, pace.busy_ns) == (21, 0, 11 * 10**6)


def test_an_action_of_no_length_does_not_end_the_tail(fill, action):
    """An action of no length runs beside another at no time: the tail begins where two last overlapped."""
    filled = fill([action(end=20, duration=20), action(end=5, duration=5), action(end=15, duration=0)])
    (pace,) = paces(filled.asker, ALL)
    assert (pace.tail_begin - pace.begin, pace.tail_ns) == (5 * 10**6, 15 * 10**6)


def test_a_run_in_which_nothing_matches_is_idle_throughout(fill, action):
    """Where the filter leaves no action, the run is one gap and all tail."""
    filled = fill([action(end=10, duration=10)])
    (pace,) = paces(filled.asker, Scope(compile_filter("category == none")))
    assert (pace.busy_ns, pace.last, pace.tail_ns) == (0, None, 10**7)
    assert [(gap.length_ns, gap.before, gap.after) for gap in pace.gaps] == [(10**7, None, None)]


def test_a_run_of_no_length_has_no_mean(fill, action):
    """One moment is a run without wall, gaps or mean; no event with a time is no run."""
    (pace,) = paces(fill([action(end=0, duration=0)]).asker, ALL)
    assert (pace.wall_ns, pace.mean, pace.gaps) == (0, None, ())
    assert paces(fill([action(end=None)]).asker, ALL) == []


@pytest.mark.parametrize("events", [1, 2])
def test_times_as_far_apart_as_they_can_be(fill, events):
    """A gap longer than any 64-bit integer holds is found."""
    lines = [
        '{"timestamp":"1700-01-01T00:00:00Z","event":"old"}',
        *['{"timestamp":9200000000000000000,"event":"new","duration_ns":5}'] * events,
    ]
    (pace,) = paces(fill(lines).asker, ALL)
    assert pace.gaps[0].length_ns == 9_200_000_000_000_000_000 - 5 - pace.begin > 2**63
    assert pace.busy_ns == 5
