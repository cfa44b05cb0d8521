"""The tables of the store. The only place that writes SQL schema."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from tlx.model import EVENT_COLUMNS, Projection, Quantity, UsualEvents

_TYPES = {
    Quantity.TEXT: "VARCHAR",
    Quantity.NUMBER: "BIGINT",
    Quantity.TIME: "BIGINT",
    Quantity.DURATION: "BIGINT",
    Quantity.SIZE: "UBIGINT",
}
_SMALL = {"source": "UINTEGER", "run": "UINTEGER"}
"""Columns of the same number in long stretches, which need not take eight bytes an event."""

_DERIVED = {
    "name": (
        "coalesce(own_name, CASE WHEN identifier = '' THEN category"
        " ELSE coalesce(category || ' ' || identifier, category, identifier) END)"
    ),
}
"""Columns that are computed when asked for, which saves the memory and the time of a copy.

In the store a view does that: DuckDB would compute a generated column for every row that is added, only to check it.
"""

_DIALECTS = "dialects"
"""The type of the names of dialects: one byte an event. They are in order of the alphabet, as texts are sorted."""
_NO_USUAL: UsualEvents = {}
_OF_LITERALS = re.compile(r"CASE(?: WHEN [\w .]+ THEN '\w+')+ ELSE '\w+' END")
"""SQL that gives one of several words."""
WORDS = ("dialect", "event", "category", "kind", "execution_kind", "status", "level")
"""The columns of events whose texts mostly are a few words, and which most questions read."""


def stored_name(column: str) -> str:
    """Return the column of the table that holds what a dialect gives for an event column.

    `name` is stored only for events that have one of their own: others are called by category and identifier.
    """
    return f"own_{column}" if column in _DERIVED else column


def sources_of(column: str) -> tuple[str, tuple[str, ...]]:
    """Return SQL for an event column over the stored columns that it is made from, and their names.

    To group by them first saves computing `name` for every event.
    """
    if column == "name":
        return _DERIVED[column], ("own_name", "category", "identifier")
    return f'"{column}"', (column,)


LARGE = ("events", "rejects", "hidden_events", "hidden_rejects")
"""The tables of as many rows as a log has lines; each row has its arrival number as `id`."""

_COMPRESSION = {"VARCHAR": "dict_fsst", "BOOLEAN": "rle"}
_LONG_TEXTS = {"raw": "zstd", "text": "zstd"}
_NUMBERS = "bitpacking"
"""How columns are compressed in a file: naming it spares DuckDB the trial of every way, half of the time."""


def is_view(table: str) -> bool:
    """Return whether a table of the store is a view from the begin, over another that takes the rows."""
    return not _DERIVED.keys().isdisjoint(_tables()[table])


def fresh(table: str) -> str:
    """Return the name of the table for new rows where `table` is a view over it."""
    return f"fresh_{table}"


def statements(catalog: str | None = None, usual: UsualEvents = _NO_USUAL) -> tuple[str, ...]:
    """Return the statements that make the empty tables, in the store or, compressed, in a `catalog` of files.

    With the `usual` events of dialects the store takes events of these dialects alone, in less memory.
    """
    if catalog is not None:
        return tuple(
            f"CREATE TABLE {catalog}.{name} ({_body(columns, compressed=True)})" for name, columns in _tables().items()
        )
    words = ", ".join(map(literal, sorted(usual)))
    made = [f"CREATE TYPE {_DIALECTS} AS ENUM ({words})"] if usual else []
    for name, columns in _tables().items():
        own = {column: columns[column] for column in stored(name)}
        if usual and name == "events":
            own["dialect"] = _DIALECTS
        made.append(f"CREATE TABLE {fresh(name) if is_view(name) else name} ({_body(own)})")
        if is_view(name):
            made.append(f"CREATE VIEW {name} AS SELECT {_shown(name, usual)}, rowid FROM {fresh(name)}")
    return tuple(made)


def over_cache(table: str, condition: str, usual: UsualEvents = _NO_USUAL) -> tuple[str, ...]:
    """Return the statements that let a large table be a view: what is `cached` under a condition, and what is fresh."""
    columns = ", ".join(f'"{name}"' for name in stored(table))
    cached, rows = (f"SELECT {columns} FROM {one}" for one in (f"cached.{table} WHERE {condition}", fresh(table)))
    return (
        f"DROP VIEW {table}" if is_view(table) else f"ALTER TABLE {table} RENAME TO {fresh(table)}",
        f"CREATE VIEW {table} AS SELECT {_shown(table, usual)} FROM ({cached} UNION ALL {rows})",
    )


def narrowed(columns: Collection[str], usual: UsualEvents = _NO_USUAL) -> tuple[str, ...]:
    """Return the statements that keep columns of the events as numbers of their words, which are few.

    No more rows can be added then. To questions they are texts as they were, in the same order, that are faster to
    compare and to group by; only `hash` gives another number.
    """
    table, made = fresh("events"), []
    events = {"event": _told_event(usual)} if any(usual.values()) else {}
    for column in columns:
        text, kind = events.get(column, f'"{column}"'), f"words_of_{column}"
        words = f"SELECT DISTINCT coalesce({text}::VARCHAR, '') AS word FROM {table} ORDER BY word"
        made.append(f"CREATE TYPE {kind} AS ENUM ({words})")
        made.append(f'ALTER TABLE {table} ALTER "{column}" TYPE {kind} USING ({text})::{kind}')
    left = {} if "event" in columns else usual
    return (*made, f"CREATE OR REPLACE VIEW events AS SELECT {_shown('events', left)}, rowid FROM {table}")


def without_usual(projection: Projection, usual: str) -> Projection:
    """Return a projection whose events do not say what is usual."""
    if not usual:
        return projection
    event = projection.columns["event"]
    if _OF_LITERALS.fullmatch(event):
        event = event.replace(literal(usual), "NULL")
    else:
        event = f"nullif({event}, {literal(usual)})"
    return projection._replace(columns={**projection.columns, "event": event})


def literal(text: str) -> str:
    """Return a text as SQL has it, for the few places where no parameter can stand; never one from a log."""
    return "'" + text.replace("'", "''") + "'"


def _shown(table: str, usual: UsualEvents) -> str:
    """SQL for the columns of a view over what is stored: those that are computed stand behind the others."""
    computed = "".join(f', {_DERIVED[name]} AS "{name}"' for name in _tables()[table] if name in _DERIVED)
    return f"*{_replaced(usual) if computed else ''}{computed}"


def _replaced(usual: UsualEvents) -> str:
    """SQL for what is stored shorter than it is shown. A dialect is a text then, to be compared with any other."""
    event = f", {_told_event(usual)} AS event" if any(usual.values()) else ""
    return f" REPLACE (dialect::VARCHAR AS dialect{event})" if usual else ""


def _told_event(usual: UsualEvents) -> str:
    """SQL for the type of an event, which is the usual one of its dialect where nothing is stored.

    The column stands at the end as well: of a coalesce in which it is known to be NULL everywhere, DuckDB leaves words
    alone, and fails to compare these with anything.
    """
    cases = "".join(f" WHEN dialect = {literal(name)} THEN {literal(event)}" for name, event in usual.items() if event)
    return f"CASE WHEN event IS NOT NULL THEN event{cases} ELSE event END"


def stored(table: str) -> tuple[str, ...]:
    """Return the columns of a table that hold something; the others are computed when asked for."""
    return tuple(name for name in _tables()[table] if name not in _DERIVED)


def _body(columns: Mapping[str, str], *, compressed: bool = False) -> str:
    """The columns of a table in SQL."""
    parts = []
    for name, kind in columns.items():
        if name in _DERIVED:
            parts.append(f'"{name}" {kind} AS ({_DERIVED[name]})')
        elif compressed:
            way = _LONG_TEXTS.get(name) or _COMPRESSION.get(kind, _NUMBERS)
            parts.append(f'"{name}" {kind} USING COMPRESSION {way}')
        else:
            parts.append(f'"{name}" {kind}')
    return ", ".join(parts)


def _tables() -> dict[str, dict[str, str]]:
    """The columns of every table with their types."""
    events = {stored_name(name): _SMALL.get(name, _TYPES[kind]) for name, kind in EVENT_COLUMNS.items()}
    derived = {name: _TYPES[EVENT_COLUMNS[name]] for name in _DERIVED}
    place = dict.fromkeys(("id", "source", "run", "line", "byte_offset"), "BIGINT")
    rejects = {**place, "reason": "VARCHAR", "text": "VARCHAR"}
    runs = {
        **dict.fromkeys(("run", "source", "line"), "BIGINT"),
        "has_header": "BOOLEAN",
        **dict.fromkeys(("dialect", "command", "trace"), "VARCHAR"),
        "start": "BIGINT",
        "working_dir": "VARCHAR",
        "raw": "VARCHAR",
    }
    return {
        "events": events | derived,
        "rejects": rejects,
        "hidden_events": events | derived,
        "hidden_rejects": rejects,
        "masked": dict.fromkeys(("source", "events", "values"), "BIGINT"),
        "runs": runs,
        "hidden_runs": runs,
        "sources": {
            "source": "BIGINT",
            "path": "VARCHAR",
            "codec": "VARCHAR",
            "bytes": "BIGINT",
            "decompressed_bytes": "BIGINT",
            "state": "VARCHAR",
        },
        "tallies": dict.fromkeys(("id", "source", "run", "extra", "headers", "texts", "text_events"), "BIGINT"),
        "pairs": {**dict.fromkeys(("start_id", "end_id"), "BIGINT"), "unmeasured": "BOOLEAN"},
        "unjoined": {
            **dict.fromkeys(("id", "source", "line", "time"), "BIGINT"),
            **dict.fromkeys(("status", "key"), "VARCHAR"),
            **dict.fromkeys(("starts", "unmeasured", "in_turn"), "BOOLEAN"),
        },
        "damages": {"source": "BIGINT", "byte_offset": "BIGINT", "reason": "VARCHAR"},
    }
