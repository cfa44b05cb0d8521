"""Buck2's user event log, field by field."""

from __future__ import annotations

import json
import shlex
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlx.dialects.buck2_user import BUCK2_USER, CACHE_HITS
from tlx.model import Header

MS = 1_000_000
END = 1_695_706_788_206
MOST = 9_223_372_036_854
"""The most milliseconds that an int64 of nanoseconds holds."""
KINDS = (
    "NotSet",
    "Local",
    "Remote",
    "ActionCache",
    "Simple",
    "Skipped",
    "Deferred",
    "LocalDepFile",
    "LocalWorker",
    "RemoteDepFileCache",
    "LocalActionCache",
    "RemoteWorker",
)
HITS = {"ActionCache", "LocalDepFile", "RemoteDepFileCache", "LocalActionCache"}


def action(end: Any = END, **fields: Any) -> bytes:
    """An action's line as Buck2 writes it, with other `fields`."""
    usual = {
        "kind": "Run",
        "name": {"category": "cxx_compile", "identifier": "a.cpp (pic)"},
        "duration_millis": 1470,
        "output_size": 6,
        "input_materialization_duration_millis": 20,
        "execution_kind": "Local",
        "owner": "root//a:b (cfg//linux:x86_64#da4de3c780a17bfa)",
    }
    return json.dumps({"ActionExecutionEvent": {**usual, **fields}, "epoch_millis": end}).encode()


def header(record: dict[str, Any]) -> Header | None:
    """What the dialect reads from a record."""
    assert BUCK2_USER.read_header
    return BUCK2_USER.read_header(record)


class TestActions:
    """`ActionExecutionEvent`."""

    def test_all_fields(self, shelf: Any) -> None:
        """Every field of an action has its column; its time is the end, its start lies the duration before."""
        line = action()
        event = shelf.event(line)
        assert event == {
            "id": 1,
            "source": 0,
            "run": 1,
            "line": 1,
            "dialect": "buck2-user",
            "event": "ActionExecutionEvent",
            "name": "cxx_compile a.cpp (pic)",
            "category": "cxx_compile",
            "identifier": "a.cpp (pic)",
            "kind": "Run",
            "execution_kind": "Local",
            "status": None,
            "level": None,
            "owner": "root//a:b (cfg//linux:x86_64#da4de3c780a17bfa)",
            "start": (END - 1470) * MS,
            "time": END * MS,
            "duration_ns": 1470 * MS,
            "input_materialization_ns": 20 * MS,
            "output_size": 6,
            "trace": None,
            "span": None,
            "raw": line.decode(),
        }

    @pytest.mark.parametrize("kind", [*KINDS, "QuantumWorker", "local", "", "Remote Cache"])
    def test_execution_kinds(self, shelf: Any, kind: str) -> None:
        """Every execution kind is shown as it is, unknown ones too; four are cache hits, no other has a status."""
        event = shelf.event(action(execution_kind=kind))
        assert (event["execution_kind"], event["status"]) == (kind, "cached" if kind in HITS else None)

    def test_hits(self) -> None:
        """The cache hits are the four of Buck2's enumeration."""
        assert set(CACHE_HITS) == HITS

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ({"category": "write", "identifier": ""}, "write"),
            ({"category": "write", "identifier": "[bold] x"}, "write [bold] x"),
            ({"category": "write"}, "write"),
            ({"identifier": "x"}, "x"),
            ({}, None),
            ({"category": "", "identifier": ""}, ""),
        ],
    )
    def test_name(self, shelf: Any, name: dict[str, str], shown: str | None) -> None:
        """An action is called by category and identifier, as far as they are there."""
        assert shelf.event(action(name=name))["name"] == shown

    @pytest.mark.parametrize(
        "left_out",
        [
            {"execution_kind", "owner"},
            {"execution_kind", "owner", "input_materialization_duration_millis"},
            {"kind", "name", "duration_millis", "output_size"},
        ],
    )
    def test_old_logs(self, shelf: Any, left_out: set[str]) -> None:
        """A field that an older Buck2 did not write is unknown: neither zero nor NotSet."""
        record = json.loads(action())
        for key in left_out:
            del record["ActionExecutionEvent"][key]
        event = shelf.event(json.dumps(record).encode())
        columns = {
            "execution_kind": "execution_kind",
            "owner": "owner",
            "input_materialization_duration_millis": "input_materialization_ns",
            "kind": "kind",
            "name": "name",
            "duration_millis": "duration_ns",
            "output_size": "output_size",
        }
        assert {key for key, column in columns.items() if event[column] is None} == left_out

    def test_nothing_but_the_tag(self, shelf: Any) -> None:
        """The tag alone makes an action of which nothing is known."""
        event = shelf.event(b'{"ActionExecutionEvent":{}}')
        assert event["event"] == "ActionExecutionEvent"
        assert {event[column] for column in ("name", "kind", "start", "time", "duration_ns", "output_size")} == {None}

    @pytest.mark.parametrize("size", [0, 2**63 - 1, 2**63, 2**64 - 1])
    def test_sizes(self, shelf: Any, size: int) -> None:
        """An output may have any size of 64 bits."""
        assert shelf.event(action(output_size=size))["output_size"] == size

    @given(
        st.integers(0, 2**64 - 1) | st.integers(MOST - 2, MOST + 2), st.integers(0, 2**64 - 1) | st.integers(0, 9999)
    )
    def test_times(self, shelf: Any, end: int, duration: int) -> None:
        """Start is end minus duration, exactly; milliseconds that no nanoseconds can hold are unknown."""
        event = shelf.event(action(end, duration_millis=duration))
        time = end * MS if end <= MOST else None
        long = duration * MS if duration <= MOST else None
        assert (event["time"], event["duration_ns"]) == (time, long)
        assert event["start"] == (None if time is None or long is None else time - long)


