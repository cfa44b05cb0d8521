"""What is drawn of a filter that is typed, and of its clauses: text from the log and the keys, taken literally."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.style import Style
from rich.text import Text

from tlx import units

if TYPE_CHECKING:
    from tlx.query.language.chips import Clause
    from tlx.query.language.complete import Suggestion

_NOTE = 14
_LEAST_TEXT = 12
_LEAST_POINTED = 2
"""Cells below which a caret has no complaint beside it, and none at all where there is not one."""
_REMOVE = " ✕"
_OFF = "off: "
_GAP = " "
_LONGEST_CLAUSE = 400
"""Characters of a clause that are drawn at most."""


def pointed(column: int, complaint: str, width: int) -> str:
    """Return a caret below a cell, and a complaint beside it where there is room, cut if there is none."""
    if width < _LEAST_POINTED:
        return "^"[: max(0, width)]
    column = max(0, min(column, width - 1))
    behind = width - column - 2
    if cell_len(complaint) <= behind or column <= behind:
        return f"{'':{column}}^ {_cut(complaint, behind)}"
    before = _cut(complaint, column - 1)
    return f"{'':{column - 1 - cell_len(before)}}{before} ^"


def suggestion_line(suggestion: Suggestion, width: int) -> tuple[str, str]:
    """Return a word that may be typed and what is said of it, so many cells together: filled up, or cut."""
    said = suggestion.note
    if suggestion.count is not None:
        least = "≥ " if suggestion.at_least else ""
        said = f"{least}{units.count(suggestion.count)} event{'' if suggestion.count == 1 else 's'}"
    said = units.visible(said)
    room = max(_LEAST_TEXT, min(cell_len(suggestion.text), width - _NOTE), width - cell_len(said) - 3)
    room = min(room, max(1, width - 2))
    word = set_cell_size(_cut(units.visible(suggestion.text), room), room)
    return f" {word}", set_cell_size(f"{_cut(said, width - room - 2):>{max(0, width - room - 2)}} ", width - room - 1)


class Chip(NamedTuple):
    """Where a clause stands: cells from `begin` up to `end`, its sign for removal in the last `removal` ones."""

    number: int
    begin: int
    end: int
    removal: int


class Chips(NamedTuple):
    """A line of chips, and which of them are in it."""

    line: Text
    places: tuple[Chip, ...]

    def at(self, cell: int) -> tuple[int, bool] | None:
        """Return the number of the clause at a cell, and whether the sign that removes it is there."""
        for chip in self.places:
            if chip.begin <= cell < chip.end:
                return chip.number, cell >= chip.end - chip.removal
        return None


def chips_width(clauses: Sequence[Clause]) -> int:
    """Return how many cells all clauses would take."""
    return sum(cell_len(_chip_text(clause)) + len(_REMOVE) + len(_GAP) for clause in clauses)


def draw_chips(clauses: Sequence[Clause], chosen: int | None, width: int, styles: Mapping[str, Style]) -> Chips:
    """Draw clauses side by side in at most so many cells; how many found no room is said at the end.

    The chosen one is always in it. One that is off says so in words.
    """
    first = 0
    while True:
        drawn = _from(clauses, first, chosen, width, styles)
        last = drawn.places[-1].number if drawn.places else first
        if chosen is None or chosen <= last or first >= len(clauses) - 1:
            return drawn
        first += 1


def _from(clauses: Sequence[Clause], first: int, chosen: int | None, width: int, styles: Mapping[str, Style]) -> Chips:
    line, places = Text(), list[Chip]()
    if first:
        line.append(f"+{first}… ", styles["quiet"])
    for number in range(first, len(clauses)):
        rest = len(clauses) - number - 1
        room = width - line.cell_len - (len(f"…+{rest}") if rest else 0)
        text = _chip_text(clauses[number])
        full = cell_len(text) + len(_REMOVE) + len(_GAP)
        if full > room and places:
            line.append(f"…+{rest + 1}", styles["quiet"])
            break
        shown = _cut(text, room - len(_REMOVE) - len(_GAP))
        begin = line.cell_len
        style = styles["chosen"] if number == chosen else styles["on" if clauses[number].on else "off"]
        line.append(shown, style).append(_REMOVE, style)
        places.append(Chip(number, begin, line.cell_len, len(_REMOVE)))
        line.append(_GAP)
    return Chips(line, tuple(places))


def _chip_text(clause: Clause) -> str:
    text = units.visible(clause.text[:_LONGEST_CLAUSE])
    return f"▸ {text}" if clause.on else f"▹ {_OFF}{text}"


def _cut(text: str, cells: int) -> str:
    """Return a text in at most so many cells, an ellipsis where something is missing."""
    if cell_len(text) <= cells:
        return text
    return chop_cells(text, cells - 1)[0] + "…" if cells > 1 else "…"[: max(0, cells)]
