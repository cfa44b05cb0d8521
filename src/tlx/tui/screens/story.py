"""Story: what the selected event belongs to, from begin to end, as an outline in order of time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import ModalScreen

from tlx import units
from tlx.query.ask import Asker
from tlx.query.whole import stories
from tlx.query.whole.stories import Fact, Line, Outline, Told
from tlx.store.database import Database
from tlx.tui import palette
from tlx.tui.messages import EventSelected, FilterWanted
from tlx.tui.panes.pane import Pane
from tlx.tui.widgets.table import ASCII, Cell, Column, Row, Table

_INDENT = 2
_DEEPEST = 12
"""Levels beyond which nothing is indented further."""
_MOST_NAME = 400
_COLUMNS = (
    Column("since", "since begin", 11, right=True, sortable=False),
    Column("name", "", 20, flexible=True, sortable=False),
    Column("duration", "time", 8, right=True, sortable=False),
    Column("gap", "after", 8, right=True, sortable=False, rank=1),
    Column("status", "outcome", 11, sortable=False),
)


class StoryTable(Table):
    """A table in which a row is the place to go to."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Go there", id="story.go", key_display="enter", tooltip="Select this event"),
    ]


class _Found(NamedTuple):
    """The stories that an event is in, and one of them told."""

    every: Sequence[Told]
    number: int
    outline: Outline | None


