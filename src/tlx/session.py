"""A session: loads logs into the store in threads of its own, and says how far it is. The only threads of tlx.

One thread reads, decompresses and cuts lines; worker threads hand batches to the store, which parses them with the GIL
released. Whoever started the session is told of growth and asks questions meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from tlx import machine
from tlx.config import Settings
from tlx.dialects.registry import DIALECTS
from tlx.model import Batch
from tlx.place import BEGIN, Place
from tlx.reader.log import LogReader
from tlx.reader.source import Source, SourceError
from tlx.reopen import Reopening, Stand, meaning
from tlx.store.database import Database
from tlx.store.ingest import Ingester
from tlx.store.runs import RunWriter

_PROJECTIONS = [dialect.projection for dialect in DIALECTS]
_FIRST_ROWS_SECONDS = 0.7
"""So long the loading waits for the first rows to be shown."""
_IDLE_SECONDS = 0.05
"""So long a worker waits for more before it shows what it has."""


class Progress(NamedTuple):
    """How far the loading is: bytes as stored, lines counted as events, headers or rejects."""

    read_bytes: int
    total_bytes: int | None
    events: int
    headers: int
    rejects: int
    seconds: float
    done: bool
    text_bytes: int = 0
    """Bytes of text, decompressed."""

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """An estimate from the bytes that are left; None for a pipe or before there is any ground for it."""
        if not self.total_bytes or not self.read_bytes or self.done:
            return None
        return self.seconds * max(0, self.total_bytes - self.read_bytes) / self.read_bytes


@dataclass(slots=True, eq=False, repr=False)
class _Tally:
    events: int = 0
    headers: int = 0
    rejects: int = 0


class Session:
    """Loads `paths`, in order, into a database of its own."""

    def __init__(self, paths: Sequence[str], settings: Settings) -> None:
        """Open every source at once, so that a missing one is known before anything is shown.

        Raises:
            SourceError: a source cannot be opened.
        """
        self.paths = tuple(paths)
        self.failure: BaseException | None = None
        """What ended the loading early, if anything did."""
        self._settings = settings
        self._grew: Callable[[], object] = lambda: None
        self._readers: list[LogReader] = []
        with contextlib.ExitStack() as opened:
            for number, path in enumerate(paths):
                self._readers.append(LogReader(path, number, settings.max_line))
                opened.callback(self._readers[-1].close)
            opened.pop_all()
        self._stands: list[Stand] = []
        self._begin = BEGIN
        """Where the next source begins, or where its reading goes on behind what is known."""
        self._reopening = _reopening([reader.source for reader in self._readers], settings)
        self._keep = False
        self._workers = max(2, min(4, os.cpu_count() or 1))
        self._batches: queue.Queue[tuple[Batch, bool] | None] = queue.Queue(self._workers)
        self._tally = _Tally()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._done = threading.Event()
        self._shown = threading.Event()
        self._resumed = threading.Event()
        self._started = 0.0
        self._seconds = 0.0
        self._database: Database | None = None
        self._torn: set[int] = set()
        self._thread = threading.Thread(target=self._load, name="tlx-load", daemon=True)

    def start(self, *, first_rows_first: bool = False, keep: bool = False) -> None:
        """Begin to load.

        With `first_rows_first` the loading stops for a moment after the first chunk, until `resume` is called: a
        screen that is being drawn has the machine to itself. With `keep` what took long goes to the cache afterwards.
        """
        self._keep = keep
        if not first_rows_first:
            self._resumed.set()
        self._started = time.monotonic()
        self._thread.start()

    def resume(self) -> None:
        """Go on loading: the first rows have been shown."""
        self._resumed.set()

    def listen(self, grew: Callable[[], object]) -> None:
        """Call `grew`, from any thread, whenever there is more in the store and when the loading is done."""
        self._grew = grew

    @property
    def database(self) -> Database:
        """The store; waits the moment until it is there."""
        self._ready.wait()
        if self._database is None:
            raise RuntimeError("the store could not be made") from self.failure
        return self._database

    @property
    def done(self) -> bool:
        """Whether everything has been read and committed, or the loading failed."""
        return self._done.is_set()

    def wait(self) -> None:
        """Wait until the loading is done.

        Raises:
            SourceError: a source could not be read to its end.
        """
        self._done.wait()
        if self.failure is not None:
            raise self.failure

    def progress(self) -> Progress:
        """Return how far the loading is."""
        sizes = [reader.size for reader in self._readers]
        with self._lock:
            tally = (self._tally.events, self._tally.headers, self._tally.rejects)
        return Progress(
            sum(reader.read_bytes for reader in self._readers),
            None if None in sizes else sum(size or 0 for size in sizes),
            *tally,
            self._seconds if self.done else time.monotonic() - self._started,
            self.done,
            sum(reader.text_bytes for reader in self._readers),
        )

    def close(self) -> None:
        """Stop loading, end the threads, free the store."""
        self._stop.set()
        self._resumed.set()
        for reader in self._readers:
            reader.cancel()
        while self._thread.is_alive():
            self._reopening.stop()  # again and again: it has no effect between two statements
            self._thread.join(_IDLE_SECONDS)
        for reader in self._readers:
            reader.close()
        if self._database is not None:
            self._database.close()

    def _load(self) -> None:
        """The loading thread: reads, joins the workers, and then sees to the cache."""
        workers: list[threading.Thread] = []
        try:
            self._database = self._open_store()
            self._ready.set()
            if self._database.cached:
                self._grew()
            writer = RunWriter(self._database)
            workers = [
                threading.Thread(target=self._work, name="tlx-ingest", daemon=True) for _ in range(self._workers)
            ]
            for worker in workers:
                worker.start()
            place = Place(writer)
            known = len(self._stands)
            for reader in self._readers[known:]:
                self._read(reader, place)
            self._join(workers)
            for reader in self._readers[known:]:
                if reader.number in self._torn:
                    reader.torn()
                writer.set_source(reader.facts())
            writer.close()
            self._database.settle()
        except Exception as error:  # noqa: BLE001  kept, and raised by wait(): a thread has nobody else to tell
            self._fail(error)
            self._join(workers)
        self._seconds = time.monotonic() - self._started
        self._ready.set()
        self._done.set()
        self._grew()
        if self._database and not self.failure and not self._stop.is_set():
            self._reopening.keep(self._database, self._stands, self._settings.cache_size)
        self._reopening.close()

    def _open_store(self) -> Database:
        """Make the store; what the cache holds of the sources is in it at once, and need not be read."""
        self._reopening.find()
        if self._keep:
            self._reopening.prepare()
        database = Database(self._settings.max_memory, self._settings.spill_folder, self._reopening.paths)
        counts = self._reopening.attach(database)
        self._tally = _Tally(counts.events, counts.headers, counts.rejects)
        self._stands += self._reopening.known
        if self._stands:
            self._begin = replace(self._stands[-1].end, begun=False, line=1)
        self._begin = self._reopening.rest or self._begin
        writer = RunWriter(database)
        for reader in self._readers[: len(self._stands)]:
            writer.set_path(reader.number, self.paths[reader.number])
            reader.pass_over()
        writer.close()
        return database

    def _join(self, workers: Sequence[threading.Thread]) -> None:
        for _ in workers:
            self._put(None)
        for worker in workers:
            worker.join()

    def _put(self, item: tuple[Batch, bool] | None) -> None:
        """Hand over a batch, waiting for room; a session that stops takes no more."""
        while not (self._stop.is_set() and item is not None):
            with contextlib.suppress(queue.Full):
                self._batches.put(item, timeout=0.1)
                return

    def _fail(self, error: BaseException) -> None:
        self.failure = self.failure or error
        self._stop.set()

    def _read(self, reader: LogReader, place: Place) -> None:
        if self._begin.next_id > BEGIN.next_id:
            self._let_first_rows_first()  # there are some, of the cache or of another source
        place.go_to(reader.number, self._begin)
        settled, line, began = self._begin, self._begin.line, None
        try:
            for chunk in reader.chunks(line):
                if self._stop.is_set():
                    return
                began = began or time.monotonic() - self._started
                for batch in place.batches(chunk):
                    self._put((batch, chunk.tail))
                line = chunk.first_line + chunk.line_count
                settled = place.bookmark(line) if reader.steady else settled
                self._let_first_rows_first()
                with self._lock:
                    self._tally.headers, place.headers = self._tally.headers + place.headers, 0
                    self._tally.rejects, place.rejects = self._tally.rejects + place.rejects, 0
        except SourceError as error:
            self.failure = self.failure or error
        seconds = 0.0 if began is None else time.monotonic() - self._started - began
        self._stands.append(Stand(settled, place.bookmark(line), seconds))
        self._begin = replace(self._stands[-1].end, begun=False, line=1)

    def _let_first_rows_first(self) -> None:
        """Wait for the screen, if it wants that; the time counts as none of the loading."""
        if not self._resumed.is_set():
            begin = time.monotonic()
            self._resumed.wait(_FIRST_ROWS_SECONDS)
            self._resumed.set()
            self._started += time.monotonic() - begin

    def _work(self) -> None:
        """A worker thread: batches into the store, until told to stop."""
        assert self._database is not None
        ended = False
        try:
            ingester = Ingester(self._database, _PROJECTIONS)
            pending = _Tally()
            while not ended:
                item = self._take(ingester, pending)
                ended = item is None
                if item is not None and not self._stop.is_set():
                    self._ingest(ingester, item, pending)
            self._commit(ingester, pending)
            ingester.close()
        except Exception as error:  # noqa: BLE001  kept, and raised by wait(): a thread has nobody else to tell
            self._fail(error)
            while not ended:
                ended = self._batches.get() is None

    def _take(self, ingester: Ingester, pending: _Tally) -> tuple[Batch, bool] | None:
        """Wait for a batch; commit what is in hand if none comes soon."""
        try:
            return self._batches.get(timeout=_IDLE_SECONDS)
        except queue.Empty:
            self._commit(ingester, pending)
        return self._batches.get()

    def _ingest(self, ingester: Ingester, item: tuple[Batch, bool], pending: _Tally) -> None:
        batch, tail = item
        outcome = ingester.add(batch)
        pending.events += outcome.events
        pending.rejects += outcome.rejects
        if tail and outcome.rejects:
            self._torn.add(batch.source)
        if ingester.due or not self._shown.is_set():
            self._shown.set()  # the first batch is small, and is shown at once
            self._commit(ingester, pending)

    def _commit(self, ingester: Ingester, pending: _Tally) -> None:
        ingester.commit()
        with self._lock:
            self._tally.events += pending.events
            self._tally.rejects += pending.rejects
        grown = pending.events or pending.rejects
        pending.events = pending.rejects = 0
        if grown:
            self._grew()


def _reopening(sources: Sequence[Source], settings: Settings) -> Reopening:
    if not settings.cache:
        return Reopening(sources, None)
    return Reopening(sources, machine.cache_folder() / "index", meaning(_PROJECTIONS, settings.max_line))
