"""`tlx durations`: actions grouped by what they have in common."""

from __future__ import annotations

from tlx import units
from tlx.cli import scoping
from tlx.cli.choosing import chosen_fields, field_column, order
from tlx.cli.printing.listing import Column, Listing, column, share
from tlx.cli.reading import Asked, announce, loaded
from tlx.config.settings import Settings
from tlx.model import Quantity
from tlx.query.grouping.defaults import defaults
from tlx.query.grouping.groups import SORTS, Group, Order, Part, groups
from tlx.tui.drawing.bars import draw_histogram

_DURATIONS = ("total_ns", "wall_ns", "mean_ns", "p50_ns", "p90_ns", "p95_ns", "p99_ns", "max_ns")
_RANKS = {"mean_ns": 1, "p99_ns": 1, "p90_ns": 2}
_COLUMNS = [
    column("calls", Quantity.NUMBER),
    *(column(name, Quantity.DURATION, rank=_RANKS.get(name, 0)) for name in _DURATIONS),
    share("share"),
    Column("", "1ms … 1000s", lambda counts: draw_histogram(counts, len(counts)), right=False, rank=3, drawn=True),
]
_NOTES = ("wall: at least one of them ran; percentiles: nearest rank", "share: of {}, the time of all actions summed")


def print_durations(asked: Asked, settings: Settings) -> None:
    """Load the files and print the groups of their actions.

    Raises:
        SourceError: one cannot be read.
        ConfigError: a filter, a field or a column to sort by cannot be understood, there is no such run, or the output
            cannot be written.
    """
    scoping.check(asked.part)
    chosen_fields("--by", asked.shape.by)
    with loaded(asked, settings) as asker:
        scope, around = scoping.scope(asker, asked.part, asked.run)
        fields = chosen_fields("--by", asked.shape.by or defaults(asker, scope.run).groups[:1], around)
        by = _order(asked, [field.name for field in fields])
        found = groups(asker, scope, fields, by, Part(limit=asked.limit, wall=True))
        names = [field_column(asker, field, asked.part.zone, path=("group", field.name)) for field in fields]
        notes = [note.format(units.duration(found.total_ns)) for note in _NOTES]
        shown = Listing([*names, *_COLUMNS], map(_row, found.rows), notes).write(asked)
        announce(shown, found.number, "groups of actions", scope)


def _order(asked: Asked, fields: list[str]) -> Order:
    if asked.shape.sort is None:
        return Order()
    names = {name: name for name in (*SORTS, *fields)} | {name.removesuffix("_ns"): name for name in SORTS}
    return Order(*order(asked.shape.sort, names, ("label", *fields)))


def _row(group: Group) -> tuple[object, ...]:
    return (*group.values, *(getattr(group, one.name or "histogram") for one in _COLUMNS))
