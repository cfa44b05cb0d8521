from __future__ import annotations

import dataclasses
import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from query.grouping import counting
from tlx.query.ask import ALL, Scope
from tlx.query.fields import COMMON, fields
from tlx.query.grouping.groups import BUCKETS, SORTS, Order, Part, groups, place
from tlx.query.language.compile import compile_filter
from tlx.query.language.nodes import Path
from tlx.query.language.parse import FilterError

COLUMNS = (*COMMON, "run", "source", "event", "dialect", "status", "identifier", "start", "event_id", "trace")
PATHS = {
    "metadata.n": ("metadata", "n"),
    "name.category": ("name", "category"),
    ".level": ("level",),
    ".StarlarkUserEvent.id": ("StarlarkUserEvent", "id"),
}


def as_dicts(found):
    """Return groups as dictionaries, the share left out, and the shares."""
    rows = [dataclasses.asdict(group) for group in found.rows]
    return rows, [row.pop("share") for row in rows]


def check(asker, scope, events, by, order=None):
    """Compare all groups with those of plain Python, and return them."""
    found = groups(asker, scope, fields(by), order, Part(wall=True))
    wanted = counting.groups(events, [PATHS.get(name, name) for name in by])
    rows, shares = as_dicts(found)
    assert sorted(map(repr, rows)) == sorted(
        repr({key: value for key, value in group.items() if key != "share"}) for group in wanted.values()
    )
    assert shares == pytest.approx([wanted[row["values"]]["share"] for row in rows], rel=1e-12)
    assert (found.number, found.calls) == (len(wanted), sum(group["calls"] for group in wanted.values()))
    assert found.total_ns == sum(group["total_ns"] for group in wanted.values())
    return found


@pytest.mark.parametrize("by", [[name] for name in (*COLUMNS, *PATHS)])
def test_groups_are_what_python_counts(build, by):
    """All numbers of the groups by each field are exact, the wall among them."""
    check(build.asker, ALL, build.events, by)


@pytest.mark.parametrize(
    "by", [["category", "execution_kind"], ["owner_unconfigured", "owner"], ["run", "name", "event_id"]]
)
def test_groups_by_several_fields(build, by):
    """Groups by several fields are those that share all of their values."""
    assert check(build.asker, ALL, build.events, by).number > 20


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_any_log_groups_as_python_does(fill, generate, data):
    """The groups of any log by any fields, within a run, a filter or all, are those that Python makes."""
    filled = fill(*data.draw(generate.logs(20)))
    by = data.draw(st.lists(st.sampled_from((*COLUMNS, *PATHS)), min_size=1, max_size=3, unique=True))
    run, local = data.draw(st.sampled_from((None, 1))), data.draw(st.booleans())
    scope = Scope(compile_filter("execution_kind == Local" if local else ""), run=run)
    inside = [event for event in filled.events if run in (None, event["run"])]
    inside = [event for event in inside if not local or event["execution_kind"] == "Local"]
    check(filled.asker, scope, inside, by, Order(data.draw(st.sampled_from(SORTS))))


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("column", [*SORTS, "owner", "execution_kind"])
def test_groups_sort_by_every_column(build, column, descending):
    """Groups sort by every column both ways; a missing value comes last, ties go by the fields, one after the other."""
    by = ["owner", "execution_kind"]
    found = groups(build.asker, ALL, fields(by), Order(column, descending), Part(wall=True)).rows
    keys = {"label": (0, 1), "owner": (0,), "execution_kind": (1,)}.get(column)
    for before, after in itertools.pairwise(found):
        pairs = [(before.values[key], after.values[key]) for key in keys] if keys else []
        if not keys:
            pairs = [(getattr(before, column), getattr(after, column))]
        pairs = [(pair, descending) for pair in pairs] + [
            (pair, False) for pair in zip(before.values, after.values, strict=True)
        ]
        (first, second), downward = next(item for item in pairs if item[0][0] != item[0][1])
        assert first is not None
        assert second is None or (first > second if downward else first < second)


