"""The groups of a store that grows are those of all its actions, though only new ones are looked at."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from query.grouping import counting
from query.growing.growth import Growing, bounds, growth
from tlx.query.ask import ALL, Asker, Scope
from tlx.query.fields import fields
from tlx.query.grouping import kept
from tlx.query.grouping.groups import BUCKETS, SORTS, Order, Part, groups, place
from tlx.query.growing import ledger
from tlx.query.language.compile import compile_filter
from tlx.store.memory.room import StoreError

FIELDS = {
    "category": "category",
    "name": "name",
    "owner_unconfigured": "owner_unconfigured",
    "start": "start",
    "event_id": "event_id",
    ".ActionExecutionEvent.kind": ("ActionExecutionEvent", "kind"),
    "metadata.n": ("metadata", "n"),
}
KEPT = ("groups", "islands", "lengths")


@pytest.fixture(scope="module")
def store():
    """A store to be filled bit by bit."""
    found = Growing()
    yield found
    found.database.close()


def decoded(store, generate):
    """Return the events of a store as Python alone reads them."""
    return [
        {**generate.decode(line), "id": number, "line": number, "source": 0, "run": run}
        for number, run, line in store.lines
    ]


def check(store, scope, by, order, events):
    """Compare groups with those of plain Python; their order, pages and places with those asked of all events."""
    by_fields = fields(by)

    def asked(first=0, limit=None):
        return lambda asker: groups(asker, scope, by_fields, order, Part(first, limit, wall=True))

    found = store.ask(asked())
    wanted = counting.groups(events, [FIELDS[name] for name in by])
    assert found == store.ask(asked(), kept=False)
    assert len(found.rows) == found.number == len(wanted)
    for group in found.rows:
        own = wanted[group.values]
        assert group.share == pytest.approx(own.pop("share"))
        assert {name: getattr(group, name) for name in own} == own
    page = store.ask(asked(1, 2))
    assert page.rows == found.rows[1:3]
    assert (page.number, page.calls, page.total_ns) == (found.number, found.calls, found.total_ns)
    for row, group in [*enumerate(found.rows)][-2:]:
        assert store.ask(lambda asker: place(asker, scope, by_fields, order, group.values)) == row  # noqa: B023


def passed(events, scope):
    """Return the events that pass one of the filters of these tests."""
    return [event for event in events if not scope.condition.sql or event["execution_kind"] == "Local"]


@settings(deadline=None, max_examples=10)
@given(data=st.data())
def test_groups_grow(store, generate, data):
    """After each batch groups are what Python counts and all events give."""
    by = data.draw(st.lists(st.sampled_from([*FIELDS]), min_size=1, max_size=2, unique=True))
    scope = Scope(compile_filter("execution_kind == Local" if data.draw(st.booleans()) else ""))
    order = Order(data.draw(st.sampled_from((*SORTS, by[0]))), data.draw(st.booleans()))
    store.begin()
    with bounds(data):
        for lines, run in data.draw(growth(generate)):
            store.add(lines, run=run)
            check(store, scope, by, order, passed(decoded(store, generate), scope))


@pytest.fixture(scope="module")
def batches(action):
    """Six batches of actions with many ties, gaps, touches and spans of no time, not in the order of time."""
    dice = random.Random(11)  # noqa: S311  the same log each time

    def line():
        return action(
            end=dice.choice((None, *(dice.randrange(300) for _ in range(9)))),
            duration=dice.choice((None, 0, dice.randrange(6), dice.randrange(6), dice.randrange(40))),
            category=dice.choice(("a", "b", None)),
            execution_kind=dice.choice(("Local", "Remote")),
            owner=dice.choice(("x (c)", "x (d)", "y", None)),
        )

    return [[line() for _ in range(40)] for _ in range(6)]


@pytest.mark.parametrize("column", [*SORTS, "owner_unconfigured"])
def test_what_is_kept_sorts_by_every_column(store, generate, batches, column):
    """By every column, the groups that are made of what is kept stand where they stand among all."""
    store.begin()
    for number, lines in enumerate(batches[:4]):
        store.add(lines)
        by = ["owner_unconfigured"]
        check(store, ALL, by, Order(column, bool(number % 2)), decoded(store, generate))
    assert all(store.ledger._kept[topic].table for topic in KEPT)


def all_of(store, by, **asked):
    """Return the groups by a field, walls among them."""
    return store.ask(lambda asker: groups(asker, ALL, fields([by]), part=Part(wall=True)), **asked)


@pytest.fixture
def grown(store, batches):
    """A store whose groups by category are kept: it has grown twice since it was first asked."""
    store.begin()
    for lines in batches[:3]:
        store.add(lines)
        all_of(store, "category")
    return store


def test_only_new_actions_are_looked_at(grown, generate, action):
    """What becomes of actions that were counted shows in no number of a group: only new rows are asked."""
    before = decoded(grown, generate)
    grown.database.cursor().execute(
        "UPDATE fresh_events SET duration_ns = duration_ns * 7 + 1, start = start - 99, category = 'changed'"
    )
    for number in range(3):
        grown.add([action(end=400 + 7 * number, duration=5, category="a")])
        new = decoded(grown, generate)[len(before) :]
        found = {group.values: group for group in all_of(grown, "category").rows}
        wanted = counting.groups([*before, *new], ["category"])
        assert found.keys() == wanted.keys()
        for values, own in wanted.items():
            assert found[values].share == pytest.approx(own.pop("share"))
            assert {name: getattr(found[values], name) for name in own} == own
    assert {group.label for group in all_of(grown, "category", kept=False).rows} == {"a", "changed"}


@pytest.mark.parametrize("column", ["p95_ns", "wall_ns"])
def test_what_takes_long_is_found_anew_for_groups_that_grew(store, batches, action, column):
    """Sorted by it, no group is looked at again to which nothing came."""

    def rows(*, kept=True):
        part, order = Part(wall=True), Order(column)
        return store.ask(lambda asker: groups(asker, ALL, fields(["category"]), order, part).rows, kept=kept)

    store.begin()
    for lines in batches[:3]:
        store.add(lines)
        assert rows() == rows(kept=False)
    topic, before = "walls" if column == "wall_ns" else "details", store.tables().keys()
    made = store.ledger._kept[topic]
    store.add([action(end=400, duration=5, category="b")])
    assert rows() == rows(kept=False)
    fresh = {name: rows for name, rows in store.tables().items() if name not in before}
    assert list(fresh.values()) == [1], "the numbers that were touched"
    now = store.ledger._kept[topic]
    assert (now.table, now.rows) == (made.table, made.rows + 1), "what was made of b"


def test_what_was_made_anew_often_leaves_nothing_behind(store, action, monkeypatch):
    """A table of which most rows were deleted is made one again, with the same rows."""
    monkeypatch.setattr(ledger, "_FEW", 6)

    def rows(*, kept=True):
        order = Order("p95_ns")
        return store.ask(lambda asker: groups(asker, ALL, fields(["category"]), order, Part()).rows, kept=kept)

    store.begin()
    sizes = []
    for end in range(1, 20):
        store.add([action(end=end, duration=end, category=category) for category in "abc"[: 1 + end % 3]])
        assert rows() == rows(kept=False)
        sizes.append(store.ledger._kept["details"].rows if "details" in store.ledger._kept else 0)
    assert max(sizes) <= 9
    assert any(later < earlier for earlier, later in itertools.pairwise(sizes))


def test_groups_are_not_mixed_up(store, batches, monkeypatch):
    """Where two groups have the same number, all events are asked."""
    for module in (ledger, kept):
        monkeypatch.setattr(module, "key_of", lambda values: f"(hash({', '.join(values)}) % 2)")
    for by in ("category", "owner", "execution_kind"):
        store.begin()
        for lines in batches:
            store.add(lines)
            assert all_of(store, by) == all_of(store, by, kept=False)
        assert store.ledger._kept["cells"].table


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("column", ["p95_ns", "wall_ns"])
def test_groups_that_are_mixed_up_move_no_other(store, action, monkeypatch, column, descending):
    """Where two groups have the same number, others beside them are where they would be without."""
    for module in (ledger, kept):
        monkeypatch.setattr(module, "key_of", lambda values: f"({values[0]} IS NOT DISTINCT FROM 'b')::UBIGINT")

    def page(first, *, kept=True):
        part = Part(first, 1, wall=True)
        order = Order(column, descending)
        return store.ask(lambda asker: groups(asker, ALL, fields(["category"]), order, part), kept=kept)

    store.begin()
    for end in (1_000, 2_000, 3_000):
        store.add([action(end=end + 100 * n, duration=n + 1, category=name) for n, name in enumerate("abc")])
        for first in range(4):
            assert page(first) == page(first, kept=False)


def test_groups_of_like_names_have_numbers_of_their_own(store):
    """Targets and configurations differ in a digit here and there; DuckDB's hash alone is one for many of them."""
    owner = "format('toolchains//products/p{:02d}:rust_toolchain{}', i % 100, i // 100)"

    def counted(number):
        sql = f"SELECT count(DISTINCT {number}) FROM (SELECT {owner} AS owner FROM range(10000) t(i))"  # noqa: S608  no input
        return store.ask(lambda asker: asker.row(sql))[0]

    assert counted("hash(owner)") < counted(ledger.key_of(["owner"])) == counted("owner") == 10_000


