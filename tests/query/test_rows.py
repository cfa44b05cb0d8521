from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlx.model import EVENT_COLUMNS
from tlx.query import rows
from tlx.query.ask import ALL, Scope

EVERY = tuple(EVENT_COLUMNS)


def key_of(event, column):
    """Return what an event is sorted by: one without a length starts when it ends."""
    return event["time"] if column == "start" and event["start"] is None else event[column]


def ordered(events, column, *, descending):
    """Return events as the table shows them: missing values last, ties by arrival."""
    present = [event for event in events if key_of(event, column) is not None]
    present.sort(key=lambda event: key_of(event, column), reverse=descending)
    return present + [event for event in events if key_of(event, column) is None]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("column", EVERY)
def test_every_column_sorts_both_ways(build, column, descending):
    """Every column sorts both ways, missing values last, ties in order of arrival."""
    order = rows.Order(column, descending)
    wanted = [(event["id"], event[column]) for event in ordered(build.events, column, descending=descending)]
    assert rows.page(build.asker, ALL, ("id", column), order, (0, len(wanted))) == wanted


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("column", EVERY)
def test_rank_is_the_row_number_on_the_page(build, column, descending):
    """The rank of an event is the row number at which the page shows it."""
    order = rows.Order(column, descending)
    page = rows.page(build.asker, ALL, ("id",), order, (0, 1000))
    for number in (0, 1, 17, 333, 500, 640, 998, 999):
        assert rows.rank(build.asker, ALL, order, page[number][0]) == number


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_any_log_pages_as_python_sorts_it(fill, generate, data):
    """Any slice of any log in any order, within a run or all, is what sorting in Python gives; ranks agree."""
    filled = fill(*data.draw(generate.logs()))
    run = data.draw(st.sampled_from((None, 1, 2)))
    column, descending = data.draw(st.sampled_from(EVERY)), data.draw(st.booleans())
    first, length = data.draw(st.integers(0, 20)), data.draw(st.integers(0, 20))
    scope, order = Scope(run=run), rows.Order(column, descending)
    inside = [event for event in filled.events if run in (None, event["run"])]
    wanted = ordered(inside, column, descending=descending)
    page = rows.page(filled.asker, scope, EVERY, order, (first, first + length))
    assert page == [tuple(event[name] for name in EVERY) for event in wanted[first : first + length]]
    assert rows.total(filled.asker, scope) == len(inside)
    for event in filled.events:
        rank = wanted.index(event) if event in wanted else None
        assert rows.rank(filled.asker, scope, order, event["id"]) == rank


def test_instants_stand_among_the_spans(fill, action):
    """By their start, instants stand where they happened, between the spans, however they arrived."""
    user = '{"StarlarkUserEvent":{"id":"%s"},"epoch_millis":%d}'
    at = 1_771_287_108_000  # when the log of `action` begins
    filled = fill(
        [action(end=90, duration=10), user % ("b", at + 50), action(end=40, duration=40), user % ("a", at + 20)]
    )
    for column, descending, ids in (
        ("start", False, [4, 5, 3, 2]),
        ("start", True, [2, 3, 5, 4]),
        ("time", False, [5, 4, 3, 2]),
    ):
        order = rows.Order(column, descending)
        assert [row[0] for row in rows.page(filled.asker, ALL, ("id",), order, (0, 9))] == ids
        assert [rows.rank(filled.asker, ALL, order, number) for number in ids] == [0, 1, 2, 3]


def test_an_event_that_is_not_there_has_no_rank(build):
    """An event outside the scope, or of no log at all, has no rank."""
    order = rows.Order("duration_ns", descending=True)
    assert rows.rank(build.asker, ALL, order, 10**9) is None
    assert rows.rank(build.asker, Scope(run=2), order, build.events[0]["id"]) is None


def test_a_page_behind_the_end_is_empty(build):
    """A page behind the last row is empty, and one across it is cut."""
    order = rows.Order("id")
    assert rows.page(build.asker, ALL, ("id",), order, (1000, 1010)) == []
    assert len(rows.page(build.asker, ALL, ("id",), order, (995, 1010))) == 5


def test_only_columns_can_be_sorted_by(build):
    """Anything but the name of a column is refused before it could become SQL."""
    for column in ("", "nothing", 'id"; DROP TABLE events; --', "id, raw"):
        with pytest.raises(ValueError, match="no column"):
            rows.page(build.asker, ALL, ("id",), rows.Order(column), (0, 1))
        with pytest.raises(ValueError, match="no column"):
            rows.rank(build.asker, ALL, rows.Order(column), build.events[0]["id"])
