"""Filters to one SQL condition with its values apart. Loads what reads filters only when there is one to read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, tzinfo
from types import MappingProxyType
from typing import NamedTuple

from tlx.dialects.base import Keys
from tlx.dialects.known import details
from tlx.model import EVENT_COLUMNS

Value = str | float | None | tuple[str | float | None, ...]
"""A parameter of a condition."""

ALIASES = {
    "duration": "duration_ns",
    "dur": "duration_ns",
    "exec": "execution_kind",
    "cat": "category",
    "id": "identifier",
    "event_id": "id",
    "size": "output_size",
    "mat": "input_materialization_ns",
    "input_materialization": "input_materialization_ns",
}
"""Names of fields that are not the columns'. `id` is the identifier; the arrival number is `event_id`."""

FIELDS = tuple(sorted({*EVENT_COLUMNS, *ALIASES}))
"""Every name that a filter may compare."""

NAMED_FILTERS: Mapping[str, str] = {
    "cached": "status == cached",
    "failed": "status in (error, failed, failure, fatal, exception, timeout) or "
    "level in (error, fatal, critical, alert, emergency, panic)",
    "slow": "duration >= 10s",
}
"""The filters that have a name in every log. They speak of fields that every dialect fills in its own way."""


ROOTS = ((), ("StarlarkUserEvent",), ("ActionExecutionEvent",), ("BxlEnsureArtifactsEvent",))
"""Where payloads begin in the records of the dialects: at the record itself, or inside the one tag that it has."""


DETAILS = details()
"""Where details of events stand, by their names."""


class Context(NamedTuple):
    """What a filter is read in: where the reader stands, and what is known of the log."""

    zone: tzinfo = UTC
    """Of times that name none: the one shown on the screen."""

    run_starts: Mapping[int, int] = MappingProxyType({})
    """Where each run starts, in ns since the epoch: `+90s` and `10:30` mean nothing to events of other runs."""

    filters: Mapping[str, str] = NAMED_FILTERS
    """Named filters as text."""

    roots: tuple[tuple[str, ...], ...] | None = ROOTS
    """Where payloads begin in raw records, as keys from the top, in the order to look. None looks in the record itself
    and then in every object that stands directly in it, which takes twice as long."""

    payload: frozenset[str] = frozenset(("metadata",))
    """Names that begin a path where they stand alone; others need a dot in front or a key behind them."""

    details: Mapping[str, tuple[Keys, ...]] = DETAILS
    """What events tell beside the columns: names that stand alone, and where that lies in raw records."""


class Condition(NamedTuple):
    """A filter as typed, and as an SQL condition with its values; without `sql` every event passes."""

    text: str = ""
    sql: str = ""
    values: tuple[Value, ...] = ()
    by_run: bool = False
    """Depends on where runs start, and so has to be made anew when there are more of them."""


def compile_filter(text: str, context: Context | None = None) -> Condition:
    """Return the condition that a filter text means.

    Raises:
        FilterError: it cannot be understood; the message says what was expected.
    """
    if not text.strip():
        return Condition()
    from tlx.query.language.sql.translate import translate  # noqa: PLC0415  no filter, no cost

    return translate(text, context or Context())
