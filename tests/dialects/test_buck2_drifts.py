"""How the records of Buck2's normal event log have changed since 2022: each of these spellings is the same build."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wire
from tlx.cli.main import run
from tlx.config.settings import Settings
from tlx.query.ask import Asker
from tlx.query.language.compile import compile_filter
from tlx.query.whole.critical import courses
from tlx.session import Session

BEGIN = 1_650_000_000
SECOND = 10**9


class Era(NamedTuple):
    """How a time wrote what was renamed."""

    lists: bool
    """Durations of seconds and nanoseconds, not of microseconds."""
    watcher: str
    metadata: bool
    """Whether the last command tells how it was run."""
    upload: str
    """The key of whether the cache took the outputs."""
    header: dict[str, Any]


OLD = {"command_line_args": ["buck2", "build", "//a:b"], "working_dir": "/home/dev"}
NEW = {**OLD, "expanded_command_line_args": OLD["command_line_args"], "trace_id": "t", "start_time": [BEGIN, 0]}
ERAS = {
    "2022": Era(True, "Watchman", False, "did_cache_upload", OLD),
    "2023-03": Era(False, "FileWatcher", False, "did_cache_upload", NEW),
    "2023-09": Era(False, "FileWatcher", True, "did_cache_upload", NEW),
    "2026-04": Era(False, "FileWatcher", True, "cache_upload_result", NEW),
}


def length(era: Era, key: str, micros: int) -> dict[str, Any]:
    """A duration under a key."""
    return {key: [micros // 10**6, micros % 10**6 * 1_000]} if era.lists else {f"{key}_us": micros}


def build(era: Era, action: int, watched: int, gain: int, *, uploaded: bool = True) -> list[dict[str, Any]]:
    """A build of one action, so many microseconds long, as a time wrote it."""

    def event(at: int, span: int, data: Any) -> dict[str, Any]:
        time = [BEGIN + at // 10**6, at % 10**6 * 1_000]
        more = {"is_global_dispatcher_diff": False} if era.lists else {}
        return {"Event": {"timestamp": time, "trace_id": "t", "span_id": span, "parent_id": 0, **more, "data": data}}

    def ended(micros: int, data: Any) -> dict[str, Any]:
        return {"SpanEnd": {"stats": None, **length(era, "duration", micros), "data": data}}

    told = {"input_materialization_duration_us": 2_000, "execution_time_us": 5_000, "queue_duration_us": 7_000}
    details = {"signed_exit_code": 0, "stderr": "", **({"metadata": told} if era.metadata else {})}
    label = {"label": {"package": "root//a", "name": "b"}, "configuration": {"full_name": "cfg"}}
    body = {
        "key": {"id": "00", "owner": {"TargetLabel": label}},
        "kind": "Run",
        "name": {"category": "cxx", "identifier": "x"},
        "failed": False,
        "execution_kind": 2,
        **length(era, "wall_time", action),
        "output_size": 258,
        era.upload: int(uploaded) if era.upload == "cache_upload_result" else uploaded,
        "commands": [{"details": details, "status": {"Success": {}}}],
        "error": None,
    }
    step = {
        "span_ids": [3],
        **length(era, "duration", action),
        **length(era, "potential_improvement_duration", gain),
        "entry": {"ActionExecution": {"name": body["name"]}},
    }
    path = {"BuildGraphInfo": {"critical_path2": [step]}}
    return [
        era.header,
        event(1, 2, {"SpanStart": {"data": {era.watcher: {}}}}),
        event(1 + watched, 2, ended(watched, {era.watcher: {}})),
        event(10**9, 3, {"SpanStart": {"data": {"ActionExecution": {"kind": "Run", "name": body["name"]}}}}),
        event(10**9 + action, 3, ended(action, {"ActionExecution": body})),
        event(2 * 10**9, 0, {"Instant": {"data": path}}),
        {"Result": {"result": {"build_response": {"build_targets": [], "errors": []}}}},
    ]


def told(path: Path, ask: Callable[[Asker], Any]) -> Any:
    """What a log answers."""
    session = Session([str(path)], Settings())
    try:
        session.start()
        session.wait()
        asker = Asker(session.database)
        answer = ask(asker)
        asker.close()
        return answer
    finally:
        session.close()


def write(path: Path, records: list[dict[str, Any]]) -> Path:
    """Write a log."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


