"""The top of the screen: two lines from a handful of facts, with the clauses of the filter to choose from."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.widget import Widget

from tlx import units
from tlx.tui.filters.drawing import Chips, chips_width, draw_chips
from tlx.tui.messages import ChipWanted, FilterClosed, RangeWanted

if TYPE_CHECKING:
    from tlx.query.language.chips import Clause

_PARTS = ("brand", "name", "quiet", "filter", "off", "chosen", "warning", "error")
_LEAST_CHIPS = 36
"""Cells for the filter below which even the progress of a loading gives way."""
_DOUBLE = 2
_LEAST_COMMAND = 12
"""Cells below which a command line says nothing."""


class Facts(NamedTuple):
    """What the top bar says; all text is safe to show."""

    names: str = ""
    command: str = ""
    runs: int = 0
    """The number of the last run, where there are several."""
    run: int | None = None
    """The number of the run that is shown, or else of the one the selected event is in."""
    alone: bool = False
    """Whether only this run is shown."""
    range: str = ""
    """How long the range of time is that is shown alone."""
    events: int = 0
    matches: int | None = None
    """How many events pass the filter, where there is one."""
    texts: int = 0
    """Rows that are no events, such as tracebacks between them."""
    matching_texts: int = 0
    """How many of these pass the filter, where there is one."""
    rejects: int = 0
    masked: int = 0
    """How many values are masked."""
    revealed: bool = False
    """Whether they are shown as they are."""
    clauses: "tuple[Clause, ...]" = ()
    """Those of the filter; drawn so that their text does no harm."""
    found: str = ""
    """What was searched, and which match was found."""
    state: str = ""
    """How the log ended, where that is not as it should: torn, open."""
    trouble: str = ""
    """What ended the loading early."""
    progress: str = ""
    loaded: bool = False
    """Whether the progress is history, which gives way where room is short."""

    @property
    def chips(self) -> "tuple[Clause, ...]":
        """The clauses, before them the range as if it were one: where room is short it is seen first."""
        if not self.range:
            return self.clauses
        from tlx.query.language.chips import Clause  # noqa: PLC0415  loaded with the panes

        return (Clause(f"range of {self.range}"), *self.clauses)


class TopBar(Widget):
    """The log, its run and its counts; the filter and the state of the loading."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"topbar--{part}" for part in _PARTS}

    DEFAULT_CSS = """
    TopBar {
        & > .topbar--brand { background: $primary; color: $background; text-style: bold; }
        & > .topbar--name { color: $foreground; text-style: bold; }
        & > .topbar--quiet { color: $muted; }
        & > .topbar--filter { color: $accent; text-style: bold; }
        & > .topbar--off { color: $muted; text-style: italic; }
        & > .topbar--chosen { color: $primary; text-style: bold reverse; }
        & > .topbar--warning { color: $warning; text-style: bold; }
        & > .topbar--error { background: $error; color: $background; text-style: bold; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "choose(-1)", "Clause before", show=False, id="chips.left"),
        Binding("right,l", "choose(1)", "Next clause", show=False, id="chips.right"),
        Binding("space", "want('switch')", "Off/on", id="chips.switch", tooltip="Switch the clause off, or on again"),
        Binding("enter,e", "want('edit')", "Edit", id="chips.edit", key_display="enter", tooltip="Edit the clause"),
        Binding("x,delete", "want('remove')", "Remove", id="chips.remove", tooltip="Remove the clause"),
        Binding("escape,C,tab", "leave", "Leave", id="chips.leave", key_display="esc", tooltip="Go back to the panes"),
    ]

    facts: reactive[Facts] = reactive(Facts())
    chosen: reactive[int | None] = reactive[int | None](None)
    """The number of the clause that the keys are for, while they are here; a range stands before the first."""

    def choose(self) -> None:
        """Take the keys, for the clauses of the filter and the range."""
        if self.facts.chips:
            self.can_focus = True
            self.chosen = 0
            self.screen.set_focus(self)

    def watch_facts(self, facts: Facts) -> None:
        """Stay on a clause that there is; without any give the keys back."""
        if self.chosen is not None:
            if facts.chips:
                self.chosen = min(self.chosen, len(facts.chips) - 1)
            else:
                self.action_leave()

    def on_blur(self) -> None:
        """The keys are elsewhere: no clause is chosen any more."""
        self.can_focus = False
        self.chosen = None

    def action_choose(self, step: int) -> None:
        """Choose the next clause, or the one before."""
        if self.chosen is not None:
            self.chosen = max(0, min(self.chosen + step, len(self.facts.chips) - 1))

    def action_want(self, what: Literal["switch", "edit", "remove"]) -> None:
        """Ask for a change of the chosen clause."""
        if self.chosen is not None:
            self._want(self.chosen, what)

    def _want(self, number: int, what: Literal["switch", "edit", "remove"]) -> None:
        clause = number - bool(self.facts.range)
        if clause >= 0:
            self.post_message(ChipWanted(clause, what))
        elif what == "remove":
            self.post_message(RangeWanted(None))

    def action_leave(self) -> None:
        """Give the keys back."""
        self.chosen = None
        self.post_message(FilterClosed())

    def on_click(self, event: events.Click) -> None:
        """Switch the clause that was clicked, or remove it by its sign; a double click edits it."""
        place = _chips(self.facts, self.size.width, self._styles(), self.chosen)
        hit = place.at(event.x - 1) if place is not None and event.y == 1 else None
        if hit is None:
            return
        number, removal = hit
        if removal:
            self._want(number, "remove")
            return
        self._want(number, "switch")  # by a double click it is switched back before
        if event.chain == _DOUBLE:
            self._want(number, "edit")

    def render(self) -> Text:
        """Draw both lines in the present width."""
        return draw(self.facts, self.size.width, self._styles(), self.chosen)

    def _styles(self) -> dict[str, Style]:
        return {part: self.get_component_rich_style(f"topbar--{part}") for part in _PARTS}


def draw(facts: Facts, width: int, styles: Mapping[str, Style], chosen: int | None = None) -> Text:
    """Return both lines, each exactly `width` cells."""
    return Text("\n").join([_log_line(facts, width, styles), _filter_line(facts, width, styles, chosen)])


def _log_line(facts: Facts, width: int, styles: Mapping[str, Style]) -> Text:
    right = Text()
    if facts.matches is not None:
        right.append(units.count(facts.matches), styles["filter"]).append(" of ")
    right.append(f"{units.count(facts.events)} {_noun('event', facts.events)}")
    if facts.texts:
        some = "" if facts.matches is None else f"{units.count(facts.matching_texts)} of "
        right.append(f" · {some}{units.count(facts.texts)} {_noun('text', facts.texts)}", styles["quiet"])
    if facts.rejects:
        right.append("  ").append(f" {units.count(facts.rejects)} {_noun('reject', facts.rejects)} ", styles["error"])
    else:
        right.append(" · 0 rejects ", styles["quiet"])
    if facts.masked and facts.revealed:
        right.append(" revealed ", styles["error"])
    elif facts.masked:
        right.append(f"· {units.count(facts.masked)} masked ", styles["quiet"])
    left = Text().append(" tlx ", styles["brand"]).append(f" {facts.names}", styles["name"])
    if width - right.cell_len - left.cell_len > _LEAST_COMMAND:
        left.append(f"  {facts.command}", styles["quiet"])
    return _spread(left, right, width)


def _filter_line(facts: Facts, width: int, styles: Mapping[str, Style], chosen: int | None) -> Text:
    right = _state(facts, width, styles)
    if facts.trouble:
        return _spread(Text(" ").append(f" {facts.trouble} ", styles["error"]), right, width)
    chips = _chips(facts, width, styles, chosen)
    if chips is not None:
        return _spread(Text(" ").append_text(chips.line), right, width)
    back = " · esc shows all runs" if facts.alone else ""
    return _spread(Text(f" no filter · f adds one{back}", styles["quiet"]), right, width)


def _chips(facts: Facts, width: int, styles: Mapping[str, Style], chosen: int | None) -> Chips | None:
    """Draw filter and range in what the other facts leave, from the second cell on; None where there are none."""
    if not facts.chips or facts.trouble:
        return None
    looks = {"quiet": styles["quiet"], "on": styles["filter"], "off": styles["off"], "chosen": styles["chosen"]}
    return draw_chips(facts.chips, chosen, width - _state(facts, width, styles).cell_len - 2, looks)


def _state(facts: Facts, width: int, styles: Mapping[str, Style]) -> Text:
    """Say what was found, which run this is, and how the loading goes if there is room beside the filter."""
    right = Text()
    if facts.found:
        right.append(facts.found, styles["name"]).append(" · ")
    of = f"/{facts.runs}" if facts.runs > 1 else ""
    if facts.alone:
        right.append(f"▸ only run {facts.run or '?'}{of}", styles["filter"]).append(" · ")
    elif of:
        right.append(f"run {facts.run}{of}" if facts.run else f"{facts.runs} runs").append(" · ")
    if facts.state:
        right.append(facts.state, styles["warning"]).append(" · ")
    room = width - right.cell_len - cell_len(facts.progress) - 3
    if facts.chips and room < (chips_width(facts.chips) if facts.loaded else _LEAST_CHIPS):
        if right:
            right.right_crop(len(" · "))
        return right.append(" ")
    return right.append(f"{facts.progress} ", styles["quiet"])


def _noun(noun: str, number: int) -> str:
    return noun if number == 1 else f"{noun}s"


def _spread(left: Text, right: Text, width: int) -> Text:
    """Put two texts at the two edges; the left one is cut where room is short."""
    if right.cell_len >= width:
        return Text(set_cell_size(right.plain, width))
    line = Text().append_text(left)
    line.truncate(width - right.cell_len - 1, overflow="ellipsis")
    line.append(" " * (width - cell_len(line.plain) - right.cell_len))
    return line.append_text(right)
