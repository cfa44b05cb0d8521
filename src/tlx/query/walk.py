"""All events of a scope in an order, little of them in hand at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tlx.query.ask import Asker, Scope
from tlx.query.fields import Field
from tlx.query.rows import Order

_PAGE = 20_000
_PAGE_BYTES = 32 << 20
"""So many events are looked up at once, or as many as have lines of so many bytes together, but at least one."""


def walk(
    asker: Asker, scope: Scope, fields: Sequence[Field], order: Order | None = None, limit: int | None = None
) -> Iterator[tuple[Any, ...]]:
    """Yield the fields of the events in the scope, by default in order of arrival; at most `limit` of them.

    Raises:
        ValueError: there is no such column to sort by.
    """
    where, values = scope.where()
    cut = "" if limit is None else f" LIMIT {int(limit)}"
    # The ids first: the sort then carries no text.
    by = order or Order("id")
    ids = f"SELECT id, strlen(raw) FROM events{where}{by.sql()}{cut}"
    for page in asker.pages(ids, [*values, *by.parameters()], _PAGE):
        for part in _parts(page):
            yield from _looked_up(asker, fields, part)


def _parts(page: list[tuple[Any, ...]]) -> Iterator[list[int]]:
    """Cut a page where its lines are long."""
    part: list[int] = []
    total = 0
    for event_id, size in page:
        if part and total + size > _PAGE_BYTES:
            yield part
            part, total = [], 0
        part.append(event_id)
        total += size
    yield part


def _looked_up(asker: Asker, fields: Sequence[Field], ids: list[int]) -> Iterator[tuple[Any, ...]]:
    fetched: dict[str, tuple[str, tuple[Any, ...]]] = {}
    for field in fields:
        for source, sql in zip(field.sources, field.fetched, strict=True):
            fetched[source] = (sql, field.parameters)
    sources = "".join(f", {sql} AS {source}" for source, (sql, _) in fetched.items())
    columns = "".join(f", {field.sql}" for field in fields)
    rows = asker.rows(
        f"SELECT row_id{columns} FROM (SELECT id AS row_id{sources} FROM events WHERE id IN (SELECT unnest(?)))",
        [*(value for _, values in fetched.values() for value in values), ids],
    )
    found = {row[0]: row[1:] for row in rows}
    return (found[event_id] for event_id in ids)
