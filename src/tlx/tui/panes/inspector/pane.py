"""Inspector: the selected event as a foldable tree, raw values beside units, and the line it came from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.timer import Timer
from textual.widgets import Input, Static

from tlx import units
from tlx.dialects.rules.finding import Schemas
from tlx.query import event as events
from tlx.query import rows
from tlx.query.ask import ALL, Asker, Scope
from tlx.query.checking.meaning import Meaning, meaning
from tlx.query.language.chips import include
from tlx.query.whole.critical import Course, course_of
from tlx.store.database import Database
from tlx.tui.messages import CompareWanted, EventSelected, FilterWanted, RangeWanted, YankWanted
from tlx.tui.panes.inspector.explanation import Explanation
from tlx.tui.panes.inspector.marks import Marks
from tlx.tui.panes.inspector.outline import Entry
from tlx.tui.panes.inspector.parts import entries_of, part_of
from tlx.tui.panes.inspector.search import MOST, Match, Spread, pattern, search
from tlx.tui.panes.inspector.tree import InspectorTree
from tlx.tui.panes.pane import Pane

_MOST_TITLE = 80
_PAUSE = 0.1
"""Seconds without a key after which a text is searched for."""


class _Found(NamedTuple):
    """An event and what is said of it."""

    event: events.Event
    entries: list[Entry]
    meaning: Meaning | None


_REST = 0.25
"""Seconds after which it is asked whether the event is among those that count."""


class SearchLine(Input):
    """Where the text to search for is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", id="inspector.search_leave", tooltip="Search no more"),
    ]

    def action_leave(self) -> None:
        """Forget the text."""
        self.value = ""
        self.post_message(self.Submitted(self, ""))


