"""Clauses that are switched on and off, and those that facets write."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlx.query import rows
from tlx.query.ask import Scope
from tlx.query.language.chips import Clause, clauses, exclude, include, joined, retyped, switched, written
from tlx.query.language.compile import Context, compile_filter
from tlx.query.language.nodes import Path
from tlx.query.language.parse import FilterError


def select(filled, text, context=None):
    """Return the ids of the events that a filter selects."""
    scope = Scope(compile_filter(text, context))
    return [row[0] for row in rows.page(filled.asker, scope, ("id",), rows.Order("id"), (0, 10_000))]


def test_a_filter_is_its_clauses():
    """What has to hold together is cut into clauses; what stands in parentheses or is joined by `or` is one."""
    assert clauses("") == ()
    assert clauses("a or b") == (Clause("a or b"),)
    assert [part.text for part in clauses('kind:Run  "x y" (a or b) not c (d e) f&&g')] == [
        "kind = Run",
        '"x y"',
        "a or b",
        "not c",
        "d e",
        "f",
        "g",
    ]


def test_clauses_are_switched_off_and_on():
    """A clause that is off takes no part in the filter; switched on again, the filter is what it was."""
    parts = clauses("kind = Run (a or b) not c")
    assert written(parts) == "kind = Run (a or b) not c"
    off = switched(parts, 1)
    assert [part.on for part in off] == [True, False, True]
    assert written(off) == "kind = Run not c"
    assert switched(off, 1) == parts
    assert written(switched(switched(off, 0), 2)) == ""
    assert written(switched(switched(parts, 0), 2)) == "a or b"


def test_typing_keeps_what_is_switched_off():
    """When the filter is typed anew, clauses that are off stay, unless they were typed again."""
    parts = switched(switched(clauses("a b c"), 0), 2)
    assert retyped(parts, "b d") == (Clause("b"), Clause("d"), Clause("a", on=False), Clause("c", on=False))
    assert retyped(parts, "c") == (Clause("c"), Clause("a", on=False))


def test_filters_are_joined():
    """Filters are joined as they were typed, unless that would mean something else."""
    assert joined() == joined("", " ") == ""
    assert joined(" kind:Run ") == "kind:Run"
    assert joined("kind:Run", "", "a&&b") == "kind:Run a&&b"
    assert joined("a or b", "c") == "(a or b) c"
    assert joined("a", "b||c") == "a (b||c)"
    assert joined("kind", "in (a b)") == 'kind "in" (a b)'
    assert joined("kind", "1..2") == 'kind "1..2"'
    with pytest.raises(FilterError):
        joined("a", "(")


@settings(max_examples=150)
@given(
    texts=st.lists(
        st.sampled_from(("a", "kind", "in (a)", "..2", "1..", "a or b", "not a", '"x"', "a b", "!a", "")), max_size=4
    )
)
def test_joined_filters_are_the_parts_of_one(texts):
    """However filters are joined, all parts of each are parts of the whole, and nothing else is."""
    whole = [part.text for part in clauses(joined(*texts))]
    assert whole == [part.text for text in texts for part in clauses(text)] or len(set(texts)) < len(texts)


@pytest.mark.parametrize(
    ("text", "field", "value", "wanted"),
    [
        ("", "kind", "Run", "kind == Run"),
        ("rustc", "kind", "a b", 'rustc kind == "a b"'),
        ("a or b", "kind", "Run", "(a or b) kind == Run"),
        ("kind == Run", "kind", "Run", "kind == Run"),
        ("kind = Run", "kind", "Run", "kind = Run"),
        ("kind == Run", "kind", "Copy", "kind in (Run, Copy)"),
        ("kind in (Run, Copy) x", "kind", "Write", "kind in (Run, Copy, Write) x"),
        ("kind == run", "kind", "Run", "kind == run or kind == Run"),
        ("kind = run", "kind", "run", "kind = run or kind == run"),
        ("kind == Run or kind == run", "kind", "Run", "kind == Run or kind == run"),
        ("kind == Run", "kind", None, "kind == Run or missing(kind)"),
        ("", "kind", None, "missing(kind)"),
        ("not kind == Run x", "kind", "Run", "x kind == Run"),
        ("exists(kind)", "kind", None, "missing(kind)"),
        ("kind != Run", "kind", "Copy", "kind != Run kind == Copy"),
        ("kind == Run or x", "kind", "Copy", "(kind == Run or x) kind == Copy"),
        ("owner == Run", "kind", "Copy", "owner == Run kind == Copy"),
        ("", "duration", 1_500_000, "duration == 1500000ns"),
        ("duration = 5ns", "duration", 7, "duration in (5ns, 7ns)"),
        ("", "output_size", 2**64 - 1, f"output_size == {2**64 - 1}"),
        ("run == 1", "run", 2, "run in (1, 2)"),
        ("", "time", 1_771_287_108_507_237_050, "time == 2026-02-17T00:11:48.507237050Z"),
        ("", Path(("metadata", "odd key", 0)), 'x"y', 'metadata."odd key"[0] == "x\\"y"'),
        ("metadata.x == 1E5", Path(("metadata", "x")), "B", "metadata.x == 1E5 or metadata.x == B"),
        ("", Path(("a",), root=True), None, "missing(.a)"),
    ],
)
def test_a_value_is_let_in(text, field, value, wanted):
    """A value is added to those of its field that are asked for, or asked for; what leaves it out goes."""
    assert include(text, field, value) == wanted
    assert include(wanted, field, value) == wanted


@pytest.mark.parametrize(
    ("text", "field", "value", "wanted"),
    [
        ("", "kind", "Run", "not kind == Run"),
        ("a or b", "kind", "Run", "(a or b) not kind == Run"),
        ("not kind == Run", "kind", "Run", "not kind == Run"),
        ("kind == Run x", "kind", "Run", "x not kind == Run"),
        ("kind in (Run, Copy, Write)", "kind", "Copy", "kind in (Run, Write) not kind == Copy"),
        ("kind in (Run, Copy)", "kind", "Copy", "kind == Run not kind == Copy"),
        ("kind == run or missing(kind)", "kind", None, "kind == run exists(kind)"),
        ("", "kind", None, "exists(kind)"),
        ("kind = Run", "owner", "Run", "kind = Run not owner == Run"),
        ("", "duration", 5, "not duration == 5ns"),
    ],
)
def test_a_value_is_left_out(text, field, value, wanted):
    """A value is left out, and no longer asked for; others that are asked for stay."""
    assert exclude(text, field, value) == wanted
    assert exclude(wanted, field, value) == wanted


@settings(max_examples=25)
@given(data=st.data())
def test_facets_select_what_they_say(fill, data):
    """Whatever is let in and left out of a field, exactly the events with those values remain, missing ones too."""
    some = st.sampled_from((None, "Run", "run", "3", "a b", '"', "", "É", "null"))
    lines = [{} if value is None else {"status": value} for value in data.draw(st.lists(some, min_size=3, max_size=8))]
    filled = fill([json.dumps(line) for line in lines])
    field = data.draw(st.sampled_from(("status", Path(("status",), root=True))))
    values = data.draw(st.lists(some, min_size=1, max_size=4))
    text = ""
    for value in values:
        text = include(text, field, value)
    assert select(filled, text) == [event["id"] for event in filled.events if event["status"] in values]
    text = ""
    for value in values:
        text = exclude(text, field, value)
    rest = [event["id"] for event in filled.events if event["status"] not in values]
    assert select(filled, text) == rest
    assert select(filled, text, Context(roots=((),))) == rest
