"""The top of the screen as a pane without a border: it asks for the runs and for what the filter lets through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from textual.app import ComposeResult
from textual.reactive import var

from tlx import units
from tlx.dialects.known import UNKNOWN
from tlx.query import rows, runs
from tlx.query.ask import Asker, Scope
from tlx.reader.source import STDIN
from tlx.session import Progress
from tlx.store.database import Database
from tlx.tui.messages import EventSelected, RejectsWanted, RunsKnown, RunWanted
from tlx.tui.panes.pane import Pane
from tlx.tui.widgets.top_bar import Facts, TopBar

if TYPE_CHECKING:
    from tlx.dialects.base import Absence
    from tlx.query.language.chips import Clause
    from tlx.query.rejects import Trouble
    from tlx.tui.standing import Rate

_MOST_TEXT = 1_000
_ENDS = {"open", "torn"}
"""States of which a log that is followed tells in better words."""
_START = Progress(0, None, 0, 0, 0, 0.0, done=False)


class _Found(NamedTuple):
    """One answer of the store."""

    runs: Sequence[runs.RunFacts] = ()
    whole: bool = False
    """Whether these are all that there will be."""
    states: Sequence[str] = ()
    matches: int | None = None
    masked: int = 0
    texts: int = 0
    """How many of the matches are of text alone."""


class TopPane(Pane):
    """Which log, which run, how many events and rejects, how far the loading is."""

    progress: var[Progress] = var(_START, init=False)
    held: var[str] = var("", init=False)
    """What a display that stands still holds back."""
    trouble: var[str] = var("", init=False)
    """What ended the loading early."""

    clauses: var[tuple[Clause, ...]] = var[tuple["Clause", ...]]((), init=False)
    """Those of the filter, on and off."""
    found: var[str] = var("", init=False)
    """What was searched, and which match was found; safe to show."""

    def __init__(
        self, database: Callable[[], Database], paths: Sequence[str], wanted: runs.Wanted | None = None, **kwargs: Any
    ) -> None:
        """Tell of logs at `paths`, or that match them; ask for the run that is `wanted` as soon as it is known."""
        super().__init__(database, **kwargs)
        self.said = ("Clauses of the filter", "")
        self._names = ", ".join(map(name_of, paths))
        self._wanted = wanted
        self._rate: Rate | None = None
        self._found = _Found()
        self._said_missing: set[str] = set()
        self._trouble: tuple[int | None, int | None] = (None, None)
        """The selected event, and the reject that was gone to from there."""
        self._run: int | None = None
        """The run of the selected event."""
        self._alone = self._asked = None if wanted == "last" else wanted
        """The run that is shown alone, and the one that was last asked for in place of the user."""

    def compose(self) -> ComposeResult:
        """One bar."""
        yield TopBar()

    def watch_progress(self) -> None:
        """More has been read."""
        self._draw()

    def watch_held(self) -> None:
        """The display was frozen, or let go."""
        self._draw()

    def watch_trouble(self) -> None:
        """The loading failed."""
        self._draw()

    def watch_clauses(self) -> None:
        """There is another filter, or a part of it is off."""
        self._draw()

    def watch_found(self) -> None:
        """A search has found something."""
        self._draw()

    def choose(self) -> None:
        """Give the keys to the clauses of the filter."""
        self.query_one(TopBar).choose()

    def watch_selection(self, selection: int | None) -> None:
        """Say which run the selected event is in."""
        if selection is not None:
            from tlx.query import event  # noqa: PLC0415  not needed for the first rows

            self.ask("run", lambda asker: event.run_of(asker, selection), self._show_run)

    def load(self, *, overtake: bool = True) -> None:
        """Ask for the runs, and how many events the filter lets through."""
        scope, whole, known = self.scope, self.progress.done, self._found

        def question(asker: Asker) -> _Found:
            whole_log = not scope.condition.text and scope.run is None and scope.window is None
            matches = None if whole_log else rows.total(asker, scope)
            texts = rows.texts(asker, scope) if matches else 0
            if known.whole:  # whatever the filter is, the runs are those
                return known._replace(matches=matches, texts=texts)
            return _Found(runs.runs(asker), whole, _states(asker), matches, runs.masked(asker), texts)

        self.ask("top", question, self._show, overtake=overtake)

    def _show(self, found: _Found) -> None:
        starts = {facts.run: facts.start for facts in found.runs if facts.start is not None}
        if starts != {facts.run: facts.start for facts in self._found.runs if facts.start is not None}:
            self.post_message(RunsKnown(starts))
        self._found = found
        self._draw()
        self._say_missing()
        if self._wanted is not None:
            self._look_for(self._wanted, found)

    def watch_scope(self, before: Scope, scope: Scope) -> None:
        """Other events count now; a run that the user chooses takes the place of the one that was wanted."""
        if scope.run not in (self._alone, self._asked):
            self._wanted = None
        self._alone = scope.run
        super().watch_scope(before, scope)
        self._say_missing()

    def _look_for(self, wanted: runs.Wanted, found: _Found) -> None:
        """Ask for the run that is wanted if it is there; if it never will be, say so and ask for all."""
        run: int | None = None
        try:
            run = runs.find(found.runs, wanted).run
        except runs.NoSuchRunError as error:
            if found.whole:
                self.notify(f"{str(error).capitalize()}: all runs are shown.", severity="error", markup=False)
            else:
                run = self.scope.run
        self._wanted = None if found.whole else wanted
        if run != self.scope.run:
            self._asked = run
            self.post_message(RunWanted(run))

    def seek(self, direction: int) -> None:
        """Go to what went wrong next, or before; to where a reject was found a later search goes on from."""
        from tlx.query.rejects import trouble_beside  # noqa: PLC0415  not needed for the first rows

        scope, selection = self.scope, self.selection
        here = self._trouble[1] if self._trouble[0] == selection else selection

        def go(found: Trouble | None) -> None:
            if found is None or found.is_reject:
                self._trouble = (selection, found.id if found is not None else selection)
                self.post_message(RejectsWanted(direction))
                return
            self._trouble = (None, None)
            self.post_message(EventSelected(found.id))
            of = f"{units.count(found.number)} of {units.count(found.total)}"
            self.notify(f"This event failed: {of} that went wrong.", markup=False, timeout=3)

        self.ask("trouble", lambda asker: trouble_beside(asker, scope, here, direction), go)

    @property
    def missing(self) -> list[tuple[str, Absence]]:
        """What the logs of the runs that are shown never hold, each with the command that tells it."""
        from tlx.query.insights.absences import missing_of  # noqa: PLC0415  only where it is looked for

        return missing_of(self._found.runs, self.scope.run)

    def _say_missing(self) -> None:
        """Where a filter looks for what the log does not hold, say once that it does not, and which command has it."""
        text = self.scope.condition.text
        if not text or not self._found.runs:
            return
        from tlx.query.insights.absences import looked_for  # noqa: PLC0415  the same

        wanted = looked_for(text) - self._said_missing
        for command, one in self.missing:
            if one.name in wanted:
                self._said_missing.add(one.name)
                words = f"{one.words[:1].upper()}{one.words[1:]}. It is in: {command}"
                self.notify(units.visible(words), title="Not in this log", markup=False, timeout=12)

    def _show_run(self, run: int | None) -> None:
        self._run = run
        self._draw()

    def _progress_text(self) -> str:
        """How far the loading is, or how the logs stand that are followed."""
        now = self.progress
        if not now.caught_up or not now.standings or now.done:
            return progress_text(now)
        from tlx.tui.standing import Rate, standing_text  # noqa: PLC0415  most logs are not followed

        self._rate = self._rate or Rate()
        return standing_text(now.standings, self._rate.note(now.seconds, now.events))

    def _draw(self) -> None:
        found = self._found
        scope = self.scope
        here = scope.run if scope.run is not None else self._run
        shown = next((facts for facts in found.runs if facts.run == here), None)
        window = scope.window
        facts = Facts(
            names=_shown(" · ".join(filter(None, (self._names, self.app.sub_title)))),
            command=_shown(command_of(shown or (found.runs[0] if found.runs else None))),
            runs=found.runs[-1].run if len(found.runs) > 1 else len(found.runs),
            run=shown.run if shown is not None else None,
            alone=scope.run is not None,
            range=units.duration(window[1] - window[0]) if window is not None else "",
            events=self.progress.events,
            matches=None if found.matches is None else found.matches - found.texts,
            matching_texts=found.texts,
            texts=self.progress.texts,
            rejects=self.progress.rejects,
            masked=found.masked,
            revealed=scope.revealed,
            clauses=self.clauses,
            found=self.found,
            state=", ".join(state for state in found.states if not (self.progress.standings and state in _ENDS)),
            trouble=_shown(self.trouble),
            progress=self.held or self._progress_text(),
            loaded=self.progress.done,
        )
        for bar in self.query(TopBar):  # none before the first frame
            bar.facts = facts


def _shown(text: str) -> str:
    """Log text made visible; no more of it than a screen is wide."""
    return units.visible(text[:_MOST_TEXT])


def name_of(path: str) -> str:
    """What to call a source."""
    return "standard input" if path == STDIN else Path(path).name or path


def names_of(paths: Sequence[str]) -> list[str]:
    """What to call sources; those that had a name one after another are told apart by their number."""
    seen: Counter[str] = Counter()
    found = []
    for path in paths:
        seen[path] += 1
        found.append(name_of(path) + (f" #{seen[path]}" if seen[path] > 1 else ""))
    return found


def _states(asker: Asker) -> list[str]:
    """How the sources ended where that is not as it should, and how many damages they have."""
    from tlx.query import rejects  # noqa: PLC0415  not needed for the first rows

    states = sorted(runs.states(asker) - {"complete"})
    damages = rejects.totals(asker).damages
    return states + ([f"{units.count(damages)} damage{'' if damages == 1 else 's'}"] if damages else [])


def command_of(run: runs.RunFacts | None) -> str:
    """The command line without the folder of its program, or what kind of log it is."""
    if run is None or not run.command:
        return {None: "", UNKNOWN: "JSON lines of no known dialect"}.get(run.dialect, run.dialect or "") if run else ""
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
    elif progress.text_bytes:
        parts.append(f"{units.size(progress.text_bytes)} of text")
    if (left := progress.seconds_left) is not None:
        parts.append(f"{units.duration(int(left * 10) * units.NS_PER_S // 10)} left")
    return " · ".join(parts)
