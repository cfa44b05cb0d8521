"""Any other JSON object: time, level, message and duration guessed by well-known names."""

from __future__ import annotations

from tlx.dialects.base import Breakdown, Dialect, Story, length, moment
from tlx.model import Projection

_TIMES = ("timestamp", "time", "ts", "at", "@timestamp")
_DURATIONS = {"duration_ns": 1, "duration_us": 1_000, "duration_ms": 1_000_000, "duration_s": 1_000_000_000}
_TEXTS = ("event", "type", "name", "message", "msg", "level", "severity", "status", "trace_id", "span_id")


def _key(name: str) -> str:
    return f'j."{name}"'


GENERIC = Dialect(
    name="generic",
    title="JSON lines",
    projection=Projection(
        dialect="generic",
        structure={**dict.fromkeys((*_TIMES, *_DURATIONS, *_TEXTS), "VARCHAR"), "event": "JSON"},
        recognise="TRUE",
        shorthands={
            "said": "j.event->>'$'",
            "at_ns": f"coalesce({', '.join(moment(_key(name)) for name in _TIMES)})",
            "long_ns": f"coalesce({', '.join(length(_key(name), unit) for name, unit in _DURATIONS.items())})",
        },
        columns={
            "event": "coalesce(said, j.type)",
            "name": "coalesce(said, j.name, j.message, j.msg, j.type)",
            "kind": "coalesce(j.level, j.severity)",
            "status": "j.status",
            "level": "coalesce(j.level, j.severity)",
            "start": "CASE WHEN at_ns >= 0 THEN at_ns - long_ns END",
            "time": "at_ns",
            "duration_ns": "long_ns",
            "trace": "j.trace_id",
            "span": "j.span_id",
        },
    ),
    samples=(
        b'{"timestamp":"2026-11-20T10:00:00.125Z","level":"info","message":"started"}',
        b'{"ts":1758580983.25,"event":"tick","duration_ms":12}',
        b"{}",
    ),
    breakdown=Breakdown(
        facets=("name", "level", "status", "trace"), groups=("name", "level", "status"), columns=("level", "status")
    ),
    stories=(
        Story("trace", "trace", levels=("span",), nests=True),
        Story("span", "span", nests=True),
        Story("events of one name", "name"),
    ),
)
