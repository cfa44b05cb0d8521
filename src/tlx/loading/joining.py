"""Spans are joined behind the threads that load: as far as every line has come."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping

from tlx.dialects.base import Dialect
from tlx.dialects.known import spans
from tlx.model import Batch
from tlx.store.cursor import Cursor
from tlx.store.database import Database
from tlx.store.spans.joiner import Joiner


class Joining:
    """Knows which batches are under way, and has joined what lies before them. Any thread may call."""

    def __init__(self, database: Database, dialects: Iterable[Dialect], begin: int) -> None:
        """Join what arrives with the number `begin` or a higher one."""
        self.logs: Mapping[int, int] = {}
        """Sources that go on where others ended, each with the first of these: a log that was rotated."""
        self._rules = spans(dialects)
        self._joiner = Joiner(database, self._rules, begin)
        self._database = database
        self._cursor: Cursor | None = None
        self._busy = threading.Lock()
        self._lock = threading.Lock()
        self._under_way: dict[int, None] = {}
        """The first arrival numbers of batches that are not in the store, in order."""
        self._end = begin
        self._dialects: set[str] = set()
        self._joined = False

    def coming(self, batch: Batch) -> None:
        """Note that a batch is under way; they come in the order of their arrival numbers."""
        with self._lock:
            self._under_way[batch.first_id] = None
            self._end = batch.first_id + batch.ids

    def expect(self, dialects: Collection[str]) -> None:
        """Note that events of dialects are about to be in the store: until they have been joined they may change."""
        found = self._rules.keys() & dialects
        with self._lock:
            if not found <= self._database.joins:
                self._database.joins |= found

    def arrived(self, first_ids: Iterable[int], dialects: Collection[str]) -> None:
        """Note that batches are in the store; join what can be, unless another thread is about it."""
        with self._lock:
            self._dialects.update(dialects)
            for first_id in first_ids:
                del self._under_way[first_id]
        if self._busy.acquire(blocking=False):
            try:
                self._join()
            finally:
                self._busy.release()

    def finish(self) -> None:
        """Join what is left once every batch is in the store."""
        with self._busy:
            self._join()

    def within(self, cursor: Cursor, dialects: Collection[str]) -> None:
        """Join what the transaction of a cursor adds: nothing else is under way."""
        self.expect(dialects)
        with self._busy:
            self._under_way.clear()
            self._dialects.update(dialects)
            self._joined = self._joiner.join(cursor, self._end, self._dialects, self.logs)

    def committed(self) -> None:
        """Note that the transaction is over: what it joined has been changed now for all who ask."""
        self._database.changes += self._joined
        self._database.joined = self._joiner.begin
        self._joined = False

    def interrupt(self) -> None:
        """End the statement that is under way; any thread may call."""
        if self._cursor is not None:
            self._cursor.interrupt()

    def close(self) -> None:
        """Let go of the cursor."""
        if self._cursor is not None:
            self._cursor.close()

    def _join(self) -> None:
        with self._lock:
            end, dialects = next(iter(self._under_way), self._end), set(self._dialects)
        if not self._joiner.concerns(end, dialects):
            self._database.joined = self._joiner.begin
            return
        self._cursor = self._cursor or self._database.cursor()
        self._cursor.execute("BEGIN")
        joined = self._joiner.join(self._cursor, end, dialects, self.logs)
        self._cursor.execute("COMMIT")
        self._database.changes += joined
        self._database.joined = self._joiner.begin
