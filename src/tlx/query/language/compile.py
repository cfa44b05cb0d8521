"""Terms to one SQL condition. Values are parameters; a filter can name a column and nothing else.

A comparison with a missing value is false, and so is its negation by operator.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

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
_NUMBER = r"\d+(?:\.\d+)?|\.\d+"
_LARGEST = 2**63 - 1


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
        column, value = _smart_case("raw", term.value)
        return f"contains({column}, ?)", (value,)
    name = ALIASES.get(term.field, term.field)
    if name not in EVENT_COLUMNS or name == "raw":
        raise FilterError(_unknown(term.field), term.field_column)
    quantity = EVENT_COLUMNS[name]
    if quantity is Quantity.TEXT:
        return _compare_text(f'"{name}"', term)
    if term.operator not in _ORDERED:
        raise FilterError(f"{term.field} is no text: use = != < <= > or >=", term.value_column)
    number = _READERS[quantity](term.value)
    if number is None or number > _LARGEST:
        raise FilterError(f"expected {_EXPECTED[quantity]}", term.value_column)
    return f'"{name}" {_ORDERED[term.operator]} ?', (number,)


def _unknown(field: str) -> str:
    near = difflib.get_close_matches(field, FIELDS, 1, 0.5)
    hint = f"did you mean {near[0]}?" if near else 'put text to look for in quotes: "…"'
    return f"there is no field {field!r}; {hint}"


def _smart_case(column: str, value: str) -> tuple[str, str]:
    """Compare as typed if a capital was typed, else without regard to case."""
    return (column, value) if value != value.lower() else (f"lower({column})", value)


def _compare_text(column: str, term: Comparison) -> tuple[str, tuple[str | int, ...]]:
    operator, value = term.operator, term.value
    if operator != "==":
        column, value = _smart_case(column, value)
    functions = {"*=": "contains", "^=": "starts_with", "$=": "ends_with"}
    if operator in functions:
        return f"{functions[operator]}({column}, ?)", (value,)
    if operator not in ("=", "==", ":", "!="):
        raise FilterError(f"{term.field} is text: use = != *= ^= or $=", term.value_column)
    return f"{column} {_ORDERED[operator]} ?", (value,)


def _duration(text: str) -> int | None:
    if re.fullmatch(_NUMBER, text):
        return round(float(text) * _DURATION_UNITS["ms"])
    units = "|".join(sorted(_DURATION_UNITS, key=len, reverse=True))
    if not re.fullmatch(rf"(?:(?:{_NUMBER})(?:{units}))+", text):
        return None
    return sum(
        round(float(number) * _DURATION_UNITS[unit]) for number, unit in re.findall(rf"({_NUMBER})({units})", text)
    )


def _size(text: str) -> int | None:
    match = re.fullmatch(rf"({_NUMBER})\s*([a-zA-Z]*)", text)
    if not match or match[2].lower() not in _SIZE_UNITS:
        return None
    return round(float(match[1]) * _SIZE_UNITS[match[2].lower()])


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\d{1,19}", text) else None


def _time(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 10**9 + delta.microseconds * 1000


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
