"""How a table looks: columns laid out in a width, text fitted to cells, a row as one strip; no widget.

Text is literal: nothing here parses markup, and every text passes `units.visible` before it is drawn.
Every strip is exactly as wide as its layout.
"""

from collections.abc import Mapping
from textwrap import wrap
from typing import NamedTuple

from rich.cells import cell_len, get_character_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.cache import FIFOCache
from textual.strip import Strip

from tlx.tui.widgets.table_rows import Column, Row
from tlx.units import visible

MARGIN = 1
"""Cells before the first column, where the cursor is marked, and after the last."""

ROOMY = 100
"""From this width on, columns stand two cells apart instead of one."""

_EMOJI_SELECTOR = "\ufe0f"
_STRIPS_KEPT = 1024
_PLAIN = Style()


class Glyphs(NamedTuple):
    """The signs a table draws that are not text of its caller."""

    ascending: str = "▲"
    descending: str = "▼"
    waiting: str = "·"
    cursor: str = "▌"
    cut: str = "…"
    marks: str = "☆★"
    """The mark of a row, and of one under the cursor."""


ASCII = Glyphs(ascending="^", descending="v", waiting=".", cursor=">", cut="~", marks="mM")
"""Signs for terminals with poor fonts."""


class Slot(NamedTuple):
    """A shown column and where it stands."""

    column: Column
    place: int
    """Its place among all columns, and so among the cells of a row."""
    x: int
    width: int


class Layout(NamedTuple):
    """The shown columns side by side."""

    slots: tuple[Slot, ...]
    width: int
    """Cells from edge to edge; more than the room when the columns do not fit."""


