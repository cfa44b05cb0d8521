"""Where the panes stand: all at once, or the lower ones taking turns; and which of them has the keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import DescendantFocus
from textual.widget import Widget

from tlx.tui.messages import PaneTitled
from tlx.tui.panes.pane import Pane
from tlx.tui.timing.type_ahead import TypeAhead
from tlx.tui.widgets.tabs import Tabs

if TYPE_CHECKING:
    from tlx.tui.panes.inspector.pane import InspectorPane

_WIDE = (132, 30)
"""From so many columns and rows on, all panes show at once; below, the lower ones take turns."""
_LOW = 18
"""With fewer rows there is no room for one beneath the timeline: the pane that has the keys shows alone."""
_FOCUS = {
    1: "#timeline-chart",
    2: "#durations-table",
    3: "#breakdown-table",
    4: "#inspector-tree",
}


_INSPECTOR = 4


class Desk(Container):
    """The panes by number. Classes on the screen tell the sheet how: `narrow`, `low`, `alone`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "next_pane(1)", "Next pane", show=False, id="app.next"),
        Binding("shift+tab", "next_pane(-1)", "Pane before", show=False, id="app.previous"),
        Binding("1", "pane(1)", "Timeline", show=False, id="app.pane_1"),
        Binding("2", "pane(2)", "Durations", show=False, id="app.pane_2"),
        Binding("3", "pane(3)", "Breakdown", show=False, id="app.pane_3"),
        Binding("4", "pane(4)", "Inspector", show=False, id="app.pane_4"),
        Binding(
            "m", "mark", "Mark", show=False, id="app.mark", tooltip="Mark the selected event, or take the mark off"
        ),
        Binding("u", "to_mark(1)", "Next mark", show=False, id="app.next_mark"),
        Binding("U", "to_mark(-1)", "Mark before", show=False, id="app.previous_mark"),
        Binding("M", "compare", "Compare", show=False, id="app.compare", tooltip="Compare with the event marked last"),
        Binding("y", "yank", "Yank", show=False, id="app.yank", tooltip="Copy the event, or a part of it"),
        Binding(
            "escape",
            "give_back",
            "Back",
            show=False,
            id="app.give_back",
            tooltip="Go back to the pane where the event was opened",
        ),
        Binding("z", "alone", "Maximise", show=False, id="app.alone", tooltip="Show this pane alone, or all again"),
    ]

    current = 2
    """The number of the pane that has the keys, or had them last."""
    _wanted: int | None = None
    """The number of the pane that is about to get the keys."""
    _opener: int | None = None
    """The number of the pane in which the event was opened that the inspector has the keys for."""

    @property
    def is_alone(self) -> bool:
        """Whether one pane fills the screen."""
        return self.screen.has_class("alone")

    def on_resize(self) -> None:
        """Show all panes, or let the lower ones take turns, or all of them."""
        size = self.app.size
        self.screen.set_class(size.height < _LOW, "low")
        self.screen.set_class(size.width < _WIDE[0] or size.height < _WIDE[1], "narrow")

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Remember which pane the keys go to, unless they have gone elsewhere meanwhile, or are about to."""
        if event.widget is not self.screen.focused:
            return
        for pane in event.widget.ancestors:
            if isinstance(pane, Pane) and pane.id is not None and self._wanted in (None, int(pane.id[-1])):
                self._mark(int(pane.id[-1]))

    def _mark(self, number: int) -> None:
        self.current = number
        self._opener = self._opener if number == _INSPECTOR else None
        for pane in self.query(Pane):
            pane.set_class(pane.id == f"pane-{number}", "kept")
            pane.has_keys = pane.id == f"pane-{number}"
        self.query_one("#lower").set_class(number > 1, "holds")
        if number > 1:
            self.query_one(Tabs).current = number
            for lower in self.query("#lower Pane"):
                lower.set_class(lower.id == f"pane-{number}", "current")
        self._note()

    @on(PaneTitled)
    def _note(self) -> None:
        """Say in the strip of tabs what the frame of the pane says, which is not drawn there."""
        tabs = self.query_one(Tabs)
        for pane in self.query("#pane-3").results(Pane):
            tabs.breakdown = pane.said[0].partition(" · ")[0].removeprefix("3 ") or tabs.breakdown
        title, note = self.query_one(f"#pane-{tabs.current}", Pane).said
        view = title.partition(" · ")[2]
        tabs.note = note if view in note else f"{view} · {note}"

    @on(Tabs.Wanted)
    def _tab(self, wanted: Tabs.Wanted) -> None:
        self.action_pane(wanted.pane)

    def action_pane(self, number: int) -> None:
        """Give the keys to a pane."""
        for target in self.query(_FOCUS[number]):  # none while only the first rows are drawn
            stands = number == self.current and self._wanted is None
            self._mark(number)
            if stands:
                self.screen.set_focus(target)  # at once, so that the keys are nobody's at no time
            else:
                self._wanted = number
                if isinstance(self.app, TypeAhead):
                    self.app.hold_keys()
                self.call_after_refresh(self._give_keys, target, number)

    def inspect(self) -> None:
        """Give the keys to the inspector, which gives them back by esc."""
        opener = self.current if self.current != _INSPECTOR else self._opener
        self.action_pane(_INSPECTOR)
        self._opener = opener

    def action_give_back(self) -> None:
        """Give the keys back to the pane where the event was opened."""
        if self._opener is not None:
            self.action_pane(self._opener)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  Textual's own
        """Leave esc to others but for an inspector that was opened from a pane."""
        return action != "give_back" or self._opener is not None

    def _give_keys(self, target: Widget, number: int) -> None:
        """Give the keys to the pane that was wanted last, now that it shows."""
        if self._wanted == number:
            self._wanted = None
            self.screen.set_focus(target)  # at once, so that late news of the pane before is known to be late
            if isinstance(self.app, TypeAhead):
                self.app.release_keys()

    def action_next_pane(self, step: int) -> None:
        """Give the keys to the next pane, or the one before."""
        self.action_pane((self.current - 1 + step) % len(_FOCUS) + 1)

    def action_alone(self) -> None:
        """Show one pane alone, or all again."""
        self.screen.toggle_class("alone")

    @property
    def _inspectors(self) -> Iterable[InspectorPane]:
        """The inspector, which has the selected event in hand; none while only the first rows are drawn."""
        from tlx.tui.panes.inspector.pane import InspectorPane  # noqa: PLC0415  not needed for the first rows

        return self.query(InspectorPane)

    def forget_search(self) -> None:
        """Search no more in the event that is shown."""
        for inspector in self._inspectors:
            inspector.action_forget()

    def action_mark(self) -> None:
        """Mark the selected event, or take its mark off."""
        for inspector in self._inspectors:
            inspector.mark()
            for pane in self.query(Pane):
                pane.marked = inspector.marks.times

    def action_to_mark(self, direction: int) -> None:
        """Select the next event that is marked, or the one before."""
        for inspector in self._inspectors:
            inspector.to_mark(direction)

    def action_compare(self) -> None:
        """Show the selected event beside the one that was marked last."""
        for inspector in self._inspectors:
            inspector.compare()

    def action_yank(self) -> None:
        """Ask which part of the selected event to copy, and copy it."""
        for inspector in self._inspectors:
            from tlx.tui.screens.yank import YankScreen  # noqa: PLC0415  the screen is rarely shown

            self.app.push_screen(YankScreen(), inspector.yank)
