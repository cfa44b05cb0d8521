"""`tlx events`: the events that a filter lets through, by columns or as the lines they were."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tlx import units
from tlx.cli import scoping
from tlx.cli.choosing import chosen_fields, field_column, order
from tlx.cli.growing import growing
from tlx.cli.printing.listing import Counted, Listing
from tlx.cli.printing.writing import writing
from tlx.cli.reading import Asked, announce, loaded
from tlx.config import ConfigError
from tlx.config.settings import Settings
from tlx.dialects.base import Breakdown
from tlx.model import EVENT_COLUMNS, Quantity
from tlx.query import rows
from tlx.query.fields import Field, field
from tlx.query.grouping.defaults import defaults
from tlx.query.language.compile import ALIASES
from tlx.query.language.nodes import Path
from tlx.query.walk import walk

_BEFORE_NAME = ("execution_kind", "status", "level")
"""Columns for a person that stand before the name."""
_HEAD = 1_000
"""At most so many events say how wide the columns are while more come."""
_SORTS = {name: name for name in EVENT_COLUMNS} | ALIASES
_ASCENDING = [name for name, kind in EVENT_COLUMNS.items() if kind not in (Quantity.DURATION, Quantity.SIZE)]


def print_events(asked: Asked, settings: Settings) -> None:
    """Load the files and print their events, those that match.

    Raises:
        SourceError: one cannot be read.
        ConfigError: a filter, a field or a column to sort by cannot be understood, there is no such run, or the output
            cannot be written.
    """
    shape = asked.shape
    if shape.raw and (shape.columns or asked.form != "table"):
        raise ConfigError("--raw prints lines as they were; it goes neither with --columns nor with --format")
    scoping.check(asked.part)
    chosen_fields("--columns", shape.columns)
    if asked.follow:
        _print_growing(asked, settings)
        return
    by = rows.Order(*order(shape.sort, _SORTS, _ASCENDING, paths=True)) if shape.sort else rows.Order("id")
    with loaded(asked, settings) as asker:
        scope, around = scoping.scope(asker, asked.part, asked.run)
        if shape.raw:
            shown = _print_lines(walk(asker, scope, [_own("raw")], by, asked.limit), asked)
        else:
            wanted = chosen_fields("--columns", shape.columns, around) or _usual(asked.form, defaults(asker, scope.run))
            found = walk(asker, scope, wanted, by, asked.limit)
            rank = 0 if shape.columns else 1
            columns = [field_column(asker, one, asked.part.zone, rank=rank * (one.name == "owner")) for one in wanted]
            shown = Listing(columns, found).write(asked)
        total = shown if asked.limit is None else rows.total(asker, scope)
        announce(shown, total, "events and texts" if shown < total and rows.texts(asker, scope) else "events", scope)


def _print_growing(asked: Asked, settings: Settings) -> None:
    """Print the events as they come."""
    shape = asked.shape
    if shape.sort or asked.form == "json":
        flag = "--sort" if shape.sort else "--format json"
        raise ConfigError(f"{flag} needs all events, and with -f there may always be more; leave one out")
    with growing(asked, settings) as found:
        if shape.raw:
            _print_lines(found.rows([_own("raw")]), asked)
            return
        wanted = chosen_fields("--columns", shape.columns, found.around) or _usual(asked.form, defaults(found.asker))
        rank = 0 if shape.columns else 1
        columns = [field_column(found.asker, one, asked.part.zone, rank=rank * (one.name == "owner")) for one in wanted]
        Listing(columns, found.rows(wanted), head=max(1, min(_HEAD, found.at_hand()))).write(asked)


def _usual(form: str, fit: Breakdown) -> list[Field]:
    """What is printed where no columns are named: a program gets all but the raw line."""
    if form != "table":
        return [_own(name) for name in EVENT_COLUMNS if name != "raw"]
    columns = [name for name in fit.columns if name != "output_size"]
    before = [name for name in columns if name in _BEFORE_NAME]
    after = [name for name in columns if name not in before]
    duration = () if fit.instants else ("duration_ns",)
    return [_own(name) for name in ("time", *duration, *before, "name", *after)]


def _own(name: str) -> Field:
    """A column by its own name: in filters, `id` is the identifier."""
    return field(Path(("event_id" if name == "id" else name,)))


def _print_lines(found: Iterator[tuple[Any, ...]], asked: Asked) -> int:
    """Print lines byte for byte, but on a terminal with their control characters made visible."""
    counted = Counted(row[0] for row in found)
    with writing(asked.output, exact=True, live=asked.follow) as stream:
        harmless = units.visible if stream.isatty() else str
        stream.writelines(harmless(line) + "\n" for line in counted)
    return counted.number
