from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlx.query import rows, timeline
from tlx.query.ask import ALL, Scope
from tlx.query.concurrency.slate import Stack
from tlx.query.fields import field
from tlx.query.grouping.facets import facets
from tlx.query.language.compile import compile_filter
from tlx.query.language.matches import is_costly, keep_matches

FILTERS = (
    "",
    "execution_kind == Local",
    "rustc",
    "metadata.n > 3",
    "not metadata.n = 1",
    "owner ~ a:b",
    "duration >= 20ms or rustc",
)


def ids(asker, condition):
    """Return the events that pass."""
    return [row[0] for row in rows.page(asker, Scope(condition), ("id",), rows.Order("id"), (0, 1000))]


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_what_is_kept_is_what_passes(fill, generate, data):
    """By what is kept the same events pass, those that came since included, and again with another filter beside it."""
    asker = fill(*data.draw(generate.logs())).asker
    condition = compile_filter(data.draw(st.sampled_from(FILTERS)))
    kept = keep_matches(asker, condition)
    assert kept.number == len(ids(asker, condition))
    assert ids(asker, kept.condition) == ids(asker, condition)
    whole = keep_matches(asker, condition, whole=True)
    assert ids(asker, whole.condition) == ids(asker, condition)
    whole.drop(asker)
    asker.rows("INSERT INTO fresh_events BY NAME SELECT * EXCLUDE (name, rowid) REPLACE (id + 1000 AS id) FROM events")
    assert ids(asker, kept.condition) == ids(asker, condition)
    kept.drop(asker)


@pytest.mark.parametrize("text", FILTERS)
def test_every_question_takes_what_is_kept(build, text):
    """Questions answer the same for a filter and for what is kept of it."""
    asker, condition = build.asker, compile_filter(text)
    kept = keep_matches(asker, condition)
    window = timeline.extent(asker, ALL)
    for question in (
        lambda scope: timeline.density(asker, scope, window, 20, Stack("execution_kind", ("Local", ""))),
        lambda scope: timeline.marks(asker, scope, window, 30),
        lambda scope: facets(asker, scope, field("category")),
    ):
        answers = [question(Scope(one, window, 1, actions_only=True)) for one in (condition, kept.condition)]
        assert answers[0] == answers[1]
    assert kept.condition.text == condition.text
    kept.drop(asker)


def test_what_is_kept_can_be_dropped(build):
    """Each has a table of its own, which goes when it is dropped."""
    asker = build.asker
    tables = asker.rows("SELECT count(*) FROM duckdb_tables()")
    first, second = (keep_matches(asker, compile_filter("rustc")) for _ in "ab")
    assert first.table != second.table
    first.drop(asker)
    assert ids(asker, second.condition) == ids(asker, compile_filter("rustc"))
    second.drop(asker)
    assert asker.rows("SELECT count(*) FROM duckdb_tables()") == tables


def test_only_costly_filters_are_worth_it():
    """Text, paths and regular expressions are looked up once; a column is compared at no cost worth keeping."""
    costly = {text for text in FILTERS if is_costly(compile_filter(text))}
    assert costly == {"rustc", "metadata.n > 3", "not metadata.n = 1", "owner ~ a:b", "duration >= 20ms or rustc"}
