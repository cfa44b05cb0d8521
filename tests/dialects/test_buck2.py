"""What the lines of a normal event log of Buck2 mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

SECOND = 10**9
LABEL = {"label": {"package": "root//app", "name": "bin"}, "configuration": {"full_name": "cfg#1"}}


def event(kind: str, happened: Any, *, span: int = 12, **more: Any) -> bytes:
    """A line: `kind` is SpanStart, SpanEnd or Instant; `more` stands beside what happened."""
    data = {kind: {"data": happened, **more}}
    record = {"timestamp": [1_700_000_005, 250], "trace_id": "t", "span_id": span, "parent_id": 0, "data": data}
    return json.dumps({"Event": record}, separators=(",", ":")).encode()


def action(**fields: Any) -> bytes:
    """The end of an action."""
    body = {"key": {"owner": {"TargetLabel": LABEL}}, "kind": "Run", "name": {"category": "cxx", "identifier": "a.o"}}
    body |= {"failed": False, "execution_kind": 1, "output_size": 7, "commands": []}
    return event("SpanEnd", {"ActionExecution": body | fields}, duration_us=2_000_001)


def test_an_action(shelf: Any) -> None:
    """The end of the span of an action is the action, from its start to its end."""
    found = shelf.event(action())
    assert {key: found[key] for key in ("dialect", "event", "name", "category", "identifier", "kind")} == {
        "dialect": "buck2",
        "event": "ActionExecution",
        "name": "cxx a.o",
        "category": "cxx",
        "identifier": "a.o",
        "kind": "Run",
    }
    assert (found["execution_kind"], found["status"], found["owner"]) == ("Local", "ok", "root//app:bin (cfg#1)")
    assert (found["duration_ns"], found["time"]) == (2_000_001_000, 1_700_000_005 * SECOND + 250)
    assert found["start"] == found["time"] - found["duration_ns"]
    assert (found["trace"], found["span"], found["output_size"]) == ("t", "12", 7)
    assert found["input_materialization_ns"] == 0


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"failed": True, "execution_kind": 2}, "failed"),
        ({"failed": True, "execution_kind": 3}, "failed"),
        ({"execution_kind": 3}, "cached"),
        ({"execution_kind": 7}, "cached"),
        ({"execution_kind": 9}, "cached"),
        ({"execution_kind": 10}, "cached"),
        ({"execution_kind": 11}, "ok"),
        ({"failed": None}, None),
    ],
)
def test_what_became_of_an_action(shelf: Any, fields: dict[str, Any], status: str | None) -> None:
    """An action failed, came from a cache, or went well; a log that does not say so is not asked more."""
    assert shelf.event(action(**fields))["status"] == status


@pytest.mark.parametrize(
    ("number", "word"),
    [(0, "NotSet"), (4, "Simple"), (5, "NotSet"), (11, "RemoteWorker"), (12, "12"), (-1, "-1"), ("Local", "Local")],
)
def test_execution_kinds(shelf: Any, number: Any, word: str) -> None:
    """Numbers of execution kinds are words; one of a later Buck2 is shown as it is."""
    assert shelf.event(action(execution_kind=number))["execution_kind"] == word


def test_the_last_command_counts(shelf: Any) -> None:
    """Of several attempts the last one's time for its inputs is shown; an older log without it says nothing."""
    one, two = ({"details": {"metadata": {"input_materialization_duration_us": n}}} for n in (5, 9))
    assert shelf.event(action(commands=[one, two]))["input_materialization_ns"] == 9_000
    assert shelf.event(action(commands=[{"details": {"signed_exit_code": 0}}]))["input_materialization_ns"] is None


@pytest.mark.parametrize(
    ("owner", "text"),
    [
        ({"TestTargetLabel": LABEL}, "root//app:bin (cfg#1)"),
        ({"BxlKey": {"label": {"bxl_path": "root//x.bxl", "name": "main"}}}, "root//x.bxl:main"),
        ({"AnonTarget": {"name": {"package": "root//p", "name": "n"}, "hash": "6e0a"}}, "root//p:n@6e0a"),
        (None, None),
        ("x", None),
    ],
)
def test_owners(shelf: Any, owner: Any, text: str | None) -> None:
    """Owners are written as in a user event log."""
    assert shelf.event(action(key={"owner": owner}))["owner"] == text


