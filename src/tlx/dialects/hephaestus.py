"""Hephaestus' structured logs: lines of JSON or of text, the flat form of its documentation, the audit file.

All goes to standard error, so that tracebacks and the lines of other loggers stand in between. Times are in JSON alone;
what belongs to one operation is told by `payload.operation_id`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from tlx.dialects.base import Breakdown, Dialect, Story, moment, since_epoch
from tlx.model import TEXT_EVENT, Block, Projection, Sensitive, Spans, Texts

if TYPE_CHECKING:
    from tlx.dialects.rules.finding import Rules

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_BEGIN = re.compile(r"([A-Z]+) ([\w.]+): ?")
_CONTEXT = re.compile(r"(?:^| )(run_id|operation|operation_id)=(\S+)")
_FLAT = "^(api|cleanup|cli|release|resource_fork)(\\.[a-z0-9_-]+)+$"
"""Names of events in the flat form, which has no other mark."""
_TEXT = "hephaestus text"
"""The key of records that were made of text: no time, no other promise."""


def _admits(line: bytes) -> bool:
    return b'"logger"' in line and b'"level"' in line and b'"timestamp"' in line


def _read(blocks: Sequence[Block], _told: bytes) -> Sequence[Mapping[str, Any]]:
    return [_record(block.text) if block.begun else _behind(block) for block in blocks]


def _record(text: str) -> dict[str, Any]:
    """The record of a line of text and what follows it: `LEVEL logger: message | event=.. run_id=.. key=value`."""
    begin = _BEGIN.match(text)
    if begin is None:  # masked as a whole
        return {_TEXT: "1", "message": text.partition("\n")[0]}
    message, mark, tail = text[begin.end() :].rpartition(" | event=")
    event: str | None = None
    if mark:
        event, _, tail = tail.partition(" ")
    else:
        message, mark, tail = text[begin.end() :].rpartition(" | run_id=")
        message, tail = (message, f"run_id={tail}") if mark else (tail, "")
    known: dict[str, str] = {}
    for key, value in _CONTEXT.findall(tail):
        known.setdefault(key, value)
    record = {_TEXT: "1", "level": begin[1], "logger": begin[2], "message": message.partition("\n")[0]}
    return {**record, "event": event, "run_id": known.pop("run_id", None), "payload": known}


def _behind(block: Block) -> dict[str, Any]:
    """The record of lines that follow another, such as a traceback: called by its last line, which names the error."""
    try:
        above = orjson.loads(block.above)
    except orjson.JSONDecodeError:
        above = {}
    context = {key: above.get(key) for key in ("timestamp", "logger", "run_id", "payload")}
    lines = [line.strip() for line in block.text.split("\n")]
    named = [line for line in lines if re.match(r"[\w.]+(Error|Exception|Interrupt|Exit|Warning)\b", line)]
    level = {"level": "ERROR"} if named else {}
    return {**context, **level, _TEXT: "1", "event": TEXT_EVENT, "message": (named or lines)[-1]}


def _rules() -> Rules:
    from tlx.dialects.rules.hephaestus import RULES  # noqa: PLC0415  only where events are checked

    return RULES


_SENSITIVE = Sensitive(
    looks=r'hephaestus\.|"principal"|"event": ?"(?:api|cleanup|cli|release|resource_fork)\.',
    keys=("principal", "key id"),
    grouped=("principal",),
    in_texts=True,
    credentials=True,
)
_REDACTED = _SENSITIVE._replace(
    keys=(*_SENSITIVE.keys, "command", "repository"),
    paths=("root", "*path", "*paths", "*roots", "*dir", "destination"),
    homes=True,
)


HEPHAESTUS = Dialect(
    name="hephaestus",
    title="Hephaestus telemetry",
    projection=Projection(
        dialect="hephaestus",
        structure={
            **dict.fromkeys(("timestamp", "level", "logger", "message", "run_id"), "VARCHAR"),
            **dict.fromkeys(("principal", "operation", "status", _TEXT), "VARCHAR"),
            **dict.fromkeys(("event", "payload"), "JSON"),
        },
        marks={
            **dict.fromkeys(("timestamp", "level", "logger", "message"), "VARCHAR"),
            **dict.fromkeys(("principal", "operation", "status", _TEXT), "VARCHAR"),
            "event": "JSON",
        },
        recognise=(
            f"coalesce((j.timestamp IS NOT NULL AND j.level IN {_LEVELS!r} AND j.logger IS NOT NULL"
            " AND j.message IS NOT NULL)"
            f" OR (json_type(j.event) = 'VARCHAR' AND regexp_matches(j.event->>'$', '{_FLAT}'))"
            " OR (j.principal IS NOT NULL AND j.operation IS NOT NULL AND j.status IS NOT NULL AND j.event IS NULL)"
            f' OR j."{_TEXT}" IS NOT NULL, FALSE)'
        ),
        shorthands={
            "said": "CASE WHEN json_type(j.event) = 'VARCHAR' THEN j.event->>'$' END",
            "is_audit": "j.principal IS NOT NULL AND said IS NULL",
            "at_ns": moment("j.timestamp"),
        },
        columns={
            "event": "CASE WHEN is_audit THEN 'audit' ELSE said END",
            "name": (
                f"CASE WHEN is_audit THEN j.operation WHEN said = '{TEXT_EVENT}' THEN j.message"
                " ELSE coalesce(said, j.message) END"
            ),
            "kind": (
                f"CASE WHEN is_audit THEN 'audit' WHEN said = '{TEXT_EVENT}' THEN 'text'"
                " ELSE coalesce(regexp_extract(said, '^[^.]*'), j.level) END"
            ),
            "status": (
                "CASE WHEN is_audit THEN CASE j.status WHEN 'success' THEN 'ok' ELSE j.status END"
                " WHEN regexp_matches(said, '\\.(failed|error)$') OR j.level IN ('ERROR', 'CRITICAL') THEN 'failed'"
                " WHEN regexp_matches(said, '\\.(retry|missing|skipped)$') OR j.level = 'WARNING' THEN 'warning'"
                " WHEN regexp_matches(said, '\\.(complete|verified|removed)$') THEN 'ok' END"
            ),
            "category": "coalesce(j.payload->>'$.operation', j.operation)",
            "level": "j.level",
            "owner": "coalesce(CASE WHEN is_audit THEN j.principal END, j.logger)",
            "time": since_epoch("at_ns"),
            "trace": "j.run_id",
            "span": "j.payload->>'$.operation_id'",
        },
    ),
    samples=(
        (
            b'{"timestamp": "2026-11-21T01:40:32.538829+00:00", "level": "WARNING", "logger": "hephaestus.release",'
            b' "message": "release.http.retry", "run_id": "ci-20261121-002", "event": "release.http.retry", "payload":'
            b' {"operation": "cli.release.install", "operation_id": "op-2966", "http_status": 503, "attempt": 1}}'
        ),
        (
            b'{"timestamp": "2026-11-21T01:40:32+00:00", "level": "DEBUG", "logger": "urllib3.connectionpool",'
            b' "message": "Starting new HTTPS connection", "run_id": "r"}'
        ),
        b'{"event": "cli.guard-rails.drift", "drifted_tools": ["ruff", "mypy"]}',
        (
            b'{"timestamp": "2026-11-21T01:41:51.857204+00:00", "principal": "svc-0@example.com", "key_id": "key-0000",'
            b' "operation": "rest.guard-rails.run", "status": "denied", "protocol": "rest"}'
        ),
    ),
    texts=Texts(
        dialect="hephaestus",
        begins=re.compile(rb"^(?:DEBUG|INFO|WARNING|ERROR|CRITICAL) [\w.]+: ", re.MULTILINE),
        marks=(b'"logger"',),
        admits=_admits,
        read=_read,
    ),
    registry=("hephaestus-0.2.0", "hephaestus-head"),
    rules=_rules,
    breakdown=Breakdown(
        title="Events",
        facets=("name", "level", "category", "status", "trace"),
        groups=("name", "category", "level", "trace"),
        columns=("level", "status", "category"),
        series="status",
        words={"name": "event", "category": "operation", "trace": "run id", "span": "operation id", "owner": "logger"},
    ),
    stories=(
        Story("run", "trace", levels=("span",), calls="category", nests=True),
        Story("operation", "span", nests=True),
    ),
    sensitive=_SENSITIVE,
    redacted=_REDACTED,
    # A step may be done several times in an operation, one after another.
    spans=(
        Spans(
            starts="ends_with(event, '.start')",
            ends="ends_with(event, '.complete') OR ends_with(event, '.failed')",
            key="span || ' ' || regexp_replace(event, '\\.[^.]*$', '')",
        ),
    ),
)
