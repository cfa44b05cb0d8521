"""Telemetry of Elixir programs, Beamlens' above all: `[:app, …, :start | :stop | :exception]` with its measurements.

The libraries write nothing themselves; each handler has a form of its own. Names are lists or joined by dots, numbers
stand under `measurements`, at the top, or in the text of a message. Native units of time are nanoseconds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tlx.dialects.base import Breakdown, Dialect, Story, first, length, moment, since_epoch, whole
from tlx.model import TEXT_EVENT, Block, Projection, Sensitive, Spans, Texts

if TYPE_CHECKING:
    from tlx.dialects.rules.finding import Rules

_DAY_NS = 86_400 * 10**9
_ZONE_NS = 900 * 10**9
"""Zones differ by multiples of a quarter of an hour."""
_ABOUT = r"(?:[^\s=]+=\S* )*"
"""Metadata, one way to read it only: who may not be sure tries them all, in a time that doubles with each."""
_BEGIN = re.compile(
    r"(?:(\d{4}-\d\d-\d\d) )?(\d\d):(\d\d):(\d\d)\.(\d{3})"
    rf" {_ABOUT}(?:\[\w+\] {_ABOUT})?\[(\w+(?:\.\w+)+)\] "
)
_BEGINS = rf"^(?:\d{{4}}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{{3}} {_ABOUT}(?:\[\w+\] {_ABOUT})?\[\w+(?:\.\w+)+\] "
_PAIR = re.compile(r"(\w+)=(\S*)")
_TIMES = ("timestamp", "time", "ts", "at", "@timestamp")
_DOTTED = r"^\w+(\.\w+)+$"
_SPAN = r"^(beamlens(\.\w+)+|\w+(\.\w+)+\.(start|stop|exception))$"
_STAGE = r"^beamlens\.(operator\.execute|coordinator\.pipeline_\w+)"
"""What starts and ends, but is not called so."""
_GONE = r"regexp_matches(event, '^beamlens\.coordinator\.operator_(complete|crashed)$')"
"""Whether a coordinator tells that an operator is no more."""
_LOGGED = r"^\[\w+(\.\w+)+\] trace_id="


def _admits(line: bytes) -> bool:
    return b'"measurements"' in line or b"beamlens." in line


def _read(blocks: Sequence[Block], above: bytes) -> Sequence[Mapping[str, Any]]:
    """Records of the default text. A clock has no date: that of the nearest time that the lines before it tell."""
    records = [_record(block.text) if block.begun else _behind(block) for block in blocks]
    clocks = [_clock(block.text) for block in blocks]
    told = [record["measurements"].get("system_time") for record in records]
    bases = [_base(system, clock) for system, clock in zip(told, clocks, strict=True) if system and clock is not None]
    base = _base_of(above.decode("utf-8", "replace"))
    if base is None and bases:
        base = bases[0]
    for record, clock, system in zip(records, clocks, told, strict=True):
        if system and clock is not None:
            base = _base(system, clock)
        if clock is not None and (base is not None or clock >= _DAY_NS):
            record["time"] = system or clock + (base or 0)
    return records


def _base_of(text: str) -> int | None:
    """What a line that tells the time says of the clocks behind it; None where it tells none."""
    clock = _clock(text)
    system = None if clock is None else _record(text)["measurements"].get("system_time")
    return _base(system, clock) if system and clock is not None else None


def _clock(text: str) -> int | None:
    """Nanoseconds of the clock at the begin of a line, since midnight or, with a date, since 1970."""
    found = _BEGIN.match(text)
    if not found:
        return None
    date, hour, minute, second, millis = found.groups()[:5]
    clock = ((int(hour) * 60 + int(minute)) * 60 + int(second)) * 10**9 + int(millis) * 10**6
    if date:
        from datetime import date as day  # noqa: PLC0415  hardly ever needed

        try:
            clock += (day.fromisoformat(date) - day(1970, 1, 1)).days * _DAY_NS
        except ValueError:
            return None
    return clock


def _base(system: int, clock: int) -> int:
    """What to add to a clock that shows `clock` at a time, so that days and zones are right."""
    return round((system - clock) / _ZONE_NS) * _ZONE_NS


def _record(text: str) -> dict[str, Any]:
    """The record of a line such as `12:00:00.000 [info] [app.part.stop] trace_id=.. duration=..`."""
    begin = _BEGIN.match(text)
    if begin is None:  # masked, its name too
        return {"event": text.partition("\n")[0], "measurements": {}, "metadata": {}}
    pairs = dict(_PAIR.findall(text.partition("\n")[0][begin.end() :]))
    measured = {key: int(value) for key, value in pairs.items() if re.fullmatch("[0-9]{1,18}|[0-9]{19}", value)}
    other = {key: value for key, value in pairs.items() if key not in measured}
    return {"event": begin[6], "measurements": measured, "metadata": other}


def _behind(block: Block) -> dict[str, Any]:
    """The record of lines that follow others, such as the report of a crash: called by the first."""
    return {"event": TEXT_EVENT, "measurements": {}, "metadata": {}, "message": block.text.partition("\n")[0]}


def _listed(key: str) -> str:
    """SQL for a name that is a list, or a text of parts."""
    return (
        f"CASE json_type(j.{key}) WHEN 'ARRAY' THEN array_to_string(j.{key}->>'$[*]', '.')"
        f" WHEN 'VARCHAR' THEN j.{key}->>'$' END"
    )


def _number(key: str) -> str:
    """SQL for a measurement, as text."""
    in_text = f"nullif(regexp_extract(logged, ' {key}=([0-9]+)', 1), '')"
    return f"coalesce(measured->>'$.{key}', j.{key}, {in_text})"


def _about(key: str) -> str:
    """SQL for what the metadata says."""
    return f"coalesce(about->>'$.{key}', j.{key})"


def _rules() -> Rules:
    from tlx.dialects.rules.beamlens import RULES  # noqa: PLC0415  only where events are checked

    return RULES


BEAMLENS = Dialect(
    name="beamlens",
    title="Beamlens and other Elixir telemetry",
    projection=Projection(
        dialect="beamlens",
        structure={
            **dict.fromkeys(("event", "telemetry_event", "measurements", "metadata", "payload"), "JSON"),
            **dict.fromkeys((*_TIMES, "name", "message", "severity", "logger"), "VARCHAR"),
            **dict.fromkeys(("duration", "duration_ms", "system_time", "monotonic_time"), "VARCHAR"),
            **dict.fromkeys(("trace_id", "operator", "skill", "telemetry_span_context"), "VARCHAR"),
        },
        marks={
            **dict.fromkeys(("event", "telemetry_event", "measurements", "metadata", "payload"), "JSON"),
            **dict.fromkeys(("name", "message", "severity", "logger"), "VARCHAR"),
            **dict.fromkeys(("duration", "system_time", "monotonic_time"), "VARCHAR"),
        },
        recognise=(
            "coalesce(((json_type(j.event) = 'ARRAY' AND json_array_length(j.event) > 1"
            " AND json_type(j.event, '$[0]') = 'VARCHAR') OR json_type(j.event) = 'VARCHAR'"
            " OR j.telemetry_event IS NOT NULL) AND j.measurements IS NOT NULL"
            f" OR (json_type(j.event) = 'VARCHAR' AND regexp_matches(j.event->>'$', '{_DOTTED}')"
            " AND json_type(j.metadata) = 'OBJECT' AND j.payload IS NULL AND j.logger IS NULL)"
            f" OR (j.event IS NULL AND regexp_matches(j.name, '{_SPAN}')"
            " AND coalesce(j.duration, j.system_time, j.monotonic_time) IS NOT NULL)"
            f" OR (j.severity IS NOT NULL AND (regexp_matches(j.message, '{_LOGGED}')"
            f" OR (json_exists(j.metadata, '$.measurements') AND regexp_matches(j.message, '{_DOTTED}')))), FALSE)"
        ),
        shorthands={
            "logged": f"CASE WHEN regexp_matches(j.message, '{_LOGGED}') THEN j.message END",
            "said": first(
                _listed("event"),
                _listed("telemetry_event"),
                "nullif(regexp_extract(logged, '^\\[([^\\]]+)\\]', 1), '')",
                f"CASE WHEN regexp_matches(j.name, '{_SPAN}') THEN j.name END",
                "j.message",
            ),
            "measured": "coalesce(j.measurements, j.metadata->'$.measurements')",
            "about": "coalesce(j.metadata->'$.telemetry_metadata', j.metadata)",
            "told_ns": first(*(moment(f'j."{name}"') for name in _TIMES)),
            "system_ns": whole(_number("system_time")),
            "long_ns": first(
                whole(_number("duration")), length("coalesce(measured->>'$.duration_ms', j.duration_ms)", 10**6)
            ),
            "at_ns": "coalesce(CASE WHEN told_ns >= 0 THEN told_ns END, system_ns)",
        },
        columns={
            "event": "said",
            "name": f"CASE WHEN said = '{TEXT_EVENT}' THEN j.message ELSE regexp_replace(said, '^beamlens\\.', '') END",
            "kind": (
                f"CASE WHEN said = '{TEXT_EVENT}' THEN 'text'"
                " ELSE regexp_replace(regexp_replace(said, '^beamlens\\.', ''), '\\.[^.]*$', '') END"
            ),
            "status": (
                "CASE WHEN said = 'beamlens.operator.llm_error' AND (about->>'$.will_retry') = 'true' THEN 'retry'"
                " WHEN regexp_matches(said, '(\\.exception|_error|_failed|_crashed)$') THEN 'failed'"
                " WHEN regexp_matches(said, '(\\.stop|[._]complete|\\.done)$') THEN 'ok' END"
            ),
            "level": "lower(j.severity)",
            "owner": f"regexp_replace(coalesce({_about('operator')}, {_about('skill')}), '^Elixir\\.', '')",
            "start": "at_ns - long_ns",
            "time": since_epoch("at_ns"),
            "duration_ns": "long_ns",
            "trace": (
                f"nullif(nullif(coalesce({_about('trace_id')},"
                " regexp_extract(logged, 'trace_id=([^ ]*)', 1)), ''), 'unknown')"
            ),
            "span": _about("telemetry_span_context"),
        },
    ),
    samples=(
        (
            b'{"timestamp":"2026-11-21T01:31:15.792811Z","event":"beamlens.llm.stop","measurements":'
            b'{"duration":41203697},"metadata":{"trace_id":"50c7","iteration":0,"intent":"think"}}'
        ),
        (
            b'{"time":"2026-11-21T01:31:15.792811Z","event":["beamlens","operator","iteration_start"],"measurements":'
            b'{"system_time":1795224675751412532},"metadata":{"operator":"Elixir.Beamlens.Skill.Beam"}}'
        ),
        b'{"ts":1795224675795143,"name":"beamlens.llm.stop","node":"n@h","duration":41203697,"trace_id":"50c7"}',
        (
            b'{"time":"2026-11-21T01:32:13.924Z","severity":"info","message":"phoenix.endpoint.stop","metadata":'
            b'{"domain":["elixir"],"measurements":{"duration":1500},"telemetry_metadata":{"trace_id":"6fbe"}}}'
        ),
        (
            b'{"time":"2026-11-21T01:32:13.924Z","severity":"info","message":"[beamlens.llm.stop] trace_id=6f'
            b' duration=41203697","metadata":{"domain":["elixir"],"erl_level":"info"}}'
        ),
    ),
    texts=Texts(
        dialect="beamlens",
        begins=re.compile(_BEGINS.encode(), re.MULTILINE),
        marks=(b'"measurements"', b"beamlens."),
        admits=_admits,
        read=_read,
        tells=b"system_time=",
    ),
    registry=("beamlens-0.3.1", "beamlens-0.4.0"),
    rules=_rules,
    breakdown=Breakdown(
        title="Families",
        facets=("kind", "owner", "status", "name", "trace"),
        groups=("kind", "name", "owner", "status"),
        columns=("status", "owner"),
        series="kind",
        words={"kind": "family", "owner": "operator", "status": "outcome", "name": "event", "trace": "trace id"},
    ),
    stories=(
        Story("operator", "owner", levels=("trace",), through="trace", nests=True),
        Story("trace", "trace", nests=True),
    ),
    sensitive=Sensitive(
        looks=r'beamlens\.|"beamlens"|Beamlens\.',
        keys=(
            *("thought", "thoughts", "code", "result", "results", "response", "notification", "insight"),
            *("snapshot", "snapshots", "reason", "stacktrace", "node"),
        ),
        names=("__struct__",),
        in_texts=True,
    ),
    spans=(
        # A trace is one iteration of an operator: what happens in it happens once, or one after another.
        Spans(
            starts=f"ends_with(event, '.start') OR regexp_matches(event, '{_STAGE}_start$')",
            ends=(
                f"regexp_matches(event, '\\.(stop|exception)$') OR regexp_matches(event, '{_STAGE}_(complete|error)$')"
            ),
            key="regexp_replace(event, '[._][a-z]+$', '') || ' ' || coalesce(span, trace)",
        ),
        # What an operator tells of its end, the coordinator tells once more; only it tells of one that crashed.
        Spans(
            starts="event = 'beamlens.operator.started'",
            ends=f"event = 'beamlens.operator.done' OR {_GONE}",
            key="owner",
        ),
        # An iteration ends with the next one. None goes on in another run; the coordinator is one of its own.
        Spans(
            starts="regexp_matches(event, '^beamlens\\.(operator|coordinator)\\.iteration_start$')",
            ends="regexp_matches(event, '^beamlens\\.(operator|coordinator)\\.(iteration_start|wait|done)$')",
            key=f"CASE WHEN starts_with(event, 'beamlens.coordinator.') AND NOT {_GONE} THEN 'coordinator'"
            " ELSE 'operator ' || owner END",
            in_turn=True,
            cuts=f"regexp_matches(event, '^beamlens\\.(operator|coordinator)\\.started$') OR {_GONE}",
        ),
    ),
)
