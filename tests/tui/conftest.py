"""The app over small logs: each test drives it with a Pilot and looks at its state."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import orjson
import pytest
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input
from textual.worker import WorkerFailed

from calm import settled
from tlx.config.settings import Settings
from tlx.query.ask import Asker
from tlx.query.runs import Wanted
from tlx.session import Session
from tlx.tui.app import TlxApp
from tlx.tui.filters.filter_bar import FilterBar
from tlx.tui.widgets.table import Table

SAMPLES = Path(__file__).parents[2] / "sample_logs"
WIDE = (132, 30)
"""The smallest screen on which all panes show."""
BEGAN_MS = 1_770_000_000_000
T = TypeVar("T", bound=Widget)


@dataclass
class Driver:
    """An app that runs, its session and the keys."""

    app: TlxApp
    pilot: Pilot[None]
    session: Session

    async def settle(self) -> None:
        """Wait until every question is answered and every answer drawn."""
        await settled(self.app, self.pilot)

    async def end(self, writer: int) -> None:
        """Close the pipe that the log comes by; wait until the app knows, and has no question left to the store."""
        os.close(writer)
        self.session.wait()
        while not self.app.progress.done:
            self.app._look()
            await self.settle()

    async def press(self, *keys: str) -> None:
        """Press keys, waiting after each for what it brings."""
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def filter(self, text: str) -> None:
        """Type a filter in place of the present one and keep it."""
        await self.write(text)
        await self.press("enter")

    async def write(self, text: str) -> None:
        """Type a filter in place of the present one, and stop typing."""
        await self.press("ampersand")
        bar = self.get(FilterBar)
        bar.query_one(Input).value = text
        await self.pilot.pause()
        bar._try()
        await self.settle()

    def get(self, kind: type[T]) -> T:
        """Return the one widget of a kind."""
        return self.app.query_one(kind)

    def table(self, name: str) -> Table:
        """Return a table by the name of its pane."""
        return self.app.query_one(f"#{name}-table", Table)

    def lines(self) -> list[str]:
        """Return the screen as text."""
        return [strip.text for strip in self.app.screen._compositor.render_strips()]

    def ask(self, question):
        """Put a question to the store, as a headless command would."""
        asker = Asker(self.session.database)
        try:
            return question(asker)
        finally:
            asker.close()


def shown(widget: Widget) -> list[str]:
    """Return the lines a widget draws, without the blanks at their ends."""
    return [widget.render_line(y).text.rstrip() for y in range(widget.size.height)]


@pytest.fixture
def lines_of():
    """Give `shown` to tests, which import nothing from here."""
    return shown


Explore = Callable[..., AbstractAsyncContextManager[Driver]]


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """No colour is switched off from outside; keys do not wait until the processor idles, `settle` knows better."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    if request.path.parent.name == "widgets":
        return  # they have no driver that settles

    async def turn(*_: float) -> None:
        await asyncio.sleep(0)

    monkeypatch.setattr("tlx.tui.timeline.rest.REST_SECONDS", 0)
    monkeypatch.setattr("textual.app.wait_for_idle", turn)
    monkeypatch.setattr("textual.pilot.wait_for_idle", turn)


@pytest.fixture(scope="session")
def sessions() -> Iterator[dict[tuple[str, bytes], Session]]:
    """The logs that were read, by name and content: a finished session serves many apps."""
    found: dict[tuple[str, bytes], Session] = {}
    yield found
    for session in found.values():
        session.close()


@pytest.fixture
def load(sessions) -> Callable[[Path], Session]:
    """Read a log to its end."""

    def loaded(path: Path) -> Session:
        key = (path.name, path.read_bytes())
        if key not in sessions:
            sessions[key] = Session([str(path)], Settings())
            sessions[key].start()
            sessions[key]._done.wait()
        return sessions[key]

    return loaded


@pytest.fixture
def drive_over():
    """Run the app over a session."""

    @asynccontextmanager
    async def running(
        session: Session,
        size: tuple[int, int] = WIDE,
        where: str = "",
        settings: Settings | None = None,
        run: Wanted | None = None,
    ) -> AsyncIterator[Driver]:
        app = TlxApp(session, settings or Settings(), where, run)
        try:
            async with app.run_test(size=size) as pilot:
                driver = Driver(app, pilot, session)
                await driver.settle()
                yield driver
        except WorkerFailed as failed:
            raise failed.error from None  # whose trace tells where it was

    return running


@pytest.fixture
def explore(load, drive_over) -> Explore:
    """Run the app over a log that has been read."""
    return lambda path, **how: drive_over(load(path), **how)


@pytest.fixture
def sample() -> Callable[[str], Path]:
    """Return the path of a sample log."""
    return lambda name: SAMPLES / f"{name}.json-lines.zst"


def action(number: int, **facts) -> dict:
    """An action of a Buck2 log that ends `number` seconds after the first."""
    found = {
        "kind": "Run",
        "name": {"category": "compile", "identifier": f"file_{number}"},
        "duration_millis": 100 * (number + 1),
        "output_size": 1000 + number,
        "input_materialization_duration_millis": 1,
        "execution_kind": ("Local", "Remote", "ActionCache")[number % 3],
        "owner": f"//app:lib_{number % 4} (cfg#{number % 2})",
    }
    return {"ActionExecutionEvent": found | facts, "epoch_millis": BEGAN_MS + 1000 * number}


def header(*command: str) -> dict:
    """The first line of a Buck2 log."""
    return {"command_line_args": command or ("buck2", "bxl", "x"), "trace_id": "t", "start_time": [BEGAN_MS // 1000, 0]}


@pytest.fixture
def log(tmp_path) -> Callable[..., Path]:
    """Write records as a log; without any a header and 60 actions."""

    def written(*records: object, name: str = "log.jsonl") -> Path:
        path = tmp_path / name
        found = records or (header(), *(action(number) for number in range(60)))
        path.write_bytes(b"".join((r if isinstance(r, bytes) else orjson.dumps(r)) + b"\n" for r in found))
        return path

    return written


@pytest.fixture
def make():
    """Give `action` and `header` to tests."""
    return action, header
