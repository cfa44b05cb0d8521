"""The types of the fields that are read of Buck2's normal event log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tlx.dialects.rules.finding import Finding, Given, Judged, Rules, Severity, mapping, missing, mistyped

_INVOCATION = "(invocation)"


def _fields(judged: Judged) -> Mapping[str, Any]:
    if judged.event == _INVOCATION:
        return mapping(judged.record)
    event = mapping(mapping(judged.record).get("Event"))
    found = {name: value for name, value in event.items() if name != "data"}
    for part in mapping(event.get("data")).values():
        found |= {name: value for name, value in mapping(part).items() if name not in ("data", "stats")}
        for tag, body in mapping(mapping(part).get("data")).items():
            found |= {f"{tag}.{name}": value for name, value in mapping(body).items()}
    return found


def _judge(judged: Judged, given: Given) -> Iterator[Finding]:
    if judged.event is None:
        return
    if not given.registry.knows(judged.event):
        yield Finding(Severity.WARNING, "unknown-event", "", judged.event)
        return
    fields = _fields(judged)
    yield from missing(judged, given, fields, Severity.ERROR)
    yield from mistyped(judged, given, fields, Severity.ERROR)


RULES = Rules(_fields, _judge, alike=lambda _judged, _given: {})
