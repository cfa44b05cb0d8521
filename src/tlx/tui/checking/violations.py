"""Violations: what breaks the rules of its system, as it is found; each leads to its event."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from tlx import units
from tlx.dialects.rules.finding import Severity
from tlx.model import NO_MASKS
from tlx.query.ask import Asker, Interrupted
from tlx.query.checking.violations import Violation, Wanted, checks, violations
from tlx.session import Session
from tlx.store.database import Database
from tlx.tui.messages import InspectWanted
from tlx.tui.panes.pane import Pane
from tlx.tui.panes.top import names_of
from tlx.tui.widgets.table import ASCII, Column, Row, Table

_MOST = 50_000
"""So many are listed; all are counted."""
_PAUSE = 0.2
"""Seconds between two looks at what was found."""
_MOST_NAME = 12
_MOST_PATH = 28
_WORDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "note"}
_LEVELS = ((), (Severity.INFORMATION,), (Severity.INFORMATION, Severity.WARNING))
"""What the list leaves out, one after another."""


class Against(NamedTuple):
    """What the events of a log were held against."""

    names: Sequence[str] = ()
    unchecked: Sequence[str] = ()
    left_out: Sequence[str] = ()


@dataclass
class _Count:
    """What was found so far, by the worker that looks."""

    looked_at: int = 0
    kept: int = 0
    rules: Counter[tuple[Severity, str]] = field(default_factory=Counter)
    fresh: list[Violation] = field(default_factory=list)
    """Those that the screen does not know of yet."""
    told: float = field(default_factory=time.monotonic)
    """When it was last told."""

    def is_due(self) -> bool:
        """Whether the screen should be told: not too often."""
        now = time.monotonic()
        if now - self.told <= _PAUSE:
            return False
        self.told = now
        return True

    def add(self, one: Violation) -> None:
        """Count one more."""
        self.rules[one.severity, one.rule] += 1
        if self.kept < _MOST:
            self.kept += 1
            self.fresh.append(one)


class ViolationsPane(Pane):
    """They come as they are found; the whole log is looked through, or one run."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "level", "Level", id="violations.level", tooltip="List all, leave out notes, or all but errors"),
        Binding("c", "cancel", "Cancel", id="violations.cancel", tooltip="Look no further"),
        Binding("r", "again", "Again", id="violations.again", tooltip="Look through the log again"),
    ]

    @dataclass(eq=False, repr=False)
    class Came(Message):
        """The search with this number has got further."""

        number: int
        looked_at: int
        rules: Counter[tuple[Severity, str]]
        fresh: list[Violation]

    def __init__(
        self,
        database: Callable[[], Database],
        names: Sequence[str],
        wanted: Callable[[], Wanted],
        *,
        lines: int = 0,
        ascii_only: bool = False,
        **kwargs: Any,
    ) -> None:
        """List what is wrong in sources with these names; `wanted` says what they are held against.

        About so many `lines` have been read, which says how wide their numbers are.
        """
        super().__init__(database, **kwargs)
        self._names = names
        self._wanted = wanted
        self._number = 0
        """Of the search that counts."""
        self._found: list[Violation] = []
        self._listed: list[Violation] = []
        self._rules: Counter[tuple[Severity, str]] = Counter()
        self._looked_at = 0
        self._state = ""
        self._level = 0
        self._line_width = max(len("line"), len(units.count(lines)))
        self._against = Against()
        self._table = Table(glyphs=ASCII if ascii_only else None, id="violations-table")

    def compose(self) -> ComposeResult:
        """How many there are by rule, and the list."""
        yield Static("", id="violations-rules", markup=False)
        yield self._table

    def on_mount(self) -> None:
        """Begin to look."""
        self._table.empty_text = "Looking for them"
        self._table.focus()
        file = min(_MOST_NAME, max(map(len, self._names), default=0))
        columns = (
            *([Column("file", "file", file, sortable=False)] if len(self._names) > 1 else []),
            Column("line", "line", self._line_width, right=True, sortable=False),
            Column("severity", "", max(map(len, _WORDS.values())), sortable=False),
            Column("rule", "rule", 17, sortable=False),
            Column("event", "event", 10, flexible=True, sortable=False),
            Column("what", "field = value", 14, flexible=True, sortable=False),
        )
        self._table.set_columns(columns, None, descending=False)
        self.action_again()

    def action_again(self) -> None:
        """Look through the log, from its begin."""
        self._number += 1
        self._found, self._listed, self._rules, self._looked_at = [], [], Counter(), 0
        self._state, self._against = "looking", Against()
        number, run, wanted = self._number, self.scope.run, self._wanted()

        def question(asker: Asker) -> Against:
            asker.see_all()
            held = checks(asker, wanted, run)
            count = _Count()

            def tell() -> None:
                fresh, count.fresh = count.fresh, []
                self.post_message(self.Came(number, count.looked_at, Counter(count.rules), fresh))

            def note(looked_at: int) -> None:
                if number != self._number:
                    raise Interrupted
                count.looked_at = looked_at
                if count.is_due():
                    tell()

            for one in violations(asker, held, run, note):
                count.add(one)
                if count.is_due():
                    tell()
            tell()
            return Against([held.named(name) for name in held.seen], held.unchecked, held.left_out)

        self.ask("violations", question, self._end)
        self._draw()

    def action_cancel(self) -> None:
        """Look no further; what was found stays."""
        if self.stop("violations"):
            self._number += 1
            self._state = "cancelled"
            self._draw()

    def on_unmount(self) -> None:
        """Look no further."""
        self._number += 1
        super().on_unmount()

    def action_level(self) -> None:
        """Leave out the least severe ones, or list all again."""
        self._level = (self._level + 1) % len(_LEVELS)
        self._listed = self._of_level(self._found)
        self._draw()
        self._table.move_cursor(0)

    def _of_level(self, found: Sequence[Violation]) -> list[Violation]:
        return [one for one in found if one.severity not in _LEVELS[self._level]]

    @on(Came)
    def _take(self, came: Came) -> None:
        if came.number == self._number:
            self._found += came.fresh
            self._listed += self._of_level(came.fresh)
            self._rules, self._looked_at = came.rules, max(self._looked_at, came.looked_at)
            self._draw()

    def _end(self, against: Against) -> None:
        self._state, self._against = "", against
        self._draw()

    def _draw(self) -> None:
        """Show what is known now; the cursor stays where it is."""
        total = self._rules.total()
        run = "" if self.scope.run is None else f" of run {self.scope.run}"
        title = f"Violations{run} · {units.count(total)}"
        if self._state:
            title += f" · {self._state} · {units.count(self._looked_at)} events so far"
        self.entitle(title, "enter shows the event · v level · c cancel · esc closes")
        rules = self.query_one("#violations-rules", Static)
        lines = _counted(self._rules, self._against, listed=len(self._found))
        rules.update(Content("\n".join(map(units.visible, lines))))
        self._table.empty_text = "Looking for them" if self._state == "looking" else "No rule is broken"
        self._table.set_row_count(len(self._listed))
        self._table.forget_rows()

    @on(Table.RowsWanted)
    def _fetch(self, wanted: Table.RowsWanted) -> None:
        found = self._listed[wanted.first : wanted.last + 1]
        rows = [self._row(wanted.first + number, one) for number, one in enumerate(found)]
        self._table.put_rows(wanted.first, rows, wanted.generation)

    def _row(self, number: int, one: Violation) -> Row:
        file = (self._names[one.source],) if len(self._names) > 1 else ()
        line = units.MISSING if one.line is None else units.count(one.line)
        what = " = ".join(filter(None, (_short(one.field), one.value)))
        return Row(number, (*file, line, _WORDS[one.severity], one.rule, one.event or "", (what, "table--dim")))

    @on(Table.RowOpened)
    def _open(self, opened: Table.RowOpened) -> None:
        one = self._listed[opened.row]
        if one.event is None:
            self.notify("This line is no event: e lists those lines.", markup=False)
        elif one.id is None:
            self.notify("This is the header of a run, and no event of its own.", markup=False)
        else:
            self.give([InspectWanted(one.id)])


