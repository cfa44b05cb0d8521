from __future__ import annotations

import pytest

from query.grouping import counting
from tlx.query import durations
from tlx.query.ask import ALL, Scope
from tlx.query.fields import COMMON
from tlx.query.language.parse import FilterError


@pytest.mark.parametrize("by", COMMON)
def test_every_group_of_a_field_comes_back(build, by):
    """All groups by a field are there, the longest together first, with the numbers that Python counts."""
    inside = [event for event in build.events if event["run"] == 2]
    found = durations.groups(build.asker, Scope(run=2), by)
    wanted = counting.groups(inside, [by])
    assert {group.values: (group.calls, group.total_ns, group.p95_ns) for group in found} == {
        values: (group["calls"], group["total_ns"], group["p95_ns"]) for values, group in wanted.items()
    }
    totals = [group.total_ns for group in found]
    assert totals == sorted(totals, reverse=True)


def test_groups_sort_both_ways(build):
    """The order can be turned round."""
    shortest = durations.groups(build.asker, ALL, "owner", "max_ns", descending=False)
    assert shortest[0].max_ns == min(group.max_ns for group in shortest) < shortest[-1].max_ns


def test_only_known_groups_and_sorts(build):
    """A field or a column that does not exist is refused before it could become SQL."""
    with pytest.raises(FilterError):
        durations.groups(build.asker, ALL, "name; DROP TABLE events")
    with pytest.raises(ValueError, match="cannot sort"):
        durations.groups(build.asker, ALL, "name", "nothing")
