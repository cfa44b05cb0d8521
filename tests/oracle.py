"""What tlx must say in numbers, counted by plain Python from the text of a log.

Written from the description of the formats and not from tlx, of which it imports nothing.
"""

from __future__ import annotations

import gzip
import io
import json
import shlex
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import zstandard

HITS = {"ActionCache", "RemoteDepFileCache", "LocalDepFile", "LocalActionCache"}
TAGS = ("ActionExecutionEvent", "StarlarkUserEvent", "BxlEnsureArtifactsEvent")
HEADER_MARK = b'{"command_line_args"'
BOM = b"\xef\xbb\xbf"
MOST_NS = 2**63 - 1
UNITS = {"duration_ns": 1, "duration_us": 10**3, "duration_ms": 10**6, "duration_s": 10**9}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Record = dict[str, Any]


@dataclass
class Event:
    """One event, as far as numbers are made of it."""

    line: int
    dialect: str
    type: str | None
    start: int | None = None
    end: int | None = None
    duration: int | None = None
    action: Record | None = None


@dataclass
class Run:
    """A header and the events below it; without `record`, the events above the first header."""

    line: int
    record: Record | None
    events: list[Event] = field(default_factory=list)


@dataclass
class Log:
    """All that a text holds."""

    runs: list[Run] = field(default_factory=list)
    rejects: list[tuple[int, int, bytes]] = field(default_factory=list)
    """Line number, byte offset and bytes."""

    @property
    def events(self) -> list[Event]:
        """The events of all runs, in order."""
        return [event for run in self.runs for event in run.events]

    @property
    def headers(self) -> int:
        """How many headers there are."""
        return sum(run.record is not None for run in self.runs)


def text_of(path: Path) -> tuple[str, bytes]:
    """The codec and the text of a log, decompressed as far as it goes by the libraries' own readers."""
    data = path.read_bytes()
    if data.startswith(b"\x1f\x8b"):
        return "gzip", gzip.decompress(data)
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        return "zstd", zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data), read_across_frames=True).read()
    return "plain", data


def read(text: bytes) -> Log:
    """Read the decompressed text of one source."""
    log = Log()
    for number, offset, line in _lines(text):
        record = _record(line)
        if record is None:
            before, headers = _glued(line)
            whole = _record(before) if headers else None
            if whole is not None:
                _add(log, number, whole)
            elif before.strip():
                log.rejects.append((number, offset, before))
            for header in headers:
                _add(log, number, header)
        else:
            _add(log, number, record)
    return log


def _add(log: Log, number: int, record: Record) -> None:
    """Add a header or an event."""
    if "command_line_args" in record:
        log.runs.append(Run(number, record))
        return
    if not log.runs:
        log.runs.append(Run(number, None))
    log.runs[-1].events.append(_event(number, record))


def _glued(line: bytes) -> tuple[bytes, list[Record]]:
    """The headers at the end of a line that is no record, one right behind another, and what stands before them."""
    headers: list[Record] = []
    at, end = line.rfind(HEADER_MARK), len(line)
    while at >= 0 and (header := _record(line[at:end])):
        headers.insert(0, header)
        at, end = line.rfind(HEADER_MARK, 0, at), at
    return line[:end], headers


def stats(*texts: bytes) -> Record:
    """What `tlx stats --format json` says of sources with these texts, but for the sources themselves."""
    logs = [read(text) for text in texts]
    events = [event for log in logs for event in log.events]
    actions = [event.action for event in events if event.action is not None]
    runs_only = [a for a in actions if a.get("kind") == "Run" and a.get("execution_kind") is not None]
    hits = sum(a["execution_kind"] in HITS for a in runs_only)
    return {
        "runs": [_run(run) for log in logs for run in log.runs],
        "events": len(events),
        "line_kinds": {
            "event": len(events),
            "header": sum(log.headers for log in logs),
            "text": 0,
            "reject": sum(len(log.rejects) for log in logs),
        },
        "dialects": dict(Counter(event.dialect for event in events)),
        "event_types": dict(Counter(event.type or "unknown" for event in events)),
        "execution_kinds": _kinds(events),
        "duration_ns": sum(event.duration or 0 for event in events),
        "cache": {
            "hits": hits,
            "eligible": len(runs_only),
            "rate": hits / len(runs_only) if runs_only else None,
        },
    }


def lines(text: bytes) -> int:
    """How many lines of a source count: headers, events and rejects."""
    log = read(text)
    return len(log.events) + log.headers + len(log.rejects)


