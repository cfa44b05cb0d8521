"""The columns and rows of a table; and which rows are in hand, by row number: fresh ones, stale ones, those to ask for.

No Textual is needed for them, so that the first rows can be asked for while it is being loaded.
"""

from collections.abc import Sequence
from typing import NamedTuple

Cell = str | tuple[str, str]
"""A text, or a text and the component class that styles it, such as `("● Local", "table--kind-3")`."""

PAGE = 50
"""Lines of a table that has not been laid out yet."""
MOST_ROWS = 4000
"""Rows kept before those far from the screen are let go."""


class Column(NamedTuple):
    """One column of a table."""

    key: str
    title: str
    width: int
    """Cells; for a flexible column the fewest."""
    right: bool = False
    """Texts end at the right edge, as numbers should."""
    flexible: bool = False
    """Takes the width that the others leave."""
    sortable: bool = True
    wide_only: int = 0
    """Shown only when the table is at least this wide."""
    rank: int = 0
    """Where room is short, columns with a rank go, the greatest first."""


class Row(NamedTuple):
    """One row: the caller's own id, and a cell for every column, hidden ones too."""

    id: int
    cells: tuple[Cell, ...]


class RowsInHand:
    """Rows by number. Forgotten rows stay readable as stale ones until fresh ones cover the screen."""

    def __init__(self) -> None:
        self._fresh: dict[int, Row] = {}
        self._stale: dict[int, Row] = {}
        self._asked: range | None = None
        self._denied = False

    def forget(self) -> None:
        """Make every row stale: the order has changed."""
        self._stale = self._fresh if len(self._stale) > MOST_ROWS else self._stale | self._fresh
        self._fresh = {}
        self._asked = None

    def put(self, first: int, rows: Sequence[Row], screen: range, *, late: bool = False) -> None:
        """Take rows in hand, those from number `first` on; late ones are stale already."""
        if late:
            if any(number not in self._fresh for number in screen):
                self._stale.update(enumerate(rows, first))
            return
        self._fresh.update(enumerate(rows, first))
        self._denied = not rows
        if rows:
            self._asked = None
        if all(number in self._fresh for number in screen):
            self._stale = {}
        if len(self._fresh) > MOST_ROWS:
            reach = MOST_ROWS // 4
            near = range(screen.start - reach, screen.stop + reach)
            self._fresh = {number: row for number, row in self._fresh.items() if number in near}

    def cut(self, count: int) -> None:
        """Drop the rows from number `count` on: there are no more. One that was not there may be now."""
        if self._denied:
            self._asked = None
        if self._fresh and max(self._fresh) >= count:
            self._fresh = {number: row for number, row in self._fresh.items() if number < count}

    def fresh(self, number: int) -> Row | None:
        """Return a row of the present order, if in hand."""
        return self._fresh.get(number)

    def to_draw(self, number: int) -> Row | None:
        """Return the row to draw at a number, stale for want of a fresh one."""
        return self._fresh.get(number) or self._stale.get(number)

    def to_ask(self, screen: range, count: int) -> range | None:
        """Return the numbers to ask for now, or None when nothing is missing or it has been asked for.

        Nothing is asked for until a row within half a screen is missing, and then for two screens around: so
        a cursor that walks asks once in a while, not once a row.
        """
        page = max(1, len(screen))
        near = self._missing(screen, page // 2, count)
        if near is None or (self._asked and near[0] in self._asked and near[-1] in self._asked):
            return None
        self._asked = self._missing(screen, 2 * page, count)
        return self._asked

    def _missing(self, screen: range, margin: int, count: int) -> range | None:
        """Return the span from the first to the last row not in hand, near the screen."""
        near = range(max(0, screen.start - margin), min(count, screen.stop + margin))
        first = next((number for number in near if number not in self._fresh), None)
        if first is None:
            return None
        last = next(number for number in reversed(near) if number not in self._fresh)
        return range(first, last + 1)
