"""Breakdown: the execution kinds by count, time, bytes and share, and the cache-hit rate with its formula."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from tlx import units
from tlx.query import kinds
from tlx.query.ask import Asker
from tlx.query.language.quote import clause
from tlx.store.database import Database
from tlx.tui import palette
from tlx.tui.drawing.bars import draw_bar
from tlx.tui.messages import FilterWanted
from tlx.tui.panes.pane import Pane
from tlx.tui.widgets.table import ASCII, Column, Row, Table

_COLUMNS = (
    Column("execution_kind", "execution kind", 12, flexible=True),
    Column("count", "count", 7, right=True),
    Column("duration_ns", "time", 6, right=True),
    Column("share", "share", 5, right=True, sortable=False),
    Column("bar", "", 12, sortable=False, wide_only=64),
    Column("output_size", "output", 9, right=True, wide_only=54),
)
_BAR = 12


class KindsTable(Table):
    """A table in which a row is opened by showing it alone."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Only", id="breakdown.only", key_display="enter", tooltip="Show this kind alone"),
    ]


class BreakdownPane(Pane):
    """A few rows, all in hand; the share is of the summed time of all actions."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "exclude", "Exclude", id="breakdown.exclude", tooltip="Leave this execution kind out"),
    ]

    def __init__(self, database: Callable[[], Database], *, ascii_only: bool = False, **kwargs: Any) -> None:
        super().__init__(database, **kwargs)
        self._ascii = ascii_only
        self._kinds: list[kinds.Kind] = []
        self._sort = "count"
        self._descending = True
        self._moved = False
        """Whether the user moved the cursor; until then it stays on the first row."""
        self._table = KindsTable(glyphs=ASCII if ascii_only else None, id="breakdown-table")

    def compose(self) -> ComposeResult:
        """The table, and the cache beneath it."""
        yield self._table
        yield Static(id="cache")

    def on_mount(self) -> None:
        """Ask for the first numbers."""
        self.entitle("3 Execution kinds")
        self._table.empty_text = "Nothing read yet"
        self.load()

    def load(self, *, overtake: bool = True) -> None:
        """Ask for the kinds and the cache hits."""
        scope = self.scope

        def question(asker: Asker) -> tuple[list[kinds.Kind], kinds.Cache]:
            return kinds.kinds(asker, scope), kinds.cache(asker, scope)

        self.ask("kinds", question, self._show, overtake=overtake)

    def _show(self, found: tuple[list[kinds.Kind], kinds.Cache]) -> None:
        kinds_found, cache = found
        here = "No actions in this log" if self.scope.run is None else "No actions in this run"
        self._table.empty_text = "No actions match" if self.scope.condition.text else here
        self._order(kinds_found)
        text = Text()
        if self._kinds:
            text.append("cache hits ").append(units.share(cache.hits, cache.eligible), "bold")
            text.append(f" = {units.count(cache.hits)} / {units.count(cache.eligible)}\n{kinds.FORMULA}")
        self.query_one("#cache", Static).update(text)
        noun = "kind" if len(self._kinds) == 1 else "kinds"
        self.entitle(self.said[0], f"{len(self._kinds)} {noun} · share is of time" if self._kinds else "")

    def _order(self, found: list[kinds.Kind]) -> None:
        """Show these kinds in the present order; a cursor that was moved stays on its kind."""
        key, row = self._sort, self._table.cursor_row
        held = self._kinds[row] if self._moved and row < len(self._kinds) else None
        known = [kind for kind in found if getattr(kind, key) is not None]
        known.sort(key=lambda kind: getattr(kind, key), reverse=self._descending)
        self._kinds = known + [kind for kind in found if getattr(kind, key) is None]
        self._table.set_columns(_COLUMNS, key, descending=self._descending)
        self._table.set_row_count(len(self._kinds))
        self._table.forget_rows()
        names = [kind.execution_kind for kind in self._kinds]
        if held is not None and held.execution_kind in names:
            self._table.move_cursor(names.index(held.execution_kind))

    @on(Table.RowsWanted)
    def _fetch(self, wanted: Table.RowsWanted) -> None:
        total = sum(kind.duration_ns for kind in self._kinds)
        found = [self._row(number, kind, total) for number, kind in enumerate(self._kinds)]
        self._table.put_rows(0, found, wanted.generation)

    def _row(self, number: int, kind: kinds.Kind, total: int) -> Row:
        mark, style = palette.cell(kind.execution_kind, ascii_only=self._ascii)
        if kind.execution_kind is None:
            mark = "· not recorded"
        return Row(
            number,
            (
                (mark, style),
                units.count(kind.count),
                units.duration(kind.duration_ns),
                units.share(kind.duration_ns, total),
                (draw_bar(kind.duration_ns, total, _BAR, ascii_only=self._ascii), style),
                units.size(kind.output_size),
            ),
        )

    @on(Table.CursorMoved)
    def _move(self, moved: Table.CursorMoved) -> None:
        self._moved = self._moved or moved.row > 0

    @on(Table.SortWanted)
    def _resort(self, wanted: Table.SortWanted) -> None:
        if wanted.reverse:
            self._descending = not self._descending
        elif wanted.key is not None:
            self._sort, self._descending = wanted.key, wanted.key != "execution_kind"
        self._order(self._kinds)

    @on(Table.RowOpened)
    def _include(self, opened: Table.RowOpened) -> None:
        self._filter(opened.id, "==")

    def action_exclude(self) -> None:
        """Leave out the execution kind under the cursor."""
        self._filter(self._table.cursor_row, "!=")

    def _filter(self, number: int, operator: str) -> None:
        if number >= len(self._kinds):
            return
        kind = self._kinds[number].execution_kind
        if kind is None:
            self.notify("These actions do not record how they ran.")
            return
        self.post_message(FilterWanted(clause("execution_kind", operator, kind)))
