"""The groups of a view in a table: those that show are asked for, and how long each ran once the rest is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tlx.query.ask import Asker, Scope
from tlx.query.fields import Field, Value, field
from tlx.query.grouping.groups import Group, Groups, Order, Part, group_of, groups, place
from tlx.tui.views.group_rows import fitted, group_row
from tlx.tui.views.view import View
from tlx.tui.widgets.table import Table

_AROUND = 150
"""So many groups before and behind those on the screen are asked for with them: each question looks at all events."""
_MOST = 4000
"""Groups that are kept."""


class Found(NamedTuple):
    """Some of the groups from row number `first` on, how many there are in all, and where the held one stands."""

    groups: Groups
    first: int
    row: int | None


class _Sought(NamedTuple):
    """The groups around the one that is held, or else the cursor."""

    scope: Scope
    by: Field
    order: Order
    reach: tuple[int, int]
    """So many before it, and from it on."""
    held: Sequence[Value] | int | None
    """The values of a group, or the number of an event in it."""
    cursor: int
    grown: bool
    """Whether the store has grown since they were asked for: there are walls at hand, and hardly a group has moved."""

    def found(self, asker: Asker) -> Found:
        """Ask for them."""
        if isinstance(self.held, int):
            return self._replace(held=group_of(asker, self.scope, [self.by], self.held)).found(asker)
        if self.held is not None and self.grown:
            found = self._around(asker, self.cursor)
            if found.row is not None:
                return found
        row = place(asker, self.scope, [self.by], self.order, self.held) if self.held is not None else None
        found = self._around(asker, self.cursor if row is None else row)
        if found.first and not found.groups.rows:  # there are fewer now than the cursor stood at
            found = self._around(asker, found.groups.number - self.reach[1])
        return found._replace(row=row)

    def _around(self, asker: Asker, row: int) -> Found:
        first = max(0, row - self.reach[0])
        part = Part(first, sum(self.reach), wall=self.grown)
        found = groups(asker, self.scope, [self.by], self.order, part)
        rows = enumerate(found.rows, first)
        held = None if self.held is None or isinstance(self.held, int) else tuple(self.held)
        return Found(found, first, next((number for number, group in rows if group.values == held), None))


class GroupPages:
    """Fills a table with groups; `ask` puts a question on a topic and hands over its answer."""

    def __init__(self, table: Table, ask: Callable[..., None], *, ascii_only: bool) -> None:
        self._table = table
        self._ask = ask
        self._ascii = ascii_only
        self._view: View | None = None
        self._scope = Scope()
        self._groups: dict[int, Group] = {}
        self._asked = 0
        """The number of the last question for all; answers to earlier ones are let go."""

    def at(self, row: int) -> Group | None:
        """Return the group in a row, if it is in hand."""
        return self._groups.get(row)

    def forget(self) -> None:
        """Let go of the groups, and of what has been asked of them: another view is shown."""
        self._asked += 1
        self._groups = {}
        self._view = None

    def load(
        self,
        view: View,
        scope: Scope,
        held: Sequence[Value] | int | None,
        shown: Callable[[Found], None],
        *,
        overtake: bool,
    ) -> None:
        """Ask for the groups around the one with the values, or the event, `held`, or else the cursor.

        `shown` hears of them.

        Where nothing is overtaken the store has grown: there are walls at hand, and soon more groups are asked for.
        """
        before, behind = (around + _AROUND * overtake for around in self._table.reach)
        order = Order(view.sort, view.descending)
        sought = _Sought(
            scope, field(view.by or ""), order, (before, behind), held, self._table.cursor_row, not overtake
        )

        def show(found: Found) -> None:
            self._asked += 1
            self._view, self._scope, self._groups = view, scope, {}
            self._table.set_columns(fitted(view.columns, found.groups.calls), view.sort, descending=view.descending)
            rows, first = found.groups.rows, found.first
            self._take(first, rows)
            shown(found)
            self._draw(first, rows, self._table.generation)
            if rows and rows[0].wall_ns is None:
                self._ask_for(first, first + len(rows), "walls", self._table.generation)

        self._ask("load", sought.found, show, overtake=overtake)

    def fetch(self, first: int, last: int, generation: int) -> None:
        """Ask for the groups in the rows from `first` to `last`, where they are not in hand."""
        rows = range(first, last + 1)
        if all(row in self._groups for row in rows):
            self._draw(first, [self._groups[row] for row in rows], generation)
        elif self._view is not None:
            self._ask_for(max(0, first - _AROUND), last + 1 + _AROUND, "page", generation)

    def _ask_for(self, first: int, end: int, topic: str, generation: int) -> None:
        """Ask for groups with their walls."""
        view, scope, asked = self._view or View(""), self._scope, self._asked

        def question(asker: Asker) -> Sequence[Group]:
            part = Part(first, end - first, wall=True)
            return groups(asker, scope, [field(view.by or "")], Order(view.sort, view.descending), part).rows

        def put(found: Sequence[Group]) -> None:
            if asked == self._asked:
                self._take(first, found)
                self._draw(first, found, generation)

        self._ask(topic, question, put)

    def _take(self, first: int, found: Sequence[Group]) -> None:
        self._groups.update(enumerate(found, first))
        if len(self._groups) > _MOST:
            self._groups = dict(enumerate(found, first))

    def _draw(self, first: int, found: Sequence[Group], generation: int) -> None:
        view = self._view or View("")
        rows = [group_row(number, group, view, ascii_only=self._ascii) for number, group in enumerate(found, first)]
        self._table.put_rows(first, rows, generation)
