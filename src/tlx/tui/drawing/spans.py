"""The styled text every drawing returns: lines of pieces, each with keys for its colours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from tlx import units

AXIS = "axis"
CURSOR = "cursor"
CURVE = "curve"
DENSE = "dense"
EDGE = "edge"
IDLE = "idle"
LABEL = "label"
MARKED = "marked"
OUTSIDE = "outside"
RANGE = "range"
SELECTED = "selected"
TAIL = "tail"

ELLIPSIS = "…"
EIGHTHS = 8
LEFT_EIGHTHS = " ▏▎▍▌▋▊▉█"
"""The left n eighths of a cell."""
LOWER_EIGHTHS = " ▁▂▃▄▅▆▇█"
"""The lower n eighths of a cell."""

_WIDENS = "\ufe0f"
"""Asks for the wide picture of the character before it: terminals disagree whether it gets two cells."""
_MARKS = 8
"""How many characters of a text are looked at for each cell there is."""


class Piece(NamedTuple):
    """Text in one style: a key for its colour and one for that behind it, empty for the widget's own."""

    text: str
    style: str = ""
    behind: str = ""


Line = list[Piece]


def width_of(line: Line) -> int:
    """Return how many cells a line takes."""
    return sum(cell_len(piece.text) for piece in line)


def plain(line: Line) -> str:
    """Return the text of a line without its styles."""
    return "".join(piece.text for piece in line)


def blank(width: int) -> Line:
    """Return an empty line of so many cells."""
    return [Piece(" " * width)] if width > 0 else []


def joined(pieces: Iterable[Piece]) -> Line:
    """Return the same text in the same styles, in as few pieces as it takes."""
    line: Line = []
    text = style = behind = ""
    for more, its_style, its_behind in pieces:
        if its_style == style and its_behind == behind:
            text += more
        elif more:
            if text:
                line.append(Piece(text, style, behind))
            text, style, behind = more, its_style, its_behind
    if text:
        line.append(Piece(text, style, behind))
    return line


def clipped(text: str, width: int, *, ellipsis: str = ELLIPSIS) -> str:
    """Return log text made visible, in at most `width` cells; an ellipsis says that some of it was cut."""
    # What cannot be seen need not be read: labels of a log may be megabytes, and marks pile up on one cell.
    safe = units.visible(text[: _MARKS * (width + 1)]).replace(_WIDENS, "")
    if cell_len(safe) <= width:
        return safe
    room = width - cell_len(ellipsis)
    if room < 0:
        return ""
    # A wide character that is cut in two leaves a blank half.
    return set_cell_size(safe, room).rstrip(" ") + ellipsis
