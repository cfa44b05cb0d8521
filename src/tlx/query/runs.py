"""Runs, sources and the counts of lines: what was read."""

from __future__ import annotations

from dataclasses import dataclass

from tlx.query.ask import Asker


@dataclass(frozen=True, slots=True)
class RunFacts:
    """One run; ns, None if unknown: `start` by its header or the first one seen, `end` the last one seen."""

    run: int
    source: int
    dialect: str | None
    command: str | None
    trace_id: str | None
    start: int | None
    end: int | None
    events: int


@dataclass(frozen=True, slots=True)
class SourceCount:
    """One source with its line counts; `lines` are the non-empty ones. Sizes in bytes."""

    source: int
    path: str
    codec: str
    bytes: int
    decompressed_bytes: int
    state: str
    lines: int


@dataclass(frozen=True, slots=True)
class RejectLine:
    """A line that is no event, with its place."""

    path: str
    line: int
    offset: int
    reason: str
    text: str


def runs(asker: Asker) -> list[RunFacts]:
    """Return the runs in the order in which they were met; events without a header make one if there are any."""
    rows = asker.rows(
        "SELECT runs.run, runs.source, coalesce(runs.dialect, seen.dialect), command, trace,"
        " coalesce(runs.start, seen.start), seen.last, coalesce(number, 0) FROM runs LEFT JOIN"
        " (SELECT run, arg_max(dialect, (part, -first)) AS dialect, min(start) AS start, max(last) AS last,"
        " sum(part)::BIGINT AS number FROM (SELECT run, dialect, min(coalesce(start, time)) AS start,"
        " max(time) AS last, count(*) AS part, min(id) AS first FROM events GROUP BY run, dialect) GROUP BY run)"
        " AS seen ON runs.run = seen.run"
        " WHERE has_header OR number > 0 ORDER BY runs.run"
    )
    return [RunFacts(*row) for row in rows]


def sources(asker: Asker) -> list[SourceCount]:
    """Return the sources in order, once they have been read."""
    rows = asker.rows(
        "SELECT source, path, codec, bytes, decompressed_bytes, state,"
        " (SELECT count(*) FROM events WHERE events.source = sources.source)"
        " + (SELECT count(*) FROM runs WHERE runs.source = sources.source AND has_header)"
        " + (SELECT count(*) FROM rejects WHERE rejects.source = sources.source) FROM sources ORDER BY source"
    )
    return [SourceCount(*row) for row in rows]


def line_kinds(asker: Asker) -> dict[str, int]:
    """Return how many lines are events, headers, text and rejects."""
    events, headers, rejects = asker.row(
        "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM runs WHERE has_header),"
        " (SELECT count(*) FROM rejects)"
    )
    return {"event": int(events), "header": int(headers), "text": 0, "reject": int(rejects)}


def counts(asker: Asker, column: str) -> dict[str, int]:
    """Return the number of events by `dialect` or `event`, the most frequent first; a missing one is `unknown`."""
    assert column in ("dialect", "event")
    rows = asker.rows(
        f"SELECT coalesce({column}, 'unknown') AS value, count(*) AS number FROM events GROUP BY 1"
        " ORDER BY number DESC, value"
    )
    return {row[0]: int(row[1]) for row in rows}


def total_duration(asker: Asker) -> int:
    """Return the sum of all durations in ns."""
    return int(asker.row("SELECT coalesce(sum(duration_ns), 0) FROM events")[0])


def rejects(asker: Asker, limit: int) -> list[RejectLine]:
    """Return the first rejects in order of arrival."""
    rows = asker.rows(
        "SELECT coalesce(path, ''), line, byte_offset, reason, text FROM rejects LEFT JOIN sources"
        f" ON rejects.source = sources.source ORDER BY rejects.id LIMIT {int(limit)}"
    )
    return [RejectLine(*row) for row in rows]
