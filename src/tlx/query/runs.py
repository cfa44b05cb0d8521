"""Runs, sources and the counts of lines: what was read."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from tlx.model import TEXT_EVENT
from tlx.query.ask import ACTIONS, ALL, UNENDED, Asker, Scope
from tlx.query.growing.ledger import Part

Wanted = int | Literal["last"]
"""A run as it can be asked for: by its number, or the one that begins last."""


class NoSuchRunError(Exception):
    """There is no run of that number; the text says which there are."""


class RunFacts(NamedTuple):
    """One run; ns, None if unknown: `start` by its header or the first one seen, `end` the last one seen."""

    run: int
    source: int
    line: int
    """Where it begins in its source."""
    dialect: str | None
    command: str | None
    working_dir: str | None
    trace_id: str | None
    start: int | None
    end: int | None
    events: int
    actions: int
    duration_ns: int
    """The sum over its actions, which exceeds the wall where they overlap."""
    rejects: int
    unended: int = 0
    """Spans that have begun and of which no end was seen."""

    @property
    def wall_ns(self) -> int | None:
        """From its start to its end."""
        return None if self.start is None or self.end is None else self.end - self.start


class SourceCount(NamedTuple):
    """One source with its line counts; `lines` are the non-empty ones. Sizes in bytes."""

    source: int
    path: str
    codec: str
    bytes: int
    decompressed_bytes: int
    state: str
    lines: int


_DIALECT = (
    "CASE WHEN starts_with(runs.dialect, seen.dialect || '-') THEN seen.dialect"
    " ELSE coalesce(runs.dialect, seen.dialect) END"
)
"""A header may be that of several dialects, `buck2` and `buck2-user`: the events below it tell which."""


_SEEN = Part(
    "runs",
    ALL,
    "run, dialect, min(coalesce(start, time)) AS start, max(time) AS last, count(*) AS part, min(id) AS first,"
    f" count(*) FILTER ({ACTIONS}) AS actions, sum(duration_ns) FILTER ({ACTIONS}) AS busy",
    "run, dialect, min(start) AS start, max(last) AS last, sum(part)::BIGINT AS part, min(first) AS first,"
    " sum(actions)::BIGINT AS actions, sum(busy) AS busy",
)
"""What the events of each run say of it, by dialect."""


def runs(asker: Asker) -> list[RunFacts]:
    """Return the runs in the order in which they were met; events without a header make one if there are any."""
    seen, values = asker.parts(_SEEN)
    rows = asker.rows(
        f"SELECT runs.run, runs.source, line, {_DIALECT}, command, working_dir, trace,"
        " coalesce(runs.start, seen.start), seen.last, coalesce(number, 0) - coalesce(told, 0),"
        " coalesce(actions, 0), coalesce(busy, 0),"
        " coalesce(bad, 0), coalesce(unended, 0) FROM runs LEFT JOIN"
        " (SELECT run, arg_max(dialect, (part, -first)) AS dialect, min(start) AS start, max(last) AS last,"
        " sum(part)::BIGINT AS number, sum(actions)::BIGINT AS actions, sum(busy) AS busy FROM"
        f" {seen} GROUP BY run) AS seen ON runs.run = seen.run"
        " LEFT JOIN (SELECT run, count(*) AS bad FROM rejects GROUP BY run) AS lost ON runs.run = lost.run"
        " LEFT JOIN (SELECT run, sum(text_events)::BIGINT AS told FROM tallies GROUP BY run) AS texts"
        " ON runs.run = texts.run"
        f" LEFT JOIN (SELECT run, count(*) AS unended FROM events WHERE {UNENDED} GROUP BY run) AS begun"
        " ON runs.run = begun.run"
        " WHERE has_header OR number > 0 ORDER BY runs.run",
        values,
    )
    return [RunFacts(*row) for row in rows]


def find(found: Sequence[RunFacts], wanted: Wanted) -> RunFacts:
    """Return the run that is wanted; of runs that begin together the one met last counts as the last.

    Raises:
        NoSuchRunError: it is not among them.
    """
    if wanted == "last" and found:
        return max(found, key=_begin)
    for facts in found:
        if facts.run == wanted:
            return facts
    if not found:
        raise NoSuchRunError(f"there is no run {wanted}, for there are no events")
    first, last = found[0].run, found[-1].run
    others = f"only run {first}" if first == last else f"only runs {first} to {last}"
    raise NoSuchRunError(f"there is no run {wanted}, {others}")


def beside(found: Sequence[RunFacts], run: int, direction: int) -> RunFacts | None:
    """Return the run that begins next after a run (direction 1) or last before it (-1)."""
    order = sorted(found, key=_begin)
    place = next((number for number, facts in enumerate(order) if facts.run == run), -direction) + direction
    return order[place] if 0 <= place < len(order) else None


def _begin(facts: RunFacts) -> tuple[bool, int, int]:
    """Runs by their start; before them those of which none is known, ties as they were met."""
    return facts.start is not None, facts.start or 0, facts.run


def sources(asker: Asker) -> list[SourceCount]:
    """Return the sources in order, once they have been read."""
    rows = asker.rows(
        "SELECT source, path, codec, bytes, decompressed_bytes, state,"
        " (SELECT count(*) FROM events WHERE events.source = sources.source)"
        " + (SELECT count(*) FROM runs WHERE runs.source = sources.source AND has_header)"
        " + (SELECT count(*) FROM rejects WHERE rejects.source = sources.source)"
        " + (SELECT coalesce(sum(headers + texts - extra - text_events), 0)::BIGINT FROM tallies"
        " WHERE tallies.source = sources.source) FROM sources ORDER BY source"
    )
    return [SourceCount(*row) for row in rows]


def states(asker: Asker) -> set[str]:
    """Return how sources ended, or stand, that have been read."""
    return {row[0] for row in asker.rows("SELECT DISTINCT state FROM sources")}


def line_kinds(asker: Asker, run: int | None = None) -> dict[str, int]:
    """Return how many lines, of a run or of all, are events, headers, text and rejects."""
    where, values = Scope(run=run).where()
    header, _ = Scope(run=run).where("has_header")
    rows, runs, rejects, extra, headers, texts, text_events = asker.row(
        f"SELECT (SELECT count(*) FROM events{where}), (SELECT count(*) FROM runs{header}),"
        f" (SELECT count(*) FROM rejects{where}), tallies.* FROM (SELECT {_TALLIES} FROM tallies{where}) AS tallies",
        values * 4,
    )
    return {
        "event": int(rows - text_events - extra),
        "header": int(runs + headers),
        "text": int(texts),
        "reject": int(rejects),
    }


_TALLIES = ", ".join(f"coalesce(sum({name}), 0)::BIGINT" for name in ("extra", "headers", "texts", "text_events"))


def events(asker: Asker, run: int | None = None) -> int:
    """Return the number of events, of a run or of all, without those of text alone."""
    where, values = Scope(run=run).where()
    rows, text_events = asker.row(
        f"SELECT (SELECT count(*) FROM events{where}),"
        f" (SELECT coalesce(sum(text_events), 0)::BIGINT FROM tallies{where})",
        values * 2,
    )
    return int(rows - text_events)


def masked(asker: Asker) -> int:
    """Return how many values are masked, of events and of rejects."""
    return int(asker.row('SELECT coalesce(sum("values"), 0)::BIGINT FROM masked')[0])


def counts(asker: Asker, column: str, scope: Scope = ALL) -> dict[str, int]:
    """Return the number of events by `dialect` or `event`, the most frequent first; a missing one is `unknown`.

    Those of text alone do not count.
    """
    assert column in ("dialect", "event")
    where, values = scope.where(f"event IS DISTINCT FROM '{TEXT_EVENT}'")
    rows = asker.rows(
        f"SELECT coalesce({column}, 'unknown') AS value, count(*) AS number FROM events{where} GROUP BY 1"
        " ORDER BY number DESC, value",
        values,
    )
    return {row[0]: int(row[1]) for row in rows}


def total_duration(asker: Asker, scope: Scope = ALL) -> int:
    """Return the sum of all durations in ns."""
    where, values = scope.where()
    return int(asker.row(f"SELECT coalesce(sum(duration_ns), 0) FROM events{where}", values)[0])
