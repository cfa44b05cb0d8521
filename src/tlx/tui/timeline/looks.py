"""What the timeline looks like: its picture, and its frame with the window on top and beneath it what is to be said."""

from __future__ import annotations

from typing import NamedTuple

from rich.cells import cell_len
from textual.content import Content

from tlx.query.ask import Scope
from tlx.tui.drawing.axis import rule
from tlx.tui.drawing.spans import CURSOR, Line
from tlx.tui.drawing.timeline import GUTTER, cursor_column, draw_timeline
from tlx.tui.drawing.window import Window
from tlx.tui.timeline import words
from tlx.tui.timeline.keep import Use
from tlx.tui.timeline.picture import Answer
from tlx.tui.timeline.readout import Column, Telling, beside_note, readout
from tlx.tui.timeline.stacking import Manner, legend, series_of

_FRAME = 4
"""Cells of the frame that no words may take, beside its corners."""


class Shown(NamedTuple):
    """What is shown, and where one looks at it."""

    answer: Answer
    use: Use | None
    scope: Scope
    choosing: Window | None
    marks: words.Marked
    pointed: int | None
    """The column of the whole drawing that the mouse is over."""
    has_keys: bool
    is_news: bool
    """Whether what events are told apart by was chosen just now."""

    def clock(self, manner: Manner) -> words.Clock:
        """Return how times are told."""
        return words.Clock.of(self.answer.spans, self.answer.picture.window, utc=manner.utc)


def drawn(shown: Shown, manner: Manner) -> list[Line]:
    """Return the lines of the picture, with what is laid over it."""
    answer = shown.answer
    use = None if answer.stacked.fit.instants else shown.use
    over = words.overlay(shown.clock(manner), use, (shown.choosing, shown.scope.window), shown.marks)
    return draw_timeline(answer.picture, answer.room, series_of(answer.stacked.stack, manner.signs), over)


def frame(shown: Shown, manner: Manner, width: int) -> tuple[str, str, Content]:
    """Return the title, the note and what stands before the note, for a frame of so many cells."""
    answer, signs, clock, room = shown.answer, manner.signs, shown.clock(manner), width - _FRAME
    if shown.choosing is not None:
        title = words.choosing(shown.choosing, clock, room)
    else:
        title = words.title(answer.picture.window, answer.room.columns, clock, shown.scope.window, room)
        title = words.with_field(title, answer.stacked.chosen, room)
    told = legend(answer.stacked, answer.picture, manner, room, is_news=shown.is_news)
    note = words.note(answer, shown.use, shown.scope, room - cell_len(told.plain), ascii_only=signs.ascii_only)
    note = note if cell_len(told.plain + note) <= room else ""  # rather than half a word behind the legend
    read = _read(shown, manner, room)
    if read is not None:
        is_looked_at = (shown.has_keys and not shown.is_news) or shown.pointed is not None
        told, note = beside_note(read, told, note, room, first=is_looked_at)
    return title, note, told


def _read(shown: Shown, manner: Manner, room: int) -> Content | None:
    """The column that the mouse is over, else that of the cursor, with its sign on the axis."""
    answer, mark = shown.answer, ""
    column = None if shown.pointed is None else shown.pointed - GUTTER
    if column is None:
        mark = f"{rule(CURSOR, ascii_only=manner.signs.ascii_only)} "
        column = cursor_column(answer.picture, answer.room)
    told = Telling(shown.clock(manner), manner.signs, manner.colours)
    held = None if column is None else Column.of(answer.picture, column)
    return None if held is None else Content(mark) + readout(held, answer.stacked, told, room - len(mark))
