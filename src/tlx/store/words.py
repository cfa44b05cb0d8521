"""Narrowing: columns of a few words are kept as numbers of one or two bytes once no more events come.

While events come nobody knows what words there will be, and to look each of them up would delay the loading.
"""

from __future__ import annotations

import contextlib
import threading

import _duckdb as duckdb

from tlx.store import schema
from tlx.store.database import Database

_WORTH = 50_000
"""With fewer events questions are quick as it is."""
_MOST = 4096
"""More words than these are hardly words: a column of so many stays as it is."""


class Narrowing:
    """The narrowing of a store that is at rest, while questions are answered; what it says of events is the same."""

    def __init__(self, database: Database, stop: threading.Event) -> None:
        """Go on until somebody sets `stop`."""
        self._database = database
        self._cursor = database.bare_cursor()
        self._stop = stop

    def stop(self) -> None:
        """End the step that is under way; any thread may call this."""
        with contextlib.suppress(duckdb.Error):  # it may have been closed
            self._cursor.interrupt()

    def narrow(self) -> frozenset[str]:
        """Narrow what can be, all at once; return the columns. None are where there is no room, or it was stopped."""
        worth = not self._database.cached and (self._database.final or 0) >= _WORTH
        try:
            return self._narrow() if worth else frozenset()
        except (duckdb.Error, MemoryError):  # no room, or an interrupt
            with contextlib.suppress(duckdb.Error):  # there may be nothing to roll back
                self._cursor.execute("ROLLBACK")
            return frozenset()
        finally:
            self._cursor.close()

    def _narrow(self) -> frozenset[str]:
        """Do it in one transaction: questions see all of it or nothing."""
        self._cursor.execute("BEGIN")
        counts = ", ".join(f'approx_count_distinct("{column}")' for column in schema.WORDS)
        found = self._cursor.execute(f"SELECT {counts} FROM {schema.fresh('events')}").fetchone() or ()
        known = {"dialect"} if self._database.usual_events else set()
        few = {column for column, number in zip(schema.WORDS, found, strict=False) if number <= _MOST}
        columns = [column for column in schema.WORDS if column in few - known]
        for statement in (*schema.narrowed(columns, self._database.usual_events), "COMMIT"):
            if self._stop.is_set():
                self._cursor.execute("ROLLBACK")
                return frozenset()
            self._cursor.execute(statement)
        return frozenset(columns)
