"""What is kept of texts belongs together with what comes last as numbers of their words."""

from __future__ import annotations

import threading
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from query.growing.growth import Growing, growth, scopes
from tlx.query import rows, runs
from tlx.query.fields import field, fields
from tlx.query.grouping import facets, groups
from tlx.query.growing import ledger
from tlx.store import words

BY = ("category", "kind", "execution_kind", "event", "name")


def questions(scope, by):
    """Return what panes ask of a scope."""
    one, columns = field(by), fields([by])
    whole = groups.Part(0, None, wall=True)
    return (
        lambda asker: facets.facets(asker, facets.scope_of(scope, one), one, (0, 50), facets.Order("duration_ns")),
        lambda asker: groups.groups(asker, scope, columns, groups.Order(), whole),
        lambda asker: rows.total(asker, scope),
        runs.runs,
    )


@settings(deadline=None, max_examples=8)
@given(data=st.data())
def test_growth_before_and_after(generate, data):
    """Panes that were asked while a log grew are right about its last events, which they see once all is narrowed."""
    by, scope = data.draw(st.sampled_from(BY)), data.draw(scopes(generate))
    store, asked = Growing(), questions(scope, by)
    with pytest.MonkeyPatch.context() as patch, closing(store.database):
        patch.setattr(words, "_WORTH", 1)
        patch.setattr(ledger, "_FEW", 0)
        batches = data.draw(growth(generate))
        for lines, run in [*batches, *batches]:
            store.add(lines, run=run)
            for question in asked:
                store.ask(question)
        for lines, run in batches:
            store.add([*lines, '{"level":"info","message":"x","timestamp":"2026-11-20T10:00:00Z"}'], run=run)
        store.database.settle()
        assert "kind" in words.Narrowing(store.database, threading.Event()).narrow()
        for question in asked:
            assert store.ask(question) == store.ask(question, kept=False)