class TestWrongTypes:
    """What stands in a known field, but is not what Buck2 writes."""

    @pytest.mark.parametrize(
        ("value", "millis"),
        [
            (None, None),
            (-1, None),
            (2**64, None),
            (10**40, None),
            ("17", 17),
            ("soon", None),
            ("", None),
            (16.6, 17),
            (1e300, None),
            ([1], None),
            ({"a": 1}, None),
        ],
    )
    def test_numbers(self, shelf: Any, value: Any, millis: int | None) -> None:
        """A number written as text counts, a fraction is rounded, anything else is unknown."""
        expected = None if millis is None else millis * MS
        for event, column in (
            (shelf.event(action(duration_millis=value)), "duration_ns"),
            (shelf.event(action(input_materialization_duration_millis=value)), "input_materialization_ns"),
            (shelf.event(action(value)), "time"),
        ):
            assert event[column] == expected
        assert shelf.event(action(output_size=value))["output_size"] == millis

    @pytest.mark.parametrize(
        ("value", "text"), [(None, None), (3, "3"), (True, "true"), ([1, "a"], '[1,"a"]'), ({"a": None}, '{"a":null}')]
    )
    def test_texts(self, shelf: Any, value: Any, text: str | None) -> None:
        """What is no text where one belongs is shown as its JSON; null is unknown."""
        event = shelf.event(action(execution_kind=value, owner=value, kind=value))
        found = [event[column] for column in ("execution_kind", "owner", "kind")]
        assert [one and one.replace(" ", "") for one in found] == [text] * 3

    @pytest.mark.parametrize("name", [None, 3, "cxx_compile", [1], True])
    def test_names(self, shelf: Any, name: Any) -> None:
        """A name that is no object is unknown."""
        event = shelf.event(action(name=name))
        assert (event["name"], event["category"], event["identifier"]) == (None, None, None)

    @pytest.mark.parametrize("tag", ["ActionExecutionEvent", "StarlarkUserEvent", "BxlEnsureArtifactsEvent"])
    @pytest.mark.parametrize("body", [3, "x", [], [1], True])
    def test_bodies(self, shelf: Any, tag: str, body: Any) -> None:
        """A tag whose body is no object is still that event, of which nothing is known but its time."""
        event = shelf.event(json.dumps({tag: body, "epoch_millis": 5}).encode())
        assert (event["dialect"], event["event"], event["time"]) == ("buck2-user", tag, 5 * MS)
        assert (event["category"], event["duration_ns"]) == (None, None)

    @pytest.mark.parametrize("tag", ["ActionExecutionEvent", "StarlarkUserEvent", "BxlEnsureArtifactsEvent"])
    def test_null_body(self, shelf: Any, tag: str) -> None:
        """A tag of null is no tag: the line is JSON of no known dialect."""
        assert shelf.event(json.dumps({tag: None, "epoch_millis": 5}).encode())["dialect"] == "generic"

    def test_null_beside_another(self, shelf: Any) -> None:
        """A tag of null beside another leaves the event to the other."""
        event = shelf.event(b'{"ActionExecutionEvent":null,"StarlarkUserEvent":{"id":"a"},"epoch_millis":5}')
        assert (event["event"], event["name"]) == ("StarlarkUserEvent", "a")


