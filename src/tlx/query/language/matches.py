"""The events that pass a filter, found once and kept: one that looks into every line costs each question as much."""

from __future__ import annotations

import itertools
from typing import NamedTuple

from tlx.query.ask import Asker
from tlx.query.language.compile import Condition

_MANY = 0.25
"""The part of the events from which on a bit for each of them is looked up faster than a list of those that pass."""
_numbers = itertools.count(1)


class Matches(NamedTuple):
    """Which events pass a filter, kept in the store; who asks for them drops them."""

    condition: Condition
    """The same filter, by what is kept; events that come later are looked at by each question."""
    table: str
    number: int
    """How many events pass, of those that were there."""

    def drop(self, asker: Asker) -> None:
        """Free the memory; the condition is of no use from here on."""
        asker.rows(f"DROP TABLE IF EXISTS {self.table}")


def is_costly(condition: Condition) -> bool:
    """Return whether a filter looks into lines or searches text, so that to keep what passes is worth it."""
    return "raw" in condition.sql or "regexp_matches" in condition.sql


def keep_matches(asker: Asker, condition: Condition, *, whole: bool = False) -> Matches:
    """Find the events that pass a filter, and keep which they are.

    While a log is loaded, events come in no order: the store must be at rest, or some would be left out. With `whole`
    no more events come either, and what is kept is all there is to look at: otherwise each question may look into the
    lines of some that are known.
    """
    table = f"matches_{next(_numbers)}"
    last = int(asker.row("SELECT coalesce(max(id), 0) FROM events")[0])
    passes = condition.sql or "true"
    asker.rows(f"CREATE TABLE {table} AS SELECT id FROM events WHERE id <= {last} AND ({passes})", condition.values)
    number = int(asker.row(f"SELECT count(*) FROM {table}")[0])
    among = f"id IN (SELECT id FROM {table})"
    if number > last * _MANY:
        few, table = table, f"{table}_bits"
        asker.rows(f"CREATE TABLE {table} AS SELECT bitstring_agg(id, 0, {last}) AS bits FROM {few}")
        asker.rows(f"DROP TABLE {few}")
        among = f"id <= {last} AND get_bit((SELECT bits FROM {table}), least(id, {last})::INTEGER) = 1"
    if whole:
        return Matches(condition._replace(sql=among, values=()), table, number)
    return Matches(condition._replace(sql=f"({among}) OR (id > {last} AND ({passes}))"), table, number)
