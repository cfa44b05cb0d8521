"""Values of a log that cannot be true: told by what contradicts them, never put right."""

from __future__ import annotations

from dataclasses import dataclass

from tlx.query.ask import ACTIONS, Asker, Scope

EARLY_NS = 2_000_000
"""So much earlier than its run an action may seem to start: both times are cut to ms on their own."""

_CLAMPED = ("2147483647", "-2147483648")
"""What Buck2 writes in place of any number of a user's metadata that lies outside 32 bits."""


@dataclass(frozen=True, slots=True)
class Misfits:
    """How many events have a value that cannot be, by what is wrong, and the first of them to arrive."""

    overlong_waits: int
    """Actions that waited longer for their inputs than they took in all."""
    early: int
    """Events that started before their run did."""
    clamped: int
    """Events of the user with a number that stands for any that lies outside 32 bits."""
    first: int | None


def misfits(asker: Asker, scope: Scope) -> Misfits:
    """Return how many events of the scope have values that cannot be."""
    found = [
        _found(asker, scope, f"{ACTIONS} AND input_materialization_ns > duration_ns"),
        _found(
            asker,
            scope,
            "coalesce(start, time) < (SELECT any_value(runs.start) FROM runs WHERE runs.run = events.run) - "
            f"{EARLY_NS}",
        ),
        _clamped(asker, scope),
    ]
    overlong, early, clamped = (number for number, _ in found)
    return Misfits(overlong, early, clamped, min((first for _, first in found if first is not None), default=None))


def _found(asker: Asker, scope: Scope, condition: str) -> tuple[int, int | None]:
    where, values = scope.where(condition)
    number, first = asker.row(f"SELECT count(*), min(id) FROM events{where}", values)
    return int(number), first


def _clamped(asker: Asker, scope: Scope) -> tuple[int, int | None]:
    """Look into the few lines of users that hold such a number at all, maybe as text."""
    where, values = scope.where("kind = 'user'", "contains(raw, '2147483647') OR contains(raw, '2147483648')")
    number, first = asker.row(
        f"SELECT count(DISTINCT event.id), min(event.id) FROM (SELECT id, raw FROM events{where}) AS event,"
        f" json_tree(event.raw, '$.StarlarkUserEvent.metadata') AS item WHERE item.type IN ('BIGINT', 'UBIGINT')"
        f" AND item.atom::VARCHAR IN {_CLAMPED}",
        values,
    )
    return int(number), first
