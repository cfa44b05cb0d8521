"""Batches are handed to workers one by one, none waits beside the one that is being read, and little is copied."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tlx.config.settings import Settings
from tlx.dialects.known import DIALECTS
from tlx.loading.workers import Workers
from tlx.model import NO_MASKS, Batch
from tlx.session import Session
from tlx.store.database import Database
from tlx.store.ingest import Ingester, Outcome
from tlx.store.memory.room import StoreError
from tlx.text import Text

_SOON, _LATE = 0.3, 20.0
_LINE = b'{"StarlarkUserEvent":{"id":"a","metadata":{}},"epoch_millis":1771287109000}'


def batch(first: int, lines: int) -> Batch:
    """A batch of events."""
    return Batch(0, 1, first, first, 0, Text(b"\n".join([_LINE] * lines)), lines)


class Held:
    """Two workers that hold what they take until they are let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go, self.stop = threading.Event(), threading.Event()
        self.database = Database()
        monkeypatch.setattr(Ingester, "add", self._add)
        self.workers = Workers(2, (DIALECTS, NO_MASKS), self.stop, lambda: None)
        self.workers.start(self.database)
        self.put: list[int] = []

    def _add(self, batch: Batch) -> Outcome:
        self.go.wait(_LATE)
        return Outcome(batch.lines, 0)

    def put_all(self, count: int) -> threading.Thread:
        """Hand over so many batches in a thread, noting each."""

        def put() -> None:
            for number in range(count):
                self.workers.put(Batch(0, 1, 1 + number, 1 + number, 0, Text(b"{}"), 1), tail=False)
                self.put.append(number)

        thread = threading.Thread(target=put)
        thread.start()
        return thread


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    """Workers that wait."""
    made = Held(monkeypatch)
    yield made
    made.go.set()
    made.workers.join()
    made.database.close()


def test_a_batch_is_handed_over_once_it_is_taken(held: Held) -> None:
    """Two are taken; whoever reads waits with the third, and reads no fourth meanwhile."""
    thread = held.put_all(4)
    thread.join(_SOON)
    assert held.put == [0, 1]
    held.go.set()
    thread.join(_LATE)
    assert held.put == [0, 1, 2, 3]
    held.workers.join()
    assert held.workers.tally.events == 4


def test_whoever_waits_is_let_go_where_it_is_to_stop(held: Held) -> None:
    """No batch is waited for then."""
    thread = held.put_all(9)
    thread.join(_SOON)
    assert thread.is_alive()
    begin = time.monotonic()
    held.stop.set()
    thread.join(_LATE)
    assert not thread.is_alive()
    assert time.monotonic() - begin < _LATE / 2


@pytest.fixture
def each_takes_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two batches each of two workers takes one, and commits nothing before the end, however slow the machine is."""
    both, add = threading.Barrier(2), Ingester.add

    def together(self: Ingester, batch: Batch) -> Outcome:
        both.wait(_LATE)
        return add(self, batch)

    monkeypatch.setattr(Ingester, "add", together)
    monkeypatch.setattr(Ingester, "is_due", lambda _self, _lines_left: False)
    monkeypatch.setattr("tlx.loading.workers._IDLE_SECONDS", 2 * _LATE)


@pytest.mark.usefixtures("each_takes_one")
def test_of_a_small_log_only_the_smaller_part_is_copied() -> None:
    """What comes into empty tables is moved there: that is the larger part where nobody waits for the first rows."""
    grown: list[int] = []
    database = Database()
    workers = Workers(2, (DIALECTS, NO_MASKS), threading.Event(), lambda: grown.append(workers.tally.events))
    workers.start(database, first_at_once=False)
    for one in (batch(1, 3), batch(4, 500)):
        workers.put(one, tail=False)
    workers.join()
    found = database.cursor().execute("SELECT id FROM fresh_events ORDER BY rowid").fetchall()
    database.close()
    assert [number for (number,) in found] == [*range(4, 504), 1, 2, 3]
    assert grown == [500, 503]


@pytest.mark.parametrize("waits", [False, True])
def test_the_first_batch_is_shown_at_once_where_somebody_waits(monkeypatch: pytest.MonkeyPatch, *, waits: bool) -> None:
    """Nobody else has it sooner than the rest."""
    monkeypatch.setattr("tlx.loading.workers._IDLE_SECONDS", 2 * _LATE)
    grown = threading.Event()
    database = Database()
    workers = Workers(2, (DIALECTS, NO_MASKS), threading.Event(), grown.set)
    workers.start(database, first_at_once=waits)
    workers.put(batch(1, 3), tail=False)
    assert grown.wait(_LATE if waits else _SOON) == waits
    assert workers.tally.events == (3 if waits else 0)
    workers.join()
    assert workers.tally.events == 3
    database.close()


@pytest.mark.usefixtures("each_takes_one")
def test_what_cannot_be_committed_at_the_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first failure is kept, the other worker's part is shown all the same, and no cursor stays open."""
    closed: list[Ingester] = []
    commit, close = Ingester.commit, Ingester.close
    errors = iter([StoreError("no room")])

    def fail(self: Ingester) -> None:
        for error in errors:
            raise error
        commit(self)

    def note(self: Ingester) -> None:
        closed.append(self)
        close(self)

    monkeypatch.setattr(Ingester, "commit", fail)
    monkeypatch.setattr(Ingester, "close", note)
    database = Database()
    stop = threading.Event()
    workers = Workers(2, (DIALECTS, NO_MASKS), stop, lambda: None)
    workers.start(database, first_at_once=False)
    for one in (batch(1, 3), batch(4, 500)):
        workers.put(one, tail=False)
    workers.join()
    assert isinstance(workers.failure, StoreError)
    assert stop.is_set()
    assert workers.tally.events == 3
    assert len(set(map(id, closed))) == len(closed) == 2
    database.close()


@pytest.mark.parametrize("which", [1, 2])
def test_a_thread_that_cannot_be_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, which: int) -> None:
    """It ends the loading with what went wrong: nobody waits for a thread that there is not."""
    start, started = threading.Thread.start, iter(range(1, 9))

    def refuse(thread: threading.Thread) -> None:
        if thread.name == "tlx-ingest" and next(started) == which:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    log = tmp_path / "log.jsonl"
    log.write_bytes(_LINE)
    session = Session([str(log)], Settings(cache=False))
    session.start()
    with pytest.raises(RuntimeError, match="can't start"):
        session.wait()
    session.close()


def test_a_batch_that_takes_long_is_interrupted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """To close ends what is under way: millions of short lines in a batch take seconds, and more on a busy machine."""
    begun = threading.Event()
    ended: list[str] = []
    add = Ingester.add

    def watched(ingester: Ingester, batch: Batch) -> Outcome:
        begun.set()
        try:
            outcome = add(ingester, batch)
        except BaseException as error:
            ended.append(type(error).__name__)
            raise
        ended.append("whole")
        return outcome

    monkeypatch.setattr(Ingester, "add", watched)
    log = tmp_path / "log"
    log.write_bytes(b"{}\n" * 4_000_000)
    session = Session([str(log)], Settings(cache=False))
    session.start()
    assert begun.wait(_LATE)
    session.close()
    assert set(ended) == {"InterruptException"}
    assert session.failure is None