def _short(name: str) -> str:
    """The end of the path to a field, where it is long: what it is called."""
    return name if len(name) <= _MOST_PATH else ".".join(name.rsplit(".", 2)[1:])


def _counted(rules: Counter[tuple[Severity, str]], against: Against, listed: int) -> list[str]:
    """How often each rule is broken, the worst first, and what was held against what."""
    lines = []
    for severity, word in _WORDS.items():
        found = [(number, rule) for (one, rule), number in rules.items() if one is severity]
        if found:
            found.sort(key=lambda one: (-one[0], one[1]))
            lines.append(f"{word}s: " + " · ".join(f"{units.count(number)} {rule}" for number, rule in found))
    if against.names:
        lines.append(f"held against {', '.join(against.names)}")
    lines += [f"{name}: not checked; name its schemas with tlx open --schema FILE" for name in against.unchecked]
    lines += against.left_out
    if listed < rules.total():
        lines.append(f"the first {units.count(listed)} are listed; tlx validate prints all")
    return lines


def pane_over(session: Session, against: Wanted | None, *, ascii_only: bool) -> ViolationsPane:
    """Return the pane over what a session has read, held against what was said, if anything was."""

    def wanted() -> Wanted:
        masks = NO_MASKS if session.database.revealed else session.masks
        return (against or Wanted())._replace(masks=masks)

    progress = session.progress()
    lines = progress.events + progress.headers + progress.rejects
    names = names_of(session.paths)
    return ViolationsPane(lambda: session.database, names, wanted, lines=lines, ascii_only=ascii_only, id="violations")


class ViolationsScreen(ModalScreen[list[Message]]):
    """One pane over the others; gives what to ask for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,P", "dismiss", "Close", id="violations.close", key_display="esc"),
    ]

    def __init__(self, pane: ViolationsPane) -> None:
        super().__init__()
        self._pane = pane

    def compose(self) -> ComposeResult:
        """The pane."""
        yield self._pane
