"""The axis of time: ticks at round times, labels beneath them, and how much time a cell stands for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from tlx import units
from tlx.tui.drawing.spans import AXIS, CURSOR, IDLE, MARKED, OUTSIDE, RANGE, TAIL, Line, Piece, joined

_GAP = 2
"""Cells left free between two labels."""
_LEAST_TICK = 4
"""Cells between two small ticks, below which they are left out."""

_RULES = {AXIS: "─", IDLE: "┈", TAIL: "═", RANGE: "━", OUTSIDE: " ", CURSOR: "▲", MARKED: "★"}
_ASCII_RULES = {AXIS: "-", IDLE: ".", TAIL: "=", RANGE: "#", OUTSIDE: " ", CURSOR: "^", MARKED: "M"}
"""How each stretch of time looks on the axis, by its style."""

_MINUTE = 60 * units.NS_PER_S
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


def rule(style: str, *, ascii_only: bool = False) -> str:
    """Return the sign that a stretch of time in some style has on the axis."""
    return (_ASCII_RULES if ascii_only else _RULES)[style]


def per_cell(window: tuple[int, int], width: int) -> str:
    """Return the resolution in words: `700ms per cell`."""
    length = max(window[1] - window[0], 1)
    shown = units.duration(length // width) if 0 < width <= length else "<1ns"
    return f"{shown} per cell"


def draw_axis(
    window: tuple[int, int],
    width: int,
    origin: int | None,
    *,
    course: Sequence[str] = (),
    ascii_only: bool = False,
) -> tuple[Line, Line]:
    """Return the ticks and their labels, two lines of `width` cells; a label begins under its tick.

    Args:
        window: Times of the left and the right edge.
        width: Cells from edge to edge.
        origin: The start of the run, from which labels count; None for UTC.
        course: What time each cell is, as `draw_course` gives it; without it one time as any other.
        ascii_only: Draw with ASCII alone.
    """
    if width <= 0:
        return [], []
    big, small = "+|" if ascii_only else "┼┬"
    step, parts = _step(window, width, origin)
    styles = course or [AXIS] * width
    ticks, labels, free = [rule(style, ascii_only=ascii_only) for style in styles], "", 0
    for number, x in _ticks(window, width, step // parts, origin):
        if styles[x] not in (CURSOR, MARKED):
            ticks[x] = small if number % parts else big
        if number % parts:
            continue
        label = _label((origin or 0) + number // parts * step, step, origin)
        if free <= x <= width - len(label):
            labels = labels.ljust(x) + label
            free = len(labels) + _GAP
    pieces = (Piece(tick, style) for tick, style in zip(ticks, styles, strict=True))
    return joined(pieces), joined([Piece(labels.ljust(width), AXIS)])


def _ticks(window: tuple[int, int], width: int, step: int, origin: int | None) -> Iterator[tuple[int, int]]:
    """The number of each tick since the origin and the cell it falls into."""
    start, end = window
    zero, length = origin or 0, max(end - start, 1)
    for number in range(-((zero - start) // step), -((zero - start - length) // step)):
        yield number, (zero + number * step - start) * width // length


def _step(window: tuple[int, int], width: int, origin: int | None) -> tuple[int, int]:
    """The least round time whose labels fit side by side, and into how many parts small ticks divide it."""
    start, length = window[0], max(window[1] - window[0], 1)

    def fits(step: int) -> bool:
        longest = max(len(_label(time, step, origin)) for time in (start, start + length))
        return step > length or step * width // length >= longest + _GAP

    step, parts = next(time for time in _round_times() if fits(time[0]))
    divided = step % parts == 0 and step // parts * width // length >= _LEAST_TICK
    return step, parts if divided else 1


def _round_times() -> Iterator[tuple[int, int]]:
    """Round times, ever longer, with the parts that divide them roundly."""
    for power in range(9):
        yield from ((mantissa * 10**power, parts) for mantissa, parts in ((1, 2), (2, 2), (5, 5)))
    for unit in (units.NS_PER_S, _MINUTE):
        yield from ((number * unit, parts) for number, parts in ((1, 2), (2, 2), (5, 5), (10, 2), (15, 3), (30, 3)))
    yield from ((number * _HOUR, parts) for number, parts in ((1, 2), (2, 2), (3, 3), (6, 3), (12, 2)))
    for power in count():
        yield from ((mantissa * 10**power * _DAY, parts) for mantissa, parts in ((1, 2), (2, 2), (5, 5)))


def _label(time: int, step: int, origin: int | None) -> str:
    """A time in as many digits as tell it from its neighbours."""
    digits = next(digits for digits in range(10) if step % 10 ** (9 - digits) == 0)
    if origin is not None:
        return units.since(time - origin, digits)
    date = units.rfc3339(time) if step >= _DAY else None
    return date.partition("T")[0] if date else units.clock(time, digits)
