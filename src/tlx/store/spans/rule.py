"""The rule by which starts and ends belong together."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from tlx.model import Joins, Spans

WAITS = 10_000
"""Lines for which an end waits: far more than writers at the same time put out of order."""
MOST_OPEN = 1_000
"""So many starts of one key stand in line."""
EACH_ITS_OWN: Mapping[int, int] = {}
"""Sources of which none goes on where another ended."""
COLUMNS = "id, source, line, time, status, key, starts, unmeasured, in_turn"
"""What is known of what is not joined."""


def known(table: str) -> str:
    """Return SQL that adds what is not joined and has the key of a new start or end to the table of these."""
    return f"INSERT INTO {table} SELECT {COLUMNS}, FALSE, FALSE FROM unjoined WHERE key IN (SELECT key FROM {table})"


class Sort(NamedTuple):
    """The spans that one rule of a dialect tells; keys of others are others."""

    dialect: str
    number: int
    rule: Spans


def sorts(rules: Joins, dialects: Collection[str] | None = None) -> list[Sort]:
    """Return the sorts of spans, of all dialects or of these."""
    return [
        Sort(name, number, one)
        for name, several in rules.items()
        if dialects is None or name in dialects
        for number, one in enumerate(several)
    ]


def values(found: Iterable[Sort]) -> dict[str, Any]:
    """Return the parameters of `halves` and `is_half` of some sorts."""
    return {name: value for sort in found for name, value in sort.rule.values.items()}


def halves(sort: Sort, logs: Mapping[int, int]) -> str:
    """Return SQL for what is to be known of starts and ends; `logs` are sources that go on where others ended."""
    rule = sort.rule
    cases = "".join(f" WHEN {source} THEN '{first}'" for source, first in logs.items())
    log = f"CASE source{cases} ELSE source::VARCHAR END" if cases else "source::VARCHAR"
    return (
        f"id, source, line, time, status, {log} || ' {sort.dialect} {sort.number} ' || ({rule.key}) AS key,"
        f" coalesce(({rule.starts}), FALSE) AS starts, duration_ns IS NULL AS unmeasured, {rule.in_turn} AS in_turn"
    )


def is_half(sort: Sort) -> str:
    """Return SQL for whether an event is a start or an end, or tells that there is none, and can be joined."""
    rule = sort.rule
    found = " OR ".join(f"({part})" for part in (rule.starts, rule.ends, rule.cuts) if part)
    return f"dialect = '{sort.dialect}' AND ({found}) AND ({rule.key}) IS NOT NULL"


def marked(table: str, events: str, found: Sequence[Sort], logs: Mapping[int, int]) -> str:
    """Return SQL that makes a table of the new starts and ends: of events from `$begin` up to `$end`."""
    selects = " UNION ALL ".join(
        f"SELECT {halves(sort, logs)}, coalesce(({sort.rule.ends}), FALSE) AS ends, TRUE AS new FROM {events}"
        f" WHERE id >= $begin AND id < $end AND {is_half(sort)}"
        for sort in found
    )
    return f"CREATE OR REPLACE TEMP TABLE {table} AS {selects}"


class Mark(NamedTuple):
    """A start or an end."""

    key: str
    id: int
    source: int
    line: int
    time: int | None
    starts: bool


def paired(marks: Iterable[Mark]) -> tuple[list[tuple[int | None, int]], list[int]]:
    """Return pairs of ids, those of ends whose waiting is over without a start, and the starts that are too many.

    The marks of a key stand together, in order.
    """
    pairs: list[tuple[int | None, int]] = []
    crowded: list[int] = []
    key, line = None, deque[Mark]()
    for mark in marks:
        if mark.key != key:
            key, line = mark.key, deque()
        if mark.starts:
            if not _met(mark, line, pairs):
                line.append(mark) if len(line) < MOST_OPEN else crowded.append(mark.id)
        elif line and line[0].starts:
            pairs.append((line.popleft().id, mark.id))
        else:
            line.append(mark)
    return pairs, crowded


def _met(start: Mark, line: deque[Mark], pairs: list[tuple[int | None, int]]) -> bool:
    """Let a start meet an end that waits for it; say whether there is one. Those before it wait no longer."""
    while line and not line[0].starts:
        end = line.popleft()
        near = start.source == end.source and start.line - end.line <= WAITS
        fits = near and not (start.time is not None and end.time is not None and start.time > end.time)
        pairs.append((start.id if fits else None, end.id))
        if fits:
            return True
    return False
