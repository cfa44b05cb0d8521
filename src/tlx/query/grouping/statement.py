"""The question for groups, as SQL: totals of all groups first, then what takes long, for those that are wanted.

What is kept answers it while a log grows; else it is asked of all events.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tlx.query.ask import ACTIONS, Asker, Scope
from tlx.query.concurrency.islands import islands, stretch, with_reach
from tlx.query.fields import Field, Value
from tlx.query.grouping.kept import BUCKET_OF_CELL, BUCKETS, Kept, Made, in_cell, numbers
from tlx.query.grouping.ordering import Term, order_by, place_of
from tlx.query.growing.ledger import ALONE, KEY

PERCENTS = (50, 90, 95, 99)

DETAILS = tuple(f"p{percent}_ns" for percent in PERCENTS)
"""The columns of the percentiles."""
WALL = "wall_ns"
"""The column of the time during which at least one action ran."""


_COLUMNS = "calls, total_ns, mean_ns, max_ns, share, ranks, longest_id, histogram, wall_ns"

_OVERALL = "SELECT count(*) AS groups, sum(calls)::BIGINT AS all_calls, sum(total_ns) AS all_ns FROM grouped"

_BY_NAME = ", ".join(f"ranks[{number}] AS {name}" for number, name in enumerate(DETAILS, 1))

_DETAIL = f"ranks, longest_id, {', '.join(DETAILS)}"

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


_BUCKET = " + ".join(f"(span_ns >= {begin})::UTINYINT" for begin in BUCKETS)

_PICKED = " OR ".join(
    f"(upto * 100 >= {percent} * of_group AND (upto - number) * 100 < {percent} * of_group)" for percent in PERCENTS
)
"""Which cells hold a percentile, or the longest."""


class Wanted(NamedTuple):
    """Which groups, and what of them."""

    by: Sequence[Field]
    terms: Sequence[Term]
    """What to sort by; the last of them tell every group from every other."""
    column: str
    """The column sorted by, as it was named."""
    first: int
    """The row to begin with."""
    limit: int | None
    walls: bool
    """Whether to find the time during which at least one of them ran."""

    @property
    def by_totals(self) -> bool:
        """Whether totals tell which groups are wanted, so that only for those is found what takes long."""
        return self.column not in (*DETAILS, WALL)


class Statement(ABC):
    """One question: its steps, in the order in which they are asked; a step that nobody asks for costs nothing."""

    _detailed: str
    """SQL for the percentiles of the groups on the page, and the longest."""
    _counted: str
    """SQL for each `bucket` of a histogram, with the `number` of durations in it, and what that is selected from."""
    _mixed: str
    """SQL for whether groups on the page, or some that they are ranked among, may have been taken for others."""

    def __init__(self, wanted: Wanted, made: Made) -> None:
        self._wanted = wanted
        self._made = made
        self._keys = ", ".join(made.keys)
        self._early = wanted.by_totals
        self._ranked = "grouped"
        """What groups are ranked by is selected from it, where it is known early."""
        self._by_wall = wanted.column == WALL
        self._with_walls = wanted.walls or self._by_wall
        self._values: list[Any] = []
        """Of the steps, in order."""

    def page(self) -> tuple[str, list[Any]]:
        """Return the statement for the groups that are wanted, and its values.

        In front of a group stand how many groups, calls and ns there are in all, and whether groups may be mixed up:
        then all events have to be asked. Without any group there is one row with these alone.
        """
        late = "" if self._by_wall else " LEFT JOIN walls USING (place)"
        sql = (
            f"WITH {self._steps()} SELECT overall.*, {self._mixed}, row, {_COLUMNS}, {self._keys} FROM overall"
            f" LEFT JOIN (wanted JOIN histograms USING (place){late}) ON true ORDER BY row"
        )
        return sql, self._values

    def place(self, values: Sequence[Value]) -> tuple[str, list[Any]]:
        """Return the statement for the row number of one group among all, and its values."""
        same = " AND ".join(f"{key} IS NOT DISTINCT FROM ?" for key in self._made.keys)
        if self._early:
            self._values = []
            steps, rows = _steps(self._begin()), self._ranked
        else:
            steps, rows = self._steps(), f"({self._timed()})"
        return f"WITH {steps} {place_of(rows, same, self._wanted.terms)}", [*self._values, *values]

    @abstractmethod
    def _begin(self) -> dict[str, str]:
        """The steps up to `grouped`, which has the totals of all groups; `_values` gets theirs."""

    @abstractmethod
    def _of_page(self) -> dict[str, str]:
        """The steps that find the durations of the groups on the page."""

    @abstractmethod
    def _own(self, of: str) -> str:
        """SQL for how long the actions ran alone, by place, of the groups in the step `of`."""

    def _steps(self) -> str:
        self._values = []
        steps = self._begin()
        steps |= {"overall": f"({_OVERALL})", "page": f"MATERIALIZED ({self._page()})"}
        steps |= self._of_page()
        steps["details"] = f"({self._detailed})"
        walls = f"({self._walls()})"
        if self._by_wall:
            steps["walls"] = walls
        order = order_by(self._wanted.terms)
        timed = self._timed() + ("" if self._early else self._cut())
        steps |= {
            "wanted": f"MATERIALIZED (SELECT *, row_number() OVER (ORDER BY {order}) AS row FROM ({timed}))",
            "histograms": f"({self._histograms()})",
        }
        # Where nothing is sorted by it, the wall is found only for the groups that are wanted.
        steps.setdefault("walls", walls)
        return _steps(steps)

    def _page(self) -> str:
        """The groups to look at closely, each with a number as its place."""
        cut = self._cut() if self._early else ""
        return (
            f"SELECT *, total_ns // calls AS mean_ns, coalesce(total_ns / nullif(all_ns, 0), 0)::DOUBLE AS share,"
            f" row_number() OVER () AS place FROM (SELECT grouped.*, all_ns FROM {self._ranked}, overall{cut})"
        )

    def _timed(self) -> str:
        """The groups of the page with all that they can be sorted by."""
        walls = " LEFT JOIN walls USING (place)" if self._by_wall else ""
        return f"SELECT * FROM page JOIN details USING (place){walls}"

    def _walls(self) -> str:
        if not self._with_walls:
            return "SELECT NULL::BIGINT AS place, NULL::BIGINT AS wall_ns"
        of = "page" if self._by_wall else "wanted"
        return (
            f"SELECT place, coalesce(wall_ns, 0) AS wall_ns FROM {of} LEFT JOIN"
            f" (SELECT place, sum(own) AS wall_ns FROM ({self._own(of)}) GROUP BY place) USING (place)"
        )

    def _histograms(self) -> str:
        return (
            "SELECT place, map(list(bucket), list(number)) AS histogram FROM"
            f" (SELECT place, {self._counted} SEMI JOIN wanted USING (place) GROUP BY ALL) GROUP BY place"
        )

    def _cut(self) -> str:
        """Sorts groups, and leaves out those that are not wanted."""
        limit = "" if self._wanted.limit is None else f" LIMIT {int(self._wanted.limit)}"
        return f" ORDER BY {order_by(self._wanted.terms)}{limit} OFFSET {int(self._wanted.first)}"


def _steps(steps: Mapping[str, str]) -> str:
    return ", ".join(f"{name} AS {step}" for name, step in steps.items())


class _OfEvents(Statement):
    """Asked of all events in a scope."""

    _detailed, _counted = _DETAILED, f"{_BUCKET} AS bucket, count(*) AS number FROM members"
    _mixed = "FALSE"

    def __init__(self, asker: Asker, scope: Scope, wanted: Wanted, made: Made) -> None:
        super().__init__(wanted, made)
        self._asker = asker
        self._scope = scope

    def _begin(self) -> dict[str, str]:
        where, values = self._scope.where(ACTIONS)
        self._values += [*self._made.parameters, *values]
        # What takes long to find is found once.
        keep = "" if self._scope.condition.sql or any(field.is_path for field in self._wanted.by) else "NOT "
        return {
            "spans": f"{keep}MATERIALIZED (SELECT id AS span_id, start AS span_start, time AS span_time,"
            f" duration_ns AS span_ns, {self._made.fetched} FROM events{where})",
            # Totals by what the fields are made from, which is cheaper than to make them for every action.
            "parts": f"MATERIALIZED (SELECT *, {self._made.values} FROM (SELECT {', '.join(self._made.sources)},"
            " count(*) AS calls, sum(span_ns) AS total_ns, max(span_ns) AS max_ns FROM spans GROUP BY ALL))",
            "grouped": f"MATERIALIZED (SELECT {self._keys}, sum(calls)::BIGINT AS calls, sum(total_ns) AS total_ns,"
            " max(max_ns) AS max_ns FROM parts GROUP BY ALL)",
        }

    def _of_page(self) -> dict[str, str]:
        same = " AND ".join(f"parts.{key} IS NOT DISTINCT FROM page.{key}" for key in self._made.keys)
        joined = " AND ".join(f"spans.{source} IS NOT DISTINCT FROM own.{source}" for source in self._made.sources)
        own = ", ".join(f"parts.{source}" for source in self._made.sources)
        members = (
            f"SELECT place, max_ns, span_id, span_start, span_time, span_ns FROM spans JOIN"
            f" (SELECT {own}, place, page.max_ns FROM parts JOIN page ON {same}) AS own ON {joined}"
        )
        return {"members": f"MATERIALIZED ({members})"}

    def _own(self, of: str) -> str:
        """What each action adds to those that started before it."""
        members = f"members SEMI JOIN {of} USING (place)" if of == "wanted" else "members"
        spans = f"SELECT place, span_start, span_time FROM {members} WHERE span_start IS NOT NULL"
        reached = with_reach(spans, stretch(self._asker), self._wanted.limit if self._early else None)
        own = "greatest(0, span_time - greatest(span_start, coalesce(reach, span_start)))"
        return f"SELECT place, {own} AS own FROM {reached}"


class _OfKept(Statement):
    """Made of what is kept."""

    _detailed = _DETAILED_BY_LENGTHS
    _mixed = f"(SELECT count(*) FROM grouped SEMI JOIN page USING ({KEY})) > (SELECT count(DISTINCT {KEY}) FROM page)"
    _counted = f"{BUCKET_OF_CELL} AS bucket, sum(number)::BIGINT AS number FROM cells"

    def __init__(self, kept: Kept, wanted: Wanted, made: Made) -> None:
        super().__init__(wanted, made)
        self._kept = kept

    def _begin(self) -> dict[str, str]:
        kept = {
            "kept_totals": self._kept.totals,
            "kept_cells": self._kept.cells,
            "kept_lengths": self._kept.lengths,
        }
        if self._kept.islands is not None:
            kept["kept_islands"] = self._kept.islands
        self._values += [value for _, values in kept.values() for value in values]
        steps = {name: f"NOT MATERIALIZED (SELECT * FROM {sql})" for name, (sql, _) in kept.items()}
        steps["grouped"] = "MATERIALIZED (FROM kept_totals)"
        return steps

    def _of_page(self) -> dict[str, str]:
        """How many durations the groups have in each cell, and up to it; then those in the cells that tell anything."""
        upto = "sum(number) OVER (PARTITION BY place ORDER BY cell)"
        found = self._found("kept_cells", "page", "cell, number")
        cells = f"SELECT place, cell, sum(number) AS number FROM ({found}) GROUP BY ALL"
        picked = (
            f"SELECT place, {in_cell(KEY, 'cell')} AS {KEY}, cell, upto - number AS before, max_ns, calls AS of_group"
            f" FROM cells JOIN page USING (place) WHERE upto = of_group OR {_PICKED}"
        )
        inside = "sum(number) OVER (PARTITION BY place, cell ORDER BY span_ns ROWS UNBOUNDED PRECEDING)"
        lengths = self._found("kept_lengths", "picked", "cell, span_id, span_ns, number, before, max_ns, of_group")
        return {
            "cells": f"MATERIALIZED (SELECT *, {upto} AS upto FROM ({cells}))",
            "picked": f"MATERIALIZED ({picked})",
            "lengths": f"(SELECT *, before + {inside} AS upto FROM ({lengths}))",
        }

    def _own(self, of: str) -> str:
        """How long the islands are. Those that are not alone may overlap any, so these are made one first.

        Most that one of them overlaps lie inside the longest, which is of an action that took long.
        """
        pieces = self._found("kept_islands", of, f"span_start, span_time, {ALONE}")
        late = islands(f"(SELECT place, span_start, span_time FROM ({pieces}) WHERE NOT {ALONE})", ["place"])
        longest = ", ".join(
            f"arg_max(late.{end}, late.span_time - late.span_start) AS {name}"
            for end, name in (("span_start", "long_start"), ("span_time", "long_time"))
        )
        reached = (
            f"SELECT place, {KEY}, min(late.span_start) AS since, {longest} FROM {of} LEFT JOIN late USING (place)"
            " GROUP BY ALL"
        )
        early = f"FROM kept_islands JOIN reached USING ({KEY}) WHERE {ALONE}"
        touched = (
            f"(SELECT place, span_start, span_time {early} AND span_time >= since"
            " AND (span_start < long_start OR span_time > long_time) UNION ALL FROM late)"
        )
        return (
            f"WITH late AS MATERIALIZED ({late}), reached AS MATERIALIZED ({reached})"
            f" SELECT place, sum(span_time - span_start) AS own {early} AND (since IS NULL OR span_time < since)"
            f" GROUP BY place UNION ALL SELECT place, span_time - span_start FROM {islands(touched, ['place'])}"
        )

    def details(self, numbers: str) -> tuple[str, list[Any]]:
        """Return SQL for what takes long, once for each number of groups, with its values: of those in a table, or all.

        With the walls where groups are sorted by them.
        """
        self._values = []
        steps = self._begin()
        only = f" SEMI JOIN {numbers} USING ({KEY})" if numbers else ""
        steps["page"] = f"MATERIALIZED (SELECT *, row_number() OVER () AS place FROM grouped{only})"
        steps |= self._of_page()
        steps |= {"details": f"({self._detailed})", "walls": f"({self._walls()})"}
        with_walls = (f", {WALL}", " JOIN walls USING (place)") if self._by_wall else ("", "")
        sql = f"SELECT DISTINCT ON ({KEY}) {KEY}, {_DETAIL}%s FROM page JOIN details USING (place)%s" % with_walls
        return f"(WITH {_steps(steps)} {sql})", self._values

    def _found(self, kept: str, of: str, columns: str) -> str:
        """What is kept of the groups, or of their cells, in a step."""
        return f"SELECT place, {columns} FROM {kept} JOIN {of} USING ({KEY})"


class _OfDetails(_OfKept):
    """Made of what is kept, where what takes long stands in a table, of each group by its number."""

    _counted = (
        f"{BUCKET_OF_CELL} AS bucket, sum(number)::BIGINT AS number FROM"
        f" (SELECT place, cell, number FROM kept_cells JOIN wanted USING ({KEY}))"
    )

    def __init__(self, kept: Kept, wanted: Wanted, made: Made, table: str) -> None:
        super().__init__(kept, wanted, made)
        self._table = table
        self._detailed = self._of_table(_DETAIL)
        self._early, self._ranked = True, f"grouped JOIN {table} USING ({KEY})"
        self._mixed = f"(SELECT count(*) FROM grouped) <> (SELECT count(*) FROM {table})"

    def _of_page(self) -> dict[str, str]:
        return {}

    def _walls(self) -> str:
        return self._of_table(WALL) if self._by_wall else super()._walls()

    def _of_table(self, columns: str) -> str:
        return f"SELECT place, {columns} FROM page JOIN {self._table} USING ({KEY})"


def of_events(asker: Asker, scope: Scope, wanted: Wanted) -> Statement:
    """Return the question for groups, asked of all actions in a scope."""
    return _OfEvents(asker, scope, wanted, Made.of(wanted.by))


def statement(asker: Asker, scope: Scope, wanted: Wanted) -> Statement:
    """Return the question for groups of the actions in a scope, asked of what is kept where all of it is.

    Raises:
        Interrupted: the question was overtaken.
    """
    made = Made.of(wanted.by)
    kept = Kept.of(asker, scope, made, walls=wanted.walls or wanted.column == WALL)
    if kept is None:
        return _OfEvents(asker, scope, wanted, made)
    found = _OfKept(kept, wanted, made)
    if wanted.by_totals:
        return found
    table = asker.made(numbers(scope, made, walls=wanted.column == WALL), found.details)
    return found if table is None else _OfDetails(kept, wanted, made, table)