@pytest.mark.parametrize("descending", [False, True])
def test_groups_by_numbers_of_a_payload_sort_as_numbers(fill, action, descending):
    """Before texts both ways, and where other numbers are equal as well; each group is found at its row."""
    sizes = [10, 9, "x", 100, "8", "a", 1.5, 9]
    filled = fill([action(output_size=size) for size in sizes])
    by = fields([".ActionExecutionEvent.output_size"])
    numbers = ["1.5", "8", "9", "10", "100"]
    texts = ["a", "x"]
    for column in ("label", by[0].name):
        order = Order(column, descending)
        found = groups(filled.asker, ALL, by, order).rows
        step = -1 if descending else 1
        assert [group.values[0] for group in found] == [*numbers[::step], *texts[::step]]
        assert [place(filled.asker, ALL, by, order, group.values) for group in found] == list(range(len(found)))
    found = groups(filled.asker, ALL, by, Order("calls")).rows
    assert [group.values[0] for group in found] == ["9", "1.5", "8", "10", "100", *texts]


@pytest.mark.parametrize("column", ["total_ns", "p90_ns", "wall_ns", "name"])
@pytest.mark.parametrize(("first", "limit"), [(0, 3), (5, 7), (28, None), (10_000, 5), (0, 0)])
def test_a_part_is_a_part_of_all(build, column, first, limit):
    """Some of the groups are those that stand there among all, with the same numbers; the totals stay."""
    by, order = fields(["name"]), Order(column)
    for wall in (False, True):
        whole = groups(build.asker, ALL, by, order, Part(wall=wall))
        part = groups(build.asker, ALL, by, order, Part(first, limit, wall=wall))
        assert part.rows == whole.rows[first : None if limit is None else first + limit]
        assert (part.number, part.calls, part.total_ns) == (whole.number, whole.calls, whole.total_ns)
    assert whole.number > 30


@pytest.mark.parametrize("column", ["total_ns", "p90_ns", "wall_ns", "owner", "label"])
@pytest.mark.parametrize("by", [["owner"], ["owner", "kind"], ["owner", "metadata.n"]])
def test_a_group_has_its_place_among_all(build, by, column):
    """Each group is found at its row in every order, those with missing values too; what is no group has none."""
    order = Order(column)
    whole = groups(build.asker, ALL, fields(by), order, Part(wall=True)).rows
    for row, group in [*enumerate(whole)][-8:]:
        assert place(build.asker, ALL, fields(by), order, group.values) == row
    assert place(build.asker, ALL, fields(by), order, ["no such owner", *([None] * (len(by) - 1))]) is None


def test_the_wall_waits_until_it_is_asked_for(build):
    """Without the wall the rest is the same."""
    by = fields(["category"])
    quick, slow = (groups(build.asker, ALL, by, part=Part(wall=wall)) for wall in (False, True))
    assert {group.wall_ns for group in quick.rows} == {None}
    assert [dataclasses.replace(group, wall_ns=None) for group in slow.rows] == quick.rows


