"""Actions grouped by one field: every group, as the table of durations shows them."""

from __future__ import annotations

from tlx.query.ask import Asker, Scope
from tlx.query.fields import field
from tlx.query.grouping.groups import Group, Order
from tlx.query.grouping.groups import groups as find

__all__ = ["Group", "groups"]


def groups(asker: Asker, scope: Scope, by: str, sort: str = "total_ns", *, descending: bool = True) -> list[Group]:
    """Return the groups of the actions in the scope, without their walls.

    Raises:
        FilterError: no such field.
        ValueError: no such column to sort by.
    """
    return find(asker, scope, [field(by)], Order(sort, descending)).rows
