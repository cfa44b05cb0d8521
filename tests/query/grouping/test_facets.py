from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from query.grouping import counting
from tlx.query.ask import ALL, Scope
from tlx.query.fields import COMMON, fields
from tlx.query.grouping.facets import facets
from tlx.query.language.compile import compile_filter

FIELDS = {
    **{name: name for name in (*COMMON, "event", "run", "status", "output_size", "duration_ns", "raw")},
    "metadata.n": ("metadata", "n"),
    ".ActionExecutionEvent.name.identifier": ("ActionExecutionEvent", "name", "identifier"),
}


def check(asker, scope, events, name, limit=None):
    """Compare facets with those of plain Python."""
    (by,) = fields([name])
    found = facets(asker, scope, by, limit)
    wanted, missing = counting.facets(events, FIELDS[name])
    assert found.further == (0 if limit is None else max(0, len(wanted) - limit))
    wanted = wanted[:limit]
    for one, expected in zip([*found.rows, found.missing], [*wanted, missing], strict=True):
        given_shares = (one.share, one.share_of_events)
        assert given_shares == pytest.approx((expected.pop("share"), expected.pop("share_of_events")), rel=1e-12)
        numbers = dataclasses.asdict(one)
        del numbers["share"], numbers["share_of_events"]
        assert {**numbers, "cache": (one.cache.hits, one.cache.eligible)} == expected
    assert found.events == len(events)
    assert found.duration_ns == sum(event["duration_ns"] or 0 for event in events)
    assert found.output_size == sum(event["output_size"] or 0 for event in events)
    assert (found.cache.hits, found.cache.eligible) == counting.cache(events)
    return found


@pytest.mark.parametrize("name", FIELDS)
def test_facets_are_what_python_counts(build, name):
    """Count, time, bytes, shares and cache hits of every value are exact, the most frequent first, ties by value."""
    check(build.asker, ALL, build.events, name)


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_any_log_is_counted_as_python_does(fill, generate, data):
    """The facets of any log by any field, within a run, a filter or all, are those that Python counts."""
    filled = fill(*data.draw(generate.logs(20)))
    name, limit = data.draw(st.sampled_from(tuple(FIELDS))), data.draw(st.sampled_from((None, 0, 1, 3)))
    run, local = data.draw(st.sampled_from((None, 1))), data.draw(st.booleans())
    scope = Scope(compile_filter("execution_kind == Local" if local else ""), run=run)
    inside = [event for event in filled.events if run in (None, event["run"])]
    inside = [event for event in inside if not local or event["execution_kind"] == "Local"]
    check(filled.asker, scope, inside, name, limit)


def test_each_value_has_its_own_cache_rate(fill, action):
    """Hits and misses are counted for each value of any field, and a value without eligible actions has no rate."""
    filled = fill(
        [
            action(category="a", execution_kind="ActionCache"),
            action(category="a", execution_kind="Local"),
            action(category="b", execution_kind="LocalDepFile"),
            action(category="c", kind="Copy", execution_kind="Simple"),
        ]
    )
    found = check(filled.asker, ALL, filled.events, "category")
    assert {one.value: one.cache.rate for one in found.rows} == {"a": 0.5, "b": 1.0, "c": None}
    assert found.cache.rate == 2 / 3


def test_the_values_of_facets_add_up_to_the_whole(build):
    """Every event is counted once, under its value or as missing."""
    for name in FIELDS:
        found = facets(build.asker, ALL, *fields([name]))
        assert sum(one.events for one in (*found.rows, found.missing)) == found.events == len(build.events)
