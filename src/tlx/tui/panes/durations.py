"""Durations: the table of all actions, of groups of them, or of all events; every column sorts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tlx import units
from tlx.query import durations, rows
from tlx.query.ask import Asker, Scope
from tlx.query.language.quote import clause
from tlx.store.database import Database
from tlx.tui import palette
from tlx.tui.drawing.bars import draw_bar
from tlx.tui.messages import EventSelected, FilterWanted, InspectWanted
from tlx.tui.panes.pane import Pane
from tlx.tui.widgets.table import ASCII, Column, Row, Table

_EVENT_COLUMNS = (
    Column("duration_ns", "time", 8, right=True),
    Column("execution_kind", "execution kind", 20),
    Column("name", "name", 18, flexible=True),
    Column("owner", "owner", 24, flexible=True, wide_only=90),
    Column("output_size", "output", 9, right=True, wide_only=66),
    Column("start", "start UTC", 12, wide_only=74),
)
_FETCHED = (*(column.key for column in _EVENT_COLUMNS), "id", "event", "time")
_GROUP_COLUMNS = (
    Column("label", "name", 12, flexible=True),
    Column("calls", "calls", 8, right=True),
    Column("total_ns", "total", 8, right=True),
    Column("p50_ns", "p50", 7, right=True),
    Column("p95_ns", "p95", 7, right=True),
    Column("max_ns", "max", 7, right=True),
    Column("mean_ns", "mean", 7, right=True, wide_only=100),
    Column("share", "share", 12, sortable=False, wide_only=68),
)
_SHARE_BAR = 7


@dataclass(frozen=True)
class View:
    """One way to show durations: single events, or groups `by` a column."""

    title: str
    by: str | None = None
    actions_only: bool = True
    sort: str = "duration_ns"
    descending: bool = True


VIEWS = (
    View("actions"),
    View("by name", by="name", sort="total_ns"),
    View("by category", by="category", sort="total_ns"),
    View("by owner", by="owner_unconfigured", sort="total_ns"),
    View("by execution kind", by="execution_kind", sort="total_ns"),
    View("all events", actions_only=False, sort="start", descending=False),
)


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
        self._view = 0
        self._groups: list[durations.Group] = []
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
        self._view = (self._view + step) % len(self._views)
        self._table.set_row_count(0)
        self._show_view()

    def _show_view(self) -> None:
        view = self.view
        self.border_title = f"2 Durations · {view.title}"
        self._table.set_columns(_GROUP_COLUMNS if view.by else _EVENT_COLUMNS, view.sort, descending=view.descending)
        self._load()

    def watch_scope(self) -> None:
        """Other events count now."""
        self._load()

    def watch_generation(self) -> None:
        """There are more events: show them once the question under way is answered."""
        self._load(overtake=False)

    def watch_selection(self, selection: int | None) -> None:
        """Follow the cursor of the other panes."""
        if selection is None or self.view.by or selection == self._table.row_id_at_cursor:
            return
        scope, order = self._scope(), self._order()
        self.ask("rank", lambda asker: rows.rank(asker, scope, order, selection), self._place)

    def _scope(self) -> Scope:
        return replace(self.scope, actions_only=self.view.actions_only)

    def _order(self) -> rows.Order:
        return rows.Order(self.view.sort, self.view.descending)

    def _place(self, row: int | None) -> None:
        if row is not None and row < self._table.row_count:
            self._table.move_cursor(row)

    def _load(self, *, overtake: bool = True) -> None:
        """Ask how many rows there are, and where the selected event stands among them."""
        view, scope, order, selection = self.view, self._scope(), self._order(), self.selection
        if view.by is not None:
            by = view.by
            self.ask(
                "load",
                lambda asker: durations.groups(asker, scope, by, view.sort, descending=view.descending),
                self._show_groups,
                overtake=overtake,
            )
            return

        def question(asker: Asker) -> tuple[int, int | None]:
            total = rows.total(asker, scope)
            found = rows.rank(asker, scope, order, selection) if selection is not None else None
            return total, found

        self.ask("load", question, self._show_total, overtake=overtake)

    def _show_total(self, found: tuple[int, int | None]) -> None:
        total, row = found
        if self.view.by:
            return
        self._table.empty_text = self._why_empty()
        self._table.set_row_count(total)
        self._table.forget_rows()
        if row is not None and row != self._table.cursor_row:
            self._table.move_cursor(row, keep_offset=True)
        self.border_subtitle = f"{units.count(total)} {'events' if not self.view.actions_only else 'actions'}"

    def _show_groups(self, found: list[durations.Group]) -> None:
        if not self.view.by:
            return
        self._groups = found
        self._table.empty_text = self._why_empty()
        self._table.set_row_count(len(found))
        self._table.forget_rows()
        self.border_subtitle = f"{units.count(len(found))} groups · percentiles: nearest rank"

    def _why_empty(self) -> str:
        if self.scope.condition.text:
            return "No actions match the filter; esc steps back"
        return "No actions in this log; v shows all events" if self.view.actions_only else "No events in this log"

    @on(Table.RowsWanted)
    def _fetch(self, wanted: Table.RowsWanted) -> None:
        view, scope, order = self.view, self._scope(), self._order()
        if view.by is not None:
            shown = self._groups[wanted.first : wanted.last + 1]
            self._table.put_rows(
                wanted.first,
                [self._group_row(wanted.first + number, group) for number, group in enumerate(shown)],
                wanted.generation,
            )
            return
        span = (wanted.first, wanted.last + 1)

        def show(found: list[tuple[Any, ...]]) -> None:
            self._table.put_rows(wanted.first, [self._event_row(row) for row in found], wanted.generation)

        self.ask("page", lambda asker: rows.page(asker, scope, _FETCHED, order, span), show)

    def _event_row(self, values: tuple[Any, ...]) -> Row:
        found = dict(zip(_FETCHED, values, strict=True))
        start = found["start"] if found["start"] is not None else found["time"]
        return Row(
            found["id"],
            (
                units.duration(found["duration_ns"]),
                palette.cell(found["execution_kind"], ascii_only=self._ascii),
                found["name"] or found["event"] or units.MISSING,
                (found["owner"] or units.MISSING, "table--dim"),
                units.size(found["output_size"]),
                (units.clock(start), "table--dim"),
            ),
        )

    def _group_row(self, number: int, group: durations.Group) -> Row:
        bar = draw_bar(group.share, 1.0, _SHARE_BAR, ascii_only=self._ascii)
        return Row(
            number,
            (
                group.label if group.label is not None else units.MISSING,
                units.count(group.calls),
                units.duration(group.total_ns),
                units.duration(group.p50_ns),
                units.duration(group.p95_ns),
                units.duration(group.max_ns),
                units.duration(group.mean_ns),
                f"{bar} {units.share(group.share, 1.0):>4}",
            ),
        )

    @on(Table.CursorMoved)
    def _select(self, moved: Table.CursorMoved) -> None:
        if moved.id is None:
            return
        if not self.view.by:
            self.post_message(EventSelected(moved.id))
        elif moved.id < len(self._groups) and self._table.has_focus:
            self.post_message(EventSelected(self._groups[moved.id].longest_id))

    @on(Table.RowOpened)
    def _open(self, opened: Table.RowOpened) -> None:
        if self.view.by is None:
            self.post_message(InspectWanted(opened.id))
        elif opened.id < len(self._groups):
            self._drill(self.view.by, self._groups[opened.id])

    def _drill(self, by: str, group: durations.Group) -> None:
        """Show the actions of one group."""
        if group.label is None:
            self.notify(f"These actions have no {by.partition('_')[0]}.")
            return
        wanted = clause("owner", "^=", group.label) if by == "owner_unconfigured" else clause(by, "==", group.label)
        self._view = 0
        self._show_view()
        self.post_message(FilterWanted(wanted))

    @on(Table.SortWanted)
    def _sort(self, wanted: Table.SortWanted) -> None:
        view = self.view
        if wanted.reverse:
            view = replace(view, descending=not view.descending)
        elif wanted.key is not None:
            view = replace(view, sort=wanted.key, descending=wanted.key not in ("name", "label", "owner", "start"))
        self._views[self._view] = view
        self._show_view()
