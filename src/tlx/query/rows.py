"""Events by row number in an order: pages for the table, and where an event stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from tlx.model import EVENT_COLUMNS
from tlx.query.ask import Asker, Scope


class Order(NamedTuple):
    """A column and a direction; missing values come last, ties keep arrival order.

    By `start`, an event without a length stands at its time: it starts when it ends.
    """

    column: str
    descending: bool = False

    def key(self) -> str:
        """Return SQL for what is compared.

        Raises:
            ValueError: there is no such column.
        """
        if self.column not in EVENT_COLUMNS:
            raise ValueError(f"no column {self.column!r}")
        return 'coalesce("start", "time")' if self.column == "start" else f'"{self.column}"'

    def sql(self) -> str:
        """Return the ORDER BY clause.

        Raises:
            ValueError: there is no such column.
        """
        return f" ORDER BY {self.key()} {'DESC' if self.descending else 'ASC'} NULLS LAST, id"


def total(asker: Asker, scope: Scope) -> int:
    """Return the number of events in the scope."""
    where, values = scope.where()
    return int(asker.row(f"SELECT count(*) FROM events{where}", values)[0])


def page(
    asker: Asker,
    scope: Scope,
    columns: Sequence[str],
    order: Order,
    span: tuple[int, int],
) -> list[tuple[Any, ...]]:
    """Return `columns` of the events at row numbers from span[0] up to span[1]."""
    where, values = scope.where()
    first, end = span
    names = ", ".join(f'"{name}"' for name in columns)
    # The ids first: the sort then carries no text, and only the rows that show are looked up.
    ids = asker.rows(f"SELECT id FROM events{where}{order.sql()} LIMIT {int(end - first)} OFFSET {int(first)}", values)
    if not ids:
        return []
    found = {
        row[0]: row[1:]
        for row in asker.rows(
            f"SELECT id, {names} FROM events WHERE id IN (SELECT unnest(?))", [[row[0] for row in ids]]
        )
    }
    return [found[row[0]] for row in ids]


def rank(asker: Asker, scope: Scope, order: Order, event_id: int) -> int | None:
    """Return the row number of an event in the order, or None where the scope leaves it out."""
    where, values = scope.where()
    column = order.key()
    found = asker.rows(f"SELECT {column} FROM events{where}{' AND' if where else ' WHERE'} id = ?", [*values, event_id])
    if not found:
        return None
    value = found[0][0]
    if value is None:
        before, keys = f"{column} IS NOT NULL OR id < ?", [event_id]
    else:
        sign = ">" if order.descending else "<"
        before, keys = f"{column} {sign} ? OR ({column} = ? AND id < ?)", [value, value, event_id]
    glue = " AND" if where else " WHERE"
    return int(asker.row(f"SELECT count(*) FROM events{where}{glue} ({before})", [*values, *keys])[0])
