from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from query.insights import facts
from tlx.query import rows
from tlx.query.ask import ALL, Scope
from tlx.query.insights.insights import insights
from tlx.query.insights.line import Measure, Number, Text, shown
from tlx.query.language.compile import compile_filter

NAMES = (
    "most_time",
    "most_wall",
    "slowest",
    "cache_rate",
    "missed_category",
    "missed_owner",
    "changed",
    "busiest",
    "idle",
    "tail",
    "inputs",
    "unended",
    "misfits",
)
_fields = st.fixed_dictionaries(
    {
        "end": st.integers(0, 40),
        "duration": st.one_of(st.integers(0, 3), st.integers(0, 20)),
        "kind": st.sampled_from(("Run", "Run", "Copy")),
        "execution_kind": st.sampled_from(("Local", "Remote", "ActionCache", "LocalDepFile", None)),
        "category": st.sampled_from(("cxx", "rust", "'; --", None)),
        "identifier": st.sampled_from(("x", "", None)),
        "owner": st.sampled_from(("root//a:b (c)", "root//a:b", "ROOT//A:B", None)),
        "input_materialization_duration_millis": st.sampled_from((None, 0, 2, 9)),
    }
)
_odd = st.sampled_from(
    [
        f'{{"StarlarkUserEvent":{{"id":"{name}","metadata":{{"n":{number}}}}},"epoch_millis":1771287108{time:03}}}'
        for name, number, time in [
            ("x", "1", 50),
            ("x", "2147483647", 3),
            ("x", "-2147483648", 3),
            ("x", "[2147483647]", 9),
            ("2147483647", '"2147483647"', 0),
            ("x", "21474836470", 0),
            ("x", "2147483648", 0),
        ]
    ]
)


@st.composite
def logs(draw, action):
    """Return runs of actions that overlap, share names and cost little."""
    runs = []
    for _ in range(draw(st.integers(1, 3))):
        lines = [action(**fields) for fields in draw(st.lists(_fields, max_size=8))]
        runs.append(draw(st.permutations(lines + draw(st.lists(_odd, max_size=2)))))
    return runs


def found_in(asker, scope):
    """Return the insights of a scope by name, in order."""
    found = list(insights(asker, scope))
    names = [insight.name for insight in found]
    assert names == [name for name in NAMES if name in names]
    return {insight.name: insight for insight in found}


@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_insights_are_the_facts_that_python_finds(fill, action, generate, data):
    """Every fact that holds of a log is found with its exact values and where to look, and no other."""
    filled = fill(*data.draw(logs(action)))
    header = data.draw(st.sampled_from((None, -10, 1, 2, 3, 30)))
    headers = dict.fromkeys((1, 2, 3), generate.begin + header * generate.ms) if header is not None else {}
    filled.asker.rows("UPDATE runs SET start = ?", [headers.get(1)])
    found = found_in(filled.asker, ALL)
    wanted = facts.facts(filled.events, headers)
    assert set(found) == set(wanted)
    for name, (values, event, window) in wanted.items():
        assert found[name].values == pytest.approx(values, rel=1e-12), name
        assert (found[name].jump.event, found[name].jump.window) == (event, window), name


def predicates(events, found):
    """Return for each filter of an insight what it must let pass."""
    miss = [event for event in facts.eligible(events) if event["status"] != "cached"]
    group = {name: found[name].values.get("group") for name in found}
    slow = sorted((event["duration_ns"] for event in events if event["duration_ns"] is not None), reverse=True)[:10]
    return {
        "most_time": lambda event: event["category"] == group["most_time"],
        "most_wall": lambda event: event["category"] == group["most_wall"],
        "slowest": lambda event: event["duration_ns"] is not None and event["duration_ns"] >= slow[-1],
        "cache_rate": lambda event: event["kind"] == "Run" and event["status"] == "cached",
        "missed_category": lambda event: event in miss and event["category"] == group["missed_category"],
        "missed_owner": lambda event: (
            event in miss and facts.counting.value_of(event, "owner_unconfigured") == group["missed_owner"]
        ),
        "changed": lambda event: event["id"] == found["changed"].jump.event,
        "inputs": lambda event: (
            event["category"] == found["inputs"].values["category"] and (event["input_materialization_ns"] or 0) > 0
        ),
    }


