"""The top of the screen as a pane without a border: it asks for the runs and for what the filter lets through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.app import ComposeResult
from textual.reactive import reactive

from tlx import units
from tlx.query import event, rows, runs
from tlx.query.ask import Asker
from tlx.session import Progress
from tlx.store.database import Database
from tlx.tui.panes.pane import Pane
from tlx.tui.widgets.top_bar import Facts, TopBar

_MOST_TEXT = 1_000
_START = Progress(0, None, 0, 0, 0, 0.0, done=False)


@dataclass(frozen=True)
class _Found:
    """One answer of the store."""

    runs: Sequence[runs.RunFacts] = ()
    states: Sequence[str] = ()
    matches: int | None = None


class TopPane(Pane):
    """Which log, which run, how many events and rejects, how far the loading is."""

    progress: reactive[Progress] = reactive(_START, init=False)
    trouble: reactive[str] = reactive("", init=False)
    """What ended the loading early."""

    def __init__(self, database: Callable[[], Database], paths: Sequence[str], **kwargs: Any) -> None:
        super().__init__(database, **kwargs)
        self._names = ", ".join("standard input" if path == "-" else Path(path).name or path for path in paths)
        self._found = _Found()
        self._run: int | None = None

    def compose(self) -> ComposeResult:
        """One bar."""
        yield TopBar()

    def watch_progress(self) -> None:
        """More has been read."""
        self._draw()

    def watch_trouble(self) -> None:
        """The loading failed."""
        self._draw()

    def watch_selection(self, selection: int | None) -> None:
        """Say which run the selected event is in."""
        if selection is not None:
            self.ask("run", lambda asker: event.event(asker, selection), self._show_run)

    def load(self, *, overtake: bool = True) -> None:
        """Ask for the runs, and how many events the filter lets through."""
        scope = self.scope

        def question(asker: Asker) -> _Found:
            matches = rows.total(asker, scope) if scope.condition.text else None
            return _Found(runs.runs(asker), [source.state for source in runs.sources(asker)], matches)

        self.ask("top", question, self._show, overtake=overtake)

    def _show(self, found: _Found) -> None:
        self._found = found
        self._draw()

    def _show_run(self, selected: event.Event | None) -> None:
        self._run = selected.columns["run"] if selected is not None else None
        self._draw()

    def _draw(self) -> None:
        found = self._found
        numbers = [facts.run for facts in found.runs]
        place = numbers.index(self._run) if self._run in numbers else None
        shown = found.runs[place or 0] if found.runs else None
        self.query_one(TopBar).facts = Facts(
            names=_shown(self._names),
            command=_shown(_command(shown)),
            runs=len(found.runs),
            run=place + 1 if place is not None else None,
            events=self.progress.events,
            matches=found.matches,
            rejects=self.progress.rejects,
            filter=_shown(self.scope.condition.text),
            state=", ".join(sorted({state for state in found.states if state != "complete"})),
            trouble=_shown(self.trouble),
            progress=progress_text(self.progress),
        )


def _shown(text: str) -> str:
    """Log text made visible; no more of it than a screen is wide."""
    return units.visible(text[:_MOST_TEXT])


def _command(run: runs.RunFacts | None) -> str:
    """The command line without the folder of its program, or what kind of log it is."""
    if run is None or not run.command:
        return (
            {None: "", "generic": "JSON lines of no known dialect"}.get(run.dialect, run.dialect or "") if run else ""
        )
    program, space, arguments = run.command.partition(" ")
    return program.rpartition("/")[2] + space + arguments


def progress_text(progress: Progress) -> str:
    """Return how far a loading is, at what rate, and what it will still take; or what it took."""
    if progress.done:
        return f"read in {units.duration(round(progress.seconds * units.NS_PER_S))}"
    parts = ["loading"]
    if progress.total_bytes:
        parts[0] += f" {100 * progress.read_bytes // progress.total_bytes}%"
    if progress.events:
        parts.append(f"{units.count(int(progress.rate))} events/s")
    if (left := progress.seconds_left) is not None:
        parts.append(f"{units.duration(int(left * 10) * units.NS_PER_S // 10)} left")
    return " · ".join(parts)
