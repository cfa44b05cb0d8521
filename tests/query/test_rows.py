from __future__ import annotations

import json
import math
import re
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tlx.model import EVENT_COLUMNS
from tlx.query import rows
from tlx.query.ask import ALL, Scope
from tlx.query.fields import field
from tlx.query.language.compile import compile_filter
from tlx.query.walk import walk
from tlx.store.memory.room import StoreError

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
    found = rows.last(filled.asker, scope, ("id",), order, length)
    assert found == [(event["id"],) for event in wanted[len(wanted) - length if length < len(wanted) else 0 :]]
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


LETS_IN = {"execution_kind == Local": lambda event: event["execution_kind"] == "Local", "": lambda event: True}
WANTED = {"duration >= 20ms": lambda event: (event["duration_ns"] or 0) >= 20_000_000, "": lambda event: True}


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_what_is_left_out_has_a_place_among_the_rest(fill, generate, data):
    """The nearest row of any event is as many as those let in that come before it, sorted by Python."""
    filled = fill(*data.draw(generate.logs()))
    column, descending = data.draw(st.sampled_from(EVERY)), data.draw(st.booleans())
    text = data.draw(st.sampled_from(list(LETS_IN)))
    everything = ordered(filled.events, column, descending=descending)
    for number, event in enumerate(everything):
        before = sum(map(LETS_IN[text], everything[:number]))
        scope = Scope(compile_filter(text))
        assert rows.nearest(filled.asker, scope, rows.Order(column, descending), event["id"]) == before
    assert rows.nearest(filled.asker, ALL, rows.Order(column), 10**9) is None


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_a_search_finds_what_python_finds(fill, generate, data):
    """From any event, let in or not, in any order and direction, a search goes to the match that a walk would."""
    filled = fill(*data.draw(generate.logs()))
    order = rows.Order(data.draw(st.sampled_from(EVERY)), data.draw(st.booleans()))
    inside, wanted = data.draw(st.sampled_from(list(LETS_IN))), data.draw(st.sampled_from(list(WANTED)))
    everything = ordered(filled.events, order.column, descending=order.descending)
    begin = data.draw(st.sampled_from([*(event["id"] for event in everything), None]))
    direction = data.draw(st.sampled_from((-1, 0, 1)))
    hits = [event["id"] for event in everything if LETS_IN[inside](event) and WANTED[wanted](event)]
    places = [event["id"] for event in everything]
    here = places.index(begin) if begin is not None else -1
    ahead = [hit for hit in hits if places.index(hit) > here or (not direction and hit == begin)]
    behind = [] if begin is None else [hit for hit in hits if places.index(hit) < here]
    expected = None
    if hits:
        expected = (behind or hits)[-1] if direction < 0 else (ahead or hits)[0]
    found = rows.search(filled.asker, Scope(compile_filter(inside)), order, compile_filter(wanted), (begin, direction))
    if expected is None:
        assert found is None
    else:
        passed = not (behind if direction < 0 else ahead)
        assert found == (expected, hits.index(expected) + 1, len(hits), passed)


def value_at(event, *keys):
    """Return the text at a path of a record, None for null and where there is none."""
    found = json.loads(event["raw"])
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found


@pytest.mark.parametrize("descending", [False, True])
def test_a_path_of_the_payload_is_a_column(build, descending):
    """Rows show and sort by a path of the payload as Python does; every event is found where it stands."""
    name, keys = ".ActionExecutionEvent.name.identifier", ("ActionExecutionEvent", "name", "identifier")
    order, scope = rows.Order(name, descending), Scope(run=2)
    inside = [event for event in build.events if event["run"] == 2]
    filled = [event for event in inside if value_at(event, *keys) is not None]
    assert len(filled) > 10
    filled.sort(key=lambda event: event["id"])
    filled.sort(key=lambda event: value_at(event, *keys), reverse=descending)
    expected = filled + [event for event in inside if value_at(event, *keys) is None]
    found = rows.page(build.asker, scope, ("id", name), order, (0, 10_000))
    assert found == [(event["id"], value_at(event, *keys)) for event in expected]
    for number in (0, 3, len(filled) - 1, len(expected) - 1):
        assert rows.rank(build.asker, scope, order, expected[number]["id"]) == number
    wanted = compile_filter("kind == Run")
    first = next(event["id"] for event in expected if event["kind"] == "Run")
    hit = rows.search(build.asker, scope, order, wanted, (None, 1))
    assert hit is not None
    assert hit.id == first


VALUES = st.one_of(
    st.integers(-(10**25), 10**25),
    st.integers(-12, 12),
    st.integers(-12, 12).map(str),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        (2**53, 2**53 + 1, 2**53 + 2, -0.0, 0, "1e3", " 7 ", "inf", "nan", "1e400", "0x10", "", "7 s", True, [1])
    ),
    st.sampled_from(("1_000", "1_000.5", "9_007_199_254_740_993", "+-5", "0b1", "+5", ".5", "5.", "1E5", "٣")),
    st.text("ab1", max_size=3),
    st.none(),
    st.just(...),
)
"""Values of a payload; the last one is none at all."""
NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)


