"""The runs of the logs: one of them alone, or all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from tlx import units
from tlx.query import runs
from tlx.store.database import Database
from tlx.tui.messages import RunWanted
from tlx.tui.panes.pane import Pane
from tlx.tui.panes.top import command_of
from tlx.tui.widgets.table import ASCII, Column, Row, Table

_ALL = 0
"""The row that stands for all runs, and its id; the other ids are the numbers of the runs."""


class RunsTable(Table):
    """A table in which a row is chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Show", id="runs.show", key_display="enter", tooltip="Show this run alone"),
    ]


class RunsPane(Pane):
    """A row for all runs and one for each, in the order in which they were met."""

    def __init__(
        self,
        database: Callable[[], Database],
        names: Callable[[], Sequence[str]],
        *,
        ascii_only: bool = False,
        **kwargs: Any,
    ) -> None:
        """List the runs of sources with these names; of logs that are followed there may be more by and by."""
        super().__init__(database, **kwargs)
        self._names = names
        self._several = len(names()) > 1
        """Whether the file is told."""
        self._found: list[runs.RunFacts] = []
        self._any_open = False
        self._table = RunsTable(glyphs=ASCII if ascii_only else None, id="runs-table")

    def compose(self) -> ComposeResult:
        """The table is all there is."""
        yield self._table

    def on_mount(self) -> None:
        """Ask for the runs."""
        self.entitle("Runs", "enter shows one alone · esc closes")
        self._table.empty_text = "Nothing read yet"
        self._set_columns()
        self._table.focus()
        self.load()

    def _set_columns(self) -> None:
        """Tell how many spans are open where any are, and the file where there are several."""
        columns = (
            Column("run", "run", 5, right=True, sortable=False),
            *([Column("file", "file", 10, flexible=True, sortable=False)] if self._several else []),
            Column("command", "command", 12, flexible=True, sortable=False),
            Column("start", "start UTC", 20, sortable=False),
            Column("wall", "wall", 7, right=True, sortable=False),
            Column("events", "events", 10, right=True, sortable=False),
            *([Column("open", "open", 7, right=True, sortable=False)] if self._any_open else []),
        )
        self._table.set_columns(columns, None, descending=False)

    def load(self, *, overtake: bool = True) -> None:
        """Ask for the runs, of which there may be more by now."""
        self.ask("runs", runs.runs, self._show, overtake=overtake)

    def _show(self, found: list[runs.RunFacts]) -> None:
        first = not self._found
        self._found = found
        shown = (any(facts.unended for facts in found), len(self._names()) > 1)
        if shown != (self._any_open, self._several):
            self._any_open, self._several = shown
            self._set_columns()
        self.entitle(f"Runs · {units.count(len(found))}", self.said[1])
        self._table.empty_text = "No runs in this log"
        self._table.set_row_count(len(found) + 1 if found else 0)
        self._table.forget_rows()
        numbers = [facts.run for facts in found]
        if first and self.scope.run in numbers:
            self._table.move_cursor(numbers.index(self.scope.run) + 1)

    @on(Table.RowsWanted)
    def _fetch(self, wanted: Table.RowsWanted) -> None:
        names = self._names()
        rows = [self._all(), *(self._row(facts, names) for facts in self._found)]
        self._table.put_rows(wanted.first, rows[wanted.first : wanted.last + 1], wanted.generation)

    def _all(self) -> Row:
        begins = [facts.start for facts in self._found if facts.start is not None]
        ends = [facts.end for facts in self._found if facts.end is not None]
        wall = max(ends) - min(begins) if begins and ends else None
        events = sum(facts.events for facts in self._found)
        unended = sum(facts.unended for facts in self._found)
        return self._cells(_ALL, ("all", "", "all runs"), (min(begins, default=None), wall, events, unended))

    def _row(self, facts: runs.RunFacts, names: Sequence[str]) -> Row:
        command = command_of(facts) or units.MISSING
        words = (str(facts.run), names[facts.source], command)
        return self._cells(facts.run, words, (facts.start, facts.wall_ns, facts.events, facts.unended))

    def _cells(self, row_id: int, words: tuple[str, str, str], facts: tuple[int | None, int | None, int, int]) -> Row:
        (number, name, command), (start, wall, events, unended) = words, facts
        whole = None if start is None else units.rfc3339(start // units.NS_PER_S * units.NS_PER_S)
        file = (name,) if self._several else ()
        cells = (number, *file, command, (whole or units.MISSING, "table--dim"))
        still = (units.count(unended) if unended else "",) if self._any_open else ()
        return Row(row_id, (*cells, units.duration(wall), units.count(events), *still))

    @on(Table.RowOpened)
    def _choose(self, opened: Table.RowOpened) -> None:
        self.give(RunWanted(None if opened.id == _ALL else opened.id))


class RunsScreen(ModalScreen[RunWanted]):
    """One pane over the others; gives the run that was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,R", "dismiss", "Close", id="runs.close", key_display="esc"),
    ]

    def __init__(self, pane: Pane) -> None:
        super().__init__()
        self._pane = pane

    def compose(self) -> ComposeResult:
        """The pane."""
        yield self._pane
