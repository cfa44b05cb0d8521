"""Critical paths as logs tell them, and where events stand on them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tlx.dialects.base import Step
from tlx.dialects.known import critical_path
from tlx.query.ask import Asker, Scope
from tlx.query.whole.record import parsed


class Course(NamedTuple):
    """The critical path of a run, in order of time; `id` is the event that tells it."""

    run: int
    id: int
    event: str
    """The type of that event."""
    steps: tuple[Step, ...]

    @property
    def total_ns(self) -> int:
        """What all steps took together."""
        return sum(step.duration_ns for step in self.steps)

    def numbers(self, span: str | None) -> list[int]:
        """Return the numbers of the steps that a span is part of, from 1."""
        return [number for number, step in enumerate(self.steps, 1) if span is not None and span in step.spans]


def courses(asker: Asker, run: int | None = None) -> Iterator[Course]:
    """Yield the critical paths that the logs tell, one for each run at most; of one run where that is given."""
    for (dialect,) in asker.rows("SELECT DISTINCT dialect FROM events"):
        told = critical_path(dialect)
        if told is None:
            continue
        where, values = Scope(run=run).where("dialect = ?", "event = ?")
        rows = asker.rows(
            f"SELECT run, max(id), arg_max(raw, id) FROM events{where} GROUP BY run", [dialect, told.event, *values]
        )
        for number, event_id, raw in rows:
            record = parsed(raw)
            if steps := tuple(told.read(record) if isinstance(record, dict) else ()):
                yield Course(number, event_id, told.event, steps)


def course_of(asker: Asker, event_id: int) -> tuple[Course, list[int]] | None:
    """Return the critical path that an event is on, or tells, with the numbers of its steps; None for others."""
    rows = asker.rows("SELECT run, dialect, span FROM events WHERE id = ?", [event_id])
    run, dialect, span = rows[0] if rows else (None, None, None)
    if run is None or critical_path(dialect) is None:
        return None
    found = next(courses(asker, run), None)
    if found is None:
        return None
    numbers = found.numbers(span)
    return (found, numbers) if numbers or found.id == event_id else None
