"""Lines of a dialect that hold many events: each object of an array stands in the place of that array in a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from tlx.dialects.defined.definition import Definition
from tlx.dialects.defined.table import Path
from tlx.model import Folds, Unfolded

_MOST_BYTES = 64 << 20
"""What the line says beside an array is in the record of each of its objects: all these together hold no more."""
_NOTHING = object()
_Record = dict[str, Any]


def folds(definition: Definition) -> Folds | None:
    """Return how the lines of a dialect are unfolded, if they are."""
    if not definition.unfold:
        return None
    key = next(step for step in reversed(definition.unfold[0]) if isinstance(step, str))
    # A key of other signs may be spelt in many ways; one of these can be spelt by numbers of characters too.
    plain = key.isascii() and key.isprintable() and not set('"\\/') & set(key)
    unfolding = _Unfolding(definition)
    return Folds(
        begins=(),
        unfold=unfolding.unfold,
        marks=(f'"{key}"'.encode(), b"\\u") if plain else (b"[",),
        forced=unfolding.unfold_any,
        told=repr(definition.unfold),
    )


class _Unfolding:
    """Unfolds the lines that one dialect recognises."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition

    def unfold(self, record: Any, _above: bytes) -> Unfolded | None:
        """Return the records in a line, if the dialect knows one of them as its own."""
        found = self.unfold_any(record, _above)
        return found if found and any(map(self._recognises, found.records)) else None

    def unfold_any(self, record: Any, _above: bytes) -> Unfolded | None:
        """Return the records in a line, whatever else it says."""
        if not isinstance(record, dict) or not isinstance(_at(record, self._definition.unfold[0]), list):
            return None
        records = [record]
        for path in self._definition.unfold:
            if sum(_size(one, path) for one in records) > _MOST_BYTES:
                return None
            records = [inner for one in records for inner in _unfolded(one, path)]
        return Unfolded(records) if records[0] is not record else None

    def _recognises(self, record: Mapping[str, Any]) -> bool:
        told = self._definition
        return (
            all(_at(record, path) is not _NOTHING for path in told.there)
            and all(_at(record, path) is _NOTHING for path in told.lacks)
            and all(_text(_at(record, path)) in texts for path, texts in told.values.items())
        )


def _at(value: Any, path: Path) -> Any:
    for step in path:
        if isinstance(step, int):
            there = isinstance(value, list) and -len(value) <= step < len(value)
        else:
            there = isinstance(value, dict) and step in value
        if not there:
            return _NOTHING
        value = value[step]
    return value


def _text(value: Any) -> str | None:
    """What is compared with the values of a file."""
    if value is None or value is _NOTHING:
        return None
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _objects(record: _Record, path: Path) -> list[_Record] | None:
    """The array at a path, if it holds objects and nothing else."""
    found = _at(record, path)
    return found if isinstance(found, list) and found and all(isinstance(one, dict) for one in found) else None


def _size(record: _Record, path: Path) -> int:
    """Bytes of what the records of an array hold beside its objects."""
    found = _objects(record, path)
    if not found or len(found) == 1:
        return 0
    return len(found) * (len(orjson.dumps(record)) - len(orjson.dumps(found)))


def _unfolded(record: _Record, path: Path) -> Iterator[_Record]:
    """Yield a record for each object of an array; the record itself where there are none."""
    found = _objects(record, path)
    if found is None:
        yield record
        return
    for one in found:
        yield _replaced(record, path, one)


def _replaced(value: Any, path: Path, by: _Record) -> Any:
    """Return a value with another at a path; what is not on the way to it is shared."""
    if not path:
        return by
    copy = value.copy()
    copy[path[0]] = _replaced(value[path[0]], path[1:], by)
    return copy
