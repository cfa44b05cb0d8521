"""The DuckDB connection: memory budget, private spill folder, and a lock on everything outside."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from typing import Any

# The engine alone: the package around it loads Arrow, Spark and expression helpers, which would delay the first rows.
import _duckdb as duckdb

from tlx.store import schema
from tlx.store.handover import Handover, handovers

Interrupted = duckdb.InterruptException
"""Raised by a question that was overtaken."""


class Database:
    """One in-memory database. Each thread asks through a cursor of its own."""

    _HANDOVERS = 4
    """Files in memory for as many threads that load; more of them hand their text over as a parameter."""

    def __init__(self, max_memory: int | None = None) -> None:
        """Make the empty tables; `max_memory` in bytes limits the store, which then spills to a private folder."""
        self._spill = tempfile.mkdtemp(prefix="tlx-")
        config: dict[str, Any] = {
            "threads": 1,  # while loading, each worker is a thread of its own; more only get in their way
            "temp_directory": self._spill,
            "preserve_insertion_order": False,  # arrival order is the id column
            "wal_autocheckpoint": "1TB",  # there is no log to shorten, but row groups would be rewritten while loading
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        if max_memory is not None:
            config["memory_limit"] = f"{max_memory}B"
        self._handovers = handovers(self._HANDOVERS)
        self._free = list(self._handovers)
        with contextlib.ExitStack() as undo:
            undo.callback(shutil.rmtree, self._spill, ignore_errors=True)
            self._connection = duckdb.connect(":memory:", config=config)
            self._set_up()
            undo.pop_all()

    def _set_up(self) -> None:
        """Make the tables, and shut the doors to files and the network."""
        self._connection.execute("SET GLOBAL TimeZone = 'UTC'")  # what a time without zone means
        for statement in schema.statements():
            self._connection.execute(statement)
        # Row groups that a large transaction fills would be compressed while loading, which takes longer than parsing.
        self._connection.execute("SET force_compression = 'uncompressed'")
        paths = ", ".join(f"'{handover.path}'" for handover in self._handovers)
        self._connection.execute(f"SET allowed_paths = [{paths}]")
        self._connection.execute("SET enable_external_access = false")

    def handover(self) -> Handover | None:
        """Return a file in memory that only the caller uses, if there is another one; the database closes it."""
        return self._free.pop() if self._free else None

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a connection of its own to the same data."""
        return self._connection.cursor()

    def settle(self) -> None:
        """Give questions all cores once loading is done, and lock the configuration."""
        self._connection.execute(f"SET threads = {os.cpu_count() or 1}")
        self._connection.execute("SET lock_configuration = true")

    def close(self) -> None:
        """Free the memory and remove the spill folder."""
        self._connection.close()
        for handover in self._handovers:
            handover.close()
        shutil.rmtree(self._spill, ignore_errors=True)
