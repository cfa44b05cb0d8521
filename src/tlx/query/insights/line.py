"""An insight: a line in parts, and where to look. Both heads print its numbers alike; what stands out is for them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tlx import units


class Measure(StrEnum):
    """What a number of a line measures: things, ns, a part of a whole from 0 to 1, or things on average."""

    COUNT = "count"
    DURATION = "duration"
    SHARE = "share"
    AVERAGE = "average"


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a line, by name."""

    name: str
    value: float
    measure: Measure


@dataclass(frozen=True, slots=True)
class Text:
    """Text of the log in a line, by name; None where it is missing."""

    name: str
    value: str | None


Part = str | Number | Text
"""Words, a number, or text of the log."""


def shown(part: Part) -> str:
    """Return a part of a line as a person reads it; text of the log as it stands there."""
    if isinstance(part, str):
        return part
    if not isinstance(part, Number):
        return "(none)" if part.value is None else part.value or '""'
    match part.measure:
        case Measure.COUNT:
            return units.count(int(part.value))
        case Measure.DURATION:
            return units.duration(int(part.value))
        case Measure.SHARE:
            return units.share(part.value, 1)
        case Measure.AVERAGE:
            return f"{part.value:.1f}"


@dataclass(frozen=True, slots=True)
class Jump:
    """Where to look: a filter to add to the present one, an event, a window of time in ns since the epoch, a run."""

    filter: str = ""
    event: int | None = None
    window: tuple[int, int] | None = None
    run: int | None = None


@dataclass(frozen=True, slots=True)
class Insight:
    """One fact about a run: a name that never changes, its line, and where to look."""

    name: str
    line: tuple[Part, ...]
    jump: Jump

    @property
    def values(self) -> dict[str, float | str | None]:
        """The numbers and texts of the line by name."""
        return {part.name: part.value for part in self.line if not isinstance(part, str)}

    @property
    def text(self) -> str:
        """The line as a person reads it."""
        return "".join(map(shown, self.line))


def count(name: str, value: int, thing: str) -> tuple[Number, str]:
    """Return a number of things with the word for them, which is that for one thing if there is one."""
    return Number(name, value, Measure.COUNT), f" {thing}{'' if value == 1 else 's'}"


def duration(name: str, ns: int) -> Number:
    """Return a length of time."""
    return Number(name, ns, Measure.DURATION)


def share(name: str, part: float, whole: float) -> Number:
    """Return a part of a whole, which is not nothing."""
    return Number(name, part / whole, Measure.SHARE)
