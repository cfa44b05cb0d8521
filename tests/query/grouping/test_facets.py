from __future__ import annotations

import dataclasses
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from query.grouping import counting
from tlx.query.ask import ALL, Scope
from tlx.query.fields import COMMON, fields
from tlx.query.grouping.facets import SORTS, Order, facets, place, scope_of
from tlx.query.language.compile import compile_filter

FIELDS = {
    **{name: name for name in (*COMMON, "event", "run", "status", "output_size", "duration_ns", "raw")},
    "metadata.n": ("metadata", "n"),
    ".ActionExecutionEvent.name.identifier": ("ActionExecutionEvent", "name", "identifier"),
}


def check(asker, scope, events, name, limit=None):
    """Compare facets with those of plain Python."""
    (by,) = fields([name])
    found = facets(asker, scope, by, (0, limit))
    wanted, missing = counting.facets(events, FIELDS[name])
    assert found.values == len(wanted)
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


def sorted_by(one, column):
    """Return what a facet is sorted by."""
    of_cache = {"hits": one.cache.hits, "rate": one.cache.rate}
    return of_cache[column] if column in of_cache else getattr(one, column)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("column", SORTS)
def test_facets_sort_by_every_column(build, column, descending):
    """Values sort by every column both ways; one without it comes last, ties go by the value."""
    found = facets(build.asker, ALL, *fields(["name"]), order=Order(column, descending)).rows
    assert len(found) > 30
    for before, after in itertools.pairwise(found):
        first, second = sorted_by(before, column), sorted_by(after, column)
        if first == second:
            assert before.value < after.value
        else:
            assert second is None or (first is not None and (first > second if descending else first < second))


@pytest.mark.parametrize("descending", [False, True])
def test_numbers_of_a_payload_sort_as_numbers(fill, action, descending):
    """Before texts both ways, and where as many events have them as well; each value is found at its row."""
    filled = fill([action(output_size=size) for size in (10, 9, "x", 100, "8", "a", 1.5, 9)])
    (by,) = fields([".ActionExecutionEvent.output_size"])
    order = Order("value", descending)
    found = [one.value for one in facets(filled.asker, ALL, by, order=order).rows]
    step = -1 if descending else 1
    assert found == [*["1.5", "8", "9", "10", "100"][::step], *["a", "x"][::step]]
    assert [place(filled.asker, ALL, by, order, value) for value in found] == list(range(len(found)))
    found = [one.value for one in facets(filled.asker, ALL, by).rows]
    assert found == ["9", "1.5", "8", "10", "100", "a", "x"]


@pytest.mark.parametrize("column", ["events", "rate"])
@pytest.mark.parametrize("name", ["name", "metadata.n", "run"])
def test_a_value_has_its_place_among_all(build, name, column):
    """Some of the facets are those that stand there among all, and each value is found at its row."""
    (by,), order = fields([name]), Order(column, descending=False)
    whole = facets(build.asker, ALL, by, order=order)
    part = facets(build.asker, ALL, by, (3, 9), order)
    assert part.rows == whole.rows[3:9]
    assert dataclasses.replace(part, rows=whole.rows, further=0) == whole
    assert part.further == max(0, whole.values - 9)
    for row, one in list(enumerate(whole.rows))[:12]:
        assert place(build.asker, ALL, by, order, one.value) == row
    assert place(build.asker, ALL, by, order, None) is None


def test_only_known_sorts(build):
    """An order that does not exist is refused."""
    with pytest.raises(ValueError, match="cannot sort"):
        facets(build.asker, ALL, *fields(["name"]), order=Order("events; DROP TABLE events"))


def test_only_actions_count_for_execution_kinds(fill, action):
    """Events that are no actions do not count as actions that lack an execution kind; by other fields all count."""
    filled = fill([action(execution_kind="Local"), action(execution_kind=None, category="a"), '{"event":"phase"}'])
    kind, name = fields(["execution_kind", "name"])
    found = facets(filled.asker, scope_of(ALL, kind), kind)
    assert [(one.value, one.events) for one in (*found.rows, found.missing)] == [("Local", 1), (None, 1)]
    assert facets(filled.asker, scope_of(ALL, name), name).events == 3


@settings(deadline=None, max_examples=15)
@given(data=st.data())
def test_a_value_can_be_left_out(fill, generate, data):
    """The filter that leaves a value out lets all other events pass, those without the field too."""
    filled = fill(*data.draw(generate.logs(20)))
    (by,) = fields([data.draw(st.sampled_from(tuple(FIELDS)))])
    found = facets(filled.asker, ALL, by)
    for one in [*found.rows[:4], found.missing]:
        left = facets(filled.asker, Scope(compile_filter(by.exclusion(one.value))), by)
        kept = [other for other in (*found.rows, found.missing) if other.value != one.value]
        assert {other.value: other.events for other in (*left.rows, left.missing) if other.events} == {
            other.value: other.events for other in kept if other.events
        }
