"""What the lines of `buck2 log what-ran` and its like mean."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlx.cli.main import run
from tlx.dialects.rules.registry import load
from tlx.model import PLACE_COLUMNS

SECOND = 10**9
OWNER = "root//app:bin (cfg//linux:x86_64#da4de3c780a17bfa)"
MATERIALIZED = {"path": "buck-out/v2/gen/a", "method": "cas", "file_count": 2, "total_bytes": 7, "action_digest": None}
UPLOADED = {"action": f"{OWNER} (cxx_compile a.c)", "digests_uploaded": 3, "bytes_uploaded": 9}


def command(executor: str = "Local", **fields: Any) -> dict[str, Any]:
    """A command, by the order in which Buck2 writes its fields."""
    record = {"reason": "build", "identity": f"{OWNER} (cxx_compile a.c)", "reproducer": {"executor": executor}}
    return record | fields


def event(shelf: Any, record: Mapping[str, Any]) -> dict[str, Any]:
    """The event that a record becomes."""
    found: dict[str, Any] = shelf.event(json.dumps(record, separators=(",", ":")).encode())
    return found


def test_a_command(shelf: Any) -> None:
    """A command of a build is an action of Buck2, without a time."""
    found = event(shelf, command("Re", duration="1:02.5s", std_err="", scheduling_mode="FullHybrid"))
    told = {key: value for key, value in found.items() if value is not None and key not in PLACE_COLUMNS}
    assert found["dialect"] == "buck2-what-ran"
    assert told == {
        "event": "build",
        "name": "cxx_compile a.c",
        "category": "cxx_compile",
        "identifier": "a.c",
        "kind": "Run",
        "execution_kind": "Remote",
        "owner": OWNER,
        "duration_ns": 62_500_000_000,
    }


@pytest.mark.parametrize(
    ("executor", "kind", "execution_kind", "status"),
    [
        ("Local", "Run", "Local", None),
        ("Re", "Run", "Remote", None),
        ("Worker", "Run", "LocalWorker", None),
        ("ReWorker", "Run", "RemoteWorker", None),
        ("Cache", "Run", "ActionCache", "cached"),
        ("ReDepFileCache", "Run", "RemoteDepFileCache", "cached"),
        ("LocalDepFileCache", "Run", "LocalDepFile", "cached"),
        ("CacheQuery", "CacheQuery", None, None),
        ("WorkerInit", "WorkerInit", None, None),
        ("SomethingNew", "SomethingNew", None, None),
    ],
)
def test_executors(shelf: Any, executor: str, kind: str, execution_kind: str | None, status: str | None) -> None:
    """Executors are the execution kinds of other logs where they execute an action; all have the action's words."""
    found = event(shelf, command(executor, duration="0.1s"))
    assert (found["kind"], found["execution_kind"], found["status"]) == (kind, execution_kind, status)
    assert (found["name"], found["owner"], found["event"]) == ("cxx_compile a.c", OWNER, "build")
    known = load("buck2-user").values["ActionExecutionEvent.execution_kind"]
    assert execution_kind is None or execution_kind in known


def test_every_executor_is_explained() -> None:
    """The registry knows the executors that have an execution kind, and those that have none."""
    from tlx.dialects.buck2_what_ran import _KINDS  # noqa: PLC0415  the table itself

    assert {*_KINDS, "CacheQuery", "WorkerInit"} == set(load("buck2-what-ran").values["reproducer.executor"])


