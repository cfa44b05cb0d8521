"""What was summed of the events, kept: of a store that grows, only what has come since is looked at.

Rows of the store are numbered in the order of their commits and stay, so that what a question saw are the first so many
of them. Whether that is so is checked each time; where it is not, all events are looked at.

Events may be changed while they wait to be joined to spans. So none of them counts in what is kept before it is
settled; those that are not stand in a table of their own, made for each question, and are looked at each time.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tlx.store.memory.room import StoreError

if TYPE_CHECKING:
    from tlx.query.ask import Asker, Scope

_SLACK = 4_000
"""So many rows may be added before those that belong together are made one."""
_SHARE = 4
"""So many times as many rows there are that are one already, as may be added to them, where that is more."""
_FEW = 20_000
"""So many rows of a part are made one faster than those are found that have to be."""
KEY = "part_key"
"""By this number parts are found that may belong together."""
ALONE = "part_alone"
"""Whether a part belongs together with no other of those that are alone."""
_numbers = itertools.count(1)


def key_of(values: Sequence[str]) -> str:
    """Return SQL for the number of the parts that have these values; seldom others have the same.

    Texts that differ in two places eight bytes apart often have one hash in DuckDB, but not behind another sign too.
    Those of a column have other hashes once it is narrowed, but as texts the same.
    """
    twice = ", ".join(f"({value})::VARCHAR, '~' || ({value})" for value in values)
    return f"hash({twice})"


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
    gathered: str = ""
    """Ends what is fetched: a GROUP BY, where columns are made for each group of events."""
    keys: tuple[str, ...] = ()
    """Columns: where they differ, parts do not belong together. `KEY` alone where it is a column already."""
    loose: int | None = None
    """If not None, parts that belong together may stay apart for whoever asks for the table. With more rows than this
    they are not made one at all."""

    def sql(self, *more: str, table: str = "events") -> tuple[str, list[Any]]:
        """Return the SELECT with its values; `more` are further conditions."""
        where, values = self.scope.where(*self.more, *more)
        if not self.fetched:
            return f"SELECT {self.columns} FROM {table}{where}{self.tail}", [*self.parameters, *values]
        sql = (
            f"WITH found AS MATERIALIZED (SELECT {self.fetched} FROM {table}{where}{self.gathered})"
            f" SELECT {self.columns} FROM {self.over}{self.tail}"
        )
        return sql, [*self.parameters, *values]

    @property
    def own(self) -> str:
        """What to select from its table, without the number that is not of the part."""
        return f"* EXCLUDE {KEY}" if self.keys and KEY not in self.keys else "*"

    def keyed(self, sql: str) -> str:
        """Return a SELECT of parts with the number they are found by."""
        return sql if self.own == "*" else f"SELECT *, {key_of(self.keys)} AS {KEY} FROM ({sql})"

    def as_one(self, parts: str) -> str:
        """Return the SELECT that makes one of the parts that belong together, of those that a SELECT gives."""
        return f"WITH found AS ({parts}) SELECT {self.merged} FROM {self.over}{self.tail}"

    def inline(self, *more: str) -> tuple[str, list[Any]]:
        """Return SQL to select it from, made of all events that meet the conditions, with its values."""
        sql, values = self.sql(*more)
        return f"({sql})", values


Made = Callable[[str], tuple[str, list[Any]]]
"""Returns SQL for what is made of all parts of a number, by `KEY`, with its values: of those in a table, or all."""


class _Kept(NamedTuple):
    """A part of the first `seen` rows but for those in `unsettled`; it has a table once it was asked for twice."""

    part: Part
    seen: int
    unsettled: str = ""
    """The table of events that do not count in it; empty where all do."""
    table: str = ""
    rows: int = 0
    """So many there have been in it since it was made."""
    merged_rows: int = 0
    """So many of the rows came first, and no two of them belong together."""
    too_many: bool = False
    """Whether there was no room for it."""


class Ledger:
    """Tables of parts, by topic. A question has it to itself from its first part on until it is answered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbered: tuple[int, int] | None = None
        """How many rows there were, and how many had been joined, the last time."""
        self._grows = False
        """Whether there were more events than the last time, so that what is asked now will be asked again."""
        self._rests = False
        """Whether there were to be no more events when the question that has it began: it goes on as it began."""
        self._apart: list[str] = []
        """The tables of events that were not settled; what is kept names those that did not count in it."""
        self._unsettled = ""
        """The table of the events that are not settled now; empty where all are."""
        self._kept: dict[str, _Kept] = {}
        self._due: list[str] = []
        """Tables that nobody needs."""

    def begin(self, asker: Asker) -> int | None:
        """Wait until no other question has it; return how many events count now, None where that cannot be told."""
        self._lock.acquire()
        try:
            self._rests = asker.rests
            numbered = asker.numbered()
            if numbered is None:
                return None
            self._grows = self._numbered is not None and numbered != self._numbered
            if numbered != self._numbered:
                self._numbered = None
                self._set_apart(asker, *numbered)
                self._numbered = numbered
        except StoreError:
            return None
        except BaseException:
            self._lock.release()
            raise
        return numbered[0]

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
        kept = self._asked(asker, part, seen, at_once=self._grows)
        if kept.table:
            sql, values = _as_one(kept)
            return f"({sql})", values
        return part.inline() if self._rests else part.inline(f"rowid < {seen}")

    def table(self, asker: Asker, part: Part, seen: int) -> tuple[str, list[Any]] | None:
        """Return SQL for what is kept of a part, with its values, where so many events count; None where nothing is.

        What belongs together may stand in several of its rows if the part is loose; each then has the number by which
        it is found, and whether it is alone. Nothing is kept before the part was asked for twice.

        Raises:
            Interrupted: the question was overtaken.
        """
        kept = self._asked(asker, part, seen, at_once=False)
        if not kept.table:
            return None
        sql, values = _as_one(kept) if part.loose is None else _marked(kept)
        return f"({sql})", values

    def made(self, asker: Asker, numbers: Part, seen: int, make: Made) -> str | None:
        """Return the table of what is made of all parts of a number, where so many events count; None without room.

        It is made anew only for the numbers that `numbers` finds among the events that have come or changed.

        Raises:
            Interrupted: the question was overtaken.
        """
        kept = self._taken(asker, numbers, seen)
        try:
            kept = self._made(asker, kept or _Kept(numbers, -1), seen, make)
        except StoreError:  # without room for it, it is made for each question
            return None
        self._kept[numbers.topic] = kept
        return kept.table

    def _made(self, asker: Asker, kept: _Kept, seen: int, make: Made) -> _Kept:
        """Make it, or make it anew for some numbers. Where that is broken off, it is forgotten."""
        if kept.table and (seen, self._unsettled) == (kept.seen, kept.unsettled):
            return kept
        table, rows = kept.table or f"parts_{next(_numbers)}", 0
        self._due.append(table)
        if not kept.table:
            sql, values = make("")
            rows = asker.write(f"CREATE TABLE {table} AS {sql}", values)
            kept = kept._replace(table=table, merged_rows=rows)
        else:
            touched = self._touched(asker, kept, seen)
            asker.write(f"DELETE FROM {table} WHERE {KEY} IN (SELECT {KEY} FROM {touched})")
            sql, values = make(touched)
            rows = kept.rows + asker.write(f"INSERT INTO {table} {sql}", values)
            if rows > max(_FEW, 2 * kept.merged_rows):  # most of them are deleted ones
                rows = asker.write(f"CREATE OR REPLACE TABLE {table} AS FROM {table}")
                kept = kept._replace(merged_rows=rows)
        self._due.remove(table)
        return kept._replace(rows=rows, seen=seen, unsettled=self._unsettled)

    def _touched(self, asker: Asker, kept: _Kept, seen: int) -> str:
        """Return a table of the numbers whose parts may be others than they were; it is dropped with the next."""
        table = f"parts_{next(_numbers)}"
        self._due.append(table)
        pieces = [kept.part.sql(f"rowid >= {kept.seen} AND rowid < {seen}")]
        if kept.unsettled:  # as they were, and as they are
            pieces.append(kept.part.sql(f"id IN (SELECT id FROM {kept.unsettled})"))
        pieces += [kept.part.sql(table=apart) for apart in {kept.unsettled, self._unsettled} if apart]
        every = " UNION ".join(f"({sql})" for sql, _ in pieces)
        asker.write(f"CREATE TABLE {table} AS {every}", [value for _, values in pieces for value in values])
        return table

    def _taken(self, asker: Asker, part: Part, seen: int) -> _Kept | None:
        """Take out what is kept on the topic of a part, if it is of that part."""
        self._drop(asker)
        kept = self._kept.pop(part.topic, None)
        if kept is not None and (kept.part != part or seen < kept.seen):
            self._due += [kept.table] * bool(kept.table)
            return None
        return kept

    def _asked(self, asker: Asker, part: Part, seen: int, *, at_once: bool) -> _Kept:
        kept = self._taken(asker, part, seen)
        if kept is None:
            kept = _Kept(part, -1 if at_once else seen, self._unsettled)
        try:
            kept = self._grown(asker, kept, seen)
        except StoreError:  # without room for it all events are looked at
            kept = _Kept(part, seen, too_many=True)
        self._kept[part.topic] = kept
        return kept

    def _grown(self, asker: Asker, kept: _Kept, seen: int) -> _Kept:
        """Add what has come to what is kept. Where that is broken off, it is forgotten."""
        same = (seen, self._unsettled) == (kept.seen, kept.unsettled)
        if same or kept.too_many or (self._rests and not kept.table):
            return kept._replace(seen=seen, unsettled=self._unsettled)
        part, table = kept.part, kept.table or f"parts_{next(_numbers)}"
        self._due.append(table)
        settled = f"id NOT IN (SELECT id FROM {self._unsettled})" if self._unsettled else "TRUE"
        if not kept.table:
            sql, values = part.sql(f"rowid < {seen}", settled)
            rows = asker.write(f"CREATE TABLE {table} AS {part.keyed(sql)}", values)
            kept = kept._replace(table=table, rows=rows, merged_rows=rows)
        else:
            sql, values = part.sql(f"rowid >= {kept.seen} AND rowid < {seen}", settled)
            rows = kept.rows + asker.write(f"INSERT INTO {table} {part.keyed(sql)}", values)
            if kept.unsettled:  # of those that waited some may do so no longer
                sql, values = part.sql(f"id IN (SELECT id FROM {kept.unsettled})", settled)
                rows += asker.write(f"INSERT INTO {table} {part.keyed(sql)}", values)
            kept = self._tidied(asker, kept._replace(rows=rows))
        self._due.remove(table)
        return kept._replace(seen=seen, unsettled=self._unsettled)

    def _tidied(self, asker: Asker, kept: _Kept) -> _Kept:
        """Make one of what belongs together once there is much that does."""
        new = kept.rows - kept.merged_rows
        if new <= max(_SLACK, kept.merged_rows // _SHARE) or kept.merged_rows > (kept.part.loose or kept.merged_rows):
            return kept
        sql, _ = _as_one(kept._replace(unsettled=""))
        rows = asker.write(f"CREATE OR REPLACE TABLE {kept.table} AS {kept.part.keyed(sql)}")
        return kept._replace(rows=rows, merged_rows=rows)

    def _set_apart(self, asker: Asker, number: int, joined: int) -> None:
        """Find the events that are not settled."""
        table = f"parts_{next(_numbers)}"
        self._apart.append(table)
        if asker.set_apart(table, number, joined):
            self._unsettled = table
        else:
            self._unsettled = ""
            self._apart.remove(table)

    def _drop(self, asker: Asker) -> None:
        used = {self._unsettled, *(kept.unsettled for kept in self._kept.values())}
        self._due += [table for table in self._apart if table not in used]
        self._apart = [table for table in self._apart if table in used]
        with contextlib.suppress(StoreError):  # that there is no room is said where something is written
            while self._due:
                asker.write(f"DROP TABLE IF EXISTS {self._due[-1]}")
                self._due.pop()


def _pieces(kept: _Kept, columns: str = "*", first: int = 0) -> tuple[str, list[Any]]:
    """The rows of a table from some on, and beside them the parts of what is not settled, with their values."""
    sql = f"SELECT {columns} FROM {kept.table}" + (f" WHERE rowid >= {first}" if first else "")
    if not kept.unsettled:
        return sql, []
    more, values = kept.part.sql(table=kept.unsettled)
    return f"{sql} UNION ALL SELECT {columns} FROM ({kept.part.keyed(more)})", values


def _marked(kept: _Kept) -> tuple[str, list[Any]]:
    """The rows of a table and the parts of what is not settled, each with whether it is alone, with the values."""
    sql = f"SELECT *, rowid < {kept.merged_rows} AS {ALONE} FROM {kept.table}"
    if not kept.unsettled:
        return sql, []
    more, values = kept.part.sql(table=kept.unsettled)
    return f"{sql} UNION ALL SELECT *, FALSE FROM ({kept.part.keyed(more)})", values


def _as_one(kept: _Kept) -> tuple[str, list[Any]]:
    """The rows of a table with what is not settled, of which no two belong together, with the values."""
    part, own = kept.part, kept.part.own
    if kept.rows == kept.merged_rows and not kept.unsettled:
        return f"SELECT {own} FROM {kept.table}", []
    if kept.rows <= _FEW or not part.keys:
        sql, values = _pieces(kept, own)
        return part.as_one(sql), values
    new, values = _pieces(kept, first=kept.merged_rows)
    touched = f"SELECT {own} FROM old SEMI JOIN new USING ({KEY}) UNION ALL SELECT {own} FROM new"
    sql = (
        f"WITH new AS MATERIALIZED ({new}), old AS (SELECT * FROM {kept.table} WHERE rowid < {kept.merged_rows})"
        f" SELECT {own} FROM old ANTI JOIN new USING ({KEY})"
        f" UNION ALL SELECT * FROM ({part.as_one(touched)})"
    )
    return sql, values
