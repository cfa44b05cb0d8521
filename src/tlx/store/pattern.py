"""Regular expressions, checked and run by the engine of the store: RE2, whose time is linear in the text."""

from __future__ import annotations

import functools
import threading

# The engine alone, as in the database.
import _duckdb as duckdb

_lock = threading.Lock()


@functools.lru_cache(256)
def pattern_trouble(pattern: str, options: str) -> str | None:
    """Return what is wrong with a regular expression, or None if it can be run with these options of DuckDB."""
    try:
        with _lock:
            _engine().execute("SELECT regexp_matches('', ?, ?)", [pattern, options]).fetchall()
    except duckdb.Error as error:
        return str(error).removeprefix("Invalid Input Error: ").partition("\n")[0]
    return None


def matches(pattern: str, text: str) -> bool:
    """Return whether a regular expression that has no trouble matches anywhere in a text; halves of characters do not.

    Its time is linear in the text.
    """
    whole = text.encode("utf-8", "replace").decode()
    with _lock:
        row = _engine().execute("SELECT regexp_matches(?, ?)", [whole, pattern]).fetchone()
    return bool(row and row[0])


@functools.cache
def _engine() -> duckdb.DuckDBPyConnection:
    """An empty database, that holds nothing."""
    return duckdb.connect(":memory:", config={"threads": 1, "enable_external_access": False})
