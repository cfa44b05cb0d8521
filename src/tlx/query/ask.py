"""The one way to put a question: a cursor of its own, a scope, and an interrupt for what was overtaken."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

from tlx.dialects.known import joined, works
from tlx.model import OPEN as STILL_OPEN
from tlx.query.growing.ledger import Ledger, Made, Part
from tlx.query.language.compile import Condition
from tlx.store.database import Database, Interrupted

__all__ = ["ALL", "Asker", "Interrupted", "Scope", "meanwhile"]

T = TypeVar("T")

_RECENT = 100_000
"""Events that arrived last: most halves of spans are among them."""
_TRIES = 4
"""So often the store may grow while its events are counted."""
_MOMENT = 0.02
"""Seconds until an interrupt is tried again."""


class Scope(NamedTuple):
    """Which events count: a filter, a time range in ns since the epoch (spans that touch it are in), a run."""

    condition: Condition = Condition()
    window: tuple[int, int] | None = None
    run: int | None = None
    actions_only: bool = False
    """Leave out what is no span of work, ended or not."""
    revealed: bool = False
    """Whether what is masked is to be seen. The database answers so or not; here it tells one answer from another."""
    before: int | None = None
    """Leave out what has this arrival number or a higher one: it came after a display was told to stand still."""

    def narrowed(self, more: Condition) -> Scope:
        """Return the scope of those of its events that meet another condition too; the filter keeps its text."""
        own = self.condition
        sql = f"({own.sql}) AND ({more.sql})" if own.sql else more.sql
        return self._replace(condition=own._replace(sql=sql, values=(*own.values, *more.values)))

    def where(self, *more: str) -> tuple[str, list[Any]]:
        """Return a WHERE clause with its values; `more` are conditions without values."""
        parts: list[str] = list(more)
        values: list[Any] = []
        if self.condition.sql:
            parts.append(self.condition.sql)
            values += self.condition.values
        if self.actions_only:
            parts.append(f"({ACTIONS}) OR ({_begun()})")
        if self.window is not None:
            parts.append("time >= ? AND coalesce(start, time) < ?")
            values += self.window
        if self.run is not None:
            parts.append("run = ?")
            values.append(self.run)
        if self.before is not None:
            parts.append("id < ?")
            values.append(self.before)
        return (" WHERE " + " AND ".join(f"({part})" for part in parts) if parts else "", values)


_WORKS = {name: [f"(dialect <> '{name}' OR {sql})" for sql in own] for name, own in works().items()}
ACTIONS = " AND ".join(
    ("duration_ns IS NOT NULL", "kind IS DISTINCT FROM 'ensure'", *(work for work, _ in _WORKS.values()))
)
"""A span of work. Ensure events only wait for actions, and in some dialects spans hold or are stages of one another:
their time would count twice."""

UNENDED = "id IN (SELECT id FROM unjoined WHERE starts)"
"""The start of a span of which no end has been seen. That there are any should be known before: it costs a look at
every event."""
_WORK = " AND ".join(begins for _, begins in _WORKS.values())
UNENDED_ACTIONS = f"{UNENDED} AND {_WORK}"
"""What would be a span of work if it had ended."""


def _begun() -> str:
    """The same as the status tells, of dialects whose spans are joined: a list of events costs no more by it."""
    return f"status = '{STILL_OPEN}' AND dialect IN ({', '.join(map(repr, joined()))}) AND {_WORK}"


_FAILURES = "('error', 'failed', 'failure', 'fatal', 'exception', 'timeout')"
_BAD_LEVELS = "('error', 'fatal', 'critical', 'alert', 'emergency', 'panic')"
FAILED = f"coalesce(lower(status) IN {_FAILURES} OR lower(level) IN {_BAD_LEVELS}, FALSE)"
"""What failed, by its outcome or its level: the events that pass the filter `failed`."""

OPEN = "coalesce(lower(status) IN ('open', 'running'), FALSE)"
"""What has begun and not ended."""

ALL = Scope()
"""Every event."""


class Asker:
    """Puts questions to the store, one at a time; belongs to one thread but for `interrupt`."""

    def __init__(self, database: Database, ledger: Ledger | None = None) -> None:
        """Ask `database`; with a `ledger` what is summed of the events is kept for when there are more."""
        self._database = database
        self._ledger = ledger
        self._seen: int | None = None
        self._holds_ledger = False
        self._cursor = database.reader()
        self._lock = threading.Lock()
        self._closed = False
        self._whole = False
        self._others: list[Asker] = []

    def another(self) -> Asker:
        """Return one for another thread, which asks as this one does; to interrupt this one interrupts both."""
        other = Asker(self._database)
        if self._whole:
            other.see_all()
        with self._lock:
            self._others.append(other)
        return other

    def see_all(self) -> None:
        """From now on let answers hold what is masked as it is: for what shows nothing of it."""
        with self._lock:
            self._whole = True
            self._cursor.close()
            self._cursor = self._database.reader(whole=True)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of an answer.

        Raises:
            Interrupted: the question was overtaken.
        """
        return self._cursor.execute(sql, list(values)).fetchall()

    def pages(self, sql: str, values: Sequence[Any], number: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of an answer, `number` at a time; other questions may be put in between."""
        cursor = self._database.reader(whole=self._whole)
        try:
            cursor.execute(sql, list(values))
            while page := cursor.fetchmany(number):
                yield page
        finally:
            cursor.close()

    def row(self, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...]:
        """Return the only row of an answer."""
        row = self._cursor.execute(sql, list(values)).fetchone()
        assert row is not None
        return row

    def parts(self, part: Part) -> tuple[str, list[Any]]:
        """Return SQL to select the rows of a part from, with its values; only events that are new are looked at.

        Raises:
            Interrupted: the question was overtaken.
        """
        seen = self.seen()
        return part.inline() if self._ledger is None else self._ledger.source(self, part, seen)

    def kept(self, part: Part) -> tuple[str, list[Any]] | None:
        """Return SQL to select what is kept of a part from, with its values; None where nothing is.

        Only new events are looked at. Of a loose part what belongs together may stand in several rows. Nothing is kept
        the first time, which would take longer than the answer.

        Raises:
            Interrupted: the question was overtaken.
        """
        seen = self.seen()
        return None if self._ledger is None or seen is None else self._ledger.table(self, part, seen)

    def made(self, numbers: Part, make: Made) -> str | None:
        """Return the table of what is made of all parts of a number, of which some are kept; None where it is not.

        It is made anew only for the numbers that `numbers` finds among new events.

        Raises:
            Interrupted: the question was overtaken.
        """
        seen = self.seen()
        return None if self._ledger is None or seen is None else self._ledger.made(self, numbers, seen, make)

    def seen(self) -> int | None:
        """Return how many rows of the store count for what is kept; None where nothing is, or they cannot be told."""
        if self._ledger is not None and not self._holds_ledger:
            self._seen = self._ledger.begin(self)
            self._holds_ledger = True
        return self._seen

    def write(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Put a statement that keeps something which can be left undone; return how many rows it wrote.

        Raises:
            Interrupted: the question was overtaken.
            StoreError: there is no room for it.
        """
        row = self._cursor.aside(sql, list(values)).fetchone()
        return int(row[0]) if row and row[0] is not None else 0

    @property
    def version(self) -> tuple[int, bool]:
        """How often rows were changed, and whether what was masked is shown: of one version an event stays as it is."""
        return self._database.changes, self._database.revealed

    @property
    def rests(self) -> bool:
        """Whether there will be no more events, and nothing will be changed of those there are."""
        return self._database.final is not None

    def events(self) -> int:
        """Return how many events there are; no question is put where there will be no more."""
        if self._database.final is not None and not self._database.cached:
            return self._database.final
        return int(self.row("SELECT count(*) FROM events")[0])

    def has_unended(self) -> bool:
        """Return whether any span has no end; no question is put where there will be no more events."""
        known = self._database.unended
        return bool(self.row("SELECT count(*) FROM unjoined WHERE starts")[0]) if known is None else known

    def numbered(self) -> tuple[int, int] | None:
        """Return how many events there are, and the arrival number below which they have been joined to spans.

        None where these may not be the first so many rows, or are not what questions are answered with.
        """
        joined = self._database.joined
        if self._database.cached or self._cursor.stay():
            return None
        if self.rests:
            return self._database.final or 0, joined
        for _ in range(_TRIES):
            number = int(self.row("SELECT count(*) FROM events")[0])
            if not self.row(f"SELECT count(*) FROM events WHERE rowid >= {number}")[0]:
                return number, joined
        return None

    def set_apart(self, table: str, number: int, joined: int) -> bool:
        """Make a table of those of the first `number` events that may still be changed; return whether there are any.

        These are the halves of spans that have not been joined, and what arrived from the number `joined` on, which
        has not been looked at.

        Raises:
            Interrupted: the question was overtaken.
            StoreError: there is no room for it.
        """
        if not self._database.joins:
            return False
        recent, halves = joined - _RECENT, "SELECT id FROM unjoined WHERE id"
        parts = (
            f"id >= {joined} AND dialect IN (SELECT unnest(?::VARCHAR[]))",
            f"id < {joined} AND id >= {recent} AND id IN ({halves} >= {recent})",
            f"id < {recent} AND id IN ({halves} < {recent})",  # few, so that hardly any row groups are looked at
        )
        dialects = [[*self._database.joins]]
        there = f"EXISTS (FROM events WHERE {parts[0]}), EXISTS ({halves} >= {recent}), EXISTS ({halves} < {recent})"
        exist = self.row(f"SELECT {there}", dialects)
        chosen = [
            f"SELECT * EXCLUDE (rowid) FROM events WHERE rowid < {number} AND {part}"
            for part in itertools.compress(parts, exist)
        ]
        if not chosen:
            return False
        sql = f"CREATE TABLE {table} AS {' UNION ALL '.join(chosen)}"
        return self.write(sql, dialects if exist[0] else ()) > 0

    def interrupt(self) -> None:
        """Stop the question that is being answered; any thread may call this."""
        with self._lock:
            if not self._closed:
                self._cursor.interrupt()
            for other in self._others:
                other.interrupt()

    def close(self) -> None:
        """Let go of the cursor."""
        with self._lock:
            self._closed = True
            self._cursor.close()
        if self._ledger is not None and self._holds_ledger:
            self._holds_ledger = False
            self._ledger.end()


@contextlib.contextmanager
def meanwhile(asker: Asker, question: Callable[[Asker], T]) -> Iterator[Callable[[], T]]:
    """Have a question answered in a thread of its own, through another cursor; what is yielded waits for the answer.

    To interrupt the asker interrupts it too. It is over when the block is: who leaves by an error waits for nothing.

    Raises:
        Interrupted: the question was overtaken; by what is yielded.
        StoreError: there is no room for it; the same.
    """
    from concurrent.futures import ThreadPoolExecutor, wait  # noqa: PLC0415  the first rows are asked for alone

    with contextlib.closing(asker.another()) as other, ThreadPoolExecutor(1, "tlx-meanwhile") as threads:
        answer = threads.submit(question, other)
        try:
            yield answer.result
        except BaseException:
            while not answer.done():  # again and again: it has no effect between two statements
                other.interrupt()
                wait([answer], _MOMENT)
            raise
