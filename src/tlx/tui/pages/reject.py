"""One reject, whole: its place, the reason, and its text."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tlx import units
from tlx.query import rejects
from tlx.tui.pages.page import Page, page_keys

MOST_TEXT = 20_000
"""Characters of a text that are shown: some hundred lines."""


class RejectScreen(Page):
    """A scrolling page."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "app.pop_screen", "Close", id="reject.close", key_display="esc"),
        *page_keys("reject"),
    ]

    def __init__(self, name: str, gap: rejects.Gap, text: str) -> None:
        """Show a reject of the source with this name; `text` is all that is shown of its text."""
        super().__init__()
        self._source = name
        self._flaw = gap
        self._text = text

    def compose(self) -> ComposeResult:
        """The place, the reason, the text."""
        with VerticalScroll(id="reject"):
            yield Static(Text(self._place(), "bold"))
            yield Static(Text(units.visible(self._flaw.reason)), classes="reject-reason")
            if self._flaw.sort is rejects.Sort.REJECT:
                yield Static(Text(units.visible(self._text), overflow="fold"), id="reject-text")
                if (self._flaw.length or 0) > len(self._text):
                    yield Static(Text(f"… {units.count(self._flaw.length)} characters in all", "italic"))

    def _place(self) -> str:
        gap, name = self._flaw, units.visible(self._source)
        if gap.line is None:
            return f"{name} · byte {units.count(gap.offset)} of the file as stored"
        return f"{name} · line {units.count(gap.line)} · byte {units.count(gap.offset)} of the text"

    def on_mount(self) -> None:
        """Say what it is and how to leave."""
        page = self.query_one("#reject")
        page.border_title = Content("Damage" if self._flaw.line is None else "Reject")
        page.border_subtitle = Content("esc closes")
