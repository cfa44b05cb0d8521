"""Rejects: the lines that are no events, each with its place and the reason; and the damages of the stored bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.screen import ModalScreen

from tlx import units
from tlx.query import rejects
from tlx.query.ask import Asker
from tlx.session import Progress
from tlx.store.database import Database
from tlx.tui.panes.pane import Pane
from tlx.tui.widgets.table import ASCII, Column, Row, Table

_MOST_CELL = 400
"""Characters of a text that a row may show."""
_MOST_NAME = 16
_DAMAGE_WORD = "damage"
"""Stands where a reject has its line."""
_DAMAGE = -1
"""The id of rows that are damages; those of rejects are their arrival numbers."""


@dataclass(frozen=True)
class _Found:
    """How many rows there are, and at which of them the cursor belongs."""

    totals: rejects.Totals
    widths: rejects.Widths
    row: int | None


class RejectsPane(Pane):
    """A virtual table: it fetches the rows that show. It begins beside the selected event."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "step(1)", "Next", id="rejects.next", tooltip="The next reject"),
        Binding("E", "step(-1)", "Previous", id="rejects.previous", tooltip="The reject before"),
    ]

    progress: reactive[Progress | None] = reactive(None, init=False)

    def __init__(
        self,
        database: Callable[[], Database],
        names: Callable[[], Sequence[str]],
        direction: int,
        *,
        ascii_only: bool = False,
        **kwargs: Any,
    ) -> None:
        """List the rejects of sources with these names, from the one after the selection (1) or before it (-1).

        Of logs that are followed there may be more sources by and by.
        """
        super().__init__(database, **kwargs)
        self._names = names
        self._several = False
        """Whether the file is told."""
        self._direction = direction
        self._begun = False
        self._held: int | None = None
        """The id of the reject under the cursor."""
        self._table = Table(glyphs=ASCII if ascii_only else None, id="rejects-table")

    def compose(self) -> ComposeResult:
        """The table is all there is."""
        yield self._table

    def on_mount(self) -> None:
        """Ask for the rejects."""
        self.entitle("Rejects", "e E next, before · enter shows it whole · esc closes")
        self._table.empty_text = "Looking for them"
        self._table.focus()
        self.load()

    def watch_progress(self, before: Progress | None, now: Progress) -> None:
        """Look for more when more have been read; the damages are known at the end."""
        if before is not None and (before.rejects, before.done) != (now.rejects, now.done):
            self.load(overtake=False)

    def load(self, *, overtake: bool = True) -> None:
        """Ask how many there are, and where the one under the cursor, or beside the selection, stands."""
        run, selection, begun = self.scope.run, self.selection, self._begun
        held, direction = self._held, self._direction

        def question(asker: Asker) -> _Found:
            totals, row = rejects.totals(asker, run), None
            if held is not None:
                row = rejects.row_of(asker, held, run)
            elif selection is not None and totals.rejects and not begun:
                row = rejects.row_beside(asker, selection, direction, run)
            return _Found(totals, rejects.widths(asker, run), row)

        self.ask("count", question, self._show, overtake=overtake)

    def _show(self, found: _Found) -> None:
        totals = found.totals
        self._begun = self._begun or totals.rows > 0
        self.entitle(f"Rejects · {_counted(totals)}", self.said[1])
        self._table.empty_text = "Every line is an event: there are no rejects"
        names = self._names()
        self._several = len(names) > 1
        self._table.set_columns(_columns(names, found.widths), None, descending=False)
        self._table.set_row_count(totals.rows)
        self._table.forget_rows()
        if found.row is not None:
            self._table.move_cursor(found.row, keep_offset=True)

    @on(Table.RowsWanted)
    def _fetch(self, wanted: Table.RowsWanted) -> None:
        run, span = self.scope.run, (wanted.first, wanted.last + 1)

        def put(found: list[rejects.Gap]) -> None:
            names = self._names()
            self._table.put_rows(wanted.first, [self._row(gap, names) for gap in found], wanted.generation)

        self.ask("page", lambda asker: rejects.page(asker, span, run), put)

    @on(Table.CursorMoved)
    def _hold(self, moved: Table.CursorMoved) -> None:
        self._held = None if moved.id == _DAMAGE else moved.id

    def _row(self, gap: rejects.Gap, names: Sequence[str]) -> Row:
        file = (names[gap.source],) if self._several else ()
        if gap.sort is rejects.Sort.DAMAGE:
            line, text = _DAMAGE_WORD, "(bytes as stored)"
        else:
            line, text = units.count(gap.line), (gap.text or "")[:_MOST_CELL]
        return Row(
            _DAMAGE if gap.id is None else gap.id,
            (*file, line, units.count(gap.offset), gap.reason, (text, "table--dim")),
        )

    def action_step(self, direction: int) -> None:
        """Go to the next reject, or the one before."""
        row = self._table.cursor_row + direction
        if 0 <= row < self._table.row_count:
            self._table.move_cursor(row)
        else:
            self.notify("This is the last one." if direction > 0 else "This is the first one.")

    @on(Table.RowOpened)
    def _open(self, opened: Table.RowOpened) -> None:
        from tlx.tui.pages.reject import MOST_TEXT, RejectScreen  # noqa: PLC0415  the screen is rarely shown

        run, names = self.scope.run, self._names

        def question(asker: Asker) -> tuple[rejects.Gap, str] | None:
            for gap in rejects.page(asker, (opened.row, opened.row + 1), run):
                return gap, "" if gap.id is None else rejects.text(asker, gap.id, MOST_TEXT)
            return None

        def show(found: tuple[rejects.Gap, str] | None) -> None:
            if found is not None:
                self.app.push_screen(RejectScreen(names()[found[0].source], *found))

        self.ask("whole", question, show)


def _columns(names: Sequence[str], widths: rejects.Widths) -> tuple[Column, ...]:
    """No wider than the numbers, so that there is room for reason and text; one for the file if there are several."""
    file = min(_MOST_NAME, max(map(len, names)))
    line, byte = len(units.count(widths.line)), len(units.count(max(widths.offset, widths.damage)))
    return (
        *([Column("file", "file", file, sortable=False)] if len(names) > 1 else []),
        Column("line", "line", max(len(_DAMAGE_WORD), line), right=True, sortable=False),
        Column("byte", "byte", max(len("byte"), byte), right=True, sortable=False),
        Column("reason", "reason", 20, flexible=True, sortable=False),
        Column("text", "text", 16, flexible=True, sortable=False),
    )


def _counted(totals: rejects.Totals) -> str:
    """So many lines that are no events, so many damages."""
    line = "line is no event" if totals.rejects == 1 else "lines are no events"
    damages = f" · {units.count(totals.damages)} damage{'' if totals.damages == 1 else 's'}"
    return f"{units.count(totals.rejects)} {line}{damages if totals.damages else ''}"


class RejectsScreen(ModalScreen[None]):
    """One pane over the others."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "app.pop_screen", "Close", id="rejects.close", key_display="esc"),
    ]

    def __init__(self, pane: RejectsPane) -> None:
        super().__init__()
        self._pane = pane

    def compose(self) -> ComposeResult:
        """The pane."""
        yield self._pane
