"""Stories: what the events of one run, operation, trace or owner tell together, as an outline in order of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tlx.dialects.base import Story
from tlx.dialects.known import stories
from tlx.model import EVENT_COLUMNS
from tlx.query.ask import FAILED, Asker
from tlx.query.grouping.defaults import dialects
from tlx.query.language.chips import include
from tlx.query.language.nodes import And, Comparison, Node, Or, Path
from tlx.query.language.quote import show
from tlx.query.whole.critical import Course, course_of, courses

MOST = 100_000
"""Events of a story that are told: the first ones."""
_MOST_DIGITS = 10
_EARLIEST = -(2**63)
"""Where what has no time is said, in ns: before all else."""
_MOST_THROUGH = 40
"""So many values a filter may name."""


class Told(NamedTuple):
    """A story, and the value that names it."""

    story: Story
    value: str


class Chapter(NamedTuple):
    """A part of a story: the events with one value of a level; ns, None where no event has a time."""

    column: str
    value: str
    name: str
    """What it is called by its first event; empty where nothing is known."""
    events: int
    begin: int | None
    end: int | None
    status: str | None
    """`failed` where any event did, or else what the last one to end with an outcome says."""
    gain_ns: int = 0
    """Of a step of a critical path: how much less the whole would take without it, at most."""


class Line(NamedTuple):
    """A line of the outline: an event, or a chapter, whose `id` is its first event."""

    depth: int
    id: int
    gap_ns: int | None
    """From the end of what came before it, on its level, to its begin; negative where they overlap."""
    chapter: Chapter | None


class Outline(NamedTuple):
    """A story, told."""

    told: Told
    lines: Sequence[Line]
    events: int
    """How many there are, more than `MOST` of which are not told."""
    begin: int | None
    end: int | None
    failed: int


class Fact(NamedTuple):
    """What is said of an event of a story; times in ns."""

    id: int
    line: int
    name: str
    status: str | None
    level: str | None
    start: int | None
    time: int | None
    duration_ns: int | None


def of_event(asker: Asker, event_id: int) -> list[Told]:
    """Return the stories that an event is in, the widest first."""
    rows = asker.rows("SELECT dialect FROM events WHERE id = ?", [event_id])
    found = []
    for story in stories(rows[0][0]) if rows else ():
        value = _value(asker, story, event_id)
        if value is not None:
            found.append(Told(story, value))
    return found


def _value(asker: Asker, story: Story, event_id: int) -> str | None:
    """What names the story that an event is in, be it by what it shares with others."""
    if story.course:
        on = course_of(asker, event_id)
        return str(on[0].run) if on else None
    columns = ", ".join(map(_column, (story.key, story.through or story.key)))
    own, shared = asker.row(f"SELECT {columns} FROM events WHERE id = ?", [event_id])
    if own is None and story.through and shared is not None:
        sql = f"SELECT min({_column(story.key)}) FROM events WHERE {_column(story.through)} = ?"
        own = asker.row(sql, [shared])[0]
    return None if own is None else str(own)


def named(asker: Asker, value: str) -> list[Told]:
    """Return the stories that a value names, those of the commonest dialect and the widest first."""
    told = dict.fromkeys(Told(story, value) for name in dialects(asker) for story in stories(name))
    # Runs have numbers, which may also be ids of something else.
    return [one for one in sorted(told, key=lambda one: one.story.course) if _is_told(asker, one)]


def _is_told(asker: Asker, told: Told) -> bool:
    if told.story.course:
        return _course(asker, told) is not None
    sql = f"SELECT 1 FROM events WHERE {_column(told.story.key)} = ? LIMIT 1"
    return bool(asker.rows(sql, [told.value]))


def names(asker: Asker) -> list[str]:
    """Return what the dialects of a log call their stories."""
    return list(dict.fromkeys(f"{one.name} ({one.key})" for name in dialects(asker) for one in stories(name)))


def clause(asker: Asker, told: Told) -> str:
    """Return the filter that the events of a story pass; where very many values would be named, those of its key."""
    story, value = told
    if story.course:
        return _clause_of(_course(asker, told))
    own = include("", story.key, value)
    if not story.through:
        return own
    rows = asker.rows(*_through(told, f" LIMIT {_MOST_THROUGH + 1}"))
    if not rows or len(rows) > _MOST_THROUGH:
        return own
    others = (Comparison(Path((story.through,)), "==", row[0]) for row in rows)
    return show(Or((Comparison(Path((story.key,)), "==", value), *others)))


def outline(asker: Asker, told: Told) -> Outline:
    """Return a story from its begin: events in order of time, those without one behind them as they arrived."""
    if told.story.course:
        found = _course(asker, told)
        return _stepwise(asker, told, found) if found else Outline(told, (), 0, None, None, 0)
    where, values = _where(told)
    levels = ", ".join(_column(name) for name in (told.story.calls, *told.story.levels))
    total, begin, end, failed = asker.row(
        f"SELECT count(*), min(coalesce(start, time)), max(time), count(*) FILTER ({FAILED}) FROM events WHERE {where}",
        values,
    )
    rows = asker.rows(
        f"SELECT id, coalesce(start, time) AS begin, time, status, {FAILED}, {levels} FROM events WHERE {where}"
        f" ORDER BY begin NULLS LAST, duration_ns DESC NULLS LAST, id LIMIT {MOST}",
        values,
    )
    lines = list(_Teller(told.story).tell(rows))
    return Outline(told, lines, int(total), begin, end, int(failed))


def facts(asker: Asker, ids: Sequence[int]) -> dict[int, Fact]:
    """Return what is said of some events, by their ids."""
    rows = asker.rows(
        "SELECT id, line, coalesce(name, event, ''), status, level, start, time, duration_ns FROM events"
        " WHERE id IN (SELECT unnest(?::BIGINT[]))",
        [list(ids)],
    )
    return {row[0]: Fact(*row) for row in rows}


def failures(asker: Asker, ids: Sequence[int]) -> set[int]:
    """Return which of some events failed."""
    rows = asker.rows(f"SELECT id FROM events WHERE id IN (SELECT unnest(?::BIGINT[])) AND {FAILED}", [list(ids)])
    return {row[0] for row in rows}


def _column(name: str) -> str:
    """SQL for a column of events, as text: dialects name no others."""
    assert name in EVENT_COLUMNS
    return f'"{name}"::VARCHAR'


def _through(told: Told, more: str = "") -> tuple[str, list[Any]]:
    """What the events that have the key share with others."""
    shared, key = _column(told.story.through), _column(told.story.key)
    return f"SELECT DISTINCT {shared} FROM events WHERE {key} = ? AND {shared} IS NOT NULL{more}", [told.value]


def _where(told: Told) -> tuple[str, list[Any]]:
    own = f"{_column(told.story.key)} = ?"
    if not told.story.through:
        return own, [told.value]
    sql, values = _through(told)
    return f"({own} OR {_column(told.story.through)} IN ({sql}))", [told.value, *values]


def _course(asker: Asker, told: Told) -> Course | None:
    """The critical path of the run that a story is named by."""
    run = int(told.value) if told.value.isascii() and told.value.isdigit() and len(told.value) < _MOST_DIGITS else None
    return None if run is None else next(courses(asker, run), None)


def _clause_of(course: Course | None) -> str:
    """The filter that the spans of a critical path pass; of very many those of its longest steps."""
    steps = sorted(course.steps, key=lambda step: -step.duration_ns) if course else []
    spans = list(dict.fromkeys(span for step in steps for span in step.spans))[:_MOST_THROUGH]
    if course is None:
        return ""
    run, tells = (
        Comparison(Path((key,)), "==", value) for key, value in (("run", str(course.run)), ("event", course.event))
    )
    if not spans:
        return show(And((run, tells)))
    either: list[Node] = [Comparison(Path(("span",)), "==", span) for span in spans]
    ended = Comparison(Path(("duration",)), ">=", "0ns")
    return show(And((run, Or((And((ended, Or(tuple(either)) if len(either) > 1 else either[0])), tells)))))


def _stepwise(asker: Asker, told: Told, course: Course) -> Outline:
    """A critical path: a chapter for each step with the spans it is made of; a step may have none."""
    number = {span: at for at, step in reversed(list(enumerate(course.steps))) for span in step.spans}
    rows = asker.rows(
        f"SELECT id, coalesce(start, time), time, status, {FAILED}, span FROM events"
        " WHERE run = ? AND span IN (SELECT unnest(?::VARCHAR[])) AND duration_ns IS NOT NULL ORDER BY 2, id",
        [course.run, list(number)],
    )
    parts = [_Part("step", f"step {at} of {len(course.steps)}") for at in range(1, len(course.steps) + 1)]
    for event_id, begin, end, status, failed, span in rows:
        event = _Event(event_id, begin, end, status, failed)
        parts[number[span]].inside.append(event)
        parts[number[span]].add(event)
    begins = _begins(course, [part.begin for part in parts])
    lines: list[Line] = []
    for at, (part, step) in enumerate(zip(parts, course.steps, strict=True)):
        begin = begins[at]
        end = None if begin is None else begin + step.duration_ns
        before = None if at == 0 or begin is None else begins[at - 1]
        gap = None if before is None or begin is None else begin - before - course.steps[at - 1].duration_ns
        chapter = part.chapter._replace(name=step.name, begin=begin, end=end, gain_ns=step.gain_ns)
        inside = [one.id for one in part.inside if isinstance(one, _Event)]
        lines.append(Line(0, inside[0] if inside else course.id, gap, chapter))
        lines += [Line(1, one, None, None) for one in inside]
    lines.append(Line(0, course.id, None, None))
    last = None if begins[-1] is None else begins[-1] + course.steps[-1].duration_ns
    return Outline(told, lines, len(rows) + 1, begins[0], last, sum(row[4] for row in rows))


def _begins(course: Course, told: list[int | None]) -> list[int | None]:
    """When the steps began: as their spans tell, or else as one step follows the other."""
    for at in range(1, len(told)):
        before = told[at - 1]
        if told[at] is None and before is not None:
            told[at] = before + course.steps[at - 1].duration_ns
    for at in range(len(told) - 2, -1, -1):
        after = told[at + 1]
        if told[at] is None and after is not None:
            told[at] = after - course.steps[at].duration_ns
    return told


@dataclass(slots=True)
class _Part:
    """A chapter as it is told: what is in it, and what is known of it so far."""

    column: str = ""
    value: str = ""
    name: str = ""
    first: int = 0
    events: int = 0
    begin: int | None = None
    end: int | None = None
    status: str | None = None
    known: int = _EARLIEST
    """When what is known of the outcome was said."""
    failed: bool = False
    inside: list[_Part | _Event] = field(default_factory=list)

    def add(self, event: _Event) -> None:
        """Count an event in."""
        self.events += 1
        self.failed = self.failed or event.failed
        said = _EARLIEST if event.end is None else event.end
        if event.status is not None and said >= self.known:
            self.status, self.known = event.status, said
        if event.begin is not None and event.end is not None:
            self.begin = event.begin if self.begin is None else min(self.begin, event.begin)
            self.end = event.end if self.end is None else max(self.end, event.end)

    @property
    def chapter(self) -> Chapter:
        """The same, once all is told."""
        status = "failed" if self.failed else self.status
        return Chapter(self.column, self.value, self.name, self.events, self.begin, self.end, status)


class _Event(NamedTuple):
    id: int
    begin: int | None
    end: int | None
    status: str | None
    failed: bool


class _Teller:
    """Puts the events of a story into its chapters, and lays them out."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._root = _Part()
        self._parts: dict[tuple[str, ...], _Part] = {}

    def tell(self, rows: Sequence[tuple[Any, ...]]) -> Iterator[Line]:
        """Yield the lines of events that come in order of time."""
        for event_id, begin, end, status, failed, name, *values in rows:
            event = _Event(event_id, begin, end, status, failed)
            self._part(event, name, [value for value in values if value is not None]).inside.append(event)
        yield from self._lines(self._root, 0)

    def _part(self, event: _Event, name: str | None, values: Sequence[str]) -> _Part:
        """The chapter of an event, which is begun where it is the first."""
        part = self._root
        for depth in range(len(values)):
            key = tuple(values[: depth + 1])
            found = self._parts.get(key)
            if found is None:
                column = self._story.levels[depth]
                found = self._parts[key] = _Part(column, values[depth], name or "", event.id)
                part.inside.append(found)
            found.name = found.name or name or ""
            found.add(event)
            part = found
        return part

    def _lines(self, part: _Part, depth: int) -> Iterator[Line]:
        """The lines of a chapter without its own; what lies within a span is told beneath it."""
        levels = [_Level(None, None)]
        for one in part.inside:
            if isinstance(one, _Part):
                del levels[1:]
            while len(levels) > 1 and (one.end is None or one.end > (levels[-1].until or 0)):
                levels.pop()
            inner = depth + len(levels) - 1
            gap = levels[-1].gap(one)
            if isinstance(one, _Part):
                yield Line(inner, one.first, gap, one.chapter)
                yield from self._lines(one, inner + 1)
                continue
            yield Line(inner, one.id, gap, None)
            if self._story.nests and None not in (one.begin, one.end) and one.begin != one.end:
                levels.append(_Level(one.end, one.begin))


@dataclass(slots=True)
class _Level:
    """What stands side by side: until when the span around it lasts, and how far it has been told."""

    until: int | None
    told: int | None

    def gap(self, one: _Part | _Event) -> int | None:
        """Return how long nothing was before this, which is told now."""
        gap = one.begin - self.told if one.begin is not None and self.told is not None else None
        if one.end is not None:
            self.told = one.end if self.told is None else max(self.told, one.end)
        return gap
