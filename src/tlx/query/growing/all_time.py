"""What the timeline draws of all time, column by column, so that a growing log need not be counted again.

Columns begin where time does, and get longer in steps as it does: all events are looked at only once in a while.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from tlx.query.ask import ACTIONS, FAILED, Asker, Scope
from tlx.query.concurrency.slate import Stack, times
from tlx.query.growing.ledger import Part

_STEPS = 32
"""While time gets twice as long, columns get longer in so many steps."""
_LONGEST = 1 << 60
"""Ns beyond which differences of times are not to be trusted to 64 bits."""
_MOVES = f"({ACTIONS}) AND start < time"
"""What is in flight for a while."""


class Grid(NamedTuple):
    """Columns of equal length, in ns, that hold all time from `begin` on."""

    begin: int
    column: int
    columns: int

    @classmethod
    def of(cls, whole: tuple[int, int], columns: int) -> Grid:
        """Return the grid over a window, which reaches a little beyond it: the next events do not change it."""
        least = max(1, -((whole[0] - whole[1]) // columns))
        step = 1 << max(0, least.bit_length() - _STEPS.bit_length())
        return cls(whole[0], -(-least // step) * step, columns)

    @property
    def window(self) -> tuple[int, int]:
        """From the first column to the end of the last, in ns since the epoch."""
        return self.begin, self.begin + self.column * self.columns


class AllTime(NamedTuple):
    """What there is in each column of a grid, and the longest spans of all."""

    counts: tuple[tuple[int, ...], ...]
    """Events that end in it, by series."""
    running: tuple[float, ...]
    """Actions in flight, on average."""
    longest: list[tuple[int, int, int]]
    """Id, start and end of the longest spans."""
    spans: int
    """How many there are."""


def all_time(asker: Asker, scope: Scope, grid: Grid, stack: Stack, listed: tuple[int, int | None]) -> AllTime | None:
    """Return what is in the columns of a grid that holds all events of a scope, whose window is left out.

    `listed` is how many of the longest spans are wanted, and a span that is to be among them if it is in the scope.
    None where the store cannot tell what is new in it, so that nothing would be gained.
    """
    if asker.seen() is None or grid.column * grid.columns > _LONGEST:
        return None
    scope = scope._replace(window=None)
    ends = _ends(asker, scope, grid, stack)
    counts = [[0] * len(stack.values) for _ in range(grid.columns)]
    for column, series, number, *_ in ends:
        counts[column][series] += number
    means = _means(_starts(asker, scope, grid), [(row[0], row[4], int(row[5] or 0)) for row in ends], grid)
    return AllTime(tuple(map(tuple, counts)), means, _longest(asker, scope, *listed), sum(row[3] for row in ends))


def first_instants(asker: Asker, scope: Scope, grid: Grid, stack: Stack | None, also: int | None = None) -> list[int]:
    """Return the first instant of each column by id, one that failed before all others; with a stack of each series.

    `also` is listed too if it is an instant of the scope, whose window is left out.
    """
    scope = scope._replace(window=None)
    series, parameters = _series(stack) if stack is not None else ("0", ())
    first = ", ".join(f"arg_min({name}, (NOT failed, time, id)) AS {name}" for name in ("id", "failed", "time"))
    part = Part(
        "instants",
        scope,
        f"(time - {grid.begin}) // {grid.column} AS place, series, {first}",
        f"place, series, {first}",
        fetched=f"id, time, {FAILED} AS failed, {series} AS series",
        parameters=parameters,
        more=("time IS NOT NULL", "duration_ns IS NULL"),
    )
    source, values = asker.parts(part)
    found = [row[0] for row in asker.rows(f"SELECT id FROM {source}", values)]
    if also is not None:
        sql, values = times(scope, f"id = {int(also)}", "duration_ns IS NULL")
        found += [row[0] for row in asker.rows(f"SELECT id{sql}", values)]
    return list(dict.fromkeys(found))


def _series(stack: Stack) -> tuple[str, tuple[Any, ...]]:
    """SQL for the number of the series of an event, from 0 on, and its values."""
    found = (
        f"""coalesce(list_position(?::VARCHAR[], coalesce("{stack.column}"::VARCHAR, '')), {len(stack.values)}) - 1"""
    )
    return found, (list(stack.values),)


def _ends(asker: Asker, scope: Scope, grid: Grid, stack: Stack) -> list[tuple[Any, ...]]:
    """By column and series: events, spans, what was in flight, the sum of its ends since the begin."""
    series, parameters = _series(stack)
    part = Part(
        "ends",
        scope,
        f"(time - {grid.begin}) // {grid.column} AS place, series, count(*) AS number,"
        " count(duration_ns) AS spans, count(*) FILTER (moves) AS moving,"
        f" sum(time - {grid.begin}) FILTER (moves) AS until",
        "place, series, sum(number)::BIGINT AS number, sum(spans)::BIGINT AS spans,"
        " sum(moving)::BIGINT AS moving, sum(until) AS until",
        fetched=f"time, duration_ns, ({_MOVES}) AS moves, {series} AS series",
        parameters=parameters,
        more=("time IS NOT NULL",),
    )
    source, values = asker.parts(part)
    return asker.rows(f"SELECT * FROM {source}", values)


def _starts(asker: Asker, scope: Scope, grid: Grid) -> list[tuple[Any, ...]]:
    """By column: what begins to be in flight, and the sum of its starts."""
    merged = "sum(moving)::BIGINT AS moving, sum(since) AS since"
    part = Part(
        "starts",
        scope,
        f"(start - {grid.begin}) // {grid.column} AS place, count(*) AS moving, sum(start - {grid.begin}) AS since",
        f"place, {merged}",
        more=(_MOVES,),
    )
    source, values = asker.parts(part)
    return asker.rows(f"SELECT * FROM {source}", values)


def _means(starts: Sequence[tuple[Any, ...]], ends: Sequence[tuple[int, int, int]], grid: Grid) -> tuple[float, ...]:
    """How many are in flight, from how many start and end in each column, and how far from the begin in sum."""
    change, area = [0] * grid.columns, [0] * grid.columns
    for sign, rows in ((1, starts), (-1, ends)):
        for column, number, since in rows:
            change[column] += sign * number
            area[column] += sign * (number * (column + 1) * grid.column - int(since))
    before = accumulate(change, initial=0)
    return tuple((level * grid.column + own) / grid.column for level, own in zip(before, area, strict=False))


def _longest(asker: Asker, scope: Scope, limit: int, also: int | None) -> list[tuple[int, int, int]]:
    """The longest spans; `also` in the place of the last."""
    part = Part(
        "longest",
        scope,
        "id, coalesce(start, time) AS start, time, duration_ns",
        "id, start, time, duration_ns",
        f" ORDER BY duration_ns DESC, id LIMIT {int(limit)}",
        more=("time IS NOT NULL", "duration_ns IS NOT NULL"),
    )
    source, values = asker.parts(part)
    found = [row[:3] for row in asker.rows(f"SELECT * FROM {source}{part.tail}", values)]
    if also is None or any(row[0] == also for row in found):
        return found
    sql, values = times(scope, f"id = {int(also)}", "duration_ns IS NOT NULL")
    chosen = [row[:3] for row in asker.rows(f"SELECT id, begin, time{sql}", values)]
    return [*chosen, *found[: limit - len(chosen)]]
