"""What filters mean, in plain Python over decoded lines. Written from the description of the language, apart from tlx.

A meaning is a function from an event (its columns by name, with the line as `raw`) to true or false.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

MISSING = object()
ORDERED = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    "==": lambda a, b: a == b,
    ":": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
TEXTS = {
    "=": lambda a, b: a == b,
    ":": lambda a, b: a == b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "*=": lambda a, b: b in a,
    "^=": lambda a, b: a.startswith(b),
    "$=": lambda a, b: a.endswith(b),
}
NUMERIC = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def lowered(text):
    """Return text in lower case, character by character."""
    return "".join(character.lower()[0] for character in text)


def has_capital(text):
    """Return whether smart case makes case count."""
    return any(character.lower() != character for character in text)


def compare_text(found, operator, value):
    """Return what a comparison with text says of text that is there."""
    if operator != "==" and not has_capital(value):
        found = lowered(found)
    return TEXTS[operator](found, value)


# Columns


def text_column(field, operator, value):
    """Return the meaning of `field operator value` for a text."""
    return lambda event: event[field] is not None and compare_text(event[field], operator, value)


def number_column(field, operator, value):
    """Return the meaning of `field operator value` for a measure."""
    return lambda event: event[field] is not None and ORDERED[operator](event[field], value)


def time_column(field, operator, moment):
    """Return the meaning of `field operator value` for a time; `moment` tells it for an event, or None."""

    def holds(event):
        at = moment(event)
        return None not in (event[field], at) and ORDERED[operator](event[field], at)

    return holds


def column_in(field, equals, *, negated):
    """Return the meaning of a set; `equals` has a meaning for each member."""
    return lambda event: event[field] is not None and any(same(event) for same in equals) != negated


def matches(field, pattern, *, exact, negated):
    """Return the meaning of a regular expression on a column."""
    compiled = re.compile(pattern, 0 if exact else re.IGNORECASE)
    return lambda event: event[field] is not None and (compiled.search(event[field]) is not None) != negated


def present(field, *, wanted):
    """Return the meaning of exists() and missing() for a column."""
    return lambda event: (event[field] is not None) == wanted


# Payloads


def follow(value, keys):
    """Return what stands at the end of a path, or MISSING."""
    for key in keys:
        if isinstance(key, str):
            value = value.get(key, MISSING) if isinstance(value, dict) else MISSING
        else:
            inside = isinstance(value, list) and -len(value) <= key < len(value)
            value = value[key] if inside else MISSING
        if value is MISSING:
            break
    return value


def first_of_each(pairs):
    """Of equal keys the first one counts."""
    found = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found


def found_at(event, keys, root, roots=None):
    """Return all that stands at a path in the places where it may begin."""
    record = json.loads(event["raw"], object_pairs_hook=first_of_each)
    if root:
        begins = [record]
    elif roots is not None:
        begins = [follow(record, prefix) for prefix in roots]
    else:
        order = json.loads(event["raw"], object_pairs_hook=list)
        names = list(dict.fromkeys(name for name, _ in order))
        begins = [record, *(record[name] for name in names if isinstance(record[name], dict))]
    return [value for value in (follow(begin, keys) for begin in begins) if value is not MISSING]


def value_at(event, keys, root, roots=None):
    """Return the first value at a path that is not null, or None."""
    return next((value for value in found_at(event, keys, root, roots) if value is not None), None)


def as_text(value):
    """Return a JSON value as comparisons see it."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def as_number(value):
    """Return the number that a JSON value is or that its text says, or None."""
    if isinstance(value, (bool, dict, list)):
        return None
    if isinstance(value, str):
        if not NUMERIC.fullmatch(value):
            return None
        value = int(value) if re.fullmatch(r"\s*[+-]?\d+\s*", value, re.ASCII) else float(value)
    return None if abs(value) == float("inf") else value


def numbers_compare(found, operator, value):
    """Compare whole numbers exactly, others as floats."""
    if not (isinstance(found, int) and isinstance(value, int)):
        found, value = float(found), float(value)
    return ORDERED[operator](found, value)


def payload(place, operator, value):
    """Return the meaning of a comparison at a path; `place` is keys, whether from the root, and roots."""

    def holds(event):
        found = value_at(event, *place)
        if found is None:
            return operator in ("=", ":", "==") and value == "null" and None in found_at(event, *place)
        return payload_compare(found, operator, value)

    return holds


def payload_compare(found, operator, value):
    """Compare a value that is there."""
    if operator != "==" and operator in ORDERED and NUMERIC.fullmatch(value) and value.strip() == value:
        number, wanted = as_number(found), as_number(value)
        if wanted is not None:
            if operator == "!=":
                return number is None or numbers_compare(number, "!=", wanted)
            return number is not None and numbers_compare(number, operator, wanted)
    return compare_text(as_text(found), operator, value)


def payload_in(place, values, *, negated):
    """Return the meaning of a set at a path."""

    def holds(event):
        found = value_at(event, *place)
        if found is None:
            return not negated and "null" in values and None in found_at(event, *place)
        return any(payload_compare(found, "=", value) for value in values) != negated

    return holds


def payload_matches(place, pattern, *, exact, negated):
    """Return the meaning of a regular expression at a path."""
    compiled = re.compile(pattern, 0 if exact else re.IGNORECASE)

    def holds(event):
        found = value_at(event, *place)
        return found is not None and (compiled.search(as_text(found)) is not None) != negated

    return holds


def payload_present(place, *, wanted):
    """Return the meaning of exists() and missing() at a path."""
    return lambda event: bool(found_at(event, *place)) == wanted


# Text anywhere


def readings(line, at):
    """Yield the characters that stand at a place of a line, as written and as JSON means them, with their lengths."""
    yield line[at], 1
    if line[at] != "\\":
        return
    escape = re.compile(r"\\u([0-9a-fA-F]{4})").match(line, at)
    if escape:
        unit = int(escape[1], 16)
        pair = re.compile(r"\\u([dD][c-fC-F][0-9a-fA-F]{2})").match(line, at + 6)
        if 0xD800 <= unit < 0xDC00 and pair:
            yield chr(0x10000 + (unit - 0xD800) * 0x400 + int(pair[1], 16) - 0xDC00), 12
        elif not 0xD800 <= unit < 0xE000:
            yield chr(unit), 6
    elif at + 1 < len(line):
        yield ESCAPES.get(line[at + 1], line[at + 1]), 2


def holds_text(value):
    """Return the meaning of a word or phrase."""
    exact = has_capital(value)

    def same(a, b):
        return a == b if exact else a.lower() == b.lower()

    def holds(event):
        line = event["raw"]
        ends = set(range(len(line) + 1))
        for character in value:
            ends = {
                at + length
                for at in ends
                if at < len(line)
                for read, length in readings(line, at)
                if same(read, character)
            }
        return bool(ends)

    return holds


# Times


def nanoseconds(moment):
    """Return a moment in ns since the epoch."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000


def clock(hour, minute, second, zone, starts):
    """Return when a clock shows a time, for an event: on the day its run starts, or the next if 12 hours before."""

    def moment(event):
        start = starts.get(event["run"])
        if start is None:
            return None
        day = datetime.fromtimestamp(start // 10**9, zone)
        shown = day.replace(hour=hour, minute=minute, second=second, microsecond=0, fold=0)
        if nanoseconds(shown) < start - 12 * 3600 * 10**9:
            shown = (shown.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=zone)
        return nanoseconds(shown)

    return moment


def from_start(offset, starts):
    """Return a time from the start of an event's run."""
    return lambda event: None if event["run"] not in starts else starts[event["run"]] + offset
