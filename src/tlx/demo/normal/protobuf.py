"""Records of a normal event log in protobuf, each behind its length, as Buck2 writes them by default."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from tlx.demo.script import Record

Shape = dict[str, tuple[int, Any]]
"""The fields of a message: number, and type. A dictionary is a message, in a list one that is repeated. Number 0 is
a oneof, whose fields stand in the message itself."""

KINDS = ("NotSet", "Copy", "DownloadFile", "Run", "SymlinkedDir", "Write", "WriteMacrosToFile", "CasArtifact")
_NOTHING: Shape = {}
_NAME: Shape = {"package": (1, "text"), "name": (2, "text")}
_TARGET: Shape = {"label": (1, _NAME), "configuration": (2, {"full_name": (2, "text")})}
_BXL: Shape = {"label": (1, {"bxl_path": (1, "text"), "name": (2, "text")})}
_ANON: Shape = {"name": (1, _NAME), "hash": (3, "text")}
_OWNER: Shape = {"TargetLabel": (2, _TARGET), "BxlKey": (4, _BXL), "AnonTarget": (6, _ANON)}
_KEY: Shape = {"id": (1, "hex"), "key": (3, "text"), "owner": (0, _OWNER)}
_CALLED: Shape = {"category": (1, "text"), "identifier": (2, "text")}
_COMMAND: Shape = {"data": (0, {"Bxl": (32, {"bxl_label": (1, "text")})})}
_DETAILS: Shape = {
    "signed_exit_code": (4, "zigzag"),
    "stderr": (3, "text"),
    "metadata": (13, {"input_materialization_duration_us": (4, "micros")}),
}
_STATUS: Shape = {"Success": (2, _NOTHING), "Failure": (3, _NOTHING)}
_LOCAL: Shape = {"stage": (0, {"Execute": (2, _NOTHING)})}
_STAGE: Shape = {"stage": (0, {"Local": (21, _LOCAL), "CacheQuery": (22, _NOTHING)})}
_BEGUN: Shape = {
    "Command": (50, _COMMAND),
    "ActionExecution": (51, {"key": (1, _KEY), "kind": (3, "kind"), "name": (4, _CALLED)}),
    "ExecutorStage": (54, _STAGE),
    "BxlEnsureArtifacts": (82, _NOTHING),
}
_ENDED: Shape = {
    "Command": (50, {"build_result": (5, {"build_completed": (1, "number")}), **_COMMAND}),
    "ActionExecution": (
        51,
        {
            "key": (1, _KEY),
            "kind": (4, "kind"),
            "name": (5, _CALLED),
            "failed": (6, "number"),
            "error": (0, {"CommandExecutionError": (11, _NOTHING)}),
            "execution_kind": (22, "number"),
            "output_size": (24, "number"),
            "commands": (25, [{"details": (1, _DETAILS), "status": (0, _STATUS)}]),
        },
    ),
    "ExecutorStage": (54, _NOTHING),
    "BxlEnsureArtifacts": (83, _NOTHING),
}
_HAPPENED: Shape = {"StarlarkUserEvent": (30, {"id": (1, "text"), "metadata": (2, "map")})}
_DATA: Shape = {
    "SpanStart": (20, {"data": (0, _BEGUN)}),
    "SpanEnd": (21, {"duration_us": (2, "micros"), "data": (0, _ENDED)}),
    "Instant": (22, {"data": (0, _HAPPENED)}),
}
_EVENT: Shape = {
    "timestamp": (1, "time"),
    "trace_id": (2, "text"),
    "span_id": (3, "number"),
    "parent_id": (4, "number"),
    "data": (0, _DATA),
}
_RESPONSE: Shape = {"project_root": (2, "text"), "errors": (102, [{"message": (3, "text")}])}
_RECORD: Shape = {"Event": (1, _EVENT), "Result": (2, {"result": (0, {"bxl_response": (17, _RESPONSE)})})}
_HEADER: Shape = {
    "command_line_args": (1, ["text"]),
    "working_dir": (2, "text"),
    "trace_id": (3, "text"),
    "start_time": (4, "time"),
    "expanded_command_line_args": (11, ["text"]),
}


def framed(records: Iterable[Record], batch: int) -> Iterator[bytes]:
    """Yield the bytes of records, so many at a time."""
    parts = (_behind_length(_message(one, _HEADER if "working_dir" in one else _RECORD)) for one in records)
    while piece := b"".join(islice(parts, batch)):
        yield piece


def _message(value: Record, shape: Shape) -> bytes:
    found = b""
    for key, inner in value.items():
        number, kind = shape.get(key, (0, None))
        if inner is None or kind is None:
            continue
        if number:
            values = inner if isinstance(kind, list) else [inner]
            found += b"".join(_field(number, kind[0] if isinstance(kind, list) else kind, one) for one in values)
        else:
            found += _message(inner, kind)
    return found


def _field(number: int, kind: Any, value: Any) -> bytes:
    if kind == "map":
        entries = (_sized(1, key.encode()) + _sized(2, _value(inner)) for key, inner in value.items())
        return b"".join(_sized(number, entry) for entry in entries)
    if kind in ("number", "zigzag", "kind"):
        plain = KINDS.index(value) if kind == "kind" else int(value)
        return _varint(number << 3) + _varint(plain << 1 ^ plain >> 63 if kind == "zigzag" else plain)
    if kind in ("time", "micros"):
        seconds, nanos = value if kind == "time" else (value // 10**6, value % 10**6 * 1000)
        return _sized(number, _field(1, "number", seconds) + _field(2, "number", nanos))
    if kind in ("text", "hex"):
        return _sized(number, bytes.fromhex(value) if kind == "hex" else value.encode())
    return _sized(number, _message(value, kind))


def _value(value: Any) -> bytes:
    """Return a value of a script's metadata."""
    match value:
        case bool():
            return _field(3, "number", value)
        case int():
            return _field(2, "number", value)
        case str():
            return _sized(1, value.encode())
        case dict():
            return _sized(4, _field(1, "map", value))
        case _:
            return _sized(5, b"".join(_sized(1, _value(one)) for one in value))


def _sized(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _behind_length(content)


def _behind_length(content: bytes) -> bytes:
    return _varint(len(content)) + content


def _varint(number: int) -> bytes:
    """Return a number in groups of seven bits, a negative one in 64."""
    number &= (1 << 64) - 1
    found = bytearray()
    while number > 0x7F:  # noqa: PLR2004  what fits seven bits
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])
