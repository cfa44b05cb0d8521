"""An index: the tables of a store in a file of their own, made in steps, and asked where it lies."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import _duckdb as duckdb

from tlx.model import Joins, UsualEvents
from tlx.store import schema
from tlx.store.database import Database
from tlx.store.spans.resume import resume

_MOST_ROWS = 61_440
"""Rows of a row group and of one step: a tenth of a second, and a file one part in twenty larger than with DuckDB's."""
_MOST_TEXT = 32 << 20
"""Bytes of text of a row group: it is held in memory until it is written."""
_VECTOR = 2048
"""Rows of which a row group holds a multiple."""
_SYNCED_STEPS = 16
"""After so many steps what was written goes to the disk, so that there is never much left for the end."""


_NO_RULES: Joins = {}


class Part(NamedTuple):
    """The leading part of a session: so many whole sources, and what has lower ids and no later run than these."""

    sources: int
    next_id: int
    run: int


class Counts(NamedTuple):
    """How many lines are in an index."""

    events: int
    headers: int
    rejects: int
    texts: int = 0
    """Rows of events that are texts of other lines."""


def paths_to_read(index: Path) -> list[str]:
    """Return the files that DuckDB asks for when it reads an index."""
    return [str(index), f"{index}.wal"]


def paths_to_make(index: Path) -> list[str]:
    """Return the files that DuckDB asks for when it makes an index."""
    return [str(index), *(f"{index}.wal{more}" for more in ("", ".checkpoint", ".recovery"))]


def attach(database: Database, index: Path, part: Part, rules: Joins = _NO_RULES) -> Counts | None:
    """Let a store without lines hold a part of an index; None if it cannot be read. It is asked, not copied.

    Spans are joined by the `rules` of dialects.
    """
    with contextlib.closing(database.bare_cursor()) as cursor:
        try:
            cursor.execute(f"ATTACH {schema.literal(str(index))} AS cached (READ_ONLY)")
        except duckdb.Error:
            return None
        try:
            cursor.execute("BEGIN")
            for statement in _statements_to_attach(part):
                cursor.execute(statement)
            resume(cursor, rules, part.sources, part.next_id)
            _make_views(cursor, part, database.usual_events)
            row = cursor.execute(
                "SELECT (SELECT count(*) FROM events) - (SELECT coalesce(sum(text_events), 0)::BIGINT FROM tallies),"
                " (SELECT count(*) FROM runs WHERE has_header)"
                " + (SELECT coalesce(sum(headers), 0)::BIGINT FROM tallies),"
                " (SELECT count(*) FROM rejects), (SELECT coalesce(sum(text_events), 0)::BIGINT FROM tallies)"
            ).fetchone()
            cursor.execute("COMMIT")
        except duckdb.Error:
            cursor.execute("ROLLBACK")
            cursor.execute("DETACH cached")
            return None
    assert row is not None
    database.cached = True
    return Counts(*row)


def _statements_to_attach(part: Part) -> Iterator[str]:
    for table, condition in _small(part).items():
        yield f"INSERT INTO {table} SELECT * FROM cached.{table} WHERE {condition}"


def _make_views(cursor: duckdb.DuckDBPyConnection, part: Part, usual: UsualEvents) -> None:
    """Let the large tables be those of the cache and what is fresh; an event that may change has been made fresh."""
    found = cursor.execute("SELECT count(*) FROM moved").fetchone()
    moved = " AND id NOT IN (SELECT id FROM moved)" if found and found[0] else ""
    for table in schema.LARGE:
        condition = f"id < {part.next_id}{moved if table == 'events' else ''}"
        for statement in schema.over_cache(table, condition, usual):
            cursor.execute(statement)


def _small(part: Part) -> dict[str, str]:
    """The tables of few rows, with the condition for those in a part."""
    whole = f"source < {part.sources}"
    return {
        **dict.fromkeys(("runs", "hidden_runs"), f"run <= {part.run}"),
        **dict.fromkeys(("sources", "damages", "masked"), whole),
        "tallies": f"id < {part.next_id}",
    }


class Making:
    """The making of an index in a file, until somebody sets `stop`."""

    def __init__(self, database: Database, index: Path, stop: threading.Event) -> None:
        self._cursor = database.bare_cursor()
        self._index = index
        self._stop = stop

    def interrupt(self) -> None:
        """End the step that is under way; any thread may call this."""
        with contextlib.suppress(duckdb.Error):  # it may have been closed
            self._cursor.interrupt()

    def make(self, part: Part, most: int) -> bool:
        """Make the index of a part of the store, unless it would take more than `most` bytes; say if it is made.

        It takes turns with whoever asks the store: a step, and then as long a rest.

        Raises:
            OSError: the file has gone, or cannot be written.
        """
        try:
            return self._make(part, most)
        except (duckdb.Error, MemoryError):  # a full disk or memory, an interrupt
            return False
        finally:
            self._cursor.close()

    def _make(self, part: Part, most: int) -> bool:
        rows = self._rows(part)
        # There is nothing to recover, so no write-ahead log is needed.
        self._cursor.execute(
            f"ATTACH {schema.literal(str(self._index))} AS made"
            f" (STORAGE_VERSION 'latest', ROW_GROUP_SIZE {rows}, RECOVERY_MODE no_wal_writes)"
        )
        finished = False
        try:
            for statement in schema.statements("made"):
                self._cursor.execute(statement)
            self._cursor.execute("BEGIN")
            if self._fill(part, rows, most):
                self._cursor.execute("COMMIT")
                self._cursor.execute("CHECKPOINT made")
                finished = True
        finally:
            if not finished:
                with contextlib.suppress(duckdb.Error):  # there may be nothing to roll back
                    self._cursor.execute("ROLLBACK")
            self._cursor.execute("DETACH made")
        return finished

    def _rows(self, part: Part) -> int:
        """Return how many rows of the usual size make a row group."""
        sql = f"SELECT sum(decompressed_bytes) FROM sources WHERE source < {part.sources}"
        found = self._cursor.execute(sql).fetchone()
        size = int(found[0] or 0) if found else 0
        return max(1, min(_MOST_ROWS, _MOST_TEXT * part.next_id // max(1, size)) // _VECTOR) * _VECTOR

    def _fill(self, part: Part, rows: int, most: int) -> bool:
        """Copy the rows step by step; say if there was room and time for all of them."""
        made = {
            **_small(part),
            "pairs": f"greatest(start_id, end_id) < {part.next_id}",
            "unjoined": f"source < {part.sources}",
        }
        for table, condition in made.items():
            self._cursor.execute(f"INSERT INTO made.{table} SELECT * FROM {table} WHERE {condition}")
        # Closed last: to close any descriptor of a file lets go of DuckDB's lock on it.
        file = os.open(self._index, os.O_RDONLY | os.O_CLOEXEC)
        try:
            for number, begin in enumerate(range(0, part.next_id, rows), 1):
                began = time.monotonic()
                end = min(begin + rows, part.next_id)
                self._copy(begin, end)
                if number % _SYNCED_STEPS == 0:
                    os.fsync(file)
                if os.fstat(file).st_size * part.next_id > most * end or self._stop.wait(time.monotonic() - began):
                    return False
        finally:
            os.close(file)
        return True

    def _copy(self, begin: int, end: int) -> None:
        """Copy the rows with the ids from `begin` up to `end`."""
        for table in schema.LARGE:
            columns = ", ".join(f'"{name}"' for name in schema.stored(table))
            self._cursor.execute(
                f"INSERT INTO made.{table} ({columns}) SELECT {columns} FROM {table} WHERE id >= {begin} AND id < {end}"
            )
