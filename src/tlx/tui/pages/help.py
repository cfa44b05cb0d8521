"""Help: every key, drawn from the bindings themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from tlx import units
from tlx.dialects.base import Absence
from tlx.tui import keymap
from tlx.tui.desk import Desk
from tlx.tui.pages.page import Page, page_keys
from tlx.tui.panes.pane import Pane

_FILTER = """\
A filter is text and comparisons side by side; all of them must hold.

  lib_42                  any text of the event holds it; capitals make case count
  "exact phrase"          the same with blanks
  execution_kind = Local  = != == for text, == always with case; *= holds, ^= starts, $= ends
  duration > 1s           ns us ms s m h, 1m30s; a bare number is milliseconds
  output_size >= 10MiB    B kB KiB MB MiB GB GiB
  metadata.n > 3          any path in the payload; exists(…), missing(…)
  cached or not slow      filters with a name; ctrl+n in the bar gives one

A comparison with a missing value is false, and so is its negation by operator.
Percentiles are nearest-rank: p95 is the least duration that 95 % of the calls do not exceed.
Total is summed time, which counts overlaps again; wall is the time in which one or more ran.
Spread shows calls by duration, a column a decade: below 1 ms, from 1 ms on, and so on to 1000 s.
Spans include waiting."""


Section = tuple[str, Sequence[Binding]]
"""A title and its keys."""


def sections(focused: Widget | None, app: App[Any], keys: Mapping[str, str]) -> list[Section]:
    """Return the keys of the widget that has the focus, of the panes around it, and of the app.

    `keys` are those that the user has given to bindings, by their ids.
    """
    found: list[Section] = []
    own: list[Binding] = []
    everywhere = _declared(type(app))
    title = ""
    for widget in focused.ancestors_with_self if focused is not None else ():
        if isinstance(widget, Desk):
            everywhere = _declared(Desk) + everywhere
        elif isinstance(widget, Widget) and not isinstance(widget, App):
            own += _declared(type(widget))
            title = widget.said[0].partition(" · ")[0] if isinstance(widget, Pane) else title
    if own:
        found.append((title or "Here", own))
    found.append(("Everywhere", everywhere))
    return [(name, [keymap.of(binding, keys) for binding in bindings]) for name, bindings in found]


def commands(app: App[Any], screen: Screen[Any]) -> Iterator[SystemCommand]:
    """Yield what the command palette offers: every action that has a key now, and the choice of a theme."""
    found: dict[str, SystemCommand] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if binding.id and binding.description and active.enabled and binding.action != "command_palette":
            words = f"{binding.tooltip or binding.description} ({app.get_key_display(binding)})"
            run = partial(app.run_action, binding.action, active.node)
            found.setdefault(binding.description, SystemCommand(binding.description, words, run))
    yield from found.values()
    yield SystemCommand("Theme", "Choose other colours, until tlx ends", app.action_change_theme)


def _declared(owner: type) -> list[Binding]:
    """The bindings of a class of tlx and of its bases; of two with the same keys the nearer one."""
    found: dict[str, Binding] = {}
    for base in owner.__mro__:
        if "tlx" in base.__module__:
            bindings = (binding for binding in base.__dict__.get("BINDINGS", ()) if isinstance(binding, Binding))
            found = {binding.key: binding for binding in bindings if binding.description} | found
    return list(found.values())


class HelpScreen(Page):
    """The keys of the pane that had the focus, then those that work everywhere."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "app.pop_screen", "Close", id="help.close"),
        *page_keys("help"),
    ]

    def __init__(self, shown: Sequence[Section], missing: Sequence[tuple[str, Absence]] = ()) -> None:
        """Show keys by section, and what is `missing` in the logs with the command that has it."""
        super().__init__()
        self._missing = missing
        self._sections = shown

    def compose(self) -> ComposeResult:
        """One scrolling page."""
        with VerticalScroll(id="help"):
            for title, bindings in self._sections:
                yield Static(Text(title, "bold"), classes="help-title")
                yield Static(_keys(bindings, self.app.get_key_display))
            yield Static(Text("Filters", "bold"), classes="help-title")
            yield Static(Text(_FILTER))
            if self._missing:
                yield Static(Text("Not in this log", "bold"), classes="help-title")
            for command, one in self._missing:
                said = f"{one.words[:1].upper()}{one.words[1:]}: {units.visible(command)}. Here: {one.instead}."
                yield Static(Text(f"  {said}"))

    def on_mount(self) -> None:
        """Say how to leave."""
        page = self.query_one("#help")
        page.border_title = "Help"
        page.border_subtitle = "esc closes"


def _keys(bindings: Sequence[Binding], display: Callable[[Binding], str]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(width=18, no_wrap=True)
    table.add_column()
    for binding in bindings:
        # Textual's own sign for it is ⏎; everywhere else it is called by its name.
        keys = " ".join("enter" if key == "enter" else display(Binding(key, "", "")) for key in binding.key.split(","))
        words = binding.tooltip or binding.description
        table.add_row(Text(f"  {keys}", "bold"), Text(words))
    return table
