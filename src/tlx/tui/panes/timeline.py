"""Timeline: events over time stacked by execution kind, the axis, and lanes of actions beneath."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tlx import units
from tlx.query import event, runs, timeline
from tlx.query.ask import Asker, Scope
from tlx.store.database import Database
from tlx.tui import palette
from tlx.tui.drawing.axis import per_cell
from tlx.tui.drawing.packing import Bar, fill
from tlx.tui.drawing.spans import Line, Piece
from tlx.tui.drawing.timeline import Picture, Room, Series, bar_at, draw_timeline, moment_at
from tlx.tui.drawing.window import Window, holding, moved, panned, zoomed
from tlx.tui.messages import EventSelected, InspectWanted, RunWanted
from tlx.tui.panes.pane import Pane
from tlx.tui.widgets.chart import Chart

_BARS_PER_LANE = 200
_LEAST_BARS = 1_000
"""How many of the longest spans are fetched for each lane on the screen, and at least; most find no room."""
_LANES_FOR_INSTANTS = 3
"""With fewer lanes than these, instants get one only where there are no spans."""


class TimelinePane(Pane):
    """The window on time is its own; which events count is the app's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w,plus", "zoom(0.5)", "Zoom in", id="timeline.zoom_in", key_display="w"),
        Binding("s,minus", "zoom(2.0)", "Zoom out", id="timeline.zoom_out", key_display="s"),
        Binding("a,h,left", "pan(-0.25)", "Pan left", show=False, id="timeline.left"),
        Binding("d,l,right", "pan(0.25)", "Pan right", show=False, id="timeline.right"),
        Binding("0", "whole", "Whole", id="timeline.whole", tooltip="Show all time; again, where the filter matches"),
        Binding("full_stop,j,down", "step(1)", "Next", id="timeline.next", key_display="j", tooltip="Next slice"),
        Binding("comma,k,up", "step(-1)", "Slice before", show=False, id="timeline.previous"),
        Binding("g,home", "step(1, True)", "First slice", show=False, id="timeline.first"),
        Binding("G,end", "step(-1, True)", "Last slice", show=False, id="timeline.last"),
        Binding("right_square_bracket", "run(1)", "Next run", show=False, id="timeline.next_run"),
        Binding("left_square_bracket", "run(-1)", "Run before", show=False, id="timeline.previous_run"),
        Binding("enter", "open", "Inspect", show=False, id="timeline.open"),
    ]

    def __init__(self, database: Callable[[], Database], *, ascii_only: bool = False, **kwargs: Any) -> None:
        super().__init__(database, **kwargs)
        letters = "".join(map(palette.letter_of, palette.STACK)) if ascii_only else ""
        self._series = Series([palette.style_of(name) for name in palette.STACK], letters)
        self._window: Window | None = None
        self._picture: Picture | None = None
        self._room = Room(0, 0)
        self._chart = Chart(id="timeline-chart")

    def compose(self) -> ComposeResult:
        """One chart."""
        self.entitle("1 Timeline")
        yield self._chart

    def watch_scope(self, before: Scope, scope: Scope) -> None:
        """Other events count now; of another run all time is shown."""
        if scope.run != before.run:
            self._window = None
        super().watch_scope(before, scope)

    def watch_selection(self) -> None:
        """Mark the event that is selected, moving to it where it is not in the picture."""
        if self._picture is not None and _find(self._picture, self.selection) is not None:
            self._show(self._picture)
        else:
            self.load(seek=True)

    @on(Chart.Resized)
    def _fit(self, resized: Chart.Resized) -> None:
        self._room = Room(resized.width, resized.height)
        self.load()

    def load(self, *, overtake: bool = True, seek: bool = False) -> None:
        """Ask for a picture; with `seek` of the window moved to where the selected event lies."""
        if not self._room.width:
            return
        scope, window, room, selection = self.scope, self._window, self._room, self.selection

        def question(asker: Asker) -> Picture | None:
            whole = timeline.whole(timeline.run_spans(asker, scope.run))
            found = event.event(asker, selection) if selection is not None else None
            selected = _bar_of(found) if found is not None else None
            if whole is None:
                return None
            shown = window or whole
            if seek and selected is not None:
                shown = holding(whole, shown, selected.start, selected.end) or whole
            return _picture(asker, scope, (whole, shown), room, selected)

        self.ask("timeline", question, self._show, overtake=overtake)

    def _show(self, picture: Picture | None) -> None:
        self._picture = picture
        if picture is None:
            where = "" if self.scope.run is None else " in this run"
            text = f"No events with a time{where}" if self.generation else "Nothing read yet"
            blank: list[Line] = [[Piece("")]] * (self._room.height // 2)
            self._chart.show([*blank, [Piece(text.center(self._room.width), "dim")]])
            self.entitle("1 Timeline")
            return
        # The selection may have moved on while the question was answered.
        if picture.selected is None or picture.selected.id != self.selection:
            self._picture = picture = replace(picture, selected=_find(picture, self.selection))
        if self._window is not None:
            self._window = picture.window
        if len(picture.counts) == self._room.columns:
            self._chart.show(draw_timeline(picture, self._room, self._series))
        (begin, end), first = picture.window, picture.whole[0]
        times = f"{units.since(begin - first)} … {units.since(end - first)}"
        cells = per_cell(picture.window, self._room.columns)
        hidden = picture.total - picture.marks
        note = f"longest {units.count(picture.marks)} of {units.count(picture.total)} spans" if hidden else ""
        if not any(map(any, picture.counts)) and not picture.total:
            note = "no event here matches the filter" if self.scope.condition.text else "no event here"
        self.entitle(f"1 Timeline · {times} since start · {cells}", note)

    def _look_at(self, window: Window | None) -> None:
        self._window = window
        self.load()

    def action_zoom(self, factor: float, at: int | None = None) -> None:
        """Show half as much time, or twice as much, around the selected event."""
        picture = self._picture
        if picture is None:
            return
        begin, end = picture.window
        bar = picture.selected
        if at is None:
            at = (begin + end) // 2 if bar is None else (bar.start + bar.end) // 2
            if bar is not None and bar.start < end and bar.end >= begin:
                at = (max(bar.start, begin) + min(bar.end, end)) // 2
        self._look_at(zoomed(picture.whole, picture.window, factor, at))

    def action_pan(self, part: float) -> None:
        """Move the window by a part of its length."""
        if self._picture is not None and self._window is not None:
            self._look_at(panned(self._picture.whole, self._picture.window, part))

    def action_whole(self) -> None:
        """Show all time, or if it is shown already, the part in which the filter matches."""
        if self._window is not None or self._picture is None:
            self._look_at(None)
            return
        scope, whole = self.scope, self._picture.whole
        self._jump(lambda asker: timeline.extent(asker, scope), whole)

    def action_run(self, direction: int) -> None:
        """Show the run that starts next, or the one before: alone where one is alone, else its part of time."""
        alone, begin = self.scope.run, self._window[0] if self._window else None
        if alone is not None:
            self._turn_to(alone, direction)
            return
        if self._picture is None:
            return

        def question(asker: Asker) -> Window | None:
            spans = [(run.start, run.end) for run in runs.runs(asker) if run.start is not None and run.end is not None]
            if direction > 0:
                return min((span for span in spans if begin is None or span[0] > begin), default=None)
            return max((span for span in spans if begin is None or span[0] < begin), default=None)

        self._jump(question, self._picture.whole)

    def _turn_to(self, run: int, direction: int) -> None:
        """Show the run beside this one alone."""

        def go(found: runs.RunFacts | None) -> None:
            if found is not None:
                self.post_message(RunWanted(found.run))

        self.ask("window", lambda asker: runs.beside(runs.runs(asker), run, direction), go)

    def _jump(self, question: Callable[[Asker], Window | None], whole: Window) -> None:
        """Show the window that a question gives."""

        def go(window: Window | None) -> None:
            if window is not None:
                self._look_at(moved(whole, window[0], window[1] - window[0] + 1))

        self.ask("window", question, go)

    def action_step(self, direction: int, anew: bool = False) -> None:  # noqa: FBT001, FBT002  an action's arguments
        """Select the slice that starts next, or the one before; `anew` the first of all, or the last."""
        scope, selection = self.scope, None if anew else self.selection
        self._select(lambda asker: timeline.neighbour(asker, scope, selection, direction))

    def _select(self, question: Callable[[Asker], timeline.Mark | None]) -> None:
        """Select the event that a question gives."""

        def go(mark: timeline.Mark | None) -> None:
            if mark is not None:
                self.post_message(EventSelected(mark.id))

        self.ask("step", question, go)

    def action_open(self) -> None:
        """Inspect the selected event."""
        if self.selection is not None:
            self.post_message(InspectWanted(self.selection))

    @on(Chart.Clicked)
    def _click(self, clicked: Chart.Clicked) -> None:
        picture, room = self._picture, self._room
        if picture is None:
            return
        found = bar_at(picture, room, clicked.x, clicked.y)
        moment = moment_at(picture, room, clicked.x)
        if found is not None:
            self.post_message(InspectWanted(found) if clicked.double else EventSelected(found))
        elif clicked.y < room.first_lane and moment is not None:
            scope, actions = self.scope, self.scope._replace(actions_only=True)
            self._select(
                lambda asker: timeline.nearest(asker, actions, moment) or timeline.nearest(asker, scope, moment)
            )

    @on(Chart.Wheeled)
    def _wheel(self, wheeled: Chart.Wheeled) -> None:
        if self._picture is not None:
            self.action_zoom(0.5 if wheeled.inward else 2.0, moment_at(self._picture, self._room, wheeled.x))


def _picture(asker: Asker, scope: Scope, windows: tuple[Window, Window], room: Room, selected: Bar | None) -> Picture:
    """Ask for all that is drawn of one window."""
    whole, shown = windows
    chosen = selected.id if selected is not None else None
    density = timeline.density(asker, scope, shown, room.columns, palette.STACK)
    limit = max(_LEAST_BARS, room.lanes * _BARS_PER_LANE)
    marks = [_bar(mark) for mark in timeline.marks(asker, scope, shown, limit, chosen)]
    instants = []
    if room.lanes >= _LANES_FOR_INSTANTS or not marks:
        instants = [_bar(mark) for mark in timeline.instants(asker, scope, shown, room.columns, chosen)]
    lanes = fill(marks, max(0, room.lanes - bool(instants)), shown, room.columns, chosen)
    total = timeline.touching(asker, scope, shown) if len(marks) >= limit else len(marks)
    drawn = [instants, *lanes] if instants else lanes
    return Picture(
        whole, shown, density.counts, density.running, density.busiest, drawn, bool(instants), total, selected
    )


def _find(picture: Picture, event_id: int | None) -> Bar | None:
    return next((bar for lane in picture.lanes for bar in lane if bar.id == event_id), None)


def _bar(mark: timeline.Mark) -> Bar:
    return Bar(mark.id, mark.start, mark.end, mark.name, palette.look(mark.execution_kind).style)


def _bar_of(found: event.Event) -> Bar | None:
    columns = found.columns
    if columns["time"] is None:
        return None
    start = columns["time"] if columns["start"] is None else columns["start"]
    return Bar(columns["id"], start, columns["time"], "", palette.look(columns["execution_kind"]).style)
