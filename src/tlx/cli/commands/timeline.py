"""`tlx timeline`: events over time, and how many actions were in flight."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from tlx import units
from tlx.cli import scoping
from tlx.cli.choosing import chosen_fields
from tlx.cli.printing.listing import Column, Listing, column
from tlx.cli.reading import Asked, announce, loaded
from tlx.config import ConfigError
from tlx.config.settings import Settings
from tlx.model import EVENT_COLUMNS, Quantity
from tlx.query import kinds, timeline
from tlx.query.ask import Asker, Scope
from tlx.query.concurrency import gaps
from tlx.query.concurrency.slate import Stack
from tlx.query.concurrency.slices import Slices
from tlx.query.grouping.defaults import defaults
from tlx.tui.drawing.bars import draw_bar

_BUCKETS = 60
_BAR = 24
_KIND = "execution_kind"


def print_timeline(asked: Asked, settings: Settings) -> None:
    """Load the files and print slices of time, from the first event of the runs to the last or as asked for.

    Raises:
        SourceError: one cannot be read.
        ConfigError: a filter cannot be understood, there is no such run, or the output cannot be written.
    """
    scoping.check(asked.part)
    by = _column(asked)
    with loaded(asked, settings) as asker:
        scope, _ = scoping.scope(asker, asked.part, asked.run)
        window = scope.window or timeline.whole(timeline.run_spans(asker, scope.run))
        if window is None:
            announce(Listing([], []).write(asked), 0, "events with a time")
            return
        stack = _stack(asker, scope, by or defaults(asker, scope.run).series)
        slices = Slices.of(window, asked.shape.buckets or _BUCKETS)
        found = timeline.density(asker, scope, window, slices.number, stack)
        rows = list(_rows(slices, window[1], found))
        actions = "action was" if found.busiest == 1 else "actions were"
        note = (
            f"slices of {units.duration(slices.width)}; an event counts where it ends;"
            f" at most {units.count(found.busiest)} {actions} in flight at once"
        )
        most = max(row[2] for row in rows)
        notes = [note, *(_used(asker, scope) if asked.form == "table" else ())]
        shown = Listing(_columns(stack, most, asked), rows[: asked.limit], notes).write(asked)
        announce(shown, len(rows), "slices")


def _column(asked: Asked) -> str | None:
    """The column that was asked for by name.

    Raises:
        ConfigError: it is none.
    """
    fields = chosen_fields("--by", asked.shape.by)
    if len(fields) > 1 or any(field.name not in EVENT_COLUMNS for field in fields):
        raise ConfigError("--by: slices tell one column of events apart, such as status; this is none")
    return fields[0].name if fields else None


def _stack(asker: Asker, scope: Scope, column: str) -> Stack:
    """What events are told apart by: every execution kind, or the commonest values of another column."""
    if column != _KIND:
        return timeline.stack_of(asker, column)
    names = [kind.execution_kind for kind in kinds.kinds(asker, scope) if kind.execution_kind]
    return Stack(column, (*names, timeline.OTHER))


def _used(asker: Asker, scope: Scope) -> Iterator[str]:
    """How the run with the longest gap idled, and the longest tail."""
    found = gaps.paces(asker, scope, gaps=1)
    idle, tail = gaps.idlest(gaps.with_actions(asker, found)), gaps.longest_tail(found)
    if idle is not None:
        number, s = units.count(idle.gaps_in_all), "" if idle.gaps_in_all == 1 else "s"
        yield (
            f"idle{_of(idle, found)}: no action ran for {units.duration(idle.idle_ns)}, in {number} gap{s},"
            f" the longest {units.duration(idle.gaps[0].length_ns)}"
        )
    if tail is not None:
        yield f"tail{_of(tail, found)}: at most one action ran in the last {units.duration(tail.tail_ns)}"


def _of(pace: gaps.Pace, found: Sequence[gaps.Pace]) -> str:
    return f" of run {pace.run}" if len(found) > 1 else ""


def _rows(slices: Slices, end: int, found: timeline.Density) -> Iterator[tuple[Any, ...]]:
    """The slices that lie within the window."""
    begins = range(slices.begin, end, slices.width)
    for begin, counts, mean, most in zip(begins, found.counts, found.running, found.most, strict=False):
        events = sum(counts)
        named = itertools.compress(counts, _are_named(found.stack))
        yield (begin, begin + slices.width, events, events, mean, most, *named)


def _are_named(stack: Stack) -> list[bool]:
    return [value not in (timeline.OTHER, timeline.REST) for value in stack.values]


def _columns(stack: Stack, most: int, asked: Asked) -> list[Column]:
    names = list(itertools.compress(stack.values, _are_named(stack)))
    key = "execution_kinds" if stack.column == _KIND else stack.column
    return [
        column("begin", Quantity.TIME, asked.part.zone),
        column("end", Quantity.TIME, asked.part.zone, rank=len(names) + 2),
        column("events", Quantity.NUMBER),
        Column("", "", lambda events: draw_bar(events, most, _BAR), right=False, rank=1, drawn=True),
        Column("in_flight_mean", "in flight", "{:.1f}".format),
        column("in_flight_most", Quantity.NUMBER, title="at most"),
        *(
            column(f"{key}.{name}", Quantity.NUMBER, title=name, path=(key, name), rank=rank)
            for rank, name in enumerate(names, 2)
        ),
    ]
