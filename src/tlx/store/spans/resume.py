"""Spans of a log that the index cache knows up to some line, and that goes on from there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tlx.model import OPEN, Spans
from tlx.store import schema
from tlx.store.spans.rule import EACH_ITS_OWN, halves, is_half


def to_resume(rules: Mapping[str, Spans], source: int, next_id: int) -> Iterator[str]:
    """Yield SQL by which a store takes over spans from the `cached` one: as they were when `next_id` came next.

    What waits in `source`, which goes on from there, is copied to the fresh events, where it can be changed, and its
    ids stand in the table `moved`.
    """
    yield f"INSERT INTO pairs SELECT * FROM cached.pairs WHERE greatest(start_id, end_id) < {next_id}"
    yield f"INSERT INTO unjoined SELECT * FROM cached.unjoined WHERE id < {next_id}"
    for name, rule in rules.items():
        yield (
            f"INSERT INTO unjoined SELECT {halves(name, rule, EACH_ITS_OWN)} FROM cached.events"
            f" WHERE id < {next_id} AND {is_half(name, rule)} AND id IN (SELECT least(start_id, end_id)"
            f" FROM cached.pairs WHERE least(start_id, end_id) < {next_id} AND greatest(start_id, end_id) >= {next_id})"
        )
    yield "UPDATE unjoined SET unmeasured = TRUE WHERE id IN (SELECT end_id FROM cached.pairs WHERE unmeasured)"
    yield f"CREATE TABLE moved AS SELECT id FROM unjoined WHERE source >= {source}"
    columns = {name: f'events."{name}"' for name in schema.stored("events")}
    names = ", ".join(f'"{name}"' for name in columns)
    columns["status"] = f"CASE WHEN starts THEN '{OPEN}' ELSE events.status END"
    for name in ("start", "duration_ns"):
        columns[name] = f'CASE WHEN starts OR NOT unmeasured THEN events."{name}" END'
    yield (
        f"INSERT INTO {schema.fresh('events')} ({names}) SELECT {', '.join(columns.values())} FROM cached.events"
        " JOIN unjoined USING (id) WHERE id IN (SELECT id FROM moved)"
    )
