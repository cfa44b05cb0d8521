"""The app: composes the panes and routes what they want. It owns filter and selection."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from collections.abc import Sequence
from operator import attrgetter
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message
from textual.reactive import Initialize, Reactive, var
from textual.theme import BUILTIN_THEMES, Theme

from tlx import units
from tlx.config.settings import Settings
from tlx.query import runs
from tlx.query.ask import Scope
from tlx.query.rows import Order
from tlx.session import Progress, Session
from tlx.store.database import Database
from tlx.tui import themes
from tlx.tui.checking.holding import Holding
from tlx.tui.desk import Desk
from tlx.tui.messages import (
    Answered,
    CompareWanted,
    EventSelected,
    FilterClosed,
    InspectWanted,
    RangeWanted,
    RejectsWanted,
    RowsShown,
    RunWanted,
    StoreGrew,
    YankWanted,
)
from tlx.tui.offering import Offering
from tlx.tui.opening.ahead import FirstRows
from tlx.tui.opening.first_frame import FirstFrame
from tlx.tui.panes.durations import DurationsPane
from tlx.tui.panes.pane import Pane
from tlx.tui.panes.top import TopPane, names_of
from tlx.tui.timing.freeze import Freeze
from tlx.tui.timing.growth import Growth
from tlx.tui.widgets.tabs import Tabs

_FIRST_ROWS_SECONDS = 0.5
"""So long the other panes wait for the first rows."""
_FIRST_FRAME_SECONDS = 0.2
"""So long the first frame waits for them."""
_PALETTE = "Choose from all that can be done"
_THEMES = {theme.name: theme for theme in (themes.DARK, themes.LIGHT)} | BUILTIN_THEMES


class TlxApp(Offering):
    """The explorer over one session."""

    CSS_PATH = "app.tcss"
    TITLE = "tlx"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("C", "clauses", "Clauses", show=False, id="app.clauses", tooltip="Go to the clauses of the filter"),
        Binding("escape", "step_back", "Back", show=False, id="app.back", tooltip="Take the last range or filter back"),
        Binding("s,S", "story", "Story", show=False, id="app.story", tooltip="Tell what the selected event belongs to"),
        Binding("i", "insights", "Insights", id="app.insights", tooltip="The facts that explain what is shown"),
        Binding("R", "runs", "Runs", show=False, id="app.runs", tooltip="Show one run alone, or all"),
        Binding("e", "rejects(1)", "Next trouble", show=False, id="app.reject", tooltip="Next failed event or reject"),
        Binding("E", "rejects(-1)", "Trouble before", show=False, id="app.reject_back"),
        Binding(
            "F", "follow", "Follow", show=False, id="app.follow", tooltip="Stay with the newest events, or no longer"
        ),
        Binding("p", "freeze", "Pause", show=False, id="app.freeze", tooltip="Let the display stand still, or go on"),
        Binding(
            "H", "reveal", "Reveal", show=False, id="app.reveal", tooltip="Reveal what is masked, or mask it again"
        ),
        Binding("question_mark,f1", "help", "Help", id="app.help", key_display="?"),
        Binding("ctrl+p", "command_palette", "Palette", show=False, priority=True, id="app.palette", tooltip=_PALETTE),
        Binding("colon", "command_palette", "Palette", show=False, id="app.palette_too", tooltip=_PALETTE),
        Binding("q", "leave", "Quit", id="app.quit"),
    ]

    theme: Reactive[str] = Reactive(Initialize(attrgetter("first_theme")))
    """Begun with the one that was asked for: a change would read the sheet again."""
    generation: var[int] = var(0)
    """How often growth was shown."""
    listed: var[int] = var(0)
    """The same of the panes that wait until the rows are there, which may select another event."""
    progress: var[Progress] = var(Progress(0, None, 0, 0, 0, 0.0, done=False))
    held: var[str] = var("")
    trouble: var[str] = var("")
    first_rows: FirstRows | None = None
    """Where they have been asked for ahead."""

    def __init__(
        self, session: Session, settings: Settings, filter_text: str = "", run: runs.Wanted | None = None
    ) -> None:
        """Show `session`, at first one `run` of it or all; `filter_text` must be well-formed."""
        self.first_theme = settings.theme if settings.theme in _THEMES else themes.DARK.name
        super().__init__(filter_text, run=None if run == "last" else run, settings=settings)
        self._wanted_run = run
        self._session = session
        self.set_reactive(Holding.scope, self.scope._replace(revealed=settings.reveal))
        self._settings = settings
        self.set_keymap(settings.keys)
        self._insights: dict[tuple[Scope, int], Any] = {}
        self._yanked = YankWanted("Nothing was copied yet", "")
        self._ranges: list[tuple[int, int] | None] = []
        self._growth = Growth(self, self._look)
        self._freeze = Freeze()
        self._rows_drawn = asyncio.Event()
        self._first_frame = FirstFrame()
        if settings.ascii_only:
            from tlx.tui.widgets.ascii import AsciiFilter  # noqa: PLC0415  only where it is wanted

            self._filters.append(AsciiFilter())
        how = {"ascii_only": settings.ascii_only, "live": session.follows}
        self._rows = DurationsPane(self._database, **how, id="pane-2", classes="kept current")

    @property
    def available_themes(self) -> dict[str, Theme]:
        """Textual's themes and tlx's own, by name."""
        return _THEMES

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return the colours of execution kinds, for themes other than tlx's own."""
        return themes.default_variables(dark=self.current_theme.dark)

    def get_default_screen(self) -> FirstFrame:
        """Return the screen that waits for the first rows."""
        return self._first_frame

    def on_load(self) -> None:
        """Ask for the first rows while the screen is being made."""
        self._rows.begin(self.scope, self.first_rows)

    def compose(self) -> ComposeResult:
        """Lay out the screen; the panes get scope, selection and growth by binding."""
        top = TopPane(self._database, self._session.paths, self._wanted_run, id="top")
        yield top.data_bind(TlxApp.progress, TlxApp.held, TlxApp.trouble, TlxApp.clauses, TlxApp.found)
        with Desk(id="panes"):
            yield Container(id="slot-1", classes="slot")
            yield Tabs(id="tabs")
            with Container(id="lower", classes="holds"):
                yield self._bound(self._rows)
                yield Container(id="slot-3", classes="slot")
                yield Container(id="slot-4", classes="slot")
        yield Container(id="slot-5")

    async def _furnish(self) -> None:
        """Fill the slots once the first rows are drawn, which need the machine until then; then go on loading."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._rows_drawn.wait(), _FIRST_ROWS_SECONDS)
        furniture = await asyncio.to_thread(importlib.import_module, "tlx.tui.opening.furniture")  # keys go on
        from tlx.tui.filters.bar import Bar  # noqa: PLC0415  loaded just now

        furniture.add_looks(self)
        filled = furniture.furniture(self._database, ascii_only=self._settings.ascii_only, live=self._session.follows)
        with self.batch_update():
            top = self.query_one(TopPane)
            self._bound(top)
            top.load()
            for slot, widgets in filled.items():
                place = self.query_one(slot)
                bound = [self._bound(widget) if isinstance(widget, Pane) else widget for widget in widgets]
                await self.mount(*bound, before=place)
                await place.remove()
            for bar in self.query(Bar):
                bar.data_bind(TlxApp.progress)
            self.furnished = True
        self.screen.refresh_bindings()
        self.begin_tidying()
        self._session.resume()
        self._look()
        self.refilter()

    def _names(self) -> list[str]:
        """What to call the sources there are by now."""
        return names_of(self._session.paths)

    def _database(self) -> Database:
        return self._session.database

    def _bound(self, pane: Pane) -> Pane:
        pane.set_reactive(Pane.scope, self.scope)  # what it begins with is no news to it
        pane.set_reactive(Pane.selection, self.selection)
        pane.set_reactive(Pane.generation, self.generation)
        generation = TlxApp.generation if pane is self._rows else TlxApp.listed
        return pane.data_bind(TlxApp.scope, TlxApp.selection, generation=generation)

    def on_mount(self) -> None:
        """Begin to follow the session."""
        self.run_worker(self._furnish(), group="furnish")
        self._session.listen(lambda: self.post_message(StoreGrew()))
        self.set_interval(0.5, self._look)
        self.set_timer(_FIRST_FRAME_SECONDS, self._first_frame.show)
        progress = self._session.progress()
        if progress.events:
            self.progress = progress._replace(done=False)  # enough for the first frame
            self._growth.show(progress)
        else:
            self._look()

    @on(RowsShown)
    def _show(self) -> None:
        """Draw the first frame, then load what stands around it."""
        self._first_frame.show()
        self._rows_drawn.set()

    @on(StoreGrew)
    def _grew(self) -> None:
        """Look at the store soon: ten times a second at most."""
        self._growth.look_soon()

    def _look(self) -> None:
        """Tell the panes how far the loading is, and if there is more to show."""
        if self.progress.done:
            return
        self.progress = self._session.progress()
        self.held = self._freeze.words(self.progress.events)
        self._growth.seen(self.progress)
        if not self._freeze.on and (self._growth.is_due(asking=self._is_asking()) or self.progress.done):
            self.generation += 1
        self._follow_rows()
        if self.progress.done and not self.progress.events:
            self._show()
        if self.progress.done:
            self.refilter()
        if self._session.failure is not None and self.progress.done:
            self.trouble = units.said(self._session.failure)
            self.notify(units.visible(self.trouble), severity="error", markup=False)

    def _is_asking(self) -> bool:
        return any(pane.is_asking for pane in self.query(Pane))

    @on(Answered)
    def _answered(self) -> None:
        """Once all panes have answers, look for what has come meanwhile."""
        self._follow_rows()
        if not self._is_asking():
            self._growth.answered()

    def _follow_rows(self) -> None:
        if not self._rows.asks("load"):
            self.listed = self.generation

    def action_help(self) -> None:
        """Show every key of the pane that has them, and those of the app."""
        from tlx.tui.pages.help import HelpScreen, sections  # noqa: PLC0415  the screen is rarely shown

        self.push_screen(HelpScreen(sections(self.focused, self, self._settings.keys), self.query_one(TopPane).missing))

    def action_rejects(self, direction: int) -> None:
        """Go to what went wrong next, or before: an event that failed, or a line that is none."""
        self.query_one(TopPane).seek(direction)

    @on(RejectsWanted)
    def _list_rejects(self, message: RejectsWanted) -> None:
        """List the lines that are no events, from the one after the selected event on, or the one before it."""
        from tlx.tui.screens.rejects import RejectsPane, RejectsScreen  # noqa: PLC0415  the same

        ascii_only = self._settings.ascii_only
        pane = RejectsPane(self._database, self._names, message.direction, ascii_only=ascii_only, id="rejects")
        self._bound(pane).data_bind(TlxApp.progress)
        self.push_screen(RejectsScreen(pane))

    def action_runs(self) -> None:
        """List the runs, to choose one."""
        from tlx.tui.screens.runs import RunsPane, RunsScreen  # noqa: PLC0415  the same

        pane = RunsPane(self._database, self._names, ascii_only=self._settings.ascii_only, id="runs")
        self.push_screen(RunsScreen(self._bound(pane)), lambda wanted: wanted and self._run_wanted(wanted))

    def action_insights(self) -> None:
        """List the facts that explain what is shown, to go to one."""
        from tlx.tui.screens.insights import InsightsPane, InsightsScreen  # noqa: PLC0415  the same

        pane = InsightsPane(self._database, self._insights, id="insights")
        self.push_screen(InsightsScreen(self._bound(pane)), self._go)

    def action_story(self) -> None:
        """Tell the story of the selected event: its run, operation, trace, kernel or owner."""
        from tlx.tui.screens.story import StoryPane, StoryScreen  # noqa: PLC0415  the same

        pane = StoryPane(self._database, ascii_only=self._settings.ascii_only, id="story")
        self.push_screen(StoryScreen(self._bound(pane)), self._go)

    def _go(self, steps: Sequence[Message] | None) -> None:
        """Do what a screen asked for."""
        for step in steps or ():
            self.post_message(step)

    @on(CompareWanted)
    def _compare(self, message: CompareWanted) -> None:
        from tlx.tui.screens.compare import ComparePane, CompareScreen  # noqa: PLC0415  the same

        events = (message.here, message.there)
        pane = ComparePane(self._database, *events, ascii_only=self._settings.ascii_only, id="compare")
        self.push_screen(CompareScreen(pane))

    @on(YankWanted)
    def _yank(self, message: YankWanted) -> None:
        from tlx.tui.screens.yank import ByHandScreen, copy  # noqa: PLC0415  the same

        if message.again:
            self.push_screen(ByHandScreen(self._yanked.what, self._yanked.text))
        else:
            self._yanked = message
            copy(self, message.what, message.text)

    @on(RunWanted)
    def _run_wanted(self, message: RunWanted) -> None:
        self.scope = self.scope._replace(run=message.run)

    @on(RangeWanted)
    def _ranged(self, message: RangeWanted) -> None:
        if message.window is None:
            self.scope = self.scope._replace(window=self._ranges.pop() if self._ranges else None)
        elif message.window != self.scope.window:
            self._ranges.append(self.scope.window)
            self.scope = self.scope._replace(window=message.window)

    def action_follow(self) -> None:
        """Stay with the newest events, or no longer."""
        if self._session.follows:
            self._rows.action_follow()
        else:
            self.notify("Nothing more comes: the log is not followed (tlx open -f).", markup=False)

    def action_freeze(self) -> None:
        """Let the display stand still while reading goes on, or show what has come."""
        if self.progress.done and not self._freeze.on:
            self.notify("Nothing more comes: the log is not followed (tlx open -f).", markup=False)
            return
        self._freeze.turn(self.progress.events)
        self.held = self._freeze.words(self.progress.events)
        if not self._freeze.on:
            self._growth.show(self.progress)
            self.generation += 1
            self._follow_rows()
        self.scope = self.scope._replace(before=self.progress.arrived if self._freeze.on else None)

    def action_reveal(self) -> None:
        """Reveal what is masked, or mask it again, with all that was made of it."""
        if not self.furnished:
            return
        revealed = not self.scope.revealed
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self._session.database.revealed = revealed
        self.show_revealed(revealed=revealed)
        if not revealed:
            self._yanked = YankWanted("Nothing was copied yet", "")
            self.clear_notifications()
            self.query_one(Desk).forget_search()

    def action_clauses(self) -> None:
        """Give the keys to the clauses of the filter."""
        self.query_one(TopPane).choose()

    def action_step_back(self) -> None:
        """Leave a pane that is alone, search no more, or take the last range or filter back."""
        desk = self.query_one(Desk)
        if desk.is_alone:
            desk.action_alone()
        elif self.scope.window is not None and not self.found:
            self._ranged(RangeWanted(None))
        elif not self.take_back() and self.scope.run is not None:
            self.scope = self.scope._replace(run=None)

    def action_leave(self) -> None:
        """Quit."""
        self.exit()

    @on(FilterClosed)
    def _keys_back(self) -> None:
        desk = self.query_one(Desk)
        desk.action_pane(desk.current)

    def ground(self) -> tuple[Scope, Order]:
        """Return what a search looks through: the events that are listed in their order, else all by time."""
        listed = self._rows.listed if self.query_one(Desk).current != 1 else None
        return listed or super().ground()

    @on(EventSelected)
    @on(InspectWanted)
    def _selected(self, message: EventSelected | InspectWanted) -> None:
        self.selection = message.event_id
        if isinstance(message, InspectWanted):
            self.query_one(Desk).inspect()
