"""Any other JSON object: time, level, message and duration guessed by well-known names."""

from __future__ import annotations

from tlx.dialects.base import Dialect
from tlx.model import Projection

_TIMES = ("timestamp", "time", "ts", "at", "@timestamp")
_DURATIONS = {"duration_ns": 1, "duration_us": 1_000, "duration_ms": 1_000_000, "duration_s": 1_000_000_000}
_TEXTS = ("event", "type", "name", "message", "msg", "level", "severity", "status", "trace_id", "span_id")


def _time(name: str) -> str:
    """SQL for epoch numbers (the unit told by magnitude) and RFC 3339 text, in nanoseconds."""
    number = f'TRY_CAST(j."{name}" AS DECIMAL(38, 9))'
    return (
        f"CASE WHEN {number} IS NULL THEN {_instant(name)}"
        f" WHEN {number} < 0 THEN NULL"
        f" WHEN {number} < 100000000000 THEN TRY_CAST({number} * 1000000000 AS BIGINT)"
        f" WHEN {number} < 100000000000000 THEN TRY_CAST({number} * 1000000 AS BIGINT)"
        f" WHEN {number} < 100000000000000000 THEN TRY_CAST({number} * 1000 AS BIGINT)"
        f" ELSE TRY_CAST({number} AS BIGINT) END"
    )


def _instant(name: str) -> str:
    """SQL for RFC 3339 text; a time without zone is UTC. The one type that has nanoseconds ignores the zone."""
    as_type = f'TRY_CAST(j."{name}" AS {{}})'.format
    shift = f"epoch_us({as_type('TIMESTAMP')}) - epoch_us({as_type('TIMESTAMPTZ')})"
    return f"epoch_ns({as_type('TIMESTAMP_NS')}) - 1000 * ({shift})"


def _duration(name: str, unit: int) -> str:
    """SQL for a duration in nanoseconds; what a century does not hold is no duration."""
    number = f'TRY_CAST(j."{name}" AS DOUBLE)'
    return f"CASE WHEN {number} >= 0 AND {number} * {unit} < 3.2e18 THEN CAST({number} * {unit} AS BIGINT) END"


GENERIC = Dialect(
    name="generic",
    title="JSON lines",
    projection=Projection(
        dialect="generic",
        structure=dict.fromkeys((*_TIMES, *_DURATIONS, *_TEXTS), "VARCHAR"),
        recognise="TRUE",
        shorthands={
            "at_ns": f"coalesce({', '.join(_time(name) for name in _TIMES)})",
            "long_ns": f"coalesce({', '.join(_duration(*item) for item in _DURATIONS.items())})",
        },
        columns={
            "event": "coalesce(j.event, j.type)",
            "name": "coalesce(j.event, j.name, j.message, j.msg, j.type)",
            "kind": "coalesce(j.level, j.severity)",
            "status": "j.status",
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
)
