"""Which lines begin and end spans, as SQL; what a file says of that is in parameters only."""

from __future__ import annotations

from typing import Any

from tlx.dialects.defined.definition import Span, Values
from tlx.dialects.defined.table import Path
from tlx.model import Spans


def holds(values: Values, name: str, text: str) -> tuple[str, dict[str, Any]]:
    """Return SQL for whether a text of JSON holds these values, and its parameters, whose names begin with `name`."""
    conditions = []
    parameters: dict[str, Any] = {}
    for number, (path, texts) in enumerate(values.items()):
        key = f"{name}{number}"
        conditions.append(f"list_contains(${key}, json_extract_string({text}, ${key}_at)[1])")
        parameters |= {key: list(texts), f"{key}_at": [json_path(path)]}
    return " AND ".join(conditions) or "FALSE", parameters


def spans(span: Span, prefix: str) -> Spans:
    """Return how such lines are joined; what begins a span ends none."""
    begins, parameters = _told(span.begin, f"{prefix}_begin", "raw")
    ends, more = _ends(span, prefix, "raw")
    at = f"${prefix}_id_at"
    parts = [f"TRY(json_extract_string(raw, {at}))[{number}]" for number in range(1, len(span.id) + 1)]
    parameters |= {**more, f"{prefix}_id_at": [json_path(path) for path in span.id]}
    # With their lengths before them, parts cannot be taken for others.
    key = " || ".join(f"strlen({part}) || ' ' || {part}" for part in parts)
    return Spans(starts=begins, ends=f"{ends} AND NOT {begins}", key=key, values=parameters)


def outcome_of(span: Span, prefix: str, said: str) -> tuple[str, dict[str, Any]]:
    """Return SQL for the status of a line, and its parameters: what it `said` itself, unless its span failed."""
    failed, parameters = _told(span.failed, f"{prefix}_outcome_failed", "line")
    ends, more = _told(span.end, f"{prefix}_outcome_end", "line")
    sql = f"CASE WHEN {failed} THEN 'failed' ELSE coalesce({said}, CASE WHEN {ends} THEN 'ok' END) END"
    return sql, {**parameters, **more}


def _ends(span: Span, prefix: str, text: str) -> tuple[str, dict[str, Any]]:
    ended, parameters = _told(span.end, f"{prefix}_end", text)
    failed, more = _told(span.failed, f"{prefix}_failed", text)
    return f"({ended} OR {failed})", {**parameters, **more}


def _told(values: Values, name: str, text: str) -> tuple[str, dict[str, Any]]:
    sql, parameters = holds(values, name, text)
    return f"coalesce(TRY({sql}), FALSE)", parameters


def json_path(path: Path) -> str:
    """Return a JSON path in which every key is quoted, so that none is a wildcard."""
    return "$" + "".join(f"[{key}]" if isinstance(key, int) else f'."{_escaped(key)}"' for key in path)


def _escaped(key: str) -> str:
    return key.replace("\\", "\\\\").replace('"', '\\"')
