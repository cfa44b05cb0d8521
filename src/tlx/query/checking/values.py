"""Values of records, as far as a line of a list has room for them."""

from __future__ import annotations

from typing import Any

import orjson

from tlx.query.whole.record import Exact, is_whole, parsed

MOST_VALUE = 200
"""Characters of a value that a violation keeps."""


def record_of(raw: str) -> Any:
    """Return the record of a line, None where it is text."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return parsed(raw) if raw.lstrip().startswith("{") else None


def shown(value: Any) -> str | None:
    """Return the begin of a value: a text as it is, anything else as JSON."""
    if value is None:
        return None
    if isinstance(value, str):
        return cut(value)
    if isinstance(value, Exact):
        return cut(value.text)
    try:
        return cut(orjson.dumps(value, default=str).decode())
    except (TypeError, RecursionError):
        return cut(str(value))


def cut(text: str) -> str:
    """Return the begin of a text; halves of characters are replaced."""
    begin = text[:MOST_VALUE]
    begin = begin if is_whole(begin) else begin.encode("utf-8", "replace").decode()
    return begin if len(text) <= MOST_VALUE else f"{begin}…"
