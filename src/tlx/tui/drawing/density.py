"""Events over time: stacked columns, one cell wide, and the gutter that names their height."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate
from types import MappingProxyType

from tlx.tui.drawing.spans import EIGHTHS, LOWER_EIGHTHS, Line, Piece, joined

Counts = Sequence[Sequence[float]]
"""`counts[bucket][series]`: how much of each series falls into each bucket of time."""

_NONE: Mapping[int, str] = MappingProxyType({})
_FULL = LOWER_EIGHTHS[EIGHTHS]


def peak(counts: Counts) -> float:
    """Return the total of the fullest bucket."""
    return max((sum(bucket) for bucket in counts), default=0)


def draw_density(
    counts: Counts,
    series: Sequence[str],
    height: int,
    *,
    letters: str = "",
    marked: Mapping[int, str] = _NONE,
) -> list[Line]:
    """Return `height` lines, one cell a bucket: series stacked bottom-up, scaled to the fullest bucket.

    Args:
        counts: What falls into each bucket, by series.
        series: The style key of each series.
        height: Lines to draw.
        letters: A sign for each series, of which its columns are made; without them they are blocks.
        marked: The style of the hairline in what is empty of a bucket: of the cursor, or of the edge of a range.
    """
    top = peak(counts)
    hairline = "|" if letters and letters.isascii() else "│"
    columns: list[list[Piece]] = []
    for column, bucket in enumerate(counts):
        stack = _stack(bucket, top, height * EIGHTHS)
        cells = _letters(stack, series, letters) if letters else _blocks(stack, series)
        cells += [Piece(" ")] * (height - len(cells))
        style = marked.get(column)
        columns.append(_with_hairline(cells, hairline, style) if style else cells)
    return [joined(column[row] for column in columns) for row in reversed(range(height))]


def _stack(bucket: Sequence[float], top: float, eighths: int) -> list[int]:
    """Which series owns each eighth of a cell of one column, bottom-up; empty only if the bucket is."""
    total = sum(bucket)
    if total <= 0:
        return []
    full = max(1, round(total / top * eighths))
    owners: list[int] = []
    for index, reached in enumerate(accumulate(bucket)):
        owners += [index] * (round(reached / total * full) - len(owners))
    return owners


def _blocks(stack: list[int], series: Sequence[str]) -> list[Piece]:
    return [_block(stack[at : at + EIGHTHS], series) for at in range(0, len(stack), EIGHTHS)]


def _block(owners: list[int], series: Sequence[str]) -> Piece:
    """One cell: two colours at most, and only one where it is not full, for the rest is the background."""
    lower, upper = owners[0], owners[-1]
    if lower == upper:
        return Piece(LOWER_EIGHTHS[len(owners)], series[lower])
    shares = Counter(owners)
    if len(owners) < EIGHTHS:
        return Piece(LOWER_EIGHTHS[len(owners)], series[shares.most_common(1)[0][0]])
    lower, upper = sorted(index for index, _ in shares.most_common(2))
    boundary = round(EIGHTHS * shares[lower] / (shares[lower] + shares[upper]))
    return Piece(LOWER_EIGHTHS[min(max(boundary, 1), EIGHTHS - 1)], series[lower], series[upper])


def _letters(stack: list[int], series: Sequence[str], letters: str) -> list[Piece]:
    """Whole cells, each the letter of the series that has most of it; half a cell is rounded up."""
    cells = []
    for at in range(0, len(stack), EIGHTHS):
        owners = stack[at : at + EIGHTHS]
        if at and len(owners) < EIGHTHS // 2:
            break
        index = Counter(owners).most_common(1)[0][0]
        cells.append(Piece(letters[index % len(letters)], series[index]))
    return cells


def _with_hairline(cells: list[Piece], hairline: str, style: str) -> list[Piece]:
    """The same column with a line in what is empty of it."""
    marked = []
    for cell in cells:
        if cell.text == " ":
            marked.append(Piece(hairline, style))
        elif cell.text == _FULL or cell.behind:
            marked.append(cell)
        else:
            marked.append(Piece(cell.text, cell.style, style))
    return marked


def draw_gutter(height: int, top: str, *, ascii_only: bool = False) -> list[str]:
    """Return the scale left of a chart, of equal widths: the highest value on top, zero on the axis below.

    Args:
        height: Lines of the chart and of its axis together.
        top: What the highest column stands for, such as `240`.
        ascii_only: Draw with ASCII alone.
    """
    if height <= 0:
        return []
    highest, between, corner = "||+" if ascii_only else "┤│┼"
    room = len(top)
    lines = [f" {'':{room}} {between}"] * height
    lines[-1] = f" {'0':>{room}} {corner}"
    lines[0] = f" {top} {highest}"
    return lines
