"""Events as rows of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tlx import units
from tlx.model import EVENT_COLUMNS, Quantity
from tlx.tui import palette
from tlx.tui.views.view import View
from tlx.tui.widgets.table_rows import Cell, Row

FETCHED = ("name", "start", "id", "event", "time")
"""The columns of an event that every row of them is made from."""
_OUTCOMES = ("status", "level")


def event_row(view: View, values: tuple[Any, ...], *, ascii_only: bool) -> Row:
    """Return the row of one event in a view."""
    found = dict(zip(fetched(view), values, strict=True))
    start = found["start"] if found["start"] is not None else found["time"]
    cells: dict[str, Cell] = {
        "name": found["name"] or found["event"] or units.MISSING,
        "start": (units.clock(start), "table--dim"),
    }
    return Row(
        found["id"],
        tuple(cells.get(column.key) or _cell(column.key, found, ascii_only=ascii_only) for column in view.columns),
    )


def fetched(view: View) -> tuple[str, ...]:
    """Return the columns and paths that a row of a view is made from."""
    return (*FETCHED, *(column.key for column in view.columns if column.key not in FETCHED))


def _cell(key: str, found: Mapping[str, Any], *, ascii_only: bool) -> Cell:
    """A column, or a path of the payload."""
    value, quantity = found[key], EVENT_COLUMNS.get(key, Quantity.TEXT)
    if value is None:
        return units.MISSING, "table--dim"
    if key in ("execution_kind", *_OUTCOMES):
        return (palette.cell if key == "execution_kind" else palette.status_cell)(value, ascii_only=ascii_only)
    if quantity is Quantity.TIME:
        return units.clock(value), "table--dim"
    if quantity in (Quantity.DURATION, Quantity.SIZE):
        return units.duration(value) if quantity is Quantity.DURATION else units.size(value)
    return (value, "table--dim") if key == "owner" else str(value)
