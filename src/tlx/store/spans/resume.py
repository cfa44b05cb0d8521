"""Spans of a log that the index cache knows up to some line, and that goes on from there."""

from __future__ import annotations

import _duckdb as duckdb

from tlx.model import OPEN, Joins
from tlx.store import schema
from tlx.store.spans.rule import EACH_ITS_OWN, halves, is_half, sorts, values


def resume(cursor: duckdb.DuckDBPyConnection, rules: Joins, source: int, next_id: int) -> None:
    """Let a store take over spans from the `cached` one: as they were when `next_id` came next.

    What waits in `source`, which goes on from there, is copied to the fresh events, where it can be changed, and its
    ids stand in the table `moved`.
    """
    cursor.execute(f"INSERT INTO pairs SELECT * FROM cached.pairs WHERE greatest(start_id, end_id) < {next_id}")
    cursor.execute(f"INSERT INTO unjoined SELECT * FROM cached.unjoined WHERE id < {next_id}")
    parted = f"least(start_id, end_id) < {next_id} AND greatest(start_id, end_id) >= {next_id}"
    for sort in sorts(rules):
        # Of spans in turn only starts wait, and one that got a length has its own time as its begin.
        half = f"{is_half(sort)} AND ({sort.rule.starts})" if sort.rule.in_turn else is_half(sort)
        cursor.execute(
            f"INSERT INTO unjoined SELECT {halves(sort, EACH_ITS_OWN)} FROM cached.events WHERE id < {next_id}"
            f" AND {half} AND id IN (SELECT least(start_id, end_id) FROM cached.pairs WHERE {parted})",
            values([sort]),
        )
    cursor.execute(
        "UPDATE unjoined SET unmeasured = TRUE WHERE id IN (SELECT end_id FROM cached.pairs WHERE unmeasured)"
    )
    cursor.execute(
        'UPDATE unjoined SET unmeasured = TRUE, "time" = coalesce(events.start, unjoined.time) FROM cached.events'
        " WHERE in_turn AND unjoined.id = events.id"
        " AND unjoined.id IN (SELECT start_id FROM cached.pairs WHERE unmeasured)"
    )
    cursor.execute(f"CREATE TABLE moved AS SELECT id FROM unjoined WHERE source >= {source}")
    cursor.execute(_moved())


def _moved() -> str:
    """SQL that copies what was moved, as it was before it was joined."""
    columns = {name: f'events."{name}"' for name in schema.stored("events")}
    names = ", ".join(f'"{name}"' for name in columns)
    columns["status"] = f"CASE WHEN starts THEN '{OPEN}' ELSE events.status END"
    columns["time"] = 'CASE WHEN in_turn THEN unjoined."time" ELSE events."time" END'
    for name in ("start", "duration_ns"):
        columns[name] = f'CASE WHEN NOT unmeasured OR (starts AND NOT in_turn) THEN events."{name}" END'
    return (
        f"INSERT INTO {schema.fresh('events')} ({names}) SELECT {', '.join(columns.values())} FROM cached.events"
        " JOIN unjoined USING (id) WHERE id IN (SELECT id FROM moved)"
    )
