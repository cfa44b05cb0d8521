"""The normal event log of a simulated build: what its user event log tells, and what only a normal one does."""

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

from tlx.demo.script import Record

KINDS = {
    name: number
    for number, name in enumerate(
        (
            *("NotSet", "Local", "Remote", "ActionCache", "Simple", "", "Deferred", "LocalDepFile", "LocalWorker"),
            *("RemoteDepFileCache", "LocalActionCache", "RemoteWorker"),
        )
    )
}
"""Buck2 writes execution kinds as numbers here."""


def normal(records: Iterable[Record]) -> Iterator[Record]:
    """Yield the normal log of a run whose user log these are, in order of time."""
    header, *rest = records
    yield header
    trace = header["trace_id"]
    numbers = count(1)
    events = sorted(
        (event for record in rest for event in _events(record, trace, numbers)),
        key=lambda event: event["Event"]["timestamp"],
    )
    start = header["start_time"][0] * 1000
    end = max(_millis(event) for event in events) + 1
    command: Record = {"Command": {"data": {"Bxl": {"bxl_label": "//tools/ide.bxl:main"}}}}
    ended = {"Command": {"build_result": {"build_completed": False}, **command["Command"]}}
    first, last = _span(trace, (next(numbers), 0), (start + 1, end), command, ended)
    yield from (first, *events, last)
    error = {"message": "Failed to build 'root//src/app:app'", "tags": []}
    yield {"Result": {"result": {"bxl_response": {"project_root": "/home/dev/project", "errors": [error]}}}}


def _events(record: Record, trace: str, numbers: Iterator[int]) -> Iterator[Record]:
    """Yield what a normal log has of one event of a user log."""
    end = record["epoch_millis"]
    if user := record.get("StarlarkUserEvent"):
        yield _event(trace, 0, 0, end, {"Instant": {"data": {"StarlarkUserEvent": user}}})
    elif ensure := record.get("BxlEnsureArtifactsEvent"):
        same: Record = {"BxlEnsureArtifacts": {}}
        yield from _span(trace, (next(numbers), 0), (end - ensure["duration_millis"], end), same, same)
    else:
        yield from _action(record["ActionExecutionEvent"], trace, numbers, end)


def _action(action: Record, trace: str, numbers: Iterator[int], end: int) -> Iterator[Record]:
    """Yield the span of an action, and within it the stage that took its time."""
    begin = end - action["duration_millis"]
    number = next(numbers)
    known = {
        "key": {"id": f"{number:016x}", "key": f"_{number}", "owner": _owner(action["owner"])},
        "kind": action["kind"],
        "name": action["name"],
    }
    failed = action["kind"] == "Run" and not action["output_size"]
    done = known | {
        "failed": failed,
        "execution_kind": KINDS[action["execution_kind"]],
        "output_size": action["output_size"],
        "commands": [_command(action, failed=failed)] if action["kind"] == "Run" else [],
        "error": {"CommandExecutionError": {}} if failed else None,
    }
    yield from _span(trace, (number, 0), (begin, end), {"ActionExecution": known}, {"ActionExecution": done})
    if action["kind"] == "Run":
        stage: Record = (
            {"Local": {"stage": {"Execute": {}}}} if "Local" in action["execution_kind"] else {"CacheQuery": {}}
        )
        begun = {"ExecutorStage": {"stage": stage}}
        yield from _span(trace, (next(numbers), number), (begin, end), begun, {"ExecutorStage": {}})


def _command(action: Record, *, failed: bool) -> Record:
    """Return how the only command of an action went."""
    name = action["name"]
    return {
        "details": {
            "signed_exit_code": 1 if failed else 0,
            "stderr": f"{name['category']}: error: undefined symbol: main\n" if failed else "",
            "metadata": {"input_materialization_duration_us": action["input_materialization_duration_millis"] * 1000},
        },
        "status": {"Failure" if failed else "Success": {}},
    }


def _owner(text: str) -> Record:
    """Return an owner whose words these are."""
    label, _, configuration = text.partition(" (")
    package, _, name = label.rpartition(":")
    full_name = configuration.removesuffix(")")
    if configuration:
        target = {"label": {"package": package, "name": name}, "configuration": {"full_name": full_name}}
        return {"TargetLabel": target}
    if "@" in name:
        name, _, digest = name.partition("@")
        return {"AnonTarget": {"name": {"package": package, "name": name}, "hash": digest}}
    return {"BxlKey": {"label": {"bxl_path": package, "name": name}}}


def _span(
    trace: str, place: tuple[int, int], times: tuple[int, int], begun: Record, ended: Record
) -> tuple[Record, Record]:
    """Return the begin and the end of a span, which lasts from one millisecond to another.

    Its `place` is its number, and that of the span around it or 0.
    """
    number, parent = place
    begin, end = times
    duration = (end - begin) * 1000
    return (
        _event(trace, number, parent, begin, {"SpanStart": {"data": begun}}),
        _event(trace, number, parent, end, {"SpanEnd": {"duration_us": duration, "data": ended}}),
    )


def _event(trace: str, number: int, parent: int, millis: int, data: Any) -> Record:
    time = [millis // 1000, millis % 1000 * 10**6]
    return {"Event": {"timestamp": time, "trace_id": trace, "span_id": number, "parent_id": parent, "data": data}}


def _millis(event: Record) -> int:
    seconds, nanos = event["Event"]["timestamp"]
    return int(seconds * 1000 + nanos // 10**6)
