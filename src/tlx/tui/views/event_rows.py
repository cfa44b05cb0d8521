"""Events as rows of a table."""

from __future__ import annotations

from typing import Any

from tlx import units
from tlx.tui import palette
from tlx.tui.views.view import EVENT_COLUMNS, View
from tlx.tui.widgets.table import Cell, Row

FETCHED = (*(column.key for column in EVENT_COLUMNS), "id", "event", "time")
"""The columns of an event that a row of them is made from."""


def event_row(view: View, values: tuple[Any, ...], *, ascii_only: bool) -> Row:
    """Return the row of one event in a view."""
    found = dict(zip(FETCHED, values, strict=True))
    start = found["start"] if found["start"] is not None else found["time"]
    kind = found["execution_kind"]
    cells: dict[str, Cell] = {
        "duration_ns": units.duration(found["duration_ns"]),
        "execution_kind": palette.cell(kind, ascii_only=ascii_only) if kind else (units.MISSING, "table--dim"),
        "name": found["name"] or found["event"] or units.MISSING,
        "owner": (found["owner"] or units.MISSING, "table--dim"),
        "output_size": units.size(found["output_size"]),
        "start": (units.clock(start), "table--dim"),
    }
    return Row(found["id"], tuple(cells[column.key] for column in view.columns))