class StoryPane(Pane):
    """A virtual table: of the events of a story only those that show are looked up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "turn", "Next story", id="story.turn", tooltip="Another story that the event is in"),
        Binding("f,ampersand", "filter", "Filter", id="story.filter", tooltip="Filter by this story", key_display="f"),
        Binding("e", "failure(1)", "Next failure", show=False, id="story.failure"),
        Binding("E", "failure(-1)", "Failure before", show=False, id="story.failure_back"),
    ]

    def __init__(self, database: Callable[[], Database], *, ascii_only: bool = False, **kwargs: Any) -> None:
        super().__init__(database, **kwargs)
        self._ascii = ascii_only
        self._found = _Found((), 0, None)
        self._table = StoryTable(glyphs=ASCII if ascii_only else None, id="story-table")

    def compose(self) -> ComposeResult:
        """The table is all there is."""
        yield self._table

    def on_mount(self) -> None:
        """Ask for the story."""
        self.entitle("Story")
        none = "Select an event first: its story is told"
        self._table.empty_text = none if self.selection is None else "Looking for it"
        self._table.set_columns(_COLUMNS, None, descending=False)
        self._table.focus()
        self.load()

    def load(self, *, overtake: bool = True) -> None:
        """Ask for the stories of the selected event, and for what one of them tells."""
        selection, number = self.selection, self._found.number
        if selection is None:
            return

        def question(asker: Asker) -> _Found:
            every = stories.of_event(asker, selection)
            one = number % len(every) if every else 0
            return _Found(every, one, stories.outline(asker, every[one]) if every else None)

        self.ask("story", question, self._show, overtake=overtake)

    def _show(self, found: _Found) -> None:
        first = self._found.outline is None or self._found.number != found.number
        self._found = found
        self._table.empty_text = "Nothing in this event says what it belongs to"
        lines = found.outline.lines if found.outline is not None else ()
        self._table.set_row_count(len(lines))
        self._table.forget_rows()
        self._entitle()
        if first:
            here = (row for row, line in enumerate(lines) if line.id == self.selection and line.chapter is None)
            self._table.move_cursor(next(here, 0))

    def _entitle(self) -> None:
        """Say in the frame which story it is, how much of it there is, and what the keys do."""
        outline = self._found.outline
        if outline is None:
            self.entitle("Story", "esc closes")
            return
        told, number = outline.told, units.count(outline.events)
        parts = [f"Story · {told.story.name} {units.visible(told.value[:_MOST_NAME])}", f"{number} events"]
        if len(outline.lines) and outline.events > stories.MOST:
            parts[-1] = f"the first {units.count(stories.MOST)} of {number} events"
        if outline.begin is not None and outline.end is not None:
            parts.append(units.duration(outline.end - outline.begin))
        if outline.failed:
            parts.append(f"{units.count(outline.failed)} failed")
        others = f"s {self._next.story.name} · " if len(self._found.every) > 1 else ""
        note = f"{told.story.note} · " if told.story.note else ""
        self.entitle(" · ".join(parts), f"{note}enter goes there · {others}f filters by it · esc closes")

    @property
    def _next(self) -> Told:
        return self._found.every[(self._found.number + 1) % len(self._found.every)]

    @on(Table.RowsWanted)
    def _fetch(self, wanted: Table.RowsWanted) -> None:
        outline = self._found.outline
        if outline is None:
            return
        lines = outline.lines[wanted.first : wanted.last + 1]

        def put(facts: dict[int, Fact]) -> None:
            rows = [self._row(outline, line, facts.get(line.id)) for line in lines]
            self._table.put_rows(wanted.first, rows, wanted.generation)

        self.ask("page", lambda asker: stories.facts(asker, [line.id for line in lines]), put)

    def _row(self, outline: Outline, line: Line, fact: Fact | None) -> Row:
        indent = " " * (_INDENT * min(line.depth, _DEEPEST))
        gap: Cell = (f"+{units.duration(line.gap_ns)}" if line.gap_ns and line.gap_ns > 0 else "", "table--dim")
        chapter = line.chapter
        if chapter is not None:
            sign = "v" if self._ascii else "▾"
            name: Cell = (f"{indent}{sign} {_called(chapter)}"[:_MOST_NAME], "table--header-sorted")
            long = None if chapter.begin is None or chapter.end is None else chapter.end - chapter.begin
            begin, status = chapter.begin, chapter.status
        elif fact is not None:
            name, long, status = f"{indent}{fact.name}"[:_MOST_NAME], fact.duration_ns, fact.status or fact.level
            begin = fact.start if fact.start is not None else fact.time
        else:
            return Row(line.id, ("", indent, "", "", ""))
        since = units.since(None if begin is None or outline.begin is None else begin - outline.begin, 3)
        shown = palette.status_cell(status, ascii_only=self._ascii) if status else ""
        return Row(line.id, ((since, "table--dim"), name, units.duration(long) if long is not None else "", gap, shown))

    @on(Table.RowOpened)
    def _open(self, opened: Table.RowOpened) -> None:
        self.give([EventSelected(opened.id)])

    def action_turn(self) -> None:
        """Tell the next of the stories that the event is in."""
        if len(self._found.every) > 1:
            self._found = self._found._replace(number=self._found.number + 1, outline=None)
            self.load()
        else:
            self.notify("This event is in no other story.")

    def action_filter(self) -> None:
        """Show the events of this story alone."""
        outline = self._found.outline
        if outline is not None:

            def go(clause: str) -> None:
                self.give([FilterWanted(clause)])

            self.ask("clause", lambda asker: stories.clause(asker, outline.told), go)

    def action_failure(self, direction: int) -> None:
        """Go to the next line that failed, or the one before."""
        outline, here = self._found.outline, self._table.cursor_row
        if outline is None:
            return
        ids = [line.id for line in outline.lines if line.chapter is None]

        def go(failed: set[int]) -> None:
            rows = [row for row, line in enumerate(outline.lines) if line.chapter is None and line.id in failed]
            beyond = [row for row in rows if (row - here) * direction > 0] or rows
            if beyond:
                self._table.move_cursor(beyond[0] if direction > 0 else beyond[-1])
            else:
                self.notify("Nothing failed in this story.")

        self.ask("failures", lambda asker: stories.failures(asker, ids), go)


def _called(chapter: stories.Chapter) -> str:
    """What a chapter is called: by what it is, by its value, and how many events it holds."""
    number = f"{units.count(chapter.events)} event{'' if chapter.events == 1 else 's'}"
    if chapter.column == "step":
        saving = f" · could save {units.duration(chapter.gain_ns)}" if chapter.gain_ns else ""
        return f"{chapter.value}{saving} · {chapter.name}"
    name = f"{chapter.name} · " if chapter.name and chapter.name != chapter.value else ""
    return f"{name}{chapter.value} · {number}"


class StoryScreen(ModalScreen[Sequence[Message]]):
    """One pane over the others; gives what is to be done then."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Close", id="story.close", key_display="esc"),
    ]

    def __init__(self, pane: Pane) -> None:
        super().__init__()
        self._pane = pane

    def compose(self) -> ComposeResult:
        """The pane."""
        yield self._pane
