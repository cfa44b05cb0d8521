"""What is kept of a log whose spans are joined while it grows gives what a store gives that is asked anew."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from query.growing.growth import Joined, bounds
from store.test_spans import LINES, TELEMETRY, line
from tlx.config.settings import Settings
from tlx.query import ask, rows, timeline
from tlx.query.ask import ALL, Scope
from tlx.query.concurrency.slate import Stack
from tlx.query.fields import field, fields
from tlx.query.grouping import facets
from tlx.query.grouping.groups import Order, Part, groups
from tlx.query.growing import ledger
from tlx.query.growing.all_time import Grid, all_time, first_instants
from tlx.query.language.compile import compile_filter
from tlx.session import Session
from tlx.store.ingest import Ingester

FILTERS = ("", "open", "not open", "status in (open, ok)", "name ~ beamlens", "duration > 1s")
STACK = Stack("status", ("ok", "open", timeline.OTHER, timeline.REST))


@pytest.fixture(scope="module")
def store():
    """A store to be filled bit by bit."""
    found = Joined()
    yield found
    found.database.close()


def questions(scope, by):
    """Return what panes ask of a scope."""
    order = rows.Order("duration_ns", True)

    def drawn(asker):
        whole = timeline.whole(timeline.run_spans(asker, None))
        grid = Grid.of(whole, 7)
        return all_time(asker, scope, grid, STACK, (3, None)), sorted(first_instants(asker, scope, grid, STACK))

    return (
        lambda asker: rows.total(asker, scope),
        lambda asker: rows.last(asker, scope, ("id", "status", "duration_ns"), order, 4),
        lambda asker: facets.facets(asker, scope, field(by)),
        lambda asker: groups(asker, scope, fields([by]), Order("p50_ns"), Part(wall=True)),
        lambda asker: groups(asker, scope, fields(["name"]), Order(), Part(0, 3)),
        lambda asker: groups(asker, scope, fields(["name"]), Order("wall_ns"), Part(0, 3)),
        drawn,
    )


def check(store, asked):
    """Compare what is kept with what a ledger gives that has kept nothing."""
    was = store.ledger
    for question in asked:
        found = store.ask(question)
        store.ledger = ledger.Ledger()
        assert found == store.ask(question)
        store.ledger = was


@settings(deadline=None, max_examples=12)
@given(data=st.data())
def test_spans_are_added_once_they_are_joined(store, data):
    """Whether lines were joined when they were counted, or later, or never."""
    scope = Scope(compile_filter(data.draw(st.sampled_from(FILTERS))), actions_only=data.draw(st.booleans()))
    asked = questions(scope, data.draw(st.sampled_from(("status", "name", "event_id"))))
    made = [line("op-0", "cli.x", "start", 0), *data.draw(st.one_of(LINES, TELEMETRY))]
    store.begin()
    with bounds(data):
        while made:
            number = data.draw(st.integers(1, 12))
            store.add([text.decode() for text in made[:number]])
            del made[:number]
            check(store, asked)
            if data.draw(st.booleans()):
                store.join()
                check(store, asked)


def by_status(store):
    """Return how many events there are of each status."""
    found = store.ask(lambda asker: facets.facets(asker, ALL, field("status")))
    return {facet.value: facet.events for facet in (*found.rows, found.missing) if facet.events}


@pytest.fixture
def grown(store):
    """A store of two spans, of which one is open, that was asked while it grew."""
    store.begin()
    for text in (line("1", "cli.x", "start", 1), line("1", "cli.x", "complete", 3), line("2", "cli.x", "start", 4)):
        store.add([text.decode()])
        store.join()
        by_status(store)
    return store


def test_what_is_settled_is_not_looked_at_again(grown):
    """Spans that are joined count for good; what is open is looked at each time."""
    assert by_status(grown) == {"ok": 1, "open": 1, None: 1}
    grown.database.cursor().execute("UPDATE fresh_events SET status = 'changed'")
    grown.add([line("3", "cli.x", "start", 5).decode()])
    assert by_status(grown) == {"ok": 1, "changed": 1, None: 2}
    grown.join()
    assert by_status(grown) == {"ok": 1, "changed": 1, "open": 1, None: 1}


def test_what_ends_late_is_counted_once(grown):
    """However long a span was open, and however often it was asked for."""
    for number in range(5, 9):
        grown.add([line(str(number), "cli.x", part, number).decode() for part in ("start", "complete")])
        grown.join()
        by_status(grown)
    assert by_status(grown) == {"ok": 5, "open": 1, None: 5}
    grown.add([line("2", "cli.x", "failed", 9).decode()])
    assert by_status(grown) == {"ok": 5, "open": 1, "failed": 1, None: 5}
    for _ in range(2):
        grown.join()
        assert by_status(grown) == {"ok": 5, "failed": 1, None: 6}


def test_few_events_are_set_apart(grown, monkeypatch):
    """Those that wait, near the end or far from it, and what has not been looked at: no others."""
    monkeypatch.setattr(ask, "_RECENT", 3)
    for number in range(5, 40):
        grown.add([line(str(number), "cli.x", part, 9).decode() for part in ("start", "complete")])
    grown.join()
    for number in (50, 51):
        grown.add([line(str(number), "cli.x", "start", 9).decode()])
        by_status(grown)
    grown.join()
    grown.add(['{"StarlarkUserEvent":{"id":"x","metadata":{}},"epoch_millis":1771287108000}'])
    grown.add([line("52", "cli.x", "start", 9).decode()])
    assert by_status(grown)["open"] == 3
    apart = grown.ledger._unsettled
    found = grown.ask(lambda asker: asker.rows(f"SELECT line, status FROM {apart} ORDER BY id"))  # noqa: S608  ours
    assert found == [(4, "open"), (75, "open"), (76, "open"), (78, None)]


def test_tables_of_what_waits_go(grown):
    """However often the log grows, only those are kept that something was counted without."""
    for number in range(5, 20):
        grown.add([line(str(number), "cli.x", "start", 9).decode()])
        grown.join()
        by_status(grown)
    assert len(grown.tables()) <= 4


def test_what_is_to_be_joined_is_known_before_it_is_there(tmp_path, monkeypatch):
    """Else it would count as settled between the moment it is there and the one it is joined."""
    seen, commit = [], Ingester.commit

    def noted(ingester, *before):
        seen.append((set(ingester.dialects), session.database.joins))
        commit(ingester, *before)

    monkeypatch.setattr(Ingester, "commit", noted)
    path = tmp_path / "log"
    path.write_bytes(b"".join(line("1", "cli.x", part, 1) + b"\n" for part in ("start", "complete")) * 9000)
    session = Session([str(path)], Settings())
    session.start()
    session.wait()
    joins = session.database.joins
    session.close()
    assert joins == {"hephaestus"}
    behind = [known for dialects, known in seen if dialects][1:]  # the first joins what it commits
    assert behind
    assert all(known == joins for known in behind)
