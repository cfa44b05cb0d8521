"""One event, whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from tlx.dialects.known import DIALECTS, spans
from tlx.model import EVENT_COLUMNS
from tlx.query.ask import Asker


class Event(NamedTuple):
    """The columns of one event by name, and the path of its source."""

    columns: dict[str, Any]
    path: str
    is_open: bool = False
    """Whether it starts a span of which no end has been seen."""
    ended: int | None = None
    """The line of the event that ends the span which this one starts."""

    @property
    def raw(self) -> str:
        """The line as it stood in the log."""
        return str(self.columns["raw"])


def event(asker: Asker, event_id: int) -> Event | None:
    """Return the event with this arrival number."""
    names = ", ".join(f'events."{name}"' for name in EVENT_COLUMNS)
    rows = asker.rows(f"SELECT {names} FROM events WHERE id = ?", [event_id])
    if not rows:
        return None
    columns = dict(zip(EVENT_COLUMNS, rows[0], strict=True))
    paths = asker.rows("SELECT path FROM sources WHERE source = ?", [columns["source"]])
    path = str(paths[0][0]) if paths else ""
    if columns["duration_ns"] is not None:
        return Event(columns, path)
    ends = asker.rows("SELECT line FROM events WHERE id IN (SELECT end_id FROM pairs WHERE start_id = ?)", [event_id])
    is_open = bool(asker.rows("SELECT id FROM unjoined WHERE starts AND id = ?", [event_id]))
    return Event(columns, path, is_open, ends[0][0] if ends else None)


_MOST_PARTS = 50
"""So many spans within one are told."""


class Span(NamedTuple):
    """A span within another; `duration_ns` is None where that is not known."""

    name: str | None
    duration_ns: int | None


def parts(asker: Asker, columns: Mapping[str, Any]) -> list[Span]:
    """Return the spans of which the span of an event is made, in order of time, where its dialect tells them."""
    rule = next((one for one in _RULES.get(columns["dialect"], ()) if one.parent), None)
    if rule is None or None in (columns["span"], columns["time"], columns["start"]):
        return []
    parent = f"CASE WHEN dialect = ? THEN {rule.parent} END"  # lines of others may be no JSON
    rows = asker.rows(
        f"SELECT name, duration_ns FROM events WHERE run = ? AND {parent} = ? AND ({rule.ends})"
        f" AND time >= ? AND time <= ? ORDER BY coalesce(start, time), id LIMIT {_MOST_PARTS}",
        [columns[name] for name in ("run", "dialect", "span", "start", "time")],
    )
    return [Span(*row) for row in rows]


_RULES = spans(DIALECTS)


def run_of(asker: Asker, event_id: int) -> int | None:
    """Return the run of an event; None where there is no such event."""
    rows = asker.rows("SELECT run FROM events WHERE id = ?", [event_id])
    return None if not rows or rows[0][0] is None else int(rows[0][0])


def longest(asker: Asker, where: str, values: list[Any]) -> int | None:
    """Return the longest span of a scope, where the cursor of a fresh screen stands."""
    rows = asker.rows(f"SELECT id FROM events{where} ORDER BY duration_ns DESC NULLS LAST, id LIMIT 1", values)
    return int(rows[0][0]) if rows else None
