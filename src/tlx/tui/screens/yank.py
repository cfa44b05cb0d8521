"""Yank: which part of an event to copy; and a text to be copied by hand."""

from __future__ import annotations

from typing import Any, ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tlx import units
from tlx.tui import clipboard
from tlx.tui.pages.page import Page, page_keys

MOST_TEXT = 20_000
"""Characters of a text that are shown: some hundred lines."""


def copy(app: App[Any], what: str, text: str) -> None:
    """Copy a text byte for byte, and say who took it; where nobody did, show it."""
    data = text.encode()
    by_terminal = clipboard.takes_osc52(data)
    if by_terminal:
        app.copy_to_clipboard(text)

    def give() -> None:
        tool = clipboard.by_tool(data)
        if app.is_running:
            app.call_from_thread(_tell, app, (what, text), by_terminal, tool)

    app.run_worker(give, thread=True, group="yank", exit_on_error=True)


def _tell(app: App[Any], yanked: tuple[str, str], by_terminal: bool, tool: str | None) -> None:  # noqa: FBT001  as above
    what, text = yanked
    size = len(text.encode())
    said = [f"{what}, {units.size(size)}:"]
    if by_terminal:
        said.append(f"sent to the terminal (OSC 52){f' and to {tool}' if tool else ''}.")
        if not tool:
            said.append("Whether it took it, it never says: y t shows the text.")
    elif tool:
        said.append(f"copied by {tool}.")
    if not by_terminal and size > clipboard.MOST_BY_TERMINAL:
        said.append(f"Too long for the terminal, which takes {units.size(clipboard.MOST_BY_TERMINAL)}.")
    if not by_terminal and not tool:
        said.append("No clipboard takes it: copy it by hand.")
        app.push_screen(ByHandScreen(what, text))
    app.notify(units.visible(" ".join(said)), title="Yank", markup=False)


class YankScreen(ModalScreen[str]):
    """One line that says which key copies what; gives the key."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss('y')", "event as JSON", id="yank.event"),
        Binding("k", "dismiss('k')", "key", id="yank.key"),
        Binding("p", "dismiss('p')", "path", id="yank.path"),
        Binding("v", "dismiss('v')", "value", id="yank.value"),
        Binding("l", "dismiss('l')", "raw line", id="yank.line"),
        Binding("t", "dismiss('t')", "show last", id="yank.last", tooltip="Show what was copied last, to copy by hand"),
        Binding("escape,q", "dismiss", "leave", id="yank.leave", key_display="esc"),
    ]

    def compose(self) -> ComposeResult:
        """The line."""
        line = Text(" yank ", "bold")
        found = {active.binding.id: active.binding for active in self.active_bindings.values()}
        for own in self.BINDINGS:
            if isinstance(own, Binding) and (binding := found.get(own.id)):
                line.append(f"  {binding.key_display or binding.key}", "bold").append(f" {binding.description}")
        yield Static(line, id="yank")


class ByHandScreen(Page):
    """A text without a frame at its sides, to be selected with the mouse."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "app.pop_screen", "Close", id="by_hand.close", key_display="esc"),
        *page_keys("by_hand"),
    ]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        """The text, its control characters made visible."""
        with VerticalScroll(id="by-hand"):
            lines = self._text[:MOST_TEXT].split("\n")
            yield Static(Text("\n".join(map(units.visible, lines)), overflow="fold"), id="by-hand-text")
            if len(self._text) > MOST_TEXT:
                yield Static(Text(f"… {units.count(len(self._text))} characters in all", "italic"))

    def on_mount(self) -> None:
        """Say what it is and how to leave."""
        page = self.query_one("#by-hand")
        page.border_title = Content(f"{units.visible(self._title)} · select it with the mouse, shift held")
        page.border_subtitle = Content("esc closes")
