"""Events over time: what a window holds, counted by bucket and series, and the spans around a moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tlx.query.ask import Asker, Scope

OTHER = ""
"""The series of events that have no execution kind."""

_IN_WINDOW = "time >= {begin} AND coalesce(start, time) < {end}"
_LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Density:
    """Events by time bucket and execution kind.

    `counts[bucket][series]` is the number of events whose end falls into the bucket; `running[bucket]` the number of
    spans in flight, averaged exactly over the bucket.
    """

    window: tuple[int, int]
    series: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    running: tuple[float, ...]
    busiest: int
    """The most spans in flight at once in the window."""


@dataclass(frozen=True, slots=True)
class Mark:
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
    """Count the events of the scope in `buckets` equal slices of the window.

    `series` are the execution kinds in the order to stack them; kinds that are not among them count as the last.
    """
    begin, end = window
    width = max(1, -(-(end - begin) // buckets))
    where, values = scope.where(f"time >= {begin} AND time < {begin + width * buckets}")
    rows = asker.rows(
        f"SELECT {_since('time', begin, width * buckets)} // {width} AS bucket,"
        f" coalesce(execution_kind, '') AS series, count(*) FROM events{where} GROUP BY ALL",
        values,
    )
    place = {name: number for number, name in enumerate(series)}
    counts = [[0] * len(series) for _ in range(buckets)]
    for bucket, name, number in rows:
        counts[int(bucket)][place.get(name, len(series) - 1)] += number
    running, busiest = _concurrency(asker, scope, (begin, width, buckets))
    return Density(window, tuple(series), tuple(map(tuple, counts)), running, busiest)


def _since(column: str, begin: int, length: int) -> str:
    """SQL for the time from `begin` to a column at most `length` later; times far apart need more than 64 bits."""
    return f"({column} - {begin})" if length <= _LARGEST else f"({column}::HUGEINT - {begin})"


def _concurrency(asker: Asker, scope: Scope, slices: tuple[int, int, int]) -> tuple[tuple[float, ...], int]:
    """Return the mean number of spans in flight in each slice, and the greatest at one moment.

    Busy time is summed exactly: a span adds its full slices by a difference array and its two ends by their parts.
    """
    begin, width, buckets = slices
    end = begin + width * buckets
    where, values = scope.where("duration_ns > 0", _IN_WINDOW.format(begin=begin, end=end))
    spans = f"(SELECT greatest(coalesce(start, time), {begin}) AS s, least(time, {end}) AS e FROM events{where})"
    s, e = (_since(column, begin, width * buckets) for column in "se")
    rows = asker.rows(
        f"SELECT slice, sum(full_change), sum(part) FROM ("
        f" SELECT {s} // {width} AS slice, 1 AS full_change, -({s} % {width}) AS part FROM {spans}"
        f" UNION ALL"
        f" SELECT {e} // {width}, -1, {e} % {width} FROM {spans}) GROUP BY slice",
        [*values, *values],
    )
    changes = {int(row[0]): (int(row[1]), int(row[2])) for row in rows}
    running = []
    open_spans = 0
    for number in range(buckets):
        change, part = changes.get(number, (0, 0))
        open_spans += change
        running.append((open_spans * width + part) / width)
    return tuple(running), _busiest(asker, spans, values)


def _busiest(asker: Asker, spans: str, values: list[object]) -> int:
    """Return the greatest number of spans at one moment; a span that ends where another starts does not overlap it."""
    row = asker.row(
        "SELECT max(level) FROM (SELECT sum(change) OVER (ORDER BY moment, change ROWS UNBOUNDED PRECEDING) AS level"
        f" FROM (SELECT s AS moment, 1 AS change FROM {spans} UNION ALL SELECT e, -1 FROM {spans}))",
        [*values, *values],
    )
    return int(row[0] or 0)


_MARK = (
    "id, coalesce(start, time) AS start, time, coalesce(name, event, '') AS name,"
    " coalesce(execution_kind, '') AS execution_kind"
)


def marks(asker: Asker, scope: Scope, window: tuple[int, int], limit: int, also: int | None = None) -> list[Mark]:
    """Return the longest `limit` spans that touch the window, by start; `also` if it is among them."""
    begin, end = window
    where, values = scope.where(_IN_WINDOW.format(begin=begin, end=end), "duration_ns IS NOT NULL")
    rows = asker.rows(
        f"SELECT id, start, time, name, execution_kind FROM (SELECT {_MARK}, duration_ns"
        f" FROM events{where} ORDER BY id = ? DESC, duration_ns DESC, id LIMIT {int(limit)}) ORDER BY start, id",
        [*values, also or 0],
    )
    return [Mark(*row) for row in rows]


def instants(asker: Asker, scope: Scope, window: tuple[int, int], buckets: int, also: int | None = None) -> list[Mark]:
    """Return the first instant in each of `buckets` slices of the window, and `also`."""
    begin, end = window
    width = max(1, -(-(end - begin) // buckets))
    where, values = scope.where(f"time >= {begin} AND time < {end}", "duration_ns IS NULL")
    rows = asker.rows(
        f"SELECT {_MARK} FROM events WHERE id IN (SELECT unnest([arg_min(id, (time, id)), max(id) FILTER (id = ?)])"
        f" FROM events{where} GROUP BY (time - {begin}) // {width}) ORDER BY time, id",
        [also or 0, *values],
    )
    return [Mark(*row) for row in rows]


def touching(asker: Asker, scope: Scope, window: tuple[int, int]) -> int:
    """Return how many spans touch the window."""
    where, values = scope.where(_IN_WINDOW.format(begin=window[0], end=window[1]), "duration_ns IS NOT NULL")
    return int(asker.row(f"SELECT count(*) FROM events{where}", values)[0])


def neighbour(asker: Asker, scope: Scope, event_id: int | None, direction: int) -> Mark | None:
    """Return the event that starts next (direction 1) or last before (-1); without `event_id` the first or last."""
    where, values = scope.where("time IS NOT NULL")
    order, sign = ("", ">") if direction > 0 else (" DESC", "<")
    if event_id is not None:
        where += (
            f" AND (coalesce(start, time), id) {sign} (SELECT (coalesce(start, time), id) FROM events WHERE id = ?)"
        )
        values.append(event_id)
    rows = asker.rows(
        f"SELECT {_MARK} FROM events{where} ORDER BY coalesce(events.start, time){order}, id{order} LIMIT 1",
        values,
    )
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
