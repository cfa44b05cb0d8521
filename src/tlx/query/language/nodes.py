"""What a filter is once it is read: a tree of small values. Two filters that mean the same words are equal.

`at` says where a node stood in the text that was typed, from 0; it takes no part in comparing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Key = str | int
"""A step of a path: a key of an object, or the index of an item, negative from the end."""


@dataclass(frozen=True, slots=True)
class Path:
    """A field of the event (`duration`), or a path through its payload (`metadata.a[0]`)."""

    keys: tuple[Key, ...]
    root: bool = False
    """Begins at the raw record itself, written with a dot in front."""
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Word:
    """A bare word: the named filter of this name, or else text to look for."""

    value: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Text to look for anywhere in an event."""

    value: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A path against one value."""

    path: Path
    operator: str
    value: str
    at: int = field(default=0, compare=False)
    """Where the value stands."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """A path against a set of values: it equals one of them, or, if negated, none."""

    path: Path
    values: tuple[str, ...]
    negated: bool = False
    at: tuple[int, ...] = field(default=(), compare=False)
    """Where each value stands."""


@dataclass(frozen=True, slots=True)
class Range:
    """A path between two values, both included; one of them may be open."""

    path: Path
    low: str | None
    high: str | None
    at: int = field(default=0, compare=False)
    """Where the first value stands."""


@dataclass(frozen=True, slots=True)
class Presence:
    """A path has a value (or null, in a payload), or has none."""

    path: Path
    present: bool
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """Plain negation: holds wherever its part does not."""

    part: Node
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold; there are at least two."""

    parts: tuple[Node, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of the parts holds; there are at least two."""

    parts: tuple[Node, ...]
    at: int = field(default=0, compare=False)


Node = Word | Phrase | Comparison | OneOf | Range | Presence | Not | And | Or
"""Any part of a filter."""
