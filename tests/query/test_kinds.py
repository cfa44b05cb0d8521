from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from tlx.query import kinds
from tlx.query.ask import ALL, Scope


def check(asker, scope, events):
    """Compare the breakdown with naive counting."""
    shown = [e for e in events if e["execution_kind"] is not None or e["category"] is not None]
    counts = Counter(event["execution_kind"] for event in shown)
    found = kinds.kinds(asker, scope)
    assert [kind.execution_kind for kind in found] == sorted(
        counts, key=lambda kind: (-counts[kind], kind is None, kind or "")
    )
    for kind in found:
        own = [event for event in shown if event["execution_kind"] == kind.execution_kind]
        assert kind.count == len(own)
        assert kind.duration_ns == sum(event["duration_ns"] or 0 for event in own)
        assert kind.output_size == sum(event["output_size"] or 0 for event in own)
    run_actions = [e for e in events if e["kind"] == "Run" and e["execution_kind"] is not None]
    hits = sum(event["status"] == "cached" for event in run_actions)
    cache = kinds.cache(asker, scope)
    assert (cache.hits, cache.eligible) == (hits, len(run_actions))
    assert cache.rate == (hits / len(run_actions) if run_actions else None)


def test_kinds_are_what_python_counts(build):
    """Count, time and bytes of every execution kind are exact, the most frequent first, ties by name."""
    check(build.asker, ALL, build.events)


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_any_log_breaks_down_as_python_does(fill, generate, data):
    """The breakdown and the cache hits of any log, within a run or all, are those that Python counts."""
    filled = fill(*data.draw(generate.logs(20)))
    run = data.draw(st.sampled_from((None, 1)))
    check(filled.asker, Scope(run=run), [event for event in filled.events if run in (None, event["run"])])


def test_the_rate_counts_run_actions_alone(fill, action):
    """Only Run actions could have been cached: a copy neither hits nor misses."""
    filled = fill(
        [
            action(execution_kind="ActionCache"),
            action(execution_kind="LocalDepFile"),
            action(execution_kind="Local"),
            action(execution_kind="Remote"),
            action(kind="Copy", execution_kind="Simple"),
            action(kind="Copy", execution_kind="ActionCache"),
        ]
    )
    assert kinds.cache(filled.asker, ALL) == kinds.Cache(2, 4)
    assert kinds.Cache(2, 4).rate == 0.5


def test_nothing_has_no_rate(fill):
    """Where no action could have been cached there is no rate, rather than one of zero."""
    filled = fill([])
    assert kinds.kinds(filled.asker, ALL) == []
    assert kinds.cache(filled.asker, ALL).rate is None
