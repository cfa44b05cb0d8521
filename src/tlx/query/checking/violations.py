"""What in logs breaks the rules of its system: one violation after another, in order of arrival.

The store is asked for a few thousand events at a time, so that a log of any length takes little memory.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from tlx.dialects.known import registries, rules
from tlx.dialects.rules.finding import Finding, Given, Judged, Rules, Schemas, Severity
from tlx.dialects.rules.registry import Registry, load
from tlx.model import NO_MASKS, Masks
from tlx.query import rejects
from tlx.query.ask import Asker, Scope
from tlx.query.checking.registered import fitting, seen
from tlx.query.checking.shapes import Shapes
from tlx.query.checking.shared import Sharing
from tlx.query.checking.values import cut, record_of, shown
from tlx.query.checking.veil import veiled
from tlx.query.fields import fields
from tlx.query.language.compile import Condition
from tlx.query.language.nodes import Path
from tlx.query.walk import walk

INVOCATION = "(invocation)"
"""What the header of a run is called where an event has its name."""
_PAGE = 2_000
_NOTED = 100
"""Each so many events, at least, what looks through them may be stopped."""
_MOST_STRETCH = 1 << 18
"""So many arrival numbers are looked through at once: a question that can be stopped in a fraction of a second."""
_LEARNT = 2_000
"""So many events of a stretch, at most, are looked at for their shape."""
_MOST_DOUBTFUL = 20_000
"""So many violations wait, at most, to learn which of them are none after all."""
_COLUMNS = (Path(("event_id",)), "source", "line", "dialect", "event", "span", "raw")
_NO_EVENT = "malformed"
_DAMAGE = "damage"


class Violation(NamedTuple):
    """A rule that is broken, and where: in the event with the arrival number `id`, or in a line that is none."""

    severity: Severity
    rule: str
    source: int
    line: int | None
    id: int | None
    event: str | None
    field: str = ""
    value: str | None = None
    """The begin of what stands there; what must not be shown is told in words."""
    masked: bool = False
    """Whether something of it is masked that could be revealed."""


class Checks(NamedTuple):
    """What each dialect is held against; those that are missing are held against nothing."""

    given: Mapping[str, tuple[Rules, Given]]
    masks: Masks = NO_MASKS
    seen: tuple[str, ...] = ()
    """The dialects of events that are checked."""
    unchecked: tuple[str, ...] = ()
    """The dialects of which the user gave nothing that they could be held against."""
    left_out: tuple[str, ...] = ()
    """What of the schemas given is not checked, a line each."""

    def named(self, dialect: str) -> str:
        """Return what events of a dialect are held against."""
        own, given = self.given[dialect]
        return "the schemas given" if own.needs_schemas else given.registry.name


class Wanted(NamedTuple):
    """What the user wants events to be held against."""

    registry: Registry | None = None
    schemas: Schemas | None = None
    allowed: Mapping[str, frozenset[str]] | None = None
    masks: Masks = NO_MASKS
    """What must not be shown of the events, though they are held against the rules as they are."""


def checks(asker: Asker, wanted: Wanted, run: int | None = None) -> Checks:
    """Return what to hold events against: where nothing else is wanted, the registry that they break least."""
    given: dict[str, tuple[Rules, Given]] = {}
    counts = seen(asker, run)
    for dialect, names in registries().items():
        own = rules(dialect)
        if own is None:
            continue
        if wanted.registry is not None and wanted.registry.dialect == dialect:
            registry = wanted.registry
        else:
            registry = fitting(names, counts.get(dialect, {}))
            registry = _least_broken(asker, own, [load(name) for name in names], registry, Scope(run=run))
        given[dialect] = (own, Given(registry, wanted.schemas, wanted.allowed))
    mute = {name for name, (own, _) in given.items() if own.needs_schemas and not wanted.schemas}
    unchecked = tuple(name for name in counts if name in mute)
    looked_at = tuple(name for name in counts if name in given and name not in unchecked)
    return Checks(given, wanted.masks, looked_at, unchecked, tuple(wanted.schemas.unchecked if wanted.schemas else ()))


def _least_broken(asker: Asker, own: Rules, registries: Sequence[Registry], fit: Registry, scope: Scope) -> Registry:
    """Return the registry that events break least; only those of which registries differ are looked at."""
    events = {event for one in registries for event in one.events}
    differing = [event for event in events if len({_demand(one, event) for one in registries}) > 1]
    if not differing:
        return fit
    where, values = scope.where("dialect = ?", "event IN (SELECT unnest(?))")
    broken = [0] * len(registries)
    for page in asker.pages(f"SELECT event, raw FROM events{where}", [fit.dialect, differing, *values], _PAGE):
        for event, raw in page:
            judged = Judged(event, record_of(raw), raw)
            for number, registry in enumerate(registries):
                found = own.judge(judged, Given(registry))
                broken[number] += sum(one.severity is not Severity.INFORMATION for one in found)
    return min(zip(broken, registries, strict=True), key=lambda one: (one[0], one[1] is not fit))[1]


def _demand(registry: Registry, event: str) -> object:
    entry = registry.events.get(event)
    return entry and (frozenset(entry.required), frozenset(entry.optional))


def violations(
    asker: Asker, checks: Checks, run: int | None = None, note: Callable[[int], object] = lambda _: None
) -> Iterator[Violation]:
    """Yield what is wrong: with headers, then damages, then events and lines that are none.

    `note` is told of the number of events looked at, now and then.
    """
    yield from _of_headers(asker, checks, run)
    events = _of_events(asker, checks, run, note)
    none = ((gap.id or 0, _of_gap(gap, checks.masks)) for gap in rejects.walk(asker, run))
    for _, violation in heapq.merge(events, none, key=lambda one: one[0]):
        yield violation


def _of_gap(gap: rejects.Gap, masks: Masks) -> Violation:
    rule = _NO_EVENT if gap.sort is rejects.Sort.REJECT else _DAMAGE
    value = gap.reason if gap.text is None or masks.dialects else f"{gap.reason}: {gap.text}"
    return Violation(Severity.ERROR, rule, gap.source, gap.line, gap.id, None, "", cut(value))


def _of_headers(asker: Asker, checks: Checks, run: int | None) -> Iterator[Violation]:
    where, values = ("", []) if run is None else (" AND run = ?", [run])
    sql = f"SELECT source, line, dialect, raw FROM runs WHERE raw IS NOT NULL{where} ORDER BY run"
    for page in asker.pages(sql, values, _PAGE):
        for source, line, dialect, raw in page:
            if dialect in checks.given:
                judged = Judged(INVOCATION, record_of(raw), raw)
                broken = list(checks.given[dialect][0].judge(judged, checks.given[dialect][1]))
                told = broken
                if broken and dialect in checks.masks.dialects:
                    _, told = veiled(judged, broken, checks.given[dialect], checks.masks.of(dialect))
                for found, one in zip(broken, told, strict=True):
                    yield _violation(one, (source, line, None, INVOCATION))._replace(masked=one != found)


class _Pending(NamedTuple):
    """A violation, and what is needed to tell whether it is one."""

    id: int
    span: str | None
    dialect: str
    shared: bool
    violation: Violation
    field: str
    """As it is, where the violation tells it masked."""


def _of_events(
    asker: Asker, checks: Checks, run: int | None, note: Callable[[int], object]
) -> Iterator[tuple[int, Violation]]:
    sharing = {name: Sharing(asker, name, own.together) for name, (own, _) in checks.given.items() if own.together}
    found = _judged(asker, checks, run, note)
    while page := list(islice(found, _MOST_DOUBTFUL)):
        doubtful: dict[str, list[_Pending]] = {}
        for one in page:
            if one.shared and one.span is not None and one.dialect in sharing:
                doubtful.setdefault(one.dialect, []).append(one)
        none = {(one.id, one.field) for dialect, ones in doubtful.items() for one in sharing[dialect].shared(ones)}
        yield from ((one.id, one.violation) for one in page if not one.shared or (one.id, one.field) not in none)


def _judged(asker: Asker, checks: Checks, run: int | None, note: Callable[[int], object]) -> Iterator[_Pending]:
    shapes, looked_at = Shapes(), 0
    for stretch, number in _stretches(asker, checks, run, shapes):
        rows = walk(asker, stretch, fields(_COLUMNS))
        for doubtful, (event_id, source, line, dialect, event, span, raw) in enumerate(rows, 1):
            if doubtful % _NOTED == 0:
                note(looked_at + doubtful)
            judged, held = Judged(event, record_of(raw), raw), checks.given[dialect]
            broken = list(held[0].judge(judged, held[1]))
            if not broken and doubtful <= _LEARNT:
                _learn(shapes, dialect, judged, held)
            seen_as, told = event, broken
            if broken and dialect in checks.masks.dialects:
                seen_as, told = veiled(judged, broken, held, checks.masks.of(dialect))
            place = (source, line, event_id, seen_as)
            for found, one in zip(broken, told, strict=True):
                violation = _violation(one, place)._replace(masked=one != found or seen_as != event)
                yield _Pending(event_id, span, dialect, found.shared, violation, found.field)
        looked_at += number
        note(looked_at)


def _stretches(asker: Asker, checks: Checks, run: int | None, shapes: Shapes) -> Iterator[tuple[Scope, int]]:
    """Yield the events one stretch after another, of each those that may break a rule, and how many it has in all."""
    every = Scope(run=run)
    where, values = every.where()
    begin, last = asker.row(f"SELECT min(id), max(id) FROM events{where}", values)
    length = _PAGE
    while begin is not None and begin <= last:
        stretch = every.narrowed(Condition(sql=f"id >= {int(begin)} AND id < {int(begin) + length}"))
        where, values = stretch.where()
        number = int(asker.row(f"SELECT count(*) FROM events{where}", values)[0])
        others = shapes.others()
        judged = sorted(checks.given.keys() - set(checks.unchecked))
        doubtful = stretch.narrowed(Condition(sql="dialect IN (SELECT unnest(?))", values=(tuple(judged),)))
        yield (doubtful.narrowed(others) if others.sql else doubtful), number
        begin, length = begin + length, min(2 * length, _MOST_STRETCH)


def _learn(shapes: Shapes, dialect: str, judged: Judged, held: tuple[Rules, Given]) -> None:
    """Note the shape of an event with which nothing is wrong, where that decides how it is judged."""
    own, given = held
    if own.alike is not None and judged.event is not None and isinstance(judged.record, dict):
        alike = own.alike(judged, given)
        if alike is not None:
            shapes.learn(dialect, judged.event, judged.raw, alike)


def _violation(found: Finding, place: tuple[int, int, int | None, str | None]) -> Violation:
    value = found.value if found.hidden else shown(found.value)
    return Violation(found.severity, found.rule, *place, found.field, value)
