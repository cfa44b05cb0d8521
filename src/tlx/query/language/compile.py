"""Terms to one SQL condition. Values are parameters; a filter can name a column and nothing else.

A comparison with a missing value is false, and so is its negation by operator.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from tlx.model import EVENT_COLUMNS, Quantity
from tlx.query.language.parse import Comparison, FilterError, Term, Text, parse

ALIASES = {
    "duration": "duration_ns",
    "dur": "duration_ns",
    "exec": "execution_kind",
    "cat": "category",
    "size": "output_size",
    "mat": "input_materialization_ns",
    "input_materialization": "input_materialization_ns",
}
"""Short names of fields. `identifier` has none here: `id` is the arrival number."""

FIELDS = tuple(sorted({*EVENT_COLUMNS, *ALIASES} - {"raw"}))
"""Every name that a filter may compare."""

_DURATION_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_SIZE_UNITS = {
    "": 1,
    "b": 1,
    "kb": 1000,
    "kib": 1024,
    "mb": 1000**2,
    "mib": 1024**2,
    "gb": 1000**3,
    "gib": 1024**3,
}
_ORDERED = {"=": "=", "==": "=", ":": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_NUMBER = r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+"
_FRACTION = re.compile(r"(?<=:[0-9]{2})[.,]([0-9]{1,9})(?![0-9])")
_LARGEST = {Quantity.SIZE: 2**64 - 1}
_LARGEST_SIGNED = 2**63 - 1
_MOST_DIGITS = 40  # more than any number that is not too large has any use for


@dataclass(frozen=True)
class Condition:
    """A filter as typed, and as an SQL condition with its values; without `sql` every event passes."""

    text: str = ""
    sql: str = ""
    values: tuple[str | int, ...] = ()


def compile_filter(text: str) -> Condition:
    """Return the condition that a filter text means.

    Raises:
        FilterError: it cannot be understood; the message says what was expected.
    """
    compiled = [_compile(term) for term in parse(text)]
    sql = " AND ".join(f"coalesce({part}, false)" for part, _ in compiled)
    return Condition(text.strip(), sql, tuple(value for _, values in compiled for value in values))


def _compile(term: Term) -> tuple[str, tuple[str | int, ...]]:
    if isinstance(term, Text):
        return _find(term.value)
    name = ALIASES.get(term.field, term.field)
    if name not in EVENT_COLUMNS or name == "raw":
        raise FilterError(_unknown(term.field), term.field_column)
    quantity = EVENT_COLUMNS[name]
    if quantity is Quantity.TEXT:
        return _compare_text(f'"{name}"', term)
    if term.operator not in _ORDERED:
        raise FilterError(f"{term.field} is no text: use = != < <= > or >=", term.value_column)
    number = _READERS[quantity](term.value)
    if number is None:
        raise FilterError(f"expected {_EXPECTED[quantity]}", term.value_column)
    if number > _LARGEST.get(quantity, _LARGEST_SIGNED):
        raise FilterError("this is too large for any event", term.value_column)
    return f'"{name}" {_ORDERED[term.operator]} ?', (number,)


def _unknown(field: str) -> str:
    near = difflib.get_close_matches(field, FIELDS, 1, 0.5)
    hint = f"did you mean {near[0]}?" if near else 'put text to look for in quotes: "…"'
    return f"there is no field {field!r}; {hint}"


def _find(value: str) -> tuple[str, tuple[str, ...]]:
    """Look for text in the line, as it is and as JSON may have escaped it."""
    forms = tuple(dict.fromkeys((value, json.dumps(value, ensure_ascii=False)[1:-1], json.dumps(value)[1:-1])))
    line, parameter = _smart_case("raw", value)
    return "(" + " OR ".join([f"contains({line}, {parameter})"] * len(forms)) + ")", forms


def _smart_case(column: str, value: str) -> tuple[str, str]:
    """Return SQL for a column and its parameter: as typed if a capital was typed, else without regard to case.

    Both sides are lowered by the store, whose letters may be newer than Python's.
    """
    return (column, "?") if value != value.lower() else (f"lower({column})", "lower(?)")


def _compare_text(column: str, term: Comparison) -> tuple[str, tuple[str | int, ...]]:
    operator, parameter = term.operator, "?"
    if operator != "==":
        column, parameter = _smart_case(column, term.value)
    functions = {"*=": "contains", "^=": "starts_with", "$=": "ends_with"}
    if operator in functions:
        return f"{functions[operator]}({column}, {parameter})", (term.value,)
    if operator not in ("=", "==", ":", "!="):
        raise FilterError(f"{term.field} is text: use = != *= ^= or $=", term.value_column)
    return f"{column} {_ORDERED[operator]} {parameter}", (term.value,)


def _scaled(number: str, unit: int) -> int:
    """Return a decimal number of units, exactly."""
    return round(Decimal(number) * unit) if len(number) <= _MOST_DIGITS else 2**64


def _duration(text: str) -> int | None:
    if re.fullmatch(_NUMBER, text):
        return _scaled(text, _DURATION_UNITS["ms"])
    units = "|".join(sorted(_DURATION_UNITS, key=len, reverse=True))
    if not re.fullmatch(rf"(?:(?:{_NUMBER})(?:{units}))+", text):
        return None
    return sum(_scaled(number, _DURATION_UNITS[unit]) for number, unit in re.findall(rf"({_NUMBER})({units})", text))


def _size(text: str) -> int | None:
    match = re.fullmatch(rf"({_NUMBER})\s*([a-zA-Z]*)", text)
    if not match or match[2].lower() not in _SIZE_UNITS:
        return None
    return _scaled(match[1], _SIZE_UNITS[match[2].lower()])


def _number(text: str) -> int | None:
    return _scaled(text, 1) if re.fullmatch("[0-9]+", text) else None


def _time(text: str) -> int | None:
    fraction = _FRACTION.search(text)
    if fraction:  # datetime would round it to microseconds
        text = text[: fraction.start()] + text[fraction.end() :]
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.microsecond:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 10**9 + (int(f"{fraction[1]:0<9}") if fraction else 0)


_READERS: dict[Quantity, Callable[[str], int | None]] = {
    Quantity.DURATION: _duration,
    Quantity.SIZE: _size,
    Quantity.NUMBER: _number,
    Quantity.TIME: _time,
}
_EXPECTED = {
    Quantity.DURATION: "a duration such as 2s, 500ms or 1m30s",
    Quantity.SIZE: "a size such as 512, 10KiB or 1.5MB",
    Quantity.NUMBER: "a whole number",
    Quantity.TIME: "a time such as 2026-11-20T10:00:00Z",
}
