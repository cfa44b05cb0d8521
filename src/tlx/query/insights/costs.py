"""What single actions cost: the slowest, those that ran although a cache had had them, those that waited for inputs."""

from __future__ import annotations

from dataclasses import dataclass

from tlx.query.ask import ACTIONS, Asker, Scope
from tlx.query.kinds import ELIGIBLE, HIT, MISS


@dataclass(frozen=True, slots=True)
class Slow:
    """An action that took long, in ns."""

    id: int
    duration_ns: int
    name: str | None
    owner: str | None


@dataclass(frozen=True, slots=True)
class Changed:
    """Actions (a name and an owner) that ran in one run while another run of the same source had them from a cache.

    `name`, `owner` and `id`, its longest call, are of the one whose calls took the longest together, `costliest_ns`.
    """

    actions: int
    calls: int
    total_ns: int
    name: str
    owner: str | None
    costliest_ns: int
    id: int


@dataclass(frozen=True, slots=True)
class Waited:
    """The category whose actions waited longest for their inputs; `id` is the one of them that waited longest.

    No action counts as waiting longer than it took.
    """

    category: str | None
    waited_ns: int
    total_ns: int
    heavy: int
    """Actions that spent at least half of their time waiting."""
    id: int


def slowest(asker: Asker, scope: Scope, limit: int) -> list[Slow]:
    """Return the longest actions, of equals the first to arrive."""
    where, values = scope.where(ACTIONS)
    rows = asker.rows(
        "SELECT id, duration_ns, name, owner FROM events WHERE id IN"
        f" (SELECT id FROM events{where} ORDER BY duration_ns DESC, id LIMIT {int(limit)})"
        " ORDER BY duration_ns DESC, id",
        values,
    )
    return [Slow(*row) for row in rows]


def is_among_waits(asker: Asker, scope: Scope, least_ns: int) -> bool:
    """Return whether what only waited for actions took at least so long, too."""
    where, values = scope.where(f"kind = 'ensure' AND duration_ns >= {int(least_ns)}")
    return bool(asker.row(f"SELECT count(*) > 0 FROM events{where}", values)[0])


def changed(asker: Asker, scope: Scope) -> Changed | None:
    """Return what ran in the scope that a cache served in another run, whether that is in the scope or not."""
    if asker.row("SELECT count(*) FROM runs")[0] < 2:  # noqa: PLR2004  a run to compare with
        return None
    where, values = scope.where(ELIGIBLE, MISS)
    rows = asker.rows(
        "WITH ran AS (SELECT id, source, run, name, owner, coalesce(duration_ns, 0) AS long"
        f" FROM events{where}),"
        f" served AS (SELECT DISTINCT source, run, name, owner FROM events WHERE {ELIGIBLE} AND {HIT}),"
        " again AS (SELECT * FROM ran SEMI JOIN served ON ran.source = served.source AND ran.run <> served.run"
        "  AND ran.name = served.name AND ran.owner IS NOT DISTINCT FROM served.owner),"
        " costs AS (SELECT name, owner, count(*) AS calls, sum(long) AS total, max(long) AS most"
        "  FROM again GROUP BY ALL)"
        " SELECT count(*) OVER (), sum(calls) OVER (), sum(total) OVER (), name, owner, total,"
        " (SELECT min(id) FROM again WHERE again.name = costs.name AND long = most"
        "  AND again.owner IS NOT DISTINCT FROM costs.owner)"
        " FROM costs ORDER BY total DESC, name, owner NULLS LAST LIMIT 1",
        values,
    )
    return Changed(*rows[0]) if rows else None


def waited(asker: Asker, scope: Scope) -> Waited | None:
    """Return the category whose actions waited longest for their inputs to be materialized, if any did."""
    where, values = scope.where(ACTIONS)
    waits = "least(coalesce(input_materialization_ns, 0), duration_ns)"
    rows = asker.rows(
        f"WITH waits AS (SELECT id, category, duration_ns AS long, {waits} AS wait FROM events{where}),"
        " costs AS (SELECT category, sum(wait) AS waited, sum(long) AS total,"
        "  count(*) FILTER (wait > 0 AND wait >= long - wait) AS heavy, max(wait) AS most FROM waits GROUP BY category)"
        " SELECT category, waited, total, heavy, (SELECT min(id) FROM waits"
        "  WHERE waits.category IS NOT DISTINCT FROM costs.category AND wait = most)"
        " FROM costs WHERE waited > 0 ORDER BY waited DESC, category NULLS LAST LIMIT 1",
        values,
    )
    return Waited(*rows[0]) if rows else None
