"""Lines that hold many events."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from tlx.model import Batch, Folds, Unfolded
from tlx.store.decoding.rows import Rows, Tally, numbered, written


def unfold(batch: Batch, text: bytes, folds: Sequence[Folds]) -> tuple[Rows, bytes, Tally]:
    """Return the records of the lines that may hold any, what of the `text` is left, and how that counts."""
    rows, rest = Rows(), text.split(b"\n")
    above = batch.above.line
    extra = headers = 0
    for index, row, _ in numbered(batch):
        line = rest[index]
        found = _unfolded(line, above, folds)
        if found is None:
            if line.lstrip().startswith(b"{"):
                rows.add(row, batch.first_line + index, line.decode())
            continue
        rest[index] = b""
        for nth, record in enumerate(found.records):
            rows.add(row + nth, batch.first_line + index, written(record))
        headers += found.above
        extra += 0 if found.above else len(found.records) - 1
        above = line if found.above else above
    return rows, b"\n".join(rest), Tally(extra, headers)


def _unfolded(line: bytes, above: bytes, folds: Sequence[Folds]) -> Unfolded | None:
    for one in folds:
        if line.startswith(one.begins) or any(mark in line for mark in one.marks):
            try:
                record = orjson.loads(line)
            except orjson.JSONDecodeError:
                return None
            if found := one.unfold(record, above):
                return found
    return None
