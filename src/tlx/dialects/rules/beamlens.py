"""Beamlens' documentation, and what of it handlers keep: the default text and its wrappings lose all metadata."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tlx.dialects.rules.finding import Finding, Given, Judged, Rules, Severity, mapping, missing, mistyped

_OWN = "beamlens."
_PAIR = re.compile(r" (\w+)=(\S*)")
_CHECKED = ("int", "bool")
"""Types that encoders keep; terms become texts of all sorts."""


def _fields(judged: Judged) -> Mapping[str, Any]:
    record = judged.record
    if not isinstance(record, dict):
        return _logged(judged.raw)
    metadata = mapping(record.get("metadata"))
    if isinstance(record.get("measurements"), dict):
        return _named(record["measurements"], metadata)
    if isinstance(metadata.get("measurements"), dict):
        return _named(metadata["measurements"], mapping(metadata.get("telemetry_metadata")))
    if isinstance(record.get("message"), str) and record["message"].startswith("["):
        return _logged(record["message"])
    return {**_named(record, {}), **_named({}, record)}  # flattened: nobody can tell which is which


def _named(measurements: Mapping[str, Any], metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    return {f"measurements.{name}": value for name, value in measurements.items()} | {
        f"metadata.{name}": value for name, value in metadata.items()
    }


def _logged(text: str) -> Mapping[str, Any]:
    """The measurements of a line of the default text."""
    pairs = _PAIR.findall(text.partition("\n")[0])
    return {f"measurements.{key}": int(value) if value.isdecimal() else value for key, value in pairs}


def _is_logged(judged: Judged) -> bool:
    record = judged.record
    return not isinstance(record, dict) or (
        "metadata.trace_id" not in _fields(judged)
        and (isinstance(record.get("message"), str) and record["message"].startswith("["))
    )


def _judge(judged: Judged, given: Given) -> Iterator[Finding]:
    if judged.event is None or not judged.event.startswith(_OWN):
        return
    if not given.registry.knows(judged.event):
        yield Finding(Severity.WARNING, "unknown-event", "", judged.event)
        return
    fields = _fields(judged)
    lost = "metadata." if _is_logged(judged) else "\0"
    for found in missing(judged, given, fields, Severity.WARNING):
        if not found.field.startswith(lost):
            yield found
    entry = given.registry.events[judged.event]
    known = {name: fields[name] for name in entry.required if name in fields and _type(judged, given, name) in _CHECKED}
    yield from mistyped(judged, given, known, Severity.WARNING)


def _type(judged: Judged, given: Given, name: str) -> str:
    meaning = given.registry.field(judged.event, name)
    return meaning.type if meaning else ""


def _alike(judged: Judged, _given: Given) -> Mapping[str, Collection[str]] | None:
    return None if "message" in mapping(judged.record) else {}  # what a message says may be the event


RULES = Rules(_fields, _judge, alike=_alike)