class InspectorPane(Pane):
    """One event at a time; what is in a line is made when it is looked at."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "raw", "Raw line", id="inspector.raw", tooltip="Show the line as it stands in the log"),
        Binding("slash", "search", "Search", id="inspector.search", tooltip="Search in this event"),
        Binding("escape", "forget", "Search no more", show=False, id="inspector.search_end"),
        Binding("n", "step(1)", "Next match", show=False, id="inspector.next_match"),
        Binding(
            "s", "same('name')", "Same name", show=False, id="inspector.same_name", tooltip="Show events of this name"
        ),
        Binding(
            "o",
            "same('owner')",
            "Same owner",
            show=False,
            id="inspector.same_owner",
            tooltip="Show this owner's events",
        ),
        Binding(
            "t", "around", "Around this time", show=False, id="inspector.around", tooltip="Show what ran meanwhile"
        ),
        Binding("N", "step(-1)", "Match before", show=False, id="inspector.previous_match"),
    ]

    def __init__(self, database: Callable[[], Database], **kwargs: Any) -> None:
        super().__init__(database, **kwargs)
        self.marks = Marks()
        self._event: events.Event | None = None
        self._matches: list[Match] = []
        self._origin: Spread = ((), 0, 0)
        """Where the cursor stood when the search began."""
        self._sought = ""
        self._timer: Timer | None = None
        self._note = ""
        self._meaning: Meaning | None = None
        self._left_out = False
        """Whether the event is none of those that count."""
        self._soon: Timer | None = None

    def compose(self) -> ComposeResult:
        """The tree; nothing is hidden behind the empty text."""
        yield Static("Select an event to see all that is known of it.", id="inspector-empty")
        tree = InspectorTree(id="inspector-tree")
        tree.display = False
        yield tree
        yield Explanation(id="inspector-meaning")
        line = SearchLine(placeholder="search in this event", id="inspector-search", select_on_focus=False)
        line.display = False
        yield line

    def on_mount(self) -> None:
        """Name the pane."""
        self.entitle("4 Inspector")

    def on_resize(self) -> None:
        """Give what is explained its share of the lines there are."""
        self.query_one(Explanation).fit()

    @property
    def event(self) -> events.Event | None:
        """The event that is shown."""
        return self._event

    def watch_scope(self, before: Scope, scope: Scope) -> None:
        """The same event is seen in another way where what is masked is revealed, or masked again."""
        super().watch_scope(before, scope)
        self._ask_soon_if_listed()
        shown = self._event.columns["id"] if self._event is not None else self.selection
        if before.revealed != scope.revealed and shown is not None:
            self._look_up(shown)

    def watch_selection(self, selection: int | None) -> None:
        """Show another event."""
        if selection is not None and (self._event is None or selection != self._event.columns["id"]):
            self._look_up(selection)

    def _ask_soon_if_listed(self) -> None:
        """Ask whether the event is among those that count, once what the lists show has been asked."""
        if self._soon is not None:
            self._soon.stop()
        self._soon = self.set_timer(_REST, self._ask_if_listed)

    def _ask_if_listed(self) -> None:
        scope, found = self.scope, self._event

        def tell(is_listed: bool) -> None:  # noqa: FBT001  an answer
            if self._event is found and self.scope == scope:
                self._left_out = not is_listed
                self._entitle()

        if scope._replace(revealed=False) == ALL:
            tell(True)
        elif found is not None:
            self.ask("listed", lambda asker: rows.holds(asker, scope, found.columns["id"]), tell)

    def _look_up(self, event_id: int, *, overtake: bool = True) -> None:
        """Ask for an event, and for what the schemas that were given say of it."""
        against = getattr(self.app, "against", None)
        schemas = against.schemas if against is not None else None
        self.ask("event", lambda asker: _looked_up(asker, event_id, schemas), self._show, overtake=overtake)

    def load(self, *, overtake: bool = True) -> None:  # noqa: ARG002  what is open is asked for as it stands
        """Show the event anew if it may have changed: what is open may have been ended."""
        if self._event is not None and self._event.is_open:
            self._look_up(self._event.columns["id"], overtake=False)

    def _show(self, answer: _Found | None) -> None:
        if answer is None:
            return
        self._event, entries, self._meaning = answer
        self.query_one("#inspector-empty").display = False
        tree = self.query_one(InspectorTree)
        tree.display = True
        tree.show(entries)
        self._left_out = False
        self._entitle()
        self._ask_soon_if_listed()
        self._search(jump=False)

    @on(InspectorTree.CursorMoved)
    def _explain(self) -> None:
        """Say what is under the cursor: a field, a value, else the event."""
        tree, said = self.query_one(InspectorTree), ""
        if self._meaning is not None:
            line = tree.line
            path = None if line is None else tree.path_of(line)
            if line is not None and path is not None:
                value = tree.whole(line).value
                column = str(path.keys[0])
                said = self._meaning.of_path(path.keys, value) if path.root else self._meaning.of_column(column, value)
            said = said or self._meaning.of_event()
        self.query_one(Explanation).say(said)

    def _entitle(self) -> None:
        if self._event is not None:
            columns = self._event.columns
            event = units.visible(str(columns["event"] or columns["dialect"])[:_MOST_TITLE])
            place = f"line {units.count(columns['line'])} · run {columns['run']}"
            number = self.marks.number(columns["id"])
            mark = "" if number is None else f"mark {number} of {len(self.marks)}"
            hidden = "left out by filter or range" if self._left_out else ""
            self.entitle(f"4 Inspector · {event}", " · ".join(filter(None, (self._note, hidden, mark, place))))

    def action_raw(self) -> None:
        """Go to the raw line and open it."""
        tree = self.query_one(InspectorTree)
        if len(tree.outline):
            tree.outline.turn((len(tree.outline.entries) - 1,), is_open=True)
            tree.go_to((len(tree.outline.entries) - 1,), top=True)

    def action_search(self) -> None:
        """Open the line to type in."""
        if self._event is not None:
            self._origin = self.query_one(InspectorTree).spread
            line = self.query_one(SearchLine)
            line.display = True
            self.screen.set_focus(line)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  Textual's own
        """Leave esc to others where nothing is searched for."""
        return action != "forget" or bool(self._sought)

    def action_forget(self) -> None:
        """Search no more."""
        self.query_one(SearchLine).value = ""
        self._search(jump=False)

    @on(Input.Changed)
    def _typed(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_PAUSE, lambda: self._search(jump=True))

    @on(Input.Submitted)
    def _typed_all(self) -> None:
        self.query_one(SearchLine).display = False
        self.screen.set_focus(self.query_one(InspectorTree))
        self._search(jump=True)

    def _search(self, *, jump: bool) -> None:
        """Look for the text in this event, in a thread: it may be long."""
        if self._timer is not None:
            self._timer.stop()
        text, tree = self.query_one(SearchLine).value, self.query_one(InspectorTree)
        self._sought = text
        self._matches = []
        tree.mark_text(pattern(text) if text else None)
        if not text:
            self._say("")
            self._go_first(jump=jump)
            return
        entries, is_raw_open = tree.outline.entries, tree.is_raw_open

        def found(matches: list[Match]) -> None:
            if entries is tree.outline.entries and text == self._sought:
                self._matches = matches
                self._say("" if matches else "not found")
                self._go_first(jump=jump)

        def question(_: Asker) -> list[Match]:
            return search(entries, pattern(text), raw=is_raw_open, goes_on=lambda: self._sought == text)

        self.ask("search", question, found)

    def _go_first(self, *, jump: bool) -> None:
        """Go to the first match from where the search began, or back there."""
        if jump and self._matches:
            self.action_step(0)
        elif jump:
            self.query_one(InspectorTree).go_to(*self._origin[:2])

    def _say(self, note: str) -> None:
        self._note = note
        self._entitle()

    def action_step(self, direction: int) -> None:
        """Go to the next match, or the one before; with 0 to the first from where the search began."""
        if self._matches:
            tree = self.query_one(InspectorTree)
            number = tree.go_beside(self._matches, direction, tree.spread if direction else self._origin) + 1
            most = f"{units.count(len(self._matches))}{'+' if len(self._matches) == MOST else ''}"
            self._say(f"match {units.count(number)} of {most}")
        elif not self.query_one(SearchLine).value:
            self.action_search()

    def action_same(self, column: str) -> None:
        """Show the events that have the same value in a column."""
        if self._event is not None:
            self.post_message(FilterWanted(include("", column, self._event.columns[column])))

    def action_around(self) -> None:
        """Show what touches the time of this event, and as much before and behind it, but a second at least."""
        if self._event is None:
            return
        end = self._event.columns["time"]
        if end is None:
            self.notify("This event has no time.")
            return
        start = self._event.columns["start"]
        start = end if start is None else start
        more = max(units.NS_PER_S, end - start)
        self.post_message(RangeWanted((max(0, start - more), end + more)))

    def mark(self) -> None:
        """Mark the event, or take its mark off."""
        if self._event is not None:
            columns = self._event.columns
            start, end = columns["start"], columns["time"]
            self.marks.turn(columns["id"], None if end is None else (end if start is None else start, end))
            self._entitle()

    def to_mark(self, direction: int) -> None:
        """Select the next event that is marked, or the one before."""
        found = self.marks.beside(self.selection, direction)
        if found is None:
            self.notify("No event is marked: m marks the selected one.")
        else:
            self.post_message(EventSelected(found))
            self._tell_of_hidden(found)

    def _tell_of_hidden(self, event_id: int) -> None:
        """Say that an event is in no list, where that is so."""
        scope = self.scope

        def tell(is_listed: bool) -> None:  # noqa: FBT001  an answer
            if not is_listed:
                self.notify("This event is marked, but what is shown leaves it out: esc takes filter or range back.")

        self.ask("mark", lambda asker: rows.holds(asker, scope, event_id), tell)

    def compare(self) -> None:
        """Ask for the event beside the one that was marked last."""
        here = None if self._event is None else self._event.columns["id"]
        there = None if here is None else self.marks.last_but(here)
        if here is None or there is None:
            self.notify("Mark another event first: m marks the selected one.")
            return
        self.post_message(CompareWanted(here, there))

    def yank(self, key: str | None) -> None:
        """Ask for a part of the event to be copied, by the key of the yank screen."""
        line, tree = self.query_one(InspectorTree).line, self.query_one(InspectorTree)
        if self._event is None or line is None or key is None:
            return
        if key == "t":
            self.post_message(YankWanted("", "", again=True))
            return
        found = self._event

        whole, path = tree.whole(line), tree.path_of(line)

        def question(_: Asker) -> tuple[str, str] | None:
            """In a thread, for it may be long."""
            return part_of(found, whole, path, key)

        def tell(said: tuple[str, str] | None) -> None:
            if said is None:
                self.notify("There is no path to this line in filters.")
            else:
                self.post_message(YankWanted(*said))

        self.ask("yank", question, tell)


def _looked_up(asker: Asker, event_id: int, schemas: Schemas | None) -> _Found | None:
    """Ask for an event, and take its record apart, which takes a while where it is long."""
    found = events.event(asker, event_id)
    if found is None:
        return None
    known = meaning(found.columns["dialect"], found.columns["event"], found.raw, schemas)
    within = events.parts(asker, found.columns)
    critical = _on_path(course_of(asker, event_id))
    return _Found(found, entries_of(found, known.fields() if known else {}, within, critical), known)


def _on_path(on: tuple[Course, list[int]] | None) -> str:
    """Where an event stands on a critical path, and what it costs there."""
    if on is None or not on[1]:
        return ""
    course, numbers = on
    steps = [course.steps[number - 1] for number in numbers]
    took = units.duration(sum(step.duration_ns for step in steps))
    gain = max(step.gain_ns for step in steps)
    saving = f", could save at most {units.duration(gain)}" if gain else ""
    which = ", ".join(map(str, numbers))
    return f"step {which} of {len(course.steps)}: {took} of {units.duration(course.total_ns)}{saving}"
