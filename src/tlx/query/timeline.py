"""Events over time: what a window holds, counted by bucket and series, and the spans around a moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tlx.model import EVENT_COLUMNS
from tlx.query.ask import ALL, FAILED, OPEN, Asker, Scope
from tlx.query.concurrency.slate import Slate, Stack, times
from tlx.query.concurrency.slices import Slices
from tlx.query.concurrency.sweep import curve
from tlx.query.growing.ledger import Part
from tlx.store.schema import sources_of

OTHER = ""
"""The series of events that have no value of their own."""
REST = "?"
"""The series that gathers what is not among the others."""
_MOST_SERIES = 10
"""More values than these nobody tells apart."""

_IN_WINDOW = "time >= {begin} AND begin < {end}"


class Density(NamedTuple):
    """Events by time bucket and series.

    `counts[bucket][series]` is the number of events whose end falls into the bucket; `running[bucket]` the number of
    actions in flight, averaged exactly over the bucket, and `most[bucket]` the greatest number at one of its moments.
    """

    window: tuple[int, int]
    stack: Stack
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
    value: str
    """Of the column that events are told apart by."""
    failed: bool = False
    is_open: bool = False
    """A start without an end."""


class RunSpan(NamedTuple):
    """When a run was: from its header, or from its first event where that is earlier, to its last event."""

    run: int
    origin: int
    """What its times count from: the start by its header, or else its first event."""
    begin: int
    end: int


def run_spans(asker: Asker, run: int | None = None, before: int | None = None) -> list[RunSpan]:
    """Return when the runs that have events with a time were, or this one alone, the earliest first.

    Events from the arrival number `before` on do not count.
    """
    part = Part(
        "run spans",
        Scope(run=run, before=before),
        "run, min(coalesce(start, time)) AS first, max(time) AS last",
        "run, min(first) AS first, max(last) AS last",
        more=("time IS NOT NULL",),
    )
    source, values = asker.parts(part)
    rows = asker.rows(
        "SELECT run, coalesce(runs.start, first), least(runs.start, first) AS begin, last"
        f" FROM {source} LEFT JOIN runs USING (run) ORDER BY begin, run",
        values,
    )
    return [RunSpan(*map(int, row)) for row in rows]


def whole(spans: Sequence[RunSpan]) -> tuple[int, int] | None:
    """Return the window that holds the runs, end exclusive; None if there are none."""
    return (min(span.begin for span in spans), max(span.end for span in spans) + 1) if spans else None


def extent(asker: Asker, scope: Scope) -> tuple[int, int] | None:
    """Return the first start and the last end of the events in the scope, end exclusive."""
    where, values = scope.where("time IS NOT NULL")
    begin, end = asker.row(f"SELECT min(coalesce(start, time)), max(time) FROM events{where}", values)
    return None if begin is None else (int(begin), int(end) + 1)


def stack_of(asker: Asker, column: str) -> Stack:
    """Return the commonest values of a column in all events, to be told apart; behind them none, and the rest.

    Raises:
        ValueError: there is no such column.
    """
    if column not in EVENT_COLUMNS:
        raise ValueError(f"no column {column!r}")
    sql, sources = sources_of(column)
    names = ", ".join(sources)
    part = Part("stack", ALL, f"{names}, count(*) AS number", f"{names}, sum(number)::BIGINT AS number")
    source, values = asker.parts(part)
    rows = asker.rows(
        f"SELECT value FROM (SELECT ({sql})::VARCHAR AS value, number FROM {source})"
        f" WHERE value <> '' GROUP BY value ORDER BY sum(number) DESC, value LIMIT {_MOST_SERIES}",
        values,
    )
    return Stack(column, (*(str(row[0]) for row in rows if row[0] != REST), OTHER, REST))


def density(asker: Asker, scope: Scope, window: tuple[int, int], buckets: int, stack: Stack) -> Density:
    """Count the events of the scope in `buckets` equal slices of the window, and the actions in flight."""
    found = curve(asker, scope, window, buckets)
    return Density(window, stack, counts(asker, scope, window, buckets, stack), found.mean, found.most, found.busiest)


def counts(
    asker: Asker, of: Scope | Slate, window: tuple[int, int], buckets: int, stack: Stack
) -> tuple[tuple[int, ...], ...]:
    """Return the `counts` of a density alone; a slate has to be of the same stack."""
    slices, series = Slices.of(window, buckets), stack.values
    sql, values = times(of, f"time >= {slices.begin} AND time < {slices.end}", column=stack.column)
    kind = "series" if isinstance(of, Slate) else "told"
    rows = asker.rows(f"SELECT {slices.slice_of('time')} AS bucket, {kind}, count(*){sql} GROUP BY ALL", values)
    last = len(series) - 1
    place = {name: number for number, name in enumerate(series)}
    found = [[0] * len(series) for _ in range(buckets)]
    for bucket, name, number in rows:
        found[int(bucket)][name if isinstance(of, Slate) else place.get(name or OTHER, last)] += number
    return tuple(map(tuple, found))


def marks(asker: Asker, of: Scope | Slate, window: tuple[int, int], limit: int, also: int | None = None) -> list[Mark]:
    """Return the longest `limit` spans that touch the window, by start; `also` if it is among them."""
    return looked_up(asker, [found[0] for found in longest(asker, of, window, limit, also)], "start, id")


def longest(
    asker: Asker, of: Scope | Slate, window: tuple[int, int], limit: int, also: int | None = None
) -> list[tuple[int, int, int]]:
    """Return id, start and end of the longest `limit` spans that touch the window; `also` first if it is among them."""
    touch = (_IN_WINDOW.format(begin=window[0], end=window[1]), "duration_ns IS NOT NULL")
    sql, values = times(of, *touch)
    found = asker.rows(f"SELECT id, begin, time{sql} ORDER BY duration_ns DESC, id LIMIT {int(limit)}", values)
    if also is not None and also not in {row[0] for row in found}:
        sql, values = times(of, *touch, f"id = {int(also)}")
        rows = asker.rows(f"SELECT id, begin, time{sql}", values)
        found = [*rows, *found[: limit - len(rows)]]
    return [(row[0], row[1], row[2]) for row in found]


_MARK = (
    "id, coalesce(start, time) AS start, time, coalesce(name, event, '') AS name,"
    " coalesce(\"{column}\"::VARCHAR, '') AS told, {failed} AS failed, {open} AS is_open"
)


def looked_up(asker: Asker, ids: Sequence[int], order: str = "id", column: str = "execution_kind") -> list[Mark]:
    """Return events that have a time, by their ids, each with its value of a column."""
    assert column in EVENT_COLUMNS
    mark = _MARK.format(column=column, failed=FAILED, open=OPEN)
    rows = asker.rows(
        f"SELECT * FROM (SELECT {mark} FROM events WHERE id IN (SELECT unnest(?::BIGINT[])) AND time IS NOT NULL)"
        f" ORDER BY {order}",
        [list(ids)],
    )
    return [Mark(*row) for row in rows]


class Cut(NamedTuple):
    """A window in so many equal slices; with a stack events of another value count apart."""

    window: tuple[int, int]
    buckets: int
    stack: Stack | None = None


def instants(asker: Asker, of: Scope | Slate, cut: Cut, also: int | None = None) -> list[Mark]:
    """Return the first instant in each slice, and `also`."""
    return looked_up(asker, firsts(asker, of, cut, also), "time, id")


def firsts(asker: Asker, of: Scope | Slate, cut: Cut, also: int | None = None, but: Sequence[int] = ()) -> list[int]:
    """Return the ids of the first instant in each slice, one that failed where there is any, and `also`.

    Those with the ids of `but` count as none.
    A slate has to be of the same stack.
    """
    window, slices = cut.window, Slices.of(cut.window, cut.buckets)
    within = [f"time >= {window[0]} AND time < {window[1]}", "duration_ns IS NULL"]
    within += [f"id NOT IN ({', '.join(str(int(one)) for one in but)})"] if but else []
    sql, values = times(of, *within, column=cut.stack.column if cut.stack else "execution_kind")
    told = ""
    if cut.stack is not None and isinstance(of, Slate):
        told = ", series"
    elif cut.stack is not None:
        last = len(cut.stack.values)
        told = f", coalesce(list_position(?::VARCHAR[], coalesce(told, '')), {last})"  # as in a slate
        values = [*values, list(cut.stack.values)]
    rows = asker.rows(
        f"SELECT unnest([arg_min(id, (NOT failed, time, id)), max(id) FILTER (id = {int(also or 0)})]){sql}"
        f" GROUP BY {slices.slice_of('time')}{told}",
        values,
    )
    return list({row[0]: None for row in rows if row[0] is not None})


def touching(asker: Asker, of: Scope | Slate, window: tuple[int, int]) -> int:
    """Return how many spans touch the window."""
    sql, values = times(of, _IN_WINDOW.format(begin=window[0], end=window[1]), "duration_ns IS NOT NULL")
    return int(asker.row(f"SELECT count(*){sql}", values)[0])


def untimed(asker: Asker, scope: Scope) -> int:
    """Return how many events of the scope, whatever its window, have no time: no picture of time shows them."""
    where, values = scope._replace(window=None).where("time IS NULL")
    return int(asker.row(f"SELECT count(*) FROM events{where}", values)[0])


def neighbour(asker: Asker, of: Scope | Slate, event_id: int | None, direction: int) -> Mark | None:
    """Return the event that starts next (direction 1) or last before (-1); without `event_id` the first or last."""
    order, sign = ("", ">") if direction > 0 else (" DESC", "<")
    conditions = []
    for here in _here(asker, event_id):
        conditions = [f"begin {sign}= {here.start}", f"begin {sign} {here.start} OR id {sign} {here.id}"]
    return _first(asker, of, conditions, f"begin{order}, id{order}")


def beyond(asker: Asker, of: Scope | Slate, event_id: int, direction: int) -> Mark | None:
    """Return what could stand next on the lane of an event: the span that starts first at its end or later.

    With direction -1 it is the span that ends last at its start or earlier. Beside an instant stands an instant.
    """
    for here in _here(asker, event_id):
        span = asker.row("SELECT duration_ns IS NOT NULL FROM events WHERE id = ?", [event_id])[0]
        at, column, order = (here.end, "begin", "") if direction > 0 else (here.start, "time", " DESC")
        sign = ">" if direction > 0 else "<"
        conditions = [
            f"duration_ns IS {'NOT ' if span else ''}NULL",
            f"{column} {sign} {at} OR ({column} = {at} AND id {sign} {here.id})",
            f"id <> {here.id}",
        ]
        return _first(asker, of, conditions, f"{column}{order}, id{order}")
    return None


def nearest(asker: Asker, of: Scope | Slate, moment: int, *, work: bool = False) -> Mark | None:
    """Return the longest span in flight at a moment, or else the event that lies nearest; with `work` of actions."""
    moment = int(moment)
    away = f"greatest(begin::HUGEINT - {moment}, {moment}::HUGEINT - time, 0)"
    return _first(asker, of, ["work"] if work else [], f"{away}, duration_ns DESC NULLS LAST, id")


def _here(asker: Asker, event_id: int | None) -> list[Mark]:
    return looked_up(asker, [event_id]) if event_id is not None else []


def _first(asker: Asker, of: Scope | Slate, conditions: Sequence[str], order: str) -> Mark | None:
    """The first event in an order, of those that meet the conditions."""
    sql, values = times(of, *conditions)
    ids = [row[0] for row in asker.rows(f"SELECT id{sql} ORDER BY {order} LIMIT 1", values)]
    return next(iter(looked_up(asker, ids)), None) if ids else None
