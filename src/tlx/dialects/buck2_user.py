"""Buck2's user event log: `buck2 bxl --user-event-log`, `buck2 log show-user`.

Facts from facebook/buck2 at 13baa8a1d181: an un-wrapped invocation record starts a run; each event is an object with
one tag beside `epoch_millis`, which for spans is the END. Every field but the tag may be absent in older logs.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tlx.dialects.base import OF_A_BUILD, Absence, Breakdown, Dialect, Story
from tlx.model import Header, Projection

if TYPE_CHECKING:
    from tlx.dialects.rules.finding import Rules

CACHE_HITS = ("ActionCache", "RemoteDepFileCache", "LocalDepFile", "LocalActionCache")
"""The execution kinds whose outputs came from a cache (app/buck2_data/data.proto, ActionExecutionKind)."""

# The largest count of milliseconds that fits an int64 of nanoseconds; epoch_millis and durations are u64 in Buck2.
_MOST_MILLIS = 9_223_372_036_854
_NS = "CASE WHEN {0} BETWEEN 0 AND " + str(_MOST_MILLIS) + " THEN {0} * 1000000 END"


def _read_header(record: Mapping[str, Any]) -> Header | None:
    if "command_line_args" not in record:
        return None
    arguments = record["command_line_args"]
    if isinstance(arguments, list):
        command: str | None = shlex.join(a if isinstance(a, str) else str(a) for a in arguments)
    else:
        command = None
    return Header(
        dialect="buck2-user",
        command=command,
        trace=_text(record.get("trace_id")),
        start_ns=_start(record.get("start_time")),
        working_dir=_text(record.get("working_dir")),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _start(value: object) -> int | None:
    """Nanoseconds of `[seconds, nanos]`, if that is what stands there and an int64 holds it."""
    match value:
        case [int(seconds), int(nanos)] if 0 <= seconds < _MOST_MILLIS // 1000 and 0 <= nanos < 10**9:
            return seconds * 10**9 + nanos
    return None


def _rules() -> Rules:
    from tlx.dialects.rules.buck2_user import RULES  # noqa: PLC0415  only where events are checked

    return RULES


_ABSENCES = (
    Absence(
        "failures",
        "a user log does not say which actions failed: the line of a failed action is like any other",
        "buck2 log what-failed",
        "what ran, how and for how long; a status is cached or unknown, never ok",
    ),
    Absence(
        "critical_path",
        "a user log has no dependencies between actions and so no critical path",
        "buck2 log critical-path",
        "the longest actions, idle gaps, the tail and the actions in flight",
    ),
    Absence(
        "dependencies",
        "a user log does not say which action waited for which other",
        "buck2 log critical-path",
        "what ran before and after an idle gap, and what ran at the same time",
    ),
    Absence(
        "commands",
        "a user log has no command lines, exit codes or output of actions",
        "buck2 log what-ran",
        "kind, category, identifier and owner of every action",
    ),
    Absence(
        "tests",
        "a user log has no results of tests, and no line for an action that was cancelled or still up to date",
        "buck2 log show",
        "the actions that ran or came from a cache",
    ),
)

BUCK2_USER = Dialect(
    name="buck2-user",
    title="Buck2 user event log",
    projection=Projection(
        dialect="buck2-user",
        structure={
            "StarlarkUserEvent": {"id": "VARCHAR"},
            "ActionExecutionEvent": {
                "kind": "VARCHAR",
                "name": {"category": "VARCHAR", "identifier": "VARCHAR"},
                "duration_millis": "BIGINT",
                "output_size": "UBIGINT",
                "input_materialization_duration_millis": "BIGINT",
                "execution_kind": "VARCHAR",
                "owner": "VARCHAR",
            },
            "BxlEnsureArtifactsEvent": {"duration_millis": "BIGINT"},
            "epoch_millis": "BIGINT",
        },
        marks=dict.fromkeys(("StarlarkUserEvent", "ActionExecutionEvent", "BxlEnsureArtifactsEvent"), "VARCHAR"),
        recognise=(
            "j.ActionExecutionEvent IS NOT NULL OR j.StarlarkUserEvent IS NOT NULL"
            " OR j.BxlEnsureArtifactsEvent IS NOT NULL"
        ),
        shorthands={
            "action": "j.ActionExecutionEvent",
            "user": "j.StarlarkUserEvent",
            "ensure": "j.BxlEnsureArtifactsEvent",
            "end_ns": _NS.format("j.epoch_millis"),
            "long_ns": _NS.format(
                "coalesce(j.ActionExecutionEvent.duration_millis, j.BxlEnsureArtifactsEvent.duration_millis)"
            ),
        },
        columns={
            "event": (
                "CASE WHEN action IS NOT NULL THEN 'ActionExecutionEvent' WHEN user IS NOT NULL"
                " THEN 'StarlarkUserEvent' ELSE 'BxlEnsureArtifactsEvent' END"
            ),
            "name": (
                "CASE WHEN action IS NULL THEN CASE WHEN user IS NULL THEN 'ensure artifacts' ELSE user.id END END"
            ),
            "category": "action.name.category",
            "identifier": "action.name.identifier",
            "kind": (
                "coalesce(action.kind, CASE WHEN action IS NULL"
                " THEN CASE WHEN user IS NULL THEN 'ensure' ELSE 'user' END END)"
            ),
            "execution_kind": "action.execution_kind",
            "status": f"CASE WHEN action.execution_kind IN {CACHE_HITS!r} THEN 'cached' END",
            "owner": "action.owner",
            "start": "end_ns - long_ns",
            "time": "end_ns",
            "duration_ns": "long_ns",
            "input_materialization_ns": _NS.format("action.input_materialization_duration_millis"),
            "output_size": "action.output_size",
        },
        usual="ActionExecutionEvent",
    ),
    samples=(
        b'{"StarlarkUserEvent":{"id":"foo","metadata":{"bool_value":true}},"epoch_millis":1695706786735}',
        (
            b'{"ActionExecutionEvent":{"kind":"Run","name":{"category":"genrule","identifier":""},"duration_millis":1470,'
            b'"output_size":6,"input_materialization_duration_millis":0,"execution_kind":"ActionCache",'
            b'"owner":"root//gen:rule (cfg//linux:x86_64#da4de3c780a17bfa)"},"epoch_millis":1695706788206}'
        ),
        b'{"BxlEnsureArtifactsEvent":{"duration_millis":3},"epoch_millis":1700000000000}',
    ),
    expected={
        "ActionExecutionEvent": (
            *("name", "category", "identifier", "kind", "execution_kind", "owner", "start", "time"),
            *("duration_ns", "input_materialization_ns", "output_size"),
        ),
        "StarlarkUserEvent": ("name", "kind", "time"),
        "BxlEnsureArtifactsEvent": ("name", "kind", "start", "time", "duration_ns"),
    },
    header_mark=b'"command_line_args"',
    read_header=_read_header,
    registry=("buck2-user",),
    rules=_rules,
    breakdown=Breakdown(
        facets=("execution_kind", "category", "owner_unconfigured", "kind", "event"),
        groups=("name", "category", "owner_unconfigured", "execution_kind", "kind", "owner"),
        columns=("execution_kind", "owner", "output_size"),
        series="execution_kind",
        words={"owner": "configured owner", "owner_unconfigured": "owner"},
    ),
    stories=(
        Story("owner", "owner", levels=("category",), note="user logs do not tell what caused what"),
        Story("events of one name", "name", note="user logs do not tell what caused what"),
    ),
    redacted=OF_A_BUILD,
    absences=_ABSENCES,
    keys={
        "duration_ns": "duration_millis",
        "input_materialization_ns": "input_materialization_duration_millis",
        "time": "epoch_millis",
    },
)
