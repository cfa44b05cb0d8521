"""Durations: the table of all actions, of groups of them, or of all events; every column sorts."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tlx import units
from tlx.query import event, rows, runs
from tlx.query.ask import Asker, Scope
from tlx.store.database import Database
from tlx.tui.messages import EventSelected, FilterWanted, InspectWanted, RowsShown
from tlx.tui.panes.pane import Pane, ahead
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

if TYPE_CHECKING:
    from tlx.query.durations import Group


class _Found(NamedTuple):
    """How many events there are, where the one with the id `anchor` stands among them, and the rows around it."""

    total: int
    view: int
    """The view that fits: all events where none is an action."""
    anchor: int | None
    row: int | None
    """Where it stands, or the nearest one if it is left out."""
    passes: bool
    """Whether the filter lets it in, be it shown in this view or not."""
    rejects: int
    first: int
    rows: Sequence[Row]


class _Drill(NamedTuple):
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
        self._anchor: int | None = None
        """The event the user went to: where a filter leaves it out, the cursor comes back to it later."""
        self._stand_in: int | None = None
        """The event that is under the cursor in its place."""
        self._quiet = False
        """Whether that one is not to be selected: the event is only not in this view."""
        self._first: Future[_Found] | None = None
        self._ready = False
        """Whether there have been rows."""
        self._groups: Sequence[Group] = ()
        self._drills: list[_Drill] = []
        self._mine: deque[int] = deque(maxlen=16)
        """Selections of this pane that have not come back yet."""
        self._table = Table(glyphs=ASCII if ascii_only else None, id="durations-table")

    def begin(self, scope: Scope) -> None:
        """Ask for the first rows while there is no screen yet, in which they would be waited for."""
        self.set_reactive(Pane.scope, scope)
        self._first = ahead(self._database, self._question())

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

    def watch_scope(self, before: Scope, scope: Scope) -> None:
        """Other events count now; without the filter of a group that was opened, its view is back."""
        if scope == before:
            return
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
        self._anchor, self._stand_in = selection, None
        if selection is None or self.view.by:
            return
        scope, order = self._scope(), self._order()

        def place(row: int | None) -> None:
            if row is not None and row < self._table.row_count and self.selection == selection and not self._mine:
                self._table.move_cursor(row)

        self.ask("rank", lambda asker: rows.rank(asker, scope, order, selection), place)

    @property
    def listed(self) -> tuple[Scope, rows.Order] | None:
        """The events that are listed, and their order; None where groups are."""
        return None if self.view.by else (self._scope(), self._order())

    def _scope(self) -> Scope:
        return self.scope._replace(actions_only=self.view.actions_only)

    def _order(self) -> rows.Order:
        return rows.Order(self.view.sort, self.view.descending)

    def load(self, *, overtake: bool = True) -> None:
        """Ask for the groups; or how many events there are, where the selected one stands, and the rows around it."""
        view, scope = self.view, self._scope()
        if view.by is not None:
            by = view.by
            from tlx.query import durations  # noqa: PLC0415  groups are not needed for the first rows

            self.ask(
                "load",
                lambda asker: durations.groups(asker, scope, by, view.sort, descending=view.descending),
                self._show_groups,
                overtake=overtake,
            )
            return
        first, self._first = self._first, None
        if first is None or (first.done() and first.exception()):
            self.ask("load", self._question(), self._show_events, overtake=overtake)
        elif first.done():
            self._show_events(first.result())
        else:
            self.ask("load", lambda _: first.result(), self._show_events)

    def _question(self) -> Callable[[Asker], _Found]:
        """Return the question for the events of the present view, scope and order."""
        view, scope, order = self._view, self._scope(), self._order()
        anchor = self._anchor if self._moved else None
        choose, grown = not self._chosen and not scope.condition.text, self.generation > 0
        before, behind = self._table.reach
        cursor = self._table.cursor_row if self._moved else 0
        page = self._page()

        def question(asker: Asker) -> _Found:
            total = rows.total(asker, scope)
            fitting = view
            if choose:
                actions = total if scope.actions_only else rows.total(asker, scope._replace(actions_only=True))
                any_event = actions or grown or rows.total(asker, scope._replace(actions_only=False))
                fitting = ACTIONS if actions else ALL_EVENTS if any_event else view
            row, passes = _standing(asker, scope, order, anchor, total)
            rejects = 0 if total else runs.line_kinds(asker)["reject"]
            middle = min(cursor if row is None else row, total - 1)
            first = max(0, middle - before)
            return _Found(total, fitting, anchor, row, passes, rejects, first, page(asker, (first, middle + behind)))

        return question

    def _show_events(self, found: _Found) -> None:
        """Show so many events, with the cursor on the selected one; all events where none is an action."""
        if self.view.by or not (found.total or self.generation):
            return
        if found.view != self._view:
            self._show_view(found.view)
            return
        if self._moved and (self._mine or found.anchor != self._anchor):
            self.load()  # the cursor has moved on while the question was answered
            return
        self._show_rows(found.total, found.rejects)
        self._table.put_rows(found.first, found.rows, self._table.generation)
        row = found.row if self._moved else 0
        if row is not None and row != self._table.cursor_row:
            self._table.move_cursor(row, keep_offset=True)
        under = self._table.row_id_at_cursor
        self._stand_in = under if self._moved and under != found.anchor else None
        self._quiet = found.passes
        noun = "action" if self.view.actions_only else "event"
        self.entitle(self.said[0], f"{units.count(found.total)} {noun}{'' if found.total == 1 else 's'}")
        if not self._ready and found.total:
            self._ready = True
            self.post_message(RowsShown())

    def _show_groups(self, found: list[Group]) -> None:
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
        view, ascii_only = self.view, self._ascii

        def put(found: list[Row]) -> None:
            self._table.put_rows(wanted.first, found, wanted.generation)

        if view.by is not None:
            shown = self._groups[wanted.first : wanted.last + 1]
            put(
                [group_row(row, group, view.by, ascii_only=ascii_only) for row, group in enumerate(shown, wanted.first)]
            )
            return
        page = self._page()
        self.ask("page", lambda asker: page(asker, (wanted.first, wanted.last + 1)), put)

    def _page(self) -> Callable[[Asker, tuple[int, int]], list[Row]]:
        """Return the question for the events between two row numbers, in the present view, scope and order."""
        view, scope, order, ascii_only = self.view, self._scope(), self._order(), self._ascii

        def page(asker: Asker, span: tuple[int, int]) -> list[Row]:
            found = rows.page(asker, scope, FETCHED, order, span)
            return [event_row(view, values, ascii_only=ascii_only) for values in found]

        return page

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
        if found != self._stand_in or self.view.by:
            self._anchor, self._stand_in = found, None
        elif self._quiet:
            return
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
            view = view._replace(descending=not view.descending)
        elif wanted.key is not None:
            view = view._replace(sort=wanted.key, descending=wanted.key not in TEXTS)
        self._chosen = True
        self._moved = self._moved or self._anchor is not None
        self._views[self._view] = view
        self._show_view()


def _standing(
    asker: Asker, scope: Scope, order: rows.Order, event_id: int | None, total: int
) -> tuple[int | None, bool]:
    """Return the row of an event, or of the nearest one if it is left out; and whether the filter lets it in.

    One that the filter lets in and this view does not show has no row.
    """
    if event_id is None or not total:
        return None, False
    row = rows.rank(asker, scope, order, event_id)
    if row is not None:
        return row, True
    if scope.actions_only and rows.rank(asker, scope._replace(actions_only=False), order, event_id) is not None:
        return None, True
    row = rows.nearest(asker, scope, order, event_id)
    return None if row is None else min(row, total - 1), False


def _clause(asker: Asker, by: str, group: Group) -> str:
    """Return the filter that the actions of a group pass."""
    from tlx.query.language.quote import clause  # noqa: PLC0415  what writes filters is not needed for the first rows

    label = str(group.label)
    if by != "owner_unconfigured":
        return clause(by, "==", label)
    longest = event.event(asker, group.longest_id)
    configured = longest is not None and longest.columns["owner"] != label
    return clause("owner", "^=", f"{label} (") if configured else clause("owner", "==", label)
