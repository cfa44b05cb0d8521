"""What a line of the inspector says: a key, what its value measures, the value as it stands. Literal throughout."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from tlx import units
from tlx.model import EVENT_COLUMNS, Quantity
from tlx.query.whole.record import Exact, atom, unmistakable
from tlx.tui import palette
from tlx.tui.panes.inspector.outline import KEY_WIDTH, Line, Sort

ABSENT = "absent"
NULL = "null in the line"
"""In place of a field that the line has without a value."""
OUTCOMES = {
    "status-ok": "ok",
    "kind-7": "ok",
    "status-failed": "failed",
    "status-warning": "warning",
    "status-open": "open",
}
"""The suffixes of component classes by the styles of outcomes."""
SHORT = {"duration_ns": "duration", "input_materialization_ns": "materialized", "output_size": "output"}
"""Names of columns that are shorter than their own; their values name their units."""
_QUANTITIES = {SHORT.get(name, name): quantity for name, quantity in EVENT_COLUMNS.items()}
_MOST_SHOWN = 1_000
"""Characters of a text of which a line is made; there are no wider screens."""
_LONG = 300
"""Characters of a text whose amount is worth more than its begin."""
_UNITS: dict[Quantity, Callable[[int], str]] = {
    Quantity.DURATION: units.duration,
    Quantity.SIZE: units.size,
    Quantity.TIME: units.clock,
}


class Part(NamedTuple):
    """Some text of a line, and the suffix of the component class that it looks like."""

    text: str
    look: str = ""


def explained(key: str, value: Any, *, is_column: bool) -> str | None:
    """Return what a value measures as a person reads it, or None where that is not known."""
    if not is_column or key not in _QUANTITIES:
        return units.explain(key, value)
    printer = _UNITS.get(_QUANTITIES.get(key, Quantity.TEXT))
    return printer(value) if printer and isinstance(value, int) else None


def parts_of(line: Line, sort: Sort) -> list[Part]:
    """Return what a line says; `sort` is that of the outermost line in which it stands."""
    if line.is_piece:
        return [Part("  " * (len(line.place) - 1)), Part(units.visible(line.value))]
    sign = {None: "  ", True: "▾ ", False: "▸ "}[line.is_open]
    outermost = len(line.place) == 1
    key = units.visible(line.key[:_MOST_SHOWN])
    parts = [Part("  " * (len(line.place) - 1)), Part(sign, "sign")]
    if outermost and sort in (Sort.PAYLOAD, Sort.RAW):
        return [*parts, Part(key, "title"), Part("  "), Part(_amount(line.value), "dim")]
    parts += [Part(key.ljust(KEY_WIDTH) if outermost else key, "key"), Part(" " if outermost else "  ")]
    if sort is Sort.ABSENT:
        return [*parts, Part(f"({line.value or ABSENT})", "nothing")]
    return parts + _value(line, outermost)


def _value(line: Line, is_column: bool) -> list[Part]:  # noqa: FBT001  a part of `parts_of`
    value = line.value
    if isinstance(value, dict | list) and value:
        return [Part(_amount(value), "dim")]
    if value is None or value in ("", {}, []):
        return [Part(atom(value), "nothing") if not isinstance(value, dict | list) else Part(repr(value), "nothing")]
    if isinstance(value, str):
        shown = units.visible(unmistakable(value)[:_MOST_SHOWN])
        if line.is_open is None:
            return [*_sign(line.key, value, is_column=is_column), Part(shown)]
        if line.is_open:
            return [Part(_amount(value), "dim")]
        return [Part(f"{_amount(value)}  ", "dim"), Part(shown)] if len(value) > _LONG else [Part(shown)]
    said = explained(line.key, value, is_column=is_column)
    raw = str(value) if isinstance(value, Exact) else atom(value)
    if is_column and _QUANTITIES.get(line.key) is Quantity.TIME:
        raw = units.rfc3339(value) or raw
    shown = raw if len(raw) <= _MOST_SHOWN else f"{raw[:_MOST_SHOWN]}…"
    return [Part(f"{said}  ", "units"), Part(shown, "dim")] if said else [Part(shown, "number")]


def _sign(key: str, value: str, *, is_column: bool) -> list[Part]:
    """The sign of an outcome or a level, where it has one."""
    look = palette.status_look(value) if is_column and key in ("status", "level") else None
    if look is None or look.style not in OUTCOMES:
        return []
    return [Part(f"{look.mark} ", OUTCOMES[look.style])]


def _amount(value: Any) -> str:
    """How much there is in a value."""
    if isinstance(value, str):
        return f"{units.count(len(value))} characters"
    if not isinstance(value, dict | list):
        return atom(value)
    noun = "key" if isinstance(value, dict) else "item"
    return f"{units.count(len(value))} {noun}{'' if len(value) == 1 else 's'}"


def marked(parts: Iterable[Part], wanted: re.Pattern[str] | None) -> list[Part]:
    """Return the parts of a line with what was searched for in parts of its own."""
    return list(parts) if wanted is None else [piece for part in parts for piece in _marked(part, wanted)]


def _marked(part: Part, wanted: re.Pattern[str]) -> Iterable[Part]:
    end = 0
    for match in wanted.finditer(part.text):
        yield Part(part.text[end : match.start()], part.look)
        yield Part(match[0], "match")
        end = match.end()
    yield Part(part.text[end:], part.look)
