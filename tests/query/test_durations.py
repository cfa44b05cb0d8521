from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlx.query import durations
from tlx.query.ask import ALL, Scope
from tlx.query.language.compile import compile_filter


def nearest_rank(values, percent):
    """Return the smallest value that at least `percent` of the values do not exceed."""
    return next(v for v in sorted(values) if 100 * sum(other <= v for other in values) >= percent * len(values))


def label_of(event, by):
    """Return the value an event is grouped by."""
    if by != "owner_unconfigured":
        return event[by]
    owner = event["owner"]
    return owner[: owner.index(" (")] if owner is not None and owner.endswith(")") and " (" in owner else owner


def expected(events, by):
    """Return the groups by label, as naive Python makes them."""
    spans = [event for event in events if event["duration_ns"] is not None and event["kind"] != "ensure"]
    whole = sum(event["duration_ns"] for event in spans)
    groups = {}
    for label in {label_of(event, by) for event in spans}:
        own = [event for event in spans if label_of(event, by) == label]
        values = [event["duration_ns"] for event in own]
        longest = {event["id"] for event in own if event["duration_ns"] == max(values)}
        numbers = (len(values), sum(values), sum(values) // len(values), nearest_rank(values, 50))
        share = sum(values) / whole if whole else 0.0
        groups[label] = ((*numbers, nearest_rank(values, 95), max(values)), share, longest)
    return groups


def check(groups, wanted):
    """Compare groups with the naive ones."""
    assert {group.label for group in groups} == set(wanted)
    assert len(groups) == len(wanted)
    for group in groups:
        numbers, share, longest = wanted[group.label]
        found = (group.calls, group.total_ns, group.mean_ns, group.p50_ns, group.p95_ns, group.max_ns)
        assert found == numbers
        assert group.share == pytest.approx(share, rel=1e-12)
        assert group.longest_id in longest


@pytest.mark.parametrize("by", durations.GROUPS)
def test_groups_are_what_python_counts(build, by):
    """Calls, total, floored mean, nearest-rank percentiles, maximum and share of every group are exact."""
    check(durations.groups(build.asker, ALL, by), expected(build.events, by))


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", durations.SORTS)
def test_groups_sort_by_every_column(build, sort, descending):
    """Groups sort by every column both ways; ties go by label, a missing label comes last among labels."""
    groups = durations.groups(build.asker, ALL, "owner", sort, descending=descending)
    by_label = sorted(groups, key=lambda group: (group.label is None, group.label or ""))
    if sort == "label":
        present = [group for group in by_label if group.label is not None]
        wanted = (present[::-1] if descending else present) + [group for group in groups if group.label is None]
    else:
        wanted = sorted(by_label, key=lambda group: getattr(group, sort), reverse=descending)
    assert groups == wanted


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_any_log_groups_as_python_does(fill, generate, data):
    """The groups of any log, within a run or all, are those that Python makes."""
    filled = fill(*data.draw(generate.logs(20)))
    run, by = data.draw(st.sampled_from((None, 1))), data.draw(st.sampled_from(tuple(durations.GROUPS)))
    inside = [event for event in filled.events if run in (None, event["run"])]
    check(durations.groups(filled.asker, Scope(run=run), by), expected(inside, by))


@settings(deadline=None, max_examples=30)
@given(values=st.lists(st.integers(0, 2**40), min_size=1, max_size=120))
def test_percentiles_are_nearest_rank(fill, action, values):
    """p50 and p95 are the smallest durations that half and 95 % of the calls do not exceed, whatever their number."""
    filled = fill([action(duration=value, category="x") for value in values])
    (group,) = durations.groups(filled.asker, ALL, "name")
    assert (group.p50_ns, group.p95_ns) == (nearest_rank(values, 50) * 10**6, nearest_rank(values, 95) * 10**6)


@pytest.mark.parametrize("calls", [19, 20, 21, 39, 40, 41, 99, 100, 101, 1000])
def test_p95_is_exact_where_rounding_would_show(fill, action, calls):
    """Among 1 to n ms, p95 is the ceiling of 95 n / 100: no rounding moves it by a rank."""
    filled = fill([action(duration=value, category="x") for value in range(1, calls + 1)])
    (group,) = durations.groups(filled.asker, ALL, "category")
    assert group.p95_ns == -(-95 * calls // 100) * 10**6


@pytest.mark.parametrize(
    ("owner", "label"),
    [
        ("root//a:b (cfg//linux#12)", "root//a:b"),
        ("root//a:b (<unbound>)", "root//a:b"),
        ("root//a:b", "root//a:b"),
        ("root//a:b (cfg) (exec)", "root//a:b"),
        ("root//a:b (cfg", "root//a:b (cfg"),
        ("root//a(b)", "root//a(b)"),
        (" (cfg)", ""),
        ("", ""),
        ("root//e\u0301\U0001f468\u200d\U0001f469:lib (cfg)", "root//e\u0301\U0001f468\u200d\U0001f469:lib"),
        (None, None),
    ],
)
def test_an_owner_without_its_configuration(fill, action, owner, label):
    """The configuration behind a label is left off; an owner that has none stays whole."""
    filled = fill([action(owner=owner)])
    (group,) = durations.groups(filled.asker, ALL, "owner_unconfigured")
    assert group.label == label


def test_spans_that_only_wait_do_not_count(fill, action):
    """An ensure event waits for actions whose time would else count twice; an unfinished one has no time."""
    filled = fill([action(kind="ensure", duration=50), action(duration=None), action(duration=5, category="c")])
    (group,) = durations.groups(filled.asker, ALL, "category")
    assert (group.calls, group.total_ns, group.share) == (1, 5_000_000, 1.0)


def test_durations_of_zero_share_nothing(fill, action):
    """Where all spans took no time, every share is zero and nothing is divided by it."""
    filled = fill([action(duration=0, category="a"), action(duration=0, category="b")])
    assert [group.share for group in durations.groups(filled.asker, ALL, "category")] == [0.0, 0.0]


def test_totals_beyond_64_bits_are_exact(fill, action):
    """The sum of the longest possible spans is exact, although no 64-bit integer holds it."""
    filled = fill([action(duration=9_223_372_036_854, category="c")] * 5)
    (group,) = durations.groups(filled.asker, ALL, "category")
    assert group.total_ns == 5 * 9_223_372_036_854_000_000
    assert group.mean_ns == 9_223_372_036_854_000_000


def test_a_filter_narrows_the_groups(build):
    """Shares are of the spans that the filter leaves."""
    scope = Scope(compile_filter("execution_kind == Local"))
    inside = [event for event in build.events if event["execution_kind"] == "Local"]
    check(durations.groups(build.asker, scope, "category"), expected(inside, "category"))


def test_only_known_groups_and_sorts(build):
    """A group or a sort that does not exist is refused before it could become SQL."""
    for by, sort in (("nothing", "calls"), ("name", "nothing"), ("name; DROP TABLE events", "calls")):
        with pytest.raises(ValueError, match="cannot group by"):
            durations.groups(build.asker, ALL, by, sort)
