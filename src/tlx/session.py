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
from dataclasses import dataclass

from tlx.config import Settings
from tlx.dialects.registry import DIALECTS, find_headers
from tlx.model import Batch, Run
from tlx.reader.lines import LineChunk
from tlx.reader.log import LogReader
from tlx.reader.source import SourceError
from tlx.store.database import Database
from tlx.store.ingest import Ingester
from tlx.store.runs import RunWriter

_PROJECTIONS = [dialect.projection for dialect in DIALECTS]
_FIRST_ROWS_SECONDS = 0.7
"""So long the loading waits for the first rows to be shown."""
_IDLE_SECONDS = 0.05
"""So long a worker waits for more before it shows what it has."""
_TORN_REASON = "torn: the line stops where the next run's header begins"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the loading is: bytes as stored, lines counted as events, headers or rejects."""

    read_bytes: int
    total_bytes: int | None
    events: int
    headers: int
    rejects: int
    seconds: float
    done: bool

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


@dataclass(slots=True)
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
        self._workers = max(2, min(4, os.cpu_count() or 1))
        self._batches: queue.Queue[tuple[Batch, bool] | None] = queue.Queue(self._workers + 1)
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

    def start(self, *, first_rows_first: bool = False) -> None:
        """Begin to load.

        With `first_rows_first` the loading stops for a moment after the first chunk, until `resume` is called: a
        screen that is being drawn has the machine to itself.
        """
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
        )

    def close(self) -> None:
        """Stop loading, end the threads, free the store."""
        self._stop.set()
        self._resumed.set()
        for reader in self._readers:
            reader.cancel()
        if self._thread.ident is not None:
            self._thread.join()
        for reader in self._readers:
            reader.close()
        if self._database is not None:
            self._database.close()

    def _load(self) -> None:
        """The loading thread: reads, and joins the workers."""
        workers: list[threading.Thread] = []
        try:
            self._database = Database(self._settings.max_memory)
            self._ready.set()
            workers = [
                threading.Thread(target=self._work, name="tlx-ingest", daemon=True) for _ in range(self._workers)
            ]
            for worker in workers:
                worker.start()
            writer = RunWriter(self._database)
            place = _Place(writer)
            for reader in self._readers:
                self._read(reader, place)
            self._join(workers)
            for reader in self._readers:
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

    def _read(self, reader: LogReader, place: _Place) -> None:
        place.next_source(reader.number)
        try:
            for chunk in reader.chunks():
                if self._stop.is_set():
                    return
                for batch in place.batches(chunk):
                    self._put((batch, chunk.tail))
                self._let_first_rows_first()
                with self._lock:
                    self._tally.headers, place.headers = self._tally.headers + place.headers, 0
                    self._tally.rejects, place.rejects = self._tally.rejects + place.rejects, 0
        except SourceError as error:
            self.failure = self.failure or error

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


class _Place:
    """Where the reading stands: gives lines their arrival numbers and runs."""

    def __init__(self, writer: RunWriter) -> None:
        self.headers = 0
        self.rejects = 0
        self._writer = writer
        self._next_id = 1
        self._source = 0
        self._run = 0
        self._begun = False

    def next_source(self, source: int) -> None:
        """Begin a source: its lines belong to no run of the one before."""
        self._source = source
        self._begun = False

    def batches(self, chunk: LineChunk) -> list[Batch]:
        """Cut a chunk at its headers; note the runs that begin."""
        found: list[Batch] = []
        if chunk.cut:
            self._begin(chunk.first_line)
            self._tear(chunk.offset, chunk.first_line, chunk.text, chunk.flaw)
            return found
        begin = 0
        line = chunk.first_line
        for header in find_headers(chunk.text):
            if header.begin > begin:
                line = self._cut(chunk, found, (begin, header.begin), line, torn=header.torn)
            self._begun = True
            self._run += 1
            raw = chunk.text[header.begin : header.end].decode()
            self._writer.add_run(Run(self._run, self._source, line, header.header, raw))
            self._next_id += 1
            self.headers += 1
            line += 1
            begin = header.end + 1
        if begin < len(chunk.text):
            self._cut(chunk, found, (begin, len(chunk.text) + 1), line, torn=False)
        return found

    def _cut(self, chunk: LineChunk, found: list[Batch], span: tuple[int, int], line: int, *, torn: bool) -> int:
        """Make a batch of the lines in `span`; return the number of the line behind it."""
        begin, end = span
        text, fragment = chunk.text[begin : end - 1], b""
        lines = chunk.line_count if len(text) == len(chunk.text) else text.count(b"\n") + 1
        if torn:
            text, newline, fragment = chunk.text[begin:end].rpartition(b"\n")
            lines = text.count(b"\n") + 1 if newline else 0
        if fragment or text.strip():
            self._begin(line)
        if text and self._begun:
            place = (line, chunk.offset + begin)
            found.append(Batch(self._source, self._run, self._next_id, *place, text, lines, chunk.flaw))
        self._next_id += lines
        if torn:
            self._tear(chunk.offset + end - len(fragment), line + lines, fragment, _TORN_REASON)
        return line + lines

    def _begin(self, line: int) -> None:
        """Begin a run without a header, if there is none yet that the line could belong to."""
        if not self._begun:
            self._begun = True
            self._run += 1
            self._writer.add_run(Run(self._run, self._source, line, None, None))

    def _tear(self, offset: int, line: int, fragment: bytes, reason: str) -> None:
        text = fragment.decode("utf-8", "replace")
        self._writer.add_reject((self._next_id, self._source, self._run, line, offset, reason, text))
        self._next_id += 1
        self.rejects += 1
