"""Buck2's normal event log: `--event-log`, `buck2 log show`, and the `.pb.zst` of every command below `buck-out`.

Facts from facebook/buck2 at 13baa8a1d181: an event begins a span, ends one or is an instant; what happened is the only
key of its data. The end of a span carries its duration and its outcome, so that it is the event of the span; its begin
is one without a duration. A record of the result ends the log. Every field may be absent in older logs. The invocation
record that starts a run is that of the user event log.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson

from tlx.dialects.base import OF_A_BUILD, Breakdown, CriticalPath, Detail, Dialect, Keys, Step, Story
from tlx.model import Projection, Spans

if TYPE_CHECKING:
    from tlx.dialects.rules.finding import Rules

EXECUTION_KINDS = (
    *("NotSet", "Local", "Remote", "ActionCache", "Simple", "NotSet", "Deferred", "LocalDepFile", "LocalWorker"),
    *("RemoteDepFileCache", "LocalActionCache", "RemoteWorker"),
)
"""The words for Buck2's numbers (app/buck2_data/data.proto, ActionExecutionKind); 5 is one that is written no more."""
_HITS = ("ActionCache", "LocalDepFile", "RemoteDepFileCache", "LocalActionCache")
_TESTS = (None, "ok", "failed", "skipped", "omitted", "failed", "timeout", "unknown", "rerun", "ok", "failed", "failed")
"""What became of a test, by the numbers of TestStatus."""

_MOST_SECONDS = 9_223_372_035
_LABEL = {"package": "VARCHAR", "name": "VARCHAR", "bxl_path": "VARCHAR"}


def _read(value: str, structure: dict[str, Any]) -> str:
    """SQL for the fields of a JSON value."""
    return f"json_transform({value}, '{orjson.dumps(structure).decode()}')"


def _only(value: str) -> str:
    """SQL for the value of the only key of an object."""
    return f"json_extract({value}, '$.*')[1]"


def _word(words: tuple[str | None, ...], number: str) -> str:
    """SQL for the word of a number, or for what stands there instead."""
    known = ", ".join("NULL" if word is None else f"'{word}'" for word in words)
    return f"coalesce([{known}][TRY_CAST({number} AS UTINYINT)::INTEGER + 1], {number})"


def _ns(seconds: str, nanos: str) -> str:
    """SQL for nanoseconds."""
    return (
        f"CASE WHEN {seconds} BETWEEN 0 AND {_MOST_SECONDS} AND {nanos} BETWEEN 0 AND 999999999"
        f" THEN {seconds} * 1000000000 + {nanos} END"
    )


def _micros(value: str) -> str:
    """SQL for nanoseconds of microseconds."""
    return f"CASE WHEN {value} BETWEEN 0 AND {_MOST_SECONDS}000000 THEN {value} * 1000 END"


def _rules() -> Rules:
    from tlx.dialects.rules.buck2 import RULES  # noqa: PLC0415  only where events are checked

    return RULES


_ACTION = ("Event", "data", "SpanEnd", "data", "ActionExecution")
_LAST = (*_ACTION, "commands", -1, "details")
"""The last attempt to run an action is the one that counts."""
_METADATA = (*_LAST, "metadata")
_COMMAND = (*_LAST, "command_kind", "command")
_ANSWERS = ("build_response", "bxl_response", "test_response")


def _ended(tag: str, key: str) -> Keys:
    return ("Event", "data", "SpanEnd", "data", tag, key)


_DETAILS = {
    "exit_code": Detail(((*_LAST, "signed_exit_code"),)),
    "error": Detail(
        (
            (*_ACTION, "error", "Unknown"),
            (*_ACTION, "error", "MissingOutputs", "message"),
            *(_ended(tag, "error") for tag in ("Analysis", "Load", "LoadPackage", "CacheUpload", "Materialization")),
            *(("Result", "result", tag, "errors", 0, "message") for tag in _ANSWERS),
            ("Result", "result", "error", "message"),
        )
    ),
    "stderr": Detail(((*_LAST, "stderr"),)),
    "stdout": Detail(((*_LAST, "stdout"),)),
    "queue_us": Detail(((*_METADATA, "queue_duration_us"), (*_COMMAND, "RemoteCommand", "queue_time_us")), 1_000),
    "execution_us": Detail(((*_METADATA, "execution_time_us"),), 1_000),
    "hashing_us": Detail(((*_METADATA, "hashing_duration_us"),), 1_000),
    "memory_peak": Detail(((*_METADATA, "execution_stats", "memory_peak"),)),
    "cache_hit": Detail(((*_COMMAND, "RemoteCommand", "cache_hit"),)),
    "cache_hit_type": Detail(((*_COMMAND, "RemoteCommand", "cache_hit_type"),)),
    "cache_upload": Detail(((*_ACTION, "cache_upload_result"), (*_ACTION, "did_cache_upload"))),  # before 2026
    "digest": Detail(
        tuple(
            (*_COMMAND, tag, "action_digest")
            for tag in ("RemoteCommand", "LocalCommand", "OmittedLocalCommand", "WorkerCommand")
        )
    ),
    "rule": Detail(((*_ACTION, "target_rule_type_name"),)),
    "changed_file": Detail(((*_ACTION, "invalidation_info", "changed_file"),)),
    "platform": Detail(((*_COMMAND, "RemoteCommand", "details", "platform"),)),
}


