"""Joins spans of which one follows the other: each goes on to the next event with its key, and stands at its start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tlx.model import OPEN
from tlx.store.cursor import Cursor
from tlx.store.spans.rule import COLUMNS, Sort, known, marked, values

_TURNS = (
    "CREATE OR REPLACE TEMP TABLE turns AS SELECT * EXCLUDE (ends) FROM (SELECT *, lead(id) OVER following AS next_id,"
    " lead(ends) OVER following AS ended, lead(time) OVER following AS until FROM turn_marks"
    " WINDOW following AS (PARTITION BY key ORDER BY id)) WHERE starts"
)
"""`ended` is NULL where nothing follows, and false where what follows tells that there will be no end."""
_LENGTHS = (
    'UPDATE {events} SET start = turns.time, "time" = until, duration_ns = until - turns.time FROM turns'
    " WHERE {events}.id = turns.id AND ended AND unmeasured AND until >= turns.time"
)
_CLOSED = "UPDATE {events} SET status = turns.status FROM turns WHERE {events}.id = turns.id AND ended AND NOT new"
_OPENED = f"UPDATE {{events}} SET status = '{OPEN}' WHERE id IN (SELECT id FROM turns WHERE new AND ended IS NOT TRUE)"
_KEPT = "INSERT INTO pairs SELECT id, next_id, unmeasured FROM turns WHERE ended"
_CUT = "UPDATE unjoined SET key = NULL WHERE id IN (SELECT id FROM turns WHERE NOT ended AND NOT new)"
_WAITING = (
    f"INSERT INTO unjoined SELECT {COLUMNS} FROM (SELECT * REPLACE (CASE WHEN ended IS NULL THEN key END AS key)"
    " FROM turns WHERE new AND ended IS NOT TRUE)"
)
_GONE = "DELETE FROM unjoined WHERE id IN (SELECT id FROM turns WHERE ended AND NOT new)"


def mark(
    cursor: Cursor, found: Sequence[Sort], numbers: Mapping[str, int], events: str, logs: Mapping[int, int]
) -> bool:
    """Find the events that are new; return whether there are any."""
    if not found:
        return False
    cursor.execute(marked("turn_marks", events, found, logs), {**numbers, **values(found)})
    return cursor.execute("SELECT 1 FROM turn_marks LIMIT 1").fetchone() is not None


def join(cursor: Cursor, tables: Sequence[str]) -> int:
    """Join those that were marked, in each of the tables of events; return how many no longer wait."""
    cursor.execute(known("turn_marks"))
    cursor.execute(_TURNS)
    for events in tables:
        for statement in (_LENGTHS, _CLOSED, _OPENED):
            cursor.execute(statement.format(events=events))
    for statement in (_KEPT, _CUT, _WAITING):
        cursor.execute(statement)
    row = cursor.execute(_GONE).fetchone()
    assert row is not None
    return int(row[0])