class Full(Asker):
    """Finds no room for a part."""

    def write(self, sql, values=()):
        """Write, or find no room."""
        if "AS number, min(span_id)" in sql:
            raise StoreError("no room")
        return super().write(sql, values)


def test_without_room_for_a_part_all_events_are_asked(store, batches):
    """It is not tried again as long as the same is asked."""
    store.begin()
    for lines in batches:
        store.add(lines)
        asker = Full(store.database, store.ledger)
        found = groups(asker, ALL, fields(["category"]), part=Part(wall=True))
        asker.close()
        assert found == all_of(store, "category") == all_of(store, "category", kept=False)
    assert [topic for topic in KEPT if store.ledger._kept[topic].table] == ["groups", "islands"]
    assert store.ledger._kept["lengths"].too_many


def test_all_numbers_of_a_group_are_of_the_same_events(store, batches, action):
    """What comes while a question is put counts in none of its numbers."""
    store.begin()
    for lines in batches[:3]:
        store.add(lines)
        before = all_of(store, "category")
    asker = Asker(store.database, store.ledger)
    asker.seen()
    store.add([action(end=900, duration=800, category="a")])
    assert groups(asker, ALL, fields(["category"]), part=Part(wall=True)) == before
    asker.close()
    assert all_of(store, "category").calls == before.calls + 1


