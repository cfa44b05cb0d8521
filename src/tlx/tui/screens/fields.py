"""A line to type fields in, with words for them from the columns and from the payloads of the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tlx import units
from tlx.query.fields import OWNER_UNCONFIGURED, fields, split
from tlx.query.language.complete import Completion, Suggestion
from tlx.query.language.parse import FilterError
from tlx.tui.widgets.table import ASCII, Column, Row, Table

Suggest = Callable[[str, Callable[[Completion], None]], None]
"""Finds words for what is typed, and hands them over once they are found."""

_COLUMNS = (
    Column("text", "field", 24, flexible=True, sortable=False),
    Column("note", "what it is", 28, sortable=False, rank=1),
    Column("count", "events", 10, right=True, sortable=False),
)
_HELP = "enter takes it · tab completes · ↑ ↓ choose · esc closes"


class WordsTable(Table, can_focus=False):
    """A table of words beneath a line that has the keys."""


class FieldsScreen(ModalScreen[tuple[str, ...] | None]):
    """Gives the names of the fields that were typed, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close", id="fields.close", key_display="esc"),
        Binding("down,ctrl+n", "move(1)", "Next word", show=False, id="fields.down", priority=True),
        Binding("up,ctrl+p", "move(-1)", "Word before", show=False, id="fields.up", priority=True),
        Binding("tab", "complete", "Complete", show=False, id="fields.complete", priority=True),
    ]

    def __init__(self, title: str, hint: str, suggest: Suggest, *, several: bool, ascii_only: bool) -> None:
        """Ask for one field or `several`; `title` and `hint` say what for."""
        super().__init__()
        self._title = title
        self._hint = hint
        self._suggest = suggest
        self._several = several
        self._words: tuple[Suggestion, ...] = ()
        self._begin = 0
        """Where the words belong in the line."""
        self._picked = False
        """Whether the user went to a word."""
        self._table = WordsTable(glyphs=ASCII if ascii_only else None, id="fields-table")

    def compose(self) -> ComposeResult:
        """The line, what is wrong with it, and the words."""
        with Vertical(id="fields"):
            yield Input(placeholder=self._hint, id="fields-input", select_on_focus=False)
            yield Static(_HELP, id="fields-hint", markup=False)
            yield self._table

    def on_mount(self) -> None:
        """Show the words that may come first."""
        page = self.query_one("#fields")
        page.border_title = Content(self._title)
        self._table.set_columns(_COLUMNS, None, descending=False)
        self._table.empty_text = "No such column, and no such key in this log"
        self._look()

    @on(Input.Changed)
    def _look(self) -> None:
        """Ask for words for the field before the cursor."""
        if self._is_gone:
            return
        self.query_one("#fields-hint", Static).set_class(False, "error").update(_HELP)
        typed = self.query_one(Input).value
        at, name = self._parts(typed)[-1]
        begin = at + len(name) - len(name.lstrip())

        def show(found: Completion) -> None:
            if not self._is_gone and self.query_one(Input).value == typed:
                self._begin, self._words, self._picked = begin + found.begin, found.suggestions, False
                self._table.set_row_count(len(self._words))
                self._table.forget_rows()
                self._table.move_cursor(0)

        self._suggest(name.lstrip(), show)

    @property
    def _is_gone(self) -> bool:
        """Whether it was closed: what was typed last, and the words for it, may come when its line is no more."""
        return self._pruning or not self.is_attached

    def _parts(self, typed: str) -> list[tuple[int, str]]:
        return split(typed) if self._several else [(0, typed)]

    @on(Table.RowsWanted)
    def _fetch(self, wanted: Table.RowsWanted) -> None:
        rows = [Row(number, _cells(word)) for number, word in enumerate(self._words)]
        self._table.put_rows(0, rows, wanted.generation)

    @on(events.Click, "#fields-table")
    def _click(self) -> None:
        """A word that was clicked on is completed."""
        self.call_after_refresh(self.action_complete)

    def action_move(self, step: int) -> None:
        """Go to the next word, or the one before."""
        self._picked = True
        self._table.action_move(step)

    def action_complete(self) -> None:
        """Write the word under the cursor into the line."""
        line = self.query_one(Input)
        if self._table.cursor_row < len(self._words):
            line.value = line.value[: self._begin] + self._words[self._table.cursor_row].text
            line.cursor_position = len(line.value)

    @on(Input.Submitted)
    def _take(self, submitted: Input.Submitted) -> None:
        """Give the fields, or say what is wrong with one."""
        if self._picked or not submitted.value.strip(" ,"):
            self.action_complete()
        typed = self.query_one(Input).value
        found: list[str] = []
        for at, name in self._parts(typed):
            try:
                found += [one.name for one in fields([name.strip()])] if name.strip() else []
            except FilterError as error:
                place = at + len(name) - len(name.lstrip()) + error.column
                self._complain(f"{'':{place}}^ {error}")
                return
        self.dismiss(tuple(dict.fromkeys(found)) or None)

    def _complain(self, text: str) -> None:
        self.query_one("#fields-hint", Static).add_class("error").update(Text(units.visible(text), no_wrap=True))


def _cells(word: Suggestion) -> tuple[str, ...]:
    note = "owner without its configuration" if word.text == OWNER_UNCONFIGURED else word.note
    counted = "" if word.count is None else units.count(word.count) + ("+" if word.at_least else "")
    return (word.text, note, counted)
