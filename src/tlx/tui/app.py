"""The app: composes the panes and routes what they want. It owns filter and selection."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import DescendantFocus, Resize
from textual.reactive import reactive
from textual.widgets import Footer

from tlx import units
from tlx.config import Settings
from tlx.query.ask import ALL, Scope
from tlx.query.language.compile import compile_filter
from tlx.session import Progress, Session
from tlx.tui import palette
from tlx.tui.messages import (
    EventSelected,
    FilterClosed,
    FilterTyped,
    FilterWanted,
    InspectWanted,
    StoreGrew,
)
from tlx.tui.panes.breakdown import BreakdownPane
from tlx.tui.panes.durations import DurationsPane
from tlx.tui.panes.inspector import InspectorPane
from tlx.tui.panes.pane import Pane
from tlx.tui.panes.timeline import TimelinePane
from tlx.tui.panes.top import TopPane
from tlx.tui.screens.help import HelpScreen, sections
from tlx.tui.widgets.filter_bar import FilterBar
from tlx.tui.widgets.tabs import Tabs

_WIDE = (110, 30)
"""From so many columns and rows on, all panes show at once; below, the lower ones take turns."""
_GROWTH_PAUSE = 0.1
"""Seconds between two looks at a growing store."""
_FOCUS = {
    1: "#timeline-chart",
    2: "#durations-table",
    3: "#breakdown-table",
    4: "#inspector-tree",
}


class TlxApp(App[None]):
    """The explorer over one session."""

    CSS_PATH = "app.tcss"
    TITLE = "tlx"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f,ampersand", "filter", "Filter", id="app.filter", key_display="f"),
        Binding("tab", "next_pane(1)", "Next pane", id="app.next"),
        Binding("shift+tab", "next_pane(-1)", "Pane before", show=False, id="app.previous"),
        Binding("1", "pane(1)", "Timeline", show=False, id="app.pane_1"),
        Binding("2", "pane(2)", "Durations", show=False, id="app.pane_2"),
        Binding("3", "pane(3)", "Execution kinds", show=False, id="app.pane_3"),
        Binding("4", "pane(4)", "Inspector", show=False, id="app.pane_4"),
        Binding("z", "alone", "Maximise", id="app.alone", tooltip="Show this pane alone, or all again"),
        Binding("escape", "step_back", "Back", show=False, id="app.back", tooltip="Take the last filter back"),
        Binding("question_mark,f1", "help", "Help", id="app.help", key_display="?"),
        Binding("q", "leave", "Quit", id="app.quit"),
    ]

    scope: reactive[Scope] = reactive(ALL)
    selection: reactive[int | None] = reactive(None)
    generation: reactive[int] = reactive(0)
    progress: reactive[Progress] = reactive(Progress(0, None, 0, 0, 0, 0.0, done=False))

    def __init__(self, session: Session, settings: Settings, filter_text: str = "") -> None:
        """Show `session`; `filter_text` must be well-formed."""
        super().__init__()
        self._session = session
        self._settings = settings
        self._earlier: list[str] = []
        self._look_due = False
        self._pane = 2
        self.register_theme(palette.DARK)
        self.register_theme(palette.LIGHT)
        self.theme = settings.theme if settings.theme in self.available_themes else palette.DARK.name
        self.set_reactive(TlxApp.scope, Scope(compile_filter(filter_text)))

    @property
    def failure(self) -> Exception | None:
        """What ended the app, if anything went wrong; whoever ran it saves the trace."""
        return self._exception

    def _print_error_renderables(self) -> None:
        """Print nothing over the terminal: `failure` is told in one line by the command."""

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return the colours of execution kinds, for themes other than tlx's own."""
        return palette.default_variables(dark=self.current_theme.dark)

    def compose(self) -> ComposeResult:
        """Lay out the screen; the panes get scope, selection and growth by binding."""
        database, ascii_only = (lambda: self._session.database), self._settings.ascii_only
        top = TopPane(database, self._session.paths, id="top")
        yield self._bound(top).data_bind(TlxApp.progress)
        yield FilterBar(id="filter")
        with Container(id="panes"):
            yield self._bound(TimelinePane(database, ascii_only=ascii_only, id="pane-1"))
            yield Tabs(id="tabs")
            with Container(id="lower"):
                yield self._bound(DurationsPane(database, ascii_only=ascii_only, id="pane-2"))
                yield self._bound(BreakdownPane(database, ascii_only=ascii_only, id="pane-3"))
                yield self._bound(InspectorPane(database, id="pane-4"))
        yield Footer(show_command_palette=False)

    def _bound(self, pane: Pane) -> Pane:
        return pane.data_bind(TlxApp.scope, TlxApp.selection, TlxApp.generation)

    def on_mount(self) -> None:
        """Begin to follow the session."""
        self.action_pane(2)
        self._session.listen(lambda: self.post_message(StoreGrew()))
        self.set_interval(0.5, self._look)
        self._look()

    @on(StoreGrew)
    def _grew(self) -> None:
        """Look at the store soon: ten times a second at most."""
        if not self._look_due:
            self._look_due = True
            self.set_timer(_GROWTH_PAUSE, self._look)

    def _look(self) -> None:
        """Tell the panes how far the loading is, and if there is more to show."""
        self._look_due = False
        if self.progress.done:
            return
        before, self.progress = self.progress, self._session.progress()
        if before.events != self.progress.events or before.headers != self.progress.headers or self.progress.done:
            self.generation += 1
        if self._session.failure is not None and self.progress.done:
            self.notify(units.visible(str(self._session.failure)), severity="error", timeout=60, markup=False)

    def on_resize(self, event: Resize) -> None:
        """Show all panes, or let the lower ones take turns."""
        narrow = event.size.width < _WIDE[0] or event.size.height < _WIDE[1]
        self.screen_stack[0].set_class(narrow, "narrow")

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Remember which pane the keys go to."""
        for pane in event.widget.ancestors:
            if isinstance(pane, Pane) and pane.id in {f"pane-{number}" for number in _FOCUS}:
                self._mark(int(pane.id[-1]))

    def _mark(self, number: int) -> None:
        self._pane = number
        for pane in self.screen_stack[0].query(Pane):
            pane.set_class(pane.id == f"pane-{number}", "kept")
        self.query_one("#lower").set_class(number > 1, "holds")
        if number > 1:
            self.query_one(Tabs).current = number
            for lower in self.query("#lower Pane"):
                lower.set_class(lower.id == f"pane-{number}", "current")

    @on(Tabs.Wanted)
    def _tab(self, wanted: Tabs.Wanted) -> None:
        self.action_pane(wanted.pane)

    def action_pane(self, number: int) -> None:
        """Give the keys to a pane."""
        self._mark(number)
        self.call_after_refresh(self.query_one(_FOCUS[number]).focus)

    def action_next_pane(self, step: int) -> None:
        """Give the keys to the next pane, or the one before."""
        self.action_pane((self._pane - 1 + step) % len(_FOCUS) + 1)

    def action_alone(self) -> None:
        """Show one pane alone, or all again."""
        self.screen_stack[0].toggle_class("alone")

    def action_help(self) -> None:
        """Show every key of the pane that has them, and those of the app."""
        self.push_screen(HelpScreen(sections(self.focused, self)))

    def action_filter(self) -> None:
        """Open the filter bar."""
        self._earlier.append(self.scope.condition.text)
        self.query_one(FilterBar).begin(self.scope.condition.text)

    def action_step_back(self) -> None:
        """Take the last filter back, or leave a pane that is alone."""
        if self.screen_stack[0].has_class("alone"):
            self.action_alone()
        elif self._earlier:
            self._filter(self._earlier.pop())
        elif self.scope.condition.text:
            self._filter("")

    def action_leave(self) -> None:
        """Quit."""
        self.exit()

    def _filter(self, text: str) -> None:
        if text != self.scope.condition.text:
            self.scope = Scope(compile_filter(text), self.scope.window, self.scope.run)

    @on(FilterTyped)
    def _typed(self, message: FilterTyped) -> None:
        self._filter(message.text)

    @on(FilterClosed)
    def _bar_closed(self) -> None:
        if self._earlier and self._earlier[-1] == self.scope.condition.text:
            self._earlier.pop()
        self.action_pane(self._pane)

    @on(FilterWanted)
    def _wanted(self, message: FilterWanted) -> None:
        text = self.scope.condition.text
        if message.clause not in text:
            self._earlier.append(text)
            self._filter(f"{text} {message.clause}".strip())

    @on(EventSelected)
    def _selected(self, message: EventSelected) -> None:
        self.selection = message.event_id

    @on(InspectWanted)
    def _inspect(self, message: InspectWanted) -> None:
        self.selection = message.event_id
        self.action_pane(4)
