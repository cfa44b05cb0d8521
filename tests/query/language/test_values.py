"""Durations, sizes and times as they are typed."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlx.query.language import values

S = 10**9
BERLIN = ZoneInfo("Europe/Berlin")


@given(ns=st.one_of(st.integers(0, values.LARGEST), st.integers(0, 10**6).map(lambda n: n * S)))
def test_durations_are_written_exactly(ns):
    """A duration that is written is read as the same, and in the shortest way."""
    assert values.duration(values.typed_duration(ns)) == ns


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("0", 0),
        ("1", 10**6),
        ("1.5", 1_500_000),
        ("1h2m3s4ms5us6ns", 3_723_004_005_006),
        ("1m30s", 90 * S),
        ("0.1ns", 0),
        ("5µs", 5000),
        ("5μs", 5000),
        ("", None),
        ("s", None),
        ("1 s", None),
        ("1s ", None),
        ("1d", None),
        ("-1s", None),
        ("1e3", None),
        ("\u0661s", None),
        ("1s\n", None),
    ],
)
def test_durations(text, ns):
    """Durations are numbers with units, or one number of milliseconds; anything else is none."""
    assert values.duration(text) == ns


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("5b", 5),
        ("1kB", 1000),
        ("1KiB", 1024),
        ("1.5 MiB", 1_572_864),
        ("2GB", 2 * 10**9),
        ("1TiB", None),
        ("k", None),
    ],
)
def test_sizes(text, size):
    """Sizes are numbers with or without a unit, in any case."""
    assert values.size(text) == size


def ns(*when, zone=UTC):
    """Return a moment in ns."""
    return int(datetime(*when, tzinfo=zone).timestamp()) * S


@pytest.mark.parametrize(
    ("text", "start", "wanted"),
    [
        ("10:30", ns(2026, 2, 17, 9), ns(2026, 2, 17, 10, 30)),
        ("10:30", ns(2026, 2, 17, 22, 29), ns(2026, 2, 17, 10, 30)),
        ("10:30", ns(2026, 2, 17, 22, 31), ns(2026, 2, 18, 10, 30)),
        ("0:05:01.25", ns(2026, 2, 17, 23, 50), ns(2026, 2, 18, 0, 5, 1) + S // 4),
        ("23:55", ns(2026, 2, 17, 0, 10), ns(2026, 2, 17, 23, 55)),
        ("+90s", 5, 90 * S + 5),
        ("+1:30", 5, 90 * S + 5),
        ("-1:00:00.5", 0, -3600 * S - S // 2),
        ("+250", 0, 250 * 10**6),
        ("2026-02-17", 5, ns(2026, 2, 17)),
        ("2026-02-17T10:00+01:00", 5, ns(2026, 2, 17, 9)),
    ],
)
def test_moments(text, start, wanted):
    """A clock shows a time on the day of the start, or on the next; what has a sign counts from the start."""
    assert values.moment(text, UTC).at(start, UTC) == wanted


@pytest.mark.parametrize(
    ("text", "start", "wanted"),
    [
        ("3:30", ns(2026, 3, 29, 0, 30, zone=BERLIN), ns(2026, 3, 29, 1, 30)),
        ("1:30", ns(2026, 3, 29, 0, 30, zone=BERLIN), ns(2026, 3, 29, 0, 30)),
        ("0:30", ns(2026, 3, 28, 22, 0, zone=BERLIN), ns(2026, 3, 28, 23, 30)),
        ("4:00", ns(2026, 3, 28, 22, 0, zone=BERLIN), ns(2026, 3, 29, 2, 0)),
        ("4:00", ns(2026, 10, 24, 22, 0, zone=BERLIN), ns(2026, 10, 25, 3, 0)),
        ("2026-07-01T12:00", 0, ns(2026, 7, 1, 10)),
    ],
)
def test_clocks_keep_summer_time(text, start, wanted):
    """Where the zone changes its clocks, a time is the one that they show."""
    assert values.moment(text, BERLIN).at(start, BERLIN) == wanted


@pytest.mark.parametrize(
    "text", ["", "+", "24:00", "10", "1:2", "10:60", "+-1s", "2026-02-30", "2026-02-17T10:00:00.1234567891Z", "now"]
)
def test_what_is_no_moment(text):
    """What is no time is none."""
    assert values.moment(text, UTC) is None


@pytest.mark.parametrize(
    ("text", "key", "number"),
    [
        ("3", "x", 3),
        ("-3.5e2", "x", -350.0),
        ("+9007199254740993", "x", 9007199254740993),
        ("10KiB", "x", 10240),
        ("2s", "x", None),
        ("2s", "wait_ms", 2000),
        ("2s", "waitMillis", 2000),
        ("1ms", "wait_seconds", 0.001),
        ("1s", "wait_ns", S),
        ("1e999", "x", None),
        ("abc", "x", None),
        ("0x10", "x", None),
    ],
)
def test_what_a_payload_is_compared_with(text, key, number):
    """A number, a size, or a duration in the unit that the key names."""
    assert values.measured(text, key) == number
