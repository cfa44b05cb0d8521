"""Why a run failed, and why it was slow: what only some logs tell, by the details and the critical path of dialects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tlx.dialects.base import Step
from tlx.dialects.known import details_of
from tlx.query.ask import ACTIONS, Asker, Scope
from tlx.query.language.compile import Context
from tlx.query.language.nodes import Path
from tlx.query.language.sql.raw import Piece, Place
from tlx.query.whole.critical import courses

FAILED = ("failed", "failure", "error", "fatal", "exception", "timeout")
"""What dialects call the status of what did not succeed, and other logs in any case."""
_FAILED = f"lower(status) IN {FAILED!r}"
_LONGEST = 200
"""Characters of what a failure says that are shown."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Actions that failed, or other events where no action did; the rest is of the one that failed first."""

    number: int
    actions: bool
    id: int
    name: str | None
    exit_code: str | None
    said: str | None
    """A line of its error, or of its standard error."""


@dataclass(frozen=True, slots=True)
class Queued:
    """The time in ns that actions waited in queues, of `total_ns` that these took; `id` waited longest."""

    queued_ns: int
    total_ns: int
    actions: int
    category: str | None
    """The category that waited longest, for `most_ns`."""
    most_ns: int
    id: int


@dataclass(frozen=True, slots=True)
class Critical:
    """A critical path in order of time; `id` is the event that tells it, `longest_id` that of its longest step."""

    run: int
    id: int
    steps: tuple[Step, ...]
    longest_id: int | None

    @property
    def total_ns(self) -> int:
        """What all steps took together."""
        return sum(step.duration_ns for step in self.steps)

    @property
    def longest(self) -> list[Step]:
        """The steps, the longest first."""
        return sorted(self.steps, key=lambda step: -step.duration_ns)


def failed(asker: Asker, scope: Scope) -> Failed | None:
    """Return how many actions of the scope failed, and why the first did; without any, how many events."""
    for is_action in (True, False):
        where, values = scope.where(_FAILED, *([ACTIONS] if is_action else []))
        (number,) = asker.row(f"SELECT count(*) FROM events{where}", values)
        if number:
            order = "ORDER BY time IS NULL, time, id LIMIT 1"
            event_id, dialect, name = asker.row(f"SELECT id, dialect, name FROM events{where} {order}", values)
            told = dict(_told(asker, event_id, dialect))
            said = next((told[key] for key in ("error", "stderr") if told.get(key)), None)
            return Failed(number, is_action, event_id, name, told.get("exit_code"), _line(said))
    return None


def queued(asker: Asker, scope: Scope) -> Queued | None:
    """Return how long actions of the scope waited in queues, if any log tells that some did."""
    dialects = [name for (name,) in asker.rows("SELECT DISTINCT dialect FROM events")]
    units = {name: detail.ns for name in dialects if (detail := details_of(name).get("queue_us"))}
    if not units:
        return None
    sql, parameters = _detail("queue_us")
    where, values = scope.where(ACTIONS, f"dialect IN ({', '.join(map(repr, units))})")
    wait = f"TRY(TRY_CAST({sql} AS BIGINT) * {next(iter(units.values()))})"
    rows = asker.rows(
        f"WITH told AS (SELECT id, category, duration_ns AS long, {wait} AS said FROM events{where}),"
        " waits AS (SELECT *, least(said, long) AS wait FROM told WHERE said > 0 AND long > 0),"
        " costs AS (SELECT category, sum(wait) AS waited FROM waits GROUP BY category),"
        " worst AS (SELECT * FROM costs ORDER BY waited DESC, category NULLS LAST LIMIT 1)"
        " SELECT sum(wait), sum(long), count(*), any_value(worst.category), any_value(worst.waited),"
        "  arg_max(id, (wait, -id)) FROM waits, worst",
        [*parameters, *values],
    )
    return Queued(*rows[0]) if rows and rows[0][0] else None


def critical(asker: Asker, scope: Scope) -> Critical | None:
    """Return the longest critical path that the log of a run in the scope tells."""
    found = max(courses(asker, scope.run), key=lambda path: path.total_ns, default=None)
    if found is None:
        return None
    rows = asker.rows(
        "SELECT id FROM events WHERE run = ? AND span IN (SELECT unnest(?::VARCHAR[])) AND duration_ns IS NOT NULL"
        " ORDER BY duration_ns DESC, id LIMIT 1",
        [found.run, list(max(found.steps, key=lambda step: step.duration_ns).spans)],
    )
    return Critical(found.run, found.id, found.steps, rows[0][0] if rows else None)


def _told(asker: Asker, event_id: int, dialect: str) -> Iterator[tuple[str, str | None]]:
    """Yield what one event says of its failure."""
    for name in ("exit_code", "error", "stderr"):
        if name in details_of(dialect):
            sql, parameters = _detail(name)
            yield name, asker.row(f"SELECT {sql} FROM events WHERE id = ?", [*parameters, event_id])[0]


def _detail(name: str) -> Piece:
    return Place.of(Path((name,)), Context()).value()


def _line(text: str | None) -> str | None:
    """The first line of a text that holds anything, cut."""
    lines = (line.strip() for line in (text or "").splitlines())
    return next((line[:_LONGEST] for line in lines if line), None)
