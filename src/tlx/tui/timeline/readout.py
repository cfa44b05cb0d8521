"""What one column of the timeline holds, in one line: when it is, what ended in it, how many were in flight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from rich.cells import cell_len
from textual.color import Color
from textual.content import Content

from tlx import units
from tlx.query import timeline
from tlx.tui.drawing.course import moment_of
from tlx.tui.drawing.spans import ELLIPSIS
from tlx.tui.drawing.timeline import Picture
from tlx.tui.palette import Signs
from tlx.tui.timeline.stacking import Stacked, label, looks_of
from tlx.tui.timeline.words import BETWEEN, Clock

_MORE = f" {ELLIPSIS}"
_FEW = 10
"""Below so many in flight a mean is told with a decimal."""


class Column(NamedTuple):
    """One column of a picture."""

    begin: int
    """Its left edge, in ns since the epoch."""
    length: int
    """In ns."""
    counts: tuple[float, ...]
    """What ended in it, by series."""
    running: float
    """How many were in flight, on average."""

    @classmethod
    def of(cls, picture: Picture, number: int) -> Column | None:
        """Return a column by its number, None where the picture has none of it."""
        columns = len(picture.counts)
        if not (0 <= number < columns and number < len(picture.running)):
            return None
        begin, end = (moment_of(picture.window, columns, at) for at in (number, number + 1))
        return cls(begin, max(1, end - begin), tuple(picture.counts[number]), picture.running[number])


class Telling(NamedTuple):
    """How times are told and values look."""

    clock: Clock
    signs: Signs
    colours: Mapping[str, Color]


def readout(column: Column, stacked: Stacked, telling: Telling, room: int) -> Content:
    """Return a column in words, as much of it as there is room for: the values that have least are left out first."""
    number = round(sum(column.counts))
    counted = f"{units.count(number) if number else 'no'} event{'' if number == 1 else 's'}"
    parts = [telling.clock.at(column.begin, column.length), counted]
    if not stacked.fit.instants:
        parts.append(f"{_level(column.running)} in flight")
    pieces: list[tuple[str, str]] = [(BETWEEN.join(parts), "")]
    left = room - cell_len(pieces[0][0])
    if left < 0:
        return Content()
    looks, ranked = looks_of(stacked.stack), _ranked(stacked, column)
    for place, count in ranked:
        look = looks[place]
        sign, text = telling.signs.of(look), f" {_name(stacked, place)} {units.count(count)}"
        between = BETWEEN if len(pieces) == 1 else "  "
        taken = cell_len(between + sign + text)
        if taken > left - (0 if place == ranked[-1][0] else len(_MORE)):
            pieces += [(_MORE, "")] * (left >= len(_MORE))
            break
        colour = telling.colours[look.style].hex if look.style in telling.colours else ""
        pieces += [(between, ""), (sign, colour), (text, "")]
        left -= taken
    return Content.assemble(*pieces)


def _level(running: float) -> str:
    """A mean in few digits, none of them after a point where it is whole or large."""
    whole = running >= _FEW or running == round(running)
    return units.count(round(running)) if whole else f"{running:.1f}"


def _ranked(stacked: Stacked, column: Column) -> list[tuple[int, int]]:
    """The numbers of the series that have something, and how much; the most first."""
    found = [(place, round(count)) for place, count in enumerate(column.counts) if round(count)]
    return sorted(found, key=lambda one: -one[1]) if len(found) > 1 or _says(stacked, found) else []


def _says(stacked: Stacked, found: list[tuple[int, int]]) -> bool:
    """Whether the only series there is has a name of its own."""
    return bool(found) and stacked.stack.values[found[0][0]] != timeline.OTHER


def _name(stacked: Stacked, place: int) -> str:
    value = stacked.stack.values[place]
    return {timeline.OTHER: "(none)", timeline.REST: "others"}.get(value) or label(value)


def beside_note(read: Content, told: Content, note: str, room: int, *, first: bool) -> tuple[Content, str]:
    """Return what stands before the note of the frame, and the note: all of it where there is room.

    Else what was read of a column stands in place of the legend and the last words of the note if it comes `first`,
    or is left out.
    """
    words = [word for word in note.split(BETWEEN) if word]
    before = read + Content("  ") + told if told.plain else read + Content(BETWEEN) if words else read
    if cell_len(before.plain) + cell_len(note) <= room:
        return before, note
    if not first:
        return told, note
    while words and cell_len(BETWEEN.join((read.plain, *words))) > room:
        words.pop()
    return (read + Content(BETWEEN), BETWEEN.join(words)) if words else (read, "")
