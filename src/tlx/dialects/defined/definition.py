"""What a TOML file says of a dialect, once it has been found to make sense."""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Collection, Mapping
from typing import NamedTuple

from tlx.dialects.defined.sensitive import named
from tlx.dialects.defined.table import DefinitionError, Path, Table, shown

TEXTS = (
    *("event", "name", "category", "identifier", "kind", "execution_kind", "status", "level", "owner", "trace", "span"),
)
TIMES = ("time", "start")
LENGTHS = ("duration", "input_materialization")
SIZES = ("output_size",)
COLUMNS = (*TEXTS, *TIMES, *LENGTHS, *SIZES)
"""What a definition may say of an event."""

UNITS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_TIME_UNITS = ("auto", "ns", "us", "ms", "s")
_SIZE_UNITS = {"B": 1, "kB": 10**3, "KiB": 2**10, "MB": 10**6, "MiB": 2**20, "GB": 10**9, "GiB": 2**30}
_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_LONGEST_NAME = 40
_DIRECTIVES = "YmdHMSfnzbBaAjyIp%"
_DATES = ("%Y", "%y")
_MOST_VALUES = 1_000
_MOST_IDS = 10


class Told(NamedTuple):
    """How one column is found: the first of `paths` at which something stands."""

    paths: tuple[Path, ...]
    unit: str = ""
    """Of a time, a duration or a size; `auto` tells that of a time by its magnitude, or takes RFC 3339."""
    format: str = ""
    """How a time is written, in the directives of strptime; empty where it has a unit."""
    words: Mapping[str, str] = {}  # never written to
    """Other words for values."""
    otherwise: str | None = None
    """The value where nothing stands at any path."""

    @property
    def factor(self) -> int:
        """So many ns or bytes make one of the unit."""
        return {**UNITS, **_SIZE_UNITS}[self.unit]


class Panes(NamedTuple):
    """What the panes begin with: columns, the most telling first."""

    breakdown: tuple[str, ...]
    groups: tuple[str, ...]
    columns: tuple[str, ...]
    timeline: str
    """The column that the timeline tells apart."""
    words: Mapping[str, str]
    """What the lines' own product calls a column."""


Values = Mapping[Path, tuple[str, ...]]
"""At each of these paths stands one of some values."""


class Span(NamedTuple):
    """Which lines begin and end a span."""

    begin: Values
    end: Values
    failed: Values
    """Lines that end a span too, which failed; none where it is empty."""
    id: tuple[Path, ...]
    """What stands at all of these together is the same in the lines that begin and end it."""


class Definition(NamedTuple):
    """A dialect as a person defines it."""

    name: str
    title: str
    there: tuple[Path, ...]
    """Something stands at each of these in its lines."""
    lacks: tuple[Path, ...]
    """Nothing stands at any of these."""
    values: Values
    columns: Mapping[str, Told]
    panes: Panes
    sensitive: tuple[tuple[str, ...], ...]
    """Paths at which all is masked, their keys as words: `card number`."""
    span: Span | None = None
    unfold: tuple[Path, ...] = ()
    """Arrays of objects, one inside of the other: a line holds as many events as the innermost have objects."""


def read(file: str, data: bytes, taken: Collection[str]) -> Definition:
    """Return the dialect that a TOML file defines, whose name must be none of those `taken`.

    Raises:
        DefinitionError: it defines none.
    """
    top = Table(file, _toml(file, data))
    top.check(("name", "title", "recognise", "columns", "panes", "sensitive", "span", "unfold"))
    name = top.text("name")
    if name is None:
        top.wrong("name", 'is missing; give the dialect a name, such as name = "shop"')
    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        top.wrong("name", f"{shown(name)} is no name; use small letters, digits and -, {_LONGEST_NAME} at most")
    if name in taken:
        top.wrong("name", f"there is a dialect {name} already; choose another name")
    title = top.text("title") or name
    if len(title) > _LONGEST_NAME * 2 or not title.isprintable():
        top.wrong(
            "title", f"{shown(title)} is no title; write it on one line of {_LONGEST_NAME * 2} characters at most"
        )
    marks, columns = _marks(top.table("recognise")), _columns(top)
    panes, masked = _panes(top.table("panes"), columns), _sensitive(top)
    return Definition(name, title, *marks, columns, panes, masked, _span(top.table("span")), _unfold(top))


