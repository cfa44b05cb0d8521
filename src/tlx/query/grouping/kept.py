"""What is kept of groups while a log grows: parts by their fields, to which new actions are added.

Of durations it is how many there are of each, which gives exact percentiles, and in each of some cells, which tell what
durations to look at for these; of times the stretches in which at least one action ran.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from tlx.query.ask import ACTIONS, Asker, Scope
from tlx.query.concurrency.islands import islands
from tlx.query.fields import Field
from tlx.query.growing.ledger import KEY, Part, key_of


def key(number: int) -> str:
    """Return the name of a field of a question for groups, counted from 0."""
    return f"key_{number}"


class Made(NamedTuple):
    """What the fields of a question are made from."""

    sources: tuple[str, ...]
    fetched: str
    """SQL for all of them over an event."""
    parameters: tuple[Any, ...]
    keys: tuple[str, ...]
    """Names for the fields."""
    values: str
    """SQL for all of them, so named, over what was fetched."""
    number: str
    """SQL for the number of their group, over the same; seldom another group has it too."""

    @classmethod
    def of(cls, by: Sequence[Field]) -> Made:
        """Return what these fields are made from, each source once."""
        fetched = {source: sql for field in by for source, sql in zip(field.sources, field.fetched, strict=True)}
        columns = ", ".join(f"{sql} AS {source}" for source, sql in fetched.items())
        keys = tuple(key(number) for number in range(len(by)))
        values = ", ".join(f"{field.sql} AS {name}" for field, name in zip(by, keys, strict=True))
        parameters = tuple(value for field in by for value in field.parameters)
        return cls(tuple(fetched), columns, parameters, keys, values, key_of([field.sql for field in by]))


BUCKETS = (*(factor * 10**exponent for exponent in range(6, 12) for factor in (1, 3)), 10**12)
"""Where the buckets of a histogram of durations begin, in ns: 1 ms, 3 ms, 10 ms and so on to 1000 s.

The first bucket holds what is shorter than the first of them: there is one bucket more than beginnings.
"""

_CELL = (
    "CASE WHEN span_ns < 0 THEN 0 ELSE length(span_ns::VARCHAR) * 10 + left(span_ns::VARCHAR, 1)::INTEGER END::INTEGER"
)
"""The cell of a duration: how many digits it has, and the first of them. A longer one never has a lower cell."""
BUCKET_OF_CELL = "CASE WHEN cell < 70 THEN 0 ELSE least(13, 2 * (cell // 10) - 13 + (cell % 10 >= 3)::INTEGER) END"
"""SQL for the bucket that holds a cell: all begin where cells do, at 1 or 3 with zeros, from seven digits on."""


def in_cell(number: str, cell: str) -> str:
    """Return SQL for the number of a cell of a group, from the number of the group."""
    return f"hash({number}, {cell})"


_FEW_LENGTHS = 200_000
"""With more rows it takes longer to find equal durations than it saves."""
_ANY = 1 << 62


class Kept(NamedTuple):
    """What is kept, as SQL to select from with its values: of a group that is known by its keys, or by its number."""

    totals: tuple[str, list[Any]]
    """By the keys, each once, and number: `calls`, `total_ns`, `max_ns`."""
    cells: tuple[str, list[Any]]
    """By number and `cell`: the `number` of actions whose duration lies in it."""
    lengths: tuple[str, list[Any]]
    """By the number `in_cell` and `span_ns`: the `number` of actions that take so long, the least `span_id` of them."""
    islands: tuple[str, list[Any]] | None
    """By number: the stretches from `span_start` to `span_time`; those of two rows may overlap. None if not asked."""

    @classmethod
    def of(cls, asker: Asker, scope: Scope, made: Made, *, walls: bool) -> Kept | None:
        """Return what is kept of the actions in a scope, with what has come since added; None unless all of it is.

        Raises:
            Interrupted: the question was overtaken.
        """
        totals, cells, lengths = (asker.kept(part(scope, made)) for part in (_totals, _cells, _lengths))
        stretches = asker.kept(_islands(scope, made)) if walls else None
        if totals is None or cells is None or lengths is None or (walls and stretches is None):
            return None
        return cls(totals, cells, lengths, stretches)


def numbers(scope: Scope, made: Made, *, walls: bool) -> Part:
    """Return the numbers of the groups that some actions are of, to find out whose percentiles are others, or walls."""
    return Part(
        "walls" if walls else "details",
        scope,
        KEY,
        KEY,
        fetched=f"{made.fetched}, {made.number} AS {KEY}",
        parameters=made.parameters,
        more=(ACTIONS,),
        keys=(KEY,),
    )


def _totals(scope: Scope, made: Made) -> Part:
    own = ", ".join(made.keys)
    return Part(
        "groups",
        scope,
        f"{made.values}, {made.number} AS {KEY}, count(*) AS calls, sum(span_ns) AS total_ns, max(span_ns) AS max_ns",
        f"{own}, {KEY}, sum(calls)::BIGINT AS calls, sum(total_ns) AS total_ns, max(max_ns) AS max_ns",
        fetched=f"duration_ns AS span_ns, {made.fetched}",
        parameters=made.parameters,
        more=(ACTIONS,),
        keys=(KEY,),
    )


def _cells(scope: Scope, made: Made) -> Part:
    return Part(
        "cells",
        scope,
        f"{made.number} AS {KEY}, {_CELL} AS cell, count(*) AS number",
        f"{KEY}, cell, sum(number)::BIGINT AS number",
        fetched=f"duration_ns AS span_ns, {made.fetched}",
        parameters=made.parameters,
        more=(ACTIONS,),
        keys=(KEY,),
        loose=_ANY,
    )


def _lengths(scope: Scope, made: Made) -> Part:
    return Part(
        "lengths",
        scope,
        f"{in_cell(made.number, _CELL)} AS {KEY}, span_ns, count(*) AS number, min(span_id) AS span_id",
        f"{KEY}, span_ns, sum(number)::BIGINT AS number, min(span_id) AS span_id",
        fetched=f"id AS span_id, duration_ns AS span_ns, {made.fetched}",
        parameters=made.parameters,
        more=(ACTIONS,),
        keys=(KEY,),
        loose=_FEW_LENGTHS,
    )


def _islands(scope: Scope, made: Made) -> Part:
    columns = f"{KEY}, span_start, span_time"
    return Part(
        "islands",
        scope,
        columns,
        columns,
        tail="",
        fetched=f"start AS span_start, time AS span_time, {made.fetched}, {made.number} AS {KEY}",
        parameters=made.parameters,
        more=(ACTIONS, "start < time"),
        over=islands("found", (KEY,)),
        keys=(KEY,),
        loose=_ANY,
    )
