"""Insights: the facts that explain what is shown, each with where to look, and what the log does not hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from rich.table import Table
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tlx import units
from tlx.dialects.base import Absence
from tlx.query import runs
from tlx.query.ask import Asker, Scope
from tlx.query.insights.absences import missing
from tlx.query.insights.insights import insights
from tlx.query.insights.line import Insight, Jump, shown
from tlx.store.database import Database
from tlx.tui.messages import EventSelected, FilterWanted, RangeWanted, RunWanted, YankWanted
from tlx.tui.panes.pane import Pane

_LONGEST_TEXT = 400
"""Characters of a text of the log in a line."""


class Found(NamedTuple):
    """All there is to tell."""

    insights: list[Insight]
    missing: list[tuple[str, Absence]]
    runs: int


class FactList(OptionList):
    """Lines that wrap, and a cursor on one of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", "Next", show=False, id="insights.down"),
        Binding("k", "cursor_up", "Previous", show=False, id="insights.up"),
        Binding("g", "first", "First", show=False, id="insights.first"),
        Binding("G", "last", "Last", show=False, id="insights.last"),
        Binding("space", "page_down", "Page down", show=False, id="insights.page_down"),
        Binding("b", "page_up", "Page up", show=False, id="insights.page_up"),
        Binding("ctrl+d", "half(1)", "Half a page down", show=False, id="insights.half_down"),
        Binding("ctrl+u", "half(-1)", "Half a page up", show=False, id="insights.half_up"),
        Binding("enter", "select", "Go there", id="insights.go", key_display="enter", tooltip="Show what it speaks of"),
    ]

    def action_half(self, direction: int) -> None:
        """Move the cursor over half a page of lines, or to the next fact if it takes more, not beyond the ends."""
        room, number = self.scrollable_content_region.height // 2, self.highlighted
        while number is not None and 0 <= number + direction < self.option_count:
            number += direction
            room -= self._heights[number]
            if not self.get_option_at_index(number).disabled:
                self.highlighted = number
                if room <= 0:
                    break


