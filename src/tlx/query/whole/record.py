"""A line as its record and back: every number keeps the digits it was written with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Self

_INDENT = "  "
_LONGEST_ODD = 64
"""Characters of a text that may stand in quotes because it reads as another value."""
_LONGEST_INT = 4_000
"""Digits of a whole number that Python turns into one; those of a longer one are kept as text."""


class Exact(float):
    """A number that remembers how it was written."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Self:
        """Make the number that a text says."""
        made = super().__new__(cls, text)
        made.text = text
        return made

    def __str__(self) -> str:
        return self.text


def parsed(raw: str) -> Any:
    """Return the record that a line holds, or None where that is no JSON that can be taken apart."""
    try:
        return json.loads(raw, parse_int=_whole, parse_float=Exact, parse_constant=Exact)
    except (ValueError, RecursionError):
        return None


def _whole(text: str) -> int | Exact:
    return int(text) if len(text) < _LONGEST_INT else Exact(text)


def atom(value: object) -> str:
    """Return a value that holds no others as JSON."""
    return (
        value.text
        if isinstance(value, Exact)
        else json.dumps(value, ensure_ascii=isinstance(value, str) and not is_whole(value))
    )


def unmistakable(text: str) -> str:
    """Return a text as it is, or in quotes where it would read as another value: null, a number, an empty object."""
    if len(text) > _LONGEST_ODD:
        return text
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return text
    return atom(text)


def is_whole(text: str) -> bool:
    """Return whether a text holds no half of a surrogate pair, which JSON can only say by an escape, and UTF-8 not."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def written(value: object) -> str:
    """Return a value as JSON over several lines, however deep it goes."""
    pieces: list[str] = []
    below: list[tuple[Iterator[tuple[str, object]], str]] = [(iter((("", value),)), "")]
    while below:
        items, end = below[-1]
        depth = len(below) - 1
        item = next(items, None)
        if item is None:
            below.pop()
            pieces += ("\n", _INDENT * (depth - 1), end) if end else ()
        elif isinstance(item[1], dict | list) and item[1]:
            begin, end = "{}" if isinstance(item[1], dict) else "[]"
            pieces += (item[0], begin)
            below.append((_inside(item[1], "\n" + _INDENT * (depth + 1)), end))
        else:
            pieces += (item[0], atom(item[1]))
    return "".join(pieces)


def _inside(value: dict[str, Any] | list[Any], newline: str) -> Iterator[tuple[str, object]]:
    """Yield what stands in a value, each with what is written before it."""
    comma = ""
    for item in value.items() if isinstance(value, dict) else value:
        if isinstance(value, dict):
            yield f"{comma}{newline}{atom(item[0])}: ", item[1]
        else:
            yield comma + newline, item
        comma = ","
