"""Small charts for a cell of a table: one bar, or a histogram one line high."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from tlx.tui.drawing.spans import EIGHTHS, LEFT_EIGHTHS, LOWER_EIGHTHS

_ASCII_LEVELS = " .:-=+*#@"


def draw_bar(value: float, whole: float, width: int, *, ascii_only: bool = False) -> str:
    """Return a horizontal bar as long as the value's share of the whole; any share above zero is seen."""
    if width <= 0:
        return ""
    if not (value > 0 and whole > 0):
        return " " * width
    eighths = max(1, round(min(value / whole, 1) * width * EIGHTHS))
    if ascii_only:
        return ("#" * max(1, round(eighths / EIGHTHS))).ljust(width)
    full, rest = divmod(eighths, EIGHTHS)
    return (LEFT_EIGHTHS[EIGHTHS] * full + LEFT_EIGHTHS[rest : rest + 1] * (rest > 0)).ljust(width)


def draw_histogram(counts: Sequence[float], width: int, *, ascii_only: bool = False) -> str:
    """Return a column a bucket, scaled to the highest; neighbours are added up where room is short."""
    heights = _gathered(counts, width)
    top = max(heights, default=0)
    levels = _ASCII_LEVELS if ascii_only else LOWER_EIGHTHS
    columns = (levels[max(1, round(height / top * EIGHTHS))] if height > 0 else " " for height in heights)
    return "".join(columns).ljust(max(width, 0))


def _gathered(counts: Sequence[float], width: int) -> Sequence[float]:
    """The counts in at most `width` buckets."""
    if width <= 0:
        return ()
    if len(counts) <= width:
        return counts
    edges = [column * len(counts) // width for column in range(width + 1)]
    return [sum(counts[left:right]) for left, right in pairwise(edges)]
