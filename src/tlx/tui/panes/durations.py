"""Durations: the table of all actions, of groups of them, or of all events; every column sorts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.reactive import var
from textual.widgets import Static

from tlx import units
from tlx.query import rows
from tlx.query.ask import Scope
from tlx.store.database import Database
from tlx.tui.messages import EventSelected, FilterWanted, InspectWanted, RowsShown
from tlx.tui.opening.ahead import FirstRows
from tlx.tui.panes.pane import Pane
from tlx.tui.views.event_pages import Fitted, Listing, Near, Question, counted, why_none
from tlx.tui.views.tail import Tail
from tlx.tui.views.view import View, Views, group_view
from tlx.tui.widgets.echoes import Echoes
from tlx.tui.widgets.table import ASCII, Row, Table

if TYPE_CHECKING:
    from tlx.tui.views.drills import Drill
    from tlx.tui.views.group_pages import Found
    from tlx.tui.views.grouped import Grouped

_NOTE = "total: summed, overlaps too; wall: one or more ran; percentiles: nearest rank"


class DurationsPane(Pane):
    """A virtual table over the store: it fetches the rows that show."""

    has_keys = var(True, init=False)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "view(1)", "View", id="durations.view", tooltip="Actions, groups of them, all events"),
        Binding("V", "view(-1)", "View before", show=False, id="durations.view_back"),
        Binding("B", "group_by", "Group by", id="durations.group_by", tooltip="Group by any fields, one in the other"),
        Binding("c", "columns", "Columns", show=False, id="durations.columns", tooltip="Choose the columns"),
        Binding("x", "filter_group(False)", "Exclude", show=False, id="durations.exclude", tooltip="Leave a group out"),
        Binding("equals_sign", "filter_group(True)", "Include", show=False, id="durations.include", key_display="="),
        Binding("escape", "close", "Back to the groups", show=False, id="durations.close"),
    ]

    def __init__(
        self, database: Callable[[], Database], *, ascii_only: bool = False, live: bool = False, **kwargs: Any
    ) -> None:
        """Show what there is; of `live` logs all events, and the newest of them until the user goes elsewhere."""
        super().__init__(database, **kwargs)
        self._ascii = ascii_only
        self._views = Views(live=live)
        self._chosen = False
        """Whether the user chose the view."""
        self._tail = Tail(on=live)
        self._known: tuple[int, int | None] | None = None
        """The generation and the run of which it is known what fits their dialect."""
        if live:
            self._views.number, self._chosen = self._views.all_events, True
        self._moved = False
        """Whether the user moved the cursor; until then it stays on the first row while others come."""
        self._anchor: int | None = None
        """The event the user went to: where a filter leaves it out, the cursor comes back to it later."""
        self._stand_in: int | None = None
        """The event that is under the cursor in its place."""
        self._quiet = False
        """Whether that one is not to be selected: the event is only not in this view."""
        self._ahead: FirstRows | None = None
        self._first: Future[Fitted] | None = None
        self._ready = False
        """Whether there have been rows."""
        self._grouped: Grouped | None = None
        self._placed = Echoes()
        """The events on which the cursor was put for others, until it says that it is there."""
        self._mine = Echoes()
        """Selections of this pane that have not come back yet."""
        self._table = Table(glyphs=ASCII if ascii_only else None, id="durations-table")

    def begin(self, scope: Scope, first: FirstRows | None) -> None:
        """Begin with the first rows of a scope; where they have not been asked for ahead of the screen, ask now."""
        self.set_reactive(Pane.scope, scope)
        if first is None or first.scope != scope:
            first = FirstRows(scope, self._question(), self._database)
        self._ahead, self._first = first, first.answer

    def on_unmount(self) -> None:
        """Stop what was asked ahead, too."""
        if self._ahead is not None:
            self._ahead.stop()

    def compose(self) -> ComposeResult:
        """The groups that were opened, the table, and what to know of its numbers."""
        yield Static(id="durations-trail", classes="aside", markup=False)
        yield self._table
        yield Static(_NOTE, id="durations-note", classes="aside", markup=False)

    def on_mount(self) -> None:
        """Show the first view."""
        self._show_view()

    @property
    def view(self) -> View:
        """The view that is shown."""
        return self._views.current

    def action_view(self, step: int) -> None:
        """Go to the next view, or the one before."""
        self._chosen = True
        self._show_view(self._views.beside(step))

    def action_follow(self) -> None:
        """Show the newest events as they come, or let the cursor stay where it is."""
        if self._tail.turn():
            self._chosen = True
            self._views.go_to_newest()
        self._show_view()

    def _show_view(self, number: int | None = None) -> None:
        """Show another view, or the present one in another order."""
        if number is not None and number != self._views.number:
            self._views.number = number
            self._tail.leave()
            self._table.set_row_count(0)
            if self.view.by or self._grouped is not None:
                self._groups().forget(self._anchor if self._moved else None)
        view = self.view
        self._show_asides()
        self.watch_marked()
        self.entitle(f"2 Durations · {view.title}", self.said[1])
        self._table.empty_text = "Nothing read yet"
        self._table.set_columns(view.columns, view.sort, descending=view.descending)
        self.load()

    def watch_scope(self, before: Scope, scope: Scope) -> None:
        """Other events count now; without the filter of a group that was opened, its view is back."""
        if scope == before:
            return
        text, groups = scope.condition.text, self._grouped
        drill = groups.entered(text) if groups is not None else None
        if drill is not None:
            self._enter(drill)
            return
        drill = groups.left(text) if groups is not None else None
        if drill is not None:
            self._leave(drill)
        else:
            self.load()

    def watch_selection(self, selection: int | None) -> None:
        """Follow the cursor of the other panes."""
        if self._mine.came(selection):
            return
        self._moved = self._moved or selection is not None
        self._anchor, self._stand_in = selection, None
        if selection is None or self.view.by or self.put_off() or self.asks("load"):  # its answer moves the cursor
            return
        scope, order = self._scope(), self._order()

        def place(row: int | None) -> None:
            if row is not None and row < self._table.row_count and self.selection == selection and not self._mine:
                if row != self._table.cursor_row:
                    self._placed.send(selection)
                self._table.move_cursor(row)

        self.ask("rank", lambda asker: rows.rank(asker, scope, order, selection), place)

    def watch_marked(self) -> None:
        """Show which events are marked; the rows of groups have other numbers."""
        self._table.marked = frozenset(() if self.view.by else self.marked)

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
        if self.put_off() or (not overtake and self.waits("load", lambda: self.load(overtake=False))):
            return
        view, scope = self.view, self._scope()
        if view.by is not None:
            self._groups().load(view, scope, self._show_groups, moved=self._moved, overtake=overtake)
            return
        first, self._first = self._first, None
        if first is None or (first.done() and first.exception()):
            self.ask("load", self._question().answer, self._show_events)
        elif first.done():
            self._show_events(first.result())
        else:
            self.ask("load", lambda _: first.result(), self._show_events)

    def _listing(self) -> Listing:
        return Listing(self.view, self._scope(), self._order(), self._ascii)

    def _question(self) -> Question:
        """Return the question for the events of the present view, scope and order."""
        listing = self._listing()
        every = None if self._chosen or listing.scope.condition.text else self._views.all_events
        at = (self.generation, listing.scope.run)
        place = (self._anchor, self._table.cursor_row) if self._moved else (None, 0)
        near = Near(*place, self._table.reach, end=self._tail.holds)
        return Question(listing, near, self._views.number, every, at, self._views.fit if self._known == at else None)

    def _show_events(self, answer: Fitted) -> None:
        """Show so many events, with the cursor on the selected one; all events where none is an action."""
        number, found, fit, self._known = answer
        if self.view.by or not (found.total or self.generation):
            return
        if self._views.begin_with(fit):
            self._show_view()
            return
        if number != self._views.number:
            self._show_view(number)
            return
        if self._moved and (self._mine or found.anchor != self._anchor):
            self.load()  # the cursor has moved on while the question was answered
            return
        self._show_rows(found.total, found.rejects)
        self._table.put_rows(found.first, found.rows, self._table.generation)
        row = self._tail.row(found.total, found.row if self._moved else 0)
        if row is not None and row != self._table.cursor_row:
            self._table.move_cursor(row, keep_offset=True)
        under = self._table.row_id_at_cursor
        self._stand_in = under if self._moved and not self._tail.holds and under != found.anchor else None
        self._quiet = found.passes
        new = self._tail.words(found.total, "G" if self.view.ends_with_newest else "F")
        self.entitle(self.said[0], counted(self.view, found) + new)
        if not self._ready and found.total:
            self._ready = True
            self.post_message(RowsShown())

    def _groups(self) -> Grouped:
        """What is known of groups, which the first rows do without."""
        if self._grouped is None:
            from tlx.tui.views.grouped import Grouped  # noqa: PLC0415  groups are not needed for the first rows

            self._grouped = Grouped(self._table, self.ask, ascii_only=self._ascii)
        return self._grouped

    def _show_groups(self, found: Found) -> None:
        """Show so many groups, with the cursor on the one it was on."""
        if not self.view.by:
            return
        number = found.groups.number
        self._show_rows(number)
        if found.row is not None and found.row != self._table.cursor_row:
            self._table.move_cursor(found.row, keep_offset=True)
        calls = units.count(found.groups.calls)
        self.entitle(self.said[0], f"{units.count(number)} group{'' if number == 1 else 's'} · {calls} actions")

    def _show_asides(self) -> None:
        """Say which groups were opened, and how to read the numbers of groups."""
        trail = self._grouped.trail if self._grouped is not None else ""
        line = self.query_one("#durations-trail", Static)
        line.display = bool(trail)
        line.update(f"{trail} · esc goes back")
        self.query_one("#durations-note", Static).display = self.view.by is not None
        self.refresh_bindings()

    def _show_rows(self, count: int, rejects: int = 0) -> None:
        """Show so many rows, or say why there are none."""
        self._table.empty_text = why_none(self.view, self._scope(), self._views.fit, rejects)
        self._table.set_row_count(count)
        self._table.forget_rows()

    @on(Table.RowsWanted)
    def _fetch(self, wanted: Table.RowsWanted) -> None:
        if self.view.by is not None:
            self._groups().fetch(wanted)
            return

        def put(found: list[Row]) -> None:
            self._table.put_rows(wanted.first, found, wanted.generation)

        listing, span = self._listing(), (wanted.first, wanted.last + 1)
        self.ask("page", lambda asker: listing.page(asker, span), put)

    @on(Table.CursorMoved)
    def _select(self, moved: Table.CursorMoved) -> None:
        """Select the event under the cursor; under a group, where the user moves there, its longest."""
        if self.view.ends_with_newest:
            self._tail.moved(moved.row, self._table.row_count)
        if moved.id is None or self._placed.came_alone(moved.id):
            return
        self._moved = self._moved or moved.row > 0
        found = moved.id
        if self.view.by:
            group = self._groups().gone_to(moved.row)
            if group is None or not self._table.has_focus or not self._moved:
                return
            found = group.longest_id
        if found != self._stand_in or self.view.by:
            self._anchor, self._stand_in = found, None
        elif self._quiet:
            return
        # Where the keys are in another pane, that is what is looked at: what it shows stays.
        if (found != self.selection or self._mine) and (self.has_keys or not self._tail.holds):
            self._mine.send(found)
            self.post_message(EventSelected(found))

    def watch_has_keys(self) -> None:
        """With the keys back, look at the newest event again, if it is what the cursor stays on."""
        if self._tail.holds:
            self._select(Table.CursorMoved(self._table, self._table.cursor_row, self._table.row_id_at_cursor))

    @on(Table.RowOpened)
    def _open(self, opened: Table.RowOpened) -> None:
        if self.view.by is None:
            self.post_message(InspectWanted(opened.id))
            return
        drill = self._groups().drill(self._views.number, self.view, opened.row, self.scope.condition.text)
        if drill is None:
            return
        if drill.filters:
            self.post_message(FilterWanted(drill.clause))
        else:
            self._enter(drill)

    def _enter(self, drill: Drill) -> None:
        """Show what is in a group: groups of the next level, or actions."""
        self._groups().enter(drill)
        words = self._views.fit.words
        self._choose(group_view(words, *drill.view.then) if drill.view.then else self._views.actions)

    def _leave(self, drill: Drill) -> None:
        """Show the groups again among which one was opened, with the cursor on it."""
        self._moved = True
        self._groups().hold(drill)
        self._show_view(drill.number)

    def _choose(self, view: View) -> None:
        """Show a view that the user has chosen."""
        self._chosen = True
        self._show_view(self._views.find(view))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  Textual's own
        """A group can be left out where there are groups, and closed where one is open."""
        if action == "filter_group":
            return self.view.by is not None
        return action != "close" or (self._grouped is not None and self._grouped.closes)

    def action_close(self) -> None:
        """Go back to the groups."""
        self._leave(self._groups().leave())

    def action_filter_group(self, keep: bool) -> None:  # noqa: FBT001  an action's arguments have no names
        """Filter by the value of the group under the cursor, or leave it out."""
        found = self._groups().value_at(self._table.cursor_row, self.view)
        if found is not None:
            by, value = found
            self.post_message(FilterWanted(by.clause(value) if keep else by.exclusion(value)))

    def action_columns(self) -> None:
        """Let the user choose columns."""
        from tlx.tui.screens.columns import ColumnsScreen  # noqa: PLC0415  the screen is rarely shown
        from tlx.tui.views.choosing import choices, chosen  # noqa: PLC0415  the same

        def show(keys: tuple[str, ...] | None) -> None:
            if keys is not None:
                self._chosen = True
                self._views.change_like(lambda view: chosen(view, keys))
                self._show_view()

        def add(put: Callable[[Sequence[str] | None], None]) -> None:
            words = ("Show also", "a path of the payload, such as metadata.name")
            self.choose_fields(words, put, ascii_only=self._ascii)

        shown, paths = self._table.shown_columns, add if self.view.by is None else None
        self.app.push_screen(ColumnsScreen(choices(self.view), shown, paths, ascii_only=self._ascii), show)

    def action_group_by(self) -> None:
        """Ask for the fields to group by."""

        def show(names: Sequence[str] | None) -> None:
            if names:
                self._choose(group_view(self._views.fit.words, *names))

        words = ("Group by", "a field, or several with commas: one inside the other")
        self.choose_fields(words, show, ascii_only=self._ascii)

    @on(Table.SortWanted)
    def _sort(self, wanted: Table.SortWanted) -> None:
        self._chosen = True
        self._moved = self._moved or self._anchor is not None
        self._tail.leave()
        self._views.change(self.view.sorted_by(None if wanted.reverse else wanted.key))
        self._show_view()
