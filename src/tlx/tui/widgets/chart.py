"""A chart: lines of styled pieces on the screen. It draws what it was handed and tells where it was clicked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import Color
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tlx.tui.drawing.spans import LABEL, Line, Piece
from tlx.tui.widgets.kinds import kind_colours

_BOLD = ("cursor", "marked", "range", "selected", "tail")
_PARTS = (
    "axis",
    "cursor",
    "curve",
    "dense",
    "edge",
    "idle",
    "label",
    "marked",
    "outside",
    "range",
    "selected",
    "tail",
    "dim",
)


class Chart(Widget, can_focus=True):
    """Lines from the pane above, one strip each; style keys are component classes."""

    ALLOW_SELECT = False

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"chart--{key}" for key in _PARTS}

    DEFAULT_CSS = """
    Chart {
        background: $surface;
        color: $foreground;
        & > .chart--axis { color: $muted; }
        & > .chart--cursor { color: $accent; text-style: bold; }
        & > .chart--curve { color: $secondary; }
        & > .chart--dense { color: $muted; }
        & > .chart--edge { color: $seam; }
        & > .chart--idle { color: $warning; }
        & > .chart--marked { color: $accent; text-style: bold; }
        & > .chart--outside { color: $muted; }
        & > .chart--range { color: $accent; text-style: bold; }
        & > .chart--tail { color: $warning; text-style: bold; }
        & > .chart--label { color: $foreground; }
        & > .chart--selected { color: $accent; text-style: bold; }
        & > .chart--dim { color: $muted; }
    }
    """

    @dataclass(eq=False, repr=False)
    class Clicked(Message):
        """A cell was clicked; x and y count from the chart's own corner."""

        x: int
        y: int
        double: bool

    @dataclass(eq=False, repr=False)
    class Dragged(Message):
        """The mouse went from one column to another with its button down, or with `done` was let go there."""

        begin: int
        end: int
        done: bool = False

        def can_replace(self, message: Message) -> bool:
            """Only where the mouse is now matters, and where it was let go."""
            return isinstance(message, Chart.Dragged) and not self.done

    class Pointed(Message):
        """The mouse stands over another column, or no longer over any."""

        def can_replace(self, message: Message) -> bool:
            """Only where the mouse is now matters."""
            return isinstance(message, Chart.Pointed)

    @dataclass(eq=False, repr=False)
    class Wheeled(Message):
        """The wheel was turned over a cell: in to zoom in, out to zoom out."""

        x: int
        inward: bool

    @dataclass(eq=False, repr=False)
    class Resized(Message):
        """There is another size to draw for."""

        width: int
        height: int

    def __init__(self, id: str | None = None) -> None:  # noqa: A002  Textual's own name
        super().__init__(id=id)
        self._lines: Sequence[Line] = ()
        self._strips: dict[int, Strip] = {}
        self._styles: dict[tuple[str, str], Style] = {}
        self._pressed: int | None = None
        self._dragging = False
        self.pointed: int | None = None
        """The column that the mouse stands over."""

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
        key = piece.style, piece.behind
        if key not in self._styles:
            self._styles[key] = self._mixed(*key)
        return self._styles[key]

    def _mixed(self, front: str, behind: str) -> Style:
        """The style of a piece by its two keys; a label stands out from the bar it is on."""
        style = self.rich_style
        if behind:
            colour = self._colour(behind)
            style += Style(bgcolor=colour.rich_color)
            if front == LABEL:
                return style + Style(color=colour.get_contrast_text(1.0).rich_color)
        if front:
            style += Style(color=self._colour(front).rich_color, bold=front in _BOLD or None)
        return style

    def _colour(self, key: str) -> Color:
        """A kind's colour from the theme, that of a part of the chart from its component class."""
        return kind_colours(self.app).get(key) or self.get_component_styles(f"chart--{key}").color

    def notify_style_update(self) -> None:
        """Draw with the colours of another theme."""
        self._strips.clear()
        self._styles.clear()
        super().notify_style_update()

    def on_resize(self, event: events.Resize) -> None:
        """Ask for lines of the new size."""
        self._strips.clear()
        self.post_message(self.Resized(event.size.width, event.size.height))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Wait whether the mouse is dragged."""
        if event.button == 1:
            self._pressed, self._dragging = event.x, False
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Tell where the mouse is, or how far it was dragged."""
        self._point(event.x)
        if self._pressed is not None and (self._dragging or event.x != self._pressed):
            self._dragging = True
            self.post_message(self.Dragged(self._pressed, event.x))

    def on_leave(self) -> None:
        """Tell that the mouse has gone."""
        self._point(None)

    def _point(self, x: int | None) -> None:
        if x != self.pointed:
            self.pointed = x
            self.post_message(self.Pointed())

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Tell where a drag ended."""
        pressed, self._pressed = self._pressed, None
        self.release_mouse()
        if pressed is not None and self._dragging:
            self.post_message(self.Dragged(pressed, event.x, done=True))

    def on_click(self, event: events.Click) -> None:
        """Tell where it was, if it is not the end of a drag."""
        if self._dragging:
            return
        self.post_message(self.Clicked(event.x, event.y, event.chain > 1))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Zoom in where the mouse is."""
        event.stop()
        self.post_message(self.Wheeled(event.x, inward=True))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Zoom out."""
        event.stop()
        self.post_message(self.Wheeled(event.x, inward=False))
