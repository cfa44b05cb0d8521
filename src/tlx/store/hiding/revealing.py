"""The one switch between what is masked and what it was: views that a connection sees in the place of the tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import _duckdb as duckdb

from tlx.model import EVENT_COLUMNS, Quantity
from tlx.store import schema
from tlx.store.cursor import Cursor
from tlx.store.memory.room import Room, StoreError

_HIDING = {
    "events": tuple(
        column
        for name, quantity in EVENT_COLUMNS.items()
        if quantity is Quantity.TEXT and name not in ("dialect", "status")
        for column in dict.fromkeys((schema.stored_name(name), name))
    ),
    "rejects": ("text",),
    "runs": ("command", "trace", "start", "working_dir", "raw"),
}
"""The columns that masking changes. Others may be written later, as those of spans are, and in the shown rows alone."""


class ShownCursor(Cursor):
    """A cursor for questions alone, which are answered with what was masked while that is revealed."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        room: Room,
        failed: Callable[[StoreError], None],
        revealed: Callable[[], bool],
    ) -> None:
        """Ask through `connection`; `revealed` says how, before each question."""
        super().__init__(connection, room, failed)
        self._is_revealed = revealed
        self._reveals = False

    def stay(self) -> bool:
        """Go on as it is now, whatever is revealed meanwhile; return whether that is with what was masked."""
        revealed = self._is_revealed()
        self._is_revealed = lambda: revealed
        return revealed

    def execute(self, sql: str, values: Sequence[Any] | Mapping[str, Any] | None = None) -> Self:
        """Put a question with its values.

        Raises:
            StoreError: there is no room for it.
        """
        if self._reveals != self._is_revealed():
            self._reveals = not self._reveals
            for table in _HIDING:
                super().execute(_view(table) if self._reveals else f"DROP VIEW temp.{table}")
        return super().execute(sql, values)


def _view(table: str) -> str:
    """A view of this connection, which goes before the table of its name."""
    shown, hidden = f"memory.main.{table}", f"memory.main.hidden_{table}"
    key = "run" if table == "runs" else "id"
    own = ", ".join(f'own."{column}" AS "{column}"' for column in _HIDING[table])
    return (
        f"CREATE TEMP VIEW {table} AS SELECT * FROM {shown} ANTI JOIN {hidden} USING ({key}) UNION ALL"
        f" SELECT shown.* REPLACE ({own}) FROM {shown} AS shown JOIN {hidden} AS own ON shown.{key} = own.{key}"
    )