@pytest.mark.parametrize("calls", [1, 2, 10, 19, 20, 21, 39, 40, 41, 99, 100, 101, 199, 200, 300, 700, 1000])
def test_kept_percentiles_are_exact(store, action, calls):
    """Among 1 to n ms, the percentile p is the ceiling of p n / 100, as it is where all events are asked."""
    lines = [action(duration=value, category="x") for value in range(1, calls + 1)]
    random.Random(calls).shuffle(lines)  # noqa: S311  the same log each time
    store.begin()
    for first in range(3):
        store.add(lines[first::3])
        found = all_of(store, "category")
    store.add([])
    (group,) = found.rows
    assert (group.p50_ns, group.p90_ns, group.p95_ns, group.p99_ns) == tuple(
        -(-percent * calls // 100) * 10**6 for percent in (50, 90, 95, 99)
    )
    assert found == all_of(store, "category", kept=False)


def test_kept_histograms_part_durations_where_buckets_begin(store, action):
    """So they do a millisecond before and behind each place, with and without one duration each."""
    around = [begin // 10**6 + more for begin in BUCKETS for more in (-1, 0, 1)]
    store.begin()
    for _ in range(3):
        store.add([action(duration=long, category="x") for long in [*around, 0, 5_000_000, 40_000_000]])
        for long in around:
            store.add([action(duration=long, category=f"only {long}")])
        found = all_of(store, "category")
    assert store.ledger._kept["cells"].table
    assert found == all_of(store, "category", kept=False)
    assert next(group for group in found.rows if group.label == "x").histogram == (6, *[9] * 12, 12)


def test_a_store_that_rests_keeps_no_groups(store, batches):
    """Of a log that does not grow no table is made, however often its groups are asked for."""
    store.begin()
    store.add(batches[0])
    assert len({repr(all_of(store, "category")) for _ in range(3)}) == 1
    assert not store.tables()


def test_a_first_question_does_not_wait_for_what_is_kept(grown, batches):
    """Another scope is answered at once while the log grows; what is kept of it is made when it is asked again."""
    grown.add(batches[3])
    scope = Scope(compile_filter("duration > 1ms"))
    for tables in (0, 2, 2):
        grown.ask(lambda asker: groups(asker, scope, fields(["category"])))
        assert len([topic for topic in KEPT if grown.ledger._kept[topic].table and topic != "islands"]) == tables
        grown.add(batches[4])


@pytest.mark.parametrize("where", ["", "duration > 1ms"])
def test_nothing_more_is_kept_once_the_log_ends(grown, batches, monkeypatch, where):
    """What was kept is added to for the last time, but of nothing else a table is made."""
    scope = Scope(compile_filter(where))

    def asked(**asked):
        return grown.ask(lambda asker: groups(asker, scope, fields(["category"])), **asked)

    asked()
    grown.add(batches[3])
    monkeypatch.setattr(grown.database, "final", len(grown.lines))
    for _ in range(2):
        assert asked() == asked(kept=False)
        assert bool(grown.ledger._kept["groups"].table) is not bool(where)
