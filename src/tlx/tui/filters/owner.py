"""The part of the app that owns the filter and the search: it routes what bars, chips and panes want of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.reactive import var

from tlx import units
from tlx.config.settings import Settings
from tlx.query.ask import ALL, Scope
from tlx.query.language.compile import Condition
from tlx.query.rows import Hit, Order
from tlx.tui.filters.filtering import Filtering
from tlx.tui.filters.memory import Memory
from tlx.tui.messages import (
    ChipWanted,
    FilterClosed,
    FilterKept,
    FilterNamed,
    FilterTyped,
    FilterWanted,
    RunsKnown,
    SearchStopped,
)
from tlx.tui.panes.pane import Pane
from tlx.tui.timing.type_ahead import TypeAhead

if TYPE_CHECKING:
    from tlx.query.language.chips import Clause

_MOST_SAID = 24
"""Characters of what is searched that are said again."""


class FilterOwner(TypeAhead):
    """Which events count, which clauses of that are off, and what is searched."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "filter", "Filter", id="app.filter"),
        Binding("ampersand", "filter", "Filter", show=False, id="app.filter_anywhere", tooltip="Filter, in any pane"),
        Binding("slash", "search", "Search", id="app.search", key_display="/", tooltip="Search; it hides nothing"),
        Binding("n", "match(1)", "Next match", show=False, id="app.match"),
        Binding("N", "match(-1)", "Match before", show=False, id="app.match_back"),
    ]

    scope: var[Scope] = var(ALL)
    clauses: var[tuple[Clause, ...]] = var[tuple["Clause", ...]](())
    """Those of the filter, on and off."""
    found: var[str] = var("")
    """What was searched, and which match was found; safe to show."""
    selection: var[int | None] = var(None)

    def __init__(self, filter_text: str, *, run: int | None, settings: Settings) -> None:
        """Begin with a filter and a run; `settings` say which filters have names, and whether to remember others.

        Raises:
            FilterError: the filter cannot be understood.
        """
        super().__init__()
        self.furnished = False
        """Whether all panes stand; until then there are only the durations."""
        self._memory = Memory(self._complain, settings.filters, kept=settings.history)
        self._filtering = Filtering(filter_text, self._memory.named if filter_text else None)
        self._unrevealed = self._filtering.stand
        self.set_reactive(FilterOwner.scope, Scope(self._filtering.condition, run=run))
        self.set_reactive(FilterOwner.clauses, self._filtering.clauses)

    def action_filter(self) -> None:
        """Open the filter bar."""
        self._type()

    def _type(self, number: int | None = None) -> None:
        """Open the filter bar, for the whole filter or for one clause of it."""
        if not self.furnished:
            return
        from tlx.tui.filters.filter_bar import FilterBar  # noqa: PLC0415  mounted, so loaded

        remembered = self._memory.filters
        self._filtering.learn(named=self._memory.named)
        bar, text = self.query_one(FilterBar), self._filtering.begin(number)
        if number is None:
            room = " " if text else ""  # what is typed behind it is a clause of its own
            bar.begin(text + room, self._filtering.context, remembered.typed)
        else:
            bar.edit(text, self._filtering.context)

    def action_search(self) -> None:
        """Open the bar for what is searched."""
        if self.furnished:
            from tlx.tui.filters.search_bar import SearchBar  # noqa: PLC0415  the same

            self._filtering.learn(named=self._memory.named)
            self.query_one(SearchBar).look(self._filtering.context, self.ground())

    def action_match(self, direction: int) -> None:
        """Go to the next event that is searched, or the one before."""
        if self.furnished:
            from tlx.tui.filters.search_bar import SearchBar  # noqa: PLC0415  the same

            if self.query_one(SearchBar).searched:
                self.query_one(SearchBar).seek(self.ground(), direction)
            else:
                self.action_search()

    def ground(self) -> tuple[Scope, Order]:
        """Return what a search looks through, and in which order: all events by time, where no pane knows better."""
        return self.scope, Order("start")

    @on(SearchStopped)
    def _searched(self, message: SearchStopped) -> None:
        self.found = described(message.text, message.hit)
        if message.hit is not None:
            self.selection = message.hit.id

    def refilter(self) -> None:
        """Show the filter there is now, and let all panes answer it; what takes long is found once for all."""
        self.clauses = self._filtering.clauses
        condition = self._filtering.condition
        if not self.furnished:
            self._apply(condition)
            return
        from tlx.tui.filters.filter_bar import FilterBar  # noqa: PLC0415  the same

        if condition.text != self.scope.condition.text:
            for pane in self.query(Pane):
                pane.make_way()
        bar = self.query_one(FilterBar)
        bar.keeper.resolve(condition, self._apply, bar.events)

    def _apply(self, condition: Condition) -> None:
        self.scope = self.scope._replace(condition=condition)

    def _change(self, change: Callable[[], None]) -> None:
        """Change the filter, if the result can be understood: a value of a log may be longer than any filter."""
        from tlx.query.language.parse import FilterError  # noqa: PLC0415  loaded at the first change only

        try:
            change()
        except FilterError as error:
            self._complain(f"not filtered: {error}")
        else:
            self.refilter()

    def _complain(self, complaint: str) -> None:
        self.notify(units.visible(complaint), severity="error", markup=False)

    @on(FilterTyped)
    def _typed(self, message: FilterTyped) -> None:
        self._change(lambda: self._filtering.type(message.text))

    def show_revealed(self, *, revealed: bool) -> None:
        """Show what is masked, or no longer; what was filtered and searched meanwhile may tell of it, and goes too."""
        from tlx.tui.filters.bar import Bar  # noqa: PLC0415  mounted, so loaded

        if revealed:
            self._unrevealed = self._filtering.stand
        else:
            self._filtering.put_back(self._unrevealed)
            self.found = ""
        for bar in self.query(Bar):
            bar.forget_all()
        self.scope = self.scope._replace(condition=self._filtering.condition, revealed=revealed)
        self.refilter()

    @on(FilterKept)
    def _kept(self, message: FilterKept) -> None:
        if not self.scope.revealed:
            self._memory.add_typed(message.text)

    @on(FilterNamed)
    def _named(self, message: FilterNamed) -> None:
        if self.scope.revealed and message.text:
            self._complain("A filter gets no name while sensitive data is revealed: mask it first.")
            return
        if message.name in self._memory.own:
            self._complain(f"{message.name} has its name from the config file: change it there.")
            return
        self._memory.add_name(message.name, message.text)
        self._filtering.learn(named=self._memory.named)
        self.refilter()
        done = f"type {message.name} to filter so" if message.text else f"{message.name} is forgotten"
        self.notify(done, markup=False)

    @on(FilterClosed)
    def _bar_closed(self) -> None:
        self._filtering.end()

    @on(FilterWanted)
    def _wanted(self, message: FilterWanted) -> None:
        self._change(lambda: self._filtering.add(message.clause))

    @on(ChipWanted)
    def _chip_wanted(self, message: ChipWanted) -> None:
        if message.what == "edit":
            self._type(message.number)
        elif message.what == "switch":
            self._change(lambda: self._filtering.switch(message.number))
        else:
            self._change(lambda: self._filtering.remove(message.number))

    @on(RunsKnown)
    def _runs_known(self, message: RunsKnown) -> None:
        self._filtering.learn(run_starts=message.starts)
        self.refilter()

    def take_back(self) -> bool:
        """Search no more, or take the last change of the filter back; whether there was anything."""
        if self.found:
            self.found = ""
            return True
        changed = self._filtering.back()
        self.refilter()
        return changed


def described(text: str, hit: Hit | None) -> str:
    """Say which match was found."""
    said = units.visible(text[:_MOST_SAID]) + ("…" if len(text) > _MOST_SAID else "")
    if hit is None:
        return f"/{said} no match"
    wrapped = " wrapped" if hit.wrapped else ""
    return f"/{said} match {units.count(hit.number)} of {units.count(hit.total)}{wrapped}"
