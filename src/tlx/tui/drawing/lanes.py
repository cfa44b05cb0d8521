"""Lanes of bars as text, and the bar under a cell of it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from rich.cells import cell_len

from tlx.tui.drawing.packing import Bar, Lanes
from tlx.tui.drawing.spans import (
    DENSE,
    EDGE,
    EIGHTHS,
    ELLIPSIS,
    LABEL,
    LEFT_EIGHTHS,
    SELECTED,
    Line,
    Piece,
    blank,
    clipped,
    joined,
)

_HALF = EIGHTHS // 2
_RIGHT_HALF = "▐"
_RIGHT_EIGHTH = "▕"
_LEAST_LABEL = 3
_LEAST_CUT = 5
"""Cells below which a label says nothing: whole, and cut."""


@dataclass(frozen=True, slots=True)
class Viewport:
    """The part of time and of the lanes that is drawn, and the cells it is drawn in."""

    start: int
    end: int
    """Not itself seen: the window is half open."""
    width: int
    height: int
    first_lane: int = 0

    @property
    def length(self) -> int:
        """Nanoseconds from edge to edge, never zero."""
        return max(self.end - self.start, 1)


@dataclass(frozen=True, slots=True)
class _Glyphs:
    fill: str
    instant: str
    dense: str
    seam: str
    cut: str
    ends: str
    cut_ends: str
    chosen: str
    chosen_instant: str
    ellipsis: str
    mark: str


_BLOCKS = _Glyphs("█", "◆", "▒", "▏", "◂▸", "[]", "«»", "▣", "◈", ELLIPSIS, "★")
_ASCII = _Glyphs("=", "*", "%", "|", "<>", "[]", "{}", "@", "@", "~", "M")


class _Reach(NamedTuple):
    """A bar and the eighths of a cell it covers, counted from the left edge of the window."""

    bar: Bar
    left: int
    right: int

    def part_of(self, x: int) -> tuple[int, int]:
        """The eighths of one cell it covers, from and to."""
        return max(self.left - x * EIGHTHS, 0), min(self.right - x * EIGHTHS, EIGHTHS)


_Cell = list[_Reach]
"""The bars that reach into one cell of one lane, in order of time."""


def draw_lanes(
    lanes: Lanes,
    view: Viewport,
    *,
    selected: int | None = None,
    marked: Container[int] = (),
    ascii_only: bool = False,
) -> list[Line]:
    """Return `view.height` lines of `view.width` cells, a lane each.

    A bar is never less than one cell, carries its label where there is room, and shows at the window's edge
    that it goes on. A cell which several bars share says so, but the selected bar is always seen. A marked bar has a
    sign before its label.
    """
    pen = _Pen(_ASCII if ascii_only else _BLOCKS, view.width, selected, marked)
    shown = lanes[view.first_lane : view.first_lane + view.height]
    lines = [joined(pen.lane(_cells(lane, view, selected))) for lane in shown]
    return lines + [blank(view.width) for _ in range(view.height - len(lines))]


def hit(lanes: Lanes, view: Viewport, x: int, y: int, *, selected: int | None = None) -> int | None:
    """Return the id of the bar drawn at a cell: of those which share it the one that has most of it."""
    number = view.first_lane + y
    if not (0 <= x < view.width and 0 <= y < view.height and number < len(lanes)):
        return None
    cell = _cells(lanes[number], view, selected)[x]
    if not cell:
        return None

    def share(reach: _Reach) -> int:
        left, right = reach.part_of(x)
        return right - left

    return max(cell, key=share).bar.id


def _cells(lane: Sequence[Bar], view: Viewport, selected: int | None) -> list[_Cell]:
    """Who reaches into each cell of a lane; a cell of the selected bar is its own."""
    cells: list[_Cell] = [[] for _ in range(view.width)]
    first = bisect_right(lane, view.start, key=lambda bar: bar.until)
    last = bisect_left(lane, view.start + view.length, key=lambda bar: bar.start)
    start, length, scale = view.start, view.length, view.width * EIGHTHS
    for bar in lane[first:last]:
        left = (bar.start - start) * scale // length
        # Rounded outwards at both ends, so that what is seen is never shorter than it was.
        right = left + 1 if bar.end <= bar.start else -((start - bar.end) * scale // length)
        reach = _Reach(bar, left, right)
        for x in range(max(left, 0) // EIGHTHS, min((right + EIGHTHS - 1) // EIGHTHS, view.width)):
            cells[x].append(reach)
    if selected is None:
        return cells
    return [[reach for reach in cell if reach.bar.id == selected] or cell for cell in cells]


def _owner(cell: _Cell) -> _Reach | None:
    """The only bar of a cell, None if it has several or none."""
    return cell[0] if len(cell) == 1 else None


@dataclass(frozen=True, slots=True)
class _Pen:
    glyphs: _Glyphs
    width: int
    selected: int | None
    marked: Container[int]

    def lane(self, cells: Sequence[_Cell]) -> Iterator[Piece]:
        """Every cell of a lane, from left to right."""
        x = 0
        touched = False
        for here, group in groupby(cells, key=_owner):
            run = list(group)
            if here is None:
                yield from (self.shared(cell, at) for at, cell in enumerate(run, x))
            else:
                yield from self.run(here, x, len(run), touched=touched)
            x += len(run)
            touched = here is not None and (self.is_whole(here.bar) or here.right >= x * EIGHTHS)

    def is_whole(self, bar: Bar) -> bool:
        """Whether a bar takes whole cells: letters have no halves."""
        return self.glyphs is _ASCII or bool(bar.fill)

    def shared(self, here: _Cell, x: int) -> Piece:
        """A cell of no bar or several: the border of two that run on to both sides, or that they are more."""
        if not here:
            return Piece(" ")
        styles = {reach.bar.style for reach in here}
        before, after = here[0], here[-1]
        if len(here) > 2 or before.left >= x * EIGHTHS or after.right <= (x + 1) * EIGHTHS:  # noqa: PLR2004
            return Piece(self.glyphs.dense, styles.pop() if len(styles) == 1 else DENSE)
        if len(styles) == 1 or self.is_whole(before.bar):
            return Piece(self.glyphs.seam, EDGE, after.bar.style)
        border = min(max(before.part_of(x)[1], 1), EIGHTHS - 1)
        return Piece(LEFT_EIGHTHS[border], before.bar.style, after.bar.style)

    def run(self, reach: _Reach, x: int, cells: int, *, touched: bool) -> Iterator[Piece]:
        """The cells which one bar has to itself."""
        style = SELECTED if reach.bar.id == self.selected else reach.bar.style
        if cells == 1:
            yield Piece(self.single(reach, x), style)
            return
        head, tail = self.head(reach, x, touched=touched), self.tail(reach, x + cells - 1)
        room = cells - len(head.text) - len(tail.text)
        mark = f"{self.glyphs.mark} " if reach.bar.id in self.marked else ""
        label = self.label(mark + reach.bar.label, room) or self.sign(reach.bar)[:room]
        room -= cell_len(label)
        if label and room:
            label, room = label + " ", room - 1
        yield from (head, Piece(label, LABEL, style), self.filled(reach.bar, room, style), tail)

    def sign(self, bar: Bar) -> str:
        """What stands for a bar that has no room for its label: that it is marked, or a sign of its own."""
        return self.glyphs.mark if bar.id in self.marked else bar.sign

    def filled(self, bar: Bar, room: int, style: str) -> Piece:
        """The rest of a bar behind its label."""
        return Piece(bar.fill * room, LABEL, style) if bar.fill else Piece(self.glyphs.fill * room, style, style)

    def label(self, text: str, room: int) -> str:
        """The label of a bar, as much of it as is worth reading."""
        if room < _LEAST_LABEL:
            return ""
        label = clipped(text, room, ellipsis=self.glyphs.ellipsis)
        return label if room >= _LEAST_CUT or not label.endswith(self.glyphs.ellipsis) else ""

    def single(self, reach: _Reach, x: int) -> str:
        """A bar in one cell: never nothing, and the half it is in as far as blocks can say."""
        if reach.bar.id == self.selected:
            return self.glyphs.chosen_instant if reach.bar.is_instant else self.glyphs.chosen
        if self.sign(reach.bar) or reach.bar.is_instant:
            return self.sign(reach.bar) or self.glyphs.instant
        if reach.bar.fill:
            return reach.bar.fill
        left, right = reach.part_of(x)
        if self.glyphs is _ASCII:
            return self.glyphs.fill if right - left == EIGHTHS else self.glyphs.seam
        if left >= _HALF:
            return _RIGHT_HALF if right - left > 1 else _RIGHT_EIGHTH
        return LEFT_EIGHTHS[right]

    def head(self, reach: _Reach, x: int, *, touched: bool) -> Piece:
        """The left end of a bar, empty where there is nothing to say of it."""
        chosen = reach.bar.id == self.selected
        glyphs, style = self.glyphs, reach.bar.style
        if chosen:
            return Piece((glyphs.cut_ends if reach.left < 0 else glyphs.ends)[0], LABEL, SELECTED)
        if reach.left < 0 and x == 0:
            return Piece(glyphs.cut[0], EDGE, style)
        if not self.is_whole(reach.bar) and reach.part_of(x)[0] >= _HALF:
            return Piece(_RIGHT_HALF, style)
        return Piece(glyphs.seam if touched else "", EDGE, style)

    def tail(self, reach: _Reach, x: int) -> Piece:
        """The right end of a bar, empty where there is nothing to say of it."""
        chosen = reach.bar.id == self.selected
        glyphs, style = self.glyphs, reach.bar.style
        goes_on = x == self.width - 1 and reach.right > self.width * EIGHTHS
        if chosen:
            return Piece((glyphs.cut_ends if goes_on else glyphs.ends)[1], LABEL, SELECTED)
        if goes_on:
            return Piece(glyphs.cut[1], EDGE, style)
        right = reach.part_of(x)[1]
        return Piece(LEFT_EIGHTHS[right] if not self.is_whole(reach.bar) and right < EIGHTHS else "", style)