def comparable(answer: Record) -> Record:
    """What `tlx stats` printed, in the shape of `stats`: without sources, run numbers and the order of kinds."""
    kept = {key: value for key, value in answer.items() if key != "sources"}
    kept["runs"] = [{key: value for key, value in run.items() if key != "run"} for run in answer["runs"]]
    kept["execution_kinds"] = {kind.pop("execution_kind"): kind for kind in answer["execution_kinds"]}
    return kept


def _lines(text: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Number, offset and bytes of each line that holds more than white space."""
    offset = 0
    for number, line in enumerate(text.split(b"\n"), 1):
        skipped = len(BOM) if number == 1 and line.startswith(BOM) else 0
        if line[skipped:].strip():
            yield number, offset + skipped, line[skipped:]
        offset += len(line) + 1


def _record(line: bytes) -> Record | None:
    try:
        value = json.loads(line.decode(), object_pairs_hook=_first_of_each)
        json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate is no character
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and not line.startswith(BOM) else None


def _first_of_each(pairs: list[tuple[str, Any]]) -> Record:
    return dict(reversed(pairs))


def _event(number: int, record: Record) -> Event:
    tag = next((tag for tag in TAGS if record.get(tag) is not None), None)
    return _generic(number, record) if tag is None else _buck2(number, record, tag)


def _buck2(number: int, record: Record, tag: str) -> Event:
    body = record[tag]
    event = Event(number, "buck2-user", tag, end=_millis(record.get("epoch_millis")))
    if tag != "StarlarkUserEvent":
        event.duration = _millis(body.get("duration_millis"))
    if tag == "ActionExecutionEvent":
        event.action = body
    return _with_start(event)


def _generic(number: int, record: Record) -> Event:
    kind = record.get("event") if record.get("event") is not None else record.get("type")
    event = Event(number, "generic", kind)
    times = (_time(record[key]) for key in ("timestamp", "time", "ts", "at", "@timestamp") if key in record)
    event.end = next((time for time in times if time is not None), None)
    event.duration = next((record[key] * unit for key, unit in UNITS.items() if isinstance(record.get(key), int)), None)
    return _with_start(event)


def _with_start(event: Event) -> Event:
    if event.end is not None and event.duration is not None:
        event.start = event.end - event.duration
    return event


def _millis(value: object) -> int | None:
    return value * 10**6 if isinstance(value, int) and 0 <= value * 10**6 <= MOST_NS else None


def _time(value: object) -> int | None:
    if isinstance(value, str):
        return (datetime.fromisoformat(value) - EPOCH) // timedelta(microseconds=1) * 1000
    return None


def _run(run: Run) -> Record:
    record = run.record or {}
    starts = [time for event in run.events for time in (event.start, event.end) if time is not None]
    started = record.get("start_time")
    arguments = record.get("command_line_args")
    return {
        "dialect": "buck2-user"
        if run.record is not None
        else Counter(e.dialect for e in run.events).most_common(1)[0][0],
        "command": None if arguments is None else shlex.join(arguments),
        "trace_id": record.get("trace_id"),
        "start": _rfc3339(started[0] * 10**9 + started[1] if started else min(starts, default=None)),
        "end": _rfc3339(max((event.end for event in run.events if event.end is not None), default=None)),
        "events": len(run.events),
    }


def _kinds(events: list[Event]) -> Record:
    kinds: Record = {}
    for event in events:
        action = event.action or {}
        if action.get("execution_kind") is None and (action.get("name") or {}).get("category") is None:
            continue
        kind = kinds.setdefault(action.get("execution_kind"), {"count": 0, "duration_ns": 0, "output_size": 0})
        kind["count"] += 1
        kind["duration_ns"] += event.duration or 0
        kind["output_size"] += action.get("output_size") or 0
    return kinds


def _rfc3339(ns: int | None) -> str | None:
    """UTC, with the shortest fraction of 0, 3, 6 or 9 digits that says it all."""
    if ns is None:
        return None
    seconds, fraction = divmod(ns, 10**9)
    digits = next((size for size in (0, 3, 6) if fraction % 10 ** (9 - size) == 0), 9)
    tail = f".{fraction:09}"[: 1 + digits] if digits else ""
    return (EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S") + tail + "Z"


def actions(log: Log) -> list[Event]:
    """The spans of work of a log: what has a duration, but for Buck2's waiting for artifacts."""
    return [event for event in log.events if event.duration is not None and event.type != "BxlEnsureArtifactsEvent"]


def durations(events: list[Event], key: Callable[[Event], Any]) -> dict[Any, Record]:
    """What `tlx durations` says of these actions, by their key."""
    found: dict[Any, list[Event]] = {}
    for event in events:
        found.setdefault(key(event), []).append(event)
    everything = sum(event.duration or 0 for event in events)
    return {value: _group(group, everything) for value, group in found.items()}


def _group(group: list[Event], everything: int) -> Record:
    lengths = sorted(event.duration or 0 for event in group)
    return {
        "calls": len(group),
        "total_ns": sum(lengths),
        "wall_ns": covered([(event.start, event.end) for event in group if event.start is not None]),
        "mean_ns": sum(lengths) // len(lengths),
        **{f"p{p}_ns": lengths[-(-p * len(lengths) // 100) - 1] for p in (50, 90, 95, 99)},
        "max_ns": lengths[-1],
        "share": sum(lengths) / everything if everything else 0,
    }


def covered(spans: list[tuple[int, int]]) -> int:
    """The length of the time in which at least one span lies."""
    length, reached = 0, -(2**63)
    for begin, end in sorted(spans):
        length += max(0, end - max(begin, reached))
        reached = max(reached, end)
    return length


def facets(events: list[Event], key: Callable[[Event], Any]) -> dict[Any, Record]:
    """What `tlx kinds` says of these events, by their key."""
    found: dict[Any, list[Event]] = {}
    for event in events:
        found.setdefault(key(event), []).append(event)
    everything = sum(event.duration or 0 for event in events)
    return {value: _facet(group, everything, len(events)) for value, group in found.items()}


def _facet(group: list[Event], everything: int, number: int) -> Record:
    taken = sum(event.duration or 0 for event in group)
    known = [event.action for event in group if event.action is not None]
    eligible = [a["execution_kind"] for a in known if a.get("kind") == "Run" and a.get("execution_kind") is not None]
    hits = sum(kind in HITS for kind in eligible)
    return {
        "count": len(group),
        "duration_ns": taken,
        "share": taken / everything if everything else 0,
        "output_size": sum(action.get("output_size") or 0 for action in known),
        "share_of_events": len(group) / number,
        "cache_hits": hits,
        "cache_eligible": len(eligible),
        "cache_rate": hits / len(eligible) if eligible else None,
    }


def timeline(log: Log, window: tuple[int, int], width: int, keep: Callable[[Event], bool]) -> list[Record]:
    """What `tlx timeline` says of the kept events in slices of the window, each `width` ns long."""
    kept = [event for event in log.events if keep(event)]
    running = [event for event in actions(log) if keep(event) and event.start is not None and event.duration]
    return [_slice(begin, begin + width, kept, running) for begin in range(*window, width)]


def _slice(begin: int, end: int, events: list[Event], running: list[Event]) -> Record:
    here = [event for event in events if event.end is not None and begin <= event.end < end]
    spans = [(max(e.start, begin), min(e.end, end)) for e in running if e.start < end and e.end > begin]
    changes = sorted([(left, 1) for left, _ in spans] + [(right, -1) for _, right in spans])
    level = most = 0
    for _, change in changes:  # at one moment, what ends comes before what starts
        level += change
        most = max(most, level)
    return {
        "begin": _rfc3339(begin),
        "end": _rfc3339(end),
        "events": len(here),
        "execution_kinds": dict(Counter(kind for e in here if (kind := (e.action or {}).get("execution_kind")))),
        "in_flight_mean": sum(right - left for left, right in spans) / (end - begin),
        "in_flight_most": most,
    }


def name(event: Event) -> str | None:
    """What an action is called."""
    words = (event.action or {}).get("name") or {}
    category, identifier = words.get("category"), words.get("identifier")
    if identifier == "":
        return category
    return " ".join(word for word in (category, identifier) if word is not None) or None


@dataclass
class Half:
    """The start or the end of a span; those with the same key may belong together."""

    line: int
    key: str | None
    starts: bool
    time: int | None
    told: int | None = None
    """The duration that an end tells itself."""


@dataclass
class Joined:
    """What becomes of the halves of spans, by their lines."""

    lengths: dict[int, int] = field(default_factory=dict)
    """Of ends, told by themselves or the time since their start; of iterations, of their starts."""
    open: list[int] = field(default_factory=list)
    pairs: list[tuple[int, int]] = field(default_factory=list)


def joined(halves: list[Half], waits: int = 10_000, most: int = 1_000) -> Joined:
    """Join the starts and ends of one log, given in its order."""
    found = Joined()
    for key in dict.fromkeys(half.key for half in halves if half.key is not None):
        _join([half for half in halves if half.key == key], waits, most, found)
    found.lengths |= {half.line: half.told for half in halves if half.told is not None}
    found.open.sort()
    found.pairs.sort()
    return found


def _join(halves: list[Half], waits: int, most: int, found: Joined) -> None:
    """Join the halves of one key: first in, first out; an end that came too early may still be met."""
    early: list[Half] = []
    opened: list[Half] = []
    for half in halves:
        if half.starts:
            while early:
                end = early.pop(0)
                if half.line - end.line <= waits and (None in (half.time, end.time) or half.time <= end.time):
                    _pair(half, end, found)
                    break
            else:
                found.open.append(half.line)
                if len(opened) < most:
                    opened.append(half)
        elif opened:
            found.open.remove(opened[0].line)
            _pair(opened.pop(0), half, found)
        else:
            early.append(half)


def _pair(start: Half, end: Half, found: Joined) -> None:
    found.pairs.append((start.line, end.line))
    if start.time is not None and end.time is not None and end.time >= start.time:
        found.lengths[end.line] = end.time - start.time


def hephaestus(text: bytes) -> list[Half]:
    """The starts and ends of operations in lines of JSON: `x.start`, then `x.complete` or `x.failed`."""
    halves = []
    for number, _, line in _lines(text):
        record = _record(line) or {}
        name, _, last = (record.get("event") or "").rpartition(".")
        if last in ("start", "complete", "failed"):
            operation = record.get("payload", {}).get("operation_id")
            key = None if operation is None else f"{operation} {name}"
            halves.append(Half(number, key, last == "start", _time(record.get("timestamp"))))
    return halves


BEAMLENS_STAGES = ("beamlens.operator.execute", "beamlens.coordinator.pipeline_")


def beamlens(text: bytes) -> list[Half]:
    """The starts and ends in lines of JSON with dotted names: of calls, which tell their durations, and of stages."""
    halves = []
    for number, _, line in _lines(text):
        record = _record(line) or {}
        event, metadata = record.get("event") or "", record.get("metadata", {})
        family, _, last = event.replace("_", ".").rpartition(".")
        if last not in ("start", "stop", "exception") and not event.startswith(BEAMLENS_STAGES):
            continue
        if last in ("start", "stop", "exception", "complete", "error") and not event.endswith("iteration_start"):
            context = metadata.get("telemetry_span_context") or metadata.get("trace_id")
            key = context and f"{context} {family}"
            told = record["measurements"].get("duration")
            halves.append(Half(number, key, last == "start", _time(record.get("timestamp")), told))
    return halves


def _operator(record: Record) -> str | None:
    """Whom an event is about, as the coordinator and as operators call it."""
    metadata = record.get("metadata", {})
    return metadata.get("operator") or metadata.get("skill")


def beamlens_runs(text: bytes) -> list[Half]:
    """The starts and ends of operators' runs: done tells it, and the coordinator, alone where an operator crashed."""
    ends = ("operator.done", "coordinator.operator_complete", "coordinator.operator_crashed")
    halves = []
    for number, _, line in _lines(text):
        record = _record(line) or {}
        name = (record.get("event") or "").removeprefix("beamlens.")
        if name in ("operator.started", *ends) and (operator := _operator(record)):
            halves.append(Half(number, f"run {operator}", name not in ends, _time(record.get("timestamp"))))
    return halves


def beamlens_iterations(text: bytes, found: Joined) -> None:
    """Join iterations of operators and of the coordinator: each lasts until the next, a wait or the end.

    One that is going on when its operator starts anew, or is gone, never ends.
    """
    going: dict[str, tuple[int, int | None]] = {}
    for number, _, line in _lines(text):
        record = _record(line) or {}
        family, _, last = (record.get("event") or "").removeprefix("beamlens.").rpartition(".")
        gone = last in ("operator_complete", "operator_crashed")
        who = "coordinator" if family == "coordinator" and not gone else _operator(record)
        if family not in ("coordinator", "operator") or who is None:
            continue
        time = _time(record.get("timestamp"))
        if last in ("iteration_start", "wait", "done", "started") or gone:
            before = going.pop(who, None)
            if before and last in ("iteration_start", "wait", "done"):
                found.open.remove(before[0])
                found.pairs.append((before[0], number))
                if None not in (before[1], time) and before[1] <= time:
                    found.lengths[before[0]] = time - before[1]
        if last == "iteration_start":
            going[who] = number, time
            found.open.append(number)
    found.open.sort()
    found.pairs.sort()


def beamlens_joined(text: bytes) -> Joined:
    """All that becomes of the spans of Beamlens."""
    found = joined([*beamlens(text), *beamlens_runs(text)])
    beamlens_iterations(text, found)
    return found
