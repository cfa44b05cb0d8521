"""Actions grouped by one field: every group, as the table of durations shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlx.query.ask import Asker, Scope

if TYPE_CHECKING:
    from tlx.query.grouping.groups import Group as Group  # noqa: PLC0414  named here for the pane


def groups(asker: Asker, scope: Scope, by: str, sort: str = "total_ns", *, descending: bool = True) -> list[Group]:
    """Return the groups of the actions in the scope, without their walls.

    Raises:
        FilterError: no such field.
        ValueError: no such column to sort by.
    """
    from tlx.query.fields import field  # noqa: PLC0415  loaded with the first groups: the first screen has none
    from tlx.query.grouping.groups import Order  # noqa: PLC0415  the same
    from tlx.query.grouping.groups import groups as find  # noqa: PLC0415  the same

    return find(asker, scope, [field(by)], Order(sort, descending)).rows