class InsightsPane(Pane):
    """They come one by one, as they are found."""

    @dataclass(eq=False, repr=False)
    class Came(Message):
        """One more was found by the question with this number."""

        question: int
        insight: Insight

    def __init__(self, database: Callable[[], Database], kept: dict[tuple[Scope, int], Found], **kwargs: Any) -> None:
        """List what is `kept`, by scope and generation, if that is the present one; else keep what is found."""
        super().__init__(database, **kwargs)
        self._kept = kept
        self._question = 0
        self._found: list[Insight] = []
        self._missing: list[tuple[str, Absence]] = []
        self._runs = 0
        self._lines: list[tuple[str, Text]] = []
        self._pointed: int | None = None

    def compose(self) -> ComposeResult:
        """A list, and beneath it how far it is."""
        yield FactList(id="insights-list", markup=False)
        yield Static("", id="insights-word", markup=False)

    def on_mount(self) -> None:
        """Ask."""
        self.entitle("Insights", "enter goes there · esc closes")
        self.query_one(FactList).focus()
        self.load()

    def load(self, *, overtake: bool = True) -> None:
        """Ask for the facts of the scope; those that came first show at once, later ones when all are there."""
        self._question += 1
        scope, number, is_first = self.scope, self._question, not self._found
        state = scope, self.generation
        if state in self._kept:
            self._show(self._kept[state])
            return
        self._say("computing …")

        def question(asker: Asker) -> Found:
            found = []
            for insight in insights(asker, scope):
                found.append(insight)
                if is_first:
                    self.post_message(self.Came(number, insight))
            return Found(found, missing(asker, scope), len(runs.runs(asker)))

        def show(answer: Found) -> None:
            self._kept.clear()
            self._kept[state] = answer
            self._show(answer)

        self.ask("insights", question, show, overtake=overtake)

    @on(Came)
    def _add(self, came: Came) -> None:
        if came.question == self._question:
            self._found.append(came.insight)
            self._list()

    def _show(self, answer: Found) -> None:
        self._question += 1  # what is on its way is in the answer
        self._found, self._missing, self._runs = answer
        self._list()
        self._say("" if self._found else f"Nothing to tell {_where(self.scope)}: there are no actions.")

    def _say(self, word: str) -> None:
        line = self.query_one("#insights-word", Static)
        line.update(word)
        line.display = bool(word)

    def _list(self) -> None:
        """Show the facts, then what the log does not hold; the cursor stays on its line."""
        facts = self.query_one(FactList)
        at = facts.highlighted
        facts.clear_options()
        self._lines = [(str(number), _line(one)) for number, one in enumerate(self._found, 1)]
        facts.add_options([Option(_hung(*line)) for line in self._lines])
        if self._missing:
            facts.add_options([Option(Text("Not in this log", "bold"), disabled=True)])
            missed = [("-", _absence(command, one)) for command, one in self._missing]
            facts.add_options([Option(_hung(*line)) for line in missed])
            self._lines += [("", Text("")), *missed]
        self._pointed = None
        if facts.option_count:
            facts.highlighted = min(at or 0, facts.option_count - 1)
        facts_word = "fact" if len(self._found) == 1 else "facts"
        self.entitle(f"Insights · {units.count(len(self._found))} {facts_word} {_where(self.scope)}", self.said[1])

    @on(OptionList.OptionHighlighted)
    def _point(self, highlighted: OptionList.OptionHighlighted) -> None:
        """Point at the line of the cursor, which colour alone would tell otherwise."""
        facts, number = self.query_one(FactList), highlighted.option_index
        if self._pointed is not None and self._pointed < len(self._lines):
            facts.replace_option_prompt_at_index(self._pointed, _hung(*self._lines[self._pointed]))
        if number < len(self._lines):
            mark, line = self._lines[number]
            facts.replace_option_prompt_at_index(number, _hung(f">{mark}", line))
            self._pointed = number

    @on(OptionList.OptionSelected)
    def _go(self, selected: OptionList.OptionSelected) -> None:
        number = selected.option_index
        if number < len(self._found):
            self.give(steps(self._found[number].jump, self.scope, alone=self._runs == 1))
        else:
            command, _ = self._missing[number - len(self._found) - 1]
            self.give([YankWanted("the command", command)])


def _where(scope: Scope) -> str:
    """Which events they speak of."""
    if scope.window is not None:
        return "about this range of time"
    run = "" if scope.run is None else f" of run {scope.run}"
    if scope.condition.text:
        return f"about what the filter lets through{run}"
    return f"about run {scope.run}" if run else "about the whole log"


def _hung(mark: str, text: Text) -> Table:
    """A text whose lines stand beneath each other, behind a mark."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=3, justify="right")
    grid.add_column(overflow="fold")
    grid.add_row(Text(mark), text)
    return grid


def _line(insight: Insight) -> Text:
    """A sentence in which numbers and names stand out."""
    line = Text()
    for part in insight.line:
        line.append(units.visible(shown(part)[:_LONGEST_TEXT]), "" if isinstance(part, str) else "bold")
    return line


def _absence(command: str, one: Absence) -> Text:
    text = Text(f"{one.words[:1].upper()}{one.words[1:]}. ")
    text.append(units.visible(command), "bold").append(f" has it. Here: {one.instead}.")
    return text


def steps(jump: Jump, scope: Scope, *, alone: bool) -> list[Message]:
    """Return what to ask for, to see what an insight speaks of: a run unless `alone`, a filter, a range, the event."""
    found: list[Message] = []
    if jump.run is not None and jump.run != scope.run and not alone:
        found.append(RunWanted(jump.run))
    if jump.filter:
        found.append(FilterWanted(jump.filter))
    if jump.window is not None:
        begin, end = jump.window
        found.append(RangeWanted((begin, end + 1)))  # what begins at its end touches it
    if jump.event is not None:
        found.append(EventSelected(jump.event))
    return found


class InsightsScreen(ModalScreen[list[Message]]):
    """One pane over the others; gives what to ask for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,i", "dismiss", "Close", id="insights.close", key_display="esc"),
    ]

    def __init__(self, pane: Pane) -> None:
        super().__init__()
        self._pane = pane

    def compose(self) -> ComposeResult:
        """The pane."""
        yield self._pane
