"""The timeline, drawn: density over time, the axis, the actions in flight, and lanes of bars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tlx import units
from tlx.tui.drawing.axis import draw_axis
from tlx.tui.drawing.course import NOTHING, Overlay, column_of, draw_course, moment_of
from tlx.tui.drawing.curve import draw_curve
from tlx.tui.drawing.density import draw_density, draw_gutter, peak
from tlx.tui.drawing.lanes import Viewport, draw_lanes, hit
from tlx.tui.drawing.packing import Bar
from tlx.tui.drawing.spans import AXIS, CURSOR, ELLIPSIS, RANGE, Line, Piece, clipped
from tlx.tui.drawing.window import Window

GUTTER = 9
_AXIS = 2
_LEAST = 4
"""Lines below which there is no room for lanes."""
_MOST_DENSITY = 8
_CURVES = ((13, 2), (9, 1))
"""From so many lines on, so many are for the actions in flight."""


@dataclass(frozen=True)
class Room:
    """The cells there are, and who gets which lines of them."""

    width: int
    height: int
    has_spans: bool = True
    """Whether anything can be in flight."""

    @property
    def size(self) -> tuple[int, int]:
        """Columns and lines."""
        return self.width, self.height

    @property
    def columns(self) -> int:
        """Cells from edge to edge of the window."""
        return max(1, self.width - GUTTER)

    @property
    def curve(self) -> int:
        """Lines of the curve of actions in flight."""
        return next((lines for least, lines in _CURVES if self.height >= least and self.has_spans), 0)

    @property
    def density(self) -> int:
        """Lines of the chart of density."""
        rest = max(0, self.height - _AXIS - self.curve)
        return rest if rest < _LEAST else max(2, min(_MOST_DENSITY, rest * 2 // 5))

    @property
    def lanes(self) -> int:
        """Lines of the lanes."""
        return max(0, self.height - self.first_lane)

    @property
    def first_lane(self) -> int:
        """The line of the first lane."""
        return self.density + _AXIS + self.curve


@dataclass(frozen=True)
class Picture:
    """All that is drawn, one answer of the store: counts and actions in flight by column, bars by lane."""

    whole: Window
    window: Window
    counts: Sequence[Sequence[float]]
    running: Sequence[float]
    busiest: int | None
    """The most in flight at once; None as long as it is not known."""
    lanes: Sequence[Sequence[Bar]]
    names: Sequence[str]
    """What the first lanes are called, which are those of the instants."""
    total: int
    """How many spans touch the window."""
    selected: Bar | None = None
    """The selected event, wherever it lies."""

    @property
    def marks(self) -> int:
        """How many spans are drawn."""
        return sum(map(len, self.lanes[len(self.names) :]))


@dataclass(frozen=True)
class Series:
    """How the series of the counts look."""

    styles: Sequence[str]
    letters: str = ""
    """A sign for each, of which columns are made then; else they are blocks."""
    ascii_only: bool = False


def blank(text: str, room: Room) -> list[Line]:
    """Return lines that say only this, in their middle."""
    empty: list[Line] = [[Piece("")]] * (room.height // 2)
    return [*empty, [Piece(text.center(room.width), "dim")]]


def draw_timeline(picture: Picture, room: Room, series: Series, overlay: Overlay = NOTHING) -> list[Line]:
    """Return all lines; those of the lanes begin at `room.first_lane`."""
    ascii_only = series.ascii_only
    cursor = cursor_column(picture, room)
    lines = _density(picture, room, series, overlay, cursor)
    if room.curve:
        names = [f"{units.count(picture.busiest)} ", "in flight "]
        if room.curve == 1:
            names = [f"{'<=' if ascii_only else '≤'} {units.count(picture.busiest)} "]
        curve = draw_curve(picture.running, room.curve, ascii_only=ascii_only)
        lines += [_beside(name, line) for name, line in zip(names, curve, strict=True)]
    selected = picture.selected.id if picture.selected else None
    names = [f"{clipped(name, GUTTER - 1, ellipsis='~' if ascii_only else ELLIPSIS)} " for name in picture.names]
    lanes = draw_lanes(
        picture.lanes, _view(picture, room), selected=selected, marked=overlay.marks, ascii_only=ascii_only
    )
    return lines + [_beside(names[row] if row < len(names) else "", line) for row, line in enumerate(lanes)]


def _density(picture: Picture, room: Room, series: Series, overlay: Overlay, cursor: int | None) -> list[Line]:
    """The chart of density, and the axis beneath it."""
    ascii_only = series.ascii_only
    marked = dict.fromkeys(_edges(picture, room, overlay), RANGE) | ({} if cursor is None else {cursor: CURSOR})
    density = draw_density(picture.counts, series.styles, room.density, letters=series.letters, marked=marked)
    course = draw_course(picture.window, picture.running, overlay, cursor)
    ticks, labels = draw_axis(picture.window, room.columns, overlay.origin, course=course, ascii_only=ascii_only)
    gutter = draw_gutter(room.density + 1, units.count(int(peak(picture.counts))), ascii_only=ascii_only)
    zone = "UTC " if overlay.origin is None else "of run "
    lines = [_beside(left, line) for left, line in zip(gutter, [*density, ticks], strict=True)]
    return [*lines, _beside(zone, labels)]


def _edges(picture: Picture, room: Room, overlay: Overlay) -> Iterator[int]:
    """The columns in which ranges begin and end; they may lie outside the picture."""
    for begin, end in overlay.ranges:
        if (begin, end) != picture.window:
            yield from (column_of(picture.window, room.columns, moment) for moment in (begin, end - 1))


def _beside(left: str, line: Line) -> Line:
    return [Piece(left.rjust(GUTTER), AXIS), *line]


def _view(picture: Picture, room: Room) -> Viewport:
    return Viewport(picture.window[0], picture.window[1], room.columns, room.lanes)


def cursor_span(picture: Picture, room: Room) -> Window:
    """Return what is seen of the selected event, but no less than a cell; the cell in the middle where nothing is."""
    (begin, end), bar = picture.window, picture.selected
    cell = max(1, (end - begin) // room.columns)
    if bar is None or bar.until <= begin or bar.start >= end:
        return (begin + end) // 2, (begin + end) // 2 + cell
    first = max(bar.start, begin)
    return first, max(min(bar.end, end), first + cell)


def zoom_centre(picture: Picture) -> int:
    """Return the middle of what is seen of the selected event; of all of it where it is not seen; or of the window."""
    (begin, end), bar = picture.window, picture.selected
    if bar is None:
        return (begin + end) // 2
    if bar.start < end and bar.end >= begin:
        return (max(bar.start, begin) + min(bar.end, end)) // 2
    return (bar.start + bar.end) // 2


def cursor_column(picture: Picture, room: Room) -> int | None:
    """Return the column of the middle of what is seen of the selected event."""
    bar, (begin, end) = picture.selected, picture.window
    if bar is None or bar.until <= begin or bar.start >= end:
        return None
    middle = (max(bar.start, begin) + min(bar.end, end - 1)) // 2
    return column_of(picture.window, room.columns, max(begin, middle))


def bar_at(picture: Picture, room: Room, x: int, y: int) -> int | None:
    """Return the id of the bar that is drawn at a cell of the whole drawing."""
    selected = picture.selected.id if picture.selected else None
    return hit(picture.lanes, _view(picture, room), x - GUTTER, y - room.first_lane, selected=selected)


def moment_at(picture: Picture, room: Room, x: int) -> int | None:
    """Return the time that is drawn at a column of the whole drawing."""
    column = x - GUTTER
    return moment_of(picture.window, room.columns, column) if 0 <= column < room.columns else None


def span_between(picture: Picture, room: Room, x: int, other: int) -> Window:
    """Return the time from one column of the whole drawing to another, both of them within; outside is its edge."""
    first, last = sorted(min(max(column - GUTTER, 0), room.columns - 1) for column in (x, other))
    return moment_of(picture.window, room.columns, first), moment_of(picture.window, room.columns, last + 1)
