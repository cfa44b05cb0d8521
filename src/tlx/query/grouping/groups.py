"""Actions grouped by any fields: how many, how long together, how long at least one of them ran, and percentiles.

Percentiles are nearest-rank: p95 is the smallest duration that at least 95 % of the calls do not exceed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tlx.query.ask import Asker, Scope
from tlx.query.fields import Field, Value
from tlx.query.grouping.kept import BUCKETS, key
from tlx.query.grouping.ordering import Term
from tlx.query.grouping.statement import DETAILS, PERCENTS, WALL, Wanted, of_events, statement
from tlx.query.language.compile import Condition

__all__ = ["BUCKETS", "PERCENTS", "SORTS", "Group", "Groups", "Order", "Part", "group_of", "groups", "place"]

_TOTALS = ("calls", "total_ns", "mean_ns", "max_ns", "share")
_SORTED_BY = {"mean_ns": "total_ns // calls", "share": "total_ns"}
"""SQL over the totals for what follows from them, and is made for the groups that are wanted alone."""
SORTS = ("label", *_TOTALS, *DETAILS, WALL)
"""What groups can be sorted by, besides each of their fields; `label` is all their fields, in order."""


@dataclass(frozen=True, slots=True)
class Group:
    """The actions that share the values of some fields; durations in ns."""

    values: tuple[Value, ...]
    calls: int
    total_ns: int
    """The sum of the durations, which overlap may make exceed the wall."""
    wall_ns: int | None
    """The time during which at least one of them ran; None where it was not asked for."""
    mean_ns: int
    p50_ns: int
    p90_ns: int
    p95_ns: int
    p99_ns: int
    max_ns: int
    share: float
    """Of the summed time of all actions in the scope, 0 to 1."""
    longest_id: int
    """The longest action among them, of equals the first to arrive."""
    histogram: tuple[int, ...]
    """How many durations lie in each of the buckets that `BUCKETS` parts."""

    @property
    def label(self) -> str | None:
        """The value of the first field, as text."""
        return None if self.values[0] is None else str(self.values[0])


@dataclass(frozen=True, slots=True)
class Groups:
    """Some of the groups, in order, and how many groups, calls and ns there are in all."""

    rows: list[Group]
    number: int
    calls: int
    total_ns: int


@dataclass(frozen=True, slots=True)
class Order:
    """What to sort by: one of `SORTS`, or the name of a field. Missing values come last, ties go by the fields.

    What reads as a number in a payload is sorted as one, before texts.
    """

    column: str = "total_ns"
    descending: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """Which of the sorted groups: from row `first` on, `limit` of them or all. `wall`: whether `wall_ns` is wanted."""

    first: int = 0
    limit: int | None = None
    wall: bool = False


def groups(
    asker: Asker, scope: Scope, by: Sequence[Field], order: Order | None = None, part: Part | None = None
) -> Groups:
    """Return the groups of the actions in the scope.

    Actions without a known start add nothing to the wall.

    Raises:
        ValueError: no fields to group by, or no such column to sort by.
    """
    wanted = _wanted(by, order or Order(), part or Part())
    rows = asker.rows(*statement(asker, scope, wanted).page())
    if rows[0][3]:
        rows = asker.rows(*of_events(asker, scope, wanted).page())
    number, calls, total, _ = rows[0][:4]
    found = [_group(row[4:], len(by)) for row in rows if row[4] is not None]
    return Groups(found, int(number), int(calls or 0), int(total or 0))


def place(asker: Asker, scope: Scope, by: Sequence[Field], order: Order, values: Sequence[Value]) -> int | None:
    """Return the row number of the group with these values, or None where there is none.

    Raises:
        ValueError: no fields to group by, or no such column to sort by.
    """
    found = asker.rows(*statement(asker, scope, _wanted(by, order, Part())).place(values))
    return int(found[0][0]) if found else None


def group_of(asker: Asker, scope: Scope, by: Sequence[Field], event_id: int) -> tuple[Value, ...] | None:
    """Return the values of the group that an event of the scope counts in; None where it counts in none."""
    one = scope.narrowed(Condition(sql=f"id = {int(event_id)}"))
    rows = asker.rows(*of_events(asker, one, _wanted(by, Order(), Part())).page())
    return next((_group(row[4:], len(by)).values for row in rows if row[4] is not None), None)


def _wanted(by: Sequence[Field], order: Order, part: Part) -> Wanted:
    if not by:
        raise ValueError("nothing to group by")
    return Wanted(by, _terms(by, order), order.column, part.first, part.limit, walls=part.wall)


def _terms(by: Sequence[Field], order: Order) -> list[Term]:
    """What to sort by.

    Raises:
        ValueError: there is no such column.
    """

    def term(number: int, *, descending: bool) -> Term:
        return Term(by[number].sort_key(key(number), descending=descending), descending)

    names = [field.name for field in by]
    if order.column in names:
        first = [term(names.index(order.column), descending=order.descending)]
    elif order.column == "label":
        first = [term(number, descending=order.descending) for number in range(len(names))]
    elif order.column in SORTS:
        first = [Term(_SORTED_BY.get(order.column, order.column), order.descending)]
    else:
        raise ValueError(f"cannot sort groups by {order.column!r}")
    ties = [term(number, descending=False) for number in range(len(names))]
    return [*first, *ties, *(Term(key(number)) for number in range(len(names)))]


def _group(row: tuple[Any, ...], fields: int) -> Group:
    _, calls, total, mean, longest, share, (p50, p90, p95, p99), longest_id, histogram, wall = row[:-fields]
    return Group(
        values=row[-fields:],
        calls=calls,
        total_ns=int(total),
        wall_ns=wall,
        mean_ns=int(mean),
        p50_ns=p50,
        p90_ns=p90,
        p95_ns=p95,
        p99_ns=p99,
        max_ns=longest,
        share=share,
        longest_id=longest_id,
        histogram=tuple(histogram.get(bucket, 0) for bucket in range(len(BUCKETS) + 1)),
    )