def _critical_path(record: Mapping[str, Any]) -> list[Step]:
    """The steps of the instant that tells of the graph of a build."""
    told: Any = record
    for key in ("Event", "data", "Instant", "data", "BuildGraphInfo"):
        told = told.get(key) if isinstance(told, dict) else None
    found = told.get("critical_path2") or told.get("slowest_path") if isinstance(told, dict) else None
    return [step for step in map(_step, found) if step] if isinstance(found, list) else []


def _step(entry: Any) -> Step | None:
    if not isinstance(entry, dict) or (duration := _length(entry, "duration")) is None:
        return None
    gain, spans = _length(entry, "potential_improvement_duration"), entry.get("span_ids")
    numbers = tuple(str(span) for span in spans) if isinstance(spans, list) else ()
    return Step(_named(entry.get("entry")), duration, gain or 0, numbers)


def _length(entry: Mapping[str, Any], key: str) -> int | None:
    """Nanoseconds of a duration: of microseconds, or as in 2022 of seconds and nanoseconds."""
    micros = entry.get(f"{key}_us")
    if isinstance(micros, int):
        return micros * 1_000
    match entry.get(key):
        case [int(seconds), int(nanos)]:
            return seconds * 10**9 + nanos
    return None


def _named(entry: Any) -> str:
    """What took the time of a step: its tag, and the name or the target that stands in it."""
    tag, body = next(iter(entry.items())) if isinstance(entry, dict) and entry else (str(entry or "unknown"), None)
    if not isinstance(body, dict):
        return str(tag)
    name = body.get("name")
    words = [name.get("category"), name.get("identifier")] if isinstance(name, dict) else []
    words += [body.get(key) for key in ("package", "kind", "path", "category")]
    labels = (one.get("label") for key in ("target", "owner") for one in _objects(body.get(key)))
    label = next((one for one in labels if isinstance(one, dict)), None)
    if label:
        words.append(f"{label.get('package', label.get('bxl_path', ''))}:{label.get('name', '')}")
    return " ".join([str(tag), *(word for word in words if word and isinstance(word, str))])


def _objects(value: Any) -> list[dict[str, Any]]:
    """The objects that stand in one, by any tag."""
    return [inner for inner in value.values() if isinstance(inner, dict)] if isinstance(value, dict) else []


