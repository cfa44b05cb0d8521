"""Durations: the table of all actions, of groups of them, or of all events; every column sorts."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tlx import units
from tlx.query import durations, event, rows, runs
from tlx.query.ask import Asker, Scope
from tlx.query.language.quote import clause
from tlx.store.database import Database
from tlx.tui.messages import EventSelected, FilterWanted, InspectWanted
from tlx.tui.panes.pane import Pane
from tlx.tui.views import (
    ACTIONS,
    ALL_EVENTS,
    FETCHED,
    TEXTS,
    VIEWS,
    View,
    event_row,
    group_row,
)
from tlx.tui.widgets.table import ASCII, Row, Table


@dataclass(frozen=True)
class _Count:
    """How many rows there are, and where the event with this id stands among them."""

    total: int
    actions: int | None
    selection: int | None
    row: int | None
    rejects: int = 0


@dataclass(frozen=True)
class _Drill:
    """A group that was opened: where it stood, and the filter that shows its actions."""

    view: int
    row: int
    clause: str


class DurationsPane(Pane):
    """A virtual table over the store: it fetches the rows that show."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "view(1)", "View", id="durations.view", tooltip="Actions, groups of them, all events"),
        Binding("V", "view(-1)", "View before", show=False, id="durations.view_back"),
    ]

    def __init__(self, database: Callable[[], Database], *, ascii_only: bool = False, **kwargs: Any) -> None:
        super().__init__(database, **kwargs)
        self._ascii = ascii_only
        self._views = list(VIEWS)
        self._view = ACTIONS
        self._chosen = False
        """Whether the user chose the view."""
        self._moved = False
        """Whether the user moved the cursor; until then it stays on the first row while others come."""
        self._groups: Sequence[durations.Group] = ()
        self._drills: list[_Drill] = []
        self._mine: deque[int] = deque(maxlen=16)
        """Selections of this pane that have not come back yet."""
        self._table = Table(glyphs=ASCII if ascii_only else None, id="durations-table")

    def compose(self) -> ComposeResult:
        """The table is all there is."""
        yield self._table

    def on_mount(self) -> None:
        """Show the first view."""
        self._show_view()

    @property
    def view(self) -> View:
        """The view that is shown."""
        return self._views[self._view]

    def action_view(self, step: int) -> None:
        """Go to the next view, or the one before."""
        self._chosen = True
        self._show_view((self._view + step) % len(self._views))

    def _show_view(self, number: int | None = None) -> None:
        """Show another view, or the present one in another order."""
        if number is not None and number != self._view:
            self._view = number
            self._table.set_row_count(0)
        view = self.view
        self.entitle(f"2 Durations · {view.title}", self.said[1])
        self._table.empty_text = "Nothing read yet"
        self._table.set_columns(view.columns, view.sort, descending=view.descending)
        self.load()

    def watch_scope(self) -> None:
        """Other events count now; without the filter of a group that was opened, its view is back."""
        if self._drills and self._drills[-1].clause not in self.scope.condition.text:
            self._show_view(self._drills[-1].view)
        else:
            self.load()

    def watch_selection(self, selection: int | None) -> None:
        """Follow the cursor of the other panes."""
        if selection in self._mine:
            while self._mine.popleft() != selection:
                pass
            return
        self._moved = self._moved or selection is not None
        if selection is None or self.view.by:
            return
        scope, order = self._scope(), self._order()

        def place(row: int | None) -> None:
            if row is not None and row < self._table.row_count and self.selection == selection and not self._mine:
                self._table.move_cursor(row)

        self.ask("rank", lambda asker: rows.rank(asker, scope, order, selection), place)

    def _scope(self) -> Scope:
        return replace(self.scope, actions_only=self.view.actions_only)

    def _order(self) -> rows.Order:
        return rows.Order(self.view.sort, self.view.descending)

    def load(self, *, overtake: bool = True) -> None:
        """Ask for the groups; or how many events there are, and where the selected one stands among them."""
        view, scope, order = self.view, self._scope(), self._order()
        selection = self.selection if self._moved else None
        if view.by is not None:
            by = view.by
            self.ask(
                "load",
                lambda asker: durations.groups(asker, scope, by, view.sort, descending=view.descending),
                self._show_groups,
                overtake=overtake,
            )
            return
        choose = not self._chosen and not scope.condition.text and self.generation > 0

        def question(asker: Asker) -> _Count:
            actions = rows.total(asker, replace(scope, actions_only=True)) if choose else None
            total = rows.total(asker, scope)
            row = rows.rank(asker, scope, order, selection) if selection is not None else None
            rejects = 0 if total else runs.line_kinds(asker)["reject"]
            return _Count(total, actions, selection, row, rejects)

        self.ask("load", question, self._show_count, overtake=overtake)

    def _show_count(self, found: _Count) -> None:
        """Show so many events, with the cursor on the selected one; all events where none is an action."""
        if self.view.by:
            return
        if found.actions is not None and (wanted := ACTIONS if found.actions else ALL_EVENTS) != self._view:
            self._show_view(wanted)
            return
        if self._moved and (self._mine or found.selection != self.selection):
            self.load()  # the cursor has moved on while the question was answered
            return
        self._show_rows(found.total, found.rejects)
        row = found.row if self._moved else 0
        if row is not None and row != self._table.cursor_row:
            self._table.move_cursor(row, keep_offset=True)
        noun = "action" if self.view.actions_only else "event"
        self.entitle(self.said[0], f"{units.count(found.total)} {noun}{'' if found.total == 1 else 's'}")

    def _show_groups(self, found: list[durations.Group]) -> None:
        if not self.view.by:
            return
        self._groups = found
        self._show_rows(len(found))
        while self._drills and self._drills[-1].clause not in self.scope.condition.text:
            self._table.move_cursor(self._drills.pop().row)
        self.entitle(self.said[0], f"{units.count(len(found))} groups · percentiles: nearest rank")

    def _show_rows(self, count: int, rejects: int = 0) -> None:
        """Show so many rows, or say why there are none."""
        noun = "actions" if self.view.actions_only else "events"
        why = f"No {noun} in this {'log' if self.scope.run is None else 'run'}"
        if self.scope.condition.text:
            why = f"No {noun} match the filter; esc takes it back"
        elif self.view.actions_only:
            why += "; v shows all events"
        elif rejects:
            why += f": {units.count(rejects)} rejects, E lists them"
        self._table.empty_text = why
        self._table.set_row_count(count)
        self._table.forget_rows()

    @on(Table.RowsWanted)
    def _fetch(self, wanted: Table.RowsWanted) -> None:
        view, scope, order, ascii_only = self.view, self._scope(), self._order(), self._ascii

        def put(found: list[Row]) -> None:
            self._table.put_rows(wanted.first, found, wanted.generation)

        if view.by is not None:
            shown = self._groups[wanted.first : wanted.last + 1]
            put(
                [group_row(row, group, view.by, ascii_only=ascii_only) for row, group in enumerate(shown, wanted.first)]
            )
            return
        span = (wanted.first, wanted.last + 1)

        def question(asker: Asker) -> list[Row]:
            found = rows.page(asker, scope, FETCHED, order, span)
            return [event_row(view, values, ascii_only=ascii_only) for values in found]

        self.ask("page", question, put)

    @on(Table.CursorMoved)
    def _select(self, moved: Table.CursorMoved) -> None:
        """Select the event under the cursor; under a group, where the user moves there, its longest."""
        if moved.id is None:
            return
        self._moved = self._moved or moved.row > 0
        found = moved.id
        if self.view.by:
            if moved.id >= len(self._groups) or not self._table.has_focus or not self._moved:
                return
            found = self._groups[moved.id].longest_id
        if found != self.selection or self._mine:
            self._mine.append(found)
            self.post_message(EventSelected(found))

    @on(Table.RowOpened)
    def _open(self, opened: Table.RowOpened) -> None:
        if self.view.by is None:
            self.post_message(InspectWanted(opened.id))
        elif opened.id < len(self._groups):
            group, by, view = self._groups[opened.id], self.view.by, self._view
            if group.label is None:
                self.notify(f"These actions have no {by.partition('_unc')[0].replace('_', ' ')}.")
                return

            def drill(found: str) -> None:
                """Show the actions of the group."""
                self._drills.append(_Drill(view, opened.row, found))
                self.post_message(FilterWanted(found))
                self._chosen = True
                self._show_view(ACTIONS)

            self.ask("drill", lambda asker: _clause(asker, by, group), drill)

    @on(Table.SortWanted)
    def _sort(self, wanted: Table.SortWanted) -> None:
        view = self.view
        if wanted.reverse:
            view = replace(view, descending=not view.descending)
        elif wanted.key is not None:
            view = replace(view, sort=wanted.key, descending=wanted.key not in TEXTS)
        self._chosen = True
        self._views[self._view] = view
        self._show_view()


def _clause(asker: Asker, by: str, group: durations.Group) -> str:
    """Return the filter that the actions of a group pass."""
    label = str(group.label)
    if by != "owner_unconfigured":
        return clause(by, "==", label)
    longest = event.event(asker, group.longest_id)
    configured = longest is not None and longest.columns["owner"] != label
    return clause("owner", "^=", f"{label} (") if configured else clause("owner", "==", label)
