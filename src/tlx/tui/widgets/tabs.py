"""The strip of tabs over the lower panes where they take turns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

_BREAKDOWN = 3
_BETWEEN = " · "
_ENDS = 2
TITLES = {2: "Durations", _BREAKDOWN: "Breakdown", 4: "Inspector"}


class Tabs(Widget):
    """Names the lower panes; the one that is shown stands out, with what it says of itself at the right."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tabs--current", "tabs--note"}

    DEFAULT_CSS = """
    Tabs {
        & > .tabs--current { background: $primary; color: $background; text-style: bold; }
        & > .tabs--note { color: $muted; }
    }
    """

    current: reactive[int] = reactive(2)
    note: reactive[str] = reactive("")
    breakdown: reactive[str] = reactive(TITLES[_BREAKDOWN])
    """What the breakdown is called in the dialect of most events."""

    @dataclass(eq=False, repr=False)
    class Wanted(Message):
        """A tab was clicked."""

        pane: int

    @property
    def _titles(self) -> dict[int, str]:
        return TITLES | {_BREAKDOWN: self.breakdown}

    def render(self) -> Text:
        """Draw one line."""
        line = Text()
        style = self.get_component_rich_style("tabs--current")
        for number, title in self._titles.items():
            line.append(f" {number} {title} ", style if number == self.current else "")
        room = self.size.width - line.cell_len - 1
        parts = self.note.split(_BETWEEN)
        while len(parts) > _ENDS and cell_len(_BETWEEN.join(parts)) >= room:
            del parts[1]  # the first one says what is shown, the last one what is new
        note = Text(_BETWEEN.join(parts), self.get_component_rich_style("tabs--note"))
        note.truncate(max(0, room - 1), overflow="ellipsis")
        return line.append(" " * max(0, room - cell_len(note.plain))).append_text(note)

    def on_click(self, event: events.Click) -> None:
        """Ask for the pane whose name was clicked."""
        begin = 0
        for number, title in self._titles.items():
            begin += len(f" {number} {title} ")
            if event.x < begin:
                self.post_message(self.Wanted(number))
                return