def lay_out(columns: tuple[Column, ...], room: int, table_width: int) -> Layout:
    """Place the columns in `room` cells; `table_width` decides which of them are for wide tables only."""
    shown = [(index, column) for index, column in enumerate(columns) if column.wide_only <= table_width]
    gap = 2 if table_width >= ROOMY else 1
    while (taken := _taken(shown, gap)) > room:
        least = max(shown, key=lambda one: one[1].rank, default=None)
        if least is None or not least[1].rank:
            break
        shown.remove(least)
    spare = max(0, room - taken)
    flexible = sum(column.flexible for _, column in shown)
    slots = []
    x = MARGIN
    for index, column in shown:
        width = column.width
        if column.flexible:
            share = -(-spare // flexible)  # the first gets what does not divide
            width, spare, flexible = width + share, spare - share, flexible - 1
        slots.append(Slot(column, index, x, width))
        x += width + gap
    return Layout(tuple(slots), max(room, taken))


def _taken(shown: list[tuple[int, Column]], gap: int) -> int:
    return sum(column.width for _, column in shown) + gap * max(0, len(shown) - 1) + 2 * MARGIN


def column_at(layout: Layout, x: int) -> Column | None:
    """Return the column drawn at `x`; the gap after a column belongs to it."""
    found = None
    for slot in layout.slots:
        if slot.x <= x:
            found = slot.column
    return found


def next_sort(layout: Layout, sort: str | None) -> str | None:
    """Return the key of the shown sortable column after `sort`, around from the last to the first."""
    keys = [slot.column.key for slot in layout.slots if slot.column.sortable]
    if not keys:
        return None
    return keys[(keys.index(sort) + 1) % len(keys)] if sort in keys else keys[0]


def fit(text: str, width: int, *, right: bool = False, cut: str = "…") -> str:
    """Return the text made visible in exactly `width` cells: padded, or cut with `cut` at its end."""
    if width <= 0:
        return ""
    limit = 4 * width + 8  # a line of log may be a megabyte: no more is looked at than can be seen
    # Terminals disagree on how wide a character with the emoji selector is, so it goes.
    shown = visible(text[:limit]).replace(_EMOJI_SELECTOR, "")
    size = cell_len(shown)
    if size > width or len(text) > limit:
        shown = _head(shown, width - cell_len(cut)) + cut
        size = cell_len(shown)
    padding = " " * (width - size)
    return padding + shown if right else shown + padding


def _head(text: str, width: int) -> str:
    """Return as much of the start of the text as `width` cells hold, never half of a wide character."""
    if text.isascii():
        return text[: max(0, width)]
    left = width
    for index, character in enumerate(text):
        left -= get_character_cell_size(character)
        if left < 0:
            return text[:index]
    return text


class Painter:
    """Draws the lines of one table for one layout and one set of styles; replaced when either changes."""

    def __init__(self, layout: Layout, styles: Mapping[str, Style], glyphs: Glyphs) -> None:
        self.layout = layout
        self._styles = styles
        self._glyphs = glyphs
        self._strips: FIFOCache[tuple[Row | None, str, bool], Strip] = FIFOCache(_STRIPS_KEPT)

    def header(self, sort: str | None, *, descending: bool) -> Strip:
        """Draw the titles, with an arrow at the sorted column."""
        base = self._style("table--header")
        arrow = self._glyphs.descending if descending else self._glyphs.ascending
        texts = []
        for slot in self.layout.slots:
            column = slot.column
            if column.key == sort:
                title = self._sorted_title(slot, arrow)
                texts.append((title, base + self._upon("table--header-sorted")))
            else:
                texts.append((fit(column.title, slot.width, right=column.right, cut=self._glyphs.cut), base))
        return self._line(" " * MARGIN, texts, base)

    def row(self, row: Row | None, look: str, *, marked: bool = False) -> Strip:
        """Draw a row in the style of the component class `look`; None is a row that is not in hand yet."""
        key = (row, look, marked)
        strip = self._strips.get(key)
        if strip is None:
            self._strips[key] = strip = self._draw(row, look, marked=marked)
        return strip

    def message(self, text: str, width: int, number: int = 0) -> Strip:
        """Draw a line, by its number from 0, of a text in the middle of a screen `width` cells wide."""
        base = self._style("table--row")
        lines = wrap(visible(text), max(1, width))
        line = lines[number] if number < len(lines) else ""
        shown = fit(line, min(width, cell_len(line)), cut=self._glyphs.cut)
        left = (width - cell_len(shown)) // 2
        segments = [Segment(" " * left, base), Segment(shown, base + self._upon("table--dim"))]
        return Strip(segments).extend_cell_length(width, base)

    def blank(self) -> Strip:
        """Draw a line below the last row."""
        return Strip.blank(self.layout.width, self._style("table--row"))

    def _draw(self, row: Row | None, look: str, *, marked: bool) -> Strip:
        base = self._style(look)
        cut = self._glyphs.cut
        texts = []
        for slot in self.layout.slots:
            text, name = self._cell(row, slot.place)
            fitted = fit(text, slot.width, right=slot.column.right, cut=cut)
            style = base + self._upon(name, plain=look == "table--cursor") if name else base
            texts.append((fitted, style))
        at_cursor = look == "table--cursor"
        marker = self._glyphs.cursor if at_cursor else " "
        if marked:
            marker = self._glyphs.marks[at_cursor]
        return self._line(marker, texts, base)

    def _cell(self, row: Row | None, index: int) -> tuple[str, str]:
        if row is None:
            return self._glyphs.waiting, "table--waiting"
        if index >= len(row.cells):
            return "", ""
        cell = row.cells[index]
        return (cell, "") if isinstance(cell, str) else cell

    def _upon(self, name: str, *, plain: bool = False) -> Style:
        """Return a style to lay upon a line's: it keeps the line's background, if `plain` all its colour."""
        style = self._style(name)
        return style.without_color if plain else style.without_color + Style(color=style.color)

    def _sorted_title(self, slot: Slot, arrow: str) -> str:
        tight = cell_len(visible(slot.column.title)) + 2 > slot.width
        mark = arrow if tight else f" {arrow}"
        room = slot.width - cell_len(mark)
        title = fit(slot.column.title, room, right=slot.column.right, cut=self._glyphs.cut)
        if slot.column.right or tight:
            return fit(title + mark, slot.width, cut="")
        return fit(title.rstrip() + mark, slot.width, cut="")

    def _line(self, lead: str, texts: list[tuple[str, Style]], base: Style) -> Strip:
        segments = [Segment(lead, base)]
        x = MARGIN
        for slot, (text, style) in zip(self.layout.slots, texts, strict=True):
            if slot.x > x:
                segments.append(Segment(" " * (slot.x - x), base))
            segments.append(Segment(text, style))
            x = slot.x + slot.width
        if self.layout.width > x:
            segments.append(Segment(" " * (self.layout.width - x), base))
        return Strip([segment for segment in segments if segment.text], self.layout.width)

    def _style(self, name: str) -> Style:
        return self._styles.get(name, _PLAIN)
