"""Facets: the events of a scope counted by the values of a field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tlx.query.ask import Asker, Scope
from tlx.query.fields import Field, Value
from tlx.query.grouping.ordering import Term, order_by, place_of
from tlx.query.growing.ledger import Part
from tlx.query.kinds import ELIGIBLE, HIT, Cache, of_actions


@dataclass(frozen=True, slots=True)
class Facet:
    """The events that share a value of a field; None stands for those that have none."""

    value: Value
    events: int
    duration_ns: int
    """The sum of their durations."""
    output_size: int
    """The sum of their outputs, in bytes."""
    share: float
    """Of the summed time of all events in the scope, 0 to 1."""
    share_of_events: float
    """Of all events in the scope, 0 to 1."""
    cache: Cache


@dataclass(frozen=True, slots=True)
class Facets:
    """Some of the values of a field, in order; and what there is in all."""

    rows: list[Facet]
    missing: Facet
    """The events without the field; there may be none."""
    values: int
    """How many values there are."""
    further: int
    """How many more there are behind these."""
    events: int
    duration_ns: int
    output_size: int
    cache: Cache


@dataclass(frozen=True, slots=True)
class Order:
    """What to sort by: one of `SORTS`. Values without it come last, ties go by the value.

    What reads as a number in a payload is sorted as one, before texts.
    """

    column: str = "events"
    descending: bool = True

    def terms(self, by: Field) -> list[Term]:
        """Return what to order the values of a field by.

        Raises:
            ValueError: there is no such column.
        """
        if self.column not in SORTS:
            raise ValueError(f"cannot sort facets by {self.column!r}")
        column = SORTS[self.column]
        if self.column == "value":
            column = by.sort_key(column, descending=self.descending)
        return [Term(column, self.descending), Term(by.sort_key("value", descending=False)), Term("value")]


def scope_of(scope: Scope, by: Field) -> Scope:
    """Return which events count: only actions have an execution kind, others would count as those that lack it."""
    return of_actions(scope) if by.name == "execution_kind" else scope


def facets(
    asker: Asker, scope: Scope, by: Field, span: tuple[int, int | None] = (0, None), order: Order | None = None
) -> Facets:
    """Return the values of a field in the scope from row number span[0] up to span[1], or all of them.

    Raises:
        ValueError: no such column to sort by.
    """
    first, end = span
    counted, values = _counted(asker, scope, by)
    sorted_by = order_by((order or Order()).terms(by))
    limit = "" if end is None else f" LIMIT {max(0, int(end) - int(first))}"
    sums = ", ".join(_SUMS)
    rows = asker.rows(
        f"WITH counted AS MATERIALIZED ({counted}),"
        f" overall AS (SELECT count(value) AS present, {', '.join(f'sum({name}) AS all_{name}' for name in _SUMS)}"
        " FROM counted),"
        f" page AS (SELECT * FROM counted WHERE value IS NOT NULL ORDER BY {sorted_by}{limit} OFFSET {int(first)}),"
        f" shown AS (SELECT value, {sums}, row_number() OVER (ORDER BY {sorted_by}) AS row FROM page"
        f" UNION ALL SELECT value, {sums}, 0 FROM counted WHERE value IS NULL)"
        f" SELECT overall.*, value, {sums} FROM overall LEFT JOIN shown ON true ORDER BY row",
        values,
    )
    return _facets(rows, first)


def place(asker: Asker, scope: Scope, by: Field, order: Order, value: Value) -> int | None:
    """Return the row number of a value, or None where no event has it.

    Raises:
        ValueError: no such column to sort by.
    """
    counted, values = _counted(asker, scope, by)
    found = place_of("(SELECT * FROM counted WHERE value IS NOT NULL)", "value = ?", order.terms(by))
    rows = asker.rows(f"WITH counted AS MATERIALIZED ({counted}) {found}", [*values, value])
    return int(rows[0][0]) if rows else None


def _counted(asker: Asker, scope: Scope, by: Field) -> tuple[str, list[Any]]:
    """SQL for the values with their sums, and its own values."""
    source, values = asker.parts(_part(scope, by))
    return f"SELECT value, {', '.join(_SUMS)} FROM {source}", values


def _part(scope: Scope, by: Field) -> Part:
    """Sums by the field; where it is made from something, by that first, which is cheaper than to make it each time."""
    sources = ", ".join(by.sources)
    sums = ", ".join(f"{sql} AS {name}" for name, sql in _SUMS.items())
    merged = ", ".join(f"sum({name})::{_TYPES[name]} AS {name}" for name in _SUMS)
    part = Part(
        "facets",
        scope,
        f"{by.sql} AS value, {sums}",
        f"value, {merged}",
        parameters=by.parameters,
        keys=("value",),
    )
    if by.is_path:
        paths = (f"{sql} AS {name}" for sql, name in zip(by.fetched, by.sources, strict=True))
        return part._replace(fetched=", ".join((*_SUMMED, *paths)))
    if by.sql.strip('"') != sources:
        return part._replace(
            fetched=f"{sources}, {sums}", gathered=" GROUP BY ALL", columns=f"{by.sql} AS value, {merged}"
        )
    return part


SORTS = {
    "value": "value",
    "events": "number",
    "duration_ns": "long",
    "output_size": "size",
    "hits": "hits",
    "rate": "hits / nullif(eligible, 0)",
}
"""What facets can be sorted by."""

_SUMMED = ("duration_ns", "output_size", "kind", "execution_kind", "status")

_SUMS = {
    "number": "count(*)",
    "long": "coalesce(sum(duration_ns), 0)",
    "size": "coalesce(sum(output_size), 0)",
    "hits": f"count(CASE WHEN {ELIGIBLE} AND {HIT} THEN 1 END)",  # quicker than with a filter of its own
    "eligible": f"count(CASE WHEN {ELIGIBLE} THEN 1 END)",
}
"""What is summed of the events that share a value."""

_TYPES = {name: "HUGEINT" if name in ("long", "size") else "BIGINT" for name in _SUMS}


def _facets(rows: list[tuple[Any, ...]], first: int) -> Facets:
    present = int(rows[0][0])
    events, long, size, hits, eligible = (int(total or 0) for total in rows[0][1:6])

    def facet(value: Value, *sums: int) -> Facet:
        share, part = int(sums[1]) / long if long else 0.0, sums[0] / events if events else 0.0
        return Facet(value, int(sums[0]), int(sums[1]), int(sums[2]), share, part, Cache(int(sums[3]), int(sums[4])))

    found = [facet(*row[6:]) for row in rows if row[7] is not None]
    missing = next((one for one in found if one.value is None), facet(None, 0, 0, 0, 0, 0))
    shown = [one for one in found if one.value is not None]
    further = max(0, present - first - len(shown))
    return Facets(shown, missing, present, further, events, long, size, Cache(hits, eligible))
