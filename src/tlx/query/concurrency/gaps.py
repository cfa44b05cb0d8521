"""How a run used its time: when no action ran, how long at most one did, and how many were in flight on average.

A run lasts from its header, or from its first event where that is earlier or there is no header, to its last event.
Only actions of the scope count as running, those that have begun and not ended up to the last event of their run; the
window of the scope narrows the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tlx.query.ask import ACTIONS, Asker, Scope
from tlx.query.concurrency.islands import stretch, with_reach
from tlx.query.concurrency.unended import under_way


@dataclass(frozen=True, slots=True)
class IdleGap:
    """A stretch of a run in which no action ran; ns since the epoch.

    `before` and `after` are the actions that end and start at its edges, of several the first to arrive; None at an
    edge of the run. An action of no length ends one gap and begins another.
    """

    begin: int
    end: int
    before: int | None
    after: int | None

    @property
    def length_ns(self) -> int:
        """How long it lasted."""
        return self.end - self.begin


@dataclass(frozen=True, slots=True)
class Pace:
    """How busy a run was; times in ns since the epoch, lengths in ns."""

    run: int
    begin: int
    end: int
    actions: int
    """Those whose start is known."""
    total_ns: int
    """The sum of what they took within the run."""
    busy_ns: int
    """The time during which at least one ran."""
    tail_begin: int
    """From here to the end of the run at most one action ran."""
    last: int | None
    """The action that ended last, of several the first to arrive."""
    gaps: tuple[IdleGap, ...]
    """The longest idle gaps, of equals the earliest first."""
    gaps_in_all: int

    @property
    def wall_ns(self) -> int:
        """From begin to end."""
        return self.end - self.begin

    @property
    def idle_ns(self) -> int:
        """The time during which no action ran."""
        return self.wall_ns - self.busy_ns

    @property
    def tail_ns(self) -> int:
        """How long at the end at most one action ran."""
        return self.end - self.tail_begin

    @property
    def mean(self) -> float | None:
        """Actions in flight on average; None for a run of no length."""
        return self.total_ns / self.wall_ns if self.wall_ns else None


def covered_ns(found: Sequence[Pace]) -> int:
    """Return how long at least one of the runs was under way: what ran at the same time counts once."""
    total, reach = 0, None
    for begin, end in sorted((pace.begin, pace.end) for pace in found):
        total += max(0, end - (begin if reach is None else max(begin, reach)))
        reach = end if reach is None else max(reach, end)
    return total


def idlest(found: Sequence[Pace]) -> Pace | None:
    """Return the run with the longest idle gap, of equals the first; None where there is no gap."""
    return max((pace for pace in found if pace.gaps), key=lambda pace: pace.gaps[0].length_ns, default=None)


def with_actions(asker: Asker, found: Sequence[Pace]) -> list[Pace]:
    """Return the runs that have any action, also such as the scope leaves out: others have nothing that could idle."""
    acting = {pace.run for pace in found if pace.actions}
    if len(acting) < len(found):
        begun, values = under_way(asker, Scope())
        more = f" UNION SELECT run FROM ({begun})" if begun else ""
        acting |= {run for (run,) in asker.rows(f"SELECT DISTINCT run FROM events WHERE {ACTIONS}{more}", values)}
    return [pace for pace in found if pace.run in acting]


def longest_tail(found: Sequence[Pace]) -> Pace | None:
    """Return the run with the longest tail, of equals the first; None where no action ran in one that has a tail."""
    return max((pace for pace in found if pace.tail_ns and pace.actions), key=lambda pace: pace.tail_ns, default=None)


def paces(asker: Asker, scope: Scope, gaps: int = 10) -> list[Pace]:
    """Return how busy each run of the scope was, by number, with so many of its idle gaps.

    A run of which no time is known, or that lies outside the window, is left out.
    """
    edges, its_run = _edges(scope)
    spans, values = _spans(asker, scope)
    rows = asker.rows(
        f"WITH edges AS MATERIALIZED ({edges}),"
        f" reached AS MATERIALIZED (SELECT * FROM {with_reach(spans, stretch(asker))}),"
        f" sums AS MATERIALIZED ({_SUMS}),"
        f" gaps AS MATERIALIZED ({_GAPS}),"
        f" longest AS MATERIALIZED ({_LONGEST.format(int(gaps))}),"
        f" lists AS ({_LISTS})"
        " SELECT sums.*, (SELECT min(span_id) FROM reached WHERE reached.place = sums.place AND span_time = last_time),"
        " lists.gaps, (SELECT count(*) FROM gaps WHERE gaps.place = sums.place)"
        " FROM sums LEFT JOIN lists USING (place) ORDER BY place",
        [*its_run, *values],
    )
    return [_pace(row) for row in rows]


def _pace(row: tuple[Any, ...]) -> Pace:
    run, begin, end, actions, total, busy, tail, _, _, last, gaps, number = row
    found = tuple(IdleGap(*gap.values()) for gap in gaps or ())
    return Pace(run, begin, end, actions, int(total), int(busy), begin if tail is None else tail, last, found, number)


def _edges(scope: Scope) -> tuple[str, list[Any]]:
    """SQL for when each run begins and ends, and the values."""
    where, values = Scope(run=scope.run, before=scope.before).where("time IS NOT NULL")
    begin, end = "least(min(coalesce(events.start, time)), any_value(runs.start))", "max(time)"
    held = ""
    if scope.window is not None:
        first, last = map(int, scope.window)
        begin, end = f"greatest({begin}, {first})", f"least({end}, {last})"
        held = " WHERE run_begin <= run_end"
    sql = (
        f"SELECT * FROM (SELECT run AS place, {begin} AS run_begin, {end} AS run_end"
        f" FROM (SELECT run, start, time FROM events{where}) AS events LEFT JOIN runs USING (run) GROUP BY run){held}"
    )
    return sql, values


def _spans(asker: Asker, scope: Scope) -> tuple[str, list[Any]]:
    """SQL for the actions of the scope whose start is known, cut to its window, and the values."""
    where, values = scope.where(ACTIONS, "start IS NOT NULL")
    begun, own = under_way(asker, scope)
    spans = f"SELECT run, id, start AS begin, time FROM events{where}"
    if begun:
        spans += f" UNION ALL SELECT run, id, begin, time FROM ({begun})"
    begin, time = "begin", "time"
    if scope.window is not None:
        first, last = map(int, scope.window)
        begin, time = f"greatest(begin, {first})", f"least(time, {last})"
    sql = f"SELECT run AS place, id AS span_id, {begin} AS span_start, {time} AS span_time FROM ({spans})"
    return sql, values + own


_SUMS = (
    "SELECT place, run_begin, run_end, coalesce(actions, 0) AS actions, coalesce(total, 0) AS total,"
    " coalesce(busy, 0) AS busy, two_end, first_time, last_time FROM edges LEFT JOIN"
    " (SELECT place, count(*) AS actions, sum(span_time - span_start) AS total,"
    " sum(greatest(0, span_time - greatest(span_start, coalesce(reach, span_start)))) AS busy,"
    " max(least(span_time, reach)) FILTER (reach > span_start AND span_time > span_start) AS two_end,"
    " min(span_start) AS first_time, max(span_time) AS last_time FROM reached GROUP BY place) USING (place)"
)
"""For each run the sums, the last moment at which two actions ran, the first start and the last end."""

_GAPS = (
    "SELECT place, reach AS gap_begin, span_start AS gap_end FROM reached WHERE span_start > reach"
    " UNION ALL SELECT place, run_begin, coalesce(first_time, run_end) FROM sums"
    " WHERE coalesce(first_time, run_end) > run_begin"
    " UNION ALL SELECT place, last_time, run_end FROM sums WHERE last_time < run_end"
)
"""Between islands, before the first and behind the last."""

_LONGEST = (
    "SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY place"
    " ORDER BY gap_end::HUGEINT - gap_begin DESC, gap_begin) AS rank FROM gaps) WHERE rank <= {}"
)

_LISTS = (
    "SELECT place, list({'begin': gap_begin, 'end': gap_end, 'before': ended,"
    " 'after': started} ORDER BY rank) AS gaps FROM longest"
    " LEFT JOIN (SELECT place, span_time AS gap_begin, min(span_id) AS ended FROM reached"
    "  SEMI JOIN longest ON reached.place = longest.place AND span_time = gap_begin GROUP BY ALL)"
    " USING (place, gap_begin)"
    " LEFT JOIN (SELECT place, span_start AS gap_end, min(span_id) AS started FROM reached"
    "  SEMI JOIN longest ON reached.place = longest.place AND span_start = gap_end GROUP BY ALL)"
    " USING (place, gap_end) GROUP BY place"
)
