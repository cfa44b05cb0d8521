"""Batches are handed to workers one by one, and none waits beside the one that is being read."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from tlx.dialects.known import DIALECTS
from tlx.loading.workers import Workers
from tlx.model import NO_MASKS, Batch
from tlx.store.database import Database
from tlx.store.ingest import Ingester, Outcome
from tlx.text import Text

_SOON, _LATE = 0.3, 20.0


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
    assert held.workers.counted().events == 4


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
