"""The question behind the timeline: all that is drawn of one window, in one answer."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from tlx.query import rows, timeline
from tlx.query.ask import ALL, Asker, Scope, meanwhile
from tlx.query.concurrency.slate import Slate, Stack
from tlx.query.concurrency.sweep import curve, means
from tlx.query.concurrency.unended import unended
from tlx.query.growing.all_time import Grid, all_time, first_instants
from tlx.query.growing.marks import Marks
from tlx.store.memory.room import StoreError
from tlx.tui import palette
from tlx.tui.drawing.packing import Bar, fill
from tlx.tui.drawing.timeline import GUTTER, Picture, Room
from tlx.tui.drawing.window import Window, holding, moved
from tlx.tui.palette import Look, Signs
from tlx.tui.timeline.keep import Kept, Shelf
from tlx.tui.timeline.stacking import Stacked, looks_of, short

_BARS_PER_LANE = 100
_LEAST_BARS = 600
"""How many of the longest spans are fetched for each lane on the screen, and at least; most find no room."""
_MOST_OPEN = 1_000
"""So many spans without an end are fetched, those that began first."""
_INSTANTS = "instants"
"""What the lane of all instants is called."""
_LANES_FOR_INSTANTS = 3
"""With fewer lanes than these, instants get one only where there are no spans."""


class Wanted(NamedTuple):
    """What to draw: the events of a scope, whatever its window, in a window on time (None is all), in some room."""

    scope: Scope
    window: Window | None
    room: Room
    selection: int | None = None
    seek: bool = False
    """Whether to move the window to where the selected event lies."""
    present: bool = False
    """Whether to move it to the end of all time: it showed the present before the log grew."""
    signs: Signs = palette.SIGNS
    live: bool = False
    """Whether the log grows, so that all time is shown with columns that stay where they are for a while."""
    marks: Marks | None = None
    """Events that were drawn before."""


class Answer(NamedTuple):
    """A picture, and when the runs were that it is of."""

    picture: Picture
    spans: tuple[timeline.RunSpan, ...]
    untimed: bool
    """Whether there is a selected event that has no time."""
    stacked: Stacked
    room: Room
    """With what can be drawn in it."""


def picture(asker: Asker, wanted: Wanted, kept: Kept | None, stacked: Stacked) -> Answer | int:
    """Return all that is drawn; where no event of the runs has a time, how many there are.

    `kept`, if given, must be of the scope.
    """
    wanted = wanted._replace(room=replace(wanted.room, has_spans=not stacked.fit.instants))
    spans = kept.spans if kept is not None else timeline.run_spans(asker, wanted.scope.run, wanted.scope.before)
    dyer = Dyer(stacked.stack, _open(asker, wanted.scope, spans), wanted.marks, signs=wanted.signs)
    whole = timeline.whole(spans)
    if whole is None:
        return rows.total(asker, ALL._replace(run=wanted.scope.run))
    selected = next(iter(dyer.bars(asker, [wanted.selection] if wanted.selection is not None else [])), None)
    shown = wanted.window or (Grid.of(whole, wanted.room.columns).window if wanted.live else whole)
    if wanted.present:
        length = shown[1] - shown[0]
        shown = moved(whole, whole[1] - length, length) or whole
    if wanted.seek and selected is not None:
        shown = holding(whole, shown, selected.start, selected.end) or whole
    drawn = _picture(
        asker, wanted, kept if kept is not None and kept.is_of(stacked.stack) else None, (whole, shown), dyer
    )
    untimed = wanted.selection is not None and selected is None
    return Answer(replace(drawn, selected=selected), tuple(spans), untimed, stacked, wanted.room)


class First(NamedTuple):
    """What was kept, and at once the first picture by it."""

    kept: Kept
    wanted: Wanted
    """What was to be drawn when it was kept."""
    answer: Answer | int | None
    is_drawn: bool
    """Whether there is an answer: not where other events were wanted by then."""

    def suits(self, wanted: Wanted) -> bool:
        """Whether it is what is wanted, or all of it is but for another selection, which is drawn in it too."""
        drawn = self.answer if self.is_drawn else None
        if isinstance(drawn, Answer) and find(drawn.picture, wanted.selection) is not None:
            wanted = wanted._replace(selection=self.wanted.selection, seek=self.wanted.seek)
        return self.is_drawn and self.wanted == wanted


def first_picture(asker: Asker, kept: Kept, stacked: Stacked, shelf: Shelf, wanted: Callable[[], Wanted]) -> First:
    """Draw what is wanted now by what has just been kept: nobody has to pass on that it is."""
    now = wanted()
    with shelf.using(kept, asker) as held:
        if held is not None and now.scope._replace(window=None) == held.scope:
            with contextlib.suppress(StoreError):  # whoever asks for the picture alone is told of it
                return First(kept, now, picture(asker, now, held, stacked), is_drawn=True)
        return First(kept, now, None, is_drawn=False)


def held_picture(asker: Asker, wanted: Wanted, stacked: Stacked, kept: Kept | None, shelf: Shelf) -> Answer | int:
    """Return the `picture` by what is kept, which is held until it is drawn."""
    with shelf.using(kept, asker) as held:
        return picture(asker, wanted, held, stacked)


class _Flow(NamedTuple):
    """What is above the lanes: events by column and series, the actions in flight, the most of them at once."""

    counts: Sequence[Sequence[int]]
    running: Sequence[float]
    busiest: int | None


class _Drawn(NamedTuple):
    """What is in a window, before it is put into lanes."""

    window: Window
    flow: Callable[[], _Flow]
    """Gives what is above the lanes, as soon as it is known."""
    marks: list[Bar]
    total: int
    firsts: Callable[[Stack | None], list[int]]
    """Gives the first instants, of each value of a stack or of all."""


def _picture(asker: Asker, wanted: Wanted, kept: Kept | None, windows: tuple[Window, Window], dyer: Dyer) -> Picture:
    (whole, shown), room = windows, wanted.room
    limit = max(_LEAST_BARS, room.lanes * _BARS_PER_LANE)
    waiting = [bar for bar in dyer.still_open.values() if bar.start < shown[1] and bar.end >= shown[0]]
    found = None
    if kept is None and wanted.window is None and not dyer.still_open:
        found = _grown(asker, wanted, whole, limit, dyer.stack)
    asked = contextlib.nullcontext(found) if found else _asked(asker, wanted, kept, (shown, limit), dyer)
    with asked as found:
        rows: list[tuple[str, list[Bar]]] = []
        instants: list[int] = []
        if room.lanes >= _LANES_FOR_INSTANTS or not (found.marks or waiting):
            if not (found.marks or waiting) and room.lanes > 1:
                rows = dyer.apart(asker, found.firsts(dyer.stack), room.lanes)
            instants = [] if rows else found.firsts(None)
        frame = (found.window, room.columns, wanted.selection)
        packed = _packed(found.marks, waiting, max(0, room.lanes - bool(rows or instants)), frame)
        dyer.look_up(asker, [*instants, *(bar.id for lane in packed for bar in lane)])
        rows = rows or dyer.together(asker, instants)
        lanes = [bars for _, bars in rows] + dyer.named(asker, packed)
        names, total = [name for name, _ in rows], found.total + len(waiting)
        return Picture(whole, found.window, *found.flow(), lanes, names, total)


@contextlib.contextmanager
def _asked(asker: Asker, wanted: Wanted, kept: Kept | None, window: tuple[Window, int], dyer: Dyer) -> Iterator[_Drawn]:
    """Ask for what is in a window, with so many of the longest spans; of a slate for what is above them beside it."""
    (shown, limit), columns, chosen = window, wanted.room.columns, wanted.selection
    slate = kept.slate if kept is not None else None
    of: Scope | Slate = slate or wanted.scope._replace(window=None)

    def flow(one: Asker) -> _Flow:
        return _Flow(timeline.counts(one, of, shown, columns, dyer.stack), *_in_flight(one, of, kept, shown, columns))

    def firsts(told: Stack | None) -> list[int]:
        return timeline.firsts(asker, of, timeline.Cut(shown, columns, told), chosen, tuple(dyer.still_open))

    with meanwhile(asker, flow) if slate else contextlib.nullcontext(lambda: flow(asker)) as flowing:
        marks = [Bar(*span, "", "") for span in timeline.longest(asker, of, shown, limit, chosen)]
        total = timeline.touching(asker, of, shown) if len(marks) >= limit else len(marks)
        yield _Drawn(shown, flowing, marks, total, firsts)


def _grown(asker: Asker, wanted: Wanted, whole: Window, limit: int, stack: Stack) -> _Drawn | None:
    """What is in all time while the log grows: only what has come is asked for, where that can be told."""
    scope, chosen, grid = wanted.scope, wanted.selection, Grid.of(whole, wanted.room.columns)
    found = all_time(asker, scope, grid, stack, (limit, chosen))
    if found is None:
        return None
    marks = [Bar(*span, "", "") for span in found.longest]

    def firsts(told: Stack | None) -> list[int]:
        return first_instants(asker, scope, grid, told, chosen)

    flow = _Flow(found.counts, found.running, None)
    return _Drawn(grid.window, lambda: flow, marks, found.spans, firsts)


def _packed(
    marks: Sequence[Bar], waiting: Sequence[Bar], lanes: int, frame: tuple[Window, int, int | None]
) -> list[list[Bar]]:
    """Return lanes of what has ended, then those of what has not: long by nature, it takes half of the room at most."""
    shown, columns, chosen = frame
    last = [lane for lane in fill(waiting, -(-lanes // 2) if marks else lanes, shown, columns, chosen) if lane]
    return [*fill(marks, lanes - len(last), shown, columns, chosen), *last]


def _open(asker: Asker, scope: Scope, spans: Sequence[timeline.RunSpan]) -> dict[int, Bar]:
    """Return what has no end, by id: up to the last event of its run."""
    ends = {span.run: span.end for span in spans}
    found = unended(asker, scope._replace(window=None), _MOST_OPEN)
    return {one.id: Bar(one.id, one.start, ends.get(one.run, one.start), "", "") for one in found}


class Dyer:
    """Gives events the looks of their values; failures, and what has no end, one of their own."""

    def __init__(
        self, stack: Stack, still_open: Mapping[int, Bar], marks: Marks | None = None, *, signs: Signs
    ) -> None:
        self.stack = stack
        self._marks = marks or Marks()
        self.still_open = still_open
        self._signs = signs
        self._looks = dict(zip(stack.values, looks_of(stack), strict=True))

    def look_up(self, asker: Asker, ids: Sequence[int]) -> None:
        """Ask for events at once: one by one each question would look through all of them."""
        self._marks.looked_up(asker, ids, self.stack.column)

    def bars(self, asker: Asker, ids: Sequence[int]) -> list[Bar]:
        """Return how events are drawn, those that have a time."""
        return list(map(self._bar, self._marks.looked_up(asker, ids, self.stack.column)))

    def _bar(self, mark: timeline.Mark) -> Bar:
        if mark.failed or mark.is_open:
            look = palette.FAILED if mark.failed else palette.OPEN
            sign, waiting = self._signs.of(look), self.still_open.get(mark.id)
            end = mark.end if waiting is None else waiting.end
            return Bar(mark.id, mark.start, end, f"{sign} {mark.name}", look.style, sign, self._fill(look))
        look = self._looks.get(mark.value, self._looks[self.stack.values[-1]])
        return Bar(mark.id, mark.start, mark.end, mark.name, look.style, fill=self._fill(look))

    def _fill(self, look: Look) -> str:
        return self._signs.of(look) if self._signs.fills else ""

    def named(self, asker: Asker, packed: list[list[Bar]]) -> list[list[Bar]]:
        """Return the lanes with what is written on their bars: only those that found room are looked up."""
        bars = {bar.id: bar for bar in self.bars(asker, [bar.id for lane in packed for bar in lane])}
        return [[bars.get(bar.id, bar) for bar in lane] for lane in packed]

    def together(self, asker: Asker, instants: Sequence[int]) -> list[tuple[str, list[Bar]]]:
        """Return instants in one lane, with its name."""
        marks = self._marks.looked_up(asker, instants, self.stack.column)
        return [(_INSTANTS, list(map(self._bar, marks)))] if marks else []

    def apart(self, asker: Asker, instants: Sequence[int], most: int) -> list[tuple[str, list[Bar]]]:
        """Return instants in a lane for each value, with their names; none where that would take more lanes."""
        marks = self._marks.looked_up(asker, instants, self.stack.column)
        lanes: dict[str, list[Bar]] = {value: [] for value in self.stack.values}
        for mark in marks:
            lanes[mark.value if mark.value in lanes else self.stack.values[-1]].append(self._bar(mark))
        found = [(_lane(value), bars) for value, bars in lanes.items() if bars]
        return found if len(found) <= most else []


def _lane(value: str) -> str:
    """What the lane of a value is called."""
    return {timeline.OTHER: "(none)", timeline.REST: "others"}.get(value) or short(value, GUTTER - 1)


def _in_flight(
    asker: Asker, of: Scope | Slate, kept: Kept | None, shown: Window, columns: int
) -> tuple[Sequence[float], int | None]:
    """The actions in flight in each column; the most at once takes sorting, which waits until the store rests."""
    if kept is None or not kept.is_whole:
        return means(asker, of, shown, columns), None
    found = curve(asker, of, shown, columns, kept.sweep)
    return found.mean, found.busiest


def find(shown: Picture, event_id: int | None) -> Bar | None:
    """Return the bar of an event, None if it is not drawn."""
    return next((bar for lane in shown.lanes for bar in lane if bar.id == event_id), None)


def beside(shown: Picture, event_id: int | None, direction: int) -> Bar | None:
    """Return the bar that is drawn next on the lane of an event, or before it."""
    for lane in shown.lanes:
        for place, bar in enumerate(lane):
            if bar.id == event_id:
                return lane[place + direction] if 0 <= place + direction < len(lane) else None
    return None
