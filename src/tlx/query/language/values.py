"""What is typed behind an operator, read as what its field measures: exactly, and never through a float.

Durations and times are integers of nanoseconds, sizes integers of bytes; a reader returns None for what it cannot read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal

LARGEST = 2**63 - 1
"""No time or duration of an event is larger."""

_SECOND = 1_000_000_000
_DAY = 86_400 * _SECOND
_DURATION_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": _SECOND,
    "m": 60 * _SECOND,
    "h": 3600 * _SECOND,
}
_SIZE_UNITS = {"b": 1, "kb": 1000, "kib": 1024, "mb": 1000**2, "mib": 1024**2, "gb": 1000**3, "gib": 1024**3}
_KEY_UNITS = {
    "ns": ("_ns", "_nanos"),
    "us": ("_us", "_micros"),
    "ms": ("_ms", "_millis", "Ms", "Millis"),
    "s": ("_s", "_secs", "_seconds"),
}
_NUMBER = r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
_PART = re.compile(rf"({_NUMBER})({'|'.join(sorted(_DURATION_UNITS, key=len, reverse=True))})")
_PARTS = re.compile(rf"(?:{_PART.pattern})+")
_SIZE = re.compile(rf"({_NUMBER})\s*([a-zA-Z]*)")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9](?:\.[0-9]{1,9})?))?")
_COUNTER = re.compile(r"(?:([0-9]{1,6}):)?([0-9]{1,6}):([0-5]?[0-9](?:\.[0-9]{1,9})?)")
_FRACTION = re.compile(r"(?<=:[0-9]{2})[.,]([0-9]{1,9})(?![0-9])")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_DIGITS = 40  # more than any number that is not too large has any use for


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as typed: `ns` since the epoch, since midnight (`clock`), or since the start of a run (`offset`)."""

    ns: int
    clock: bool = False
    offset: bool = False
    after: Moment | None = None
    """The beginning of its range: an offset counts from there, and a clock time is the next one from there on."""

    @property
    def by_run(self) -> bool:
        """Whether it is another moment for each run."""
        return self.clock or (self.offset and (self.after is None or self.after.by_run))

    def ending(self, low: Moment | None) -> Moment:
        """Return this moment as the end of a range that begins at `low`."""
        counts = low is not None and (self.clock or (self.offset and not low.offset))
        return replace(self, after=low) if counts else self

    def precedes(self, low: Moment) -> bool:
        """Return whether it is before the beginning of its range in every run."""
        if self.offset and self.after is not None:
            return self.ns < 0
        return self.ns < low.ns and not self.clock and not low.clock and self.offset == low.offset

    def at(self, start: int, zone: tzinfo) -> int | None:
        """Return the moment in ns since the epoch for a run that starts at `start`.

        A clock time is the one of the day on which the run starts, or, if that was more than half a day before, the
        next: so that the night after a late start can be named.
        """
        begin = self.after.at(start, zone) if self.after is not None else start
        if begin is None:
            return None
        if self.offset:
            return begin + self.ns
        if not self.clock:
            return self.ns
        try:
            earliest = start - _DAY // 2 if self.after is None else begin
            return next(moment for moment in _days(start, self.ns, zone) if moment >= earliest)
        except (OverflowError, StopIteration, ValueError):
            return None


