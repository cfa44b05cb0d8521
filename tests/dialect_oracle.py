"""What the lines of every dialect mean, told by plain Python, line by line.

Written from the description of the formats and not from tlx, of which it imports nothing.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

Record = dict[str, Any]
FLAT = ("api", "cleanup", "cli", "release", "resource_fork")
"""The families of Hephaestus's registry: by these the flat form is told from any other line with an event."""
DAY = 86_400 * 10**9
TAGS = ("StarlarkUserEvent", "ActionExecutionEvent", "BxlEnsureArtifactsEvent")
HEPHAESTUS = re.compile(r"(DEBUG|INFO|WARNING|ERROR|CRITICAL) [\w.]+: ")
BEAMLENS = re.compile(r"(?:(\d\d):(\d\d):(\d\d)\.(\d{3}) \[\w+\] )?\[(beamlens(?:\.\w+)+)\] trace_id=")
TIMES = ("timestamp", "time", "ts", "at", "@timestamp")
LENGTHS = {"duration_ns": 1, "duration_us": 10**3, "duration_ms": 10**6, "duration_s": 10**9}
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?")


@dataclass(frozen=True)
class Event:
    """What is told of one event; `clock` is its time of day where no date is, in ns as all times."""

    line: int
    dialect: str
    type: str | None
    time: int | None = None
    duration: int | None = None
    clock: int | None = None


@dataclass
class Meaning:
    """What a log means."""

    events: list[Event] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    """Lines by what they hold: event, header, text, reject."""

    @property
    def dialects(self) -> Counter[str]:
        """Events by dialect."""
        return Counter(event.dialect for event in self.events)

    @property
    def types(self) -> Counter[str]:
        """Events by type."""
        return Counter(event.type or "unknown" for event in self.events)


def read(text: bytes) -> Meaning:
    """Tell the meaning of a decompressed log."""
    found = Meaning()
    lines = [(number, line) for number, line in enumerate(text.decode().split("\n"), 1) if line.strip()]
    records = {number: _record(line) for number, line in lines}
    admits = any(r is not None and {"timestamp", "level", "logger", "message"} <= r.keys() for r in records.values())
    admits |= any(HEPHAESTUS.match(line) or BEAMLENS.match(line) for _, line in lines)
    for number, line in lines:
        record = records[number]
        events, kind = (_of_text(number, line, admits=admits), None) if record is None else _of_record(number, record)
        found.events += events
        found.kinds[kind or ("event" if events else "text" if admits else "reject")] += 1
    return found


def _record(line: str) -> Record | None:
    try:
        value = json.loads(line, parse_float=Decimal)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _of_text(number: int, line: str, *, admits: bool) -> list[Event]:
    """The event that begins in a line of text, if one does."""
    if match := BEAMLENS.match(line):
        system = re.search(r" system_time=(\d+)", line)
        length = re.search(r" duration=(\d+)", line)
        clock = None
        if match[1]:
            hours, minutes, seconds, millis = map(int, match.groups()[:4])
            clock = ((hours * 60 + minutes) * 60 + seconds) * 10**9 + millis * 10**6
        time = int(system[1]) if system else None
        return [Event(number, "beamlens", match[5], time, int(length[1]) if length else None, clock)]
    if admits and HEPHAESTUS.match(line):
        tail = line.rpartition(" | event=")
        return [Event(number, "hephaestus", tail[2].split(" ")[0] if tail[1] else None)]
    return []


def _of_record(number: int, record: Record) -> tuple[list[Event], str | None]:  # noqa: PLR0911  the table, row by row
    """The first row of the table that fits a record; a line that is no event says what it is."""
    if "command_line_args" in record:
        return [], "header"
    if "__schema__" in record or {"timestamp", "schema", "version"} <= record.keys():
        return [_jupyter(number, record)], None
    if tag := next((tag for tag in TAGS if tag in record), None):
        body = record[tag]
        long = body.get("duration_millis")
        time = record.get("epoch_millis")
        return [Event(number, "buck2-user", tag, _times(time, 10**6), _times(long, 10**6))], None
    if len(record) == 1 and next(iter(record)) in ("Event", "Result", "PartialResult"):
        return [_buck2(number, record)], None
    if found := _sourcegraph(number, record):
        return found
    if (event := _elixir(number, record)) or (event := _hephaestus(number, record)) or (event := _ran(number, record)):
        return [event], None
    return [_generic(number, record)], None


def _times(value: Any, unit: int) -> int | None:
    return value * unit if isinstance(value, int) else None


def _moment(value: Any) -> int | None:
    """RFC 3339, no digit lost, an offset before a Z; or a number since 1970, its unit by its magnitude."""
    if isinstance(value, int | Decimal):
        unit = next((unit for most, unit in ((11, 10**9), (14, 10**6), (17, 10**3)) if value < 10**most), 1)
        return int(value * unit)
    match = MOMENT.match(value) if isinstance(value, str) else None
    if not match:
        return None
    zone = match[3] if match[3] and match[3] != "Z" else "+00:00"
    seconds = datetime.fromisoformat(match[1] + zone).astimezone(UTC).timestamp()
    return int(seconds) * 10**9 + int((match[2] or "").ljust(9, "0"))


