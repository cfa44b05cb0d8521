"""What is kept of groups while a log grows: parts by what the fields are made from, to which new actions are added.

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


class Made(NamedTuple):
    """What the fields of a question are made from."""

    sources: tuple[str, ...]
    fetched: str
    """SQL for all of them over an event."""
    parameters: tuple[Any, ...]

    @classmethod
    def of(cls, by: Sequence[Field]) -> Made:
        """Return what these fields are made from, each source once."""
        fetched = {source: sql for field in by for source, sql in zip(field.sources, field.fetched, strict=True)}
        columns = ", ".join(f"{sql} AS {source}" for source, sql in fetched.items())
        return cls(tuple(fetched), columns, tuple(value for field in by for value in field.parameters))


class Kept(NamedTuple):
    """The tables of what is kept; nothing where a part is not, so that all actions are to be asked for it."""

    totals: str = ""
    """By sources: `calls`, `total_ns`, `max_ns`."""
    lengths: str = ""
    """By sources and `span_ns`: the `number` of actions that take so long, the least `span_id` of them."""
    islands: str = ""
    """By sources: the stretches from `span_start` to `span_time`; those of two rows may overlap."""
    seen: int | None = None
    """How many events count, where anything is kept and there may be more of them."""

    @classmethod
    def of(cls, asker: Asker, scope: Scope, made: Made, *, walls: bool) -> Kept:
        """Return what is kept of the actions in a scope, with what has come since added.

        Raises:
            Interrupted: the question was overtaken.
        """
        found = cls(
            asker.kept(_totals(scope, made)),
            asker.kept(_lengths(scope, made)),
            asker.kept(_islands(scope, made)) if walls else "",
        )
        return found._replace(seen=asker.seen()) if any(found) and not asker.rests else found


def _totals(scope: Scope, made: Made) -> Part:
    own = ", ".join(made.sources)
    return Part(
        "groups",
        scope,
        f"{own}, count(*) AS calls, sum(span_ns) AS total_ns, max(span_ns) AS max_ns",
        f"{own}, sum(calls)::BIGINT AS calls, sum(total_ns) AS total_ns, max(max_ns) AS max_ns",
        fetched=f"duration_ns AS span_ns, {made.fetched}",
        parameters=made.parameters,
        more=(ACTIONS,),
    )


def _lengths(scope: Scope, made: Made) -> Part:
    own = ", ".join((*made.sources, "span_ns"))
    return Part(
        "lengths",
        scope,
        f"{own}, count(*) AS number, min(span_id) AS span_id",
        f"{own}, sum(number)::BIGINT AS number, min(span_id) AS span_id",
        fetched=f"id AS span_id, duration_ns AS span_ns, {made.fetched}",
        parameters=made.parameters,
        more=(ACTIONS,),
    )


def _islands(scope: Scope, made: Made) -> Part:
    columns = ", ".join((*made.sources, "span_start", "span_time"))
    return Part(
        "islands",
        scope,
        columns,
        columns,
        tail="",
        fetched=f"start AS span_start, time AS span_time, {made.fetched}",
        parameters=made.parameters,
        more=(ACTIONS, "start < time"),
        over=islands("found", made.sources),
    )
