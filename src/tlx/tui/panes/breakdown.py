"""Breakdown: events by the values of a field, with count, time, bytes and shares, and the cache-hit rate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from tlx import units
from tlx.dialects.base import Breakdown
from tlx.dialects.known import breakdown
from tlx.query.ask import Asker
from tlx.query.fields import field
from tlx.query.grouping.defaults import defaults
from tlx.query.grouping.facets import Facet, Facets, Order, facets, place, scope_of
from tlx.query.kinds import FORMULA
from tlx.store.database import Database
from tlx.tui.messages import FilterWanted
from tlx.tui.panes.pane import Pane
from tlx.tui.views.facet_rows import columns_for, facet_row
from tlx.tui.views.view import words_for
from tlx.tui.widgets.table import ASCII, Table

_HITS = "cached: ActionCache, RemoteDepFileCache, LocalDepFile, LocalActionCache"
_MOST = 4000
"""Facets that are kept."""
_AROUND = 200
"""So many rows before and behind those on the screen are asked for with them."""


class FacetTable(Table):
    """A table in which a row is opened by showing it alone."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Only", id="breakdown.only", key_display="enter", tooltip="Show this value alone"),
    ]


class _Found(NamedTuple):
    """Some of the facets from row number `first` on, and where the held one stands."""

    facets: Facets
    first: int
    row: int | None
    fit: Breakdown
    by: str


