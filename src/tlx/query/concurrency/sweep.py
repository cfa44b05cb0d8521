"""How many actions are in flight: at every moment, exactly, and by slices of a window.

An action is in flight from its start up to its end; one that ends where another starts does not overlap it. One that
has begun and not ended is in flight up to the newest time of its run. Actions without a known start, or of no length,
are never in flight.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from tlx.query.ask import Asker, Scope
from tlx.query.concurrency.slate import Slate, times
from tlx.query.concurrency.slices import Slices
from tlx.query.concurrency.unended import under_way

_LARGEST = 2**63 - 1
_numbers = itertools.count(1)


class Curve(NamedTuple):
    """Actions in flight by slices of equal length; a slice that is cut short by the end of time is none."""

    window: tuple[int, int]
    """From the first slice up to the end of the last, in ns since the epoch."""
    mean: tuple[float, ...]
    """Over each slice."""
    most: tuple[int, ...]
    """At any moment of each slice."""

    @property
    def busiest(self) -> int:
        """The most in flight at once in the window."""
        return max(self.most, default=0)


class Peak(NamedTuple):
    """The first stretch of time with the most actions in flight; ns since the epoch."""

    level: int
    begin: int
    end: int


class Sweep(NamedTuple):
    """The numbers in flight of a scope without its window, kept in the store: zooming need not sort again.

    It holds as long as the store does not grow; who keeps it drops it.
    """

    table: str
    scope: Scope
    events: int
    """How many there were in the store."""

    @classmethod
    def named(cls, asker: Asker, of: Scope | Slate) -> Sweep:
        """Return one that is yet to be filled, whose table no other has."""
        scope = of.scope if isinstance(of, Slate) else of._replace(window=None)
        return cls(f"sweep_{next(_numbers)}", scope, asker.events())

    def fill(self, asker: Asker, of: Scope | Slate) -> None:
        """Make its table, from what it was named after. One that is interrupted may have been made all the same."""
        levels, values = _levels(asker, of.within(None) if isinstance(of, Slate) else self.scope)
        asker.rows(f"CREATE TABLE {self.table} AS {levels}", values)

    def holds(self, asker: Asker, scope: Scope) -> bool:
        """Whether it still is what a scope would give, whatever its window."""
        return scope._replace(window=None) == self.scope and asker.events() == self.events

    def drop(self, asker: Asker) -> None:
        """Free its memory."""
        asker.rows(f"DROP TABLE IF EXISTS {self.table}")


def sweep(asker: Asker, of: Scope | Slate) -> Sweep:
    """Keep the numbers in flight of a scope; its window is left out."""
    kept = Sweep.named(asker, of)
    kept.fill(asker, of)
    return kept


def curve(asker: Asker, of: Scope | Slate, window: tuple[int, int], buckets: int, kept: Sweep | None = None) -> Curve:
    """Return how many actions of the scope are in flight in `buckets` equal slices of the window.

    The slices are as short as they can be in whole ns to reach the end of the window. `kept`, if given, must hold.
    """
    slices = Slices.of(window, buckets)
    if kept is not None:
        return _curve(asker, slices, kept.table, [], _level_before(asker, kept, slices.begin))
    levels, values = _levels(asker, of, (slices.begin, slices.end))
    return _curve(asker, slices, f"({levels})", values)


def means(asker: Asker, of: Scope | Slate, window: tuple[int, int], buckets: int) -> tuple[float, ...]:
    """Return the `mean` of a curve alone, which takes no sorting: what starts and ends in each slice is summed."""
    slices = Slices.of(window, buckets)
    begin, width = slices.begin, slices.width
    spans, values = _spans(asker, of, (begin, slices.end))
    wide = "::HUGEINT" if width * buckets > _LARGEST else ""
    rows = asker.rows(
        f"SELECT {slices.slice_of('s')} AS first, {slices.slice_of('e')} AS last, count(*),"
        f" sum(s{wide} - {begin}), sum(e{wide} - {begin}) FROM ({spans}) GROUP BY first, last",
        values,
    )
    change, area = [0] * (buckets + 1), [0] * (buckets + 1)
    for first, last, number, since, until in rows:
        change[first] += number
        change[last] -= number
        area[first] += number * (first + 1) * width - int(since)
        area[last] -= number * (last + 1) * width - int(until)
    before = accumulate(change, initial=0)
    return tuple((level * width + own) / width for level, own, _ in zip(before, area, range(buckets), strict=False))


def peak(asker: Asker, scope: Scope) -> Peak | None:
    """Return when most actions were in flight, within the window of the scope if it has one."""
    levels, values = _levels(asker, scope, scope.window)
    rows = asker.rows(f"SELECT level, moment, until FROM ({levels}) ORDER BY level DESC, moment LIMIT 1", values)
    return Peak(*rows[0]) if rows and rows[0][0] else None


def _spans(asker: Asker, of: Scope | Slate, window: tuple[int, int] | None = None) -> tuple[str, list[Any]]:
    """SQL for when what is in flight begins and ends, `s` and `e`, and its values; of a window what touches it, cut."""
    held, start, time = ["begin < time"], "begin", "time"
    if window is not None:
        first, end = int(window[0]), int(window[1])
        held += [f"begin < {end}", f"time > {first}"]
        start, time = f"greatest(begin, {first})", f"least(time, {end})"
    source, values = times(of, "work", *held)
    spans = f"SELECT {start} AS s, {time} AS e{source}"
    scope = of.scope._replace(window=of.window) if isinstance(of, Slate) else of
    begun, own = under_way(asker, scope)
    if begun:
        spans += f" UNION ALL SELECT {start}, {time} FROM ({begun}) WHERE {' AND '.join(held)}"
    return spans, values + own


def _levels(asker: Asker, of: Scope | Slate, window: tuple[int, int] | None = None) -> tuple[str, list[Any]]:
    """SQL for the moments at which the number in flight changes, the number from there on, and until when.

    Where a window is given, only what is in flight in it, and nothing outside; behind the last moment there is none.
    """
    spans, values = _spans(asker, of, window)
    once = isinstance(of, Scope) and of.condition.sql
    sql = (
        f"WITH spans AS {'' if once else 'NOT '}MATERIALIZED ({spans})"
        " SELECT moment, (sum(change) OVER (ORDER BY moment ROWS UNBOUNDED PRECEDING))::INTEGER AS level,"
        " lead(moment, 1, moment) OVER (ORDER BY moment) AS until FROM"
        " (SELECT moment, sum(change)::INTEGER AS change FROM (SELECT s AS moment, 1 AS change FROM spans"
        " UNION ALL SELECT e, -1 FROM spans) GROUP BY moment HAVING sum(change) <> 0)"
        " ORDER BY moment"
    )
    return sql, values


def _level_before(asker: Asker, kept: Sweep, moment: int) -> int:
    """Return how many are in flight just before a moment."""
    rows = asker.rows(
        f"SELECT level FROM {kept.table} WHERE moment = (SELECT max(moment) FROM {kept.table} WHERE moment < {moment})"
    )
    return int(rows[0][0]) if rows else 0


def _curve(asker: Asker, slices: Slices, levels: str, values: Sequence[Any], level: int = 0) -> Curve:
    """Return the curve over some slices, of which `level` are in flight just before the first."""
    begin, end, width = slices.begin, slices.end, slices.width
    wide = "::HUGEINT" if (end - begin) * (asker.events() + 1) > _LARGEST else ""
    rows = asker.rows(
        f"SELECT {slices.slice_of('moment')} AS slice, min(moment), arg_max(level, moment), max(until), max(level),"
        f" sum(level{wide} * (least(until, {end}) - moment{wide})) FROM {levels}"
        f" WHERE moment >= {begin} AND moment < {end} GROUP BY slice",
        values,
    )
    changes = {int(row[0]): row[1:] for row in rows}
    mean, most = [], []
    for left in range(begin, end, width):
        right = left + width
        first, last, until, highest, area = changes.get((left - begin) // width, (right, level, right, 0, 0))
        # What was in flight before lasts up to the first change, and what the last change leaves may reach further.
        area = int(area) + level * (first - left) - last * max(0, min(until, end) - right)
        mean.append(area / width)
        most.append(max(highest, level if first > left else 0))
        level = last
    return Curve((begin, end), tuple(mean), tuple(most))
