"""Rejects: the lines that are no events, each with its place and the reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from tlx import units
from tlx.query import runs
from tlx.store.database import Database
from tlx.tui.panes.pane import Pane
from tlx.tui.widgets.table import ASCII, Column, Row, Table

_MOST = 5_000
"""So many are listed; a log with more of them is no log."""
_COLUMNS = (
    Column("line", "line", 9, right=True, sortable=False),
    Column("reason", "reason", 30, sortable=False),
    Column("text", "text", 30, flexible=True, sortable=False),
)


class RejectsPane(Pane):
    """The first rejects, all in hand."""

    def __init__(self, database: Callable[[], Database], *, ascii_only: bool = False, **kwargs: Any) -> None:
        super().__init__(database, **kwargs)
        self._rejects: list[runs.RejectLine] = []
        self._table = Table(glyphs=ASCII if ascii_only else None, id="rejects-table")

    def compose(self) -> ComposeResult:
        """The table is all there is."""
        self._table.empty_text = "Looking for them"
        yield self._table

    def on_mount(self) -> None:
        """Ask for the rejects."""
        self.entitle("Rejects", "esc closes")
        self._table.set_columns(_COLUMNS, None, descending=False)
        self._table.focus()
        self.ask("rejects", lambda asker: runs.rejects(asker, _MOST), self._show)

    def _show(self, found: list[runs.RejectLine]) -> None:
        self._rejects = found
        more = f" · the first {units.count(_MOST)}" if len(found) == _MOST else ""
        self.entitle(f"Rejects · {units.count(len(found))} lines are no events{more}", "esc closes")
        self._table.set_row_count(len(found))
        self._table.forget_rows()

    @on(Table.RowsWanted)
    def _fetch(self, wanted: Table.RowsWanted) -> None:
        shown = self._rejects[wanted.first : wanted.last + 1]
        rows = [
            Row(number, (units.count(reject.line), reject.reason, (reject.text or "(blank)", "table--dim")))
            for number, reject in enumerate(shown, wanted.first)
        ]
        self._table.put_rows(wanted.first, rows, wanted.generation)


class RejectsScreen(ModalScreen[None]):
    """One pane over the others."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,E", "app.pop_screen", "Close", id="rejects.close", key_display="esc"),
    ]

    def __init__(self, database: Callable[[], Database], *, ascii_only: bool = False) -> None:
        super().__init__()
        self._pane = RejectsPane(database, ascii_only=ascii_only, id="rejects")

    def compose(self) -> ComposeResult:
        """The pane."""
        yield self._pane
