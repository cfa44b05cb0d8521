"""The times of the events of a scope, kept narrow: what looks at ever other windows need not filter or decode again."""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

from tlx.model import EVENT_COLUMNS
from tlx.query.ask import ACTIONS, FAILED, Asker, Scope

_numbers = itertools.count(1)

_FAILED = f"CASE WHEN duration_ns IS NULL THEN {FAILED} ELSE FALSE END"
"""It is told of instants alone, of which there are few."""


class Stack(NamedTuple):
    """What events are told apart by: a column of them, and its values in order, the last of which gathers the others.

    The empty value stands for the events that have none.
    """

    column: str
    values: tuple[str, ...]


class Slate(NamedTuple):
    """A table of the events of a scope that have a time, each of one of some series; the scope's window is left out.

    It is what the store held when it was made; who keeps it drops it.
    """

    table: str
    scope: Scope
    stack: Stack
    window: tuple[int, int] | None = None
    """Only what touches it is asked for."""

    @classmethod
    def named(cls, scope: Scope, stack: Stack) -> Slate:
        """Return one that is yet to be filled, whose table no other has."""
        return cls(f"slate_{next(_numbers)}", scope._replace(window=None), stack)

    def fill(self, asker: Asker) -> None:
        """Make its table. One that is interrupted may have been made all the same."""
        sql, values = _times(self.scope, self.stack.column, "FALSE")
        most = len(self.stack.values)
        number = f"(coalesce(list_position(?::VARCHAR[], coalesce(told, '')), {most}) - 1)::UINTEGER"
        asker.rows(
            f"CREATE TABLE {self.table} AS SELECT * EXCLUDE (told), {number} AS series FROM {sql}",
            [list(self.stack.values), *values],
        )
        self._mark_failed(asker)

    def _mark_failed(self, asker: Asker) -> None:
        """Tell which instants failed; to read that of every event would take as long as all the rest."""
        if asker.row(f"SELECT count(*) FROM {self.table} WHERE duration_ns IS NULL")[0]:
            where, values = self.scope.where("duration_ns IS NULL", FAILED)
            failed = f"SELECT id FROM events{where}"
            asker.rows(f"UPDATE {self.table} SET failed = TRUE WHERE id IN ({failed})", values)

    def within(self, window: tuple[int, int] | None) -> Slate:
        """Return the same with a window, of the same table."""
        return self._replace(window=window)

    def drop(self, asker: Asker) -> None:
        """Free its memory."""
        asker.rows(f"DROP TABLE IF EXISTS {self.table}")


def slate(asker: Asker, scope: Scope, stack: Stack) -> Slate:
    """Keep the times of the events of a scope, each with the number of its value in the stack."""
    kept = Slate.named(scope, stack)
    kept.fill(asker)
    return kept


def times(of: Scope | Slate, *more: str, column: str = "execution_kind") -> tuple[str, list[Any]]:
    """Return a FROM clause with its values: events that have a time, of which `more` are conditions without values.

    Columns are `id`, `begin` (the start, or for what has none the time), `time`, `duration_ns`, `work` (an action),
    `failed` (told of what has no length alone), and `told`, the value of a `column`, of a scope, or `series`, the
    number of its value, of a slate.
    """
    sql, values = (of.table, []) if isinstance(of, Slate) else _times(of, column)
    conditions = list(more)
    if isinstance(of, Slate) and of.window is not None:
        conditions.append(f"time >= {int(of.window[0])} AND begin < {int(of.window[1])}")
    return f" FROM {sql}" + (" WHERE " + " AND ".join(f"({one})" for one in conditions) if conditions else ""), values


def _times(scope: Scope, column: str, failed: str = _FAILED) -> tuple[str, list[Any]]:
    assert column in EVENT_COLUMNS
    where, values = scope.where("time IS NOT NULL")
    sql = (
        f"(SELECT id, coalesce(start, time) AS begin, time, duration_ns, ({ACTIONS}) AS work, {failed} AS failed,"
        f' "{column}"::VARCHAR AS told FROM events{where})'
    )
    return sql, values
