"""Comparisons as SQL: of text, of what a column measures, and of the values of a payload, which may be anything.

Each is unknown (NULL) where the value is missing, whatever the operator.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from math import inf, nextafter
from typing import TypeVar, cast

from tlx import units
from tlx.model import Quantity
from tlx.query.language import values
from tlx.query.language.compile import Context
from tlx.query.language.nodes import Comparison, OneOf, Path, Range
from tlx.query.language.parse import FilterError
from tlx.query.language.sql.numbers import EXACT, LARGEST_FLOAT, floating, whole
from tlx.query.language.sql.raw import Piece

T = TypeVar("T")
Test = Comparison | OneOf | Range

_ORDERED = {"=": "=", "==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_FUNCTIONS = {"*=": "contains", "^=": "starts_with", "$=": "ends_with"}
_LARGEST = {Quantity.SIZE: 2**64 - 1}
_READERS: dict[Quantity, Callable[[str], int | None]] = {
    Quantity.DURATION: values.duration,
    Quantity.SIZE: values.size,
    Quantity.NUMBER: values.whole,
}
_EXPECTED = {
    Quantity.DURATION: "a duration such as 2s, 500ms or 1m30s",
    Quantity.SIZE: "a size such as 512, 10KiB or 1.5MB",
    Quantity.NUMBER: "a whole number",
    Quantity.TIME: "a time such as 10:30, +90s or 2026-11-20T10:00Z",
}
_TOO_LARGE = "this is too large for any event"
_BACKWARDS = "this range ends before it begins"
BY_RUN = "list_extract(?::BIGINT[], run)"
"""SQL for the value of a list that belongs to the event's run."""
_HUGE = 2**127
_NO_CAPITALS = re.compile(r"\\[pP]\{[^}]*\}|\\.|\(\?P?<[^>]*>", re.DOTALL)
"""What has capitals in a regular expression without looking for any."""


def text(subject: str, test: Test) -> Piece:
    """Compare text; without regard to case unless a capital is typed or the operator is `==`.

    Raises:
        FilterError: text cannot be compared so.
    """
    match test:
        case OneOf(_, members, negated):
            return _negatable(subject, _among(subject, members), negated=negated)
        case Range():
            raise FilterError("a range needs a duration, size, time or number before it", test.at)
        case Comparison(_, "~" | "!~" as operator, pattern):
            return _matches(subject, operator, pattern, test.at)
        case Comparison(_, operator, value):
            if operator in ("<", "<=", ">", ">="):
                raise FilterError("text has no order: use = == != *= ^= $= ~ !~ or in (…)", test.at)
            return _compare_text(subject, operator, value)


def _compare_text(subject: str, operator: str, value: str) -> Piece:
    left, right = (subject, "?") if operator == "==" or _has_capital(value) else (f"lower({subject})", "lower(?)")
    if operator in _FUNCTIONS:
        return f"{_FUNCTIONS[operator]}({left}, {right})", (value,)
    return f"{left} {_ORDERED[operator]} {right}", (value,)


def _has_capital(value: str) -> bool:
    """Whether case counts. Both sides are lowered by the store, whose letters may be newer than Python's."""
    return value != value.lower()


def _among(subject: str, members: Sequence[str]) -> Piece:
    exact = tuple(value for value in members if _has_capital(value))
    lowered = tuple(value for value in members if not _has_capital(value))
    pieces: list[Piece] = []
    if exact:
        pieces.append((f"list_contains(?, {subject})", (exact,)))
    if lowered:
        pieces.append((f"list_contains([{', '.join(['lower(?)'] * len(lowered))}], lower({subject}))", lowered))
    return _either(pieces)


def _either(pieces: Sequence[Piece]) -> Piece:
    return " OR ".join(f"({sql})" for sql, _ in pieces), tuple(value for _, values in pieces for value in values)


def _negatable(subject: str, piece: Piece, *, negated: bool) -> Piece:
    return (f"{subject} IS NOT NULL AND ({piece[0]}) IS NOT TRUE", piece[1]) if negated else piece


