"""Regular expressions, checked by the engine that will run them: RE2, whose time is linear in the text."""

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


@functools.cache
def _engine() -> duckdb.DuckDBPyConnection:
    """An empty database, for the checks alone."""
    return duckdb.connect(":memory:", config={"threads": 1, "enable_external_access": False})
