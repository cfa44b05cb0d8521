"""The question behind the timeline: all that is drawn of one window, in one answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from tlx.query import timeline
from tlx.query.ask import Asker, Scope
from tlx.query.concurrency.slate import Slate
from tlx.query.concurrency.sweep import curve, means
from tlx.tui import palette
from tlx.tui.drawing.packing import Bar, fill
from tlx.tui.drawing.timeline import Picture, Room
from tlx.tui.drawing.window import Window, holding, moved
from tlx.tui.timeline.keep import Kept

_BARS_PER_LANE = 100
_LEAST_BARS = 600
"""How many of the longest spans are fetched for each lane on the screen, and at least; most find no room."""
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


class Answer(NamedTuple):
    """A picture, and when the runs were that it is of."""

    picture: Picture
    spans: tuple[timeline.RunSpan, ...]
    untimed: bool
    """Whether there is a selected event that has no time."""


def picture(asker: Asker, wanted: Wanted, kept: Kept | None) -> Answer | None:
    """Return all that is drawn, None where no event of the runs has a time; `kept`, if given, must be of the scope."""
    spans = kept.spans if kept is not None else timeline.run_spans(asker, wanted.scope.run)
    whole = timeline.whole(spans)
    if whole is None:
        return None
    marks = timeline.looked_up(asker, [wanted.selection]) if wanted.selection is not None else []
    selected = next(map(bar_of, marks), None)
    shown = wanted.window or whole
    if wanted.present:
        length = shown[1] - shown[0]
        shown = moved(whole, whole[1] - length, length) or whole
    if wanted.seek and selected is not None:
        shown = holding(whole, shown, selected.start, selected.end) or whole
    drawn = _picture(asker, wanted, kept, (whole, shown))
    return Answer(
        replace(drawn, selected=selected), tuple(spans), untimed=wanted.selection is not None and selected is None
    )


def _picture(asker: Asker, wanted: Wanted, kept: Kept | None, windows: tuple[Window, Window]) -> Picture:
    (whole, shown), room, chosen = windows, wanted.room, wanted.selection
    of: Scope | Slate = kept.slate if kept is not None and kept.slate else wanted.scope._replace(window=None)
    counts = timeline.counts(asker, of, shown, room.columns, palette.STACK)
    running, busiest = _in_flight(asker, of, kept, shown, room.columns)
    limit = max(_LEAST_BARS, room.lanes * _BARS_PER_LANE)
    marks = [Bar(*span, "", "") for span in timeline.longest(asker, of, shown, limit, chosen)]
    instants: list[int] = []
    if room.lanes >= _LANES_FOR_INSTANTS or not marks:
        instants = timeline.firsts(asker, of, shown, room.columns, chosen)
    packed = fill(marks, max(0, room.lanes - bool(instants)), shown, room.columns, chosen)
    lanes = _named(asker, packed, instants)
    total = timeline.touching(asker, of, shown) if len(marks) >= limit else len(marks)
    return Picture(whole, shown, counts, running, busiest, lanes, bool(instants), total)


def _in_flight(
    asker: Asker, of: Scope | Slate, kept: Kept | None, shown: Window, columns: int
) -> tuple[Sequence[float], int | None]:
    """The actions in flight in each column; the most at once takes sorting, which waits until the store rests."""
    if kept is None or not kept.is_whole:
        return means(asker, of, shown, columns), None
    found = curve(asker, of, shown, columns, kept.sweep)
    return found.mean, found.busiest


def _named(asker: Asker, packed: list[list[Bar]], instants: list[int]) -> list[list[Bar]]:
    """The lanes with what is written on their bars: only those that found room are looked up."""
    ids = [*instants, *(bar.id for lane in packed for bar in lane)]
    bars = {mark.id: bar_of(mark) for mark in timeline.looked_up(asker, ids)}
    lanes = [[bars.get(bar.id, bar) for bar in lane] for lane in packed]
    if not instants:
        return lanes
    return [sorted((bars[found] for found in instants), key=lambda bar: (bar.end, bar.id)), *lanes]


def bar_of(mark: timeline.Mark) -> Bar:
    """Return how an event is drawn."""
    return Bar(mark.id, mark.start, mark.end, mark.name, palette.look(mark.execution_kind).style)


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
