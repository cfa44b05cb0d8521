"""What is kept of a store that grows gives what a store gives that is asked anew."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from query.growing.growth import Growing, bounds, growth, scopes
from tlx.query import rows, runs, timeline
from tlx.query.ask import ALL, Asker, Interrupted, Scope
from tlx.query.concurrency.slate import Stack
from tlx.query.concurrency.sweep import means
from tlx.query.fields import field
from tlx.query.grouping import facets
from tlx.query.growing import ledger
from tlx.query.growing.all_time import AllTime, Grid, all_time, first_instants
from tlx.query.growing.ledger import Part
from tlx.query.growing.marks import Marks
from tlx.query.language.compile import compile_filter
from tlx.store.memory.room import StoreError

STACKS = (
    Stack("execution_kind", ("Local", "Remote", "ActionCache", timeline.OTHER, timeline.REST)),
    Stack("name", ("rustc", "link", "", timeline.REST)),
)
FIELDS = ("execution_kind", "owner_unconfigured", "name", ".StarlarkUserEvent.metadata.n", "run")
ORDERS = (("start", False), ("time", False), ("duration_ns", True), ("name", False), ("metadata.n", True))


@pytest.fixture(scope="module")
def store():
    """A store to be filled bit by bit."""
    found = Growing()
    yield found
    found.database.close()


def questions(scope, by, order, at):
    """Return what panes ask of a scope, and how to make the answers comparable."""
    one, sort = field(by), rows.Order(*order)
    inside = facets.scope_of(scope, one)

    def listed(asker):
        last = rows.last(asker, scope, ("id", "name"), sort, 3)
        rank = rows.rank(asker, scope, sort, at)
        around = [] if rank is None else rows.around(asker, scope, ("id", "time"), sort, (at, 2, 3))
        return rows.total(asker, scope), last, rank, around

    return (
        listed,
        runs.runs,
        lambda asker: timeline.run_spans(asker, scope.run),
        lambda asker: facets.facets(asker, inside, one, (0, 5), facets.Order("duration_ns")),
        lambda asker: facets.place(asker, inside, one, facets.Order(), 1 if by == "run" else "Local"),
    )


@settings(max_examples=8)
@given(data=st.data())
def test_growth_is_added_to_what_is_kept(store, generate, data):
    """After each batch, late events and new runs among them, panes get what asking of all events gives."""
    scope, by = data.draw(scopes(generate)), data.draw(st.sampled_from(FIELDS))
    order, at = data.draw(st.sampled_from(ORDERS)), data.draw(st.integers(2, 9))
    asked = questions(scope, by, order, at)
    store.begin()
    with bounds(data):
        for lines, run in data.draw(growth(generate)):
            store.add(lines, run=run)
            for question in asked:
                assert store.ask(question) == store.ask(question, kept=False)


@settings(max_examples=12)
@given(data=st.data())
def test_growth_is_drawn_over_all_time(store, generate, data):
    """The columns of the timeline hold what counting all events in them gives, also where time begins earlier."""
    scope, columns = data.draw(scopes(generate))._replace(window=None), data.draw(st.integers(1, 12))
    stack, also = data.draw(st.sampled_from(STACKS)), data.draw(st.none() | st.integers(2, 9))
    store.begin()
    for lines, run in data.draw(growth(generate)):
        store.add(lines, run=run)
        whole = timeline.whole(store.ask(lambda asker: timeline.run_spans(asker, scope.run)))
        if whole is not None:
            check_all_time(store, (scope, Grid.of(whole, columns), stack, also))


def check_all_time(store, what):
    """Compare what is kept of all time with the questions for a window."""
    scope, grid, stack, also = what
    window, columns = grid.window, grid.columns

    def kept(asker):
        found = all_time(asker, scope, grid, stack, (3, also))
        return found, [set(first_instants(asker, scope, grid, told, also)) for told in (None, stack)]

    def anew(asker):
        found = AllTime(
            timeline.counts(asker, scope, window, columns, stack),
            means(asker, scope, window, columns),
            timeline.longest(asker, scope, window, 3, also),
            timeline.touching(asker, scope, window),
        )
        cuts = [timeline.Cut(window, columns, told) for told in (None, stack)]
        return found, [set(timeline.firsts(asker, scope, cut, also)) for cut in cuts]

    assert store.ask(kept) == store.ask(anew, kept=False)


@given(begin=st.integers(0, 2**60), length=st.integers(1, 2**60), columns=st.integers(1, 400))
def test_a_grid_holds_all_time_and_little_more(begin, length, columns):
    """Columns reach the end of time, and exceed it by less than a thirtieth each; they stay while time grows a bit."""
    grid = Grid.of((begin, begin + length), columns)
    assert grid.window[0] == begin
    least = -(-length // columns)
    assert least <= grid.column < max(least + 1, least * 31 / 30)
    assert Grid.of((begin, grid.window[1]), columns) == grid


def kinds_of(store, **asked):
    """Return how many actions there are of each execution kind."""
    by = field("execution_kind")
    found = store.ask(lambda asker: facets.facets(asker, facets.scope_of(ALL, by), by), **asked)
    return {facet.value: facet.events for facet in found.rows}


@pytest.fixture
def grown(store, action):
    """A store that has grown twice since it was first asked, with ten actions of the kind Local."""
    store.begin()
    for number in (5, 3, 2):
        store.add([action(execution_kind="Local")] * number)
        kinds_of(store)
    return store


def test_what_was_answered_is_not_looked_at_again(grown, action):
    """What becomes of events that were counted does not show: only the new ones are asked."""
    grown.database.cursor().execute("UPDATE fresh_events SET execution_kind = 'changed'")
    grown.add([action(execution_kind="Remote")])
    assert kinds_of(grown) == {"Local": 10, "Remote": 1}
    assert kinds_of(grown, kept=False) == {"changed": 10, "Remote": 1}


def test_what_is_revealed_is_not_added_to_what_is_masked(grown):
    """While questions are answered with what was masked, nothing is kept; a question goes on as it began."""
    asker = Asker(grown.database, grown.ledger)
    assert asker.seen() == 10
    grown.database.revealed = True
    assert facets.facets(asker, ALL, field("kind")).events == 10
    asker.close()
    assert grown.ask(lambda asker: asker.seen()) is None
    assert kinds_of(grown) == {"Local": 10}
    grown.database.revealed = False
    assert grown.ask(lambda asker: asker.seen()) == 10


def test_events_are_looked_up_once(grown):
    """An event that was drawn is not asked for again, until events are changed or another column is wanted."""
    marks, clean = Marks(), grown.database.cursor()
    asked = [2, 4, 99]

    def named(column="execution_kind"):
        found = grown.ask(lambda asker: marks.looked_up(asker, asked, column))
        assert [mark.id for mark in found] == [2, 4]
        return {mark.value for mark in found}

    assert named() == {"Local"}
    clean.execute("UPDATE fresh_events SET execution_kind = 'changed'")
    assert named() == {"Local"}
    assert named("kind") == {"Run"}
    assert named() == {"changed"}
    clean.execute("UPDATE fresh_events SET execution_kind = 'joined'")
    grown.database.changes += 1
    assert named() == {"joined"}


def test_events_are_let_go_of_for_others_alone(grown, monkeypatch):
    """However many were looked up, all of one picture are at hand until others are wanted."""
    monkeypatch.setattr("tlx.query.growing.marks._MOST", 2)
    marks, clean = Marks(), grown.database.cursor()

    def named(*asked):
        return [mark.value for mark in grown.ask(lambda asker: marks.looked_up(asker, asked, "execution_kind"))]

    assert named(2, 3, 4) == ["Local"] * 3
    clean.execute("UPDATE fresh_events SET execution_kind = 'changed'")
    assert named(2, 3, 4) == ["Local"] * 3
    assert named(4, 5) == ["changed"] * 2
    assert named(2) == ["changed"]


def test_a_store_that_rests_keeps_nothing(store, action):
    """Of a log that does not grow no table is made, however often it is asked."""
    store.begin()
    store.add([action()] * 5)
    assert [kinds_of(store) for _ in range(3)] == [{"Local": 5}] * 3
    assert not store.tables()


def test_a_question_goes_on_as_it_began_where_the_log_ends(store, action, monkeypatch):
    """All parts of an answer are of the same events, also where the last ones arrive between two of them."""
    store.begin()
    store.add([action()] * 5)
    by = field("execution_kind")
    asker = Asker(store.database, store.ledger)
    assert facets.facets(asker, ALL, by).events == 5
    store.add([action()] * 3)
    monkeypatch.setattr(store.database, "final", 8)
    assert facets.facets(asker, ALL, by).events == 5
    asker.close()
    assert store.ask(lambda asker: facets.facets(asker, ALL, by).events) == 8


def test_parts_that_belong_together_become_one(grown, action, monkeypatch):
    """However often the log grows, a table holds little more than there are groups."""
    monkeypatch.setattr(ledger, "_SLACK", 4)
    for _ in range(20):
        grown.add([action(execution_kind="Local"), action(execution_kind="Remote")])
        kinds_of(grown)
    assert kinds_of(grown) == {"Local": 30, "Remote": 20}
    assert max(grown.tables().values()) <= 2 * 2 + 4


def test_of_many_parts_those_become_one_that_grew(store, action, monkeypatch):
    """What nothing was added to is passed on as it is; what is there once is passed on, too."""
    monkeypatch.setattr(ledger, "_FEW", 0)
    monkeypatch.setattr(ledger, "_SLACK", 3)
    store.begin()
    by = field("name")
    for number in range(12):
        store.add([action(category=f"c{kind % 7}") for kind in range(number, number + 3)])
        found = store.ask(lambda asker: facets.facets(asker, ALL, by, order=facets.Order("value", False)))
        wanted = Counter(f"c{kind % 7}" for first in range(number + 1) for kind in range(first, first + 3))
        assert [(facet.value, facet.events) for facet in found.rows] == sorted(wanted.items())
    assert max(store.tables().values()) <= 7 + 3


def test_of_another_scope_the_last_table_goes(grown, action):
    """Of one topic there is one table: that of the scope that was asked last."""
    by = field("execution_kind")
    for number in range(3, 9):
        scope = Scope(compile_filter(f"duration >= {number}ms"))
        grown.add([action(duration=number, execution_kind="Remote")])
        found = grown.ask(lambda asker: facets.facets(asker, facets.scope_of(scope, by), by))  # noqa: B023
        assert [(facet.value, facet.events) for facet in found.rows] == [("Remote", 1)]
    grown.add([])
    kinds_of(grown)
    assert len(grown.tables()) <= 1


class Failing(Asker):
    """Fails at one of its writes, before it is done or behind it."""

    def __init__(self, store, error, at, *, done):
        super().__init__(store.database, store.ledger)
        self._error, self._at, self._done = error, at, done

    def write(self, sql, values=()):
        """Write, or fail."""
        self._at -= 1
        if self._at or self._done:
            super().write(sql, values)
        if not self._at:
            raise self._error
        return 1


@pytest.mark.parametrize("at", [1, 2])
@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("error", [Interrupted("overtaken"), StoreError("no room")])
def test_what_is_broken_off_is_not_counted_twice(grown, action, error, done, at):
    """A question that is overtaken while it adds what is new, or finds no room, leaves no half of it behind."""
    grown.add([action(execution_kind="Remote")])
    asker, by = Failing(grown, error, at, done=done), field("execution_kind")
    try:
        facets.facets(asker, ALL, by)
    except Interrupted:
        assert isinstance(error, Interrupted)
    finally:
        asker.close()
    for number in (1, 2, 3):
        assert kinds_of(grown) == {"Local": 10, "Remote": number}
        grown.add([action(execution_kind="Remote")])


def test_rows_that_are_gone_are_noticed(grown, action):
    """Where rows of the store are not those that came first, all of them are asked."""
    grown.database.cursor().execute("DELETE FROM fresh_events WHERE rowid = 3")
    grown.add([action(execution_kind="Remote")])
    assert kinds_of(grown) == {"Local": 9, "Remote": 1}
    assert grown.ask(lambda asker: asker.seen()) is None


def test_questions_take_turns(grown):
    """While one question uses what is kept, another one waits for it; then it gets the same."""
    by, answers = field("execution_kind"), []
    first = Asker(grown.database, grown.ledger)
    facets.facets(first, facets.scope_of(ALL, by), by)
    other = threading.Thread(target=lambda: answers.append(kinds_of(grown)))
    other.start()
    assert not answers
    first.close()
    other.join(30)
    assert answers == [{"Local": 10}]


def test_a_part_names_the_events_it_counts(grown):
    """Parts of one question count the same events, even if more come meanwhile."""
    asker = Asker(grown.database, grown.ledger)
    part = Part("number", ALL, "count(*) AS number", "sum(number) AS number", tail="")
    assert asker.seen() == 10
    grown.add(['{"StarlarkUserEvent":{"id":"late","metadata":{}},"epoch_millis":1}'])
    source, values = asker.parts(part)
    assert asker.row(f"SELECT number FROM {source}", values) == (10,)  # noqa: S608  our own words
    asker.close()
