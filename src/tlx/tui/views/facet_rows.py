"""Facets as rows of a table."""

from __future__ import annotations

from collections.abc import Mapping

from tlx import units
from tlx.dialects.base import Breakdown
from tlx.query.grouping.facets import Facet, Facets
from tlx.tui import palette
from tlx.tui.drawing.bars import draw_bar
from tlx.tui.views.group_rows import value_cell
from tlx.tui.views.view import words_for
from tlx.tui.widgets.table import Cell, Column, Row

_BAR = 12
_COLUMNS = (
    Column("value", "", 16, flexible=True),
    Column("events", "count", 7, right=True),
    Column("share_of_events", "of all", 6, right=True, sortable=False, wide_only=100, rank=5),
    Column("duration_ns", "time", 6, right=True),
    Column("share", "share", 5, right=True, sortable=False, rank=1),
    Column("bar", "", _BAR, sortable=False, wide_only=90, rank=4),
    Column("output_size", "output", 8, right=True, rank=3),
    Column("hits", "hits", 5, right=True, wide_only=100, rank=6),
    Column("eligible", "of", 5, right=True, sortable=False, wide_only=100, rank=7),
    Column("rate", "cached", 7, right=True, rank=2),
)
_KIND = 20
"""Cells for the longest name of an execution kind with its mark."""
_OF_NO_USE = 8
"""The rank of columns that say nothing new: an execution kind is a hit or it is none."""
_NEVER = 1 << 30
"""No table is so wide."""
_NO_WORDS: Mapping[str, str] = {}
NOT_RECORDED = "· not recorded"
"""Stands for the actions whose log does not say how they ran."""


def columns_for(by: str, found: Facets | None = None, fit: Breakdown | None = None) -> tuple[Column, ...]:
    """Return the columns for facets of a field, with room for their numbers, in the words of what fits a dialect."""
    shown = []
    events = 0 if found is None else found.events
    for column in (_with_what_is_there(one, found, fit) for one in _COLUMNS):
        width = max(column.width, len(units.count(events))) if column.key in ("events", "hits", "eligible") else 0
        rank = column.rank
        if by == "execution_kind" and column.key in ("hits", "eligible", "rate"):
            rank += _OF_NO_USE
        shown.append(column._replace(width=max(column.width, width), rank=rank))
    label = shown[0]._replace(title=words_for(by, fit.words if fit is not None else _NO_WORDS))
    if by == "execution_kind":
        label = label._replace(width=_KIND)
    return (label, *shown[1:])


def _with_what_is_there(column: Column, found: Facets | None, fit: Breakdown | None) -> Column:
    """A column, or one that no table shows where there is nothing that it could say."""
    if found is None or fit is None or "execution_kind" in fit.facets:
        return column
    if column.key == "share_of_events":
        return column._replace(wide_only=0, rank=0 if not found.duration_ns else column.rank)
    if column.key == "bar" and not found.duration_ns:
        return column._replace(wide_only=0)
    empty = ["hits", "eligible", "rate"]
    empty += [] if found.duration_ns else ["duration_ns", "share"]
    empty += [] if found.output_size else ["output_size"]
    if column.key in empty:
        return column._replace(wide_only=_NEVER)
    return column


def facet_row(number: int, facet: Facet, by: str, *, ascii_only: bool, timed: bool = True) -> Row:
    """Return the row of one facet, with its number in the table as its id; the bar is of time, or else of events."""
    label: Cell = value_cell(by, facet.value, ascii_only=ascii_only)
    style = ""
    if by == "execution_kind":
        text = NOT_RECORDED if facet.value is None else str(facet.value)
        style = palette.cell(None if facet.value is None else text, ascii_only=ascii_only)[1]
        label = (text, style) if facet.value is None else label
    bar = draw_bar(facet.share if timed else facet.share_of_events, 1, _BAR, ascii_only=ascii_only)
    cells: tuple[Cell, ...] = (
        label,
        units.count(facet.events),
        units.share(facet.share_of_events, 1),
        units.duration(facet.duration_ns),
        units.share(facet.share, 1),
        (bar, style) if style else bar,
        units.size(facet.output_size),
        units.count(facet.cache.hits),
        units.count(facet.cache.eligible),
        units.share(facet.cache.hits, facet.cache.eligible),
    )
    return Row(number, cells)
