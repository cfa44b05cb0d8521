"""The filter bar: a line to type a filter in, and what is wrong with it."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.timer import Timer
from textual.widgets import Input, Static

from tlx import units
from tlx.query.language.compile import compile_filter
from tlx.query.language.parse import FilterError
from tlx.tui.messages import FilterClosed, FilterTyped

_PAUSE = 0.15
"""Seconds without a key after which a filter is tried."""
_HELP = "any text · duration > 1s · execution_kind != Simple · enter keeps it"


class FilterBar(Vertical):
    """Shown while a filter is typed. An error never clears what is on the screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "keep", "Keep", id="filter.keep", key_display="enter", tooltip="Keep the filter"),
        Binding("escape", "leave", "Leave", id="filter.leave", tooltip="Leave; the last good filter stays"),
    ]

    def __init__(self, id: str | None = None) -> None:  # noqa: A002  Textual's own name
        super().__init__(id=id)
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """The line and the hint beneath."""
        yield Input(placeholder="type to filter", id="filter-input", select_on_focus=False)
        yield Static(_HELP, id="filter-hint", markup=False)

    def begin(self, text: str) -> None:
        """Show the bar with the present filter."""
        self.display = True
        line = self.query_one(Input)
        with line.prevent(Input.Changed):
            line.value = text
        line.cursor_position = len(text)
        self._hint(_HELP)
        self.screen.set_focus(line)  # at once, so that the keys that follow are not lost

    def _hint(self, text: str, *, error: bool = False) -> None:
        hint = self.query_one("#filter-hint", Static)
        hint.set_class(error, "error")
        hint.update(Text(text, no_wrap=True))

    @on(Input.Changed)
    def _typed(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_PAUSE, self._try)

    def _try(self) -> bool:
        """Tell the filter if it is well-formed, else say what is wrong and where."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        text = self.query_one(Input).value
        try:
            compile_filter(text)
        except FilterError as error:
            self._hint(f"{'':{error.column}}^ {units.visible(str(error))}", error=True)
            return False
        self._hint(_HELP)
        self.post_message(FilterTyped(text.strip()))
        return True

    @on(Input.Submitted)
    def action_keep(self) -> None:
        """Hide the bar if the filter is well-formed."""
        if self._try():
            self.action_leave()

    def on_descendant_blur(self) -> None:
        """Close where the keys have gone to another pane."""
        if self.display and self.app.app_focus:
            self.action_leave()

    def action_leave(self) -> None:
        """Hide the bar; the last good filter stays."""
        self.display = False
        self.post_message(FilterClosed())
