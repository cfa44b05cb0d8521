"""The types of the fields of Buck2's user events; older logs lack some of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tlx.dialects.rules.finding import (
    Finding,
    Given,
    Judged,
    Rules,
    Severity,
    extra,
    mapping,
    missing,
    mistyped,
    unknown_value,
)

_METADATA = "StarlarkUserEvent.metadata"
_NAME = "ActionExecutionEvent.name"
_VALUES = ("ActionExecutionEvent.kind", "ActionExecutionEvent.execution_kind")
_ENDS = (2147483647, -2147483648)
"""Where Buck2 cuts numbers of metadata: the true value is lost."""
_NEAR = 999_999_999
"""A number with more digits may be one of these, or one past them."""


def _fields(judged: Judged) -> Mapping[str, Any]:
    record, found = mapping(judged.record), {}
    for key, value in record.items():
        if key != judged.event:
            found[key] = value
            continue
        if not isinstance(value, dict):
            found[key] = value
        for name, inner in mapping(value).items():
            path = f"{key}.{name}"
            if path == _NAME and isinstance(inner, dict):
                found |= {f"{path}.{part}": one for part, one in inner.items()}
            else:
                found[path] = inner
    return found


def _judge(judged: Judged, given: Given) -> Iterator[Finding]:
    fields = _fields(judged)
    entry = given.registry.entry(judged.event)
    if entry is None:
        return
    yield from missing(judged, given, fields, Severity.ERROR)
    if not isinstance(mapping(judged.record).get(judged.event or "", {}), dict):
        yield Finding(Severity.ERROR, "wrong-type", judged.event or "", fields[judged.event or ""])
        return
    for name in entry.optional:
        if name not in fields and judged.event in given.registry.events:
            yield Finding(Severity.INFORMATION, "missing-field", name)
    yield from mistyped(judged, given, fields, Severity.ERROR)
    yield from extra(judged, given, fields)
    for name in _VALUES:
        yield from unknown_value(given, name, fields.get(name))
    yield from _numbers(fields.get(_METADATA))


def _numbers(metadata: Any) -> Iterator[Finding]:
    """Numbers of metadata that are cut, or that Buck2 cannot have written."""
    for path, value in _inside(metadata):
        if value in _ENDS and not isinstance(value, bool | float):
            yield Finding(Severity.INFORMATION, "cut-number", path, value)
        elif isinstance(value, float) or (
            isinstance(value, int) and not isinstance(value, bool) and not _ENDS[1] <= value <= _ENDS[0]
        ):
            yield Finding(Severity.WARNING, "impossible-number", path, value)


def _inside(metadata: Any) -> Iterator[tuple[str, Any]]:
    """The values of metadata that hold no others, each with its path."""
    todo = [(_METADATA, metadata)]
    while todo:
        path, value = todo.pop()
        if isinstance(value, dict):
            todo += [(f"{path}.{key}", inner) for key, inner in reversed(value.items())]
        elif isinstance(value, list):
            todo += [(f"{path}[{number}]", value[number]) for number in reversed(range(len(value)))]
        else:
            yield path, value


def _alike(judged: Judged, given: Given) -> Mapping[str, Collection[str]] | None:
    metadata = _fields(judged).get(_METADATA)
    if any(isinstance(value, int) and abs(value) > _NEAR for _, value in _inside(metadata)):
        return None
    return {name.rpartition(".")[2]: given.registry.values.get(name, {}) for name in _VALUES}


RULES = Rules(_fields, _judge, alike=_alike)
