"""Spans that were started and of which no end has been seen: cut off by a crash, or under way while a log grows."""

from __future__ import annotations

from typing import Any, NamedTuple

from tlx.query.ask import UNENDED, UNENDED_ACTIONS, Asker, Scope


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


def unended(asker: Asker, scope: Scope, limit: int) -> list[Unended]:
    """Return the spans without an end that have a time, the earliest first; next to nothing where there are none."""
    if not asker.has_unended():
        return []
    where, values = scope.where(UNENDED, "time IS NOT NULL")
    rows = asker.rows(f"SELECT id, run, time FROM events{where} ORDER BY time, id LIMIT {int(limit)}", values)
    return [Unended(*row) for row in rows]


def count(asker: Asker, scope: Scope) -> int:
    """Return how many spans of a scope have no end; next to no work where there are none in the store."""
    if not asker.has_unended():
        return 0
    where, values = scope.where(UNENDED)
    return int(asker.row(f"SELECT count(*) FROM events{where}", values)[0])


def number(asker: Asker, scope: Scope) -> Number | None:
    """Return how many spans have no end; None where all have one."""
    if not asker.has_unended():
        return None
    where, values = scope.where(UNENDED)
    rows = asker.rows(
        f"WITH spans AS (SELECT id, run, name, time FROM events{where}),"
        " ends AS (SELECT run, max(time) AS last FROM events SEMI JOIN spans USING (run) GROUP BY run)"
        " SELECT count(*) OVER (), id, name, last - time FROM spans LEFT JOIN ends USING (run)"
        " ORDER BY last - time DESC NULLS LAST, id LIMIT 1",
        values,
    )
    return Number(*rows[0]) if rows else None


def under_way(asker: Asker, scope: Scope) -> tuple[str, list[Any]]:
    """Return SQL for the actions of a scope that have begun and not ended, and its values; empty where there are none.

    They are in flight from `begin` to `time`, the newest time that was seen of their run; beside them stand `run` and
    `id`. In the window of the scope are those that touch it.
    """
    if not asker.has_unended():
        return "", []
    where, values = scope._replace(window=None).where(UNENDED_ACTIONS, "time IS NOT NULL")
    touching = ""
    if scope.window is not None:
        touching = f" WHERE begin < {int(scope.window[1])} AND time >= {int(scope.window[0])}"
    sql = (
        f"SELECT * FROM (SELECT run, id, time AS begin FROM events{where}) AS begun"
        f" JOIN (SELECT run, max(time) AS time FROM events GROUP BY run) AS seen USING (run){touching}"
    )
    return sql, values
