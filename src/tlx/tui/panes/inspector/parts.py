"""The parts of an event: those of which the outline is made, and those that are copied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tlx import units
from tlx.dialects.base import Keys
from tlx.dialects.known import details_of, expected, keys_of
from tlx.model import EVENT_COLUMNS, Quantity
from tlx.query.event import Event, Span
from tlx.query.language.nodes import Path
from tlx.query.language.quote import show_path
from tlx.query.whole.record import atom, is_whole, parsed, written
from tlx.tui.panes.inspector.labels import NULL, SHORT
from tlx.tui.panes.inspector.outline import Entry, Line, Sort

_HIDDEN = ("id", "source", "run", "line", "dialect", "event", "raw")
_MOST_NAME = 40
_NULL_DEPTH = 3
"""Objects in one another in which null is looked for."""


def part_of(found: Event, line: Line, path: Path | None, key: str) -> tuple[str, str] | None:
    """Return a part of an event, named and as text; None where what is copied is a path and the line has none.

    `key` is that of the yank screen: `y` all as JSON, `l` the raw line, `k` a line's key, `p` its path, `v` its value.
    """
    match key:
        case "y":
            record = parsed(found.raw)
            return "event as JSON", found.raw if record is None else written(record)
        case "l":
            return "raw line", found.raw
        case "p":
            return None if path is None else ("path", show_path(path))
        case "k":
            return "key", line.key if is_whole(line.key) else atom(line.key)
    name, value = f"value of {line.key[:_MOST_NAME]}", line.value
    if len(line.place) == 1 and EVENT_COLUMNS.get(line.key) is Quantity.TIME:
        value = units.rfc3339(value) or value
    return name, value if isinstance(value, str) and is_whole(value) else written(value)


def entries_of(found: Event, fields: Mapping[str, str], within: Sequence[Span] = (), critical: str = "") -> list[Entry]:
    """Return what the inspector says of an event: its columns, those it should have, its payload, its line.

    Between them stand what its dialect tells beside, where it is on the critical path, the spans `within` it, and what
    is known of its `fields`.
    """
    columns = found.columns
    wanted = expected(columns["dialect"], columns["event"])
    record, keys = parsed(found.raw), keys_of(columns["dialect"])
    entries = [
        Entry(SHORT.get(name, name), columns[name], Sort.COLUMN)
        if columns[name] is not None
        else Entry(SHORT.get(name, name), NULL if _is_null(record, {name, keys.get(name, name)}) else None, Sort.ABSENT)
        for name in EVENT_COLUMNS
        if name not in _HIDDEN and (columns[name] is not None or name in wanted)
    ]
    if found.is_open:
        entries.append(Entry(SHORT["duration_ns"], "open: no end seen in this log", Sort.ABSENT))
    elif found.ended is not None:
        entries.append(Entry(SHORT["duration_ns"], f"ends in line {found.ended}", Sort.ABSENT))
    told = details_of(columns["dialect"])
    entries += [
        Entry(name, value, Sort.COLUMN)
        for name, one in told.items()
        if (value := _first(record, one.paths)) not in (None, "", {})
    ]
    if critical:
        entries.append(Entry("critical path", critical, Sort.COLUMN))
    if within:
        entries.append(Entry("stages", _summed(within), Sort.PARTS))
    if fields:
        entries.append(Entry("fields", fields, Sort.MEANING))
    if isinstance(record, dict):
        entries.append(Entry("payload", record, Sort.PAYLOAD))
    return [*entries, Entry("raw line", found.raw, Sort.RAW)]


def _summed(spans: Sequence[Span]) -> dict[str, str]:
    """How long spans took, those of a name together."""
    found: dict[str, int] = {}
    for name, duration in spans:
        found[name or "(none)"] = found.get(name or "(none)", 0) + (duration or 0)
    return {name: units.duration(duration) for name, duration in found.items()}


def _first(record: Any, paths: Sequence[Keys]) -> Any:
    """Return what stands at the first of the paths at which anything does; None where nothing does."""
    return next((value for path in paths if (value := _at(record, path)) is not None), None)


def _is_null(record: Any, keys: set[str], depth: int = _NULL_DEPTH) -> bool:
    """Return whether null stands under one of these keys, at the top of a record or a little below."""
    if not isinstance(record, dict) or not depth:
        return False
    if any(record.get(key, record) is None for key in keys):
        return True
    return any(_is_null(one, keys, depth - 1) for key, one in record.items() if key != "metadata")


def _at(record: Any, path: Keys) -> Any:
    for key in path:
        if isinstance(record, dict):
            record = record.get(key)
        elif isinstance(record, list) and isinstance(key, int) and -len(record) <= key < len(record):
            record = record[key]
        else:
            return None
    return record
