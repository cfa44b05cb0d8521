"""Spans that were started and of which no end has been seen: cut off by a crash, or under way while a log grows."""

from __future__ import annotations

from typing import NamedTuple

from tlx.query.ask import Asker, Scope


class Unended(NamedTuple):
    """A span without an end; `start` in ns since the epoch."""

    id: int
    run: int
    start: int


class Number(NamedTuple):
    """How many spans have no end, and the one among them that has been open longest before its run's last event."""

    spans: int
    id: int
    name: str | None
    open_ns: int | None
    """None where times are missing."""


_IS = "id IN (SELECT id FROM unjoined WHERE starts)"


def unended(asker: Asker, scope: Scope, limit: int) -> list[Unended]:
    """Return the spans without an end that have a time, the earliest first; next to nothing where there are none."""
    if not _any(asker):
        return []
    where, values = scope.where(_IS, "time IS NOT NULL")
    rows = asker.rows(f"SELECT id, run, time FROM events{where} ORDER BY time, id LIMIT {int(limit)}", values)
    return [Unended(*row) for row in rows]


def number(asker: Asker, scope: Scope) -> Number | None:
    """Return how many spans have no end; None where all have one."""
    if not _any(asker):
        return None
    where, values = scope.where(_IS)
    rows = asker.rows(
        f"WITH spans AS (SELECT id, run, name, time FROM events{where}),"
        " ends AS (SELECT run, max(time) AS last FROM events SEMI JOIN spans USING (run) GROUP BY run)"
        " SELECT count(*) OVER (), id, name, last - time FROM spans LEFT JOIN ends USING (run)"
        " ORDER BY last - time DESC NULLS LAST, id LIMIT 1",
        values,
    )
    return Number(*rows[0]) if rows else None


def _any(asker: Asker) -> bool:
    return bool(asker.row("SELECT count(*) FROM unjoined WHERE starts")[0])
