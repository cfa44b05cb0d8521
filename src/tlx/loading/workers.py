"""The threads that hand batches of lines to the store, which parses them with the GIL released."""

from __future__ import annotations

import contextlib
import math
import operator
import queue
import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tlx.dialects.base import Dialect
from tlx.dialects.known import decoders
from tlx.loading.joining import Joining
from tlx.model import Batch, Masks
from tlx.store.database import Database
from tlx.store.ingest import Ingester

_IDLE_SECONDS = 0.05
"""So long a worker waits for more before it shows what it has."""
_PATIENCE = 0.1
"""Seconds between two looks at whether it is to stop."""


class Tally(NamedTuple):
    """Lines counted as events, headers or rejects, and texts of lines that are none of them."""

    events: int = 0
    headers: int = 0
    rejects: int = 0
    texts: int = 0
    arrived: int = 0
    """The arrival number below which they lie."""

    def plus(self, more: Tally) -> Tally:
        """Return the sums of two, which lie below the higher number."""
        return Tally(*map(operator.add, self, more))._replace(arrived=max(self.arrived, more.arrived))


class _Pending:
    """What a worker has added and not committed."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.batches: list[int] = []
        """The first arrival numbers of its batches."""
        self.end = 0
        """The arrival number behind the last of them."""


class Workers:
    """Takes batches, in threads or at once, and counts what became of them. What goes wrong ends it: see `failure`."""

    def __init__(
        self, number: int, how: tuple[Sequence[Dialect], Masks], stop: threading.Event, grew: Callable[[], object]
    ) -> None:
        self._dialects, self._masks = how
        self.tally = Tally()
        """What is committed."""
        self.torn: set[int] = set()
        """Sources whose last line, without a line feed, was no record."""
        self.failure: BaseException | None = None
        self.lines_left = math.inf
        """About how many lines are still to be put, where that is known."""
        self._number = number
        self._stop = stop
        self._grew = grew
        self._batches: queue.Queue[tuple[Batch, bool] | None] = queue.Queue(1)
        self._taken = threading.Semaphore(0)
        self.threads: tuple[threading.Thread, ...] = ()
        """Those at work."""
        self._lock = threading.Lock()
        self._shown = threading.Event()
        self._committed = False
        """Whether anything is in the tables: what comes then, if less than a row group, is copied into them."""
        self._left: list[tuple[Ingester, _Pending]] = []
        """What workers that have ended added and did not commit."""
        self._ingester: Ingester | None = None
        self._ingesters: list[Ingester] = []
        """All that there ever were."""
        self._pending = _Pending()
        self._joining: Joining | None = None

    @property
    def joining(self) -> Joining:
        """What joins spans."""
        assert self._joining is not None
        return self._joining

    def start(self, database: Database, begin: int = 1, *, first_at_once: bool = True) -> None:
        """Begin to take batches, of which the first arrival number is `begin` or a higher one.

        Where somebody waits for it, the first one is shown `first_at_once`. Else a small log is shown as a whole: what
        comes into empty tables is moved there, so that only what the other workers took has to be copied.
        """
        if not first_at_once:
            self._shown.set()
        self._joining = Joining(database, self._dialects, begin)
        self.tally = self.tally._replace(arrived=begin)
        for _ in range(self._number):
            thread = threading.Thread(target=self._work, args=(database,), name="tlx-ingest", daemon=True)
            thread.start()
            self.threads = (*self.threads, thread)  # one that cannot be started is none to wait for

    def put(self, batch: Batch, *, tail: bool) -> None:
        """Hand over a batch and wait until it is taken; once it is to stop none is.

        What is read next is short of a worker only where both end at once, and takes the memory of no batch that waits.
        """
        self.joining.coming(batch)
        self._put((batch, tail))
        while not (self._stop.is_set() or self._taken.acquire(timeout=_PATIENCE)):
            pass

    def join(self) -> None:
        """Wait until every batch is in the store."""
        for _ in self.threads:
            self._put(None)
        for thread in self.threads:
            thread.join()
        self.threads = ()
        self._commit_left()
        if not self._stop.is_set():
            self.joining.finish()

    def count(self, headers: int, rejects: int) -> None:
        """Count lines that do not come by batches."""
        with self._lock:
            self.tally = self.tally.plus(Tally(headers=headers, rejects=rejects))

    def ingest(self, database: Database, batch: Batch, *, tail: bool) -> None:
        """Append a batch in the caller's thread, so that all come in the order of their arrival numbers."""
        self._ingester = self._ingester or self._ingester_of(database)
        self.joining.coming(batch)
        self._append(self._ingester, (batch, tail), self._pending)

    def commit(self) -> None:
        """Show what was appended in the caller's thread."""
        if self._ingester is not None:
            self._commit(self._ingester, self._pending)

    def close(self) -> None:
        """Let go of what the caller's thread has."""
        if self._ingester is not None:
            self._ingester.close()
            self._ingester = None
        self.joining.close()

    def interrupt(self) -> None:
        """End what is under way in the store, a batch may take seconds; any thread may call, once it is to stop."""
        for ingester in self._ingesters:
            ingester.interrupt()
        if self._joining is not None:
            self._joining.interrupt()

    def _ingester_of(self, database: Database) -> Ingester:
        found = decoders(self._dialects)._replace(masks=self._masks)
        made = Ingester(database, [one.projection for one in self._dialects], found)
        self._ingesters.append(made)
        return made

    def _put(self, item: tuple[Batch, bool] | None) -> None:
        while not (self._stop.is_set() and item is not None):
            with contextlib.suppress(queue.Full):
                self._batches.put(item, timeout=_PATIENCE)
                return

    def _work(self, database: Database) -> None:
        """A worker thread: batches into the store, until told to stop."""
        ended = False
        try:
            ingester = self._ingester_of(database)
            pending = _Pending()
            while not ended:
                item = self._take(ingester, pending)
                ended = item is None
                if item is not None and not self._stop.is_set():
                    self._append(ingester, item, pending)
            if self._committed:
                self._commit(ingester, pending)
                ingester.close()
            else:
                self._left.append((ingester, pending))
        except Exception as error:  # noqa: BLE001  kept for the session: a thread has nobody else to tell
            self._fail(error)
            while not ended:
                ended = self._batches.get() is None

    def _take(self, ingester: Ingester, pending: _Pending) -> tuple[Batch, bool] | None:
        """Wait for a batch; commit what is in hand if none comes soon."""
        try:
            item = self._batches.get(timeout=_IDLE_SECONDS)
        except queue.Empty:
            self._commit(ingester, pending)
            item = self._batches.get()
        if item is not None:
            self._taken.release()
        return item

    def _append(self, ingester: Ingester, item: tuple[Batch, bool], pending: _Pending) -> None:
        batch, tail = item
        outcome = ingester.add(batch)
        pending.batches.append(batch.first_id)
        pending.end = max(pending.end, batch.first_id + batch.ids)
        pending.tally = pending.tally.plus(Tally(outcome.events, outcome.headers, outcome.rejects, outcome.texts))
        if tail and outcome.rejects:
            self.torn.add(batch.source)
        if ingester.is_due(self.lines_left / self._number) or not self._shown.is_set():
            self._shown.set()
            self._commit(ingester, pending)

    def _commit(self, ingester: Ingester, pending: _Pending) -> None:
        self._show(ingester, pending.batches)
        with self._lock:
            self.tally = self.tally.plus(pending.tally._replace(arrived=pending.end))
        grown = pending.tally != Tally()
        self._committed = self._committed or grown
        pending.tally, pending.batches = Tally(), []
        if grown:
            self._grew()

    def _commit_left(self) -> None:
        """Commit what the workers left, the most first: that is not copied."""
        with contextlib.ExitStack() as cursors:
            for ingester, _ in self._left:
                cursors.callback(ingester.close)
            left, self._left = self._left, []
            for ingester, pending in sorted(left, key=lambda one: one[1].tally.events, reverse=True):
                try:
                    self._commit(ingester, pending)
                except Exception as error:  # noqa: BLE001  kept for the session, as what fails in a worker is
                    self._fail(error)

    def _fail(self, error: Exception) -> None:
        """Keep what went wrong; what does once it is to stop is an interrupt, or comes of what is kept already."""
        if not self._stop.is_set():
            self.failure = self.failure or error
            self._stop.set()

    def _show(self, ingester: Ingester, batches: list[int]) -> None:
        """Commit, and join what can be joined now; in the caller's thread both are one."""
        if ingester is self._ingester:
            ingester.commit(lambda cursor: self.joining.within(cursor, ingester.dialects))
            self.joining.committed()
        else:
            self.joining.expect(ingester.dialects)
            ingester.commit()
            self.joining.arrived(batches, ingester.dialects)
