"""One number over time, such as actions in flight, as a thin line."""

from __future__ import annotations

from collections.abc import Sequence

from tlx.tui.drawing.spans import CURVE, Line, Piece, joined

_LEFT_DOTS = (0x40, 0x04, 0x02, 0x01)
_RIGHT_DOTS = (0x80, 0x20, 0x10, 0x08)
"""Bits of a braille pattern, from its lowest dot to its highest."""
_DOTS = len(_LEFT_DOTS)
_BRAILLE = 0x2800
_ASCII_LEVELS = "_.-'"


def draw_curve(values: Sequence[float], height: int, *, style: str = CURVE, ascii_only: bool = False) -> list[Line]:
    """Return `height` lines, one cell a value, scaled to the highest; the line climbs where the value does.

    Zero runs along the bottom, and anything above it at least one dot higher.
    """
    levels = _levels(values, height * _DOTS - 1)
    before = [levels[0], *levels[:-1]] if levels else []
    draw = _letter if ascii_only else _dots
    return [
        joined(Piece(draw(left, right, row * _DOTS), style) for left, right in zip(before, levels, strict=True))
        for row in reversed(range(height))
    ]


def _levels(values: Sequence[float], highest: int) -> list[int]:
    """The dot of each value, counted from the bottom."""
    top = max(values, default=0)
    return [max(1, round(value / top * highest)) if value > 0 else 0 for value in values]


def _dots(before: int, level: int, bottom: int) -> str:
    """A cell whose left half climbs or falls from the level before, and whose right half stays."""
    low, high = min(before, level), max(before, level)
    pattern = sum(bit for dot, bit in enumerate(_LEFT_DOTS, bottom) if low <= dot <= high)
    if bottom <= level < bottom + _DOTS:
        pattern |= _RIGHT_DOTS[level - bottom]
    return chr(_BRAILLE + pattern) if pattern else " "


def _letter(before: int, level: int, bottom: int) -> str:
    if bottom <= level < bottom + _DOTS:
        return _ASCII_LEVELS[level - bottom]
    low, high = min(before, level), max(before, level)
    return "|" if low < bottom + _DOTS and high >= bottom else " "
