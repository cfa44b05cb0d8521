"""The tables of the store. The only place that writes SQL schema."""

from __future__ import annotations

from tlx.model import EVENT_COLUMNS, Quantity

_TYPES = {
    Quantity.TEXT: "VARCHAR",
    Quantity.NUMBER: "BIGINT",
    Quantity.TIME: "BIGINT",
    Quantity.DURATION: "BIGINT",
    Quantity.SIZE: "UBIGINT",
}
_SMALL = {"source": "USMALLINT", "run": "UINTEGER"}
"""Columns of the same number in long stretches, which need not take eight bytes an event."""

_DERIVED = {
    "name": (
        "coalesce(own_name, CASE WHEN identifier = '' THEN category"
        " ELSE coalesce(category || ' ' || identifier, category, identifier) END)"
    ),
}
"""Columns that are computed when asked for, which saves the memory and the time of a copy."""


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


def statements() -> tuple[str, ...]:
    """Return the statements that make the empty tables."""
    stored = [f'"{stored_name(name)}" {_SMALL.get(name, _TYPES[kind])}' for name, kind in EVENT_COLUMNS.items()]
    derived = [f'"{name}" {_TYPES[EVENT_COLUMNS[name]]} AS ({sql})' for name, sql in _DERIVED.items()]
    columns = ", ".join(stored + derived)
    tables = {
        "events": columns,
        "rejects": (
            "id BIGINT, source BIGINT, run BIGINT, line BIGINT, byte_offset BIGINT, reason VARCHAR, text VARCHAR"
        ),
        "runs": (
            "run BIGINT, source BIGINT, line BIGINT, has_header BOOLEAN, dialect VARCHAR, command VARCHAR,"
            " trace VARCHAR, start BIGINT, working_dir VARCHAR, raw VARCHAR"
        ),
        "sources": (
            "source BIGINT, path VARCHAR, codec VARCHAR, bytes BIGINT, decompressed_bytes BIGINT, state VARCHAR"
        ),
        "damages": "source BIGINT, byte_offset BIGINT, reason VARCHAR",
    }
    return tuple(f"CREATE TABLE {name} ({body})" for name, body in tables.items())