def _matches(subject: str, operator: str, pattern: str, at: int) -> Piece:
    from tlx.store.pattern import pattern_trouble  # noqa: PLC0415  an engine of its own, for these filters only

    options = "c" if _has_capital(_NO_CAPITALS.sub("", pattern)) else "i"
    if trouble := pattern_trouble(pattern, options):
        raise FilterError(f"not a regular expression: {units.visible(trouble)[:100]}", at)
    sql = f"regexp_matches({subject}, ?, '{options}')"
    return (sql if operator == "~" else f"NOT {sql}"), (pattern,)


def column(name: str, quantity: Quantity, test: Test, context: Context) -> Piece:
    """Compare a column that measures something.

    Raises:
        FilterError: it measures something else, or is not compared so.
    """
    subject = f'"{name}"'
    measure = _Measure(quantity, context)
    match test:
        case OneOf(_, members, negated, places):
            bounds = [measure.bound(value, at) for value, at in zip(members, places, strict=True)]
            return _negatable(subject, _equal_to_any(subject, bounds), negated=negated)
        case Comparison(path, "=" | "==", value, at) if ".." in value.strip("."):
            low, _, high = value.partition("..")
            return _joined(subject, " AND ", measure.ends(Range(path, low or None, high or None, at)))
        case Comparison(_, operator, value, at):
            if operator not in _ORDERED:
                raise FilterError(f"this is no text: use = != < <= > >= in (…) or a range, not {operator}", at)
            return _joined(subject, " AND ", [(_ORDERED[operator], measure.bound(value, at))])
        case Range():
            return _joined(subject, " AND ", measure.ends(test))


def _equal_to_any(subject: str, bounds: Sequence[Piece]) -> Piece:
    """Compare with all that are the same for every run at once: the planner takes long over many comparisons."""
    fixed = tuple(parameters[0] for sql, parameters in bounds if sql == "?")
    pieces: list[Piece] = [(f"{subject} = {sql}", parameters) for sql, parameters in bounds if sql != "?"]
    if fixed:
        pieces.append((f"list_contains(?, {subject})", (cast("tuple[int, ...]", fixed),)))
    return _either(pieces)


def _joined(subject: str, glue: str, bounds: Sequence[tuple[str, Piece]]) -> Piece:
    sql = glue.join(f"{subject} {operator} {bound}" for operator, (bound, _) in bounds)
    return sql, tuple(value for _, (_, parameters) in bounds for value in parameters)


class _Measure:
    """Reads what is typed as what a column measures."""

    def __init__(self, quantity: Quantity, context: Context) -> None:
        self._quantity = quantity
        self._context = context

    def bound(self, typed: str, at: int) -> Piece:
        """Return SQL for one value."""
        if self._quantity is Quantity.TIME:
            return self._time(self._moment(typed, at))
        return "?", (self._number(typed, at),)

    def ends(self, between: Range) -> list[tuple[str, Piece]]:
        """Return an operator and SQL for each end of a range that is not open."""
        if self._quantity is Quantity.TIME:
            return self._times(between)
        low, high = (_read(self._number, typed, between.at) for typed in (between.low, between.high))
        if low is not None and high is not None and low > high:
            raise FilterError(_BACKWARDS, between.at)
        return [(operator, ("?", (end,))) for operator, end in ((">=", low), ("<=", high)) if end is not None]

    def _number(self, typed: str, at: int) -> int:
        number = _READERS[self._quantity](typed)
        if number is None:
            raise FilterError(f"expected {_EXPECTED[self._quantity]}", at)
        if number > _LARGEST.get(self._quantity, values.LARGEST):
            raise FilterError(_TOO_LARGE, at)
        return number

    def _moment(self, typed: str, at: int) -> values.Moment:
        moment = values.moment(typed, self._context.zone)
        if moment is None:
            raise FilterError(f"expected {_EXPECTED[self._quantity]}", at)
        if moment.ns > values.LARGEST:
            raise FilterError(_TOO_LARGE, at)
        return moment

    def _times(self, between: Range) -> list[tuple[str, Piece]]:
        low, high = (_read(self._moment, typed, between.at) for typed in (between.low, between.high))
        high = high.ending(low) if high else None
        if low and high and high.precedes(low):
            raise FilterError(_BACKWARDS, between.at)
        return [(operator, self._time(end)) for operator, end in ((">=", low), ("<=", high)) if end]

    def _time(self, moment: values.Moment) -> Piece:
        """Return SQL for a moment, which may be another one for the events of each run."""
        zone = self._context.zone
        if not moment.by_run:
            return "?", (_stored(moment.at(0, zone)),)
        starts = self._context.run_starts
        runs = range(1, max(starts, default=0) + 1)
        return BY_RUN, (tuple(_stored(moment.at(starts[run], zone)) if run in starts else None for run in runs),)


