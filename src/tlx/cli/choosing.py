"""Fields and orders as they are typed: `--columns`, `--by` and `--sort`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from typing import Any

from tlx.cli.printing.listing import Column, column
from tlx.cli.scoping import FilterComplaintError
from tlx.config import ConfigError
from tlx.model import EVENT_COLUMNS, Quantity
from tlx.query import fields, runs
from tlx.query.ask import Asker
from tlx.query.fields import Field
from tlx.query.language.compile import ALIASES, Context
from tlx.query.language.parse import FilterError

_NAMES = re.compile(r'(?:[^,"]|"(?:\\.|[^"\\])*"?)+')


def chosen_fields(flag: str, typed: Sequence[str], around: Context | None = None) -> tuple[Field, ...]:
    """Return the fields that are named, several at a time with commas between them.

    Raises:
        FilterComplaintError: one does not exist.
    """
    found: list[Field] = []
    for text in typed:
        if not text.strip(", "):
            raise ConfigError(f"{flag}: expected a field here, such as name or metadata.key")
        for match in _NAMES.finditer(text):
            try:
                found.append(fields.field(match[0].strip(), around, len(found)))
            except FilterError as error:
                raise FilterComplaintError(flag, text, match.start() + error.column, str(error)) from error
    return tuple(found)


def field_column(asker: Asker, one: Field, zone: tzinfo, **more: Any) -> Column:
    """Return the column for the values of a field; sources go by their paths."""
    if one.name == "source":
        paths = {source.source: source.path for source in runs.sources(asker)}
        return column("source", Quantity.TEXT, shown=paths.__getitem__, given=paths.__getitem__, **more)
    name = ALIASES.get(one.name, one.name)
    return column(one.name, EVENT_COLUMNS.get(name, Quantity.TEXT), zone, **more)


def order(typed: str, names: Mapping[str, str], ascending: Iterable[str], *, paths: bool = False) -> tuple[str, bool]:
    """Return the column to sort by and whether from its greatest value on.

    `names` are those that can be typed with the columns they mean; behind one may stand `:asc` or `:desc`, else the
    `ascending` columns begin with their least value, the others with their greatest. With `paths` those of a payload
    can be typed too.

    Raises:
        ConfigError: there is no such column.
    """
    name, colon, direction = typed.rpartition(":")
    if not colon or direction not in ("asc", "desc"):
        name, direction = typed, ""
    if name not in names and paths and _is_path(name):
        return name, direction != "asc"
    if name not in names:
        near = difflib.get_close_matches(name, names, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(set(names.values())))}"
        raise ConfigError(f"--sort: there is no column {name!r}; {hint}")
    column = names[name]
    return column, direction == "desc" if direction else column not in ascending


def _is_path(name: str) -> bool:
    try:
        return fields.field(name).is_path
    except FilterError:
        return False
