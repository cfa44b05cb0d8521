"""Timeline: events over time stacked by execution kind, the axis, and lanes of actions beneath."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import DescendantBlur, DescendantFocus

from tlx.query import rows, runs, timeline
from tlx.query.ask import ALL, Asker, Scope
from tlx.query.concurrency.slate import Slate
from tlx.query.growing.marks import Marks
from tlx.store.database import Database
from tlx.tui.drawing.timeline import Picture, Room, bar_at, blank, cursor_span, moment_at, span_between, zoom_centre
from tlx.tui.drawing.window import Choosing, Window, around, holding, moved, panned, reaches_end, zoomed
from tlx.tui.messages import EventSelected, InspectWanted, RangeWanted, RunWanted
from tlx.tui.palette import Signs
from tlx.tui.panes.pane import Pane
from tlx.tui.timeline import words
from tlx.tui.timeline.keep import Kept, Shelf, Use, keep, swept, use
from tlx.tui.timeline.keys import KEYS
from tlx.tui.timeline.looks import Shown, drawn, frame
from tlx.tui.timeline.picture import Answer, First, Wanted, beside, find, first_picture, held_picture
from tlx.tui.timeline.rest import Later, Rest
from tlx.tui.timeline.stacking import Manner, Stacking
from tlx.tui.widgets.chart import Chart
from tlx.tui.widgets.kinds import kind_colours


class TimelinePane(Pane):
    """The window on time is its own; which events count, and in which range, is the app's."""

    BINDINGS: ClassVar[list[BindingType]] = KEYS

    def __init__(
        self, database: Callable[[], Database], *, ascii_only: bool = False, live: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(database, **kwargs)
        self._signs = Signs(ascii_only)
        self._live = live
        self._stacking = Stacking()
        self._window: Window | None = None
        self._views: dict[Window | None, Window | None] = {}  # what was shown of a range, or of none, before another
        self._choosing: Choosing | None = None
        self._picture: Picture | None = None
        self._answer: Answer | None = None
        self._room = Room(0, 0)
        self._shelf, self._marks = Shelf(), Marks()
        self._kept: Kept | None = None
        self._keeping: Scope | None = None  # the scope of which something is about to be kept
        self._seek = False  # whether the picture that is asked for then is to show the selected event
        self._use: Use | None = None
        self._utc = self._present = False
        self._rest, self._later = Rest(), Later(self)
        self._chart = Chart(id="timeline-chart")

    def compose(self) -> ComposeResult:
        """One chart."""
        self.entitle("1 Timeline")
        yield self._chart

    def on_mount(self) -> None:
        """The store may rest already; without colours signs tell events apart."""
        self._signs = self._signs._replace(coloured=not self.app.no_color)
        self._later.call(self._settle_down)

    def watch_scope(self, before: Scope, scope: Scope) -> None:
        """Other events count now; of another run all time is shown, of a range all of it."""
        if scope == before:
            return
        self._use = None
        if scope._replace(before=before.before) != before:  # else the display only stands still, or goes on
            self._choosing = None
        if scope.run != before.run:
            self._window = None
        if scope.window != before.window:
            if scope.window in self._views:
                self._window = self._views.pop(scope.window)
            else:
                self._views[before.window], self._window = self._window, scope.window
        if self._kept is not None and self._kept.scope != scope._replace(window=None):
            self._adopt(None)
        self.load()

    def watch_generation(self, before: int, generation: int) -> None:
        """There is more in the store: what was kept of it is no longer all."""
        if generation != before:
            self._rest.end()
            self.stop("keep")
            self._use = self._keeping = None
            self._present = bool(self._picture and reaches_end(self._window, self._picture.whole))
            self._adopt(None)
            super().watch_generation(before, generation)
            self._later.call(self._settle_down, self._rest.wait)

    def _adopt(self, kept: Kept | None) -> None:
        self._kept = self._shelf.keep_only(kept)

    def _settle_down(self) -> None:
        """Ask for what takes longer, unless more events have come than the panes were told of."""

        def go(events: int) -> None:
            if self._rest.begin(events):
                self.load(overtake=False)
            else:
                self._later.call(self._settle_down, self._rest.wait)

        self.ask("rest", lambda asker: rows.total(asker, ALL), go)

    def watch_selection(self) -> None:
        """Mark the event that is selected, moving to it where it is not in the picture."""
        self._stacking.is_news = False
        shown = self._picture if self._kept is not None or self._keeping is None else None  # or one is about to come
        if shown and self._answer and find(shown, self.selection) is not None:
            self._show(self._answer)
        else:
            self.load(seek=True)

    def watch_marked(self) -> None:
        """Show which events are marked."""
        self._draw()

    @on(Chart.Resized)
    def _fit(self, resized: Chart.Resized) -> None:
        self._room = Room(resized.width, resized.height)
        self.load()

    def load(self, *, overtake: bool = True, seek: bool = False) -> None:
        """Ask for a picture; with `seek` of the window moved to where the selected event lies.

        What zooming needs is kept first, once the store rests: it takes no longer than to ask for a picture without.
        """
        self._seek = self._seek or seek
        if not self._room.width or self.put_off():
            return
        self.stop("use")  # it is asked again once there is a picture
        scope = self.scope._replace(window=None)
        if self._kept is not None or not self._rest.on:
            self._ask_picture(overtake=overtake)
        if self._rest.on and self._kept is None and self._keeping != scope:
            self._keeping = scope
            stacked, turn = self._stacking.question(self.generation, self.scope.run), self._shelf.turn

            def question(asker: Asker) -> First:
                own = stacked(asker)
                kept = keep(asker, scope, own.stack, self._shelf, turn)
                return first_picture(asker, kept, own, self._shelf, self._wanted)

            self.ask("keep", question, self._keep)

    def _keep(self, first: First) -> None:
        self._keeping = None
        self._adopt(first.kept if first.kept.scope == self.scope._replace(window=None) else self._kept)
        if self._kept is None:
            self.load()
        elif first.suits(self._wanted()):
            self._seek = False
            self.stop("timeline")
            self._show(first.answer or 0)
        else:
            self._ask_picture()

    def _wanted(self) -> Wanted:
        """Return what is to be drawn now; any thread may call this."""
        shown = (self._window, self._room, self.selection, self._seek, self._present, self._signs, self._live)
        return Wanted(self.scope, *shown, self._marks)

    def _ask_picture(self, *, overtake: bool = True) -> None:
        wanted, own = self._wanted(), (self._kept, self._shelf)
        stacked = self._stacking.question(self.generation, self.scope.run)
        self._seek = False
        self.ask("timeline", lambda one: held_picture(one, wanted, stacked(one), *own), self._show, overtake=overtake)

    def _show(self, answer: Answer | int) -> None:
        if not isinstance(answer, Answer):
            self._answer = self._picture = None
            self._chart.show(blank(words.nothing(self.scope, answer if self.generation else None), self._room))
            self.entitle("1 Timeline")
            return
        self._answer, self._picture = answer, answer.picture
        self._room = answer.room if answer.room.size == self._room.size else self._room
        if self._picture.selected is None or self._picture.selected.id != self.selection:  # it has moved on meanwhile
            self._picture = replace(self._picture, selected=find(self._picture, self.selection))
        if self._window is not None:
            self._window = self._picture.window
        self._draw()
        if self._rest.on and (self._use is None or (self._kept is not None and not self._kept.is_whole)):
            self._later.call(self._ask_use)

    def make_way(self) -> None:
        """Put off what takes longer, if it is being asked."""
        if self.stop("use"):
            self._later.call(self._ask_use)

    def _ask_use(self) -> None:
        """Ask how the runs used their time, and keep the numbers in flight."""
        scope, kept, known = self.scope, self._kept, self._use

        def go(answer: tuple[Use, Kept | None]) -> None:
            if answer[1] is not None and self._kept is kept is not answer[1]:
                self._adopt(answer[1])
                self._ask_picture(overtake=False)  # with the most in flight
            if self.scope == scope and self._rest.on:
                self._use = answer[0]
                self._rest.answered()
                self._draw()

        self.ask("use", lambda asker: (known or use(asker, scope), swept(asker, kept, self._shelf)), go)

    def _draw(self) -> None:
        """Draw the picture with what is laid over it, and say in the frame what it is."""
        shown = self._picture
        if shown is not None and len(shown.counts) == self._room.columns:
            self._chart.show(drawn(*self._shown()))
        self._say()

    @on(Chart.Pointed)
    @on(DescendantFocus)
    @on(DescendantBlur)
    def _say(self) -> None:
        """Say in the frame what is shown, and what is in the column that is looked at."""
        if self._picture is not None:
            self.entitle(*frame(*self._shown(), self.size.width))

    def _shown(self) -> tuple[Shown, Manner]:
        assert self._answer is not None
        assert self._picture is not None
        answer = self._answer._replace(picture=self._picture, room=self._room)
        chosen = self._choosing.window if self._choosing is not None else None
        looked = self._chart.pointed, self._chart.has_focus, self._stacking.is_news
        manner = Manner(self._utc, self._signs, kind_colours(self.app))
        return Shown(answer, self._use, self.scope, chosen, self.marked, *looked), manner

    def _look_at(self, window: Window | None) -> None:
        self._window, self._present = window, False
        self.load()

    def action_zoom(self, factor: float, at: int | None = None) -> None:
        """Show half as much time, or twice as much, around the selected event or the end of the range."""
        shown = self._picture
        if shown is None:
            return
        if at is None:
            at = zoom_centre(shown) if self._choosing is None else self._choosing.moving
        self._look_at(zoomed(shown.whole, shown.window, factor, at))

    def action_pan(self, part: float, cells: int) -> None:
        """Move the window by a part of its length, or by cells the end of the range that is being chosen."""
        shown = self._picture
        if shown is None:
            return
        if self._choosing is not None:
            begin, end = shown.window
            self._choosing = self._choosing.by(cells * (end - begin) // self._room.columns, shown.whole)
            moving = self._choosing.moving
            self._draw()
            if not begin <= moving <= end:
                self._look_at(holding(shown.whole, shown.window, moving, moving))
        elif self._window is not None:
            self._look_at(panned(shown.whole, shown.window, part))

    def action_whole(self) -> None:
        """Show all time; if it is shown already, the range, or the part in which the filter matches."""
        scope, shown = self.scope, self._picture
        if self._window is not None or shown is None or scope.window is not None:
            self._look_at(None if self._window is not None or shown is None else scope.window)
            return

        def go(window: Window | None) -> None:
            if window is not None:
                self._look_at(moved(shown.whole, window[0], window[1] - window[0] + 1))

        self.ask("window", lambda asker: timeline.extent(asker, scope), go)

    def action_focus_selection(self) -> None:
        """Zoom to the selected event, with a little of what is around it."""
        if self._picture is not None and self._picture.selected is not None:
            bar = self._picture.selected
            self._look_at(around(self._picture.whole, bar.start, bar.end))

    def action_stack(self) -> None:
        """Tell events apart by the next field that matters in their dialect."""
        self._stacking.turn(self._answer and self._answer.stacked)
        self._adopt(None)
        self._keeping = None
        self.load()

    def action_clock(self) -> None:
        """Tell times since the start of the run, or as UTC."""
        self._utc = not self._utc
        self._draw()

    def action_range(self) -> None:
        """Begin a range with the time of the selected event; while it is chosen, go to its other end."""
        if self._choosing is not None:
            self._choosing = self._choosing.turned
        elif self._picture is not None:
            self._choosing = Choosing(*cursor_span(self._picture, self._room))
        self._draw()

    def action_back(self) -> None:
        """Leave the range that is being chosen, or take the last one back."""
        if self._choosing is None:
            self.post_message(RangeWanted(None))
        self._choosing = None
        self._draw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the key to the app where there is no range."""
        if action == "back":
            return self._choosing is not None or self.scope.window is not None
        return super().check_action(action, parameters)

    def action_run(self, direction: int) -> None:
        """Show the run that starts next, or the one before: alone where one is alone, else its part of time."""
        if self.scope.run is not None:
            self._turn_to(self.scope.run, direction)
        elif self._answer is not None:
            begin = self._window[0] if self._window else None
            spans = self._answer.spans if direction > 0 else self._answer.spans[::-1]
            for span in spans:
                if begin is None or (span.begin - begin) * direction > 0:
                    self._look_at(moved(self._answer.picture.whole, span.begin, span.end - span.begin + 1))
                    break

    def _turn_to(self, run: int, direction: int) -> None:
        """Show the run beside this one alone."""

        def go(found: runs.RunFacts | None) -> None:
            if found is not None:
                self.post_message(RunWanted(found.run))

        self.ask("window", lambda asker: runs.beside(runs.runs(asker), run, direction), go)

    def action_step(self, direction: int, anew: bool = False) -> None:  # noqa: FBT001, FBT002  an action's arguments
        """Select the event that starts next, or the one before; `anew` the first of all, or the last."""
        selection = None if anew else self.selection
        self._select(lambda asker, of: timeline.neighbour(asker, of, selection, direction))

    def action_lane(self, direction: int) -> None:
        """Select the slice that stands next on the lane of the selected event, or before it."""
        selection = self.selection
        bar = beside(self._picture, selection, direction) if self._picture is not None else None
        if bar is not None:
            self.post_message(EventSelected(bar.id))
        elif selection is not None:
            self._select(lambda asker, of: timeline.beyond(asker, of, selection, direction))

    def _select(self, question: Callable[[Asker, Scope | Slate], timeline.Mark | None]) -> None:
        """Select the event that a question gives."""
        kept, scope = self._kept, self.scope

        def asked(asker: Asker) -> timeline.Mark | None:
            with self._shelf.using(kept, asker) as held:
                return question(asker, held.slate.within(scope.window) if held and held.slate else scope)

        def go(mark: timeline.Mark | None) -> None:
            if mark is not None:
                self.post_message(EventSelected(mark.id))

        self.ask("step", asked, go)

    def action_open(self) -> None:
        """Take the range that is being chosen, or inspect the selected event."""
        if self._choosing is not None:
            self.post_message(RangeWanted(self._choosing.window))
        elif self.selection is not None:
            self.post_message(InspectWanted(self.selection))

    @on(Chart.Clicked)
    def _click(self, clicked: Chart.Clicked) -> None:
        shown, room = self._picture, self._room
        if shown is None:
            return
        found = bar_at(shown, room, clicked.x, clicked.y)
        moment = moment_at(shown, room, clicked.x)
        if found is not None:
            self.post_message(InspectWanted(found) if clicked.double else EventSelected(found))
        elif clicked.y < room.first_lane and moment is not None:
            self._select(
                lambda asker, of: timeline.nearest(asker, of, moment, work=True) or timeline.nearest(asker, of, moment)
            )

    @on(Chart.Dragged)
    def _drag(self, dragged: Chart.Dragged) -> None:
        if self._picture is not None:
            self._choosing = Choosing(*span_between(self._picture, self._room, dragged.begin, dragged.end))
            if dragged.done:
                self.action_open()
            self._draw()

    @on(Chart.Wheeled)
    def _wheel(self, wheeled: Chart.Wheeled) -> None:
        if self._picture is not None:
            self.action_zoom(0.5 if wheeled.inward else 2.0, moment_at(self._picture, self._room, wheeled.x))
