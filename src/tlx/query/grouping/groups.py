"""Actions grouped by any fields: how many, how long together, how long at least one of them ran, and percentiles.

Percentiles are nearest-rank: p95 is the smallest duration that at least 95 % of the calls do not exceed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tlx.query.ask import ACTIONS, Asker, Scope
from tlx.query.concurrency.islands import islands, stretch, with_reach
from tlx.query.fields import Field, Value
from tlx.query.grouping.kept import Kept, Made

BUCKETS = (*(factor * 10**exponent for exponent in range(6, 12) for factor in (1, 3)), 10**12)
"""Where the buckets of a histogram of durations begin, in ns: 1 ms, 3 ms, 10 ms and so on to 1000 s.

The first bucket holds what is shorter than the first of them: there is one bucket more than beginnings.
"""

PERCENTS = (50, 90, 95, 99)

_TOTALS = ("calls", "total_ns", "mean_ns", "max_ns", "share")
_DETAILS = tuple(f"p{percent}_ns" for percent in PERCENTS)
SORTS = ("label", *_TOTALS, *_DETAILS, "wall_ns")
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
    if not by:
        raise ValueError("nothing to group by")
    rows = asker.rows(*_Question(scope, by, order or Order(), part or Part()).sql(asker))
    number, calls, total = rows[0][:3]
    found = [_group(row[3:], len(by)) for row in rows if row[3] is not None]
    return Groups(found, int(number), int(calls or 0), int(total or 0))


def place(asker: Asker, scope: Scope, by: Sequence[Field], order: Order, values: Sequence[Value]) -> int | None:
    """Return the row number of the group with these values, or None where there is none.

    Raises:
        ValueError: no fields to group by, or no such column to sort by.
    """
    sql, parameters = _Question(scope, by, order, Part()).place(asker)
    found = asker.rows(sql, [*parameters, *values])
    return int(found[0][0]) if found else None


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


class _Question:
    """One question for groups, as SQL: totals of all groups first, then what takes long, for those that are wanted."""

    def __init__(self, scope: Scope, by: Sequence[Field], order: Order, part: Part) -> None:
        self._scope = scope
        self._by = by
        self._order = order
        self._part = part
        self._keys = [f"key_{number}" for number in range(len(by))]
        self._made = Made.of(by)
        self._early = order.column not in (*_DETAILS, "wall_ns")
        """Whether totals tell which groups are wanted, so that only for those is found what takes long."""
        self._by_wall = order.column == "wall_ns"
        self._with_walls = part.wall or self._by_wall

    def sql(self, asker: Asker) -> tuple[str, list[Any]]:
        """Return the statement and its values."""
        steps, values = self._steps(asker)
        late = "" if self._by_wall else " LEFT JOIN walls USING (place)"
        sql = (
            f"WITH {steps} SELECT overall.*, row, {_COLUMNS}, {', '.join(self._keys)} FROM overall"
            f" LEFT JOIN (wanted JOIN histograms USING (place){late}) ON true ORDER BY row"
        )
        return sql, values

    def place(self, asker: Asker) -> tuple[str, list[Any]]:
        """Return the statement that finds one group among all, and its values; those of its fields come behind."""
        steps, values = self._steps(asker)
        if self._early:
            steps += f", ordered AS (SELECT *, row_number() OVER (ORDER BY {self._sorted()}) AS row FROM page)"
        same = " AND ".join(f"{key} IS NOT DISTINCT FROM ?" for key in self._keys)
        return f"WITH {steps} SELECT row - 1 FROM {'ordered' if self._early else 'ranked'} WHERE {same}", values

    def _steps(self, asker: Asker) -> tuple[str, list[Any]]:
        """What is asked one after the other, and the values of it; a step that nobody asks for costs nothing."""
        kept = Kept.of(asker, self._scope, self._made, walls=self._with_walls)
        spans, values = self._spans(kept)
        order = self._sorted()
        steps = {
            "spans": spans,
            "parts": f"MATERIALIZED ({self._parts(kept)})",
            "grouped": f"MATERIALIZED ({self._grouped()})",
            "overall": f"({_OVERALL})",
            "page": f"MATERIALIZED ({self._page(order)})",
            "members": f"MATERIALIZED ({self._of_page('spans', 'span_id, span_start, span_time, span_ns')})",
            "lengths": f"MATERIALIZED ({self._lengths(kept)})",
            "details": f"({_DETAILED_BY_LENGTHS if kept.lengths else _DETAILED})",
        }
        walls = f"({self._walls(asker, kept)})"
        if self._by_wall:
            steps["walls"] = walls
        timed = _DETAILS_OF_PAGE + (" LEFT JOIN walls USING (place)" if self._by_wall else "")
        steps |= {
            "ranked": f"(SELECT *, row_number() OVER (ORDER BY {order}) AS row FROM {timed})",
            "wanted": f"MATERIALIZED (SELECT * FROM ranked{'' if self._early else self._rows()})",
            "histograms": f"({_histograms('lengths' if kept.lengths else 'members')})",
        }
        # Where nothing is sorted by it, the wall is found only for the groups that are wanted.
        steps.setdefault("walls", walls)
        return ", ".join(f"{name} AS {step}" for name, step in steps.items()), values

    def _spans(self, kept: Kept) -> tuple[str, list[Any]]:
        """The actions in the scope with what they are grouped by; kept where that takes long to find."""
        seen = () if kept.seen is None else (f"rowid < {kept.seen}",)
        where, values = self._scope.where(ACTIONS, *seen)
        keep = "" if self._scope.condition.sql or any(field.is_path for field in self._by) else "NOT "
        sql = (
            f"{keep}MATERIALIZED (SELECT id AS span_id, start AS span_start, time AS span_time,"
            f" duration_ns AS span_ns, {self._made.fetched} FROM events{where})"
        )
        return sql, [*self._made.parameters, *values]

    def _parts(self, kept: Kept) -> str:
        """Totals by what the fields are made from, which is cheaper than to make them for every action."""
        keys = ", ".join(f"{field.sql} AS {key}" for field, key in zip(self._by, self._keys, strict=True))
        totals = "count(*) AS calls, sum(span_ns) AS total_ns, max(span_ns) AS max_ns FROM spans"
        if kept.totals:
            totals = f"sum(calls) AS calls, sum(total_ns) AS total_ns, max(max_ns) AS max_ns FROM {kept.totals}"
        return f"SELECT *, {keys} FROM (SELECT {', '.join(self._made.sources)}, {totals} GROUP BY ALL)"

    def _grouped(self) -> str:
        return (
            "SELECT *, total_ns // calls AS mean_ns FROM"
            f" (SELECT {', '.join(self._keys)}, sum(calls)::BIGINT AS calls, sum(total_ns) AS total_ns,"
            " max(max_ns) AS max_ns FROM parts GROUP BY ALL)"
        )

    def _page(self, order: str) -> str:
        """The groups to look at closely, each with a number as its place."""
        cut = ""
        if self._early:
            limit = "" if self._part.limit is None else f" LIMIT {int(self._part.limit)}"
            cut = f" ORDER BY {order}{limit} OFFSET {int(self._part.first)}"
        return (
            "SELECT *, row_number() OVER () AS place FROM (SELECT grouped.*,"
            f" coalesce(grouped.total_ns / nullif(all_ns, 0), 0)::DOUBLE AS share FROM grouped, overall{cut})"
        )

    def _of_page(self, rows: str, columns: str) -> str:
        """The actions of these groups, or what is kept of them, with the place of their group."""
        same = " AND ".join(f"parts.{key} IS NOT DISTINCT FROM page.{key}" for key in self._keys)
        sources = self._made.sources
        joined = " AND ".join(f"spans.{source} IS NOT DISTINCT FROM own.{source}" for source in sources)
        own = ", ".join(f"parts.{source}" for source in sources)
        return (
            f"SELECT place, max_ns, of_group, {columns} FROM {rows} AS spans JOIN (SELECT {own}, place, page.max_ns,"
            f" page.calls AS of_group FROM parts JOIN page ON {same}) AS own ON {joined}"
        )

    def _lengths(self, kept: Kept) -> str:
        """How many of each length the groups have, and how many up to it."""
        if not kept.lengths:
            return "SELECT NULL"
        upto = "sum(number) OVER (PARTITION BY place ORDER BY span_ns ROWS UNBOUNDED PRECEDING)"
        return f"SELECT *, {upto} AS upto FROM ({self._of_page(kept.lengths, 'span_id, span_ns, number')})"

    def _walls(self, asker: Asker, kept: Kept) -> str:
        if not self._with_walls:
            return "SELECT NULL::BIGINT AS place, NULL::BIGINT AS wall_ns"
        members = "members" if not kept.islands else f"({self._of_page(kept.islands, 'span_start, span_time')})"
        if not self._by_wall:
            members += " SEMI JOIN wanted USING (place)"
        own = self._own_of_islands(members) if kept.islands else self._own_of_spans(asker, members)
        return (
            f"SELECT place, coalesce(wall_ns, 0) AS wall_ns FROM {'page' if self._by_wall else 'wanted'} LEFT JOIN"
            f" (SELECT place, sum(own)::BIGINT AS wall_ns FROM ({own}) GROUP BY place) USING (place)"
        )

    def _own_of_spans(self, asker: Asker, members: str) -> str:
        """By place: what each action adds to those that started before it."""
        spans = f"SELECT place, span_start, span_time FROM {members} WHERE span_start IS NOT NULL"
        reached = with_reach(spans, stretch(asker), self._part.limit if self._early else None)
        own = "greatest(0, span_time - greatest(span_start, coalesce(reach, span_start)))"
        return f"SELECT place, {own} AS own FROM {reached}"

    def _own_of_islands(self, members: str) -> str:
        """By place: how long each island is, made of those that are kept, for these may overlap."""
        joined = islands(f"(SELECT place, span_start, span_time FROM {members})", ["place"])
        return f"SELECT place, span_time - span_start AS own FROM {joined}"

    def _sorted(self) -> str:
        """What to sort by.

        Raises:
            ValueError: there is no such column.
        """
        descending = self._order.descending
        direction = "DESC" if descending else "ASC"
        names = [field.name for field in self._by]
        if self._order.column in names:
            first = [self._sort_key(names.index(self._order.column), descending=descending)]
        elif self._order.column == "label":
            first = [self._sort_key(number, descending=descending) for number in range(len(names))]
        elif self._order.column in SORTS:
            first = [self._order.column]
        else:
            raise ValueError(f"cannot sort groups by {self._order.column!r}")
        columns = [f"{column} {direction}" for column in first]
        ties = [self._sort_key(number, descending=False) for number in range(len(names))]
        return ", ".join(f"{column} NULLS LAST" for column in dict.fromkeys((*columns, *ties, *self._keys)))

    def _sort_key(self, number: int, *, descending: bool) -> str:
        return self._by[number].sort_key(self._keys[number], descending=descending)

    def _rows(self) -> str:
        first, limit = int(self._part.first), self._part.limit
        return f" WHERE row > {first}" + ("" if limit is None else f" AND row <= {first + int(limit)}")


_COLUMNS = "calls, total_ns, mean_ns, max_ns, share, ranks, longest_id, histogram, wall_ns"

_OVERALL = "SELECT count(*) AS groups, sum(calls)::BIGINT AS all_calls, sum(total_ns) AS all_ns FROM grouped"

_BY_NAME = ", ".join(f"ranks[{number}] AS {name}" for number, name in enumerate(_DETAILS, 1))

_DETAILED = (
    f"SELECT *, {_BY_NAME} FROM"
    f" (SELECT place, quantile_disc(span_ns, [{', '.join(str(percent / 100) for percent in PERCENTS)}]) AS ranks,"
    " min(span_id) FILTER (span_ns = max_ns) AS longest_id FROM members GROUP BY place)"
)

_UP_TO = ", ".join(f"min(span_ns) FILTER (upto * 100 >= {percent} * of_group)" for percent in PERCENTS)

_DETAILED_BY_LENGTHS = (
    f"SELECT *, {_BY_NAME} FROM (SELECT place, [{_UP_TO}] AS ranks,"
    " min(span_id) FILTER (span_ns = max_ns) AS longest_id FROM lengths GROUP BY place)"
)

_DETAILS_OF_PAGE = "page JOIN details USING (place)"


def _histograms(rows: str) -> str:
    """How many of the `members`, or of the `lengths`, lie in each bucket."""
    number = "count(*)" if rows == "members" else "sum(number)::BIGINT"
    return (
        "SELECT place, map(list(bucket), list(number)) AS histogram FROM (SELECT place,"
        f" {' + '.join(f'(span_ns >= {begin})::UTINYINT' for begin in BUCKETS)} AS bucket, {number} AS number"
        f" FROM {rows} SEMI JOIN wanted USING (place) GROUP BY ALL) GROUP BY place"
    )
