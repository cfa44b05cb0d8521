"""What was summed of the events, kept: of a store that grows, only what has come since is looked at.

Rows of the store are numbered in the order of their commits and stay, so that what a question saw are the first so many
of them. Whether that is so is checked each time; where it is not, or events have been changed since, for they were
joined to spans, all events are looked at.
"""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from tlx.store.room import StoreError

if TYPE_CHECKING:
    from tlx.query.ask import Asker, Scope

_MOST = 200_000
"""So many rows of parts are kept of one question; with more of them all events are looked at each time."""
_SLACK = 4_000
"""So many rows may be added before those that belong together are made one."""
_numbers = itertools.count(1)


class Part(NamedTuple):
    """What a question needs of the events of a scope, so that parts of two sets of events make one of both.

    SQL: `columns` over the events, and `merged` over such parts, with the same names; `tail` ends both, a GROUP BY or
    an order with a limit. Where `fetched` is given, columns are over that, which is made once for each event: it is
    called `found`, as the parts are where they are merged, and `over` may be SQL that does more with either.
    """

    topic: str
    """Of one topic the last part that was asked for is kept."""
    scope: Scope
    columns: str
    merged: str
    tail: str = " GROUP BY ALL"
    fetched: str = ""
    parameters: tuple[Any, ...] = ()
    """The values of the columns, or of what is fetched."""
    more: tuple[str, ...] = ()
    """Conditions on the events, without values."""
    over: str = "found"
    """What the columns, and the merged ones, are selected from."""

    def sql(self, *more: str) -> tuple[str, list[Any]]:
        """Return the SELECT with its values; `more` are further conditions."""
        where, values = self.scope.where(*self.more, *more)
        if not self.fetched:
            return f"SELECT {self.columns} FROM events{where}{self.tail}", [*self.parameters, *values]
        sql = (
            f"WITH found AS MATERIALIZED (SELECT {self.fetched} FROM events{where})"
            f" SELECT {self.columns} FROM {self.over}{self.tail}"
        )
        return sql, [*self.parameters, *values]

    def of_parts(self, table: str) -> str:
        """Return the SELECT that makes one part of those in a table."""
        return f"WITH found AS (SELECT * FROM {table}) SELECT {self.merged} FROM {self.over}{self.tail}"

    def inline(self, *more: str) -> tuple[str, list[Any]]:
        """Return SQL to select it from, made of all events that meet the conditions, with its values."""
        sql, values = self.sql(*more)
        return f"({sql})", values


class _Kept(NamedTuple):
    """A part of the first `seen` rows; it has a table once it was asked for twice."""

    part: Part
    seen: int
    table: str = ""
    rows: int = 0
    merged_rows: int = 0
    """How many there were when those that belong together were last made one."""
    too_many: bool = False


class Ledger:
    """Tables of parts, by topic. A question has it to itself from its first part on until it is answered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbered: tuple[int, int] | None = None
        """How often rows had been changed, and how many there were, the last time."""
        self._grows = False
        """Whether there were more events than the last time, so that what is asked now will be asked again."""
        self._kept: dict[str, _Kept] = {}
        self._due: list[str] = []
        """Tables that nobody needs."""

    def begin(self, asker: Asker) -> int | None:
        """Wait until no other question has it; return how many events count now, None where that cannot be told."""
        self._lock.acquire()
        try:
            numbered = asker.numbered()
        except BaseException:
            self._lock.release()
            raise
        if numbered is None:
            return None
        self._grows = self._numbered is not None and numbered[0] == self._numbered[0] and numbered != self._numbered
        if self._numbered is not None and numbered[0] != self._numbered[0]:
            self._due += [kept.table for kept in self._kept.values() if kept.table]
            self._kept = {topic: kept for topic, kept in self._kept.items() if kept.too_many}
        self._numbered = numbered
        return numbered[1]

    def end(self) -> None:
        """Let the next question have it."""
        self._lock.release()

    def source(self, asker: Asker, part: Part, seen: int | None) -> tuple[str, list[Any]]:
        """Return SQL to select the rows of a part from, with its values, where so many events count.

        Raises:
            Interrupted: the question was overtaken.
        """
        if seen is None:
            return part.inline()
        table = self.table(asker, part, seen, at_once=self._grows)
        if table:
            return f"({part.of_parts(table)})", []
        return part.inline() if asker.rests else part.inline(f"rowid < {seen}")

    def table(self, asker: Asker, part: Part, seen: int, *, at_once: bool = False) -> str:
        """Return the table of what is kept of a part, where so many events count; nothing where none is.

        What belongs together may stand in several of its rows. Unless it is to be made `at_once`, there is none before
        the part was asked for twice.

        Raises:
            Interrupted: the question was overtaken.
        """
        kept = self._kept.pop(part.topic, None)
        self._drop(asker)
        if kept is not None and (kept.part != part or seen < kept.seen):
            self._due += [kept.table] * bool(kept.table)
            kept = None
        if kept is None:
            kept = _Kept(part, -1 if at_once else seen)
        try:
            kept = self._grown(asker, kept, seen)
        except StoreError:  # without room for it all events are looked at
            kept = _Kept(part, seen, too_many=True)
        self._kept[part.topic] = kept
        return kept.table

    def _grown(self, asker: Asker, kept: _Kept, seen: int) -> _Kept:
        """Add what has come to what is kept. Where that is broken off, it is forgotten."""
        if seen == kept.seen or kept.too_many or (asker.rests and not kept.table):
            return kept._replace(seen=seen)
        table = kept.table or f"parts_{next(_numbers)}"
        self._due.append(table)
        if not kept.table:
            sql, values = kept.part.sql(f"rowid < {seen}")
            rows = asker.write(f"CREATE TABLE {table} AS SELECT * FROM ({sql}) LIMIT {_MOST + 1}", values)
            kept = kept._replace(table=table, merged_rows=rows)
        else:
            sql, values = kept.part.sql(f"rowid >= {kept.seen} AND rowid < {seen}")
            rows = kept.rows + asker.write(f"INSERT INTO {table} {sql}", values)
            if rows > min(2 * kept.merged_rows + _SLACK, _MOST):
                rows = asker.write(f"CREATE OR REPLACE TABLE {table} AS {kept.part.of_parts(table)}")
                kept = kept._replace(merged_rows=rows)
        if rows > _MOST:
            return kept._replace(seen=seen, table="", too_many=True)
        self._due.remove(table)
        return kept._replace(seen=seen, rows=rows)

    def _drop(self, asker: Asker) -> None:
        while self._due:
            asker.write(f"DROP TABLE IF EXISTS {self._due[-1]}")
            self._due.pop()
