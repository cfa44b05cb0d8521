"""The lines of logs in order of time, each with the moment at which it was written as far as its event tells.

A line counts at the end of its event, never before the run before it in its log was over; one that tells no time counts
with the latest before it. A run's header goes before all of its lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tlx.query.ask import Asker, Scope

_PAGE = 20_000
_PAGE_BYTES = 32 << 20
"""So many lines are looked up at once, or as many as have so many bytes together, but at least one."""


class Line(NamedTuple):
    """A line as it stood in the log, without its end; `at` in ns since the epoch."""

    at: int
    source: int
    text: str


class NoTimesError(Exception):
    """No event tells its time, so there is no order of time."""


class Span(NamedTuple):
    """When a run began and ended, in ns since the epoch, not before the run before it in its log ended."""

    run: int
    source: int
    begin: int
    end: int


def is_kept(asker: Asker) -> bool:
    """Return whether the lines are at hand as they stood: of a line that holds many events only these are."""
    (gone,) = asker.row("SELECT coalesce(sum(extra + headers), 0) FROM tallies")
    return not gone


def spans(asker: Asker, only: int | None = None) -> list[Span]:
    """Return when each run was, in their order; or of one run `only`.

    Raises:
        NoTimesError: that is not known of any.
    """
    where, values = Scope(run=only).where()
    rows = asker.rows(
        "SELECT run, source, coalesce(runs.start, seen.start), seen.last, seen.start FROM runs LEFT JOIN"
        " (SELECT run, min(coalesce(start, time)) AS start, max(time) AS last FROM events GROUP BY run) AS seen"
        f" USING (run){where} ORDER BY run",
        values,
    )
    known = [time for _, _, *times in rows for time in times if time is not None]
    if not known:
        raise NoTimesError
    over: dict[int, int] = {}
    found = []
    for run, source, start, end, _ in rows:
        floor = over.get(source, min(known))
        begin = floor if start is None else max(floor, start)
        over[source] = begin if end is None else max(begin, end)
        found.append(Span(run, source, begin, over[source]))
    return found


def lines(asker: Asker, spans: Sequence[Span]) -> Iterator[Line]:
    """Yield the lines of these runs, rejects and headers too, in order of time; few are in hand at a time."""
    headers = _headers(asker, spans)
    for event_id, at, source, text in _walked(asker, spans):
        while headers and headers[-1][:2] < (at, event_id):
            begin, _, line = headers.pop()
            yield line._replace(at=begin)
        yield Line(at, source, text)
    while headers:
        yield headers.pop()[2]


def _headers(asker: Asker, spans: Sequence[Span]) -> list[tuple[int, int, Line]]:
    """The headers, the last first, each with its time and the arrival number behind which it stands."""
    known = asker.rows(
        "SELECT runs.run, raw, first, last FROM runs LEFT JOIN (SELECT run, min(id) AS first, max(id) AS last FROM"
        " (SELECT run, id FROM events UNION ALL SELECT run, id FROM rejects) GROUP BY run) AS seen"
        " ON runs.run = seen.run"
    )
    facts = {run: (raw, first, last) for run, raw, first, last in known}
    found = []
    before = 0
    for place, span in enumerate(spans):
        raw, first, last = facts.get(span.run, (None, None, None))
        if raw is not None:
            found.append(
                (span.begin, before if first is None else first - 1, place, Line(span.begin, span.source, raw))
            )
        before = max(before, last or 0)
    return [(begin, behind, line) for begin, behind, _, line in sorted(found, key=lambda one: one[:3], reverse=True)]


_ALL = (
    "SELECT id, run, time, strlen(raw) AS size FROM events"
    " UNION ALL SELECT id, run, NULL AS time, strlen(text) AS size FROM rejects"
)
_TIMES_FILLED = (
    "SELECT id, run, size, coalesce(time, max(time) OVER (PARTITION BY run ORDER BY id"
    f" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)) AS time FROM ({_ALL})"
)
"""SQL: the latest time of the run so far where a line tells none. It takes a sort of its own."""


def _walked(asker: Asker, spans: Sequence[Span]) -> Iterator[tuple[int, int, int, str]]:
    """Yield arrival number, time, source and text of events and rejects, by time."""
    (gaps,) = asker.row(f"SELECT count(*) - count(time) FROM ({_ALL})")
    sources = {span.run: span.source for span in spans}
    lines = _TIMES_FILLED if gaps else _ALL
    sql = (
        f"SELECT id, size, greatest(coalesce(time, first), first) AS moment, own.run FROM ({lines}) AS own"
        " JOIN (SELECT unnest(?) AS run, unnest(?) AS first) AS wanted ON own.run = wanted.run ORDER BY moment, id"
    )
    values = [[span.run for span in spans], [span.begin for span in spans]]
    for page in asker.pages(sql, values, _PAGE):
        for part in _parts(page):
            texts = dict(_texts(asker, [row[0] for row in part]))
            yield from ((event_id, at, sources[run], texts[event_id]) for event_id, _, at, run in part)


def _texts(asker: Asker, ids: list[int]) -> list[tuple[int, str]]:
    wanted = "WHERE id IN (SELECT unnest(?))"
    sql = f"SELECT id, raw FROM events {wanted} UNION ALL SELECT id, text FROM rejects {wanted}"
    return [(row[0], row[1]) for row in asker.rows(sql, [ids, ids])]


def _parts(page: list[tuple[int, int, int, int]]) -> Iterator[list[tuple[int, int, int, int]]]:
    """Cut a page where its lines are long."""
    part: list[tuple[int, int, int, int]] = []
    total = 0
    for row in page:
        if part and total + row[1] > _PAGE_BYTES:
            yield part
            part, total = [], 0
        part.append(row)
        total += row[1]
    yield part
