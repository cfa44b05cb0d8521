"""Connections to the store, each for one thread."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self, TypeVar

import _duckdb as duckdb

from tlx.store.memory.room import Room, StoreError

_WRITES = ("BEGIN", "COMMIT", "CREATE", "DELETE", "INSERT", "UPDATE")

T = TypeVar("T")


class Cursor:
    """A connection of its own, whose errors tell of want of room in words. Only `interrupt` is for any thread."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, room: Room, failed: Callable[[StoreError], None]) -> None:
        """Ask through `connection`; `failed` is called where something could not be written."""
        self._connection = connection
        self._room = room
        self._failed = failed
        self._writing = False
        self._parsed: dict[str, duckdb.Statement] = {}

    def execute(self, sql: str, values: Sequence[Any] | Mapping[str, Any] | None = None) -> Self:
        """Put a statement with its values.

        Raises:
            StoreError: there is no room for it, or there was none for what was written before it.
        """
        self._begin(sql)
        self._guarded(lambda: self._connection.execute(sql, values))
        return self

    def repeat(self, sql: str, values: Mapping[str, Any]) -> Self:
        """Put a statement like `execute`, one of few that are put often: it is parsed the first time only.

        Raises:
            StoreError: there is no room for it, or there was none for what was written before it.
        """
        self._begin(sql)
        self._guarded(lambda: self._connection.execute(self._parse(sql), values))
        return self

    def _parse(self, sql: str) -> duckdb.Statement:
        if sql not in self._parsed:
            (self._parsed[sql],) = self._connection.extract_statements(sql)
        return self._parsed[sql]

    def _begin(self, sql: str) -> None:
        """Begin with a statement, unless it writes where nothing can be written."""
        self._writing = sql.startswith(_WRITES)
        if self._writing and self._room.full is not None:
            raise self._room.full  # a table that could not be written to must not be tried again

    def aside(self, sql: str, values: Sequence[Any]) -> Self:
        """Put a statement whose failure says nothing of the store, for it can be left undone.

        Raises:
            StoreError: there is no room for it, or there was none for what was written before it.
        """
        self._writing = False
        if self._room.full is not None:
            raise self._room.full
        self._guarded(lambda: self._connection.execute(sql, values))
        return self

    def fetchone(self) -> tuple[Any, ...] | None:
        """Return the next row of the answer; None behind the last."""
        row: tuple[Any, ...] | None = self._guarded(self._connection.fetchone)
        return row

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return the rows of the answer that are left."""
        rows: list[tuple[Any, ...]] = self._guarded(self._connection.fetchall)
        return rows

    def fetchmany(self, number: int) -> list[tuple[Any, ...]]:
        """Return the next rows of the answer, at most so many; none behind the last."""
        rows: list[tuple[Any, ...]] = self._guarded(lambda: self._connection.fetchmany(number))
        return rows

    def interrupt(self) -> None:
        """Stop the statement that is under way, if there is any."""
        with contextlib.suppress(duckdb.ConnectionException):  # it may have been closed
            self._connection.interrupt()

    def close(self) -> None:
        """Let go of the connection; what is not committed is lost."""
        self._connection.close()

    def _guarded(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except (duckdb.Error, MemoryError) as error:
            shortage = self._room.shortage(error) or (self._room.full if self._writing else None)
            if shortage is None:
                raise
            if self._writing:
                self._failed(shortage)
            raise shortage from error
