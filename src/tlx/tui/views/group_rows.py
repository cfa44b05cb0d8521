"""Groups as rows of a table."""

from __future__ import annotations

from collections.abc import Sequence

from tlx import units
from tlx.model import EVENT_COLUMNS, Quantity
from tlx.query.fields import Value
from tlx.query.grouping.groups import Group
from tlx.query.language.compile import ALIASES
from tlx.tui import palette
from tlx.tui.drawing.bars import draw_bar, draw_histogram
from tlx.tui.views.view import View
from tlx.tui.widgets.table import Cell, Column, Row

NONE = "(none)"
"""Stands for the events that lack a field."""
EMPTY = '""'
"""Stands for those in which it is an empty text, as the inspector shows that."""

_BAR = 8
_WAITING: Cell = ("·", "table--waiting")
_MOST_LABEL = 2000
"""Characters of a value that may be drawn; one of a payload may be a megabyte."""


def group_row(number: int, group: Group, view: View, *, ascii_only: bool) -> Row:
    """Return the row of one group, with its number in the table as its id; its wall may be still to come."""
    durations = ("total_ns", "mean_ns", "p50_ns", "p90_ns", "p95_ns", "p99_ns", "max_ns")
    cells: dict[str, Cell] = {key: units.duration(getattr(group, key)) for key in durations}
    cells |= {
        "label": value_cell(view.by or "", group.values[0], ascii_only=ascii_only),
        "calls": units.count(group.calls),
        "wall_ns": _WAITING if group.wall_ns is None else units.duration(group.wall_ns),
        "share": units.share(group.share, 1),
        "bar": draw_bar(group.share, 1, _BAR, ascii_only=ascii_only),
        "histogram": draw_histogram(_by_decade(group.histogram), _BAR, ascii_only=ascii_only),
    }
    return Row(number, tuple(cells[column.key] for column in view.columns))


def value_cell(field: str, value: Value, *, ascii_only: bool) -> Cell:
    """Return the value of a field as a cell: as a person reads it, execution kinds with their marks."""
    if value is None:
        return NONE, "table--dim"
    if field == "execution_kind":
        return palette.cell(str(value), ascii_only=ascii_only)
    if field in ("status", "level"):
        return palette.status_cell(str(value), ascii_only=ascii_only)
    return value_text(field, value)


def value_text(field: str, value: Value) -> str:
    """Return the value of a field as text."""
    if value is None:
        return NONE
    if isinstance(value, int):
        quantity = EVENT_COLUMNS.get(ALIASES.get(field, field))
        if quantity is Quantity.DURATION:
            return units.duration(value)
        if quantity is Quantity.SIZE:
            return units.size(value)
        if quantity is Quantity.TIME:
            return units.rfc3339(value) or str(value)
    return str(value)[:_MOST_LABEL] or EMPTY


def fitted(columns: Sequence[Column], calls: int) -> tuple[Column, ...]:
    """Return the columns with room for so many calls."""
    room = len(units.count(calls))
    return tuple(
        column._replace(width=max(column.width, room)) if column.key == "calls" else column for column in columns
    )


def _by_decade(histogram: Sequence[int]) -> list[int]:
    """Return the counts of durations by decade: below 1 ms, from 1, 10, 100 ms on, and so on to 1000 s and more."""
    inner = histogram[1:-1]
    return [histogram[0], *(sum(inner[at : at + 2]) for at in range(0, len(inner), 2)), histogram[-1]]
