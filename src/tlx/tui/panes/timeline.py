"""Timeline: events over time stacked by execution kind, the axis, and lanes of actions beneath."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Size

from tlx import units
from tlx.query import timeline
from tlx.query.ask import Asker, Scope
from tlx.store.database import Database
from tlx.tui import palette
from tlx.tui.drawing.axis import draw_axis, per_cell
from tlx.tui.drawing.density import draw_density, draw_gutter, peak
from tlx.tui.drawing.lanes import Viewport, draw_lanes, hit
from tlx.tui.drawing.packing import Bar, lane_of, pack
from tlx.tui.drawing.spans import Line, Piece
from tlx.tui.messages import EventSelected, InspectWanted
from tlx.tui.panes.pane import Pane
from tlx.tui.widgets.chart import Chart

Window = tuple[int, int]

_BARS_PER_LANE = 24
"""How many of the longest spans are fetched for each lane on the screen."""
_LEAST_WINDOW = 1_000_000
"""One millisecond: what the log resolves."""
_GUTTER = 9
_AXIS = 2


@dataclass(frozen=True)
class _Picture:
    """All that is drawn: one answer of the store."""

    whole: Window
    density: timeline.Density
    lanes: list[list[Bar]]
    has_instants: bool
    """Whether the first lane is that of the instants."""
    marks: int
    total: int


def _bar(mark: timeline.Mark) -> Bar:
    return Bar(mark.id, mark.start, mark.end, mark.name, palette.look(mark.execution_kind).style)


class TimelinePane(Pane):
    """The window on time is its own; which events count is the app's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w,plus", "zoom(0.5)", "Zoom in", id="timeline.zoom_in", key_display="w"),
        Binding("s,minus", "zoom(2.0)", "Zoom out", id="timeline.zoom_out", key_display="s"),
        Binding("a,h,left", "pan(-0.25)", "Pan left", show=False, id="timeline.left"),
        Binding("d,l,right", "pan(0.25)", "Pan right", id="timeline.right", key_display="a d", show=False),
        Binding("0", "whole", "Whole", id="timeline.whole", tooltip="Show all time"),
        Binding("full_stop,j,down", "step(1)", "Next slice", id="timeline.next", key_display="."),
        Binding("comma,k,up", "step(-1)", "Slice before", show=False, id="timeline.previous"),
        Binding("g,home", "end_of_time(False)", "First slice", show=False, id="timeline.first"),
        Binding("G,end", "end_of_time(True)", "Last slice", show=False, id="timeline.last"),
        Binding("enter", "open", "Inspect", show=False, id="timeline.open"),
    ]

    def __init__(self, database: Callable[[], Database], *, ascii_only: bool = False, **kwargs: Any) -> None:
        super().__init__(database, **kwargs)
        self._ascii = ascii_only
        self._window: Window | None = None
        self._picture: _Picture | None = None
        self._room = Size(0, 0)
        self._chart = Chart(id="timeline-chart")

    def compose(self) -> ComposeResult:
        """One chart."""
        yield self._chart

    def on_mount(self) -> None:
        """Name the pane."""
        self.border_title = "1 Timeline"

    def watch_scope(self) -> None:
        """Other events count now; the window stays where it is."""
        self._load()

    def watch_generation(self) -> None:
        """There are more events."""
        self._load(overtake=False)

    def watch_selection(self) -> None:
        """Mark the event that is selected, fetching it where it is too short to be among the longest."""
        picture = self._picture
        if picture is not None and self.selection is not None and lane_of(picture.lanes, self.selection) is None:
            self._load()
        else:
            self._draw()

    @on(Chart.Resized)
    def _fit(self, resized: Chart.Resized) -> None:
        self._room = Size(resized.width, resized.height)
        self._draw()
        self._load()

    @property
    def _columns(self) -> int:
        return max(1, self._room.width - _GUTTER)

    @property
    def _heights(self) -> tuple[int, int]:
        """Lines of the density chart and of the lanes."""
        rest = max(0, self._room.height - _AXIS)
        high = rest if rest < 4 else max(2, min(8, rest * 2 // 5))  # noqa: PLR2004  too low for two charts
        return high, rest - high

    def _load(self, *, overtake: bool = True) -> None:
        if not self._room.width:
            return
        scope, window, columns = self.scope, self._window, self._columns
        limit = max(1, self._heights[1]) * _BARS_PER_LANE
        selection = self.selection

        def question(asker: Asker) -> _Picture | None:
            whole = timeline.extent(asker, scope)
            if whole is None:
                return None
            shown = window or whole
            density = timeline.density(asker, scope, shown, columns, palette.STACK)
            marks = timeline.marks(asker, scope, shown, limit, selection)
            instants = timeline.instants(asker, scope, shown, columns, selection)
            total = timeline.touching(asker, scope, shown) if len(marks) >= limit else len(marks)
            lanes = [[_bar(mark) for mark in instants]] if instants else []
            return _Picture(
                whole,
                density,
                [*lanes, *pack([_bar(mark) for mark in marks])],
                bool(lanes),
                len(marks),
                total,
            )

        self.ask("timeline", question, self._show, overtake=overtake)

    def _show(self, picture: _Picture | None) -> None:
        self._picture = picture
        self._draw()

    def _draw(self) -> None:
        picture = self._picture
        if picture is None:
            self._say_nothing()
            return
        window = picture.density.window
        high, low = self._heights
        top = peak(picture.density.counts)
        cursor = self._cursor_column(window)
        lines = self._density_lines(picture, high, units.count(int(top)), cursor)
        lines += self._lane_lines(picture, window, low)
        self._chart.show(lines)
        begin, end = window[0] - picture.whole[0], window[1] - picture.whole[0]
        self.border_title = (
            f"1 Timeline · {units.since(begin)} … {units.since(end)} since start · {per_cell(window, self._columns)}"
        )
        busiest = picture.density.busiest
        shown = ""
        if picture.total > picture.marks:
            shown = f" · lanes: longest {units.count(picture.marks)} of {units.count(picture.total)}"
        self.border_subtitle = f"{units.count(busiest)} actions in flight at most{shown}"

    def _say_nothing(self) -> None:
        text = (
            "No events match the filter; esc steps back" if self.scope.condition.text else "No events with a time yet"
        )
        blank = [[Piece("")]] * (self._room.height // 2)
        self._chart.show([*blank, [Piece(text.center(self._room.width), "dim")]])
        self.border_title = "1 Timeline"
        self.border_subtitle = ""

    def _density_lines(self, picture: _Picture, high: int, top: str, cursor: int | None) -> list[Line]:
        series = picture.density.series
        letters = "".join(map(palette.letter_of, series)) if self._ascii else ""
        styles = [palette.style_of(name) for name in series]
        chart = draw_density(picture.density.counts, styles, high, letters=letters, cursor=cursor)
        axis = draw_axis(picture.density.window, self._columns, picture.whole[0], cursor=cursor, ascii_only=self._ascii)
        gutter = draw_gutter(high + 1, top, ascii_only=self._ascii)
        body = [*chart, axis[0]]
        return [
            *([Piece(left.rjust(_GUTTER), "axis"), *line] for left, line in zip(gutter, body, strict=True)),
            [Piece(" " * _GUTTER), *axis[1]],
        ]

    def _lane_lines(self, picture: _Picture, window: Window, low: int) -> list[Line]:
        if low <= 0:
            return []
        view = self._viewport(picture, window, low)
        lines = draw_lanes(picture.lanes, view, selected=self.selection, ascii_only=self._ascii)
        return [
            [Piece(self._lane_name(picture, view.first_lane + row).rjust(_GUTTER - 1) + " ", "axis"), *line]
            for row, line in enumerate(lines)
        ]

    def _lane_name(self, picture: _Picture, number: int) -> str:
        if number >= len(picture.lanes):
            return ""
        if picture.has_instants and number == 0:
            return "instants"
        return str(number + (0 if picture.has_instants else 1))

    def _viewport(self, picture: _Picture, window: Window, low: int) -> Viewport:
        """The lanes around the selected event."""
        lane = lane_of(picture.lanes, self.selection) if self.selection is not None else None
        first = max(0, min((lane or 0) - low // 2, len(picture.lanes) - low))
        return Viewport(window[0], window[1], self._columns, low, first)

    def _selected_bar(self) -> Bar | None:
        lanes = self._picture.lanes if self._picture else []
        return next((bar for lane in lanes for bar in lane if bar.id == self.selection), None)

    def _cursor_column(self, window: Window) -> int | None:
        bar = self._selected_bar()
        if bar is None:
            return None
        middle = max(window[0], min((bar.start + bar.end) // 2, window[1] - 1))
        return (middle - window[0]) * self._columns // max(1, window[1] - window[0])

    def _set_window(self, begin: int, length: int) -> None:
        """Show another part of time, never less than the log resolves nor more than it holds."""
        if self._picture is None:
            return
        first, last = self._picture.whole
        length = max(_LEAST_WINDOW, length)
        if length >= last - first:
            self._window = None
        else:
            begin = max(first, min(begin, last - length))
            self._window = (begin, begin + length)
        self._load()

    def _zoom(self, factor: float, column: int | None) -> None:
        if self._picture is None:
            return
        begin, end = self._picture.density.window
        column = self._columns // 2 if column is None else max(0, min(column, self._columns))
        length = round((end - begin) * factor)
        fixed = begin + (end - begin) * column // self._columns
        self._set_window(fixed - length * column // self._columns, length)

    def action_zoom(self, factor: float) -> None:
        """Show half as much time, or twice as much, around the selected event."""
        window = self._picture.density.window if self._picture else None
        self._zoom(factor, self._cursor_column(window) if window else None)

    def action_pan(self, part: float) -> None:
        """Move the window by a part of its length."""
        if self._picture is not None:
            begin, end = self._picture.density.window
            self._set_window(begin + round((end - begin) * part), end - begin)

    def action_whole(self) -> None:
        """Show all time."""
        self._window = None
        self._load()

    def action_step(self, direction: int) -> None:
        """Select the slice that starts next, or the one before, panning where it lies outside."""
        scope, selection = self.scope, self.selection
        self.ask("step", lambda asker: timeline.neighbour(asker, scope, selection, direction), self._go)

    def action_end_of_time(self, last: bool) -> None:  # noqa: FBT001  an action's arguments have no names
        """Select the first slice of all, or the last."""
        scope = self.scope
        direction = -1 if last else 1
        self.ask("step", lambda asker: timeline.neighbour(asker, scope, None, direction), self._go)

    def _go(self, mark: timeline.Mark | None) -> None:
        if mark is None:
            return
        if self._window is not None and not (self._window[0] <= mark.start < self._window[1]):
            length = self._window[1] - self._window[0]
            self._set_window(mark.start - length // 2, length)
        self.post_message(EventSelected(mark.id))

    def action_open(self) -> None:
        """Inspect the selected event."""
        if self.selection is not None:
            self.post_message(InspectWanted(self.selection))

    @on(Chart.Clicked)
    def _click(self, clicked: Chart.Clicked) -> None:
        picture, (high, low) = self._picture, self._heights
        if picture is None:
            return
        window = picture.density.window
        column = clicked.x - _GUTTER
        row = clicked.y - high - _AXIS
        if row >= 0:
            view = self._viewport(picture, window, low)
            found = hit(picture.lanes, view, column, row, selected=self.selection)
            if found is not None:
                self.post_message(InspectWanted(found) if clicked.double else EventSelected(found))
        elif 0 <= column < self._columns:
            moment = window[0] + (window[1] - window[0]) * column // self._columns
            scope: Scope = self.scope
            self.ask("step", lambda asker: timeline.nearest(asker, scope, moment), self._go)

    @on(Chart.Wheeled)
    def _wheel(self, wheeled: Chart.Wheeled) -> None:
        self._zoom(0.5 if wheeled.inward else 2.0, wheeled.x - _GUTTER)
