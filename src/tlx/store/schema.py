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


def event_types() -> dict[str, str]:
    """Return the SQL type of each event column."""
    return {name: _TYPES[quantity] for name, quantity in EVENT_COLUMNS.items()}


def statements() -> tuple[str, ...]:
    """Return the statements that make the empty tables."""
    columns = ", ".join(f'"{name}" {sql_type}' for name, sql_type in event_types().items())
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
