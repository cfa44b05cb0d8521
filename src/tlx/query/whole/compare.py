"""Two events side by side: every column and every value of their records."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple

from tlx.model import EVENT_COLUMNS, Quantity
from tlx.query.event import Event
from tlx.query.language.nodes import Key, Path
from tlx.query.language.quote import show_path
from tlx.query.whole.record import Exact, parsed

MOST = 5_000
"""So many values of each record are compared."""
_LEFT_OUT = ("id", "source", "raw")


class Sign(StrEnum):
    """How two values compare."""

    SAME = " "
    DIFFERS = "*"
    ONLY_HERE = "+"
    ONLY_THERE = "-"


class Pair(NamedTuple):
    """A value of one event beside that of the other; where it is missing the sign says so."""

    name: str
    here: Any
    there: Any
    sign: Sign
    quantity: Quantity = Quantity.TEXT


def compare(here: Event, there: Event) -> list[Pair]:
    """Return all values of two events: the columns that one of them has, then those of their records by path."""
    pairs = [
        _pair((name, name), ({name: here.columns[name]}, {name: there.columns[name]}), quantity)
        for name, quantity in EVENT_COLUMNS.items()
        if name not in _LEFT_OUT and (here.columns[name] is not None or there.columns[name] is not None)
    ]
    both = _leaves(here), _leaves(there)
    paths = dict.fromkeys([*both[0], *both[1]])
    return [*pairs, *(_pair((path, show_path(Path(path, root=True))), both) for path in paths)]


def _pair(key: tuple[Any, str], both: tuple[dict[Any, Any], dict[Any, Any]], quantity: Quantity | None = None) -> Pair:
    place, name = key
    here, there = both[0].get(place), both[1].get(place)
    absent = [found is None if quantity else place not in side for found, side in zip((here, there), both, strict=True)]
    if absent[0] or absent[1]:
        sign = Sign.ONLY_THERE if absent[0] else Sign.ONLY_HERE
    else:
        sign = Sign.SAME if _text(here) == _text(there) else Sign.DIFFERS
    return Pair(name, here, there, sign, quantity or Quantity.TEXT)


def _text(value: Any) -> tuple[type, str]:
    """What makes two values the same: their kind and how they are written."""
    return (float, value.text) if isinstance(value, Exact) else (type(value), str(value))


def _leaves(found: Event) -> dict[tuple[Key, ...], Any]:
    record = parsed(found.raw)
    leaves: dict[tuple[Key, ...], Any] = {}
    for path, value in _walk(record if isinstance(record, dict) else {}):
        leaves[path] = value
        if len(leaves) >= MOST:
            break
    return leaves


def _walk(record: dict[str, Any]) -> Iterator[tuple[tuple[Key, ...], Any]]:
    """Yield what holds nothing else, in order."""
    below: list[tuple[tuple[Key, ...], Any]] = [((), record)]
    while below:
        path, value = below.pop()
        if isinstance(value, dict) and value:
            below += reversed([((*path, key), item) for key, item in value.items()])
        elif isinstance(value, list) and value:
            below += reversed([((*path, number), item) for number, item in enumerate(value)])
        elif path:
            yield path, value