def test_a_jump_leads_to_the_events_that_are_meant(fill, action):
    """The filter of every insight lets those events pass that its numbers are of."""
    first = [
        action(end=10 + number, duration=number, category=category, identifier="x", owner=owner, execution_kind=how)
        for number, (category, owner, how) in enumerate(
            [
                ("cxx", "root//a:b (c)", "Local"),
                ("cxx", "root//a:b (d)", "ActionCache"),
                ("Cxx", "root//a:B (d)", "Remote"),
                ('"; --', None, "Remote"),
                ("rust", "root//a:b", "Local"),
                *[("cxx", "root//z:z", "LocalDepFile")] * 9,
            ]
        )
    ]
    second = [
        action(50, 20, category="cxx", identifier="x", owner="root//z:z", input_materialization_duration_millis=5)
    ]
    second.append('{"StarlarkUserEvent":{"id":"x","metadata":{"n":2147483647}},"epoch_millis":1771287108000}')
    filled = fill(first, second)
    found = found_in(filled.asker, ALL)
    tests = predicates(filled.events, found)
    assert set(tests) == {name for name in found if found[name].jump.filter}
    for name, passes in tests.items():
        scope = Scope(compile_filter(found[name].jump.filter))
        page = rows.page(filled.asker, scope, ("id",), rows.Order("id"), (0, 100))
        wanted = [event["id"] for event in filled.events if passes(event)]
        if name == "changed":
            assert set(wanted) < {row[0] for row in page}
        else:
            assert [row[0] for row in page] == wanted, name
        assert wanted


def test_insights_keep_to_their_scope(fill, action):
    """A filter and a run narrow every insight; what ran is compared with all other runs all the same."""
    runs = [
        [action(end=10, duration=5, category="a", execution_kind="ActionCache", owner="o")],
        [action(end=30, duration=9, category="a", owner="o"), action(end=30, duration=20, category="b")],
    ]
    filled = fill(*runs)
    found = found_in(filled.asker, Scope(compile_filter("category == a"), run=2))
    assert found["slowest"].values["duration_ns"] == 9_000_000
    assert found["cache_rate"].values == {"rate": 0.0, "hits": 0, "eligible": 1}
    assert found["changed"].values["costliest_ns"] == 9_000_000
    assert found["tail"].jump.run == 2
    assert "changed" not in found_in(filled.asker, Scope(run=1))


def test_no_part_of_a_run_that_is_cut_short(fill, action, generate):
    """Actions count whole where they touch the window: how much of a part of the run they took would be no share."""
    filled = fill([action(end=100, duration=100), action(end=120, duration=10)])
    window = (generate.begin + 50 * generate.ms, generate.begin + 60 * generate.ms)
    assert found_in(filled.asker, ALL)["most_wall"].values["share"] == pytest.approx(110 / 120)
    cut = found_in(filled.asker, Scope(window=window))
    assert cut["most_wall"].values["wall_ns"] == 100 * generate.ms
    assert "share" not in cut["most_wall"].values
    assert all(
        part.value <= 1
        for one in cut.values()
        for part in one.line
        if isinstance(part, Number) and part.measure is Measure.SHARE
    )


def test_a_run_is_told_by_its_number_where_there_are_several(fill, action):
    """Which run idled, and which had a tail, is said by number; of a single one that goes without saying."""
    quiet = [action(end=2, duration=1), action(end=2, duration=1)]
    idle = [action(end=10, duration=1), action(end=90, duration=5), action(end=91, duration=5)]
    alone, both = (found_in(fill(*lines).asker, ALL) for lines in ([idle], [quiet, idle]))
    assert "; the run idled for " in alone["idle"].text
    assert "at its end the run had " in alone["tail"].text
    assert "; run 2 idled for " in both["idle"].text
    assert "at its end run 2 had " in both["tail"].text
    assert (both["idle"].jump.run, both["tail"].jump.run) == (2, 2)


