"""Logs that Jupyter's own libraries write: opened, counted, and held against the schemas they were written with."""

from __future__ import annotations

import json
import logging
import warnings
from collections import Counter

import pytest

from tlx.cli.main import run

KERNEL = {
    "$id": "https://events.example.org/kernel/v1",
    "version": 1,
    "title": "Kernel",
    "description": "Something was done to a kernel.",
    "type": "object",
    "required": ["action"],
    "properties": {
        "action": {"enum": ["start", "stop"], "description": "What."},
        "kernel_id": {"type": "string", "description": "Which."},
        "status_code": {"type": "number"},
    },
}
EVENTS = [
    *({"action": "start", "kernel_id": f"k-{number}", "status_code": 200.5} for number in range(20)),
    *({"action": "stop", "kernel_id": f"k-{number}\n\u2028\u00e9"} for number in range(5)),
    {"action": "start", "undeclared": {"deep": [None]}},
]


def by_telemetry(path):
    """Write the events with jupyter_telemetry."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what it imports
        telemetry = pytest.importorskip("jupyter_telemetry")
    handler = logging.FileHandler(path, encoding="utf-8")
    log = telemetry.EventLog(handlers=[handler], allowed_schemas=[KERNEL["$id"]])
    log.register_schema(KERNEL)
    for event in EVENTS:
        log.record_event(KERNEL["$id"], 1, event)
    handler.close()


def by_events(path):
    """Write the events with jupyter_events, which keeps versions as texts."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        events = pytest.importorskip("jupyter_events")
    handler = logging.FileHandler(path, encoding="utf-8")
    log = events.EventLogger(handlers=[handler])
    log.register_event_schema({**KERNEL, "version": "1"})
    for event in EVENTS:
        log.emit(schema_id=KERNEL["$id"], data=event)
    handler.close()


@pytest.fixture(params=[by_telemetry, by_events])
def log(request, tmp_path):
    """A log that a library has written."""
    path = tmp_path / "events.log"
    request.param(path)
    assert len(path.read_bytes().splitlines()) == len(EVENTS)
    return path


def printed(capfd, *words, code=0):
    """What a command prints, as JSON."""
    assert run([str(word) for word in words]) == code
    return json.loads(capfd.readouterr().out)


def test_real_logs_are_read_whole(capfd, log):
    """Every line is an event of the dialect, with its time and its action."""
    stats = printed(capfd, "stats", log, "--format", "json")
    assert stats["line_kinds"]["event"] == stats["dialects"]["jupyter"] == len(EVENTS)
    assert stats["line_kinds"]["reject"] == 0
    rows = printed(capfd, "events", log, "--columns", "name,time", "--format", "json")
    names = Counter(row["name"].rpartition(".")[2] for row in rows)
    assert names == Counter(event["action"] for event in EVENTS)
    assert all(row["time"] for row in rows)


def test_real_logs_follow_their_schema(capfd, log, tmp_path):
    """Of what the libraries let through nothing breaks the schema, whichever way its version is written."""
    for number, version in enumerate((1, "1")):
        path = tmp_path / f"schema-{number}.json"
        path.write_text(json.dumps({**KERNEL, "version": version}), "utf-8")
        assert printed(capfd, "validate", log, "--schema", path, "--format", "json", "--strict") == []


def test_real_logs_against_another_version_of_their_schema(capfd, log, tmp_path):
    """A schema that asks for more is broken by exactly those events that lack it."""
    path = tmp_path / "schema.yaml"
    path.write_text(json.dumps({**KERNEL, "required": ["kernel_id"], "properties": {"action": {"const": "start"}}}))
    found = printed(capfd, "validate", log, "--schema", path, "--format", "json", code=1)
    rules = Counter(one["rule"] for one in found)
    lacking = sum("kernel_id" not in event for event in EVENTS)
    assert rules == {"schema-required": lacking, "schema-const": sum(event["action"] == "stop" for event in EVENTS)}
    path.write_text(json.dumps({**KERNEL, "version": "2"}))
    found = printed(capfd, "validate", log, "--schema", path, "--format", "json")
    assert Counter(one["rule"] for one in found) == {"unknown-schema": len(EVENTS)}
