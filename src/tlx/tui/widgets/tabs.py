"""The strip of tabs over the lower panes where they take turns."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

TITLES = {2: "Durations", 3: "Execution kinds", 4: "Inspector"}


class Tabs(Widget):
    """Names the lower panes; the one that is shown stands out."""

    current: reactive[int] = reactive(2)

    @dataclass
    class Wanted(Message):
        """A tab was clicked."""

        pane: int

    def render(self) -> Text:
        """Draw one line."""
        return Text("").join(
            Text(f" {number} {title} ", "bold reverse" if number == self.current else "")
            for number, title in TITLES.items()
        )

    def on_click(self, event: events.Click) -> None:
        """Ask for the pane whose name was clicked."""
        begin = 0
        for number, title in TITLES.items():
            begin += len(f" {number} {title} ")
            if event.x < begin:
                self.post_message(self.Wanted(number))
                return
