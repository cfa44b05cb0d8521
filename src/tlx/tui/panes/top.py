"""The top of the screen as a pane without a border: it asks for the runs and for what the filter lets through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from textual.app import ComposeResult
from textual.reactive import reactive

from tlx import units
from tlx.query import rows, runs
from tlx.query.ask import Asker
from tlx.session import Progress
from tlx.store.database import Database
from tlx.tui.panes.pane import Pane
from tlx.tui.widgets.top_bar import Facts, TopBar

_START = Progress(0, None, 0, 0, 0, 0.0, done=False)


class TopPane(Pane):
    """Which log, which run, how many events and rejects, how far the loading is."""

    progress: reactive[Progress] = reactive(_START, init=False)

    def __init__(self, database: Callable[[], Database], paths: Sequence[str], **kwargs: Any) -> None:
        super().__init__(database, **kwargs)
        self._names = ", ".join(Path(path).name or path for path in paths)
        self._runs: list[runs.RunFacts] = []
        self._states: list[str] = []
        self._matches: int | None = None

    def compose(self) -> ComposeResult:
        """One bar."""
        yield TopBar()

    def watch_progress(self) -> None:
        """More has been read."""
        self._draw()

    def watch_scope(self) -> None:
        """Another filter."""
        self._load()

    def watch_generation(self) -> None:
        """There is more in the store."""
        self._load(overtake=False)

    def _load(self, *, overtake: bool = True) -> None:
        scope = self.scope

        def question(asker: Asker) -> tuple[list[runs.RunFacts], list[str], int | None]:
            matches = rows.total(asker, scope) if scope.condition.text else None
            return runs.runs(asker), [source.state for source in runs.sources(asker)], matches

        self.ask("top", question, self._show, overtake=overtake)

    def _show(self, found: tuple[list[runs.RunFacts], list[str], int | None]) -> None:
        self._runs, self._states, self._matches = found
        self._draw()

    def _draw(self) -> None:
        first = self._runs[0] if self._runs else None
        self.query_one(TopBar).facts = Facts(
            names=units.visible(self._names),
            command=units.visible(_command(first)),
            runs=len(self._runs),
            events=self.progress.events,
            rejects=self.progress.rejects,
            state=self._state(),
            filter=units.visible(self.scope.condition.text),
            matches=self._matches,
        )

    def _state(self) -> str:
        if not self.progress.done:
            return progress_text(self.progress)
        states = [state for state in self._states if state != "complete"]
        seconds = units.duration(round(self.progress.seconds * units.NS_PER_S))
        return " · ".join([*states, f"read in {seconds}"])


def _command(run: runs.RunFacts | None) -> str:
    """The command line without the folder of its program."""
    if run is None or not run.command:
        return run.dialect or "" if run else ""
    program, space, arguments = run.command.partition(" ")
    return program.rpartition("/")[2] + space + arguments


def progress_text(progress: Progress) -> str:
    """Return how far a loading is, at what rate, and what it will still take."""
    parts = ["loading"]
    if progress.total_bytes:
        parts[0] += f" {100 * progress.read_bytes // progress.total_bytes}%"
    if progress.events:
        parts.append(f"{units.count(int(progress.rate))} events/s")
    if (left := progress.seconds_left) is not None:
        parts.append(f"{units.duration(int(left * 10) * units.NS_PER_S // 10)} left")
    return " · ".join(parts)