class TestOtherEvents:
    """`StarlarkUserEvent` and `BxlEnsureArtifactsEvent`."""

    def test_user(self, shelf: Any) -> None:
        """A user event is an instant that bears its id; a duration in its metadata is its author's own."""
        line = b'{"StarlarkUserEvent":{"id":"foo","metadata":{"duration_millis":7,"":{}}},"epoch_millis":1695706786735}'
        event = shelf.event(line)
        assert (event["event"], event["name"], event["kind"]) == ("StarlarkUserEvent", "foo", "user")
        assert (event["time"], event["start"], event["duration_ns"]) == (1_695_706_786_735 * MS, None, None)
        assert (event["category"], event["execution_kind"], event["status"]) == (None, None, None)

    def test_ensure(self, shelf: Any) -> None:
        """An ensure event is a span that ends at its time."""
        event = shelf.event(b'{"BxlEnsureArtifactsEvent":{"duration_millis":3},"epoch_millis":1700000000000}')
        assert (event["name"], event["kind"]) == ("ensure artifacts", "ensure")
        assert (event["start"], event["time"]) == (1_699_999_999_997 * MS, 1_700_000_000_000 * MS)
        assert (event["execution_kind"], event["output_size"]) == (None, None)

    @pytest.mark.parametrize("key", ["action", "user", "ensure", "end_ns", "long_ns", "j", "line", "no", "extra"])
    def test_unknown_keys(self, shelf: Any, key: str) -> None:
        """Keys that are not known change nothing, whatever they are called, and stay in the raw line."""
        record = {"StarlarkUserEvent": {"id": "x", key: 1, "metadata": {}}, key: {"a": [1]}, "epoch_millis": 5}
        line = json.dumps(record).encode()
        event = shelf.event(line)
        assert (event["name"], event["time"], event["raw"]) == ("x", 5 * MS, line.decode())

    @pytest.mark.parametrize(
        "line", [b'{"starlarkuserevent":{"id":"x"}}', b'{"event":{"data":{}}}', b'{"epoch_millis":5}']
    )
    def test_not_ours(self, shelf: Any, line: bytes) -> None:
        """Tags are told by their exact names."""
        assert shelf.event(line)["dialect"] == "generic"


class TestHeader:
    """The invocation record."""

    def test_all_fields(self) -> None:
        """A header gives command, trace, start to the nanosecond and folder."""
        record = {
            "command_line_args": ["/usr/local/bin/buck2", "bxl", "//a.bxl:main", "--", "a b", "it's"],
            "expanded_command_line_args": ["buck2"],
            "working_dir": "/home/dev/project",
            "trace_id": "d2d60ed5-eee0-47bf-8896-1549c37665b0",
            "start_time": [1758580983, 652229323],
        }
        assert header(record) == Header(
            "buck2-user",
            "/usr/local/bin/buck2 bxl //a.bxl:main -- 'a b' 'it'\"'\"'s'",
            "d2d60ed5-eee0-47bf-8896-1549c37665b0",
            1_758_580_983_652_229_323,
            "/home/dev/project",
        )

    def test_old(self) -> None:
        """Fields that an older Buck2 did not write are unknown."""
        assert header({"command_line_args": []}) == Header("buck2-user", "", None, None, None)
        assert header({"command_line_args": ["a"], "trace_id": None, "start_time": None}) == Header(
            "buck2-user", "a", None, None, None
        )

    @pytest.mark.parametrize(
        "start", [None, 5, "x", [], [1], [1, 2, 3], [-1, 0], [0, -1], [1, 10**9], [10**10, 0], [1.5, 0], ["1", "2"], {}]
    )
    def test_odd_starts(self, start: Any) -> None:
        """A start that is no `[seconds, nanos]` is unknown."""
        found = header({"command_line_args": [], "start_time": start})
        assert found is not None
        assert found.start_ns is None

    @pytest.mark.parametrize("arguments", [None, 5, "buck2 build", {"a": 1}])
    def test_odd_arguments(self, arguments: Any) -> None:
        """Arguments that are no list leave the command unknown; it is a header all the same."""
        assert header({"command_line_args": arguments}) == Header("buck2-user", None, None, None, None)

    def test_odd_texts(self) -> None:
        """Trace and folder that are no text are unknown; single odd arguments are printed."""
        found = header({"command_line_args": ["a", 1, None], "trace_id": 5, "working_dir": ["x"]})
        assert found == Header("buck2-user", "a 1 None", None, None, None)

    @given(st.lists(st.text(max_size=8), max_size=4), st.integers(0, 9 * 10**9), st.integers(0, 10**9 - 1))
    def test_round_trip(self, arguments: list[str], seconds: int, nanos: int) -> None:
        """A shell would read the command back as the arguments; start loses no nanosecond."""
        found = header(orjson.loads(orjson.dumps({"command_line_args": arguments, "start_time": [seconds, nanos]})))
        assert found is not None
        assert found.command is not None
        assert shlex.split(found.command) == arguments
        assert found.start_ns == seconds * 10**9 + nanos
