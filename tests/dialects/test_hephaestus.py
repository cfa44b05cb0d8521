"""Hephaestus' logs: JSON, text, the flat form, the audit file, and what stands between their lines."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tlx.dialects.known import DIALECTS, below
from tlx.model import TEXT_EVENT, Above, Batch
from tlx.store.ingest import Outcome
from tlx.text import Text

RECORD = {
    "timestamp": "2026-11-21T01:40:32.538829+00:00",
    "level": "INFO",
    "logger": "hephaestus.release",
    "message": "Downloading",
    "run_id": "run-1",
    "event": "release.download.start",
    "payload": {"operation": "release.download", "operation_id": "op-1"},
}
TIME = 1_795_225_232_538_829_000
JSON = json.dumps(RECORD).encode()
TEXT = (
    b"INFO hephaestus.release: Downloading | event=release.download.start run_id=run-1"
    b" operation=release.download operation_id=op-1 root=/a b/c"
)
TRACE = [b"Traceback (most recent call last):", b'  File "x.py", line 1', b"ValueError: no | such"]
GENERIC = b'{"message":"hello"}'


def batch(*lines: bytes, above: Above = Above()) -> Batch:  # noqa: B008  a tuple
    """A batch of `lines`."""
    return Batch(0, 1, 1, 1, 0, Text(b"\n".join(lines)), len(lines), above=above)


@pytest.mark.parametrize(("line", "time"), [(JSON, TIME), (TEXT, None)], ids=["JSON", "text"])
def test_both_forms(shelf: Any, line: bytes, time: int | None) -> None:
    """A line of text tells all that JSON does but the time."""
    found = shelf.event(line)
    columns = ("dialect", "event", "name", "kind", "status", "owner", "trace", "span", "time")
    assert [found[name] for name in columns] == [
        *("hephaestus", "release.download.start", "release.download.start", "release", None),
        *("hephaestus.release", "run-1", "op-1", time),
    ]
    assert found["raw"].encode() == line


@pytest.mark.parametrize(
    ("event", "level", "status"),
    [
        ("release.download.failed", "INFO", "failed"),
        ("cleanup.path.error", "INFO", "failed"),
        ("cleanup.run.start", "ERROR", "failed"),
        ("release.http.retry", "INFO", "warning"),
        ("release.sigstore.missing", "WARNING", "warning"),
        ("cleanup.run.start", "WARNING", "warning"),
        ("release.sigstore.verified", "INFO", "ok"),
        ("cleanup.run.start", "INFO", None),
    ],
)
def test_outcomes(shelf: Any, event: str, level: str, status: str | None) -> None:
    """The outcome is told by the event and the level."""
    assert shelf.event(json.dumps({**RECORD, "event": event, "level": level}).encode())["status"] == status


def test_events_are_found_behind_the_last_mark(shelf: Any) -> None:
    """A message may hold what looks like the mark of an event."""
    found = shelf.event(b"INFO a.b: x | event=fake.event | event=cleanup.run.start run_id=r")
    assert (found["event"], found["trace"]) == ("cleanup.run.start", "r")


def test_no_event(shelf: Any) -> None:
    """Lines of other loggers are called by their message."""
    found = shelf.event(b"DEBUG urllib3.pool: Starting | run_id=r")
    assert [found[name] for name in ("event", "name", "kind", "trace")] == [None, "Starting", "DEBUG", "r"]


def test_flat_and_audit(shelf: Any) -> None:
    """The form of the documentation is told by its names, the audit file by its keys."""
    flat = shelf.event(b'{"event":"cli.guard-rails.drift","drifted_tools":[]}')
    assert (flat["dialect"], flat["kind"], flat["time"]) == ("hephaestus", "cli", None)
    audit = shelf.event(
        b'{"timestamp":"2026-11-21T01:40:32.538829+00:00","principal":"me","operation":"rest.run","status":"denied"}'
    )
    assert [audit[name] for name in ("dialect", "event", "name", "status", "owner", "time")] == [
        *("hephaestus", "audit", "rest.run", "denied", "me", TIME)
    ]
    assert shelf.event(b'{"event":"tick","ts":1}')["dialect"] == "generic"


def test_infinity(shelf: Any) -> None:
    """Numbers that are none in strict JSON spoil nothing."""
    line = JSON.replace(b'"op-1"', b'"op-1", "backoff_seconds": Infinity')
    assert shelf.event(line)["span"] == "op-1"


def test_text_behind_text(shelf: Any) -> None:
    """Lines that follow a line of text belong to its event, those before the first one make one of their own."""
    kept = shelf.put(batch(b"usage: x", TEXT, *TRACE, b"", TEXT))
    assert [(event["event"], event["line"]) for event in kept.events] == [
        *((TEXT_EVENT, 1), ("release.download.start", 2), ("release.download.start", 7))
    ]
    assert kept.events[1]["raw"].encode() == b"\n".join([TEXT, *TRACE])
    assert kept.outcomes == [Outcome(2, 0, texts=1)]


def test_text_behind_json(shelf: Any) -> None:
    """A traceback is an event of text, in the time and operation of the record above, called by its error."""
    kept = shelf.put(batch(JSON, *TRACE, JSON, b'{"torn', GENERIC, b"foreign"))
    trace = kept.events[1]
    columns = ("event", "name", "kind", "status", "time", "trace", "span", "line")
    assert [trace[name] for name in columns] == [
        *(TEXT_EVENT, "ValueError: no | such", "text", "failed", TIME, "run-1", "op-1", 2)
    ]
    assert trace["raw"].encode() == b"\n".join(TRACE)
    assert [event["dialect"] for event in kept.events] == ["hephaestus"] * 3 + ["generic"]
    assert [(reject.line, reject.text) for reject in kept.rejects] == [(6, '{"torn'), (8, "foreign")]
    assert kept.outcomes == [Outcome(3, 2, texts=1)]


def test_text_alone(shelf: Any) -> None:
    """What a batch begins with belongs to the lines above it, or else to those below; if to none, it is rejected."""
    assert shelf.put(batch(*TRACE)).outcomes == [Outcome(0, 3)]
    after = shelf.put(batch(*TRACE, above=Above("hephaestus")))
    assert (after.outcomes, len(after.events)) == ([Outcome(0, 0, texts=1)], 1)
    before = shelf.put(batch(*TRACE, JSON))
    assert (before.outcomes, [event["line"] for event in before.events]) == ([Outcome(1, 0, texts=1)], [1, 4])
    assert shelf.put(batch(*TRACE, GENERIC, JSON)).outcomes == [Outcome(2, 3)]


def test_text_in_pieces(shelf: Any) -> None:
    """Text behind a record belongs to it, also where it comes in the next batch, or behind more of its kind."""
    above = below(Text(JSON), Above(), DIALECTS, folded=False)
    assert above == below(Text(TRACE[1]), above, DIALECTS, folded=False) == Above("hephaestus", record=JSON)
    (found,) = shelf.put(batch(*TRACE, above=above)).events
    assert [found[name] for name in ("event", "time", "trace")] == [TEXT_EVENT, TIME, "run-1"]
