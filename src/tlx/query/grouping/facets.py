"""Facets: the events of a scope counted by the values of a field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tlx.query.ask import Asker, Scope
from tlx.query.fields import Field, Value
from tlx.query.kinds import ELIGIBLE, HIT, Cache


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
    """The most frequent values of a field, of equals in order; and what there is in all."""

    rows: list[Facet]
    missing: Facet
    """The events without the field; there may be none."""
    further: int
    """How many more values there are."""
    events: int
    duration_ns: int
    output_size: int
    cache: Cache


def facets(asker: Asker, scope: Scope, by: Field, limit: int | None = None) -> Facets:
    """Return the values of a field in the scope, the most frequent first, and how many more there are."""
    where, values = scope.where()
    events = f"events{where}"
    if by.is_path:
        found = ", ".join(f"{sql} AS {name}" for sql, name in zip(by.fetched, by.sources, strict=True))
        events = f"(SELECT *, {found} FROM {events})"
    # By what the field is made from first, which is cheaper than to make it for every event.
    rows = asker.rows(
        f"WITH counted AS MATERIALIZED (SELECT value, {', '.join(f'sum({name}) AS {name}' for name in _SUMS)}"
        f" FROM (SELECT *, {by.sql} AS value FROM (SELECT {', '.join(by.sources)},"
        f" {', '.join(f'{sql} AS {name}' for name, sql in _SUMS.items())}"
        f" FROM {events} GROUP BY ALL)) GROUP BY value),"
        f" overall AS (SELECT count(value) AS present, {', '.join(f'sum({name}) AS all_{name}' for name in _SUMS)}"
        " FROM counted),"
        " ranked AS (SELECT *, CASE WHEN value IS NULL THEN 0"
        " ELSE row_number() OVER (PARTITION BY value IS NULL ORDER BY number DESC, value) END AS row FROM counted)"
        f" SELECT overall.*, value, {', '.join(_SUMS)} FROM overall LEFT JOIN ranked"
        f" ON {'true' if limit is None else f'row <= {int(limit)}'} ORDER BY row",
        [*by.parameters, *values],
    )
    return _facets(rows)


_SUMS = {
    "number": "count(*)",
    "long": "coalesce(sum(duration_ns), 0)",
    "size": "coalesce(sum(output_size), 0)",
    "hits": f"count(*) FILTER ({ELIGIBLE} AND {HIT})",
    "eligible": f"count(*) FILTER ({ELIGIBLE})",
}
"""What is summed of the events that share a value."""


def _facets(rows: list[tuple[Any, ...]]) -> Facets:
    present = int(rows[0][0])
    events, long, size, hits, eligible = (int(total or 0) for total in rows[0][1:6])

    def facet(value: Value, *sums: int) -> Facet:
        share, part = int(sums[1]) / long if long else 0.0, sums[0] / events if events else 0.0
        return Facet(value, int(sums[0]), int(sums[1]), int(sums[2]), share, part, Cache(int(sums[3]), int(sums[4])))

    found = [facet(*row[6:]) for row in rows if row[7] is not None]
    missing = next((one for one in found if one.value is None), facet(None, 0, 0, 0, 0, 0))
    shown = [one for one in found if one.value is not None]
    return Facets(shown, missing, present - len(shown), events, long, size, Cache(hits, eligible))
