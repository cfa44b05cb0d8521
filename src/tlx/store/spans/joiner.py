"""Joins what arrives, step by step, in SQL; only keys with several starts or ends are looked at one by one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from tlx.model import OPEN, Joins
from tlx.store.cursor import Cursor
from tlx.store.database import Database
from tlx.store.spans import rule, turns
from tlx.store.spans.rule import EACH_ITS_OWN, Mark, known, marked, paired, sorts, values

_MOST_GONE = 50_000
"""Rows that were deleted, after which the table of what is not joined is written anew: their room is not used again."""

_FITS = (
    "(start_id < end_id OR (start_source = end_source AND start_line - end_line <= {waits}"
    " AND NOT coalesce(start_time > end_time, FALSE)))"
)
_NUMBERS = "count(*) FILTER (starts) AS opening, count(*) FILTER (NOT starts) AS closing"
_ALONE = (
    "CREATE OR REPLACE TEMP TABLE span_pairs AS"
    f" SELECT CASE WHEN {_FITS} THEN start_id END AS start_id, end_id FROM (SELECT {_NUMBERS}, "
    + ", ".join(
        f"min({column}) FILTER ({'' if kind == 'start' else 'NOT '}starts) AS {kind}_{column}"
        for kind in ("start", "end")
        for column in ("id", "source", "line", "time")
    )
    + " FROM span_marks GROUP BY key) WHERE opening = 1 AND closing = 1"
)
"""Keys of one start and one end, as nearly all are. An end whose waiting is over has no start."""
_CROWD = (
    "SELECT key, id, source, line, time, starts FROM span_marks WHERE key IN"
    f" (SELECT key FROM (SELECT key, {_NUMBERS} FROM span_marks GROUP BY key) WHERE opening > 1 OR closing > 1)"
    " ORDER BY key, id"
)
_LENGTHS = (
    "UPDATE {events} SET start = started.time, duration_ns = ended.time - started.time"
    " FROM span_pairs JOIN span_marks AS started ON started.id = span_pairs.start_id"
    " JOIN span_marks AS ended ON ended.id = span_pairs.end_id"
    " WHERE {events}.id = span_pairs.end_id AND ended.unmeasured AND ended.time >= started.time"
)
_NAMES = (
    "UPDATE {events} SET own_name = begun.said FROM"
    " (SELECT end_id, own_name AS said FROM span_pairs JOIN events ON events.id = start_id) AS begun"
    " WHERE {events}.id = begun.end_id AND begun.said IS NOT NULL AND ({named})"
)
_PAIRS = (
    "INSERT INTO pairs SELECT start_id, end_id, ended.unmeasured FROM span_pairs"
    " JOIN span_marks AS ended ON ended.id = span_pairs.end_id WHERE start_id IS NOT NULL"
)
_CLOSED = (
    "UPDATE {events} SET status = unjoined.status FROM unjoined WHERE {events}.id = unjoined.id AND starts"
    " AND unjoined.id IN (SELECT start_id FROM span_pairs)"
)
_GONE = "DELETE FROM unjoined WHERE id IN (SELECT unnest([start_id, end_id]) FROM span_pairs)"
_LEFT = (
    "new AND id NOT IN (SELECT end_id FROM span_pairs UNION ALL"
    " SELECT start_id FROM span_pairs WHERE start_id IS NOT NULL)"
)
_WAITING = (
    "INSERT INTO unjoined SELECT * EXCLUDE (ends, new) REPLACE (CASE WHEN id IN (SELECT unnest($crowded::BIGINT[]))"
    f" THEN NULL ELSE key END AS key) FROM span_marks WHERE {_LEFT}"
)
_OPENED = (
    "UPDATE {events} SET status = '" + OPEN + f"' WHERE id IN (SELECT id FROM span_marks WHERE starts AND {_LEFT})"
)
_EXPIRED = (
    "DELETE FROM unjoined USING (SELECT source, max(line) AS last FROM span_marks WHERE new GROUP BY source) AS seen"
    " WHERE NOT starts AND unjoined.source = seen.source AND line < last - {waits}"
)


class Joiner:
    """Joins the events of a store in the order of their arrival numbers; one thread at a time."""

    def __init__(self, database: Database, rules: Joins, begin: int = 1) -> None:
        """Join by the rules of dialects what arrives with the number `begin` or a higher one."""
        self.begin = begin
        """The lowest arrival number that has not been looked at."""
        self._rules = rules
        self._events, self._hidden = database.live("events"), database.live("hidden_events")
        self._gone = 0
        self._named = " OR ".join(
            f"(dialect = '{one.dialect}' AND ({one.rule.named}))" for one in sorts(rules) if one.rule.named
        )

    def concerns(self, end: int, dialects: Collection[str]) -> bool:
        """Whether there can be something to join below `end` if there are `dialects`; else that is passed over."""
        if end > self.begin and not self._rules.keys().isdisjoint(dialects):
            return True
        self.begin = end
        return False

    def join(self, cursor: Cursor, end: int, dialects: Collection[str], logs: Mapping[int, int] = EACH_ITS_OWN) -> bool:
        """Join what has numbers below `end` and is of `dialects`, within a transaction; return whether there was any.

        `logs` are the sources that go on where others ended, each with the first of these.
        """
        numbers, self.begin = {"begin": self.begin, "end": end}, end
        found = sorts(self._rules, dialects)
        queued = [one for one in found if not one.rule.in_turn]
        following = turns.mark(cursor, [one for one in found if one.rule.in_turn], numbers, self._events, logs)
        if queued:
            cursor.execute(marked("span_marks", self._events, queued, logs), {**numbers, **values(queued)})
        any_queued = bool(queued) and _number(cursor, "SELECT count(*) FROM span_marks") > 0
        if following or any_queued:
            # What is masked also stands as it was, and is to say the same.
            hidden = [self._hidden] if _number(cursor, f"SELECT count(*) FROM {self._hidden}") else []
            tables = [self._events, *hidden]
            if following:
                self._gone += turns.join(cursor, tables)
            if any_queued:
                self._pair(cursor, tables)
            self._compact(cursor)
        return following or any_queued

    def _pair(self, cursor: Cursor, tables: Sequence[str]) -> None:
        """Find the starts and ends that belong together, and write down what that means."""
        cursor.execute(known("span_marks"))
        cursor.execute(_ALONE.format(waits=rule.WAITS))
        pairs, crowded = paired(map(Mark._make, cursor.execute(_CROWD).fetchall()))
        if pairs:
            given = {"starts": [pair[0] for pair in pairs], "ends": [pair[1] for pair in pairs]}
            cursor.execute("INSERT INTO span_pairs SELECT unnest($starts::BIGINT[]), unnest($ends::BIGINT[])", given)
        self._write(cursor, tables, crowded)

    def _write(self, cursor: Cursor, tables: Sequence[str], crowded: Sequence[int]) -> None:
        """Write down what was found out: lengths, what is open and what no longer is."""
        paired_any = _number(cursor, "SELECT count(*) FROM span_pairs") > 0
        for events in tables:
            for statement in (_LENGTHS, _CLOSED, _OPENED) if paired_any else (_OPENED,):
                cursor.execute(statement.format(events=events))
            if self._named and paired_any:
                cursor.execute(_NAMES.format(events=events, named=self._named))
        if paired_any:
            cursor.execute(_PAIRS)
            self._gone += _number(cursor, _GONE)
        cursor.execute(_WAITING, {"crowded": list(crowded)})
        self._gone += _number(cursor, _EXPIRED.format(waits=rule.WAITS))

    def _compact(self, cursor: Cursor) -> None:
        """Make room where much of what waited no longer does."""
        if self._gone > _MOST_GONE:
            cursor.execute("CREATE OR REPLACE TABLE unjoined AS SELECT * FROM unjoined")
            self._gone = 0


def _number(cursor: Cursor, sql: str) -> int:
    row = cursor.execute(sql).fetchone()
    assert row is not None
    return int(row[0])
