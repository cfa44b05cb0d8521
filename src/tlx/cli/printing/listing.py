"""Rows of named values, printed as a table, JSON, JSON lines or CSV: what every command that lists has in common."""

from __future__ import annotations

import itertools
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

from tlx import units
from tlx.cli.printing.sheet import Sheet, Title
from tlx.cli.printing.writing import json_text, writing
from tlx.cli.zones import moment
from tlx.model import Quantity

if TYPE_CHECKING:
    from tlx.cli.reading import Asked

T = TypeVar("T")
HEAD = 1_000
"""So many rows of a table, at most, go out together."""
_QUOTED = re.compile(r'[",\r\n]|^\s|\s$|^$')
"""A text that stands in quotes."""


@dataclass(frozen=True)
class Column:
    """A named value of each row: as a person reads it, and as a program gets it."""

    name: str
    title: str
    shown: Callable[[Any], str]
    right: bool = True
    rank: int = 0
    """In a narrow table, columns of the highest rank are left out first, those of rank 0 never."""
    given: Callable[[Any], Any] | None = None
    """What a program gets, if not the value itself."""
    path: Sequence[str] = ()
    """Where it stands in a JSON record, if not at its name: the keys from the top."""
    drawn: bool = False
    """For a person alone: a picture of other columns."""


def column(name: str, quantity: Quantity, zone: tzinfo | None = None, **more: Any) -> Column:
    """Return a column of values of a quantity; a program gets times as RFC 3339, a person in the `zone`."""
    title = name.removesuffix("_ns").replace("_", " ")
    if quantity is Quantity.TIME:
        more = {"given": units.rfc3339, **more}
    if quantity in (Quantity.TEXT, Quantity.TIME):
        more = {"right": False, **more}
    shown = {
        Quantity.TEXT: _text,
        Quantity.TIME: partial(moment, zone=zone),
        Quantity.DURATION: units.duration,
        Quantity.SIZE: units.size,
        Quantity.NUMBER: units.count,
    }
    return Column(**{"name": name, "title": title, "shown": shown[quantity], **more})


def _text(text: str | None) -> str:
    return units.MISSING if text is None else text


def share(name: str, **more: Any) -> Column:
    """Return a column of parts of a whole, 0 to 1; None where there is no whole."""
    return Column(**{"name": name, "title": name.replace("_", " "), "shown": _percent, **more})


def _percent(part: float | None) -> str:
    return units.MISSING if part is None else units.share(part, 1)


@dataclass(frozen=True)
class Listing:
    """Rows of values, one for each column."""

    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    notes: Sequence[str] = ()
    """What a person should know beside: lines beneath the table."""
    head: int = HEAD
    """So many rows say how wide the columns of a table are."""

    def write(self, asked: Asked) -> int:
        """Print as asked for; return how many rows there were.

        Raises:
            ConfigError: the output cannot be written.
        """
        counted = Counted(self.rows)
        with writing(asked.output, exact=asked.form != "table", live=asked.follow) as stream:
            match asked.form:
                case "json":
                    _print_array(self._records(counted), stream)
                case "jsonl":
                    stream.writelines(json_text(record) + "\n" for record in self._records(counted))
                case "csv":
                    self._print_csv(counted, stream)
                case _:
                    self._print_table(counted, stream, bold=is_colored(stream, asked.color))
        return counted.number

    def _given(self, rows: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
        """What programs get of each row."""
        kept = [number for number, one in enumerate(self.columns) if not one.drawn]
        changed = [(place, give) for place, number in enumerate(kept) if (give := self.columns[number].given)]
        for row in rows:
            values = [row[number] for number in kept]
            for place, give in changed:
                values[place] = give(values[place])
            yield values

    def _records(self, rows: Iterable[Sequence[Any]]) -> Iterator[dict[str, Any]]:
        paths = [one.path or (one.name,) for one in self.columns if not one.drawn]
        if all(len(path) == 1 for path in paths):
            names = [path[0] for path in paths]
            return (dict(zip(names, values, strict=True)) for values in self._given(rows))
        return (_nested(paths, values) for values in self._given(rows))

    def _print_csv(self, rows: Iterable[Sequence[Any]], stream: TextIO) -> None:
        harmless = units.visible if stream.isatty() else str
        titles = [one.name for one in self.columns if not one.drawn]
        lines = itertools.chain([titles], self._given(rows))
        stream.writelines(harmless(",".join(map(_csv, values))) + "\n" for values in lines)

    def _print_table(self, rows: Iterable[Sequence[Any]], stream: TextIO, *, bold: bool) -> None:
        cells = ([one.shown(value) for one, value in zip(self.columns, row, strict=True)] for row in rows)
        head = list(itertools.islice(cells, self.head))
        if not head:
            return
        titles = [Title(one.title, one.right, one.rank) for one in self.columns]
        sheet = Sheet(titles, head, shutil.get_terminal_size().columns if stream.isatty() else None)
        stream.write(sheet.title(bold=bold) + "\n")
        stream.writelines(line + "\n" for line in sheet.lines(itertools.chain(head, cells)))
        stream.writelines(units.visible(note) + "\n" for note in self.notes)


class Counted(Iterator[T]):
    """Rows that are counted as they are taken."""

    def __init__(self, rows: Iterable[T]) -> None:
        self.number = 0
        self._rows = iter(rows)

    def __next__(self) -> T:
        """Take the next row."""
        row = next(self._rows)
        self.number += 1
        return row


def is_colored(stream: TextIO, color: str) -> bool:
    """Return whether to send colours: --color, else to a terminal that knows them unless NO_COLOR is set."""
    if color != "auto":
        return color == "always"
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _nested(paths: Sequence[Sequence[str]], values: Sequence[Any]) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for (*outer, key), value in zip(paths, values, strict=True):
        inner = record
        for name in outer:
            inner = inner.setdefault(name, {})
        inner[key] = value
    return record


def _print_array(records: Iterator[dict[str, Any]], stream: TextIO) -> None:
    before = "[\n"
    for record in records:
        stream.write(before + json_text(record))
        before = ",\n"
    stream.write("[]\n" if before == "[\n" else "\n]\n")


def _csv(value: object) -> str:
    """A value as RFC 4180 has it: nothing for a missing one, quotes around an empty text."""
    if value is None:
        return ""
    text = json_text(value) if isinstance(value, dict | list) else str(value)
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text