@pytest.mark.parametrize("name", ERAS)
@given(numbers=st.tuples(*[st.integers(0, 10**8)] * 3))
@settings(max_examples=3, deadline=None)
def test_a_build_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, name: str, numbers: tuple[int, int, int]
) -> None:
    """Times, durations, outcomes and the critical path are those of the build, whatever its time called them."""
    era, (action, watched, gain) = ERAS[name], numbers
    path = write(tmp_path_factory.mktemp("drift") / "log", build(era, *numbers))

    def look(asker: Asker) -> None:
        columns = "event, start, time, duration_ns, status, execution_kind, output_size, input_materialization_ns"
        found = {row[0]: row[1:] for row in asker.rows(f"SELECT {columns} FROM events")}  # noqa: S608  our own words
        zero = BEGIN * SECOND
        begun = zero + 1_000 * SECOND
        waited = 2_000_000 if era.metadata else None
        assert found["ActionExecution"] == (
            *(begun, begun + action * 1_000, action * 1_000, "ok", "Remote", 258, waited),
        )
        assert found[era.watcher][:3] == (zero + 1_000, zero + 1_000 + watched * 1_000, watched * 1_000)
        assert found["Result"][3] == "ok"
        assert asker.rows("SELECT start_id, end_id FROM pairs ORDER BY 1") == [(2, 3), (4, 5)]
        (course,) = courses(asker)
        assert [(one.duration_ns, one.gain_ns, one.spans) for one in course.steps] == [
            (action * 1_000, gain * 1_000, ("3",))
        ]
        assert asker.rows("SELECT has_header, command FROM runs") == [(True, "buck2 build //a:b")]

    told(path, look)


@pytest.mark.parametrize("name", ERAS)
@pytest.mark.parametrize("uploaded", [True, False])
def test_what_became_of_the_outputs(tmp_path: Path, name: str, uploaded: bool) -> None:  # noqa: FBT001  a case
    """Whether the cache took them is told by one name, a truth that became a number; the queue where it is known."""
    era = ERAS[name]
    path = write(tmp_path / "log", build(era, 5, 5, 5, uploaded=uploaded))
    number = era.upload == "cache_upload_result"
    wanted = str(int(uploaded)) if number else str(uploaded).lower()

    def number_of(asker: Asker, text: str) -> int:
        found = compile_filter(text)
        return int(asker.row(f"SELECT count(*) FROM events WHERE {found.sql}", found.values)[0])  # noqa: S608  ours

    assert told(path, lambda asker: number_of(asker, f"cache_upload == {wanted}")) == 1
    assert told(path, lambda asker: number_of(asker, "queue_us == 7000")) == era.metadata


@pytest.mark.parametrize("name", ERAS)
def test_it_is_valid_and_converted(tmp_path: Path, name: str, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """No spelling of another time breaks a rule; as a user log it is the same, but for what the log lacks."""
    era = ERAS[name]
    path = write(tmp_path / "log", build(era, 2_500_000, 5, 5))
    assert run(["validate", "--strict", str(path)]) == 0
    capsysbinary.readouterr()
    assert run(["show-user", str(path)]) == 0
    header, action = (json.loads(line) for line in capsysbinary.readouterr().out.splitlines())
    assert header == era.header
    waited = {"input_materialization_duration_millis": 2} if era.metadata else {}
    assert action == {
        "ActionExecutionEvent": {
            "kind": "Run",
            "name": {"category": "cxx", "identifier": "x"},
            "duration_millis": 2_500,
            "output_size": 258,
            **waited,
            "execution_kind": "Remote",
            "owner": "root//a:b (cfg)",
        },
        "epoch_millis": (BEGIN + 1_002) * 1_000 + 500,
    }


@pytest.mark.parametrize("taken", [True, False, 7])
def test_the_number_of_a_field_stays(tmp_path: Path, taken: int) -> None:
    """In protobuf a truth and an enumeration of the same number are the same bytes."""
    name = wire.message((1, "cxx"), (2, "x"))
    action = wire.action((4, 3), (5, name), (22, 1), (30, taken), (36, taken))
    (tmp_path / "log").write_bytes(wire.framed(wire.invocation("buck2", "build"), action))
    rows = told(tmp_path / "log", lambda asker: asker.rows("SELECT raw, name FROM events"))
    assert [row[1] for row in rows] == ["cxx x"]
    body = json.loads(rows[0][0])["Event"]["data"]["SpanEnd"]["data"]["ActionExecution"]
    assert (body["cache_upload_result"], body["dep_file_cache_upload_result"]) == (int(taken), int(taken))
