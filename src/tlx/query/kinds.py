"""The breakdown by execution kind, and the cache-hit rate.

A hit is an action that its dialect gives the status `cached`: in Buck2 those of the execution kinds ActionCache,
RemoteDepFileCache, LocalDepFile and LocalActionCache.
"""

from __future__ import annotations

from dataclasses import dataclass

from tlx.query.ask import Asker, Scope
from tlx.query.language.compile import Condition

ELIGIBLE = "kind = 'Run' AND execution_kind IS NOT NULL"
"""The actions that a cache could have served: Buck2's console counts the rate over Run actions alone."""

HIT = "status = 'cached'"
"""The actions that a cache served."""

MISS = "status IS DISTINCT FROM 'cached'"
"""What no cache served."""

MISSES = "kind == Run exists(execution_kind) not status == cached"
"""The filter that the actions pass which a cache could have served and did not."""

_ACTION = "execution_kind IS NOT NULL OR (category IS NOT NULL AND own_name IS NULL)"
"""Actions are called by category and identifier; other events with a category have a name of their own."""

FORMULA = "cached Run actions / all Run actions"


@dataclass(frozen=True, slots=True)
class Kind:
    """The events of one execution kind: None stands for actions of logs that do not record it."""

    execution_kind: str | None
    count: int
    duration_ns: int
    output_size: int


@dataclass(frozen=True, slots=True)
class Cache:
    """Cache hits among the eligible actions; `rate` is None where there are none."""

    hits: int
    eligible: int

    @property
    def rate(self) -> float | None:
        """Hits for each eligible action, 0 to 1."""
        return self.hits / self.eligible if self.eligible else None


def of_actions(scope: Scope) -> Scope:
    """Return the scope without the events that are no actions, and so have no execution kind."""
    return scope.narrowed(Condition(sql=_ACTION))


def of_misses(scope: Scope) -> Scope:
    """Return the actions of the scope that a cache could have served and did not, as a scope."""
    return scope.narrowed(Condition(sql=f"{ELIGIBLE} AND {MISS}"))


def kinds(asker: Asker, scope: Scope) -> list[Kind]:
    """Return the execution kinds of the scope, the most frequent first."""
    where, values = of_actions(scope).where()
    rows = asker.rows(
        "SELECT execution_kind, count(*) AS number, coalesce(sum(duration_ns), 0), coalesce(sum(output_size), 0)"
        f" FROM events{where} GROUP BY 1 ORDER BY number DESC, execution_kind NULLS LAST",
        values,
    )
    return [Kind(row[0], int(row[1]), int(row[2]), int(row[3])) for row in rows]


def cache(asker: Asker, scope: Scope) -> Cache:
    """Return the cache hits of the scope."""
    where, values = scope.where(ELIGIBLE)
    hits, eligible = asker.row(f"SELECT count(*) FILTER ({HIT}), count(*) FROM events{where}", values)
    return Cache(int(hits), int(eligible))
