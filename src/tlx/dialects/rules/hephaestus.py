"""Hephaestus' own check, after the fact: names of fields, with the context that is merged in behind that check."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tlx.dialects.rules.finding import Finding, Given, Judged, Rules, Severity, extra, mapping, missing, mistyped
from tlx.model import TEXT_EVENT

_AUDIT = "audit"
_ENVELOPE = frozenset(("timestamp", "level", "logger", "message", "run_id", "event", "payload", "exc_info"))
_STATUSES = ("success", "denied", "failed")
_KEY = re.compile(r"(?:^| )(\w+)=")


def _fields(judged: Judged) -> Mapping[str, Any]:
    record = judged.record
    if not isinstance(record, dict):
        return _of_text(judged.raw)
    if judged.event == _AUDIT:
        return record
    if "payload" in record or {"logger", "level"} <= record.keys():
        return mapping(record.get("payload"))
    return {name: value for name, value in record.items() if name not in _ENVELOPE}


def _of_text(raw: str) -> Mapping[str, Any]:
    """The fields of a line of text, as far as they can be told apart: nothing in it is quoted."""
    tail = raw.rpartition(" | event=")[2].partition(" ")[2]
    found = list(_KEY.finditer(tail))
    ends = [*(match.start() for match in found[1:]), len(tail)][: len(found)]
    return {match[1]: tail[match.end() : end] for match, end in zip(found, ends, strict=True)}


def _judge(judged: Judged, given: Given) -> Iterator[Finding]:
    if judged.event is None or judged.event == TEXT_EVENT:
        return
    fields = _fields(judged)
    if judged.event == _AUDIT:
        yield from missing(judged, given, fields, Severity.ERROR)
        if fields.get("status") not in _STATUSES:
            yield Finding(Severity.WARNING, "unknown-value", "status", fields.get("status"))
        return
    if not given.registry.knows(judged.event):
        yield Finding(Severity.WARNING, "unknown-event", "", judged.event)
        return
    yield from missing(judged, given, fields, Severity.ERROR)
    if isinstance(judged.record, dict):  # text has no types, and no bounds that show what a field is
        yield from mistyped(judged, given, fields, Severity.WARNING)
        yield from extra(judged, given, fields, shared=True)


def _alike(judged: Judged, _given: Given) -> Mapping[str, Collection[str]]:
    return {"status": _STATUSES} if judged.event == _AUDIT else {}


RULES = Rules(_fields, _judge, together="payload", alike=_alike)
