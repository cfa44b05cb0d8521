"""Which columns a view may show, and the view with those that were chosen."""

from __future__ import annotations

from collections.abc import Sequence

from tlx.model import EVENT_COLUMNS as MODEL
from tlx.model import Quantity
from tlx.tui.screens.columns import Choice
from tlx.tui.views.view import View
from tlx.tui.widgets.table import Column

_WORDS = {
    "label": "what the actions have in common",
    "calls": "how many actions",
    "total_ns": "their durations summed, overlaps count again",
    "wall_ns": "time during which one or more of them ran",
    "mean_ns": "total / calls",
    "p50_ns": "half of them take no longer (nearest rank)",
    "p90_ns": "90 % take no longer (nearest rank)",
    "p95_ns": "95 % take no longer (nearest rank)",
    "p99_ns": "99 % take no longer (nearest rank)",
    "max_ns": "the longest",
    "share": "of the total of all groups",
    "bar": "the share as a bar",
    "histogram": "calls by decade: <1 ms, from 1 ms on … 1000 s",
}
_WIDTHS = {Quantity.DURATION: 8, Quantity.SIZE: 9, Quantity.NUMBER: 8, Quantity.TIME: 12, Quantity.TEXT: 14}
_TITLES = {"time": "end UTC", "input_materialization_ns": "materialized", "id": "event_id"}


def choices(view: View) -> list[Choice]:
    """Return every column that a view may show: those that it shows first where they are single events."""
    if view.by is not None:
        return [Choice(one.key, one.title or "share bar", _WORDS[one.key]) for one in _all(view)]
    shown = [column.key for column in view.columns]
    others = [key for key in MODEL if key not in shown and key != "raw"]
    return [Choice(key, _event_column(view, key).title, _said(key)) for key in (*shown, *others)]


def chosen(view: View, keys: Sequence[str]) -> View:
    """Return a view with these columns, whatever the room; without any, with as many as there is room for."""
    if not keys:
        return view._replace(columns=view.usual)
    known = {column.key: column for column in _all(view)} if view.by is not None else {}
    columns = (known[key] if key in known else _event_column(view, key) for key in keys)
    return view._replace(columns=tuple(column._replace(wide_only=0, rank=0) for column in columns))


def _all(view: View) -> tuple[Column, ...]:
    return view.usual


def _event_column(view: View, key: str) -> Column:
    for column in view.usual:
        if column.key == key:
            return column
    quantity = MODEL.get(key, Quantity.TEXT)
    right = quantity not in (Quantity.TEXT, Quantity.TIME)
    title = _TITLES.get(key, key)
    return Column(key, title, max(_WIDTHS[quantity], min(len(title), 14)), right, flexible=not right)


def _said(key: str) -> str:
    return MODEL[key].value if key in MODEL else "path of the payload"
