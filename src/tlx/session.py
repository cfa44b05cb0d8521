"""A session: loads logs into the store in threads of its own, follows them if wanted, and says how far it is.

One thread reads, decompresses and cuts lines; workers hand batches to the store. Whoever started the session is told of
growth and asks questions meanwhile. Following goes on where loading ended, in the reading thread alone.
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from tlx import machine
from tlx.config.settings import Settings
from tlx.dialects.known import chosen
from tlx.loading.masks import masks
from tlx.loading.opening import Ahead, opened
from tlx.loading.place import BEGIN, Place
from tlx.loading.reopen import Stand, reopening
from tlx.loading.workers import Tally, Workers
from tlx.model import NO_MASKS, Batch, Masks
from tlx.reader.lines import LineChunk
from tlx.reader.log import LogReader
from tlx.reader.source import SourceError
from tlx.store.database import Database
from tlx.store.runs import RunWriter

if TYPE_CHECKING:
    from tlx.loading.following import Following
    from tlx.reader.follow import Standing
    from tlx.store.words import Narrowing

_FIRST_ROWS_SECONDS = 0.7
"""So long the loading waits for the first rows to be shown."""
_WORKERS = max(2, min(4, os.cpu_count() or 1))
_IDLE_SECONDS = 0.05
"""So long closing waits before it interrupts again."""


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

    standings: tuple[Standing, ...] = ()
    """How the logs stand that are followed."""
    caught_up: bool = False
    """Whether all that was there at the begin has been read."""
    texts: int = 0
    """Texts that stand among the events, of lines that are none."""
    arrived: int = 0
    """The arrival number below which these events lie."""

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


class Session:
    """Loads `paths`, in order, into a database of its own."""

    def __init__(
        self, paths: Sequence[str], settings: Settings, *, follow: bool = False, revealable: bool = False
    ) -> None:
        """Open every source at once, so that a missing one is known before anything is shown.

        With `follow` the logs are read for as long as the session lasts, and those that are not there are waited for;
        patterns of names are looked up again and again. What is sensitive is masked unless the settings reveal it; if
        it is `revealable`, it is kept, so that the database can reveal it at any time.

        Raises:
            SourceError: a source cannot be opened.
            ValueError: there is no such dialect, a file does not define one, or what is to be masked is no path.
        """
        self._dialects = chosen(settings.dialect, settings.dialect_file)
        known_masks = masks(self._dialects, hide=revealable, paths=settings.mask)
        self._masks = known_masks if revealable or not settings.reveal else NO_MASKS
        self._given = tuple(paths)
        self.failure: BaseException | None = None
        """What ended the loading early, if anything did."""
        self._settings = settings
        self._grew: Callable[[], object] = lambda: None
        self.begun = threading.Event()
        """Set once something is in the store, or the loading is done."""
        self._following = _following(paths, settings) if follow else None
        self._readers = self._following.readers if self._following else opened(paths, settings.max_line)
        self._stands: list[Stand] = []
        self._ahead: Ahead | None = None
        self._begin = BEGIN
        """Where the next source begins, or where its reading goes on behind what is known."""
        known = Settings() if follow else settings  # of a log that grows no index is kept
        sources = [reader.source for reader in self._readers]
        self._reopening = reopening(sources, self._dialects, known, known_masks)
        self._caught_up = threading.Event()
        self._keep = self._soon = False
        self._narrowing: Narrowing | None = None
        self._stop = threading.Event()
        self._workers = Workers(_WORKERS, (self._dialects, self._masks), self._stop, self._tell)
        self._ready = threading.Event()
        self._done = threading.Event()
        self._resumed = threading.Event()
        self._started = 0.0
        self._seconds = 0.0
        self._database: Database | None = None
        self._closing = threading.Lock()
        self._thread = threading.Thread(target=self._load, name="tlx-load", daemon=True)

    def start(self, *, first_rows_first: bool = False, first_rows_soon: bool = False, keep: bool = False) -> None:
        """Begin to load.

        With `first_rows_first` the loading stops for a moment after the first chunk, until `resume` is called: a
        screen that is being drawn has the machine to itself. With `first_rows_soon` it goes on, for who may not wait
        until the end. With `keep` the store is made ready afterwards to be asked for long, and what took long goes to
        the cache.
        """
        self._soon = first_rows_first or first_rows_soon
        self._keep = keep and not self.follows
        if not first_rows_first:
            self._resumed.set()
        self._started = time.monotonic()
        self._thread.start()

    def resume(self) -> None:
        """Go on loading, behind whatever answers the user: the first rows have been shown."""
        reading = [] if self.follows else [self._thread]  # what is appended later must not wait
        machine.stand_back(thread.native_id for thread in (*self._workers.threads, *reading))
        self._resumed.set()

    def listen(self, grew: Callable[[], object]) -> None:
        """Call `grew`, from any thread, whenever there is more in the store and when the loading is done."""
        self._grew = grew

    def _tell(self) -> None:
        self.begun.set()
        self._grew()

    @property
    def masks(self) -> Masks:
        """How what is sensitive is masked."""
        return self._masks

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

    def wait_for_catch_up(self, seconds: float) -> bool:
        """Wait, at most so many seconds, until what was there at the begin is read; say whether it is."""
        return self._caught_up.wait(seconds)

    @property
    def paths(self) -> tuple[str, ...]:
        """The path of each source so far; of a session that has none yet, what it was given."""
        return tuple(reader.source.path for reader in list(self._readers)) or self._given

    @property
    def follows(self) -> bool:
        """Whether what is appended to the logs is read too."""
        return self._following is not None

    def progress(self) -> Progress:
        """Return how far the loading is."""
        readers = list(self._readers)
        sizes = [reader.size for reader in readers]
        counted = self._workers.tally
        return Progress(
            sum(reader.read_bytes for reader in readers),
            None if None in sizes else sum(size or 0 for size in sizes),
            counted.events,
            counted.headers,
            counted.rejects,
            self._seconds if self.done else time.monotonic() - self._started,
            self.done,
            sum(reader.text_bytes for reader in readers),
            self._following.standings() if self._following else (),
            self._caught_up.is_set(),
            counted.texts,
            counted.arrived,
        )

    def close(self) -> None:
        """Stop loading, end the threads, free the store; where that is under way or over, wait until it is over."""
        self._stop.set()
        self._resumed.set()
        self.begun.set()
        with self._closing:
            for reader in list(self._readers):
                reader.cancel()
            while self._thread.is_alive():
                self._workers.interrupt()
                for work in (self._narrowing, self._reopening):
                    if work is not None:
                        work.stop()  # again and again: it has no effect between two statements
                self._thread.join(_IDLE_SECONDS)
            if self._following:
                self._following.close()
            else:
                for reader in self._readers:
                    reader.close()
            if self._database is not None:
                self._database.close()

    def _load(self) -> None:
        """The loading thread: reads, joins the workers, and then follows, or sees to the cache."""
        try:
            self._database = self._open_store()
            self._ready.set()
            if self._database.cached:
                self._tell()
            writer = RunWriter(self._database)
            self._workers.start(self._database, self._begin.next_id, first_at_once=self._soon)
            if self._following:
                self._follow(self._following, self._database, writer)
            else:
                self._read_all(self._database, writer)
            writer.close()
        except Exception as error:  # noqa: BLE001  kept, and raised by wait(): a thread has nobody else to tell
            if not self._stop.is_set():  # else it is an interrupt, or comes of what a worker has kept
                self.failure = self.failure or error
            self._stop.set()
            self._workers.join()
        self.failure = self.failure or self._workers.failure
        self._seconds = time.monotonic() - self._started
        self._ready.set()
        self._done.set()
        self._caught_up.set()
        self._tell()
        if self._database and not self.failure and not self._stop.is_set():
            if self._keep:
                from tlx.store.words import Narrowing  # noqa: PLC0415  not while the first rows wait

                self._narrowing = Narrowing(self._database, self._stop)
                self._narrowing.narrow()
            self._reopening.keep(self._database, self._stands, self._settings.cache_size)
        self._reopening.close()
        if self._ahead:
            self._ahead.close()

    def _read_all(self, database: Database, writer: RunWriter) -> None:
        """Read every source to its end, one after another."""
        place = Place(writer, self._dialects, self._masks)
        known = len(self._stands)
        for reader in self._readers[known:]:
            self._read(reader, place)
        self._workers.join()
        for reader in self._readers[known:]:
            if reader.number in self._workers.torn:
                reader.torn()
            writer.set_source(reader.facts())
        database.settle()

    def _follow(self, following: Following, database: Database, writer: RunWriter) -> None:
        """Read what there is, with all workers; then whatever comes, in its order, until told to stop."""
        place = Place(writer, self._dialects, self._masks)
        self._catch_up(following, place)
        if self._stop.is_set():
            return
        following.start()
        database.settle(live=True)
        following.note(writer.set_source)
        self._caught_up.set()
        self._tell()
        while not (self._stop.is_set() or following.is_over):
            following.wait()
            known = self._workers.tally
            self._take_new(following.step(), place, database)
            if self._workers.tally != known:
                self._tell()
            following.note(writer.set_source)
        if not self._stop.is_set():
            self._take_new(following.end(), place, database)
            following.note(writer.set_source)
        self._workers.close()

    def _catch_up(self, following: Following, place: Place) -> None:
        for reader, chunk in following.step():
            for batch in self._batches(place, reader, chunk):
                self._workers.put(batch, tail=chunk.tail)
            self._let_first_rows_first()
            if self._stop.is_set():
                break
        self._workers.join()

    def _take_new(self, found: Iterable[tuple[LogReader, LineChunk]], place: Place, database: Database) -> None:
        for reader, chunk in found:
            for batch in self._batches(place, reader, chunk):
                self._workers.ingest(database, batch, tail=chunk.tail)
            if self._stop.is_set():
                break
        self._workers.commit()

    def _batches(self, place: Place, reader: LogReader, chunk: LineChunk) -> list[Batch]:
        """Cut a chunk into batches; count what is in none."""
        place.turn_to(reader.number)
        if self._following:
            self._workers.joining.logs = self._following.logs
        found = place.batches(chunk)
        self._workers.count(place.headers, place.rejects)
        place.headers = place.rejects = 0
        return found

    def _open_store(self) -> Database:
        """Make the store; what the cache holds of the sources is in it at once, and need not be read."""
        self._reopening.find()
        if self._resumed.is_set() and not (self._following or self._reopening.known or self._reopening.rest):
            self._ahead = Ahead(self._readers[0])  # a screen that is being drawn would have to wait for it
        if self._keep:
            self._reopening.prepare()
        own = {one.projection.dialect: one.projection.usual for one in self._dialects}
        database = Database(self._settings.max_memory, self._settings.spill_folder, self._reopening.paths, own)
        counts = self._reopening.attach(database)
        database.revealed = self._settings.reveal and (self._masks.hide or database.masks_any())
        self._workers.tally = Tally(*counts)
        self._stands += self._reopening.known
        if self._stands:
            self._begin = self._stands[-1].end._replace(begun=False, line=1)
        self._begin = self._reopening.rest or self._begin
        writer = RunWriter(database)
        for reader in self._readers[: len(self._stands)]:
            writer.set_path(reader.number, reader.source.path)
            reader.pass_over()
        writer.close()
        return database

    def _read(self, reader: LogReader, place: Place) -> None:
        if self._begin.next_id > BEGIN.next_id:
            self._let_first_rows_first()  # there are some, of the cache or of another source
        place.go_to(reader.number, self._begin)
        settled, line, began = self._begin, self._begin.line, None
        try:
            ahead = self._ahead if reader is self._readers[0] and line == 1 else None
            for chunk in ahead.chunks() if ahead else reader.chunks(line):
                if self._stop.is_set():
                    return
                began = began or time.monotonic() - self._started
                self._workers.lines_left = reader.lines_left if reader is self._readers[-1] else math.inf
                for batch in self._batches(place, reader, chunk):
                    self._workers.put(batch, tail=chunk.tail)
                line = chunk.first_line + chunk.line_count
                settled = place.bookmark(line) if (ahead or reader).steady else settled
                self._let_first_rows_first()
        except SourceError as error:
            self.failure = self.failure or error
        seconds = 0.0 if began is None else time.monotonic() - self._started - began
        self._stands.append(Stand(settled, place.bookmark(line), seconds))
        self._begin = self._stands[-1].end._replace(begun=False, line=1)

    def _let_first_rows_first(self) -> None:
        """Wait for the screen, if it wants that; the time counts as none of the loading."""
        if not self._resumed.is_set():
            begin = time.monotonic()
            self._resumed.wait(_FIRST_ROWS_SECONDS)
            self._resumed.set()
            self._started += time.monotonic() - begin


def _following(paths: Sequence[str], settings: Settings) -> Following:
    """Begin to follow paths."""
    from tlx.loading.following import Following  # noqa: PLC0415  most logs are not followed
    from tlx.reader.watch import Watching  # noqa: PLC0415  the same

    return Following(paths, settings.max_line, Watching(settings.watch))
