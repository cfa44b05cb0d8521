"""A chart: lines of styled pieces on the screen. It draws what it was handed and tells where it was clicked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tlx.tui.drawing.spans import LABEL, Line, Piece

_KINDS = (*(f"kind-{number}" for number in range(12)), "kind-other")
_PARTS = ("axis", "cursor", "curve", "dense", "edge", "label", "selected", "dim")


class Chart(Widget, can_focus=True):
    """Lines from the pane above, one strip each; style keys are component classes."""

    ALLOW_SELECT = False

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"chart--{key}" for key in (*_KINDS, *_PARTS)}

    DEFAULT_CSS = """
    Chart {
        background: $surface;
        color: $foreground;
        & > .chart--kind-0 { color: $kind-0; }
        & > .chart--kind-1 { color: $kind-1; }
        & > .chart--kind-2 { color: $kind-2; }
        & > .chart--kind-3 { color: $kind-3; }
        & > .chart--kind-4 { color: $kind-4; }
        & > .chart--kind-5 { color: $kind-5; }
        & > .chart--kind-6 { color: $kind-6; }
        & > .chart--kind-7 { color: $kind-7; }
        & > .chart--kind-8 { color: $kind-8; }
        & > .chart--kind-9 { color: $kind-9; }
        & > .chart--kind-10 { color: $kind-10; }
        & > .chart--kind-11 { color: $kind-11; }
        & > .chart--kind-other { color: $kind-other; }
        & > .chart--axis { color: $text-muted; }
        & > .chart--cursor { color: $accent; text-style: bold; }
        & > .chart--curve { color: $accent; }
        & > .chart--dense { color: $text-muted; }
        & > .chart--edge { color: $text-muted; }
        & > .chart--label { color: $foreground; }
        & > .chart--selected { color: $accent; text-style: bold; }
        & > .chart--dim { color: $text-muted; }
    }
    """

    @dataclass
    class Clicked(Message):
        """A cell was clicked; x and y count from the chart's own corner."""

        x: int
        y: int
        double: bool

    @dataclass
    class Wheeled(Message):
        """The wheel was turned over a cell: in to zoom in, out to zoom out."""

        x: int
        inward: bool

    @dataclass
    class Resized(Message):
        """There is another size to draw for."""

        width: int
        height: int

    def __init__(self, id: str | None = None) -> None:  # noqa: A002  Textual's own name
        super().__init__(id=id)
        self._lines: Sequence[Line] = ()
        self._strips: dict[int, Strip] = {}

    def show(self, lines: Sequence[Line]) -> None:
        """Draw these lines from the top; the rest stays blank."""
        self._lines = lines
        self._strips.clear()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line from what is in hand."""
        strip = self._strips.get(y)
        if strip is None:
            base = self.rich_style
            line = self._lines[y] if y < len(self._lines) else ()
            strip = Strip([Segment(piece.text, self._style(piece)) for piece in line])
            strip = strip.adjust_cell_length(self.size.width, base)
            self._strips[y] = strip
        return strip

    def _style(self, piece: Piece) -> Style:
        style = self.rich_style
        if piece.behind:
            behind = self._component(piece.behind)
            style += Style(bgcolor=behind.color)
            if piece.style == LABEL and behind.color is not None:
                back = self.get_component_styles(f"chart--{piece.behind}").color
                return style + Style(color=back.get_contrast_text(1.0).rich_color)
        if piece.style:
            front = self._component(piece.style)
            style += Style(color=front.color, bold=front.bold)
        return style

    def _component(self, key: str) -> Style:
        return self.get_component_rich_style(f"chart--{key}", partial=True)

    def notify_style_update(self) -> None:
        """Draw with the colours of another theme."""
        self._strips.clear()
        super().notify_style_update()

    def on_resize(self, event: events.Resize) -> None:
        """Ask for lines of the new size."""
        self._strips.clear()
        self.post_message(self.Resized(event.size.width, event.size.height))

    def on_click(self, event: events.Click) -> None:
        """Tell where it was."""
        self.post_message(self.Clicked(event.x, event.y, event.chain > 1))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Zoom in where the mouse is."""
        event.stop()
        self.post_message(self.Wheeled(event.x, inward=True))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Zoom out."""
        event.stop()
        self.post_message(self.Wheeled(event.x, inward=False))
