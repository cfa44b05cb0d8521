"""Elixir telemetry: the same event in every form that handlers write."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tlx.dialects.known import DIALECTS, below
from tlx.model import TEXT_EVENT, Above, Batch
from tlx.store.ingest import Outcome
from tlx.text import Text

STAMP = "2026-11-21T01:31:15.792811Z"
TIME = 1_795_224_675_792_811_000
LONG = 41_203_697
STOP = ["beamlens", "llm", "stop"]
DOTTED = "beamlens.llm.stop"
ABOUT = {"trace_id": "50c7", "operator": "Elixir.Beamlens.Skill.Beam"}
FORMS = {
    "list": {"time": STAMP, "event": STOP, "measurements": {"duration": LONG}, "metadata": ABOUT},
    "dotted": {"timestamp": STAMP, "event": DOTTED, "measurements": {"duration": LONG}, "metadata": ABOUT},
    "at": {"at": STAMP, "event": STOP, "measurements": {"duration": LONG}, "metadata": ABOUT},
    "flat": {"ts": TIME // 1000, "name": DOTTED, "duration": LONG, **ABOUT},
    "LoggerJSON": {
        "time": STAMP,
        "severity": "info",
        "message": DOTTED,
        "metadata": {"measurements": {"duration": LONG}, "telemetry_metadata": ABOUT},
    },
    "logged map": {"time": STAMP, "telemetry_event": STOP, "measurements": {"duration": LONG}, "metadata": ABOUT},
}


@pytest.mark.parametrize("form", FORMS)
def test_forms(shelf: Any, form: str) -> None:
    """Each form gives the same event; native time is nanoseconds, and no digit of it is lost."""
    found = shelf.event(json.dumps(FORMS[form]).encode())
    columns = ("dialect", "event", "name", "kind", "status", "time", "start", "duration_ns", "trace", "owner")
    assert [found[name] for name in columns] == [
        *("beamlens", DOTTED, "llm.stop", "llm", "ok", TIME, TIME - LONG, LONG, "50c7", "Beamlens.Skill.Beam")
    ]


def test_message(shelf: Any) -> None:
    """LoggerJSON around the default text has the measurements in its message."""
    text = f"[{DOTTED}] trace_id=50c7 duration={LONG}"
    found = shelf.event(json.dumps({"time": STAMP, "severity": "INFO", "message": text}).encode())
    assert [found[name] for name in ("dialect", "event", "time", "duration_ns", "trace")] == [
        *("beamlens", DOTTED, TIME, LONG, "50c7")
    ]


@pytest.mark.parametrize(
    ("name", "kind", "status"),
    [
        ("phoenix.endpoint.stop", "phoenix.endpoint", "ok"),
        ("oban.job.exception", "oban.job", "failed"),
        ("app.repo.query.start", "app.repo.query", None),
        ("beamlens.operator.execute_error", "operator", "failed"),
        ("beamlens.operator.done", "operator", "ok"),
        ("beamlens.operator_supervisor.skill_resolution_failed", "operator_supervisor", "failed"),
    ],
)
def test_names(shelf: Any, name: str, kind: str, status: str | None) -> None:
    """Any program's events are read, names may have any number of parts."""
    found = shelf.event(json.dumps({"event": name.split("."), "measurements": {}}).encode())
    assert (found["event"], found["kind"], found["status"]) == (name, kind, status)


def test_time_by_measurement(shelf: Any) -> None:
    """Where a line has no time, the system's is taken, of 19 digits."""
    line = b'{"event":["beamlens","llm","start"],"measurements":{"system_time":1795224675751412533},"metadata":{}}'
    assert shelf.event(line)["time"] == 1_795_224_675_751_412_533


@pytest.mark.parametrize(
    "record",
    [
        {"name": "http.request", "duration": 5},
        {"event": "login", "metadata": {"user": 1}},
        {"severity": "info", "message": "hello", "metadata": {"domain": ["elixir"]}},
        {"event": ["a"], "measurements": {}},
    ],
)
def test_others_are_left_alone(shelf: Any, record: dict[str, Any]) -> None:
    """Lines that only look a little like it are generic."""
    assert shelf.event(json.dumps(record).encode())["dialect"] == "generic"


def test_console(shelf: Any) -> None:
    """The default text has a clock without date or zone: the times that some lines tell in full give both."""
    lines = [
        b"01:31:15.700 [info] [app.llm.stop] trace_id=a duration=5",
        b"",
        b"03:31:15.813 [error] Handler has failed",
        b"  at lib/x.ex",
        b"",
        b"03:31:15.751 [info] [beamlens.llm.start] trace_id=b system_time=1795224675751596082",
        b"03:31:15.793 [debug] [beamlens.llm.stop] trace_id=unknown duration=41203697",
    ]
    lines[0] = lines[0].replace(b"01:", b"03:")
    kept = shelf.put(Batch(0, 1, 1, 1, 0, Text(b"\n".join(lines)), len(lines)))
    assert kept.outcomes == [Outcome(3, 0)]
    second = TIME // 10**9 * 10**9
    assert [(event["event"], event["time"], event["trace"]) for event in kept.events] == [
        ("app.llm.stop", second + 700 * 10**6, "a"),
        ("beamlens.llm.start", 1_795_224_675_751_596_082, "b"),
        ("beamlens.llm.stop", second + 793 * 10**6, None),
    ]
    assert kept.events[0]["raw"].encode() == b"\n".join([lines[0], *lines[2:4]])
    assert kept.events[2]["duration_ns"] == LONG


def test_text_below_json(shelf: Any) -> None:
    """A report between records is an event of text."""
    record = json.dumps(FORMS["dotted"]).encode()
    kept = shelf.put(Batch(0, 1, 1, 1, 0, Text(record + b"\n** (RuntimeError) oops\n    x.ex:1"), 3))
    assert [(event["event"], event["name"]) for event in kept.events] == [
        (DOTTED, "llm.stop"),
        (TEXT_EVENT, "** (RuntimeError) oops"),
    ]
    assert kept.outcomes == [Outcome(1, 0, texts=1)]


def test_console_in_pieces(shelf: Any) -> None:
    """What the line of a batch says of the clocks below it, it says of those of the next batches too."""
    told = b"03:31:15.751 [info] [beamlens.llm.start] trace_id=b system_time=1795224675751596082"
    line = b"03:31:15.793 [debug] [beamlens.llm.stop] trace_id=b duration=5"
    first, others = Text(b"\n".join([told, line])), Text(b"\n".join([line, b"  and more", line]))
    above = below(first, Above(), DIALECTS, folded=False)
    assert above == below(others, above, DIALECTS, folded=False) == Above("beamlens", told=told)
    kept = shelf.put(Batch(0, 1, 1, 1, 0, others, 3, above=above))
    assert [event["time"] for event in kept.events] == [TIME // 10**9 * 10**9 + 793 * 10**6] * 2
