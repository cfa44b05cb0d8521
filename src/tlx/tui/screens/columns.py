"""The columns of a table, to choose which of them show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from tlx.tui.widgets.table import ASCII, Column, Row, Table

AddPaths = Callable[[Callable[[Sequence[str] | None], None]], None]
"""Lets the user type fields, and hands their names over, or None."""

_COLUMNS = (
    Column("mark", "", 3, sortable=False),
    Column("title", "column", 16, flexible=True, sortable=False),
    Column("words", "what it says", 50, sortable=False),
)


class Choice(NamedTuple):
    """A column that may show; `words` say what it is."""

    key: str
    title: str
    words: str


class ColumnsTable(Table):
    """A table in which rows are switched on and off."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "open", "Switch", id="columns.switch", key_display="enter", tooltip="Show it or not"),
    ]


class ColumnsScreen(ModalScreen[tuple[str, ...] | None]):
    """Gives the keys of the columns to show; none where as many shall show as there is room for; None for no change."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,c", "done", "Done", id="columns.done", key_display="esc"),
        Binding("0", "reset", "As wide", id="columns.reset", tooltip="Show as many as there is room for"),
        Binding("plus", "add", "Path", id="columns.add", key_display="+", tooltip="Add any path of the payload"),
    ]

    def __init__(
        self, choices: Sequence[Choice], shown: Sequence[str], add: AddPaths | None, *, ascii_only: bool
    ) -> None:
        """Offer `choices`, of which some are `shown`; `add` lets the user type further ones."""
        super().__init__()
        self._choices = list(choices)
        self._shown = set(shown)
        self._before = set(shown)
        self._add = add
        self._table = ColumnsTable(glyphs=ASCII if ascii_only else None, id="columns-table")

    def compose(self) -> ComposeResult:
        """The table is all there is."""
        with Vertical(id="columns"):
            yield self._table

    def on_mount(self) -> None:
        """List the columns."""
        page = self.query_one("#columns")
        page.border_title = Content("Columns")
        paths = " · + adds a path of the payload" if self._add is not None else ""
        page.border_subtitle = Content(f"enter switches one · 0 as many as fit{paths} · esc done")
        self._table.set_columns(_COLUMNS, None, descending=False)
        self._table.focus()
        self._list()

    def _list(self) -> None:
        self._table.set_row_count(len(self._choices))
        self._table.forget_rows()

    @on(Table.RowsWanted)
    def _fetch(self, wanted: Table.RowsWanted) -> None:
        rows = [
            Row(number, ("[x]" if one.key in self._shown else "[ ]", one.title, (one.words, "table--dim")))
            for number, one in enumerate(self._choices)
        ]
        self._table.put_rows(0, rows, wanted.generation)

    @on(Table.RowOpened)
    def _switch(self, opened: Table.RowOpened) -> None:
        key = self._choices[opened.id].key
        if self._shown != {key}:  # one has to stay
            self._shown ^= {key}
        self._list()

    def action_reset(self) -> None:
        """Show as many as there is room for."""
        self.dismiss(())

    def action_add(self) -> None:
        """Ask for paths, and show them."""

        def put(names: Sequence[str] | None) -> None:
            known = {one.key for one in self._choices}
            self._choices += [Choice(name, name, "path of the payload") for name in names or () if name not in known]
            self._shown |= set(names or ())
            self._list()

        if self._add is not None:
            self._add(put)

    def action_done(self) -> None:
        """Give the columns in their order."""
        chosen = tuple(one.key for one in self._choices if one.key in self._shown)
        self.dismiss(chosen if self._shown != self._before else None)
