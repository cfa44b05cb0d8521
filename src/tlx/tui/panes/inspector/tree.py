"""The tree of the inspector: it draws the lines on the screen, and no line elsewhere is ever made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tlx.query.language.chips import exclude, include
from tlx.query.language.nodes import Path
from tlx.query.whole.record import Exact, atom
from tlx.tui.messages import FilterWanted
from tlx.tui.panes.inspector.labels import OUTCOMES, SHORT, marked, parts_of
from tlx.tui.panes.inspector.outline import Entry, Keys, Line, Outline, Place, Sort
from tlx.tui.panes.inspector.search import Match, Spread, beside

_LOOKS = ("key", "sign", "title", "units", "number", "dim", "nothing", "match", *OUTCOMES.values())
_CURSOR = "▌"
"""Stands at the line of the cursor, which colour alone would tell otherwise."""
_COLUMNS = {short: name for name, short in SHORT.items()}


class InspectorTree(ScrollView, can_focus=True, inherit_bindings=False):
    """One event, line by line; the cursor stays on its key when the event changes."""

    ALLOW_SELECT = False

    class CursorMoved(Message):
        """Another line is under the cursor, or the same one tells of another event."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tree--cursor", *(f"tree--{look}" for look in _LOOKS)}

    DEFAULT_CSS = """
    InspectorTree {
        background: $surface;
        color: $foreground;
        scrollbar-gutter: stable;
        scrollbar-size: 1 1;
        & > .tree--cursor {
            background: $block-cursor-blurred-background;
            color: $block-cursor-blurred-foreground;
        }
        &:focus > .tree--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
        & > .tree--key, & > .tree--sign, & > .tree--dim { color: $muted; }
        & > .tree--title, & > .tree--units, & > .tree--number { text-style: bold; }
        & > .tree--nothing { color: $muted; text-style: italic; }
        & > .tree--ok { color: $success; }
        & > .tree--failed { color: $error; text-style: bold; }
        & > .tree--warning { color: $warning; }
        & > .tree--open { color: $accent; }
        & > .tree--match { text-style: reverse bold; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Down", show=False, id="inspector.down"),
        Binding("k,up", "move(-1)", "Up", show=False, id="inspector.up"),
        Binding("g,home", "move(-1, 'all')", "Top", show=False, id="inspector.top"),
        Binding("G,end", "move(1, 'all')", "Bottom", show=False, id="inspector.bottom"),
        Binding("pagedown", "move(1, 'page')", "Page down", show=False, id="inspector.page_down"),
        Binding("b,pageup", "move(-1, 'page')", "Page up", show=False, id="inspector.page_up"),
        Binding("ctrl+d", "move(1, 'half')", "Half a page down", show=False, id="inspector.half_down"),
        Binding("ctrl+u", "move(-1, 'half')", "Half a page up", show=False, id="inspector.half_up"),
        Binding("space", "turn", "Fold", id="inspector.toggle", tooltip="Expand or collapse"),
        Binding(
            "enter", "include", "Only", id="inspector.only", key_display="enter", tooltip="Show events of this value"
        ),
        Binding("x", "exclude", "Not", id="inspector.exclude", tooltip="Leave out events of this value"),
        Binding("l,right", "fold(True)", "Expand", show=False, id="inspector.expand"),
        Binding("h,left", "fold(False)", "Collapse", show=False, id="inspector.collapse"),
    ]

    def __init__(self, id: str | None = None) -> None:  # noqa: A002  Textual's own name
        super().__init__(id=id)
        self._choices: dict[Keys, bool] = {}
        self._styles: dict[str, Any] = {}
        self._width = 0
        self._outline = Outline((), 0)
        self._wanted: re.Pattern[str] | None = None
        self.cursor_line = 0

    @property
    def outline(self) -> Outline:
        """The lines."""
        return self._outline

    @property
    def line(self) -> Line | None:
        """The line under the cursor."""
        return self._outline.line(self.cursor_line) if len(self._outline) else None

    def show(self, entries: Sequence[Entry]) -> None:
        """Show another event, or the same one in another width; the cursor stays on its key, or on its line."""
        line = self.line
        keys = self._outline.keys(line.place) if line is not None and not line.is_piece and self.cursor_line else ()
        self._width = self.scrollable_size.width
        self._outline = Outline(entries, self._width - len(_CURSOR), self._choices)
        place = self._outline.find(keys) if keys else None
        self._lay_out()
        self.move_cursor(self.cursor_line if place is None else self._outline.number(place))
        self.refresh()

    def on_resize(self) -> None:
        """Show the same event in the present width."""
        if self.scrollable_size.width != self._width:
            self.show(self._outline.entries)

    @property
    def is_raw_open(self) -> bool:
        """Whether the raw line is shown."""
        entries = self._outline.entries
        return bool(entries) and self._outline.at((len(entries) - 1,)).is_open is True

    def mark_text(self, wanted: re.Pattern[str] | None) -> None:
        """Show where this stands, on every line; None for nothing."""
        self._wanted = wanted
        self.refresh()

    @property
    def spread(self) -> Spread:
        """What is under the cursor, as places of a search: all of a value, or some characters of it."""
        line = self.line
        return ((), 0, 0) if line is None else self._outline.spread(line.place)

    def go_beside(self, matches: Sequence[Match], direction: int, origin: Spread) -> int:
        """Go to the match after the origin (1; with 0 one in it counts) or before it (-1); return its number."""
        place, first, last = origin
        number = beside(matches, (place, first, last if direction else first - 1), direction or 1)
        self.go_to(*matches[number])
        return number

    def go_to(self, place: Place, offset: int = -1, *, top: bool = False) -> None:
        """Put the cursor on the line of a place, or of a character of its text; with `top` as the first line."""
        place = self._outline.reveal(place, offset)
        self._lay_out()
        number = self._outline.number(place)
        self.move_cursor(number)
        if top:
            self.scroll_to(y=number, animate=False, force=True)

    def _lay_out(self) -> None:
        self.virtual_size = Size(self.scrollable_size.width, len(self._outline))
        self.refresh()

    def move_cursor(self, number: int) -> None:
        """Put the cursor on a line by its number, scrolling as little as needed."""
        old, height = self.cursor_line, self.scrollable_size.height
        self.cursor_line = number = max(0, min(number, len(self._outline) - 1))
        top = max(number - height + 1, min(self.scroll_offset.y, number))
        self.scroll_to(y=top, animate=False, force=True)
        for changed in {old, number}:
            self.refresh(Region(0, changed - self.scroll_offset.y, self.size.width, 1))
        self.post_message(self.CursorMoved())

    def render_line(self, y: int) -> Strip:
        """Draw one line of the screen."""
        number, width = self.scroll_offset.y + y, self.scrollable_size.width
        if number >= len(self._outline):
            return Strip.blank(width, self.rich_style)
        if not self._styles:
            self._styles = {look: self.get_component_rich_style(f"tree--{look}", partial=True) for look in _LOOKS}
        line = self._outline.line(number)
        is_cursor = number == self.cursor_line
        base = self.get_component_rich_style("tree--cursor") if is_cursor else self.rich_style
        segments = [
            Segment(part.text, base + self._style(part.look, plain=is_cursor))
            for part in marked(parts_of(line, self._outline.entries[line.place[0]].sort), self._wanted)
            if part.text
        ]
        strip = Strip([Segment(_CURSOR if is_cursor else " " * len(_CURSOR), base), *segments])
        if strip.cell_length > width:
            strip = Strip([*strip.crop(0, width - 1), Segment("…", base)])
        return strip.extend_cell_length(width, base)

    def _style(self, look: str, *, plain: bool) -> Any:
        """What a part of a line adds to the style of the line: under the cursor no colour, which could not be read."""
        style = self._styles.get(look)
        return style.without_color if style and plain else style

    def notify_style_update(self) -> None:
        """Draw with the new styles."""
        self._styles = {}
        super().notify_style_update()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the line clicked; on a second click open or close what is in it."""
        place = event.get_content_offset(self)
        number = -1 if place is None else place.y + self.scroll_offset.y
        if 0 <= number < len(self._outline):
            again = number == self.cursor_line
            self.move_cursor(number)
            if again:
                self.action_turn()

    def action_move(self, direction: int, by: str = "line") -> None:
        """Move the cursor by a line, half a page, a page, or all the way."""
        page = max(1, self.scrollable_size.height - 1)
        steps = {"line": 1, "half": max(1, page // 2), "page": page, "all": len(self._outline)}
        self.move_cursor(self.cursor_line + direction * steps[by])

    def action_turn(self) -> None:
        """Open or close what is under the cursor."""
        line = self.line
        if line is not None and line.is_open is not None:
            self._turn(line.place, is_open=not line.is_open)

    def action_fold(self, expand: bool) -> None:  # noqa: FBT001  an action's arguments have no names
        """Open what is under the cursor, or close it, or step to what it stands in."""
        line = self.line
        if line is None:
            return
        if expand or line.is_open:
            self._turn(line.place, is_open=expand)
        elif len(line.place) > 1:
            self.move_cursor(self._outline.number(line.place[:-1]))

    def _turn(self, place: Place, *, is_open: bool) -> None:
        self._outline.turn(place, is_open)
        self._lay_out()

    def action_include(self) -> None:
        """Show only events with the value under the cursor; fold what is no single value."""
        if not self._filter(include):
            self.action_turn()

    def action_exclude(self) -> None:
        """Leave out the events with the value under the cursor."""
        self._filter(exclude)

    def _filter(self, change: Any) -> bool:
        line = self.line
        path = None if line is None else self.path_of(line)
        if line is None or path is None or isinstance(line.value, dict | list):
            return False
        value = self.whole(line).value
        is_null = value is None and self._outline.entries[line.place[0]].sort is Sort.PAYLOAD
        if is_null or isinstance(value, bool | Exact):
            value = atom(value)
        self.post_message(FilterWanted(change("", path, value)))
        return True

    def whole(self, line: Line) -> Line:
        """Return the line of a value of which a line shows a piece, or itself; what is absent has no value."""
        if self._outline.entries[line.place[0]].sort is Sort.ABSENT:
            return line._replace(value=None)
        return self._outline.at(line.place[:-1]) if line.is_piece else line

    def path_of(self, line: Line) -> Path | None:
        """Return the path of a line as filters have it; None for the raw line, and for what stands in no record."""
        entry = self._outline.entries[line.place[0]]
        if entry.sort in (Sort.COLUMN, Sort.ABSENT):
            return Path((_COLUMNS.get(entry.key, entry.key),))
        if entry.sort in (Sort.RAW, Sort.MEANING, Sort.PARTS) or len(line.place) == 1:
            return None
        place = line.place[:-1] if line.is_piece else line.place
        keys: list[str | int] = []
        for depth in range(2, len(place) + 1):
            key = self._outline.at(place[:depth]).key
            within = self._outline.at(place[: depth - 1]).value
            keys.append(place[depth - 1] if isinstance(within, list) else key)
        return Path(tuple(keys), root=True)
