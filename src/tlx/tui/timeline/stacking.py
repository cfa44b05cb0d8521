"""What the timeline tells events apart by: the field that matters in their dialect, or the one that was chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from rich.cells import cell_len
from textual.color import Color
from textual.content import Content

from tlx import units
from tlx.dialects.base import Breakdown
from tlx.query import timeline
from tlx.query.ask import Asker
from tlx.query.concurrency.slate import Stack
from tlx.query.fields import OWNER_UNCONFIGURED
from tlx.query.grouping.defaults import defaults
from tlx.tui import palette
from tlx.tui.drawing.timeline import Picture, Series
from tlx.tui.palette import ANY, Look, Signs
from tlx.tui.views.view import words_for

BY_KIND = Stack("execution_kind", palette.STACK)
"""Execution kinds have looks of their own, by which they are known everywhere."""
_OUTCOMES = ("status", "level")
_COLOURS = (0, 2, 4, 11, 7, 6, 1, 3, 5, 8)
"""The colours of other values by rank: no two neighbours alike, none that of a failure."""
_MOST_LABEL = 24
_GAPS = 3
"""Cells around a sign and its label."""


class Stacked(NamedTuple):
    """What events are told apart by, and what fits their dialect."""

    stack: Stack
    fit: Breakdown

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that one may choose from, that of the dialect first."""
        names = (self.fit.series, *self.fit.facets)
        return tuple(dict.fromkeys("owner" if name == OWNER_UNCONFIGURED else name for name in names))

    @property
    def chosen(self) -> str:
        """What to call the column, in the words of the dialect, where it is not the one to begin with."""
        column = self.stack.column
        return words_for(column, self.fit.words) if column != self.columns[0] else ""


class Stacking:
    """The answers to that, each asked once for a state of the store; threads share it."""

    def __init__(self) -> None:
        self.column: str | None = None
        """The one that was chosen."""
        self.is_news = False
        """Whether it was chosen just now, so that what its values look like is told before all else."""
        self._known: tuple[tuple[int, int | None, str | None], Stacked] | None = None

    def find(self, asker: Asker, generation: int, run: int | None) -> Stacked:
        """Return what to tell events of a run, or of all, apart by."""
        at, known = (generation, run, self.column), self._known
        if known is not None and known[0] == at:
            return known[1]
        fit = defaults(asker, run)
        column = at[2] or fit.series
        stack = BY_KIND if column == BY_KIND.column else timeline.stack_of(asker, column)
        self._known = at, Stacked(stack, fit)
        return self._known[1]

    def question(self, generation: int, run: int | None) -> Callable[[Asker], Stacked]:
        """Return the question for that."""
        return lambda asker: self.find(asker, generation, run)

    def turn(self, shown: Stacked | None) -> None:
        """Choose the column behind the one that is shown."""
        if shown is None:
            return
        columns = shown.columns
        place = columns.index(shown.stack.column) if shown.stack.column in columns else -1
        self.column = columns[(place + 1) % len(columns)]
        self.is_news = True


def looks_of(stack: Stack) -> tuple[Look, ...]:
    """Return how each value of a stack looks; a letter belongs to one of them alone."""
    if stack.column == BY_KIND.column:
        named = [palette.UNKNOWN if name == timeline.REST else palette.look(name) for name in stack.values]
        return tuple(named)
    found: list[Look] = []
    for number, value in enumerate(stack.values):
        if value in (timeline.OTHER, timeline.REST):
            found.append(palette.NONE if value == timeline.OTHER else palette.UNKNOWN)
        elif stack.column in _OUTCOMES:
            found.append(palette.status_look(value))
        else:
            taken = {look.letter for look in found}
            found.append(Look(ANY, _letter(value, taken), f"kind-{_COLOURS[number % len(_COLOURS)]}"))
    return tuple(found)


def series_of(stack: Stack, signs: Signs) -> Series:
    """Return how the counts of a stack are drawn."""
    looks = looks_of(stack)
    filled = "".join(map(signs.of, looks)) if signs.fills else ""
    return Series([look.style for look in looks], filled, ascii_only=signs.ascii_only)


def _letter(value: str, taken: set[str]) -> str:
    """The first letter of a value that no other one has."""
    letters = [one for one in value.upper() if one.isascii() and one.isalnum()]
    return next((one for one in (*letters, *"ABCDEFGHIJKLMNOPQRSTUVWXYZ") if one not in taken), "#")


def short(value: str, most: int) -> str:
    """Return a value in so many characters; of a path its end says more than its begin. Blanks alone are quoted."""
    value = value if value.strip() else f'"{value}"'
    if len(value) > most:
        value = value.rpartition("/")[2] or value
    return value if len(value) <= most else value[: most - 1] + "…"


def label(value: str) -> str:
    """Return a value as it is called in the frame."""
    return units.visible(short(value, _MOST_LABEL))


class Manner(NamedTuple):
    """How times are told and values look."""

    utc: bool
    signs: Signs
    colours: Mapping[str, Color]


def legend(stacked: Stacked, shown: Picture, manner: Manner, room: int, *, is_news: bool) -> Content:
    """Return what the colours mean, or the signs, as much as there is room for: of the values that show.

    Of execution kinds nothing where they have their colours, by which they are known, unless that `is_news`; then it
    begins with the name of the column.
    """
    stack, signs, colours = stacked.stack, manner.signs, manner.colours
    room = room if is_news or stacked.fit.instants else room * 2 // 3  # of what takes time there is more to say
    if stack.column == BY_KIND.column and not signs.fills and not is_news:
        return Content()
    name = f"by {words_for(stack.column, stacked.fit.words)}  " if is_news else ""
    parts, taken = [(name, "")], cell_len(name)
    for place, (value, look) in enumerate(zip(stack.values, looks_of(stack), strict=True)):
        if value in (timeline.OTHER, timeline.REST) or not _shows(shown, place, look):
            continue
        text, sign = label(value), signs.of(look)
        taken += cell_len(sign) + cell_len(text) + _GAPS
        if taken > room:
            parts.append(("… ", ""))
            break
        parts += [(sign, colours[look.style].hex if look.style in colours else ""), (f" {text}  ", "")]
    return Content.assemble(*parts)


def _shows(shown: Picture, place: int, look: Look) -> bool:
    """Whether anything in the picture is of a series: what ended in it, or a bar that reaches beyond."""
    bars = (bar for lane in shown.lanes for bar in lane)
    return any(bucket[place] for bucket in shown.counts) or any(bar.style == look.style for bar in bars)
