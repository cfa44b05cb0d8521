"""Records that are at hand, and how the lines that they stood in count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from tlx.model import Batch


class Rows:
    """Records on their way into the store, with what they were made of."""

    def __init__(self) -> None:
        self.columns: dict[str, list[Any]] = {name: [] for name in ("ids", "numbers", "raws", "records")}

    def __len__(self) -> int:
        return len(self.columns["ids"])

    def add(self, row: int, line: int, record: str, raw: str | None = None) -> None:
        """Add a record with its arrival number and its line; what it was made of, if that is not the record."""
        for name, value in zip(self.columns, (row, line, record if raw is None else raw, record), strict=True):
            self.columns[name].append(value)


class Tally(NamedTuple):
    """How the lines of a batch differ from one event each."""

    extra: int = 0
    """Events more than there are lines that hold one."""
    headers: int = 0
    texts: int = 0
    """Lines that belong to the event of another, or to one of text alone."""
    text_events: int = 0
    """Events of text alone."""


def numbered(batch: Batch) -> Iterator[tuple[int, int, bytes]]:
    """Yield the index of each line, from 0, its arrival number, and the line."""
    row = batch.first_id
    for index, line in enumerate(batch.text.whole.split(b"\n")):
        yield index, row, line
        row += 1 + (line.count(b"{") if batch.folded else 0)


def written(record: Mapping[str, Any]) -> str:
    """Return a record as JSON."""
    return orjson.dumps(record).decode()