class BreakdownPane(Pane):
    """A virtual table of the values of one field; the events that lack the field are its last row."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "exclude", "Exclude", id="breakdown.exclude", tooltip="Leave this value out"),
        Binding("v", "facet(1)", "Facet", id="breakdown.facet", tooltip="Break down by the next field"),
        Binding("V", "facet(-1)", "Facet before", show=False, id="breakdown.facet_back"),
        Binding("B", "break_by", "By field", show=False, id="breakdown.by", tooltip="Break down by any field"),
    ]

    def __init__(self, database: Callable[[], Database], *, ascii_only: bool = False, **kwargs: Any) -> None:
        super().__init__(database, **kwargs)
        self._ascii = ascii_only
        self._fit = breakdown(None)
        """What the pane begins with in the dialect of most events."""
        self._known: tuple[int, int | None] | None = None
        """The generation and the run of which that is known."""
        self._fields = list(self._fit.facets)
        self._number = 0
        self._chosen = False
        """Whether the user chose the field."""
        self._timed = True
        """Whether there is time to have a share of."""
        self._orders: dict[str, Order] = {}
        """How the facets of each field are sorted, where not by count."""
        self._rows: dict[int, Facet] = {}
        self._moved = False
        """Whether the user moved the cursor; until then it stays on the first row."""
        self._aside_lines = 0
        """So many are said of the cache, or of the field."""
        self._table = FacetTable(glyphs=ASCII if ascii_only else None, id="breakdown-table")

    def compose(self) -> ComposeResult:
        """The table, and the cache beneath it."""
        yield self._table
        yield Static(id="cache", markup=False)

    def on_mount(self) -> None:
        """Ask for the first numbers."""
        self._show_field()

    @property
    def by(self) -> str:
        """The field whose values are shown."""
        return self._fields[self._number]

    @property
    def order(self) -> Order:
        """How they are sorted."""
        return self._orders.get(self.by, Order())

    def action_facet(self, step: int) -> None:
        """Go to the facets of the next field, or of the one before."""
        self._number = (self._number + step) % len(self._fields)
        self._chosen = True
        self._show_field()

    def action_break_by(self) -> None:
        """Ask for fields; `v` goes from one to the next."""

        def show(names: Sequence[str] | None) -> None:
            if names:
                self._fields += [name for name in names if name not in self._fields]
                self._number = self._fields.index(names[0])
                self._chosen = True
                self._show_field()

        words = ("Break down by", "a field, or several with commas: v goes from one to the next")
        self.choose_fields(words, show, ascii_only=self._ascii)

    def _show_field(self) -> None:
        """Begin with the facets of another field."""
        self._rows = {}
        self._moved = False
        self._table.set_row_count(0)
        self._table.empty_text = "Nothing read yet"
        self._show_columns()
        self._name_field()
        self.load()

    def _name_field(self) -> None:
        self.entitle(f"3 {self._fit.title} · {words_for(self.by, self._fit.words)}", self.said[1])

    def _show_columns(self, found: Facets | None = None) -> None:
        columns = columns_for(self.by, found, self._fit)
        self._table.set_columns(columns, self.order.column, descending=self.order.descending)

    def load(self, *, overtake: bool = True) -> None:
        """Ask for the facets around the cursor; it stays on its value, if the user moved it there."""
        if self.put_off():
            self._ask_name()
            return
        by, orders, scope, chosen = self.by, self._orders, self.scope, self._chosen
        row = self._table.cursor_row
        at, fit = (self.generation, scope.run), self._fit
        known = self._known == at
        held = self._rows.get(row) if self._moved else None
        before, behind = (around + _AROUND for around in self._table.reach)

        def question(asker: Asker) -> _Found:
            fits = fit if known else defaults(asker, scope.run)
            name = by if chosen or fits == fit else fits.facets[0]
            one, order = field(name), orders.get(name, Order())
            inside = scope_of(scope, one)
            stands = None
            if held is not None and held.value is not None:
                stands = place(asker, inside, one, order, held.value)
            first = max(0, (row if stands is None else stands) - before)
            found = facets(asker, inside, one, (first, first + before + behind), order)
            if held is not None and held.value is None and found.missing.events:
                stands = found.values
            return _Found(found, first, stands, fits, name)

        def show(found: _Found) -> None:
            self._known = at
            self._adopt(found.fit)
            self._show(found)

        self.ask("load", question, show, overtake=overtake)

    def _ask_name(self) -> None:
        """Ask what the pane is called in the dialect of most events: the tabs say it where the pane is not seen."""
        at, run = (self.generation, self.scope.run), self.scope.run

        def show(fit: Breakdown) -> None:
            self._known = at
            self._adopt(fit)

        if self._known != at:
            self.ask("name", lambda asker: defaults(asker, run), show, overtake=False)

    def _adopt(self, fit: Breakdown) -> None:
        """Begin with what fits another dialect, or offer its fields beside what the user chose."""
        if fit == self._fit:
            return
        shown = self.by
        self._fit, self._fields = fit, list(fit.facets)
        if self._chosen:
            self._fields = list(dict.fromkeys((*fit.facets, shown)))
        self._number = self._fields.index(shown) if self._chosen else 0
        self._name_field()

    def _show(self, found: _Found) -> None:
        shown = found.facets
        self._rows = {}
        self._timed = bool(shown.duration_ns) or "execution_kind" in self._fit.facets
        self._take(found)
        number = shown.values + (shown.missing.events > 0)
        self._table.empty_text = self._why_none()
        self._show_columns(shown)
        self._table.set_row_count(number)
        self._table.forget_rows()
        if found.row is not None and found.row != self._table.cursor_row:
            self._table.move_cursor(found.row, keep_offset=True)
        self._show_cache(shown)
        noun, share = "value" if number == 1 else "values", "time" if self._timed else "events"
        self.entitle(self.said[0], f"{units.count(number)} {noun} · share is of {share}" if number else "")

    def _why_none(self) -> str:
        noun = "actions" if self.by == "execution_kind" else "events"
        if self.scope.condition.text:
            return f"No {noun} match"
        return f"No {noun} in this {'log' if self.scope.run is None else 'run'}"

    def _show_cache(self, shown: Facets) -> None:
        text, cache = Text(), shown.cache
        if shown.events and "execution_kind" in self._fit.facets:
            text.append("cache hits ").append(units.share(cache.hits, cache.eligible), "bold")
            text.append(f" = {units.count(cache.hits)} / {units.count(cache.eligible)}\n{FORMULA}\n{_HITS}")
        elif words_for(self.by, self._fit.words) != self.by:
            text.append(f"in filters: {self.by} = …")
        # As long as there is any, it takes as many lines: nothing has to be laid out anew.
        lines = text.plain.count("\n") + bool(text)
        layout, self._aside_lines = self._aside_lines != lines, lines
        self.query_one("#cache", Static).update(text, layout=layout)

    def _take(self, found: _Found) -> None:
        """Keep facets by row, those without the field behind all others."""
        shown = found.facets
        self._rows.update(enumerate(shown.rows, found.first))
        if shown.missing.events:
            self._rows[shown.values] = shown.missing
        if len(self._rows) > _MOST:
            self._rows = dict(enumerate(shown.rows, found.first))

    @on(Table.RowsWanted)
    def _fetch(self, wanted: Table.RowsWanted) -> None:
        """Bring the facets in these rows to the table."""
        by, order, generation, fit = self.by, self.order, wanted.generation, self._fit
        if all(row in self._rows for row in range(wanted.first, wanted.last + 1)):
            self._draw(wanted.first, wanted.last, generation)
            return
        scope, first, end = self.scope, max(0, wanted.first - _AROUND), wanted.last + 1 + _AROUND

        def question(asker: Asker) -> _Found:
            one = field(by)
            return _Found(facets(asker, scope_of(scope, one), one, (first, end), order), first, None, fit, by)

        def put(found: _Found) -> None:
            if (by, order, scope) == (self.by, self.order, self.scope):
                self._take(found)
                self._draw(wanted.first, wanted.last, generation)

        self.ask("page", question, put)

    def _draw(self, first: int, last: int, generation: int) -> None:
        """Hand rows to the table, as far as they are in hand."""
        found = []
        for number in range(first, last + 1):
            if number not in self._rows:
                break
            row = facet_row(number, self._rows[number], self.by, ascii_only=self._ascii, timed=self._timed)
            found.append(row)
        self._table.put_rows(first, found, generation)

    @on(Table.CursorMoved)
    def _move(self, moved: Table.CursorMoved) -> None:
        self._moved = self._moved or moved.row > 0

    @on(Table.SortWanted)
    def _resort(self, wanted: Table.SortWanted) -> None:
        if wanted.reverse:
            self._orders[self.by] = Order(self.order.column, not self.order.descending)
        elif wanted.key is not None:
            self._orders[self.by] = Order(wanted.key, descending=wanted.key != "value")
        self._show_columns()
        self.load()

    @on(Table.RowOpened)
    def _include(self, opened: Table.RowOpened) -> None:
        found = self._rows.get(opened.row)
        if found is not None:
            self.post_message(FilterWanted(field(self.by).clause(found.value)))

    def action_exclude(self) -> None:
        """Leave out the value under the cursor."""
        found = self._rows.get(self._table.cursor_row)
        if found is not None:
            self.post_message(FilterWanted(field(self.by).exclusion(found.value)))
