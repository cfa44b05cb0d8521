"""The types of the fields that Buck2 prints of what ran."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
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

_PARTS = ("reproducer", "reproducer.details", "extra")
"""The objects whose fields the registry names."""
_VALUES = ("reproducer.executor", "scheduling_mode", "method")
_DURATION = re.compile(r"(?:(?:\d+:)?[0-5]?\d:)?\d+\.\ds", re.ASCII)


def _fields(judged: Judged) -> Mapping[str, Any]:
    found = dict(mapping(judged.record))
    for part in _PARTS:
        if isinstance(inner := found.get(part), dict):
            del found[part]
            found |= {f"{part}.{name}": value for name, value in inner.items()}
    return found


def _judge(judged: Judged, given: Given) -> Iterator[Finding]:
    if not given.registry.knows(judged.event or ""):
        yield Finding(Severity.WARNING, "unknown-event", "reason", judged.event)
        return
    fields = _fields(judged)
    yield from missing(judged, given, fields, Severity.ERROR)
    yield from mistyped(judged, given, fields, Severity.ERROR)
    yield from extra(judged, given, fields)
    for name in _VALUES:
        yield from unknown_value(given, name, fields.get(name))
    long = fields.get("duration")
    if isinstance(long, str) and not _DURATION.fullmatch(long):
        yield Finding(Severity.WARNING, "unreadable-duration", "duration", long)


RULES = Rules(_fields, _judge)
