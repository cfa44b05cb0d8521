"""The facts that explain a run, each computed from its events. What holds for no event is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from tlx.dialects.base import Step
from tlx.model import OPEN
from tlx.query.ask import ACTIONS, Asker, Scope
from tlx.query.concurrency.gaps import Pace, covered_ns, idlest, longest_tail, paces, with_actions
from tlx.query.concurrency.sweep import peak
from tlx.query.concurrency.unended import number as number_unended
from tlx.query.fields import OWNER_UNCONFIGURED, Field, field
from tlx.query.grouping.groups import Group, Order, Part, groups
from tlx.query.insights.causes import FAILED, critical, failed, queued
from tlx.query.insights.costs import changed, is_among_waits, slowest, waited
from tlx.query.insights.line import Insight, Jump, Measure, Number, Text, count, duration, share
from tlx.query.insights.misfits import misfits
from tlx.query.kinds import MISSES, cache, of_misses
from tlx.query.language.chips import joined
from tlx.query.language.quote import clause
from tlx.query.language.values import typed_duration

_STEPS = 3
"""So many of the longest steps of a critical path are named."""
_SLOWEST = 10
"""So many of the slowest actions are summed."""


def insights(asker: Asker, scope: Scope) -> Iterator[Insight]:
    """Yield the insights of a scope as they are found, always in the same order."""
    look = _Look(asker, scope)
    for find in (
        _failed,
        _critical_path,
        _most_time,
        _most_wall,
        _slowest,
        _cache_rate,
        _missed_category,
        _missed_owner,
        _changed,
        _busiest,
        _idle,
        _tail,
        _inputs,
        _queued,
        _unended,
        _misfits,
    ):
        found = find(look)
        if found is not None:
            yield found


class _Look:
    """One scope, and what several insights need of it."""

    def __init__(self, asker: Asker, scope: Scope) -> None:
        self.asker = asker
        self.scope = scope

    @cached_property
    def paces(self) -> list[Pace]:
        """How busy the runs of the scope were, with the longest gap of each."""
        return paces(self.asker, self.scope, gaps=1)

    @cached_property
    def by(self) -> Field | None:
        """What to group by: the category, or the name where there is no category; None where there are no actions."""
        where, values = self.scope.where(ACTIONS)
        actions, categories = self.asker.row(f"SELECT count(*), count(category) FROM events{where}", values)
        return field("category" if categories else "name") if actions else None

    def run_of(self, pace: Pace) -> str:
        """What to call a run: by its number where there are several."""
        return f"run {pace.run}" if len(self.paces) > 1 else "the run"

    def top(self, by: Field, column: str, scope: Scope | None = None) -> Group | None:
        """Return the group that is first by a column, its wall known where it is that column."""
        rows = groups(self.asker, scope or self.scope, [by], Order(column), Part(limit=1)).rows
        return rows[0] if rows and getattr(rows[0], column) else None


def _most_time(look: _Look) -> Insight | None:
    group = look.by and look.top(look.by, "total_ns")
    if not look.by or not group:
        return None
    line = (
        Text("group", group.label),
        " took the most time: ",
        duration("total_ns", group.total_ns),
        " summed over ",
        *count("calls", group.calls, "action"),
        ", ",
        share("share", group.share, 1),
        " of all",
    )
    return Insight("most_time", line, Jump(look.by.clause(group.values[0]), group.longest_id))


def _most_wall(look: _Look) -> Insight | None:
    group = look.by and look.top(look.by, "wall_ns")
    if not look.by or not group or not group.wall_ns:
        return None
    # A window cuts the run, but no action: what these took may then be more than there is of it.
    walls = [] if look.scope.window is not None else [pace.wall_ns for pace in look.paces]
    line = (
        Text("group", group.label),
        " ran longest by the clock: at least one of its actions for ",
        duration("wall_ns", group.wall_ns),
        *((", ", share("share", group.wall_ns, walls[0]), " of the run") if len(walls) == 1 and walls[0] else ()),
    )
    return Insight("most_wall", line, Jump(look.by.clause(group.values[0]), group.longest_id))


def _slowest(look: _Look) -> Insight | None:
    found = slowest(look.asker, look.scope, _SLOWEST)
    if not found or not found[0].duration_ns:
        return None
    line = (
        Text("name", found[0].name),
        " is the slowest action with ",
        duration("duration_ns", found[0].duration_ns),
        "; the slowest ",
        *count("actions", len(found), "action"),
        " took ",
        duration("total_ns", sum(one.duration_ns for one in found)),
        " together",
    )
    longer = clause("duration", ">=", typed_duration(found[-1].duration_ns))
    if is_among_waits(look.asker, look.scope, found[-1].duration_ns):
        longer = joined(longer, "not kind == ensure")
    return Insight("slowest", line, Jump(longer, found[0].id))


def _cache_rate(look: _Look) -> Insight | None:
    found = cache(look.asker, look.scope)
    if not found.eligible:
        return None
    line = (
        share("rate", found.hits, found.eligible),
        " of the Run actions came from a cache: ",
        Number("hits", found.hits, Measure.COUNT),
        " of ",
        Number("eligible", found.eligible, Measure.COUNT),
    )
    return Insight("cache_rate", line, Jump("kind == Run status == cached"))


def _missed_category(look: _Look) -> Insight | None:
    return _missed(look, "missed_category", field("category"))


def _missed_owner(look: _Look) -> Insight | None:
    return _missed(look, "missed_owner", field(OWNER_UNCONFIGURED))


def _missed(look: _Look, name: str, by: Field) -> Insight | None:
    group = look.top(by, "total_ns", of_misses(look.scope))
    if not group:
        return None
    line = (
        "cache misses cost most in ",
        Text("group", group.label),
        ": ",
        duration("total_ns", group.total_ns),
        " for ",
        *count("calls", group.calls, "Run action"),
        " that no cache had, ",
        share("share", group.share, 1),
        " of the time of all such",
    )
    return Insight(name, line, Jump(joined(MISSES, by.clause(group.values[0])), group.longest_id))


def _changed(look: _Look) -> Insight | None:
    found = changed(look.asker, look.scope)
    if found is None:
        return None
    line = (
        *count("actions", found.actions, "action"),
        " ran although a cache had the outputs in another run: ",
        duration("total_ns", found.total_ns),
        ", most of it for ",
        Text("name", found.name),
        ": ",
        duration("costliest_ns", found.costliest_ns),
    )
    owner = field("owner").clause(found.owner)
    return Insight("changed", line, Jump(joined(field("name").clause(found.name), owner), found.id))


def _busiest(look: _Look) -> Insight | None:
    found = peak(look.asker, look.scope)
    if found is None:
        return None
    wall, total = covered_ns(look.paces), sum(pace.total_ns for pace in look.paces)
    line = (
        "at most ",
        *count("most", found.level, "action"),
        " in flight at once, ",
        Number("mean", total / wall if wall else 0.0, Measure.AVERAGE),
        " on average",
    )
    return Insight("busiest", line, Jump(window=(found.begin, found.end)))


def _idle(look: _Look) -> Insight | None:
    pace = idlest(with_actions(look.asker, look.paces))
    if pace is None:
        return None
    gap = pace.gaps[0]
    line = (
        "no action ran for ",
        duration("length_ns", gap.length_ns),
        ", the longest of ",
        *count("gaps", pace.gaps_in_all, "gap"),
        "; ",
        look.run_of(pace),
        " idled for ",
        duration("idle_ns", pace.idle_ns),
        ", ",
        share("share", pace.idle_ns, pace.wall_ns),
        " of it",
    )
    event = gap.after if gap.after is not None else gap.before
    return Insight("idle", line, Jump(event=event, window=(gap.begin, gap.end), run=pace.run))


def _tail(look: _Look) -> Insight | None:
    pace = longest_tail(look.paces)
    if pace is None:
        return None
    line = (
        "at its end ",
        look.run_of(pace),
        " had at most one action in flight, for ",
        duration("tail_ns", pace.tail_ns),
        ", ",
        share("share", pace.tail_ns, pace.wall_ns),
        " of it",
    )
    return Insight("tail", line, Jump(event=pace.last, window=(pace.tail_begin, pace.end), run=pace.run))


def _inputs(look: _Look) -> Insight | None:
    found = waited(look.asker, look.scope)
    if found is None:
        return None
    line = (
        Text("category", found.category),
        " waited longest for inputs to be materialized: ",
        duration("waited_ns", found.waited_ns),
        ", ",
        share("share", found.waited_ns, found.total_ns),
        " of its time",
        *(("; ", *count("heavy", found.heavy, "action"), " spent half of theirs or more") if found.heavy else ()),
    )
    slow = joined(field("category").clause(found.category), "mat > 0ns")
    return Insight("inputs", line, Jump(slow, found.id))


def _failed(look: _Look) -> Insight | None:
    found = failed(look.asker, look.scope)
    if found is None:
        return None
    line = (
        *count("failed", found.number, "action" if found.actions else "event"),
        " failed, first ",
        Text("name", found.name),
        *((" with exit code ", Text("exit_code", found.exit_code)) if found.exit_code is not None else ()),
        *((": ", Text("said", found.said)) if found.said else ()),
    )
    return Insight("failed", line, Jump(f"status in ({', '.join(FAILED)})", found.id))


def _critical_path(look: _Look) -> Insight | None:
    found = critical(look.asker, look.scope)
    if found is None or not found.total_ns:
        return None
    gain = max(found.steps, key=lambda step: step.gain_ns)
    saving = "the first" if gain is found.longest[0] else Text("gain_name", gain.name)
    line = (
        "the critical path took ",
        duration("total_ns", found.total_ns),
        " in ",
        *count("steps", len(found.steps), "step"),
        ", the longest ",
        *_listed(found.longest[:_STEPS]),
        *(("; ", saving, " could save at most ", duration("gain_ns", gain.gain_ns)) if gain.gain_ns else ()),
    )
    event = found.id if found.longest_id is None else found.longest_id
    return Insight("critical_path", line, Jump(event=event, run=found.run))


def _listed(steps: Sequence[Step]) -> Iterator[str | Number | Text]:
    """The names and lengths of steps, with numbers from 1."""
    for number, step in enumerate(steps, 1):
        yield ", " if number > 1 else ""
        yield from (Text(f"step_{number}", step.name), " ", duration(f"step_{number}_ns", step.duration_ns))


def _queued(look: _Look) -> Insight | None:
    found = queued(look.asker, look.scope)
    if found is None:
        return None
    line = (
        *count("actions", found.actions, "action"),
        " waited in queues: ",
        duration("queued_ns", found.queued_ns),
        ", ",
        share("share", found.queued_ns, found.total_ns),
        " of their time, most of all ",
        Text("category", found.category),
        ": ",
        duration("most_ns", found.most_ns),
    )
    return Insight("queued", line, Jump("queue_us > 0", found.id))


def _unended(look: _Look) -> Insight | None:
    found = number_unended(look.asker, look.scope)
    if found is None:
        return None
    name = Text("name", found.name)
    longest = () if found.open_ns is None else ("; longest open is ", name, ": ", duration("open_ns", found.open_ns))
    line = (*count("spans", found.spans, "span"), " never ended in this log", *longest)
    return Insight("unended", line, Jump(f"status == {OPEN}", found.id))


def _misfits(look: _Look) -> Insight | None:
    found = misfits(look.asker, look.scope)
    parts = [
        (
            count("overlong_waits", found.overlong_waits, "action"),
            " said to wait longer for inputs than in all",
        ),
        (count("early", found.early, "event"), " before the start of the run"),
        (count("clamped", found.clamped, "event"), " with a number cut to 32 bits"),
    ]
    shown = [(*counted, words) for counted, words in parts if counted[0].value]
    if not shown:
        return None
    said = [piece for part in shown for piece in (", ", *part)]
    return Insight("misfits", ("values to doubt: ", *said[1:]), Jump(event=found.first))
