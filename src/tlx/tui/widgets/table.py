"""A table for millions of rows: it draws those on the screen, and asks for the ones it lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from tlx.tui.widgets.kinds import kind_styles
from tlx.tui.widgets.table_drawing import ASCII, Glyphs, Layout, Painter, column_at, lay_out, next_sort
from tlx.tui.widgets.table_rows import PAGE, Cell, Column, Row, RowsInHand

__all__ = ["ASCII", "Cell", "Column", "Glyphs", "Row", "Table"]

_HEADER = 1
_SIDEWAYS = 8
_DOUBLE = 2
_STRIPES = ("table--row", "table--row-odd")


@dataclass(eq=False, repr=False)
class _Report(Message):
    """What a table tells its owner."""

    newest_only: ClassVar[bool] = False
    table: Table

    @property
    def control(self) -> Table:
        """The table that tells."""
        return self.table

    def can_replace(self, message: Message) -> bool:
        """Give way to a newer one of the same table, where only the newest matters."""
        return self.newest_only and isinstance(message, type(self)) and message.table is self.table


class Table(ScrollView, can_focus=True, inherit_bindings=False):
    """A table addressed by row number alone. It holds the rows near the screen and never waits for others.

    Its owner tells it the columns and the number of rows, and answers `RowsWanted` with `put_rows`. An
    answer carries the generation of its question, so that one for an order since changed does no harm.
    """

    ALLOW_SELECT = False

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--header",
        "table--header-sorted",
        "table--cursor",
        "table--row-odd",
        "table--waiting",
        "table--dim",
    }

    DEFAULT_CSS = """
    Table {
        background: $surface;
        color: $foreground;
        scrollbar-gutter: stable;
        scrollbar-size: 1 1;

        & > .table--header { background: $panel; color: $text-muted; text-style: bold; }
        & > .table--header-sorted { color: $text-accent; text-style: bold; }
        & > .table--cursor {
            background: $block-cursor-blurred-background;
            color: $block-cursor-blurred-foreground;
        }
        &:focus > .table--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
            text-style: bold;
        }
        & > .table--row-odd { background: $foreground 3%; }
        & > .table--waiting { color: $text-disabled; }
        & > .table--dim { color: $text-muted; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Next row", show=False, id="table.down"),
        Binding("k,up", "move(-1)", "Previous row", show=False, id="table.up"),
        Binding("g,home", "move(-1, 'all')", "First row", show=False, id="table.top"),
        Binding("G,end", "move(1, 'all')", "Last row", show=False, id="table.bottom"),
        Binding("space,pagedown", "move(1, 'page')", "Page down", show=False, id="table.page_down"),
        Binding("b,pageup", "move(-1, 'page')", "Page up", show=False, id="table.page_up"),
        Binding("ctrl+d", "move(1, 'half')", "Half a page down", show=False, id="table.half_down"),
        Binding("ctrl+u", "move(-1, 'half')", "Half a page up", show=False, id="table.half_up"),
        Binding("h,left", "sideways(-1)", "Scroll left", show=False, id="table.left"),
        Binding("l,right", "sideways(1)", "Scroll right", show=False, id="table.right"),
        Binding("enter", "open", "Open", id="table.open", key_display="enter"),
        Binding("o", "sort(False)", "Sort", id="table.sort_next"),
        Binding("O", "sort(True)", "Reverse the order", show=False, id="table.sort_reverse"),
    ]

    empty_text: reactive[str] = reactive("Nothing to show")
    """Says why there are no rows."""
    marked: reactive[frozenset[int]] = reactive(frozenset())
    """The ids of rows that have a mark before their first column."""

    @dataclass(eq=False, repr=False)
    class RowsWanted(_Report):
        """Rows on or near the screen are not in hand. Only the newest question matters."""

        newest_only = True
        first: int
        last: int
        """The last row wanted, itself included."""
        generation: int
        """To be handed back with the rows."""

    @dataclass(eq=False, repr=False)
    class CursorMoved(_Report):
        """The cursor is on another row, or the row under it has come into hand."""

        newest_only = True
        row: int
        id: int | None
        """The row's own id, or None while it is not in hand or there is no row at all."""

    @dataclass(eq=False, repr=False)
    class RowOpened(_Report):
        """A row was opened, by enter or by a double click."""

        row: int
        id: int

    @dataclass(eq=False, repr=False)
    class SortWanted(_Report):
        """Another order is wanted: by the column `key`, or with `reverse` the present order turned around."""

        key: str | None
        reverse: bool

    def __init__(
        self,
        *,
        glyphs: Glyphs | None = None,
        id: str | None = None,  # noqa: A002  Textual's own name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.columns: tuple[Column, ...] = ()
        self.sort: str | None = None
        self.descending = False
        self.row_count = 0
        self.cursor_row = 0
        self.generation = 0
        """The number of the present order of rows."""
        self._of_columns = 0
        self._had_none = True
        """Whether there were no rows since the cursor was placed, so that it stands on no line of the screen."""
        self._rows = RowsInHand()
        self._glyphs = glyphs or Glyphs()
        self._layout = Layout((), 0)
        self._painter: Painter | None = None
        self._view = Size(0, 0)
        self._shown = range(0)
        self._told: tuple[int, int | None] = (0, None)
        self._telling = False

    def set_columns(self, columns: Sequence[Column], sort: str | None, *, descending: bool) -> None:
        """Show these columns, the one with the key `sort` with an arrow; other columns want other rows."""
        if [column.key for column in columns] != [column.key for column in self.columns]:
            self._rows = RowsInHand()
            self._of_columns = self.generation = self.generation + 1
        self.columns = tuple(columns)
        self.sort = sort
        self.descending = descending
        self._lay_out()
        self.refresh()

    def set_row_count(self, count: int) -> None:
        """Show so many rows; the cursor keeps its row number, or goes to the last row there is."""
        if count == self.row_count:
            return
        shown = self._shown
        self.row_count = count
        self._had_none = self._had_none or not count
        self._rows.cut(count)
        self._lay_out()
        if shown != self._shown or not count:
            self.refresh()

    def put_rows(self, first: int, rows: Sequence[Row], generation: int) -> None:
        """Take rows in hand, those from number `first` on, with the generation of the question they answer.

        An answer that comes too late is drawn where nothing better is in hand, and counts for nothing else.
        """
        if generation < self._of_columns:
            return
        shown = self._shown
        self._rows.put(first, rows, shown, late=generation != self.generation)
        if first < shown.stop and first + len(rows) > shown.start:
            self.refresh()
        self._tell()

    def forget_rows(self) -> None:
        """Ask for the rows anew: their order has changed. Until they come, the old ones stay in sight."""
        self.generation += 1
        self._rows.forget()
        self._tell()

    def move_cursor(self, row: int, *, keep_offset: bool = False) -> None:
        """Place the cursor, scrolling as little as needed, or so that it stays on its screen line if it has one."""
        keep_offset, self._had_none = keep_offset and not self._had_none, False
        old, height = self.cursor_row, self._view.height - _HEADER
        self.cursor_row = row = max(0, min(row, self.row_count - 1))
        if height > 0:
            top = self.scroll_offset.y
            line = max(0, min(old - top, height - 1))
            top = row - line if keep_offset else max(row - height + 1, min(top, row))
            self.scroll_to(y=top, animate=False, force=True)
            for number in {old, row}:
                self.refresh(Region(0, number - self.scroll_offset.y + _HEADER, self._view.width, 1))
        self._tell()

    @property
    def shown_columns(self) -> tuple[str, ...]:
        """The keys of the columns that there is room for."""
        return tuple(slot.column.key for slot in self._layout.slots)

    @property
    def reach(self) -> tuple[int, int]:
        """How many rows before the one under the cursor to have in hand, and how many from it on."""
        page = self._view.height or PAGE
        line = max(0, min(self.cursor_row - self.scroll_offset.y, page - 1))  # it may be about to scroll there
        return page + line, 2 * page - line

    @property
    def row_id_at_cursor(self) -> int | None:
        """The id of the row under the cursor, or None while it is not in hand."""
        row = self._rows.fresh(self.cursor_row)
        return None if row is None else row.id

    def render_line(self, y: int) -> Strip:
        """Draw one line of the screen from what is in hand."""
        painter = self._painter
        if not self._view:
            return Strip.blank(self.size.width, self.rich_style)
        if painter is None:
            styles = {name: self.get_component_rich_style(name) for name in self.COMPONENT_CLASSES}
            styles["table--row"] = self.rich_style
            styles |= {f"table--{name}": style for name, style in kind_styles(self.app).items()}
            self._painter = painter = Painter(self._layout, styles, self._glyphs)
        (left, top), height = self.scroll_offset, self._view.height
        number = top + y - _HEADER
        if y < _HEADER:
            strip = painter.header(self.sort, descending=self.descending)
        elif number < self.row_count:
            look = "table--cursor" if number == self.cursor_row else _STRIPES[number % 2]
            row = self._rows.to_draw(number)
            strip = painter.row(row, look, marked=row is not None and row.id in self.marked)
        elif not self.row_count and y >= height // 2:
            return painter.message(self.empty_text, self.size.width, y - height // 2)
        else:
            strip = painter.blank()
        return strip.crop_extend(left, left + self.size.width, [*strip][-1].style)

    def notify_style_update(self) -> None:
        """Draw with the new styles: of another theme, or with the focus come or gone."""
        self._painter = None
        super().notify_style_update()

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:  # noqa: FBT001, FBT002  Textual's own
        """Be laid out before the first line of a new size is drawn: the event of it comes too late."""
        changed = super()._size_updated(size, virtual_size, container_size, layout)
        if changed:
            self._lay_out()
        return changed

    def _lay_out(self) -> None:
        """Lay the columns out in the present width, and keep the cursor on the screen if it was there."""
        before = self._layout, self._view
        self._layout = lay_out(self.columns, self.scrollable_size.width, self.outer_size.width)
        seen = not self._shown or self.cursor_row in self._shown
        self.cursor_row = max(0, min(self.cursor_row, self.row_count - 1))
        # Not by assignment: that would lay out and repaint the whole screen whenever a row is added.
        size = Size(self._layout.width, self.row_count + _HEADER)
        self.set_reactive(Widget.virtual_size, size)
        if not self.scrollable_size:
            return
        self._scroll_update(size)
        self._view = self.scrollable_size  # only now is it known whether there is a scrollbar at the bottom
        if before != (self._layout, self._view):
            self._painter = None
            self.refresh()
        if seen:
            had_none = self._had_none
            self.move_cursor(self.cursor_row)
            self._had_none = had_none
        self._tell()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Ask for the rows scrolled to."""
        super().watch_scroll_y(old_value, new_value)
        self._tell()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the row clicked, open it on a double click; on a title, ask for that order."""
        place = event.get_content_offset(self)
        if place is None or event.button != 1:
            return
        number = place.y - _HEADER + self.scroll_offset.y
        if place.y < _HEADER:
            column = column_at(self._layout, place.x + self.scroll_offset.x)
            if column and column.sortable:
                self.post_message(self.SortWanted(self, column.key, column.key == self.sort))
        elif number < self.row_count:
            self.move_cursor(number)
            if event.chain == _DOUBLE:
                self.action_open()

    def action_move(self, direction: int, by: str = "row") -> None:
        """Move the cursor by a row, half a page, a page, or all the way."""
        page = max(1, self._view.height - _HEADER - 1)
        steps = {"row": 1, "half": max(1, page // 2), "page": page, "all": self.row_count}
        self.move_cursor(self.cursor_row + direction * steps[by], keep_offset=by in {"half", "page"})

    def action_sideways(self, direction: int) -> None:
        """Scroll sideways, if the columns do not fit."""
        if self._layout.width > self._view.width:
            self.scroll_to(x=self.scroll_offset.x + direction * _SIDEWAYS, animate=False, force=True)

    def action_open(self) -> None:
        """Open the row under the cursor, once it is in hand."""
        row_id = self.row_id_at_cursor
        if row_id is not None:
            self.post_message(self.RowOpened(self, self.cursor_row, row_id))

    def action_sort(self, reverse: bool) -> None:  # noqa: FBT001  an action's arguments have no names
        """Ask for the order by the next column, or for the present order reversed."""
        key = self.sort if reverse else next_sort(self._layout, self.sort)
        if key is not None:
            self.post_message(self.SortWanted(self, key, reverse))

    def _tell(self, *, now: bool = False) -> None:
        """Tell which rows are missing and where the cursor is, once for all that happens at once."""
        top, height = self.scroll_offset.y, max(0, self._view.height - _HEADER)
        self._shown = range(top, min(self.row_count, top + height))
        if not now:
            self._telling = self._telling or (self.is_running and self.call_later(self._tell, now=True))
            return
        self._telling = False
        wanted = self._rows.to_ask(self._shown, self.row_count) if self._shown else None
        if wanted is not None:
            self.post_message(self.RowsWanted(self, wanted[0], wanted[-1], self.generation))
        told = self.cursor_row, self.row_id_at_cursor
        # A row on its way again is no news: what was told of it may well hold.
        awaited = told[0] == self._told[0] and told[1] is None and self.row_count
        if told != self._told and not awaited:
            self._told = told
            self.post_message(self.CursorMoved(self, *told))
