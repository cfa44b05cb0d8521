"""What is found where events are held against what they should hold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from tlx.dialects.rules.registry import Registry


class Severity(StrEnum):
    """How bad it is, the worst first."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


class Finding(NamedTuple):
    """A rule that an event breaks, with the field it is about and what stands there.

    What is `hidden` must not be shown: the value then says in words how much it is.
    """

    severity: Severity
    rule: str
    field: str = ""
    value: Any = None
    hidden: bool = False
    shared: bool = False
    """Whether it is none if events of other types that belong together have the same value there."""


class Judged(NamedTuple):
    """An event as it is held against the rules; the record is None where the line is text."""

    event: str | None
    record: Any
    raw: str


class SchemaError(NamedTuple):
    """Where a record does not follow its schema."""

    rule: str
    field: str
    value: Any
    is_null: bool
    """Whether there is nothing but null in place of the value."""


class Schemas(Protocol):
    """Schemas by id and version."""

    @property
    def unchecked(self) -> Sequence[str]:
        """What of them is not checked, a line each."""

    def errors(self, schema: str, version: str, record: Mapping[str, Any]) -> Iterable[SchemaError] | None:
        """Return where a record breaks its schema; None where that schema was not given."""

    def schema(self, schema: str, version: str) -> Mapping[str, Any] | None:
        """Return a schema as it was given, if it was."""


class Typed(NamedTuple):
    """A field of a type of event, and what tells whether a value is of its type."""

    name: str
    fits: Callable[[Any], bool]
    required: bool


@dataclass(frozen=True)
class Given:
    """What the user holds events against."""

    registry: Registry
    schemas: Schemas | None = None
    allowed: Mapping[str, frozenset[str]] | None = None
    """What may be told of events by `feature::action`: these keys of their private data, all where none is named."""
    _typed: dict[str | None, tuple[Typed, ...]] = field(default_factory=dict, repr=False, compare=False)

    def typed(self, event: str | None) -> tuple[Typed, ...]:
        """Return the fields of a type of event that have a type."""
        found = self._typed.get(event)
        if found is None:
            found = self._typed[event] = tuple(self._look_up(event))
        return found

    def _look_up(self, event: str | None) -> Iterator[Typed]:
        entry = self.registry.entry(event)
        for name in (*entry.required, *entry.optional) if entry else ():
            meaning = self.registry.field(event, name)
            if meaning and meaning.type in _TYPES:
                yield Typed(name, _TYPES[meaning.type], name in entry.required if entry else False)


class Rules(NamedTuple):
    """The rules of one system."""

    fields: Callable[[Judged], Mapping[str, Any]]
    """The fields of an event as its registry names them."""
    judge: Callable[[Judged, Given], Iterator[Finding]]
    """What is wrong with an event."""
    together: str = ""
    """The key of the record below which fields may be shared by events that belong together, those of one span."""
    described: Callable[[Judged, Schemas], Registry | None] | None = None
    """What schemas say of the type of an event, in the form of a registry."""
    needs_schemas: bool = False
    """Whether nothing is judged where the user gives no schemas."""
    alike: Callable[[Judged, Given], Mapping[str, Collection[str]] | None] | None = None
    """Which texts matter in an event with which nothing is wrong, by their keys: those that are judged alike.

    Of all else only keys and types matter, and whether a number is whole, negative, or has more than nine digits. None
    where more does: every such event is judged.
    """


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "bool": lambda value: isinstance(value, bool),
    "int": _whole,
    "float": _number,
    "str": lambda value: isinstance(value, str),
    "Path": lambda value: isinstance(value, str),
    "list": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "u64": lambda value: _whole(value) and 0 <= value < 1 << 64,
}


def missing(judged: Judged, given: Given, fields: Mapping[str, Any], severity: Severity) -> Iterator[Finding]:
    """Yield the required fields that are not there."""
    entry = given.registry.entry(judged.event)
    for name in entry.required if entry else ():
        if name not in fields:
            yield Finding(severity, "missing-field", name)


def mistyped(judged: Judged, given: Given, fields: Mapping[str, Any], severity: Severity) -> Iterator[Finding]:
    """Yield the fields whose values are of another type; null is none where the field is optional."""
    for name, fits, required in given.typed(judged.event):
        value = fields.get(name)
        if not fits(value) and name in fields and (required or value is not None):
            yield Finding(severity, "wrong-type", name, value)


def extra(judged: Judged, given: Given, fields: Mapping[str, Any], *, shared: bool = False) -> Iterator[Finding]:
    """Yield the fields that such events do not have, those of the context left out."""
    entry = given.registry.entry(judged.event)
    known = {*entry.required, *entry.optional} if entry else fields.keys()
    for name, value in fields.items():
        if name not in known and name not in given.registry.context:
            yield Finding(Severity.INFORMATION, "extra-field", name, value, shared=shared)


def unknown_value(given: Given, name: str, value: Any) -> Iterator[Finding]:
    """Yield a value that is none of those known of a field."""
    known = given.registry.values.get(name)
    if known and isinstance(value, str) and value not in known:
        yield Finding(Severity.WARNING, "unknown-value", name, value)


def amount(value: Any) -> str:
    """Return in words how much a value is that must not be shown."""
    if isinstance(value, dict | list):
        noun = "key" if isinstance(value, dict) else "item"
        return f"hidden: {len(value)} {noun}{'' if len(value) == 1 else 's'}"
    return f"hidden: {len(value)} characters" if isinstance(value, str) else f"hidden: a {type(value).__name__}"


def mapping(value: Any) -> Mapping[str, Any]:
    """Return an object as it is, anything else as an empty one."""
    return value if isinstance(value, dict) else {}