def test_runs_at_the_same_time_count_together(fill, action):
    """Where runs overlap, actions in flight on average are those of all runs, as those at most are."""
    lines = [action(end=10, duration=10), action(end=10, duration=10)]
    found = found_in(fill(lines, lines).asker, ALL)["busiest"]
    assert (found.values["most"], found.values["mean"]) == (4, 4.0)


def test_the_slowest_are_not_what_waited_for_them(fill, action):
    """The filter for the slowest actions leaves out what only waited for actions, where there is such."""
    waits = '{"BxlEnsureArtifactsEvent":{"duration_millis":9000},"epoch_millis":1771287108000}'
    lines = [action(end=9, duration=number) for number in (1, 2, 3)]
    assert found_in(fill(lines).asker, ALL)["slowest"].jump.filter == "duration >= 1ms"
    filled = fill([*lines, waits])
    jump = found_in(filled.asker, ALL)["slowest"].jump
    page = rows.page(filled.asker, Scope(compile_filter(jump.filter)), ("kind",), rows.Order("id"), (0, 100))
    assert page == [("Run",)] * 3


def test_no_number_of_none(fill, action):
    """That no action spent half of its time waiting is not said."""
    line = action(end=9, duration=8, category="a", input_materialization_duration_millis=2)
    assert found_in(fill([line]).asker, ALL)["inputs"].text.endswith(" of its time")
    line = action(end=9, duration=8, category="a", input_materialization_duration_millis=4)
    assert found_in(fill([line]).asker, ALL)["inputs"].text.endswith("; 1 action spent half of theirs or more")


def test_what_holds_for_nothing_is_left_out(fill, action):
    """A log without actions has no insights; one instant action has none that would say nothing."""
    assert found_in(fill([]).asker, ALL) == {}
    assert found_in(fill(["{}"]).asker, ALL) == {}
    assert set(found_in(fill([action(duration=0, kind="Copy")]).asker, ALL)) == set()


def test_a_log_without_categories_groups_by_name(fill):
    """Where no action has a category, the groups are by name."""
    lines = [f'{{"timestamp":{1000 + at},"event":"e{at % 2}","duration_ns":{at}}}' for at in range(5)]
    found = found_in(fill(lines).asker, ALL)
    assert found["most_time"].values["group"] == "e0"
    assert found["most_time"].jump.filter == "name == e0"


def test_lines_read_well(fill, action):
    """A line is words, numbers and text of the log in turn; one thing is not many; text is as it stood."""
    filled = fill([action(end=10, duration=5, category="[b]\x1b", execution_kind="Local")])
    found = found_in(filled.asker, ALL)
    line = found["most_time"].line
    assert [part if isinstance(part, str) else part.value for part in line] == [
        "[b]\x1b",
        " took the most time: ",
        5_000_000,
        " summed over ",
        1,
        " action",
        ", ",
        1.0,
        " of all",
    ]
    numbers = [part for insight in found.values() for part in insight.line if isinstance(part, Number)]
    assert {number.measure for number in numbers} == set(Measure)
    assert isinstance(line[0], Text)


def test_no_name_is_without_a_sign():
    """What is missing, what is empty and what has a name read differently, so that no line begins with nothing."""
    assert [shown(Text("category", value)) for value in (None, "", "link")] == ["(none)", '""', "link"]


def test_a_run_without_actions_does_not_idle(fill, action):
    """Where no event takes time, nothing is said of times in which none ran; a filter that leaves none says it."""
    instants = [f'{{"timestamp":"2026-11-20T09:0{minute}:00Z","event":"a"}}' for minute in range(5)]
    assert "idle" not in found_in(fill(*[instants]).asker, ALL)
    busy = [action(end=10, duration=1), action(end=20, duration=5)]
    assert found_in(fill(instants, busy).asker, ALL)["idle"].jump.run == 2
    nothing = found_in(fill(busy).asker, Scope(compile_filter("category == none")))
    assert nothing["idle"].jump.run == 1
