"""Filters on the store against plain Python over the decoded lines, which shares no code with the compiler."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from query.language import generated, naive
from tlx.query import rows
from tlx.query.ask import Scope
from tlx.query.language.compile import ROOTS, Context, compile_filter
from tlx.query.language.parse import parse
from tlx.query.language.quote import show

ODD_ROOTS = (("StarlarkUserEvent",), ("ActionExecutionEvent",), ("metadata", "a"), ())


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_filters_mean_what_they_say(fill, data):
    """Any filter over any events selects those for which it holds by naive reading, and so does what it prints as."""
    runs = data.draw(st.lists(st.lists(generated.lines(), min_size=2, max_size=6), min_size=1, max_size=3))
    filled = fill(*runs)
    zone = data.draw(st.sampled_from(generated.ZONES))
    roots = data.draw(st.sampled_from((None, ODD_ROOTS, ROOTS)))
    context = Context(zone=zone, run_starts=generated.STARTS, roots=roots)
    strategy = generated.filters(filled.events, zone, roots)
    for text, holds in data.draw(st.lists(strategy, min_size=1, max_size=6)):
        wanted = [event["id"] for event in filled.events if holds(event)]
        for spelled in (text, show(parse(text))):
            scope = Scope(compile_filter(spelled, context))
            page = rows.page(filled.asker, scope, ("id",), rows.Order("id"), (0, 100))
            assert [row[0] for row in page] == wanted, (spelled, scope.condition)


NEAR_NUMBERS = st.one_of(
    st.text("+-.0123eE_xb \t\n\f\x0b", max_size=6),
    st.tuples(
        st.sampled_from(("", "+", "-", "0x", "0b", " ")), st.text("01_", max_size=30), st.sampled_from(("", "."))
    ).map("".join),
)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    texts=st.lists(NEAR_NUMBERS, min_size=10, max_size=40),
    operator=st.sampled_from(("=", "!=", "<", "<=", ">", ">=")),
    wanted=st.sampled_from((0, 1, 10, 100, -1, 0.5, 2**63, -(2**63), 10**20)),
)
def test_texts_that_are_nearly_numbers(fill, texts, operator, wanted):
    """Where the store reads more texts as numbers than the language does, the language is right."""
    filled = fill([json.dumps({"event": "x", "n": text}) for text in texts])
    holds = naive.payload((("n",), True, None), operator, json.dumps(wanted))
    scope = Scope(compile_filter(f".n {operator} {json.dumps(wanted)}"))
    page = rows.page(filled.asker, scope, ("id",), rows.Order("id"), (0, 100))
    assert [row[0] for row in page] == [event["id"] for event in filled.events if holds(event)]
