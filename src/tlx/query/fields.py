"""Fields: what events are grouped and counted by. A column, the owner without its configuration, a path of the payload.

A path leads where the filter language says that it leads, and its values are texts as there; null is the text `null`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from tlx.model import EVENT_COLUMNS
from tlx.query.language.chips import exclude, include
from tlx.query.language.compile import ALIASES, Context
from tlx.query.language.compile import Value as Parameter
from tlx.query.language.nodes import Comparison, Not, Path, Presence
from tlx.query.language.parse import FilterError, parse
from tlx.query.language.quote import show, show_path
from tlx.query.language.sql.numbers import EXACT, LARGEST_FLOAT, floating, whole
from tlx.query.language.sql.raw import Place
from tlx.store.schema import sources_of

Value = str | int | None
"""What a field holds: None where it is missing."""

OWNER_UNCONFIGURED = "owner_unconfigured"
"""A configured owner reads `label (configuration)`; this is its label."""

COMMON = ("name", "category", "kind", "execution_kind", "owner", OWNER_UNCONFIGURED)
"""The columns that say most about actions."""

_BY = "'ASC NULLS LAST'"

_LABEL = "CASE WHEN ends_with(owner, ')') AND contains(owner, ' (') THEN owner[:strpos(owner, ' (') - 1] ELSE owner END"
_NAME = re.compile(r'(?:[^,"]|"(?:\\.|[^"\\])*"?)*')
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")


@dataclass(frozen=True)
class Field:
    """A field, as SQL in two steps: `fetched` over an event, and `sql` over the `sources` that are fetched."""

    name: str
    path: Path
    sql: str
    sources: tuple[str, ...]
    fetched: tuple[str, ...]
    """SQL for each of the sources."""
    parameters: tuple[Parameter, ...] = ()
    """Of what is fetched."""

    @property
    def is_path(self) -> bool:
        """Whether it leads into the payload, which takes long to look up."""
        return self.sources != self.fetched

    def sort_key(self, sql: str, *, descending: bool) -> str:
        """Return SQL for what its values are sorted by, given that for the value, which stands in it once.

        What reads as a number in a payload is sorted by that, before all other texts in both directions.
        """
        return _numbers_first(sql, descending=descending) if self.is_path else sql

    def clause(self, value: Value) -> str:
        """Return the filter that the events pass whose field has this value."""
        if self.name != OWNER_UNCONFIGURED or value is None:
            return include("", self.path, value)
        return show(_labelled(str(value)))

    def exclusion(self, value: Value) -> str:
        """Return the filter that all others pass, those without the field among them if `value` is not None."""
        if self.name != OWNER_UNCONFIGURED or value is None:
            return exclude("", self.path, value)
        return show(Not(_labelled(str(value))))


def _numbers_first(sql: str, *, descending: bool) -> str:
    """A key of bytes; NULL where there is no value. NaN and the infinities are texts, as for filters."""
    number = floating("item")
    is_number = f"coalesce({number} BETWEEN -{LARGEST_FLOAT} AND {LARGEST_FLOAT}, false)"
    parts = (
        is_number if descending else f"NOT {is_number}",
        f"CASE WHEN {is_number} THEN {number} + 0 END",  # so that -0 is 0
        f"CASE WHEN abs({number}) BETWEEN {EXACT} AND {LARGEST_FLOAT} THEN {whole('item')} END",
        f"CASE WHEN NOT {is_number} THEN item END",
    )
    key = f"create_sort_key({', '.join(f'{part}, {_BY}' for part in parts)})"
    return f"list_transform([{sql}], lambda item: CASE WHEN item IS NOT NULL THEN {key} END)[1]"


def _labelled(label: str) -> Comparison:
    """Owners with a label, without regard to the rest: the configuration may hold anything, and so may other owners."""
    escaped = _SPECIAL.sub(r"\\\g<0>", label)
    return Comparison(Path(("owner",)), "~", rf"(?s-i)^{escaped}( \(.*\))?$")


def field(name: str | Path, context: Context | None = None, number: int = 0) -> Field:
    """Return a field by its name as typed in a filter, or by its path; `number` tells several of one question apart.

    Raises:
        FilterError: there is no such column, or this is no path.
    """
    if name == OWNER_UNCONFIGURED:
        return Field(OWNER_UNCONFIGURED, Path(("owner",)), _LABEL, ("owner",), ("owner",))
    path = name if isinstance(name, Path) else _path(name)
    column = _column(path, context or Context())
    if column is None:
        return _payload(path, context or Context(), number)
    sql, sources = sources_of(column)
    name = "event_id" if column == "id" else column  # in a filter `id` is the identifier
    return Field(name, Path((name,)), sql, sources, sources)


def fields(names: Sequence[str | Path], context: Context | None = None) -> tuple[Field, ...]:
    """Return the fields of these names.

    Raises:
        FilterError: there is no such column, or this is no path.
    """
    return tuple(field(name, context, number) for number, name in enumerate(names))


def split(typed: str) -> list[tuple[int, str]]:
    """Return the names in a text with commas between them, each with where it begins; at least an empty one."""
    found, begin = list[tuple[int, str]](), 0
    for match in _NAME.finditer(typed):
        if begin == match.start():
            found.append((begin, match[0]))
            begin = match.end() + 1
    return found


def _path(name: str) -> Path:
    if name in EVENT_COLUMNS:
        return Path((name,))
    try:
        node = parse(f"exists({name})")
    except FilterError as error:
        raise FilterError(f"this is no field: {name}", max(0, error.column - len("exists("))) from None
    if not isinstance(node, Presence):
        raise FilterError(f"this is no field: {name}", 0)
    return node.path


def _column(path: Path, context: Context) -> str | None:
    """Return the column that a path means, or None if it leads into the payload."""
    first = path.keys[0]
    if path.root or len(path.keys) > 1 or not isinstance(first, str):
        return None
    name = ALIASES.get(first, first)
    if name in EVENT_COLUMNS:
        return name
    if first in context.payload or first in context.details:
        return None
    known = sorted({*EVENT_COLUMNS, *ALIASES, *context.payload, OWNER_UNCONFIGURED})
    near = difflib.get_close_matches(first, known, 1, 0.6)
    hint = f"did you mean {near[0]}?" if near else f"a key of the record is .{first}"
    raise FilterError(f"there is no field {first}; {hint}", 0)


def _payload(path: Path, context: Context, number: int) -> Field:
    place = Place.of(path, context)
    value, parameters = place.value()
    exists, more = place.exists()
    source = f"path_{number}"
    # Where there is no value, null may stand there: it is looked for only in lines that hold the word at all.
    fetched = f"coalesce({value}, CASE WHEN contains(raw, 'null') AND {exists} THEN 'null' END)"
    return Field(show_path(path), path, source, (source,), (fetched,), (*parameters, *more))
