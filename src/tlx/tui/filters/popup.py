"""The words that may be typed next, as a list below the line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tlx.query.language.complete import Suggestion
from tlx.tui.filters.drawing import suggestion_line

MOST_SHOWN = 8
"""Lines that the list has at most."""


class Popup(Widget):
    """A few words around the chosen one. It never has the focus: the line that is typed keeps it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"popup--chosen", "popup--note"}

    suggestions: reactive[tuple[Suggestion, ...]] = reactive((), layout=True)
    chosen: reactive[int] = reactive(0)

    @dataclass(eq=False, repr=False)
    class Clicked(Message):
        """A word was clicked."""

        number: int

    def show(self, suggestions: Sequence[Suggestion]) -> None:
        """Show these words, the first one chosen; with none go away."""
        self.suggestions = tuple(suggestions)
        self.chosen = 0
        self.display = bool(suggestions)
        self.styles.height = min(MOST_SHOWN, len(suggestions))

    @property
    def word(self) -> Suggestion | None:
        """The chosen word, if there is a list."""
        return self.suggestions[self.chosen] if self.display and self.suggestions else None

    def move(self, step: int) -> None:
        """Choose the next word, or the one before, around the ends."""
        self.chosen = (self.chosen + step) % len(self.suggestions)

    @property
    def _first(self) -> int:
        """The number of the word in the first line."""
        return max(0, min(self.chosen - MOST_SHOWN // 2, len(self.suggestions) - MOST_SHOWN))

    def render(self) -> Text:
        """Draw a word a line, with what it is and how often it was seen."""
        lines, width = list[Text](), self.size.width
        styles = {name: self.get_component_rich_style(name) for name in self.COMPONENT_CLASSES}
        first = self._first
        for number, suggestion in enumerate(self.suggestions[first : first + MOST_SHOWN], first):
            word, said = suggestion_line(suggestion, width)
            chosen = number == self.chosen
            look = styles["popup--chosen"] if chosen else ""
            sign = "▸" if chosen else " "
            line = Text(sign + word[1:], look)
            lines.append(line.append(said, look or styles["popup--note"]))
        return Text("\n", no_wrap=True).join(lines)

    def on_click(self, event: events.Click) -> None:
        """Tell which word was clicked."""
        event.stop()
        number = self._first + event.y
        if number < len(self.suggestions):
            self.post_message(self.Clicked(number))
