"""Tables of any length for a person, drawn line by line: the first rows say how wide the columns are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from tlx import units

_GAP = "  "
_LEAST_TEXT = 12
_ROOMY_TEXT = 24
_MOST_TEXT = 200
"""Cells of a text: at least, before columns of a higher rank are left out for it, and at most where there is room."""
_BOLD = "\x1b[1m{}\x1b[0m"


@dataclass(frozen=True)
class Title:
    """A column as it is drawn; numbers stand to the `right` and are never cut."""

    text: str
    right: bool = False
    rank: int = 0
    """Where there is no room, columns of the highest rank are left out first, those of rank 0 never."""


class Sheet:
    """Titles over columns as wide as the rows at the `head` need them, and as `room`, in cells, allows."""

    def __init__(self, titles: Sequence[Title], head: Iterable[Sequence[str]], room: int | None = None) -> None:
        self._titles = titles
        widths = [cell_len(title.text) for title in titles]
        for row in head:
            for number, cell in enumerate(row):
                widths[number] = max(widths[number], min(_MOST_TEXT, cell_len(_visible(cell))))
        self._cut = room is not None
        self._widths = widths if room is None else _fitted(titles, widths, room)

    def title(self, *, bold: bool = False) -> str:
        """The line of titles."""
        line = self._line([title.text for title in self._titles])
        return _BOLD.format(line) if bold else line

    def lines(self, rows: Iterable[Sequence[str]]) -> Iterator[str]:
        """Draw rows; control characters of their cells are made visible."""
        return map(self._line, rows)

    def _line(self, row: Sequence[str]) -> str:
        cells = (
            self._cell(cell, title, width)
            for cell, title, width in zip(row, self._titles, self._widths, strict=True)
            if width
        )
        return _GAP.join(cells).rstrip()

    def _cell(self, cell: str, title: Title, width: int) -> str:
        text = _visible(cell)
        most = width if self._cut else _MOST_TEXT
        if not title.right and cell_len(text) > most:
            text = set_cell_size(text, most - 1).rstrip() + "…"
        blank = " " * (width - cell_len(text))
        return blank + text if title.right else text + blank


def _visible(cell: str) -> str:
    """What of a cell could be drawn: of a text as large as a file only the begin is looked at."""
    return units.visible(cell[: _MOST_TEXT + 1])


def _fitted(titles: Sequence[Title], widths: Sequence[int], room: int) -> list[int]:
    """Return the widths of columns in a room; 0 leaves one out."""
    fitted = list(widths)
    for rank in sorted({title.rank for title in titles if title.rank}, reverse=True):
        least = [width if title.right else min(width, _ROOMY_TEXT) for title, width in zip(titles, fitted, strict=True)]
        if _total(least) > room:
            fitted = [0 if title.rank == rank else width for title, width in zip(titles, fitted, strict=True)]
    texts = [number for number, title in enumerate(titles) if not title.right]
    while _total(fitted) > room:
        widest = max(texts, key=fitted.__getitem__, default=None)
        if widest is None or fitted[widest] <= _LEAST_TEXT:
            break
        fitted[widest] -= 1
    return fitted


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (sum(map(bool, widths)) - 1)
