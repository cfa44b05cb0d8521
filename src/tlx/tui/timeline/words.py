"""What the timeline says in its frame, in as many words as find room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from tlx import units
from tlx.query.ask import Scope
from tlx.query.concurrency.gaps import Pace, idlest, longest_tail
from tlx.query.timeline import RunSpan
from tlx.tui.drawing.axis import per_cell, rule
from tlx.tui.drawing.course import Overlay
from tlx.tui.drawing.spans import ELLIPSIS, IDLE, TAIL
from tlx.tui.drawing.window import Window
from tlx.tui.timeline.keep import Use
from tlx.tui.timeline.picture import Answer

BETWEEN = " · "


Marked = Mapping[int, Window | None]
"""When the marked events were, by their ids."""


class Clock(NamedTuple):
    """How times are told: since a run began, or as the time of day."""

    span: RunSpan | None
    """The run, or None for UTC."""
    among: int = 1
    """So many runs there are."""

    @classmethod
    def of(cls, spans: Sequence[RunSpan], window: Window, *, utc: bool) -> Clock:
        """Return the clock of a window: that of the last run to begin before it does."""
        if utc or not spans:
            return cls(None)
        return cls(next((span for span in reversed(spans) if span.begin <= window[0]), spans[0]), len(spans))

    @property
    def origin(self) -> int | None:
        """What times count from, in ns since the epoch; None for UTC."""
        return None if self.span is None else self.span.origin

    def between(self, window: Window) -> str:
        """Return the edges of a window, in digits that tell them apart, and in what zone they are."""
        digits = next((few for few in (1, 3, 6) if window[1] - window[0] >= 10 ** (10 - few)), 9)
        if self.span is None:
            return f"{units.clock(window[0], digits)} {ELLIPSIS} {units.clock(window[1], digits)} UTC"
        begin, end = (units.since(time - self.span.origin, digits) for time in window)
        return f"{begin} {ELLIPSIS} {end} since {self.began}"

    def at(self, moment: int, length: int) -> str:
        """Return a moment, in digits that tell it from one that is `length` nanoseconds away."""
        digits = next((few for few in (0, 1, 3, 6) if length >= 10 ** (9 - few)), 9)
        if self.span is None:
            return f"{units.clock(moment, digits)} UTC"
        return units.since(moment - self.span.origin, digits)

    @property
    def began(self) -> str:
        """What times are since."""
        return "start" if self.span is None or self.among == 1 else f"run {self.span.run}"


def overlay(clock: Clock, use: Use | None, ranges: tuple[Window | None, Window | None], marks: Marked) -> Overlay:
    """Return what is to be laid over the picture: the clock, how the time was used, the ranges and marks."""
    paces = use.paces if use is not None else ()
    runs = [(pace.begin, pace.end) for pace in paces]
    tails = [(pace.tail_begin, pace.end) for pace in paces if pace.actions]
    return Overlay(clock.origin, runs, tails, *ranges, marks)


def nothing(scope: Scope, events: int | None) -> str:
    """Return what to say where no event has a time, of so many; None where nothing has been read yet."""
    if not events:
        return "Nothing read yet" if events is None else f"No events in this {'run' if scope.run else 'log'}"
    return f"No events with a time{' in this run' if scope.run else ''}: they stand in the order of the log below"


def title(window: Window, columns: int, clock: Clock, chosen: Window | None, room: int) -> str:
    """Return the window that is shown, how long it is and how much of it a cell stands for; beside it the range."""
    parts = ["1 Timeline"]
    if chosen == window:
        parts.append(f"range {clock.between(window)}")
    else:
        parts.append(clock.between(window))
    parts += [units.duration(window[1] - window[0]), per_cell(window, columns)]
    if chosen is not None and chosen != window:
        parts.append(f"range {clock.between(chosen)}")
    return fitted(parts, room)


def with_field(title: str, field: str, room: int) -> str:
    """Return a title with what events are told apart by in it, if that has a name."""
    first, *rest = title.split(BETWEEN)
    return fitted([first, f"by {field}", *rest], room) if field else title


def choosing(window: Window, clock: Clock, room: int) -> str:
    """Return the range that is being chosen, and the keys that take it or leave it."""
    parts = ["1 Timeline", f"range {clock.between(window)}", units.duration(window[1] - window[0])]
    return fitted([*parts, "enter takes it", "esc leaves it", "v the other end"], room)


def note(answer: Answer, use: Use | None, scope: Scope, room: int, *, ascii_only: bool = False) -> str:
    """Return what there is to say of the window: what is amiss, how the time was used, what is left out."""
    shown = answer.picture
    parts = ["the selected event has no time"] if answer.untimed and shown.selected is None else []
    if not any(map(any, shown.counts)) and not shown.total:
        parts.append("no event here matches the filter" if scope.condition.text else "no event here")
    if use is not None and not answer.stacked.fit.instants:
        parts += _used(use, ascii_only=ascii_only)
    if shown.total > shown.marks:
        parts.append(f"longest {units.count(shown.marks)} of {units.count(shown.total)} spans")
    if use is not None and use.untimed:
        parts.append(f"{units.count(use.untimed)} without a time")
    return fitted(parts, room)


def _used(use: Use, *, ascii_only: bool) -> Iterator[str]:
    """How the run with the longest idle gap idled, and the longest tail, each with its sign on the axis."""
    idle, tail = idlest(use.paces), longest_tail(use.paces)
    if idle is not None:
        gaps = f"{units.count(idle.gaps_in_all)} gap{'' if idle.gaps_in_all == 1 else 's'}"
        yield (
            f"{rule(IDLE, ascii_only=ascii_only)} idle {units.duration(idle.idle_ns)}{_of(idle, use)} in {gaps}"
            f" {'<=' if ascii_only else '≤'} {units.duration(idle.gaps[0].length_ns)}"
        )
    if tail is not None:
        yield f"{rule(TAIL, ascii_only=ascii_only)} tail {units.duration(tail.tail_ns)}{_of(tail, use)}"
    if not use.counted:
        yield "too many events for idle and tail"
    elif use.paces and not any(pace.actions for pace in use.paces):
        yield "no action here has a duration"


def _of(pace: Pace, use: Use) -> str:
    return f" of run {pace.run}" if len(use.paces) > 1 else ""


def fitted(parts: Sequence[str], room: int) -> str:
    """Return the parts in one line, the last ones left out where there is no room."""
    kept = list(parts)
    while len(kept) > 1 and cell_len(BETWEEN.join(kept)) > room:
        kept.pop()
    return BETWEEN.join(kept)
