"""`tlx timeline`: events over time, and how many actions were in flight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tlx import units
from tlx.cli import scoping
from tlx.cli.printing.listing import Column, Listing, column
from tlx.cli.reading import Asked, announce, loaded
from tlx.config import Settings
from tlx.model import Quantity
from tlx.query import kinds, timeline
from tlx.query.ask import Scope
from tlx.query.concurrency.slices import Slices
from tlx.tui.drawing.bars import draw_bar

_BUCKETS = 60
_BAR = 24


def print_timeline(asked: Asked, settings: Settings) -> None:
    """Load the files and print slices of time, from the first event of the runs to the last or as asked for.

    Raises:
        SourceError: one cannot be read.
        ConfigError: a filter cannot be understood, there is no such run, or the output cannot be written.
    """
    scoping.check(asked.part)
    with loaded(asked, settings) as asker:
        scope, _ = scoping.scope(asker, asked.part, asked.run)
        window = scope.window or timeline.extent(asker, Scope(run=scope.run))
        if window is None:
            announce(Listing([], []).write(asked), 0, "events with a time")
            return
        names = [kind.execution_kind for kind in kinds.kinds(asker, scope) if kind.execution_kind]
        slices = Slices.of(window, asked.shape.buckets or _BUCKETS)
        found = timeline.density(asker, scope, window, slices.number, [*names, timeline.OTHER])
        rows = list(_rows(slices, window[1], found))
        note = (
            f"slices of {units.duration(slices.width)}; an event counts where it ends;"
            f" at most {units.count(found.busiest)} actions were in flight at once"
        )
        most = max(row[2] for row in rows)
        shown = Listing(_columns(names, most, asked), rows[: asked.limit], [note]).write(asked)
        announce(shown, len(rows), "slices")


def _rows(slices: Slices, end: int, found: timeline.Density) -> Iterator[tuple[Any, ...]]:
    """The slices that lie within the window."""
    begins = range(slices.begin, end, slices.width)
    for begin, counts, mean, most in zip(begins, found.counts, found.running, found.most, strict=False):
        events = sum(counts)
        yield (begin, begin + slices.width, events, events, mean, most, *counts[:-1])


def _columns(names: Sequence[str], most: int, asked: Asked) -> list[Column]:
    return [
        column("begin", Quantity.TIME, asked.part.zone),
        column("end", Quantity.TIME, asked.part.zone, rank=len(names) + 2),
        column("events", Quantity.NUMBER),
        Column("", "", lambda events: draw_bar(events, most, _BAR), right=False, rank=1, drawn=True),
        Column("in_flight_mean", "in flight", "{:.1f}".format),
        column("in_flight_most", Quantity.NUMBER, title="at most"),
        *(
            column(f"execution_kinds.{name}", Quantity.NUMBER, title=name, path=("execution_kinds", name), rank=rank)
            for rank, name in enumerate(names, 2)
        ),
    ]