def test_a_drifted_duration(shelf: Any) -> None:
    """Logs of 2022 have durations of seconds and nanoseconds."""
    line = event("SpanEnd", {"Load": {"module_id": "root//a:BUCK", "cell": "root"}}, duration=[2, 5])
    found = shelf.event(line)
    assert (found["duration_ns"], found["owner"], found["category"]) == (2 * SECOND + 5, "root//a:BUCK", None)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (event("SpanStart", {"ActionExecution": {"kind": "Run"}}), ("ActionExecutionStart", "start", None)),
        (event("SpanEnd", {"SpanCancelled": {}}), ("SpanCancelled", "SpanCancelled", "cancelled")),
        (event("SpanEnd", {"Analysis": {"error": "no"}}), ("Analysis", "Analysis", "failed")),
        (event("SpanEnd", {"Command": {"build_result": {"build_completed": False}}}), ("Command", "Command", "failed")),
        (event("Instant", {"TestResult": {"name": "t", "status": 2}}), ("TestResult", "TestResult", "failed")),
        (event("Instant", {"TestResult": {"name": "t", "status": 3}}), ("TestResult", "TestResult", "skipped")),
        (event("Instant", {"StarlarkUserEvent": {"id": "x"}}), ("StarlarkUserEvent", "user", None)),
        (event("Instant", "NewerThanUs"), ("NewerThanUs", "NewerThanUs", None)),
        (b'{"Result":{"result":{"error":{"message":"x"}}}}', ("Result", "result", "failed")),
        (b'{"Result":{"result":{"build_response":{"errors":[{"message":"x"}]}}}}', ("Result", "result", "failed")),
        (b'{"Result":{"result":{"build_response":{"errors":[]}}}}', ("Result", "result", "ok")),
    ],
)
def test_other_events(shelf: Any, line: bytes, expected: tuple[str | None, ...]) -> None:
    """Every other record is an event with its type, kind and outcome, and no action."""
    found = shelf.event(line)
    assert found["dialect"] == "buck2"
    assert (found["event"], found["kind"], found["status"]) == expected
    assert found["category"] is found["execution_kind"] is None


def test_stages_have_names(shelf: Any) -> None:
    """A stage is told by its name at its begin: its end says no more than that it ended."""
    stage = {"stage": {"Local": {"stage": {"Execute": {"command": {"argv": ["cc"]}}}}}}
    assert shelf.event(event("SpanStart", {"ExecutorStage": stage}))["name"] == "ExecutorStage Local Execute"


@pytest.mark.parametrize("line", [b'{"event":{"data":{}}}', b'{"Event":5}', b'{"x":1,"Event":{}}', b'{"Results":{}}'])
def test_not_ours(shelf: Any, line: bytes) -> None:
    """The only key of a record tells that it is one of Buck2's."""
    assert shelf.event(line)["dialect"] == "generic"


def test_real_logs(shelf: Any, shared_buck2: Path) -> None:
    """What stands in the renderings of real logs are the actions that their user logs tell, and nothing is rejected."""
    for log, actions in (("my_genrule0", 3), ("my_genrule1", 0), ("buildlog", 1)):
        lines = (shared_buck2 / f"{log}.derived.json-lines").read_bytes().splitlines()
        kept = shelf.lines(*lines[1:])
        assert len(kept.events) == len(lines) - 1
        assert {one["dialect"] for one in kept.events} == {"buck2"}
        user = [
            json.loads(line)
            for line in (shared_buck2 / f"{log}.derived.show-user.json-lines").read_bytes().splitlines()
        ][1:]
        found = [one for one in kept.events if one["category"] is not None]
        assert len(found) == len(user) == actions
        for one, other in zip(found, user, strict=True):
            body = other["ActionExecutionEvent"]
            assert one["time"] // 10**6 == other["epoch_millis"]
            assert one["duration_ns"] // 10**6 == body["duration_millis"]
            assert one["input_materialization_ns"] // 10**6 == body["input_materialization_duration_millis"]
            same = ("kind", "output_size", "execution_kind", "owner")
            assert [one[key] for key in same] == [body[key] for key in same]
            assert {key: one[key] for key in ("category", "identifier")} == body["name"]