BUCK2 = Dialect(
    name="buck2",
    title="Buck2 event log",
    projection=Projection(
        dialect="buck2",
        structure={
            "Event": {
                "timestamp": ["BIGINT"],
                "trace_id": "VARCHAR",
                "span_id": "VARCHAR",
                "data": {
                    "SpanStart": {"data": "JSON"},
                    "SpanEnd": {"duration_us": "BIGINT", "duration": ["BIGINT"], "data": "JSON"},
                    "Instant": {"data": "JSON"},
                },
            },
            "Result": "JSON",
            "PartialResult": "JSON",
        },
        recognise="""regexp_matches(line, '^[ \\t]*\\{[ \\t]*"(Event|Result|PartialResult)"[ \\t]*:[ \\t]*\\{')""",
        shorthands={
            "seen": "j.Event",
            "span_end": "(seen).data.SpanEnd",
            "begun": "(seen).data.SpanStart.data",
            "happened": "coalesce(begun, (span_end).data, (seen).data.Instant.data)",
            "tag": (
                "coalesce(json_keys(happened)[1], CASE WHEN json_type(happened) = 'VARCHAR' THEN happened->>'$' END)"
            ),
            "content": _only("happened"),
            "body": _read(
                "content",
                {
                    "key": {"owner": "JSON"},
                    "kind": "VARCHAR",
                    "name": "JSON",
                    "failed": "BOOLEAN",
                    "execution_kind": "VARCHAR",
                    "output_size": "UBIGINT",
                    "commands": [{"details": {"metadata": {"input_materialization_duration_us": "BIGINT"}}}],
                    "target": "JSON",
                    "target_label": "JSON",
                    "artifact": {"key": {"owner": "JSON"}},
                    "suite": {"target_label": "JSON"},
                    "module_id": "VARCHAR",
                    "path": "VARCHAR",
                    "id": "VARCHAR",
                    "error": "JSON",
                    "status": "VARCHAR",
                    "success": "BOOLEAN",
                    "stage": "JSON",
                    "data": "JSON",
                    "build_result": {"build_completed": "BOOLEAN"},
                },
            ),
            "is_action": "coalesce(tag = 'ActionExecution' AND begun IS NULL, FALSE)",
            "how": _word(EXECUTION_KINDS, "(body).execution_kind"),
            "owned": _only(
                "coalesce((body).key.owner, (body).artifact.key.owner,"
                " json_extract((body).target, '$.DynamicLambda.owner'), (body).target,"
                " json_object('', coalesce((body).target_label, (body).suite.target_label)))"
            ),
            "whose": _read(
                "owned",
                {
                    "label": _LABEL,
                    "name": _LABEL,
                    "hash": "VARCHAR",
                    "configuration": {"full_name": "VARCHAR"},
                },
            ),
            "stage": (
                "concat_ws(' ', tag, CASE json_type((body).stage) WHEN 'OBJECT' THEN json_keys((body).stage)[1] END,"
                f" CASE WHEN tag = 'ExecutorStage' THEN json_keys({_only('(body).stage')}, '$.stage')[1] END,"
                " CASE WHEN tag = 'Command' AND json_type((body).data) = 'OBJECT' THEN json_keys((body).data)[1] END)"
            ),
            "end_ns": _ns("(seen).timestamp[1]", "(seen).timestamp[2]"),
            "long_ns": (
                f"coalesce({_micros('(span_end).duration_us')},"
                f" {_ns('(span_end).duration[1]', '(span_end).duration[2]')})"
            ),
            "answer": _only("json_extract(coalesce(j.Result, j.PartialResult), '$.result')"),
        },
        columns={
            "event": (
                "CASE WHEN j.Event IS NULL THEN CASE WHEN j.Result IS NULL THEN 'PartialResult' ELSE 'Result' END"
                " WHEN begun IS NULL THEN tag ELSE tag || 'Start' END"
            ),
            "name": (
                "CASE WHEN j.Event IS NULL THEN coalesce(json_keys(coalesce(j.Result, j.PartialResult), '$.result')[1],"
                " 'result') WHEN is_action AND json_type((body).name) = 'OBJECT' THEN NULL"
                " WHEN tag = 'StarlarkUserEvent' THEN (body).id WHEN tag = 'BxlEnsureArtifacts' THEN 'ensure artifacts'"
                " WHEN tag IN ('TestResult', 'ActionExecution') THEN CASE json_type((body).name) WHEN 'VARCHAR'"
                " THEN (body).name->>'$' WHEN 'OBJECT' THEN trim(concat_ws(' ', (body).name->>'$.category',"
                " (body).name->>'$.identifier')) END ELSE stage END"
            ),
            "category": "CASE WHEN is_action THEN (body).name->>'$.category' END",
            "identifier": "CASE WHEN is_action THEN (body).name->>'$.identifier' END",
            "kind": (
                "CASE WHEN j.Event IS NULL THEN 'result' WHEN begun IS NOT NULL THEN 'start' WHEN is_action"
                " THEN (body).kind WHEN tag = 'StarlarkUserEvent' THEN 'user' WHEN tag = 'BxlEnsureArtifacts'"
                " THEN 'ensure' ELSE tag END"
            ),
            "execution_kind": "CASE WHEN is_action THEN how END",
            "status": (
                "CASE WHEN j.Event IS NULL THEN CASE WHEN answer IS NULL THEN NULL"
                " WHEN json_exists(j.Result, '$.result.error')"
                " OR coalesce(json_array_length(answer, '$.errors'), 0) > 0 THEN 'failed' ELSE 'ok' END"
                " WHEN begun IS NOT NULL THEN NULL WHEN tag = 'SpanCancelled' THEN 'cancelled'"
                f" WHEN is_action THEN CASE WHEN (body).failed THEN 'failed' WHEN how IN {_HITS!r} THEN 'cached'"
                " WHEN (body).failed IS NOT NULL THEN 'ok' END"
                " WHEN tag = 'ActionError' THEN 'error'"
                f" WHEN tag = 'TestResult' THEN {_word(_TESTS, '(body).status')}"
                " WHEN tag = 'Command' THEN CASE (body).build_result.build_completed WHEN TRUE THEN 'ok'"
                " WHEN FALSE THEN 'failed' END"
                " WHEN tag IN ('Load', 'Analysis') THEN CASE WHEN coalesce(json_type((body).error), 'NULL') = 'NULL'"
                " THEN 'ok' ELSE 'failed' END"
                " WHEN (body).success IS NOT NULL THEN CASE WHEN (body).success THEN 'ok' ELSE 'failed' END END"
            ),
            "owner": (
                "coalesce((whose).label.bxl_path || ':' || (whose).label.name,"
                " (whose).name.package || ':' || (whose).name.name || '@' || (whose).hash,"
                " (whose).label.package || ':' || (whose).label.name"
                " || coalesce(' (' || (whose).configuration.full_name || ')', ''),"
                " (body).module_id, CASE WHEN tag = 'LoadPackage' THEN (body).path END)"
            ),
            "start": "end_ns - long_ns",
            "time": "end_ns",
            "duration_ns": "long_ns",
            "input_materialization_ns": (
                "CASE WHEN is_action THEN CASE WHEN len((body).commands) = 0 THEN 0 ELSE"
                f" {_micros('(body).commands[-1].details.metadata.input_materialization_duration_us')} END END"
            ),
            "output_size": "CASE WHEN is_action THEN (body).output_size END",
            "trace": "(seen).trace_id",
            "span": "nullif((seen).span_id, '0')",
        },
    ),
    samples=(
        (
            b'{"Event":{"timestamp":[1758580983,924781884],"trace_id":"d2d60ed5","span_id":12,"parent_id":0,"data":'
            b'{"SpanStart":{"data":{"ActionExecution":{"key":{"id":"00","key":"_0","owner":{"TargetLabel":{"label":'
            b'{"package":"root//","name":"long_build"},"configuration":{"full_name":"<unspecified>"}}}},"kind":"Run",'
            b'"name":{"category":"run_python","identifier":""}}}}}}}'
        ),
        (
            b'{"Event":{"timestamp":[1758580987,58969660],"trace_id":"d2d60ed5","span_id":12,"parent_id":0,"data":'
            b'{"SpanEnd":{"stats":null,"duration_us":3134187,"data":{"ActionExecution":{"key":{"id":"00","key":"_0",'
            b'"owner":{"TargetLabel":{"label":{"package":"root//","name":"long_build"},"configuration":'
            b'{"full_name":"<unspecified>"}}}},"kind":"Run","name":{"category":"run_python","identifier":""},'
            b'"failed":false,"execution_kind":1,"output_size":258,"commands":[{"details":{"signed_exit_code":0,'
            b'"metadata":{"input_materialization_duration_us":2275}},"status":{"Success":{}}}]}}}}}}'
        ),
        (
            b'{"Event":{"timestamp":[1758580987,60173400],"trace_id":"d2d60ed5","span_id":0,"parent_id":0,"data":'
            b'{"Instant":{"data":{"ConsoleMessage":{"message":"Build ID: d2d60ed5"}}}}}}'
        ),
        b'{"Result":{"result":{"build_response":{"build_targets":[],"project_root":"/home/dev","errors":[]}}}}',
    ),
    expected={
        "ActionExecution": (
            *("name", "category", "identifier", "kind", "execution_kind", "status", "owner", "start", "time"),
            *("duration_ns", "input_materialization_ns", "output_size", "trace", "span"),
        ),
    },
    registry=("buck2",),
    details=_DETAILS,
    critical_path=CriticalPath("BuildGraphInfo", _critical_path),
    rules=_rules,
    breakdown=Breakdown(
        facets=("execution_kind", "status", "event", "name", "category", "owner_unconfigured"),
        groups=("name", "category", "status", "owner_unconfigured", "execution_kind", "kind", "owner"),
        columns=("execution_kind", "status", "owner", "output_size"),
        series="execution_kind",
        words={"owner": "configured owner", "owner_unconfigured": "owner", "event": "stage", "status": "outcome"},
    ),
    # The ids of spans are those of a daemon, which begins anew with 1.
    spans=(
        Spans(
            starts="kind = 'start'",
            ends="kind IS DISTINCT FROM 'start'",
            key="coalesce(trace, 'run ' || run) || ' ' || span",
            named="own_name = event",  # the end of a stage does not say which
            parent="raw->>'$.Event.parent_id'",
        ),
    ),
    stories=(
        Story("critical path", "run", course=True, note="a step that took no time would save at most what is told"),
        Story("owner", "owner", levels=("span",)),
        Story("span", "span"),
        Story("events of one name", "name"),
    ),
    redacted=OF_A_BUILD,
    # The other spans hold or are stages of one another: their time would count twice.
    work=("category IS NOT NULL", "event = 'ActionExecutionStart'"),
)
