"""What the durations pane knows of its groups: those in hand, and which were opened."""

from __future__ import annotations

from collections.abc import Callable

from tlx.query.ask import Scope
from tlx.query.fields import Field, Value, field
from tlx.query.grouping.groups import Group
from tlx.tui.views.drills import Drill, holds, trail
from tlx.tui.views.group_pages import Found, GroupPages
from tlx.tui.views.view import View
from tlx.tui.widgets.table import Table


class Grouped:
    """Groups and the way into them; it knows no pane, `ask` puts a question and hands over its answer."""

    def __init__(self, table: Table, ask: Callable[..., None], *, ascii_only: bool) -> None:
        self._pages = GroupPages(table, ask, ascii_only=ascii_only)
        self._table = table
        self._drills: list[Drill] = []
        self._opening: Drill | None = None
        """A group whose filter is still to come."""
        self._held: tuple[Value, ...] | int | None = None
        """The group that the cursor comes to, by its values or by an event in it."""
        self._stays: int | None = None
        """The row of the group that the cursor was put on: there the selected event stays as it is."""

    @property
    def trail(self) -> str:
        """The groups that were opened, as text."""
        return trail(self._drills)

    @property
    def closes(self) -> bool:
        """Whether the group that was opened last shows the same events as before, so that no filter goes with it."""
        return bool(self._drills) and not self._drills[-1].filters

    def at(self, row: int) -> Group | None:
        """Return the group in a row, if it is in hand."""
        return self._pages.at(row)

    def value_at(self, row: int, view: View) -> tuple[Field, Value] | None:
        """Return the field and its value for the group in a row, if it is in hand."""
        group = self._pages.at(row)
        return None if group is None or view.by is None else (field(view.by), group.values[0])

    def gone_to(self, row: int) -> Group | None:
        """Return the group in a row that the user has gone to; None on the one that the cursor was put on."""
        if row == self._stays:
            return None
        self._stays = None
        return self._pages.at(row)

    def forget(self, selected: int | None = None) -> None:
        """Let go of all groups: another view is shown, with the cursor on the group of the selected event.

        The group that is gone back to comes first.
        """
        self._pages.forget()
        self._held = self._held if isinstance(self._held, tuple) else selected
        self._stays = None

    def load(
        self, view: View, scope: Scope, shown: Callable[[Found], None], *, moved: bool, overtake: bool = True
    ) -> None:
        """Ask for groups; the cursor stays on its group if it was `moved`."""
        group = self._pages.at(self._table.cursor_row) if moved else None
        held = self._held if group is None else self._held or group.values

        puts = self._stays is not None or (group is None and held is not None)

        def show(found: Found) -> None:
            self._held, self._stays = None, (found.row or 0) if puts else None
            shown(found)

        self._pages.load(view, scope, held, show, overtake=overtake)

    def fetch(self, wanted: Table.RowsWanted) -> None:
        """Bring the groups in these rows to the table."""
        self._pages.fetch(wanted.first, wanted.last, wanted.generation)

    def drill(self, number: int, view: View, row: int, text: str) -> Drill | None:
        """Return the group in a row of a view as one to open, beneath the filter `text`; None if it is not in hand.

        It is opened by `enter`: at once, or once its filter is in force.
        """
        found = self.value_at(row, view)
        if found is None:
            return None
        drill = Drill(number, view, (found[1],), found[0].clause(found[1]), filters=True)
        if holds(text, drill):
            return drill._replace(filters=False)
        self._opening = drill
        return drill

    def enter(self, drill: Drill) -> None:
        """Remember that a group has been opened."""
        self._opening = None
        self._drills.append(drill)

    def entered(self, text: str) -> Drill | None:
        """Return the group that waited for its filter, if `text` is one with it."""
        drill, self._opening = self._opening, None
        return drill if drill is not None and holds(text, drill) else None

    def left(self, text: str) -> Drill | None:
        """Return the outermost of the groups that were opened and whose filter is not in `text`, if there is one."""
        found = None
        while self._drills and not holds(text, self._drills[-1]):
            found = self.leave()
        return found

    def leave(self) -> Drill:
        """Go back from the group that was opened last; the cursor will be where it was."""
        return self._drills.pop()

    def hold(self, drill: Drill) -> None:
        """Put the cursor on a group once it is there."""
        self._held = drill.values
