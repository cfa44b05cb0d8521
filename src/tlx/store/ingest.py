"""Batches of lines into events, in SQL: DuckDB parses the JSON with the GIL released.

A batch is first read as the dialect that took the last one whole. Only if lines are left over are the others asked, and
then the rejects found, so that a log of one dialect is parsed once.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tlx.model import Batch, Decoders, Projection
from tlx.store.cursor import Cursor
from tlx.store.database import Database
from tlx.store.decoding.rows import Rows, Tally
from tlx.store.decoding.texts import may_hold_text, read_texts
from tlx.store.hiding.concealing import Concealer
from tlx.store.rejects import FORGIVABLE, SPLIT, Rejecter
from tlx.store.schema import without_usual
from tlx.store.statements import Statement
from tlx.text import Text

_SHORT_LINES = 1 << 16
"""A batch of more lines than this is checked before it is parsed: a failed parse costs much more than a check."""
_FEW_LINES = 64
"""Of a batch of so few lines it is asked how many are records before other dialects are: to ask each takes longer."""
_LONG = 1 << 18
"""Bytes of so few lines from which on it is asked, too, which dialects take them: to parse them takes longer."""
_MOST_LINES = 1 << 18
_COMMIT_LINES = 122_880
"""A row group of DuckDB: whole ones are merged into the table, less than one is copied."""
_COMMIT_SECONDS = 0.5
"""After so long less than a row group is shown nevertheless."""
_WHOLE_SECONDS = 2.0
"""Unless it will be whole within so long: else a slow machine would have to copy, and be slower still."""


_NOTHING = Tally()
_NO_DECODERS = Decoders()


class Outcome(NamedTuple):
    """What became of the lines of one batch; blank lines are neither."""

    events: int
    rejects: int
    headers: int = 0
    texts: int = 0
    """Texts behind an event or before the first, each of which is a row of its own."""


class Ingester:
    """Appends batches through a cursor of its own; one for each worker thread.

    Several batches share a transaction: they show when it is committed, for which `is_due` tells the time.
    """

    def __init__(
        self, database: Database, projections: Sequence[Projection], decoders: Decoders = _NO_DECODERS
    ) -> None:
        self._decoders = decoders
        self._cursor = database.cursor()
        self._handover = database.handover()
        lines = self._handover.lines if self._handover else SPLIT
        events = database.live("events")
        tables = (events, database.live("hidden_events"))
        self._concealer = Concealer(self._cursor, tables, decoders.masks)
        masked = decoders.masks.dialects
        projections = [without_usual(one, database.usual_events.get(one.dialect, "")) for one in projections]
        self._statements = [Statement(projections, n, lines, tables, masked) for n in range(len(projections))]
        self._sorting = self._statements[-1]
        rejects = (database.live("rejects"), database.live("hidden_rejects"))
        self._rejecter = Rejecter(self._cursor, rejects, decoders.masks)
        self._tallies = database.live("tallies")
        self.dialects: set[str] = set()
        """Those of which there have been events."""
        self._suspicious = False
        self._begun: float | None = None
        self._uncommitted = 0

    def add(self, batch: Batch) -> Outcome:
        """Append a batch; say how many events and rejects it held."""
        if self._begun is None:
            self._cursor.execute("BEGIN")
            self._begun = time.monotonic()
        self._uncommitted += batch.lines
        outcomes = [self._add(portion) for portion in _portions(batch)]
        return Outcome(*map(sum, zip(*outcomes, strict=True)))

    def _add(self, batch: Batch) -> Outcome:
        self._concealer.has_masked = False
        text, rejects = self._rejecter.keep_undecodable(batch)
        if batch.folded:
            events, rest, tally = self._unfolded(batch, text.whole)
        else:
            events, rest, tally = self._events(batch, text, batch.lines - rejects), b"", _NOTHING
        if batch.folded or events + rejects < batch.lines:
            batch = batch._replace(sensitive=batch.sensitive or self._concealer.has_masked)
            begun, rest, told = self._texts(batch, rest if batch.folded else text.whole)
            rejects += self._rejecter.keep_rest(batch, rest)
            events += begun
            tally = Tally(*map(sum, zip(tally, told, strict=True)))
        self._suspicious = rejects + tally.texts + tally.text_events > 0
        if any(tally):
            self._cursor.execute(
                f"INSERT INTO {self._tallies} VALUES (?, ?, ?, ?, ?, ?, ?)",
                [batch.first_id, batch.source, batch.run, *tally],
            )
        return Outcome(events, rejects, tally.headers, tally.text_events)

    def _unfolded(self, batch: Batch, text: bytes) -> tuple[int, bytes, Tally]:
        """Append the events of lines that may hold many; return how many, what of the text is left, how that counts."""
        from tlx.store.decoding.folds import unfold  # noqa: PLC0415  only where lines hold many events

        rows, text, tally = unfold(batch, text, self._decoders.folds)
        return self._handed(rows, batch), text, tally

    def _texts(self, batch: Batch, text: bytes) -> tuple[int, bytes, Tally]:
        """Append the events of lines of text; return how many began, what of the text is left, how that counts."""
        texts = self._decoders.texts
        if not may_hold_text(batch, text, texts):
            return 0, text, _NOTHING
        left = self._rejecter.left(text)
        rows, hidden, text, tally = read_texts(batch, text, left, (texts, self._decoders.masks))
        if hidden.rows:
            self._concealer.note(batch.source, len(hidden.rows), hidden.values)
            if self._decoders.masks.hide:
                self._ready(hidden.rows, batch, "hidden")
        return self._ready(rows, batch, "masked") - tally.text_events, text, tally

    def _handed(self, rows: Rows, batch: Batch) -> int:
        """Append the events of records that are at hand, masked where that is to be; return how many."""
        events = 0
        for statement in self._statements:
            if events < len(rows):
                place = {**rows.columns, **_place(batch), **statement.values}
                events += self._take(statement, statement.handed, place)
        return events

    def _ready(self, rows: Rows, batch: Batch, which: str) -> int:
        """Append the events of records that are masked, or else as they were; return how many."""
        events = 0
        for statement in self._statements:
            if events < len(rows):
                found = self._count(getattr(statement, which), {**rows.columns, **_place(batch), **statement.values})
                self._note(statement, found)
                events += found
        return events

    def _take(self, statement: Statement, sql: str, values: Mapping[str, Any]) -> int:
        """Append the events that a statement takes; return how many."""
        if statement.is_masked:
            self._concealer.stage()
        found = self._count(sql, values)
        self._note(statement, found)
        if found and statement.is_masked:
            run = {"source": values["source"], "run": values["run"]}
            place = {**statement.values, **run}

            def insert(rows: Rows) -> int:
                text = Text("\n".join(rows.columns["records"]).encode())
                if not self._hand_over(text):
                    return self._count(statement.masked, {**rows.columns, **place})
                places = {name: rows.columns[name] for name in ("ids", "numbers")}
                return self._count(statement.masked_lines, {**places, **place})

            def keep(columns: Mapping[str, Any]) -> int:
                return self._count(statement.kept, {**columns, **statement.kept_by, **run})

            self._concealer.settle((statement.dialect, run["source"]), insert, keep)
        return found

    def _events(self, batch: Batch, text: Text, wanted: int) -> int:
        """Append the events of a text, dialect after dialect until there are as many as `wanted`; return how many."""
        where = {
            **_place(batch),
            "first_id": batch.first_id,
            "first_line": batch.first_line,
        }
        events = 0
        quick = not self._suspicious and batch.lines <= _SHORT_LINES
        forgiving = quick and text.has_row(*FORGIVABLE)
        quick = quick and self._hand_over(text)
        first = self._statements[0]
        left = list(self._statements)
        while left and events < wanted:
            statement = left.pop(0)
            place = {**where, **statement.values}
            if quick:
                found = self._take(statement, statement.quick if forgiving else statement.quickest, place)
            else:
                found = self._take(statement, statement.guarded, {**place, "text": text.whole})
            if found == wanted:
                self._statements.remove(statement)
                self._statements.insert(0, statement)
            events += found
            if events < wanted and batch.lines <= _FEW_LINES and statement is first:
                wanted, left = self._sorted(text.whole, left)
            quick = False
        return events

    def _sorted(self, text: bytes, statements: list[Statement]) -> tuple[int, list[Statement]]:
        """Return how many lines of a text are records, and the statements; of a long one those first that take any."""
        if len(text) < _LONG:
            return self._rejecter.records(text), statements
        counts = dict(self._cursor.execute(self._sorting.sorting, {**self._sorting.sorted_by, "text": text}).fetchall())
        return sum(counts.values()), sorted(statements, key=lambda one: one.number not in counts)

    def _hand_over(self, text: Text) -> bool:
        """Hand a text to DuckDB's line reader; false where it would not see the lines as they are."""
        return self._handover is not None and self._handover.put(text)

    def is_due(self, lines_left: float = math.inf) -> bool:
        """Whether what was added should be committed now, if about so many lines are still to come."""
        if self._begun is None:
            return False
        seconds = time.monotonic() - self._begun
        if lines_left < _COMMIT_LINES <= self._uncommitted + lines_left and seconds < _WHOLE_SECONDS:
            return False  # the rest alone would be copied
        fills = self._uncommitted * _WHOLE_SECONDS >= _COMMIT_LINES * seconds
        return self._uncommitted >= _COMMIT_LINES or (seconds >= _COMMIT_SECONDS and not fills)

    def commit(self, before: Callable[[Cursor], object] | None = None) -> None:
        """Let every reader of the store see what was added, and what is done with it `before`."""
        if self._begun is not None:
            if before is not None:
                before(self._cursor)
            self._cursor.execute("COMMIT")
            self._begun = None
            self._uncommitted = 0

    def interrupt(self) -> None:
        """End the statement that is under way; any thread may call."""
        self._cursor.interrupt()

    def close(self) -> None:
        """Let go of the cursor; what is not committed is lost."""
        self._cursor.close()

    def _note(self, statement: Statement, found: int) -> None:
        """Note of which dialect events were found."""
        if found:
            self.dialects.add(statement.dialect)

    def _count(self, sql: str, place: Mapping[str, Any]) -> int:
        row = self._cursor.repeat(sql, place).fetchone()
        assert row is not None
        return int(row[0])


def _place(batch: Batch) -> dict[str, Any]:
    return {"source": batch.source, "run": batch.run}


def _portions(batch: Batch) -> Iterator[Batch]:
    """Cut a batch of very many short lines, of which the bookkeeping would take far more memory than the text."""
    while not batch.folded and batch.lines > _MOST_LINES:
        whole = batch.text.whole
        size = whole.find(b"\n", len(whole) * _MOST_LINES // batch.lines)
        if size < 0:
            break
        text, rest = Text(whole[:size]), Text(whole[size + 1 :])
        lines = text.line_feeds + 1
        yield batch._replace(text=text, lines=lines)
        batch = batch._replace(
            first_id=batch.first_id + lines,
            first_line=batch.first_line + lines,
            offset=batch.offset + size + 1,
            text=rest,
            lines=batch.lines - lines,
        )
    yield batch
