"""What every test may lean on: hypothesis without a deadline, samples, and a store to put lines into."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tlx.dialects.base import Dialect
from tlx.dialects.known import DIALECTS, decoders
from tlx.model import EVENT_COLUMNS, Batch, Reject
from tlx.store.database import Database
from tlx.store.ingest import Ingester, Outcome
from tlx.text import Text

settings.register_profile("tlx", deadline=None)  # a shared machine is slow at times, which is no fault of the code
settings.load_profile("tlx")

gc.set_threshold(20_000, 10, 10)  # as often as Python does by itself takes a seventh of the time of tests of the screen

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "tests"))  # so that tests of any folder find `oracle`

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell starts what it runs in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # as nohup does
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session", autouse=True)
def _folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Folders for the cache, the configuration and state of the tests' own, also for the processes that they start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        yield


@pytest.fixture(scope="session")
def sample_logs() -> Path:
    """The folder of committed samples."""
    return ROOT / "sample_logs"


@pytest.fixture(scope="session")
def shared_buck2() -> Path:
    """A folder of more Buck2 logs beside the repository, where there is one."""
    folder = ROOT.parent / "shared" / "samples" / "buck2"
    if not folder.is_dir():
        pytest.skip("no further samples beside the repository")
    return folder


@dataclass
class Kept:
    """What became of lines that were put into a store."""

    events: list[dict[str, Any]]
    rejects: list[Reject]
    outcomes: list[Outcome]


class Shelf:
    """A store with an ingester, emptied before each use."""

    def __init__(self, dialects: Sequence[Dialect] = DIALECTS) -> None:
        self.database = Database()
        self._ingester = Ingester(self.database, [dialect.projection for dialect in dialects], decoders(dialects))

    def put(self, *batches: Batch) -> Kept:
        """Add `batches` in this order; return what is kept of them, by id."""
        cursor = self.database.cursor()
        cursor.execute("DELETE FROM fresh_events")
        cursor.execute("DELETE FROM rejects")
        outcomes = [self._ingester.add(batch) for batch in batches]
        self._ingester.commit()
        columns = ", ".join(f'"{name}"' for name in EVENT_COLUMNS)
        events = cursor.execute(f"SELECT {columns} FROM events ORDER BY id").fetchall()  # noqa: S608  our own words
        rejects = cursor.execute("SELECT * EXCLUDE id FROM rejects ORDER BY id").fetchall()
        cursor.close()
        return Kept(
            [dict(zip(EVENT_COLUMNS, event, strict=True)) for event in events],
            [Reject(*reject) for reject in rejects],
            outcomes,
        )

    def lines(self, *lines: bytes) -> Kept:
        """Add `lines` as one batch with ids and numbers from 1."""
        return self.put(Batch(0, 1, 1, 1, 0, Text(b"\n".join(lines)), len(lines)))

    def event(self, line: bytes) -> dict[str, Any]:
        """Add one line, which must be an event; return it."""
        (event,) = self.lines(line).events
        return event

    def close(self) -> None:
        """Free the store."""
        self._ingester.close()
        self.database.close()


@pytest.fixture(scope="module")
def shelves() -> Iterator[Callable[..., Shelf]]:
    """A function that makes a store to put lines into, which knows some dialects alone."""
    made: dict[tuple[str, ...], Shelf] = {}

    def of(*dialects: Dialect) -> Shelf:
        names = tuple(f"{one.name} {one.projection.recognise}" for one in dialects)
        made[names] = made.get(names) or Shelf(dialects)
        return made[names]

    yield of
    for shelf in made.values():
        shelf.close()


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    """A store to put lines into."""
    shelf = Shelf()
    yield shelf
    shelf.close()