def shown(value):
    """The text of a value of a payload, None where there is none."""
    if value is ...:
        return None
    return value if isinstance(value, str) else json.dumps(value)


def is_number(text):
    """Whether a text reads as a number that is not too large for a float."""
    return NUMBER.fullmatch(text) is not None and math.isfinite(float(text))


def numbers_first(texts, *, descending):
    """The places of the texts in order: numbers by value, then other texts, then what has none; ties by place."""
    numbers = [place for place, text in enumerate(texts) if text is not None and is_number(text)]
    words = [place for place, text in enumerate(texts) if text is not None and not is_number(text)]
    numbers.sort(key=lambda place: Decimal(texts[place].strip()), reverse=descending)  # stable, reversed too
    words.sort(key=lambda place: texts[place], reverse=descending)
    return [*numbers, *words, *(place for place, text in enumerate(texts) if text is None)]


@settings(max_examples=25, deadline=None)
@example(values=["1_000", "+-5", "0b1", 7, 2000, "3"], descending=False)
@given(values=st.lists(VALUES, min_size=1, max_size=12), descending=st.booleans())
def test_numbers_in_payloads_sort_as_numbers(fill, values, descending):
    """Both ways, before texts, ties by arrival; pages, places and what is walked through agree with Python."""
    records = [{"event": "x", "n": value} if value is not ... else {"event": "x"} for value in values]
    filled = fill([json.dumps(record) for record in records])
    texts, order = [shown(value) for value in values], rows.Order(".n", descending)
    expected = [filled.events[place]["id"] for place in numbers_first(texts, descending=descending)]
    assert [row[0] for row in rows.page(filled.asker, ALL, ("id",), order, (0, 100))] == expected
    assert [rows.rank(filled.asker, ALL, order, event) for event in expected] == list(range(len(expected)))
    middle = expected[len(expected) // 2]
    found = rows.around(filled.asker, ALL, ("id",), order, (middle, 100, 100))
    assert [row[0] for row in found] == expected
    assert [row[0] for row in walk(filled.asker, ALL, [field("event_id")], order)] == expected


def test_a_long_value_is_cut(fill):
    """Of a value of a megabyte a row holds no more than can be seen."""
    filled = fill([json.dumps({"event": "x", "long": "y" * 1_000_000})])
    assert rows.page(filled.asker, ALL, (".long",), rows.Order("id"), (0, 1)) == [("y" * 400,)]


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_a_counted_page_is_the_number_and_the_page(fill, generate, data):
    """Counted along with the rows of any slice, in it or behind all, there are as many as Python finds, and the same.

    Whether the store may still grow, which tells the way they are asked, makes no difference.
    """
    filled = fill(*data.draw(generate.logs()))
    column, descending = data.draw(st.sampled_from(EVERY)), data.draw(st.booleans())
    first, length = data.draw(st.integers(0, 20)), data.draw(st.integers(0, 20))
    least, actions_only = data.draw(st.sampled_from((None, 5))), data.draw(st.booleans())
    inside = [event for event in filled.events if least is None or (event["duration_ns"] or 0) > least * 10**6]
    if actions_only:
        inside = [event for event in inside if is_action(event)]
    wanted = ordered(inside, column, descending=descending)[first : first + length]
    scope = Scope(compile_filter("" if least is None else f"duration > {least}ms"), actions_only=actions_only)
    for final in (None, len(filled.events)):
        filled.database.final = final
        try:
            page = ("id", column), rows.Order(column, descending), (first, first + length)
            found = rows.counted_page(filled.asker, scope, *page)
        finally:
            filled.database.final = None
        assert found == (len(inside), [(event["id"], event[column]) for event in wanted])


def is_action(event):
    """Return whether an event is a span of work."""
    spans = event["duration_ns"] is not None and event["kind"] != "ensure"
    return spans and (event["dialect"] != "buck2" or event["category"] is not None)


def test_a_counted_page_does_without_room(fill, action, monkeypatch):
    """Where nothing can be held in between, the number and the page are asked one after the other."""
    filled = fill([action(end=end, duration=end) for end in (10, 20, 30)])
    asked = []

    def full(*_):
        asked.append(1)
        raise StoreError("full")

    monkeypatch.setattr(rows, "_counted_ids", full)
    monkeypatch.setattr(filled.database, "final", 3)
    found = rows.counted_page(filled.asker, Scope(compile_filter("duration > 15ms")), ("id",), DESCENDING, (0, 9))
    assert (found, asked) == ((2, [(filled.events[2]["id"],), (filled.events[1]["id"],)]), [1])


DESCENDING = rows.Order("duration_ns", descending=True)
