"""Spans grouped by a column: calls, total, mean, percentiles, share.

Percentiles are nearest-rank: p95 is the smallest duration that at least 95 % of the calls do not exceed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tlx.query.ask import ACTIONS, Asker, Scope

GROUPS = {
    "name": "name",
    "category": "category",
    "kind": "kind",
    "execution_kind": "execution_kind",
    "owner": "owner",
    "owner_unconfigured": "CASE WHEN ends_with(owner, ')') AND contains(owner, ' (')"
    " THEN owner[:strpos(owner, ' (') - 1] ELSE owner END",
}
"""What spans can be grouped by, with its SQL. A configured owner reads `label (configuration)`."""

SORTS = ("label", "calls", "total_ns", "mean_ns", "p50_ns", "p95_ns", "max_ns")
"""The columns of a group that it can be sorted by."""


@dataclass(frozen=True, slots=True)
class Group:
    """The spans that share a value; durations in ns, `total_ns` their sum, which overlap may make exceed the wall."""

    label: str | None
    calls: int
    total_ns: int
    mean_ns: int
    p50_ns: int
    p95_ns: int
    max_ns: int
    share: float
    """Of the total of all spans in the scope, 0 to 1."""
    longest_id: int
    """The longest span among them."""


def groups(asker: Asker, scope: Scope, by: str, sort: str = "total_ns", *, descending: bool = True) -> list[Group]:
    """Return the groups of the spans in the scope, all of them.

    Raises:
        ValueError: no such group or sort column.
    """
    if by not in GROUPS or sort not in SORTS:
        raise ValueError(f"cannot group by {by!r} or sort by {sort!r}")
    where, values = scope.where(ACTIONS)
    rows = asker.rows(
        "SELECT label, calls, total_ns, mean_ns, p50_ns, p95_ns, max_ns,"
        " coalesce(total_ns / nullif(sum(total_ns) OVER (), 0), 0)::DOUBLE AS share, longest_id FROM ("
        f" SELECT {GROUPS[by]} AS label, count(*) AS calls, sum(duration_ns) AS total_ns,"
        " sum(duration_ns) // count(*) AS mean_ns, quantile_disc(duration_ns, 0.5) AS p50_ns,"
        " quantile_disc(duration_ns, 0.95) AS p95_ns, max(duration_ns) AS max_ns,"
        f" arg_max(id, duration_ns) AS longest_id FROM events{where} GROUP BY label)"
        f" ORDER BY {sort} {'DESC' if descending else 'ASC'} NULLS LAST, label",
        values,
    )
    return [_group(row) for row in rows]


def _group(row: tuple[Any, ...]) -> Group:
    label, calls, total, mean, p50, p95, longest, share, longest_id = row
    return Group(label, calls, int(total), int(mean), p50, p95, longest, share, longest_id)
