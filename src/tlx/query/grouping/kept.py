"""What is kept of groups while a log grows: parts by their fields, to which new actions are added.

Of durations it is how many there are of each, which gives exact percentiles; of times the stretches in which at least
one action ran.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from tlx.query.ask import ACTIONS, Asker, Scope
from tlx.query.concurrency.islands import islands
from tlx.query.fields import Field
from tlx.query.growing.ledger import Part


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

    @classmethod
    def of(cls, by: Sequence[Field]) -> Made:
        """Return what these fields are made from, each source once."""
        fetched = {source: sql for field in by for source, sql in zip(field.sources, field.fetched, strict=True)}
        columns = ", ".join(f"{sql} AS {source}" for source, sql in fetched.items())
        keys = tuple(key(number) for number in range(len(by)))
        values = ", ".join(f"{field.sql} AS {name}" for field, name in zip(by, keys, strict=True))
        return cls(tuple(fetched), columns, tuple(value for field in by for value in field.parameters), keys, values)


class Kept(NamedTuple):
    """What is kept, as SQL to select from with its values."""

    totals: tuple[str, list[Any]]
    """By the keys, each once: `calls`, `total_ns`, `max_ns`."""
    lengths: tuple[str, list[Any]]
    """By the keys and `span_ns`: the `number` of actions that take so long, the least `span_id` of them."""
    islands: tuple[str, list[Any]] | None
    """By the keys: the stretches from `span_start` to `span_time`; those of two rows may overlap. None if not asked."""

    @classmethod
    def of(cls, asker: Asker, scope: Scope, made: Made, *, walls: bool) -> Kept | None:
        """Return what is kept of the actions in a scope, with what has come since added; None unless all of it is.

        Raises:
            Interrupted: the question was overtaken.
        """
        totals, lengths = asker.kept(_totals(scope, made)), asker.kept(_lengths(scope, made))
        stretches = asker.kept(_islands(scope, made)) if walls else None
        if totals is None or lengths is None or (walls and stretches is None):
            return None
        return cls(totals, lengths, stretches)


def _totals(scope: Scope, made: Made) -> Part:
    own = ", ".join(made.keys)
    return Part(
        "groups",
        scope,
        f"{made.values}, count(*) AS calls, sum(span_ns) AS total_ns, max(span_ns) AS max_ns",
        f"{own}, sum(calls)::BIGINT AS calls, sum(total_ns) AS total_ns, max(max_ns) AS max_ns",
        fetched=f"duration_ns AS span_ns, {made.fetched}",
        parameters=made.parameters,
        more=(ACTIONS,),
        keys=made.keys,
    )


def _lengths(scope: Scope, made: Made) -> Part:
    own = ", ".join(made.keys)
    return Part(
        "lengths",
        scope,
        f"{made.values}, span_ns, count(*) AS number, min(span_id) AS span_id",
        f"{own}, span_ns, sum(number)::BIGINT AS number, min(span_id) AS span_id",
        fetched=f"id AS span_id, duration_ns AS span_ns, {made.fetched}",
        parameters=made.parameters,
        more=(ACTIONS,),
        keys=made.keys,
        loose=True,
    )


def _islands(scope: Scope, made: Made) -> Part:
    own = ", ".join(made.keys)
    columns = f"{own}, span_start, span_time"
    return Part(
        "islands",
        scope,
        columns,
        columns,
        tail="",
        fetched=f"start AS span_start, time AS span_time, {made.fetched}, {made.values}",
        parameters=made.parameters,
        more=(ACTIONS, "start < time"),
        over=islands("found", made.keys),
        keys=made.keys,
        loose=True,
    )
