"""Why runs fail and what they wait for, as Buck2's normal event logs tell it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tlx.config.settings import Settings
from tlx.dialects.known import DIALECTS, details
from tlx.model import EVENT_COLUMNS
from tlx.query.ask import ALL, Asker, Scope
from tlx.query.insights.absences import missing
from tlx.query.insights.insights import insights
from tlx.query.insights.line import Insight
from tlx.query.language.compile import ALIASES, NAMED_FILTERS, compile_filter
from tlx.session import Session

HEADER = {"command_line_args": ["buck2", "build"], "working_dir": "/", "trace_id": "t", "start_time": [10, 0]}
Explain = Callable[..., dict[str, Insight]]


def event(data: Any, *, at: int, span: int = 0) -> dict[str, Any]:
    """A record at a second."""
    return {"Event": {"timestamp": [at, 0], "trace_id": "t", "span_id": span, "parent_id": 0, "data": data}}


def action(at: int, seconds: int, category: str = "cxx", **body: Any) -> dict[str, Any]:
    """The end of an action; `command` is how its last attempt went."""
    command = body.pop("command", None)
    done = {"kind": "Run", "name": {"category": category, "identifier": "x"}, "failed": False, "execution_kind": 1}
    done |= {"commands": [{"details": {"signed_exit_code": 7}}, {"details": command}] if command else [], **body}
    ended = {"duration_us": seconds * 10**6, "data": {"ActionExecution": done}}
    return event({"SpanEnd": ended}, at=at, span=at)


def graph(*steps: Any, key: str = "critical_path2", at: int = 30) -> dict[str, Any]:
    """The instant that tells the critical path."""
    return event({"Instant": {"data": {"BuildGraphInfo": {key: list(steps)}}}}, at=at)


def step(tag: str, body: Any, micros: Any, **more: Any) -> dict[str, Any]:
    """One step of a critical path."""
    return {"duration_us": micros, "entry": {tag: body}, "span_ids": [], **more}


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Asker]]:
    """A function that loads records and returns what answers questions about them."""
    sessions: list[Any] = []

    def load(*records: Any) -> Asker:
        path = tmp_path / "log"
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
        session = Session([str(path)], Settings())
        session.start()
        session.wait()
        asker = Asker(session.database)
        sessions.extend((session, asker))
        return asker

    yield load
    for one in reversed(sessions):
        one.close()


@pytest.fixture
def explain(opened: Callable[..., Asker]) -> Explain:
    """A function that returns the insights of records by name."""

    def ask(*records: Any, scope: Scope = ALL) -> dict[str, Insight]:
        return {found.name: found for found in insights(opened(*records), scope)}

    return ask


def test_failed_actions(explain: Explain) -> None:
    """How many actions failed is said, and of the first in time its exit code and what it printed."""
    command = {"signed_exit_code": -9, "stderr": "\n\n  ld: [red]no[/] main\nmore"}
    late = action(20, 1, failed=True, command={"signed_exit_code": 1, "stderr": "late"})
    found = explain(HEADER, late, action(12, 1, failed=True, command=command), action(13, 1))["failed"]
    assert found.text == "2 actions failed, first cxx x with exit code -9: ld: [red]no[/] main"
    assert found.values == {"failed": 2, "name": "cxx x", "exit_code": "-9", "said": "ld: [red]no[/] main"}
    assert found.jump.event == 3
    assert compile_filter(found.jump.filter).sql


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ({"Unknown": "no space"}, ": no space"),
        ({"MissingOutputs": {"message": "a.o is missing"}}, ": a.o is missing"),
        ({"CommandExecutionError": {}}, ""),
        ({"NewerThanUs": {}}, ""),
        (None, ""),
    ],
)
def test_errors_of_actions(explain: Explain, error: Any, said: str) -> None:
    """An action that failed without a command says why by its error, as far as it says so."""
    assert explain(action(12, 1, failed=True, error=error))["failed"].text == f"1 action failed, first cxx x{said}"


def test_a_failure_without_an_action(explain: Explain) -> None:
    """Where no action failed, what failed is said: an analysis, or the build as a whole."""
    analysis = event({"SpanEnd": {"duration_us": 1, "data": {"Analysis": {"error": "no such target"}}}}, at=11)
    result = {"Result": {"result": {"build_response": {"errors": [{"message": "Failed to build\nx"}]}}}}
    assert explain(HEADER, result, analysis)["failed"].text == "2 events failed, first Analysis: no such target"
    assert explain(HEADER, result)["failed"].text == "1 event failed, first build_response: Failed to build"


def test_an_outcome_in_any_case(explain: Explain) -> None:
    """What failed is told however its log writes that, and it is what the filter of the insight lets through."""
    records = [{"ts": second, "name": "a", "status": status} for second, status in enumerate(("ok", "FAILED", "Error"))]
    found = explain(*records, {"ts": 9, "name": "b", "status": "failure", "duration_ms": 5})["failed"]
    assert found.text == "1 action failed, first b"
    found = explain(*records)["failed"]
    assert (found.text, found.jump.event) == ("2 events failed, first a", 2)


def test_nothing_failed(explain: Explain) -> None:
    """Of a build that went well no failure is said, and no path or queue where none is told."""
    assert not {"failed", "critical_path", "queued"} & explain(HEADER, action(12, 1, command={})).keys()


def test_queues(explain: Explain) -> None:
    """Time in queues is summed over what waited, never longer than it took, and older logs have it elsewhere."""
    waits = [{"metadata": {"queue_duration_us": micros}} for micros in (1_000_000, 9_000_000, 0)]
    waits.append({"command_kind": {"command": {"RemoteCommand": {"queue_time_us": 500_000}}}})
    names = ("cxx", "rust", "rust", "cxx")
    records = [action(20 + n, 2, name, command=wait) for n, (name, wait) in enumerate(zip(names, waits, strict=True))]
    found = explain(HEADER, *records, action(29, 2))["queued"]
    assert found.text == "3 actions waited in queues: 3.50s, 58% of their time, most of all rust: 2s"
    assert found.jump.event == 3
    assert found.jump.filter == "queue_us > 0"


def test_the_critical_path(explain: Explain) -> None:
    """The steps of the critical path are named, the longest first, with what could be saved at most."""
    label = {"label": {"package": "root//a", "name": "b"}, "configuration": {"full_name": "cfg"}}
    name = {"category": "cxx", "identifier": "x.o"}
    steps = [
        step("GenericEntry", {"kind": "waiting"}, 1_000_000, potential_improvement_duration_us=None),
        step("ActionExecution", {"name": name, "owner": {"TargetLabel": label}}, 4_000_000, span_ids=[7, 12]),
        step("Load", {"package": "root//c"}, 3_000_000, potential_improvement_duration_us=2_000_000),
        step("Analysis", {"target": {"StandardTarget": label}}, 500_000),
        step("ComputeCriticalPath", {}, "?"),
        "odd",
    ]
    found = explain(HEADER, action(12, 4), graph(*steps))["critical_path"]
    assert found.text == (
        "the critical path took 8.50s in 4 steps, the longest ActionExecution cxx x.o root//a:b 4s,"
        " Load root//c 3s, GenericEntry waiting 1s; Load root//c could save at most 2s"
    )
    assert (found.jump.event, found.jump.run) == (2, 1)
    slowest = explain(HEADER, graph(*steps, key="slowest_path"))["critical_path"]
    assert (slowest.values["steps"], slowest.jump.event) == (4, 2)


@pytest.mark.parametrize("told", [None, [], {}, "x", [1], [{"duration_us": 1}], [{"duration_us": 1, "entry": []}]])
def test_an_odd_critical_path(explain: Explain, told: Any) -> None:
    """Whatever stands where the path should, it is told as far as it is one."""
    found = explain(HEADER, event({"Instant": {"data": {"BuildGraphInfo": {"critical_path2": told}}}}, at=12))
    assert ("critical_path" in found) == (isinstance(told, list) and told[:1] != [1] and bool(told))


def test_it_is_no_user_log(opened: Callable[..., Asker]) -> None:
    """Of a normal log nothing is said to be missing."""
    assert missing(opened(HEADER, action(12, 1)), ALL) == []


def test_details_are_fields(opened: Callable[..., Asker]) -> None:
    """What only these logs tell can be asked for by name, as numbers where it is one."""
    asker = opened(HEADER, *(action(12 + n, 1, command={"signed_exit_code": n, "stderr": "e" * n}) for n in range(3)))
    for text, wanted in {
        "exit_code > 0": [3, 4],
        "exit_code = 0": [2],
        "stderr = ee": [4],
        "missing(stdout)": [2, 3, 4],
    }.items():
        condition = compile_filter(text)
        rows = asker.rows(f"SELECT id FROM events WHERE {condition.sql} ORDER BY id", condition.values)  # noqa: S608
        assert [row[0] for row in rows] == wanted, text


def test_details_of_older_logs(opened: Callable[..., Asker]) -> None:
    """A detail that has moved since is found where it was."""
    asker = opened(HEADER, action(12, 1, did_cache_upload=True), action(13, 1, cache_upload_result=9))
    condition = compile_filter("exists(cache_upload)")
    sql = f"SELECT id FROM events WHERE {condition.sql} ORDER BY id"  # noqa: S608  a compiled filter
    assert asker.rows(sql, condition.values) == [(2,), (3,)]


def test_details_have_names_of_their_own() -> None:
    """No detail is called as a column, an alias or a named filter is, and each leads somewhere."""
    assert not details().keys() & {*EVENT_COLUMNS, *ALIASES, *NAMED_FILTERS}
    assert all(path for paths in details().values() for path in paths)
    assert {name for one in DIALECTS for name in one.details} == set(details())


def test_the_real_logs(shared_buck2: Path) -> None:
    """Of real builds the critical path is that of `buck2 log critical-path`: the longest action and its share."""
    for name, text in {
        "my_genrule0.proto": "the critical path took 2.96s in 19 steps, the longest ActionExecution genrule ",
        "buildlog.meta-only.pb.zst": "the critical path took 3.14s in 7 steps, the longest ActionExecution run_python ",
    }.items():
        session = Session([str(shared_buck2 / name)], Settings())
        session.start()
        session.wait()
        asker = Asker(session.database)
        found = {one.name: one for one in insights(asker, ALL)}
        assert found["critical_path"].text.startswith(text)
        assert asker.rows("SELECT event FROM events WHERE id = ?", [found["critical_path"].jump.event]) == [
            ("ActionExecution",)
        ]
        assert "failed" not in found
        asker.close()
        session.close()
