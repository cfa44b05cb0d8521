"""The views of the table of durations: which columns each has, and what a row of it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tlx import units
from tlx.tui import palette
from tlx.tui.drawing.bars import draw_bar
from tlx.tui.widgets.table import Cell, Column, Row

if TYPE_CHECKING:
    from tlx.query.durations import Group

EVENT_COLUMNS = (
    Column("duration_ns", "time", 8, right=True),
    Column("execution_kind", "execution kind", 16),
    Column("name", "name", 18, flexible=True),
    Column("owner", "owner", 24, flexible=True, wide_only=90),
    Column("output_size", "output", 9, right=True, wide_only=66),
    Column("start", "start UTC", 12, wide_only=74),
)
ALL_COLUMNS = (
    Column("start", "start UTC", 12),
    Column("name", "name", 18, flexible=True),
    Column("duration_ns", "time", 8, right=True),
    Column("execution_kind", "execution kind", 16, wide_only=66),
    Column("owner", "owner", 24, flexible=True, wide_only=90),
    Column("output_size", "output", 9, right=True, wide_only=80),
)
FETCHED = (*(column.key for column in EVENT_COLUMNS), "id", "event", "time")
"""The columns of an event that a row of them is made from."""
GROUP_COLUMNS = (
    Column("label", "name", 10, flexible=True),
    Column("calls", "calls", 7, right=True),
    Column("total_ns", "total", 7, right=True),
    Column("p50_ns", "p50", 6, right=True),
    Column("p95_ns", "p95", 6, right=True),
    Column("max_ns", "max", 6, right=True),
    Column("mean_ns", "mean", 7, right=True, wide_only=100),
    Column("share", "share", 13, sortable=False, wide_only=68),
)
_SHARE_BAR = 8
TEXTS = ("name", "label", "owner", "start", "execution_kind")
"""Columns that are sorted from their least value on first."""


class View(NamedTuple):
    """One way to show durations: single events, or groups `by` a column."""

    title: str
    by: str | None = None
    actions_only: bool = True
    sort: str = "duration_ns"
    descending: bool = True

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns it shows."""
        if self.by is not None:
            return GROUP_COLUMNS
        return EVENT_COLUMNS if self.actions_only else ALL_COLUMNS


VIEWS = (
    View("actions"),
    View("by name", by="name", sort="total_ns"),
    View("by category", by="category", sort="total_ns"),
    View("by owner", by="owner_unconfigured", sort="total_ns"),
    View("by execution kind", by="execution_kind", sort="total_ns"),
    View("all events", actions_only=False, sort="start", descending=False),
)
ACTIONS = 0
ALL_EVENTS = len(VIEWS) - 1


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


def group_row(number: int, group: Group, by: str, *, ascii_only: bool) -> Row:
    """Return the row of one group."""
    style = f"table--{palette.look(group.label).style}" if by == "execution_kind" else ""
    label = group.label if group.label is not None else "(none)"
    if by == "execution_kind" and group.label:
        label, style = palette.cell(group.label, ascii_only=ascii_only)
    bar = draw_bar(group.share, 1.0, _SHARE_BAR, ascii_only=ascii_only)
    return Row(
        number,
        (
            (label, style or ("" if group.label is not None else "table--dim")),
            units.count(group.calls),
            units.duration(group.total_ns),
            units.duration(group.p50_ns),
            units.duration(group.p95_ns),
            units.duration(group.max_ns),
            units.duration(group.mean_ns),
            f"{bar} {units.share(group.share, 1.0):>4}",
        ),
    )