def test_the_wall_counts_time_once(fill, action):
    """Time in which several actions of a group run counts once, gaps not at all; another group does not matter."""
    spans = [(10, 10), (8, 4), (15, 8), (30, 5), (30, 5), (31, 0)]
    filled = fill(
        [action(end, long, category="a") for end, long in spans] + [action(end=40, duration=40, category="b")]
    )
    found = groups(filled.asker, ALL, fields(["category"]), part=Part(wall=True)).rows
    assert {group.label: group.wall_ns // 10**6 for group in found} == {"a": 20, "b": 40}


@settings(deadline=None, max_examples=25)
@given(values=st.lists(st.integers(0, 2**40), min_size=1, max_size=120))
def test_percentiles_are_nearest_rank(fill, action, values):
    """Each percentile is the smallest duration that so many of the calls do not exceed, whatever their number."""
    filled = fill([action(duration=value, category="x") for value in values])
    (group,) = groups(filled.asker, ALL, fields(["name"])).rows
    found = (group.p50_ns, group.p90_ns, group.p95_ns, group.p99_ns)
    assert found == tuple(counting.nearest_rank(values, percent) * 10**6 for percent in (50, 90, 95, 99))


@pytest.mark.parametrize("calls", [1, 2, 10, 19, 20, 21, 39, 40, 41, 99, 100, 101, 199, 200, 300, 700, 1000])
def test_percentiles_are_exact_where_rounding_would_show(fill, action, calls):
    """Among 1 to n ms, the percentile p is the ceiling of p n / 100: no rounding moves it by a rank."""
    filled = fill([action(duration=value, category="x") for value in range(1, calls + 1)])
    (group,) = groups(filled.asker, ALL, fields(["category"])).rows
    found = (group.p50_ns, group.p90_ns, group.p95_ns, group.p99_ns)
    assert found == tuple(-(-percent * calls // 100) * 10**6 for percent in (50, 90, 95, 99))


def test_buckets_part_on_their_beginnings(fill):
    """A duration that is the beginning of a bucket lies in it, one ns less in the bucket before."""
    assert list(BUCKETS) == counting.EDGES
    lines = [f'{{"event":"x","duration_ns":{edge + step}}}' for edge in BUCKETS for step in (-1, 0)]
    (group,) = groups(fill([*lines, '{"event":"x","duration_ns":0}']).asker, ALL, fields(["name"])).rows
    assert group.histogram == (2, *[2] * (len(BUCKETS) - 1), 1)


def test_totals_beyond_64_bits_are_exact(fill, action):
    """The sum of the longest possible spans is exact, although no 64-bit integer holds it; so are far-apart walls."""
    filled = fill([action(duration=9_223_372_036_854, category="c")] * 5)
    (group,) = groups(filled.asker, ALL, fields(["category"])).rows
    assert group.total_ns == 5 * 9_223_372_036_854_000_000
    assert group.mean_ns == 9_223_372_036_854_000_000
    filled = fill(
        [
            '{"timestamp":"1700-01-01T00:00:00Z","event":"old"}',
            '{"timestamp":9200000000000000000,"event":"new","duration_ns":3000000000000000000}',
            '{"timestamp":9100000000000000000,"event":"new","duration_ns":3000000000000000000}',
        ]
    )
    (group,) = groups(filled.asker, ALL, fields(["name"]), part=Part(wall=True)).rows
    assert (group.wall_ns, group.total_ns) == (3_100_000_000_000_000_000, 6_000_000_000_000_000_000)
    longest = 9_223_372_036_854
    line = '{"ActionExecutionEvent":{"name":{"category":"c"},"duration_millis":%d},"epoch_millis":%d}'
    filled = fill([line % (longest, end) for end in (0, 1_700_000_000_000)])
    (group,) = groups(filled.asker, ALL, fields(["category"]), part=Part(wall=True)).rows
    assert group.wall_ns == (longest + 1_700_000_000_000) * 10**6 > 2**63


def test_spans_of_no_time_have_no_share(fill, action):
    """Where all spans take no time, shares are zero rather than an error."""
    filled = fill([action(duration=0, category="a"), action(duration=0, category="b")])
    found = groups(filled.asker, ALL, fields(["category"]), part=Part(wall=True)).rows
    assert [(group.share, group.wall_ns) for group in found] == [(0.0, 0), (0.0, 0)]


def test_nothing_has_no_groups(fill):
    """A log without actions has no groups, and totals of zero."""
    found = groups(fill([]).asker, ALL, fields(["name"]), part=Part(wall=True))
    assert (found.rows, found.number, found.calls, found.total_ns) == ([], 0, 0, 0)


HOSTILE = ("'; DROP TABLE events; --", '"', "\\", "$", "*", "a.b", "[0]", "", "é\u202e", "\t", "?", "null")


@settings(deadline=None, max_examples=25)
@given(
    key=st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5)),
    data=st.data(),
)
def test_any_key_is_a_key(fill, key, data):
    """Whatever a key of the payload is called, a path leads to it and to nothing else, and its values are texts."""
    values = st.one_of(
        st.none(), st.booleans(), st.integers(-5, 5), st.sampled_from(("", "x", "null", "3")), st.just([1]), st.just({})
    )
    lines = [
        json.dumps({"event": "e", "duration_ns": number, "metadata": {key: data.draw(values)} if present else {}})
        for number, present in enumerate(data.draw(st.lists(st.booleans(), max_size=6)))
    ]
    filled = fill(lines)
    (by,) = fields([Path(("metadata", key))])
    found = groups(filled.asker, ALL, [by], Order("label"), Part(wall=True))
    wanted = counting.groups(filled.events, [("metadata", key)])
    assert {group.values: group.calls for group in found.rows} == {
        values: group["calls"] for values, group in wanted.items()
    }
    assert fields([by.name])[0].path == by.path


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_a_group_can_be_filtered_for(fill, generate, data):
    """The filter of a value leads to the events that have it, whichever field it is of."""
    filled = fill(*data.draw(generate.logs()))
    name = data.draw(st.sampled_from((*COLUMNS, *PATHS)))
    (by,) = fields([name])
    for group in groups(filled.asker, ALL, [by], part=Part(limit=5)).rows:
        own = groups(filled.asker, Scope(compile_filter(by.clause(group.values[0]))), [by])
        assert [(one.values, one.calls) for one in own.rows] == [(group.values, group.calls)]


@pytest.mark.parametrize(
    ("owner", "label"),
    [
        ("root//a:b (cfg//linux#12)", "root//a:b"),
        ("root//a:b (<unbound>)", "root//a:b"),
        ("root//a:b", "root//a:b"),
        ("root//a:b (cfg) (exec)", "root//a:b"),
        ("root//e\u0301:b (cfg)", "root//e\u0301:b"),
        ("root//a:b (", "root//a:b ("),
        ("root//a:b(c)", "root//a:b(c)"),
        ("x)", "x)"),
        (" (x)", ""),
        ("ROOT//A:B (\n)", "ROOT//A:B"),
        ("", ""),
    ],
)
def test_an_owner_loses_its_configuration(fill, action, owner, label):
    """A configured owner is grouped by its label; any other text that holds a parenthesis stays as it is."""
    filled = fill([action(owner=owner), action(owner="root//A:B"), action(owner="ROOT//a:b (y)")])
    (by,) = fields(["owner_unconfigured"])
    assert label in {group.label for group in groups(filled.asker, ALL, [by]).rows}
    scope = Scope(compile_filter(by.clause(label)))
    assert [group.label for group in groups(filled.asker, scope, [by]).rows] == [label]


def test_a_filter_narrows_the_groups(build):
    """Shares are of the spans that the filter leaves."""
    inside = [event for event in build.events if event["execution_kind"] == "Local"]
    check(build.asker, Scope(compile_filter("execution_kind == Local")), inside, ["category"])


@pytest.mark.parametrize(
    "name", ["nothing", "name; DROP TABLE events", "", "a b", "exists(name)", "name) or (kind", "*"]
)
def test_only_known_fields(name):
    """A field that does not exist is refused before it could become SQL."""
    with pytest.raises(FilterError):
        fields([name])


def test_only_known_sorts(build):
    """An order that does not exist is refused, and so is grouping by nothing."""
    with pytest.raises(ValueError, match="cannot sort"):
        groups(build.asker, ALL, fields(["name"]), Order("calls; DROP TABLE events"))
    with pytest.raises(ValueError, match="nothing to group by"):
        groups(build.asker, ALL, ())


def test_a_near_name_is_offered():
    """An unknown field names the nearest one that is known."""
    with pytest.raises(FilterError, match="did you mean owner_unconfigured"):
        fields(["owner_unconfigurd"])
