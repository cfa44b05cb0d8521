"""Events of dialects with something to mask, on their way into the store: masked, and where asked for as they were too.

Their rows are staged first, as only SQL tells of which dialect a line is. Lines of other dialects never come here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tlx.model import Masks
from tlx.store import schema
from tlx.store.decoding.rows import Rows

STAGED = "staged"
"""The table for rows that are to be masked, one of each connection."""
_COLUMNS = ", ".join(f'"{name}"' for name in schema.stored("events"))
_OF_IDS = "id IN (SELECT unnest($ids))"

Insert = Callable[[Rows], int]
Keep = Callable[[Mapping[str, Any]], object]


class Concealer:
    """Masks the events of an ingester, within its transactions."""

    def __init__(self, cursor: Any, tables: tuple[str, str], masks: Masks) -> None:
        """Mask what is to go to the first table of events; the second takes what it was."""
        self.masks = masks
        self._cursor = cursor
        self._table, self.hidden = tables
        self._staging = False
        self.has_masked = False
        """Whether anything was, since this was last false."""

    def stage(self) -> None:
        """Make the table for rows that are to be masked."""
        if not self._staging:
            self._cursor.execute(f"CREATE TEMP TABLE {STAGED} AS SELECT {_COLUMNS} FROM hidden_events LIMIT 0")
            self._staging = True

    def settle(self, place: tuple[str, int], insert: Insert, keep: Keep) -> None:
        """Move what is staged, rows of one dialect and one source, to where it belongs.

        `insert` appends records that are masked, as far as the dialect takes them then, and `keep` where others stood.
        """
        dialect, source = place
        mask = self.masks.of(dialect)
        marked = "regexp_matches(raw, $marks)" if mask.marks else "true"
        values = {"marks": mask.marks} if mask.marks else {}
        if mask.marks:
            self._move(self._table, f"NOT {marked}", values)
        sql = f"SELECT id, line, raw FROM {STAGED} WHERE {marked} ORDER BY id"
        masked, plain, number = Rows(), [], 0
        for row, line, raw in self._cursor.execute(sql, values).fetchall():
            text, found = mask.mask(raw)
            number += found
            if found:
                masked.add(row, line, text)
            else:
                plain.append(row)
        if plain:
            self._move(self._table, _OF_IDS, {"ids": plain})
        if masked:
            if self.masks.hide:
                self._move(self.hidden, _OF_IDS, {"ids": masked.columns["ids"]})
            if insert(masked) < len(masked):
                keep(self._left(masked))
            self.note(source, len(masked), number)
        self._cursor.execute(f"DELETE FROM {STAGED}")

    def note(self, source: int, events: int, values: int) -> None:
        """Count what was masked."""
        self.has_masked = True
        self._cursor.execute("INSERT INTO masked VALUES (?, ?, ?)", [source, events, values])

    def _move(self, table: str, condition: str, values: dict[str, Any]) -> None:
        sql = f"INSERT INTO {table} ({_COLUMNS}) SELECT {_COLUMNS} FROM {STAGED} WHERE {condition}"
        self._cursor.execute(sql, values)

    def _left(self, masked: Rows) -> dict[str, list[Any]]:
        """Return the columns of what no dialect takes any more once it is masked, with the `events` that still show."""
        texts = dict(zip(masked.columns["ids"], masked.columns["raws"], strict=True))
        taken = f"SELECT id FROM {self._table} WHERE {_OF_IDS}"
        sql = f"SELECT id, line, event FROM {STAGED} WHERE {_OF_IDS} AND id NOT IN ({taken})"
        left, events = Rows(), []
        for row, line, event in self._cursor.execute(sql, {"ids": masked.columns["ids"]}).fetchall():
            left.add(row, line, texts[row])
            events.append(event if event is not None and event in texts[row] else None)  # it may be what is masked
        return {**left.columns, "events": events}
