"""Events over time: what a window holds, counted by bucket and series, and the spans around a moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tlx.query.ask import Asker, Scope
from tlx.query.concurrency.slices import Slices
from tlx.query.concurrency.sweep import curve

OTHER = ""
"""The series of events that have no execution kind."""

_IN_WINDOW = "time >= {begin} AND coalesce(start, time) < {end}"


class Density(NamedTuple):
    """Events by time bucket and execution kind.

    `counts[bucket][series]` is the number of events whose end falls into the bucket; `running[bucket]` the number of
    actions in flight, averaged exactly over the bucket, and `most[bucket]` the greatest number at one of its moments.
    """

    window: tuple[int, int]
    series: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    running: tuple[float, ...]
    most: tuple[int, ...]
    busiest: int
    """The most actions in flight at once in the window."""


class Mark(NamedTuple):
    """A span or instant on the timeline; `start` and `end` in ns since the epoch."""

    id: int
    start: int
    end: int
    name: str
    execution_kind: str


def extent(asker: Asker, scope: Scope) -> tuple[int, int] | None:
    """Return the first start and the last end of the events in the scope, end exclusive."""
    where, values = scope.where("time IS NOT NULL")
    begin, end = asker.row(f"SELECT min(coalesce(start, time)), max(time) FROM events{where}", values)
    return None if begin is None else (int(begin), int(end) + 1)


def density(asker: Asker, scope: Scope, window: tuple[int, int], buckets: int, series: Sequence[str]) -> Density:
    """Count the events of the scope in `buckets` equal slices of the window, and the actions in flight.

    `series` are the execution kinds in the order to stack them; kinds that are not among them count as the last.
    """
    found = curve(asker, scope, window, buckets)
    return Density(
        window, tuple(series), counts(asker, scope, window, buckets, series), found.mean, found.most, found.busiest
    )


def counts(
    asker: Asker, scope: Scope, window: tuple[int, int], buckets: int, series: Sequence[str]
) -> tuple[tuple[int, ...], ...]:
    """Return the `counts` of a density alone: who keeps a sweep asks it for what is in flight."""
    slices = Slices.of(window, buckets)
    where, values = scope.where(f"time >= {slices.begin} AND time < {slices.end}")
    rows = asker.rows(
        f"SELECT {slices.slice_of('time')} AS bucket, execution_kind, count(*) FROM events{where} GROUP BY ALL", values
    )
    place = {name: number for number, name in enumerate(series)}
    found = [[0] * len(series) for _ in range(buckets)]
    for bucket, name, number in rows:
        found[int(bucket)][place.get(name or OTHER, len(series) - 1)] += number
    return tuple(map(tuple, found))


_MARK = (
    "id, coalesce(start, time) AS start, time, coalesce(name, event, '') AS name,"
    " coalesce(execution_kind, '') AS execution_kind"
)


def marks(asker: Asker, scope: Scope, window: tuple[int, int], limit: int, also: int | None = None) -> list[Mark]:
    """Return the longest `limit` spans that touch the window, by start; `also` if it is among them."""
    where, values = scope.where(_IN_WINDOW.format(begin=window[0], end=window[1]), "duration_ns IS NOT NULL")
    # The ids first: the sort then carries no text, and only the marks that are wanted are looked up.
    rows = asker.rows(f"SELECT id FROM events{where} ORDER BY duration_ns DESC, id LIMIT {int(limit)}", values)
    ids = [row[0] for row in rows]
    if also is not None and also not in ids:
        found = asker.rows(f"SELECT id FROM events{where} AND id = ?", [*values, also])
        ids = [row[0] for row in found] + ids[: limit - len(found)]
    return _looked_up(asker, ids, "start, id")


def _looked_up(asker: Asker, ids: list[int], order: str) -> list[Mark]:
    rows = asker.rows(
        f"SELECT * FROM (SELECT {_MARK} FROM events WHERE id IN (SELECT unnest(?::BIGINT[]))) ORDER BY {order}", [ids]
    )
    return [Mark(*row) for row in rows]


def instants(asker: Asker, scope: Scope, window: tuple[int, int], buckets: int, also: int | None = None) -> list[Mark]:
    """Return the first instant in each of `buckets` slices of the window, and `also`."""
    slices = Slices.of(window, buckets)
    where, values = scope.where(f"time >= {window[0]} AND time < {window[1]}", "duration_ns IS NULL")
    rows = asker.rows(
        f"SELECT unnest([arg_min(id, (time, id)), max(id) FILTER (id = ?)]) FROM events{where}"
        f" GROUP BY {slices.slice_of('time')}",
        [also or 0, *values],
    )
    return _looked_up(asker, [row[0] for row in rows if row[0] is not None], "time, id")


def touching(asker: Asker, scope: Scope, window: tuple[int, int]) -> int:
    """Return how many spans touch the window."""
    where, values = scope.where(_IN_WINDOW.format(begin=window[0], end=window[1]), "duration_ns IS NOT NULL")
    return int(asker.row(f"SELECT count(*) FROM events{where}", values)[0])


def neighbour(asker: Asker, scope: Scope, event_id: int | None, direction: int) -> Mark | None:
    """Return the event that starts next (direction 1) or last before (-1); without `event_id` the first or last."""
    key = "coalesce(events.start, time)"
    order, sign = ("", ">") if direction > 0 else (" DESC", "<")
    where, values = scope.where("time IS NOT NULL")
    here = asker.rows(f"SELECT {key} FROM events WHERE id = ? AND time IS NOT NULL", [event_id or 0])
    if here:
        where += f" AND {key} {sign}= ? AND ({key} {sign} ? OR id {sign} ?)"
        values += [here[0][0], here[0][0], event_id]
    rows = asker.rows(f"SELECT {_MARK} FROM events{where} ORDER BY {key}{order}, id{order} LIMIT 1", values)
    return Mark(*rows[0]) if rows else None


def nearest(asker: Asker, scope: Scope, moment: int) -> Mark | None:
    """Return the longest span in flight at a moment, or else the event that lies nearest to it."""
    where, values = scope.where("time IS NOT NULL")
    rows = asker.rows(
        f"SELECT {_MARK} FROM events{where} ORDER BY"
        " greatest(coalesce(events.start, time)::HUGEINT - ?, ?::HUGEINT - time, 0),"
        " duration_ns DESC NULLS LAST, id LIMIT 1",
        [*values, moment, moment],
    )
    return Mark(*rows[0]) if rows else None
