"""The DuckDB connection: memory budget, spill folder, and a lock on everything outside."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from typing import Any

# The engine alone: the package around it loads Arrow, Spark and expression helpers, which would delay the first rows.
import _duckdb as duckdb

from tlx import machine
from tlx.model import UsualEvents
from tlx.store import schema
from tlx.store.cursor import Cursor
from tlx.store.handover import Handover, handovers
from tlx.store.hiding.revealing import ShownCursor
from tlx.store.memory.room import Room, StoreError
from tlx.store.memory.spill import SpillError, SpillFolder, open_folder

ENGINE: str = duckdb.__version__
"""The version of DuckDB: files of one need not suit another."""

Interrupted = duckdb.InterruptException
"""Raised by a question that was overtaken."""

_ANY: UsualEvents = {}
_SHARE = 2
"""Without a limit tlx takes one part in so many of the memory it may have."""
_BESIDE = 192 << 20
"""Bytes of the process that are not the store's: Python, Textual, the chunks being read, what lies idle in between."""
_BOOKKEEPING = 8
"""One part in so many of the memory is for what DuckDB does not count: to know what lies where, spilled or not."""
_LEAST = 160 << 20
"""Bytes of the store below which loading fails where questions are put at the same time."""
_RELIEF = 32 << 20
"""Bytes that the store gets once it is full, so that it can be asked: spilled rows need room to come back."""


class Database:
    """One in-memory database. Each thread asks through a cursor of its own."""

    _HANDOVERS = 4
    """Files in memory for as many threads that load; more of them hand their text over as a parameter."""

    def __init__(
        self,
        max_memory: int | None = None,
        spill_folder: str | None = None,
        paths: Sequence[str] = (),
        usual_events: UsualEvents = _ANY,
    ) -> None:
        """Make the empty tables.

        `max_memory` in bytes is for the whole process, half of what the machine allows where none is given; what the
        store cannot hold in it spills to a private folder in `spill_folder`, or in the user's cache folder. Of all
        other files only those at `paths` can be reached. With the `usual_events` of dialects it takes events of these
        alone, in less memory.
        """
        self.usual_events = usual_events
        self.cached = False
        """Whether a cache holds a part of the lines, so that the large tables are views over it and what is fresh."""
        self.revealed = False
        """Whether questions are answered with what was masked, where that was kept; any thread may set it."""
        self.final: int | None = None
        """How many events there are once there will be no more, and nothing will be changed of them; None before."""
        self.unended: bool | None = None
        """Whether any span has no end, known from when there will be no more events; None before."""
        self.joins: frozenset[str] = frozenset()
        """The dialects of events whose spans are joined, known before there are such events."""
        self.joined = 0
        """The arrival number below which events have been joined to spans as far as they can be, once committed."""
        self.changes = 0
        """How often rows have been changed that may have been seen, counted once that is committed."""
        memory = max_memory or machine.memory() // _SHARE
        self._limit = store_memory(memory)
        folder, reason = _spill_to(spill_folder)
        self._room = Room(memory, folder.path if folder else None, reason)
        self._handovers = handovers(self._HANDOVERS)
        self._free = list(self._handovers)
        with contextlib.ExitStack() as opened:
            if folder is not None:
                opened.callback(folder.close)
            for handover in self._handovers:
                opened.callback(handover.close)
            self._connection = duckdb.connect(":memory:", config=self._config(folder))
            opened.callback(self._connection.close)
            self._set_up(paths)
            self._opened = opened.pop_all()

    def _config(self, folder: SpillFolder | None) -> dict[str, Any]:
        return {
            "threads": 1,  # while loading, each worker is a thread of its own; more only get in their way
            "memory_limit": f"{self._limit}B",
            "temp_directory": str(folder.path) if folder else "",
            "preserve_insertion_order": False,  # arrival order is the id column
            "wal_autocheckpoint": "1TB",  # there is no log to shorten, but row groups would be rewritten while loading
            "write_buffer_row_group_count": 1,  # a file is written in steps, each of which can be waited for
            "late_materialization_max_rows": 0,  # it fails where rows are chosen by their number, which questions use
            "disable_database_invalidation": True,  # what is loaded can be looked at even where a commit went wrong
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }

    def _set_up(self, paths: Sequence[str]) -> None:
        """Make the tables, and shut the doors to files and the network.

        All at once: between two calls the thread would wait for its turn each time, while the screen is being loaded.
        """
        allowed = ", ".join(schema.literal(path) for path in (*paths, *(handover.path for handover in self._handovers)))
        statements = (
            "SET GLOBAL TimeZone = 'UTC'",  # what a time without zone means
            *schema.statements(usual=self.usual_events),
            # Row groups that a large transaction fills would be compressed while loading, which takes longer than
            # parsing.
            "SET force_compression = 'uncompressed'",
            f"SET allowed_paths = [{allowed}]",
            "SET enable_external_access = false",
        )
        self._connection.execute("; ".join(statements))

    def handover(self) -> Handover | None:
        """Return a file in memory that only the caller uses, if there is another one; the database closes it."""
        return self._free.pop() if self._free else None

    def cursor(self) -> Cursor:
        """Return a connection of its own to the same data."""
        return Cursor(self._connection.cursor(), self._room, self._fill)

    def reader(self, *, whole: bool = False) -> ShownCursor:
        """Return a cursor for questions: it sees what is masked as it is while `revealed` is true, or if `whole`."""
        return ShownCursor(self._connection.cursor(), self._room, self._fill, lambda: whole or self.revealed)

    def bare_cursor(self) -> duckdb.DuckDBPyConnection:
        """Return one whose failures say nothing of the store, for work that can be left undone."""
        return self._connection.cursor()

    def masks_any(self) -> bool:
        """Return whether anything was masked."""
        row = self._connection.cursor().execute("SELECT count(*) FROM masked").fetchone()
        return bool(row and row[0])

    def live(self, table: str) -> str:
        """Return the name of the table that takes the new rows of `table`."""
        is_view = schema.is_view(table) or (self.cached and table in schema.LARGE)
        return schema.fresh(table) if is_view else table

    def settle(self, *, live: bool = False) -> None:
        """Give questions all cores once loading is done, and lock the configuration; one less if more is to come."""
        cores = os.cpu_count() or 1
        self._connection.execute(f"SET threads = {max(1, cores - live)}")
        self._connection.execute("SET lock_configuration = true")
        if not live:
            question = "SELECT (SELECT count(*) FROM events), EXISTS (FROM unjoined WHERE starts)"
            row = self._connection.cursor().execute(question).fetchone()
            self.unended, self.final = (row[1], int(row[0])) if row else (None, None)

    def close(self) -> None:
        """Free the memory and remove the spill folder."""
        self._opened.close()

    def _fill(self, error: StoreError) -> None:
        """Note that the store is full: what it holds stays, and can be asked for."""
        if self._room.full is None:
            self._room.full = error
            with contextlib.suppress(duckdb.Error):  # the configuration may be locked
                self._connection.cursor().execute(f"SET GLOBAL memory_limit = '{self._limit + _RELIEF}B'")


def store_memory(memory: int) -> int:
    """Return how many bytes of the `memory` of a process its store may take."""
    return max(_LEAST, memory - _BESIDE - memory // _BOOKKEEPING)


def _spill_to(root: str | None) -> tuple[SpillFolder | None, str]:
    """Return a folder to spill to, or the reason why there is none; most logs need none."""
    try:
        return open_folder(root), ""
    except SpillError as error:
        return None, str(error)