@pytest.mark.parametrize(
    ("text", "tenths"),
    [
        ("0.0s", 0),
        ("0.1s", 1),
        ("59.9s", 599),
        ("1:00.0s", 600),
        ("59:59.9s", 35_999),
        ("1:00:00.0s", 36_000),
        ("9876:54:32.1s", 355_568_721),
        ("5124095:34:33.7s", None),  # the most that Buck2 prints, more than a century
        *((odd, None) for odd in ("1", "1s", "1.25s", "-1.0s", "1:2:3:4.0s", "1m2.0s", " 1.0s", "", "٣.0s")),
        *((odd, None) for odd in (1.5, None, {}, ["1.0s"])),
    ],
)
def test_durations(shelf: Any, text: Any, tenths: int | None) -> None:
    """Hours, minutes, seconds and tenths; whatever else stands there is no duration, and the line an event still."""
    found = event(shelf, command(duration=text))
    assert found["duration_ns"] == (None if tenths is None else tenths * SECOND // 10)
    assert found["dialect"] == "buck2-what-ran"


@given(ns=st.lists(st.integers(0, 10**18), min_size=1, max_size=20))
@settings(max_examples=15)
def test_durations_as_buck2_prints_them(shelf: Any, ns: list[int]) -> None:
    """What is read is what Buck2 rounded to, at most half a tenth of a second off."""

    def printed(length: int) -> str:
        seconds, below = divmod(length + 50_000_000, SECOND)
        minutes, hours = seconds // 60 % 60, seconds // 3_600
        tail = f"{seconds % 60:02}.{below // 100_000_000}s"
        if hours:
            return f"{hours}:{minutes:02}:{tail}"
        return f"{minutes}:{tail}" if minutes else f"{seconds}.{below // 100_000_000}s"

    lines = [json.dumps(command(duration=printed(length))).encode() for length in ns]
    found = [one["duration_ns"] for one in shelf.lines(*lines).events]
    assert all(abs(one - length) <= 50_000_000 for one, length in zip(found, ns, strict=True))


@given(
    parts=st.lists(
        st.tuples(
            st.sampled_from((OWNER, "root//:a (<unspecified>)", "root//a:b@6e0a3f7b", "root//x.bxl:main")),
            st.sampled_from(("genrule", "cxx_compile", "x")),
            st.sampled_from(("", "src/a b.c", "x (y) (z)", "(pic)", ") (", "[b]\n画面[/b]", " ")) | st.text("() a:@\n"),
        ),
        min_size=1,
        max_size=20,
    )
)
@settings(max_examples=30)
def test_identities(shelf: Any, parts: list[tuple[str, str, str]]) -> None:
    """An identity is taken apart where Buck2 put it together, whatever the rule calls its action."""
    records = []
    for owner, category, identifier in parts:
        identity = f"{owner} ({category} {identifier})" if identifier else f"{owner} ({category})"
        records += [command(identity=identity), UPLOADED | {"action": identity}]
    events = shelf.lines(*(json.dumps(record).encode() for record in records)).events
    for found, (owner, category, identifier) in zip(events, (one for one in parts for _ in "12"), strict=True):
        assert (found["owner"], found["category"], found["identifier"]) == (owner, category, identifier)
        assert found["name"] == (f"{category} {identifier}" if identifier else category)


@pytest.mark.parametrize(
    ("reason", "identity", "name", "owner"),
    [
        ("build", OWNER, OWNER, OWNER),
        ("build", "root//a:b@6e0a3f7b", "root//a:b@6e0a3f7b", "root//a:b@6e0a3f7b"),
        ("test.run", "root//a:t", "test.run", "root//a:t"),
        ("test.run", "root//a:t (x y)", "test.run", "root//a:t (x y)"),
        ("test.run", "unknown test suite", "test.run", None),
        ("test.discovery", "root//a:t", "test.discovery", "root//a:t"),
        ("test.local_resource_setup", OWNER, "test.local_resource_setup", OWNER),
        ("test.local_resource_setup", "", "test.local_resource_setup", None),
        ("unknown", "unknown action", "unknown", None),
    ],
)
def test_what_has_no_category(shelf: Any, reason: str, identity: str, name: str, owner: str | None) -> None:
    """Tests and actions without a name are called by what is known; what is unknown owns nothing."""
    found = event(shelf, command(reason=reason, identity=identity))
    assert (found["event"], found["name"], found["owner"], found["category"]) == (reason, name, owner, None)
    assert (found["kind"], found["execution_kind"]) == ("Run" if reason == "build" else "Local", "Local")


@pytest.mark.parametrize(
    ("record", "status"),
    [
        (command(std_err="null"), "open"),
        (command("Re", std_err="null"), "open"),
        (command("Re"), None),  # a Buck2 from before 2024-09 told no durations
        (command(std_err=""), None),
        (command(std_err="null", duration="0.1s"), None),
        (command(std_err="error: no such file\n", duration="0.1s"), None),  # it may be a warning
        (command("Cache", std_err="null"), "cached"),
        (command("CacheQuery", std_err="null"), None),
        (command(reason="test.run", std_err="null"), None),  # no test tells its duration
    ],
)
def test_outcomes(shelf: Any, record: Mapping[str, Any], status: str | None) -> None:
    """Hits are cached, what has not ended is open; nothing is called failed or ok, for no line tells that."""
    assert event(shelf, record)["status"] == status


def test_files_and_uploads(shelf: Any) -> None:
    """What was materialized and uploaded has sizes; it is no action, even with the words of one."""
    found = event(shelf, MATERIALIZED)
    assert [found[key] for key in ("dialect", "event", "name", "kind", "output_size")] == [
        *("buck2-what-ran", "materialization", "buck-out/v2/gen/a", "cas", 7)
    ]
    found = event(shelf, UPLOADED)
    assert [found[key] for key in ("dialect", "event", "name", "kind", "output_size", "owner")] == [
        *("buck2-what-ran", "upload", "cxx_compile a.c", "upload", 9, OWNER)
    ]
    assert found["execution_kind"] is found["status"] is found["duration_ns"] is None
    found = event(shelf, UPLOADED | {"action": "unknown action"})
    assert (found["name"], found["owner"]) == ("unknown action", None)
    assert event(shelf, UPLOADED | {"bytes_uploaded": 2**64 - 1})["output_size"] == 2**64 - 1


@pytest.mark.parametrize(
    "record",
    [
        {key: value for key, value in command().items() if key != "reason"},
        {key: value for key, value in command().items() if key != "identity"},
        command() | {"reproducer": "Local"},
        command() | {"reproducer": {}},
        command() | {"reproducer": None},
        MATERIALIZED | {"method": "GET"},
        MATERIALIZED | {"file_count": -1},
        MATERIALIZED | {"total_bytes": "much"},
        {key: value for key, value in MATERIALIZED.items() if key != "path"} | {"extension": "o"},
        UPLOADED | {"action": {"name": "x"}},
        UPLOADED | {"digests_uploaded": []},
        {"action": "put", "bytes_uploaded": 5},
    ],
)
def test_what_only_looks_like_it(shelf: Any, record: Mapping[str, Any]) -> None:
    """Lines with some of the keys, sums by extension, or values that Buck2 cannot have written are other JSON."""
    assert event(shelf, record)["dialect"] == "generic"


def test_the_sample(shelf: Any, sample_logs: Path) -> None:
    """The sample holds every executor of an action, hits, files, uploads, tests, and what has not ended."""
    lines = (sample_logs / "buck2-what-ran.jsonl").read_bytes().splitlines()
    records = [json.loads(line) for line in lines]
    events = shelf.lines(*lines).events
    executors = Counter(one["reproducer"]["executor"] for one in records if one.get("reason") == "build")
    assert Counter(one["kind"] for one in events)["Run"] == executors.total() > 80
    assert len(executors) == 7
    hits = {"Cache", "ReDepFileCache", "LocalDepFileCache"}
    found = Counter(one["status"] for one in events)
    assert found["cached"] == sum(number for name, number in executors.items() if name in hits)
    assert found["open"] == sum("duration" not in one for one in records if one.get("reason") == "build") == 3
    assert {one["event"] for one in events} == {"build", "test.run", "test.discovery", "materialization", "upload"}
    twice = Counter(one["identity"] for one in records if one.get("reason") == "build")
    assert sorted(twice.values())[-2:] == [1, 2]  # of one the remote executor gave up


@pytest.mark.parametrize(
    ("record", "rule"),
    [
        (command("Warp"), ("warning", "unknown-value", "reproducer.executor")),
        (command(reason="lunch"), ("warning", "unknown-event", "reason")),
        (command(duration="soon"), ("warning", "unreadable-duration", "duration")),
        (command(duration=5), ("error", "wrong-type", "duration")),
        (command(extra={"testcases": "all"}, reason="test.run"), ("error", "wrong-type", "extra.testcases")),
        (command() | {"reproducer": {"executor": "Re", "details": {"digest": 5}}}, None),
        (command(scheduling_mode="Never"), ("warning", "unknown-value", "scheduling_mode")),
        (command(more=1), ("information", "extra-field", "more")),
        (MATERIALIZED | {"action_digest": 5}, ("error", "wrong-type", "action_digest")),
    ],
)
def test_rules(tmp_path: Path, record: Mapping[str, Any], rule: tuple[str, ...] | None) -> None:
    """Wrong types are errors, values that this Buck2 does not write are warnings, fields that it lacks are told."""
    log, out = tmp_path / "log", tmp_path / "out"
    log.write_text(json.dumps(record) + "\n")
    code = run(["validate", str(log), "--format", "json", "-o", str(out)])
    found = [(one["severity"], one["rule"], one["field"]) for one in json.loads(out.read_bytes())]
    rule = rule or ("error", "wrong-type", "reproducer.details.digest")
    assert found == [rule]
    assert code == int(rule[0] == "error")


def test_a_copy_without_command_lines(tmp_path: Path, sample_logs: Path) -> None:
    """A redacted copy has neither arguments nor environments, and its commands have their digests still."""
    out = tmp_path / "copy.jsonl"
    log = sample_logs / "buck2-what-ran.jsonl"
    assert run(["redact", str(log), "-o", str(out)]) == 0
    before, after = log.read_text("utf-8"), out.read_text("utf-8")
    for word in ("/usr/bin/clang", "BUCK_SCRATCH_PATH"):
        assert word in before
        assert word not in after
    assert before.count('"digest":"') == after.count('"digest":"') > 30
    assert before.count("\n") == after.count("\n")