def _jupyter(number: int, record: Record) -> Event:
    schema, at = ("__schema__", "__timestamp__") if "__schema__" in record else ("schema", "timestamp")
    return Event(number, "jupyter", record[schema], _moment(record.get(at)))


def _buck2(number: int, record: Record) -> Event:
    ((tag, body),) = record.items()
    if tag != "Event":
        return Event(number, "buck2", tag)
    ((kind, inner),) = body["data"].items()
    happened = inner["data"]
    name = happened if isinstance(happened, str) else next(iter(happened))
    long = _times(inner.get("duration_us"), 1_000)
    if long is None and inner.get("duration") is not None:
        long = inner["duration"][0] * 10**9 + inner["duration"][1]
    time = body["timestamp"][0] * 10**9 + body["timestamp"][1]
    return Event(number, "buck2", name + "Start" if kind == "SpanStart" else name, time, long)


def _sourcegraph(number: int, record: Record) -> tuple[list[Event], str | None] | None:
    """An export, a bare event, what a client sends, a line of a stream, a debug log."""
    if "SeverityText" in record and "Body" in record:
        message = record.get("Attributes", {}).get("message", "")
        inner = json.loads(message)["event"] if message.startswith("{") else {}
        time = _moment(inner.get("timestamp")) or record.get("Timestamp")
        return [Event(number, "sourcegraph", _feature(inner) or "log", time)], None
    events = [
        one for one in (record.get("event"), record) if isinstance(one, dict) and {"feature", "action"} & one.keys()
    ]
    if events and (events[0] is not record or {"feature", "action"} <= record.keys()):
        return [Event(number, "sourcegraph", _feature(events[0]), _moment(events[0].get("timestamp")))], None
    if isinstance(many := record.get("events"), dict) and isinstance(many.get("events"), list):
        return [
            Event(number, "sourcegraph", _feature(one), _moment(one.get("timestamp"))) for one in many["events"]
        ], "event"
    if "identifier" in record.get("metadata", {}) and "event" not in record:
        return [], "header"
    return None


def _feature(event: Record) -> str | None:
    return ".".join(filter(None, (event.get("feature"), event.get("action")))) or None


def _elixir(number: int, record: Record) -> Event | None:
    """Telemetry of Elixir: a list or a dotted name beside measurements, flattened, or logged."""
    event, metadata = record.get("event", record.get("telemetry_event")), record.get("metadata")
    measured = record.get("measurements")
    name = ".".join(event) if isinstance(event, list) else event if isinstance(event, str) else None
    if measured is None and isinstance(metadata, dict) and "payload" not in record and "logger" not in record:
        measured = {} if isinstance(event, str) else None
    if name is None and isinstance(record.get("name"), str) and {"duration", "system_time"} & record.keys():
        name, measured = record["name"], record
    message = record.get("message")
    if name is None and "severity" in record and isinstance(message, str):
        if match := BEAMLENS.match(message):
            length = re.search(r" duration=(\d+)", message)
            name, measured = match[5], {"duration": int(length[1])} if length else {}
        elif isinstance(metadata, dict) and "measurements" in metadata:
            name, measured = message, metadata["measurements"]
    if name is None or measured is None:
        return None
    told = next((time for key in TIMES if (time := _moment(record.get(key))) is not None), None)
    return Event(
        number, "beamlens", name, measured.get("system_time") if told is None else told, measured.get("duration")
    )


def _hephaestus(number: int, record: Record) -> Event | None:
    event, time = record.get("event"), _moment(record.get("timestamp"))
    if {"timestamp", "level", "logger", "message"} <= record.keys():
        return Event(number, "hephaestus", event, time)
    if isinstance(event, str) and event.partition(".")[0] in FLAT and "." in event:
        return Event(number, "hephaestus", event)
    if {"principal", "operation", "status"} <= record.keys():
        return Event(number, "hephaestus", "audit", time)
    return None


def _ran(number: int, record: Record) -> Event | None:
    """What Buck2 prints of its own log: commands, files, uploads; durations as a clock shows them."""
    if {"reason", "identity"} <= record.keys() and "executor" in (record.get("reproducer") or {}):
        parts = record["duration"].removesuffix("s").split(":") if "duration" in record else []
        seconds = sum(Decimal(part) * 60**power for power, part in enumerate(reversed(parts)))
        return Event(number, "buck2-what-ran", record["reason"], None, int(seconds * 10**9) if parts else None)
    if record.get("method") in ("cas", "copy", "http", "write") and {"path", "file_count"} <= record.keys():
        return Event(number, "buck2-what-ran", "materialization")
    if {"action", "digests_uploaded", "bytes_uploaded"} <= record.keys():
        return Event(number, "buck2-what-ran", "upload")
    return None


def _generic(number: int, record: Record) -> Event:
    kind = record.get("event") if record.get("event") is not None else record.get("type")
    time = next((time for key in TIMES if (time := _moment(record.get(key))) is not None), None)
    long = next((record[key] * unit for key, unit in LENGTHS.items() if record.get(key) is not None), None)
    return Event(number, "generic", kind, time, None if long is None else int(long))