def _toml(file: str, data: bytes) -> dict[str, object]:
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise DefinitionError(f"{file}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(f"{file}: no TOML: {error}; correct it there") from None
    except (RecursionError, ValueError) as error:  # too deep, or a number of too many digits
        raise DefinitionError(f"{file}: no TOML that can be read: {str(error)[:80]}; write it simpler") from None


def _span(table: Table) -> Span | None:
    table.check(("begin", "end", "failed", "id"))
    if not list(table.keys()):
        return None
    for key, word in (("begin", "start"), ("end", "stop")):
        if not _values(table.table(key)):
            table.wrong(key, f'is missing; write what such a line holds, like {key} = {{ event = "job.{word}" }}')
    path = table.paths("id")
    if not path:
        table.wrong("id", 'is missing; write where both lines say which span it is, such as id = "job.id"')
    if len(path) > _MOST_IDS:
        table.wrong("id", f"{len(path)} paths are too many; {_MOST_IDS} are the most")
    begin, end, failed = (_values(table.table(key)) for key in ("begin", "end", "failed"))
    return Span(begin, end, failed, path)


def _unfold(top: Table) -> tuple[Path, ...]:
    paths = top.paths("unfold")
    for outer, inner in itertools.pairwise(paths):
        if inner[: len(outer)] != outer or len(inner) == len(outer):
            top.wrong("unfold", "each path must begin with the one before it: an array inside of that array's objects")
    return paths


def _values(table: Table) -> Values:
    return {table.path_of(key): table.scalars(key) for key in table.keys()}  # noqa: SIM118  a Table is no mapping


def _marks(table: Table) -> tuple[tuple[Path, ...], tuple[Path, ...], Values]:
    table.check(("keys", "lacks", "values"))
    there, lacks = table.paths("keys"), table.paths("lacks")
    values = _values(table.table("values"))
    if not there and not values:
        table.wrong("keys", 'is missing; name what every line of it has, such as keys = ["event", "level"]')
    if len(there) + len(lacks) + sum(map(len, values.values())) > _MOST_VALUES:
        table.wrong("keys", f"too many keys and values; {_MOST_VALUES} are the most")
    return there, lacks, values


def _columns(top: Table) -> Mapping[str, Told]:
    table = top.table("columns")
    table.check(COLUMNS)
    found = {key: _told(table, key) for key in table.keys()}  # noqa: SIM118  a Table is no mapping
    if not found:
        top.wrong("columns", 'is missing; say where things stand, such as columns.name = "event"')
    return found


def _sensitive(top: Table) -> tuple[tuple[str, ...], ...]:
    try:
        return named(top.texts("sensitive"))
    except DefinitionError:
        raise
    except ValueError as error:
        top.wrong("sensitive", str(error))


def _panes(table: Table, columns: Collection[str]) -> Panes:
    """What a file says of the panes; where it says nothing, the columns that it fills."""
    table.check(("breakdown", "groups", "columns", "timeline", "words"))

    def named(key: str, usual: tuple[str, ...]) -> tuple[str, ...]:
        found = table.texts(key)
        for one in found:
            if one not in TEXTS:
                table.wrong(key, f"{shown(one)} is no column of texts; there are {', '.join(TEXTS)}")
        return found or tuple(one for one in usual if one in columns)

    words = table.words("words")
    table.table("words").check(TEXTS)
    series = named("timeline", ("level", "status", "kind", "name"))
    if len(table.texts("timeline")) > 1:
        table.wrong("timeline", "names more than one column; write one")
    return Panes(
        named("breakdown", ("name", "kind", "level", "status", "category", "owner", "trace")) or ("name",),
        named("groups", ("name", "kind", "category", "owner")) or ("name",),
        named("columns", ("level", "status", "owner")),
        series[0] if series else "level",
        words,
    )


def _told(columns: Table, key: str) -> Told:
    """What stands behind a column: a path, an array of paths, or a table of its own with a path and more."""
    unit = "auto" if key in TIMES else "ns" if key in LENGTHS else "B" if key in SIZES else ""
    if not isinstance(columns.raw(key), dict):
        if key in LENGTHS:
            columns.wrong(key, f'says no unit; write {key} = {{ path = "…", unit = "ms" }}')
        return Told(_paths(columns, key), unit)
    table = columns.table(key)
    paths = _paths(table, "path")
    if key in TIMES:
        return _time(table, paths)
    if key in LENGTHS or key in SIZES:
        table.check(("path", "unit"))
        if key in LENGTHS and "unit" not in table:
            table.wrong("unit", f"is missing; write one of {', '.join(UNITS)}")
        return Told(paths, table.one_of("unit", UNITS if key in LENGTHS else _SIZE_UNITS, unit))
    table.check(("path", "map", "default"))
    words = table.words("map")
    if len(words) > _MOST_VALUES:
        table.wrong("map", f"too many values; {_MOST_VALUES} are the most")
    return Told(paths, words=words, otherwise=table.scalar("default") if "default" in table else None)


def _time(table: Table, paths: tuple[Path, ...]) -> Told:
    table.check(("path", "unit", "format"))
    form = table.text("format")
    if form is None:
        return Told(paths, table.one_of("unit", _TIME_UNITS, "auto"))
    if "unit" in table:
        table.wrong("unit", "stands beside a format; leave one of them out")
    found = re.findall(r"%(?:.|$)", form, re.DOTALL)
    unknown = [one for one in found if one[1:] not in _DIRECTIVES or one == "%"]
    if unknown:
        known = " ".join(f"%{letter}" for letter in _DIRECTIVES)
        table.wrong("format", f"{shown(unknown[0])} is no part of a time; there are {known}")
    if not any(one in found for one in _DATES):
        table.wrong("format", f"{shown(form)} has no year; a time needs its date, such as %Y-%m-%d %H:%M:%S.%f")
    if len(form) > _LONGEST_NAME * 2 or "\0" in form:
        table.wrong("format", f"{shown(form)} is no format; write it like %Y-%m-%d %H:%M:%S.%f")
    return Told(paths, format=form)


def _paths(table: Table, key: str) -> tuple[Path, ...]:
    paths = table.paths(key)
    if not paths:
        table.wrong(key, 'is missing; write the path at which it stands, such as "user.id"')
    return paths
