"""The rule by which starts and ends belong together."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tlx.model import Spans

WAITS = 10_000
"""Lines for which an end waits: far more than writers at the same time put out of order."""
MOST_OPEN = 1_000
"""So many starts of one key stand in line."""
EACH_ITS_OWN: Mapping[int, int] = {}
"""Sources of which none goes on where another ended."""


def halves(dialect: str, rule: Spans, logs: Mapping[int, int]) -> str:
    """Return SQL for what is to be known of starts and ends; `logs` are sources that go on where others ended."""
    cases = "".join(f" WHEN {source} THEN '{first}'" for source, first in logs.items())
    log = f"CASE source{cases} ELSE source::VARCHAR END" if cases else "source::VARCHAR"
    return (
        f"id, source, line, time, status, {log} || ' {dialect} ' || ({rule.key}) AS key,"
        f" coalesce(({rule.starts}), FALSE) AS starts, duration_ns IS NULL AS unmeasured"
    )


def is_half(dialect: str, rule: Spans) -> str:
    """Return SQL for whether an event is a start or an end, and can be joined."""
    return f"dialect = '{dialect}' AND (({rule.starts}) OR ({rule.ends})) AND ({rule.key}) IS NOT NULL"


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
