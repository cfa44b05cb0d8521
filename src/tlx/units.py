"""Numbers and log text as a person reads them; both heads print through here.

Times are integers of nanoseconds since the Unix epoch, durations integers of nanoseconds, sizes integers of bytes.
"""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime, timedelta

NS_PER_US = 1_000
NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000
MISSING = "–"
"""Stands for an absent value: absent is neither zero nor empty."""

_MINUTE = 60
_HOUR = 3600
_DAY = 86400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Controls, line and paragraph separators, lone surrogates, and every format character that draws nothing: zero-width,
# bidirectional, annotation, shorthand, musical and tag controls. (Arabic number signs are format characters that draw.)
_UNSAFE = (
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f]"
)


def visible(text: str) -> str:
    r"""Return text of a log with every control character shown, so that none can reach the terminal.

    C0 controls become their pictures (ESC is ␛), the rest `\\u` escapes. Markup characters are left as they are:
    they are literal as long as the caller never parses markup.
    """
    if text.isprintable():  # which no character is that the pattern finds
        return text
    return re.sub(_UNSAFE, _picture, text)  # compiled when it is first needed


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:  # noqa: PLR2004  the C0 block
        return chr(0x2400 + code)
    if code == 0x7F:  # noqa: PLR2004  DEL
        return "␡"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004  the basic plane


def duration(ns: int | None) -> str:  # noqa: PLR0911  one for each range
    """Return a duration in at most three significant digits: `1.53s`, `12m03s`, `2h05m`, `840µs`."""
    if ns is None:
        return MISSING
    sign, ns = ("-", -ns) if ns < 0 else ("", ns)
    if ns == 0:
        return "0ms"
    for unit, length, limit in (
        ("ns", 1, NS_PER_US),
        ("µs", NS_PER_US, NS_PER_MS),
        ("ms", NS_PER_MS, NS_PER_S),
    ):
        if ns < limit:
            return f"{sign}{_three(ns / length, ceiling=999)}{unit}"
    seconds = ns / NS_PER_S
    if seconds < 59.95:  # noqa: PLR2004  what would print as 60.0s is a minute
        return f"{sign}{_three(seconds)}s"
    whole = round(seconds)
    if whole < _HOUR:
        return f"{sign}{whole // _MINUTE}m{whole % _MINUTE:02}s"
    minutes = round(seconds / _MINUTE)
    if minutes < 2 * _DAY // _MINUTE:
        return f"{sign}{minutes // 60:,}h{minutes % 60:02}m"
    hours = round(seconds / _HOUR)
    return f"{sign}{hours // 24:,}d{hours % 24:02}h"


def _three(value: float, ceiling: float = float("inf")) -> str:
    """Three significant digits without trailing zeros' noise; never more than `ceiling`, so 999.9µs stays µs."""
    value = min(value, ceiling)
    if value >= 99.95:  # noqa: PLR2004
        return f"{value:.0f}"
    if value >= 9.995:  # noqa: PLR2004
        return f"{value:.1f}".removesuffix(".0")
    return f"{value:.2f}".removesuffix(".00")


def size(count: int | None) -> str:
    """Return bytes in binary units: `512 B`, `1.5 KiB`, `700 MiB`."""
    if count is None:
        return MISSING
    if abs(count) < 1024:  # noqa: PLR2004
        return f"{count} B"
    value, unit = float(count), ""
    for unit in ("KiB", "MiB", "GiB", "TiB", "PiB"):  # noqa: B007  the last one tried is the one printed
        value /= 1024
        if abs(value) < 1023.5:  # noqa: PLR2004  what would print as 1024 takes the next unit
            break
    return f"{_three(value)} {unit}"


def count(number: int | None) -> str:
    """Return an integer with thousands separated: `1,000,001`."""
    return MISSING if number is None else f"{number:,}"


def share(part: float, whole: float) -> str:
    """Return a percentage of the whole: `41%`, `3.4%`, `<0.1%`; the missing sign where there is no whole."""
    if not whole:
        return MISSING
    percent = 100 * part / whole
    if 0 < percent < 0.1:  # noqa: PLR2004
        return "<0.1%"
    return f"{percent:.0f}%" if percent >= 9.95 or percent == 0 else f"{percent:.1f}%"  # noqa: PLR2004


def rfc3339(time_ns: int | None) -> str | None:
    """Return UTC time with as many fraction digits as it needs (0, 3, 6 or 9), or None."""
    if time_ns is None:
        return None
    seconds, fraction = divmod(time_ns, NS_PER_S)
    try:
        text = _to_the_second(seconds)
    except OverflowError:
        return None
    if fraction:
        digits = f"{fraction:09}"
        while digits.endswith("000"):
            digits = digits[:-3]
        text += "." + digits
    return text + "Z"


@functools.lru_cache(1024)
def _to_the_second(seconds: int) -> str:
    """A time without its fraction; those of a log are near one another."""
    text = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    return text.rjust(19, "0")  # strftime does not pad years below 1000


def clock(time_ns: int | None, digits: int = 3) -> str:
    """Return the UTC time of day with `digits` of its fraction: `10:30:02.125`."""
    if time_ns is None:
        return MISSING
    seconds, fraction = divmod(time_ns, NS_PER_S)
    of_day = seconds % _DAY
    text = f"{of_day // _HOUR:02}:{of_day % _HOUR // _MINUTE:02}:{of_day % _MINUTE:02}"
    return f"{text}.{f'{fraction:09}'[:digits]}" if digits else text


def since(offset_ns: int | None, digits: int = 1) -> str:
    """Return an offset from the start of a run: `+0:01.5`, `+12:03.0`, `+1:02:03.0`; negative before it."""
    if offset_ns is None:
        return MISSING
    sign, offset_ns = ("-", -offset_ns) if offset_ns < 0 else ("+", offset_ns)
    seconds, fraction = divmod(offset_ns, NS_PER_S)
    text = f"{seconds % _HOUR // _MINUTE}:{seconds % _MINUTE:02}"
    if seconds >= _HOUR:
        text = f"{seconds // _HOUR}:{seconds % _HOUR // _MINUTE:02}:{seconds % _MINUTE:02}"
    return sign + (f"{text}.{f'{fraction:09}'[:digits]}" if digits else text)


def explain(key: str, value: object) -> str | None:
    """Return what a number of a log measures, told by the name of its key, or None where the name does not say."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 63:
        return None
    if key in ("epoch_millis", "timestamp_ms", "time_ms"):
        return rfc3339(value * NS_PER_MS)
    for ending, unit in (
        ("_millis", NS_PER_MS),
        ("_ms", NS_PER_MS),
        ("_us", NS_PER_US),
        ("_micros", NS_PER_US),
    ):
        if key.endswith(ending):
            return duration(value * unit)
    if key.endswith(("_ns", "_nanos")):
        return duration(value)
    return size(value) if key.endswith(("_size", "_bytes")) else None


def said(error: BaseException, *, whole: bool = False) -> str:
    """Return what an error says. Others than tlx's own and the system's may quote a log: `whole` tells these too."""
    name, words = type(error).__name__, str(error)
    is_ours = type(error).__module__.startswith("tlx.") or isinstance(error, OSError)
    return words or name if whole or is_ours else f"{name} (what it says may be of a log; --reveal keeps it)"
