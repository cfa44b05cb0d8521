"""Records of Buck2's normal event log as those of its user event log, as `buck2 log show-user` prints them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tlx.dialects.buck2 import EXECUTION_KINDS

_HEADER = ("command_line_args", "expanded_command_line_args", "working_dir", "trace_id", "start_time")
_ALREADY = ("StarlarkUserEvent", "ActionExecutionEvent", "BxlEnsureArtifactsEvent")
_Record = dict[str, Any]


def as_user(record: Mapping[str, Any]) -> _Record | None:
    """Return the record that a user event log has of one; None if it has none.

    What older logs lack is left out, and so is what cannot be read.
    """
    if "command_line_args" in record:
        return {key: record[key] for key in (*_HEADER, *record) if key in record}
    if any(tag in record for tag in _ALREADY):
        return dict(record)
    event = _object(record.get("Event"))
    data = _object(event.get("data"))
    end, instant = _object(data.get("SpanEnd")), _object(_object(data.get("Instant")).get("data"))
    happened = _object(end.get("data"))
    tagged: _Record = {}
    if "ActionExecution" in happened:
        tagged = {"ActionExecutionEvent": _action(_object(happened["ActionExecution"]), end)}
    elif "BxlEnsureArtifacts" in happened:
        tagged = {"BxlEnsureArtifactsEvent": _without_none({"duration_millis": _duration(end)})}
    elif "StarlarkUserEvent" in instant:
        tagged = {"StarlarkUserEvent": instant["StarlarkUserEvent"]}
    return tagged | _without_none({"epoch_millis": _millis(event.get("timestamp"))}) if tagged else None


def _action(action: _Record, end: _Record) -> _Record:
    return _without_none(
        {
            "kind": action.get("kind"),
            "name": action.get("name"),
            "duration_millis": _duration(end),
            "output_size": action.get("output_size"),
            "input_materialization_duration_millis": _materialization(action.get("commands")),
            "execution_kind": _execution_kind(action.get("execution_kind")),
            "owner": _owner(_object(_object(action.get("key")).get("owner"))),
        }
    )


def _duration(end: _Record) -> int | None:
    """Milliseconds of a span, which logs of 2022 have as seconds and nanoseconds."""
    micros = end.get("duration_us")
    return micros // 1000 if isinstance(micros, int) else _millis(end.get("duration"))


def _millis(value: object) -> int | None:
    match value:
        case [int(seconds), int(nanos)]:
            return seconds * 1000 + nanos // 10**6
    return None


def _materialization(commands: object) -> int | None:
    """Milliseconds for the inputs of the last command; 0 where none ran."""
    if not isinstance(commands, list):
        return None
    if not commands:
        return 0
    metadata = _object(_object(_object(commands[-1]).get("details")).get("metadata"))
    micros = metadata.get("input_materialization_duration_us")
    return micros // 1000 if isinstance(micros, int) else None


def _execution_kind(number: object) -> str | None:
    if isinstance(number, int):
        return EXECUTION_KINDS[number] if 0 <= number < len(EXECUTION_KINDS) else str(number)
    return number if isinstance(number, str) else None


def _owner(owner: _Record) -> str | None:
    """The owner of an action in words."""
    for tag, value in owner.items():
        inner = _object(value)
        label, name = _object(inner.get("label")), _object(inner.get("name"))
        if tag == "BxlKey":
            return f"{label.get('bxl_path', '')}:{label.get('name', '')}"
        if tag == "AnonTarget":
            return f"{name.get('package', '')}:{name.get('name', '')}@{inner.get('hash', '')}"
        configuration = _object(inner.get("configuration")).get("full_name", "")
        return f"{label.get('package', '')}:{label.get('name', '')} ({configuration})"
    return None


def _object(value: object) -> _Record:
    return value if isinstance(value, dict) else {}


def _without_none(record: _Record) -> _Record:
    return {key: value for key, value in record.items() if value is not None}
