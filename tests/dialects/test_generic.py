"""JSON lines of no known dialect: well-known names are guessed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

NS = 10**9


def event(shelf: Any, **fields: Any) -> dict[str, Any]:
    """The event that a record of `fields` becomes."""
    found: dict[str, Any] = shelf.event(json.dumps(fields).encode())
    assert found["dialect"] == "generic"
    return found


@pytest.mark.parametrize("name", ["timestamp", "time", "ts", "at", "@timestamp"])
def test_names_of_times(shelf: Any, name: str) -> None:
    """The time is found under any of its usual names."""
    assert event(shelf, **{name: "1970-01-01T00:00:01Z"})["time"] == NS


@pytest.mark.parametrize(
    ("value", "ns"),
    [
        (1758580983, 1758580983 * NS),
        (1758580983.25, 1758580983_250_000_000),
        (1758580983652, 1758580983_652_000_000),
        (1758580983652229, 1758580983_652_229_000),
        (1758580983652229323, 1758580983_652_229_323),
        ("1758580983.25", 1758580983_250_000_000),
        (2**63 - 1, 2**63 - 1),
        (0, 0),
        (-1, None),
        (2**63, None),
        (1e300, None),
        (True, None),
        (None, None),
        ("soon", None),
        ("", None),
        ([1], None),
        ({}, None),
        ("9999-12-31T00:00:00Z", None),
        ("infinity", None),
    ],
)
def test_values_of_times(shelf: Any, value: Any, ns: int | None) -> None:
    """Seconds, ms, us and ns are told by magnitude; what is no time, or none that ns can hold, is unknown."""
    assert event(shelf, ts=value)["time"] == ns


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("2026-11-20T10:00:00Z", 1_795_168_800 * NS),
        ("2026-11-20T10:00:00", 1_795_168_800 * NS),
        ("2026-11-20 10:00:00", 1_795_168_800 * NS),
        ("2026-11-20T10:00:00+02:00", 1_795_161_600 * NS),
        ("2026-11-20T10:00:00-0530", 1_795_188_600 * NS),
        ("2026-11-20T10:00:00.123456789Z", 1_795_168_800_123_456_789),
        ("2026-11-20T10:00:00.123456789-05:30", 1_795_188_600_123_456_789),
    ],
)
def test_zones(shelf: Any, text: str, ns: int) -> None:
    """An offset from UTC is heeded, to the nanosecond; a time without one is UTC."""
    assert event(shelf, timestamp=text)["time"] == ns


@given(
    st.datetimes(datetime(1970, 1, 3), datetime(2262, 1, 1)),  # noqa: DTZ001  a zone is drawn beside it
    st.integers(-14 * 60, 14 * 60),
)
def test_any_rfc_3339(shelf: Any, moment: datetime, minutes: int) -> None:
    """Python and tlx agree on any RFC 3339 time in any zone."""
    moment = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    expected = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000
    assert event(shelf, timestamp=moment.isoformat())["time"] == expected


@pytest.mark.parametrize(
    ("name", "value", "ns"),
    [
        ("duration_ns", 5, 5),
        ("duration_us", 5, 5_000),
        ("duration_ms", 1.5, 1_500_000),
        ("duration_s", "2", 2 * NS),
        ("duration_s", -1, None),
        ("duration_s", 1e30, None),
        ("duration_ns", 3.3e18, None),
        ("duration_ms", "nan", None),
        ("duration_ms", "inf", None),
        ("duration_ms", [1], None),
        ("duration_ms", None, None),
    ],
)
def test_durations(shelf: Any, name: str, value: Any, ns: int | None) -> None:
    """The unit is in the name; what is no duration is unknown. With a time there is a start."""
    found = event(shelf, ts=1758580983, **{name: value})
    assert found["duration_ns"] == ns
    assert found["start"] == (None if ns is None else 1758580983 * NS - ns)


def test_words(shelf: Any) -> None:
    """Event, name, level, status and ids have their columns."""
    found = event(
        shelf, type="request", message="GET /", level="info", status="ok", trace_id="t", span_id="s", severity="x"
    )
    assert {key: found[key] for key in ("event", "name", "kind", "status", "trace", "span")} == {
        "event": "request",
        "name": "GET /",
        "kind": "info",
        "status": "ok",
        "trace": "t",
        "span": "s",
    }


def test_nothing_known(shelf: Any) -> None:
    """A record with none of the names is an event all the same, its raw line kept."""
    found = event(shelf, x={"y": [1, 2]})
    assert found["raw"] == '{"x": {"y": [1, 2]}}'
    assert (found["name"], found["time"], found["event"]) == (None, None, None)


@pytest.mark.parametrize("stamp", ["2262-04-11T23:47:16-12:00", "1677-09-21T00:12:44+14:00"])
def test_a_time_that_its_zone_leads_beyond_all_bounds(shelf: Any, stamp: str) -> None:
    """Such a time is none; what else the line says stays."""
    found = shelf.event(json.dumps({"timestamp": stamp, "message": "m", "duration_ms": 2}).encode())
    assert [found[name] for name in ("name", "time", "start", "duration_ns")] == ["m", None, None, 2_000_000]


def test_no_digit_of_nanoseconds_is_lost(shelf: Any) -> None:
    """A duration in ns that a floating-point number does not hold stays what it is."""
    assert shelf.event(b'{"duration_ns":9007199254740993}')["duration_ns"] == 9_007_199_254_740_993