def _days(start: int, of_day: int, zone: tzinfo) -> Iterator[int]:
    """Yield a time of day on the day of `start` and the two days behind it, in ns since the epoch."""
    day = (_EPOCH + timedelta(seconds=start // _SECOND)).astimezone(zone).replace(hour=0, minute=0, second=0, fold=0)
    seconds, rest = divmod(of_day, _SECOND)
    for days in range(3):
        wall = day.replace(tzinfo=None) + timedelta(days=days, seconds=seconds)
        yield _nanoseconds(wall.replace(tzinfo=zone)) + rest


def _nanoseconds(moment: datetime) -> int:
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * _SECOND


def _scaled(number: str, unit: int) -> int:
    """Return a decimal number of units, exactly."""
    return round(Decimal(number) * unit) if len(number) <= _MOST_DIGITS else 2**127


def duration(text: str) -> int | None:
    """Read `2s`, `500ms`, `1m30s`; a bare number is milliseconds."""
    if re.fullmatch(_NUMBER, text):
        return _scaled(text, _DURATION_UNITS["ms"])
    return with_units(text)


def typed_duration(ns: int) -> str:
    """Return a duration as it is typed, exactly: in the largest unit that it is a whole number of."""
    unit = next(unit for unit in ("h", "m", "s", "ms", "us", "ns") if ns % _DURATION_UNITS[unit] == 0)
    return f"{ns // _DURATION_UNITS[unit]}{unit}"


def with_units(text: str) -> int | None:
    """Read a duration whose numbers all have units."""
    if not _PARTS.fullmatch(text):
        return None
    return sum(_scaled(number, _DURATION_UNITS[unit]) for number, unit in _PART.findall(text))


def size(text: str) -> int | None:
    """Read `512`, `10KiB`, `1.5MB`."""
    match = _SIZE.fullmatch(text)
    if not match or (match[2] and match[2].lower() not in _SIZE_UNITS):
        return None
    return _scaled(match[1], _SIZE_UNITS.get(match[2].lower(), 1))


def whole(text: str) -> int | None:
    """Read a number without sign, point or unit."""
    return _scaled(text, 1) if re.fullmatch("[0-9]+", text) else None


def is_decimal(text: str) -> bool:
    """Return whether text is a number as JSON and programs write it, which a float can hold."""
    return _DECIMAL.fullmatch(text) is not None and abs(float(text)) < float("inf")


def measured(text: str, key: str) -> float | int | None:
    """Read the number that a value of a payload is compared with; `key` tells the unit of durations by its ending."""
    if is_decimal(text):
        return int(text) if text.lstrip("+-").isdigit() and len(text) <= _MOST_DIGITS else float(text)
    ns = with_units(text)
    if ns is not None:
        unit = next((unit for unit, endings in _KEY_UNITS.items() if key.endswith(endings)), None)
        return float(Decimal(ns) / _DURATION_UNITS[unit]) if unit else None
    return size(text)


def moment(text: str, zone: tzinfo) -> Moment | None:
    """Read a time: `10:30`, `+90s`, `2026-11-20T10:00Z`; without an offset it is in `zone`."""
    if text[:1] in ("+", "-"):
        ns = _offset(text[1:])
        return None if ns is None else Moment(-ns if text[0] == "-" else ns, offset=True)
    if match := _CLOCK.fullmatch(text):
        return Moment(_counted(match), clock=True)
    ns = _instant(text, zone)
    return None if ns is None else Moment(ns)


def _offset(text: str) -> int | None:
    """Read a duration, or the `12:03.5` of an axis."""
    match = _COUNTER.fullmatch(text)
    if not match:
        return duration(text)
    hours, minutes, seconds = match.groups()
    return (int(hours or 0) * 3600 + int(minutes) * 60) * _SECOND + _scaled(seconds, _SECOND)


def _counted(match: re.Match[str]) -> int:
    return (int(match[1]) * 3600 + int(match[2]) * 60) * _SECOND + _scaled(match[3] or "0", _SECOND)


def _instant(text: str, zone: tzinfo) -> int | None:
    fraction = _FRACTION.search(text)
    if fraction:  # datetime would round it to microseconds
        text = text[: fraction.start()] + text[fraction.end() :]
    try:
        found = datetime.fromisoformat(text)
        if found.microsecond:
            return None
        ns = _nanoseconds(found if found.tzinfo else found.replace(tzinfo=zone))
    except (OverflowError, ValueError):
        return None
    return ns + (int(f"{fraction[1]:0<9}") if fraction else 0)
