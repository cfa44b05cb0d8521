"""The timeline, drawn: density over time, the axis, the actions in flight, and lanes of bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tlx import units
from tlx.tui.drawing.axis import draw_axis
from tlx.tui.drawing.curve import draw_curve
from tlx.tui.drawing.density import draw_density, draw_gutter, peak
from tlx.tui.drawing.lanes import Viewport, draw_lanes, hit
from tlx.tui.drawing.packing import Bar
from tlx.tui.drawing.spans import AXIS, Line, Piece
from tlx.tui.drawing.window import Window

GUTTER = 9
_AXIS = 2
_CURVE = 2
_LEAST = 4
"""Lines below which there is no room for lanes."""
_MOST_DENSITY = 8
_ROOMY = 14
"""Lines from which on the actions in flight are drawn."""


@dataclass(frozen=True)
class Room:
    """The cells there are, and who gets which lines of them."""

    width: int
    height: int

    @property
    def columns(self) -> int:
        """Cells from edge to edge of the window."""
        return max(1, self.width - GUTTER)

    @property
    def curve(self) -> int:
        """Lines of the curve of actions in flight."""
        return _CURVE if self.height >= _ROOMY else 0

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
    busiest: int
    lanes: Sequence[Sequence[Bar]]
    has_instants: bool
    """Whether the first lane is that of the instants."""
    total: int
    """How many spans touch the window."""
    selected: Bar | None = None
    """The selected event, wherever it lies."""

    @property
    def marks(self) -> int:
        """How many spans are drawn."""
        return sum(map(len, self.lanes[1:] if self.has_instants else self.lanes))


@dataclass(frozen=True)
class Series:
    """How the series of the counts look; with letters the chart is ASCII."""

    styles: Sequence[str]
    letters: str = ""


def draw_timeline(picture: Picture, room: Room, series: Series) -> list[Line]:
    """Return all lines; those of the lanes begin at `room.first_lane`."""
    ascii_only = bool(series.letters)
    cursor = cursor_column(picture, room)
    density = draw_density(picture.counts, series.styles, room.density, letters=series.letters, cursor=cursor)
    ticks, labels = draw_axis(picture.window, room.columns, picture.whole[0], cursor=cursor, ascii_only=ascii_only)
    gutter = draw_gutter(room.density + 1, units.count(int(peak(picture.counts))), ascii_only=ascii_only)
    lines = [_beside(left, line) for left, line in zip(gutter, [*density, ticks], strict=True)]
    lines.append(_beside("", labels))
    if room.curve:
        names = [f"{units.count(picture.busiest)} ", "in flight "]
        curve = draw_curve(picture.running, room.curve, ascii_only=ascii_only)
        lines += [_beside(name, line) for name, line in zip(names, curve, strict=True)]
    selected = picture.selected.id if picture.selected else None
    names = ["instants "] if picture.has_instants else []
    lanes = draw_lanes(picture.lanes, _view(picture, room), selected=selected, ascii_only=ascii_only)
    return lines + [_beside(names[row] if row < len(names) else "", line) for row, line in enumerate(lanes)]


def _beside(left: str, line: Line) -> Line:
    return [Piece(left.rjust(GUTTER), AXIS), *line]


def _view(picture: Picture, room: Room) -> Viewport:
    return Viewport(picture.window[0], picture.window[1], room.columns, room.lanes)


def cursor_column(picture: Picture, room: Room) -> int | None:
    """Return the column of the middle of what is seen of the selected event."""
    bar, (begin, end) = picture.selected, picture.window
    if bar is None or bar.until <= begin or bar.start >= end:
        return None
    middle = (max(bar.start, begin) + min(bar.end, end - 1)) // 2
    return max(0, middle - begin) * room.columns // max(1, end - begin)


def bar_at(picture: Picture, room: Room, x: int, y: int) -> int | None:
    """Return the id of the bar that is drawn at a cell of the whole drawing."""
    selected = picture.selected.id if picture.selected else None
    return hit(picture.lanes, _view(picture, room), x - GUTTER, y - room.first_lane, selected=selected)


def moment_at(picture: Picture, room: Room, x: int) -> int | None:
    """Return the time that is drawn at a column of the whole drawing."""
    begin, end = picture.window
    column = x - GUTTER
    return begin + (end - begin) * column // room.columns if 0 <= column < room.columns else None
