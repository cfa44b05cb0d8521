"""The times of the events of a scope, kept narrow: what looks at ever other windows need not filter or decode again."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

from tlx.query.ask import ACTIONS, Asker, Scope

_numbers = itertools.count(1)


class Slate(NamedTuple):
    """A table of the events of a scope that have a time, each of one of some series; the scope's window is left out.

    It is what the store held when it was made; who keeps it drops it.
    """

    table: str
    scope: Scope
    series: tuple[str, ...]
    window: tuple[int, int] | None = None
    """Only what touches it is asked for."""

    def within(self, window: tuple[int, int] | None) -> Slate:
        """Return the same with a window, of the same table."""
        return self._replace(window=window)

    def drop(self, asker: Asker) -> None:
        """Free its memory."""
        asker.rows(f"DROP TABLE IF EXISTS {self.table}")


def slate(asker: Asker, scope: Scope, series: Sequence[str]) -> Slate:
    """Keep the times of the events of a scope; execution kinds that are not in the series are of the last one."""
    kept = Slate(f"slate_{next(_numbers)}", scope._replace(window=None), tuple(series))
    sql, values = _times(kept.scope)
    of_series = f"(coalesce(list_position(?::VARCHAR[], coalesce(execution_kind, '')), {len(series)}) - 1)::UINTEGER"
    asker.rows(
        f"CREATE TABLE {kept.table} AS SELECT * EXCLUDE (execution_kind), {of_series} AS series FROM {sql}",
        [list(series), *values],
    )
    return kept


def times(of: Scope | Slate, *more: str) -> tuple[str, list[Any]]:
    """Return a FROM clause with its values: events that have a time, of which `more` are conditions without values.

    Columns are `id`, `begin` (the start, or for what has none the time), `time`, `duration_ns`, `work` (an action), and
    `execution_kind` of a scope or `series`, its number, of a slate.
    """
    sql, values = (of.table, []) if isinstance(of, Slate) else _times(of)
    conditions = list(more)
    if isinstance(of, Slate) and of.window is not None:
        conditions.append(f"time >= {int(of.window[0])} AND begin < {int(of.window[1])}")
    return f" FROM {sql}" + (" WHERE " + " AND ".join(f"({one})" for one in conditions) if conditions else ""), values


def _times(scope: Scope) -> tuple[str, list[Any]]:
    where, values = scope.where("time IS NOT NULL")
    sql = (
        f"(SELECT id, coalesce(start, time) AS begin, time, duration_ns, ({ACTIONS}) AS work, execution_kind"
        f" FROM events{where})"
    )
    return sql, values
