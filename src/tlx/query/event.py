"""One event, whole."""

from __future__ import annotations

from typing import Any, NamedTuple

from tlx.model import EVENT_COLUMNS
from tlx.query.ask import Asker


class Event(NamedTuple):
    """The columns of one event by name, and the path of its source."""

    columns: dict[str, Any]
    path: str

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
    return Event(columns, str(paths[0][0]) if paths else "")


def longest(asker: Asker, where: str, values: list[Any]) -> int | None:
    """Return the longest span of a scope, where the cursor of a fresh screen stands."""
    rows = asker.rows(f"SELECT id FROM events{where} ORDER BY duration_ns DESC NULLS LAST, id LIMIT 1", values)
    return int(rows[0][0]) if rows else None