def _read(reader: Callable[[str, int], T], typed: str | None, at: int) -> T | None:
    return None if typed is None else reader(typed, at)


def _stored(ns: int | None) -> int | None:
    """The nearest time that an event may have."""
    return None if ns is None else max(-values.LARGEST, min(values.LARGEST, ns))


def payload(subject: str, test: Test) -> Piece:
    """Compare the text of a payload's value, as a number where a number is typed.

    Raises:
        FilterError: it cannot be compared so.
    """
    match test:
        case Comparison(_, "<" | "<=" | ">" | ">=" as operator, value, at):
            return _number(subject, operator, _measured(test, value, at))
        case Comparison(_, "=", value, at) if values.is_decimal(value):
            return _number(subject, "=", _measured(test, value, at))
        case Comparison(_, "!=", value, at) if values.is_decimal(value):
            sql, parameters = _number(subject, "=", _measured(test, value, at))
            return f"{subject} IS NOT NULL AND ({sql}) IS NOT TRUE", parameters
        case OneOf(path, members, negated, places):
            sql, parameters = _members(subject, path, list(zip(members, places, strict=True)))
            return (
                f"CASE WHEN {subject} IS NOT NULL THEN ({sql}) IS {'NOT TRUE' if negated else 'TRUE'} END",
                parameters,
            )
        case Range(_, low, high, at):
            ends = [(operator, end) for operator, end in ((">=", low), ("<=", high)) if end is not None]
            pieces = [_number(subject, operator, _measured(test, end, at)) for operator, end in ends]
            return " AND ".join(sql for sql, _ in pieces), tuple(value for piece in pieces for value in piece[1])
    return text(subject, test)


def _members(subject: str, path: Path, members: list[tuple[str, int]]) -> Piece:
    """Compare with a set: all numbers that floats can tell apart at once, as the planner takes long over many."""
    numbers = [_measured(Comparison(path, "=", value), value, at) for value, at in members if values.is_decimal(value)]
    small = tuple(float(number) for number in numbers if abs(number) < EXACT)
    pieces: list[Piece] = [_number(subject, "=", number) for number in numbers if abs(number) >= EXACT]
    if small:
        pieces.append((f"list_contains(?, {floating(subject)})", (small,)))
    words = [value for value, _ in members if not values.is_decimal(value)]
    if words:
        pieces.append(_among(subject, words))
    return _either(pieces)


def _measured(test: Test, typed: str, at: int) -> float:
    key = next((key for key in reversed(test.path.keys) if isinstance(key, str)), "")
    number = values.measured(typed, key)
    if number is None:
        raise FilterError("expected a number or a size; a duration needs a key that tells its unit, as _ms does", at)
    return number


def _number(subject: str, operator: str, number: float) -> Piece:
    """Compare as floats, which leaves out NaN and the infinities; whole numbers too large for floats exactly."""
    nearest = min(max(float(number), -LARGEST_FLOAT), LARGEST_FLOAT)
    low, high = {
        "=": (nearest, nearest),
        ">": (nextafter(nearest, inf), LARGEST_FLOAT),
        ">=": (nearest, LARGEST_FLOAT),
        "<": (-LARGEST_FLOAT, nextafter(nearest, -inf)),
        "<=": (-LARGEST_FLOAT, nearest),
    }[operator]
    found = floating(subject)
    sql = f"{found} BETWEEN ? AND ?"
    if isinstance(number, int) and EXACT <= abs(number) < _HUGE:
        exact = f"coalesce({whole(subject)} {operator} ?, {sql})"
        return f"CASE WHEN {found} IS NOT NULL THEN {exact} END", (number, low, high)
    return sql, (low, high)


def asks_for_null(test: Test) -> bool:
    """Return whether a comparison holds for null, which has no text: only `null` equals it."""
    match test:
        case Comparison(_, "=" | "==", "null"):
            return True
        case OneOf(_, members, False):
            return "null" in members
    return False
