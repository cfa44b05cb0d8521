"""The top of the screen, drawn: two lines from a handful of facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.style import Style
from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget

from tlx import units

_PARTS = ("brand", "name", "quiet", "filter", "warning", "error")
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
    events: int = 0
    matches: int | None = None
    """How many events pass the filter, where there is one."""
    rejects: int = 0
    filter: str = ""
    state: str = ""
    """How the log ended, where that is not as it should: torn, open."""
    trouble: str = ""
    """What ended the loading early."""
    progress: str = ""


class TopBar(Widget):
    """The log, its run and its counts; the filter and the state of the loading."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"topbar--{part}" for part in _PARTS}

    DEFAULT_CSS = """
    TopBar {
        & > .topbar--brand { background: $primary; color: $background; text-style: bold; }
        & > .topbar--name { color: $foreground; text-style: bold; }
        & > .topbar--quiet { color: $muted; }
        & > .topbar--filter { color: $accent; text-style: bold; }
        & > .topbar--warning { color: $warning; text-style: bold; }
        & > .topbar--error { background: $error; color: $background; text-style: bold; }
    }
    """

    facts: reactive[Facts] = reactive(Facts())

    def render(self) -> Text:
        """Draw both lines in the present width."""
        styles = {part: self.get_component_rich_style(f"topbar--{part}") for part in _PARTS}
        return draw(self.facts, self.size.width, styles)


def draw(facts: Facts, width: int, styles: Mapping[str, Style]) -> Text:
    """Return both lines, each exactly `width` cells."""
    return Text("\n").join([_log_line(facts, width, styles), _filter_line(facts, width, styles)])


def _log_line(facts: Facts, width: int, styles: Mapping[str, Style]) -> Text:
    right = Text()
    if facts.matches is not None:
        right.append(units.count(facts.matches), styles["filter"]).append(" of ")
    right.append(f"{units.count(facts.events)} {_noun('event', facts.events)}")
    if facts.rejects:
        right.append("  ").append(f" {units.count(facts.rejects)} {_noun('reject', facts.rejects)} ", styles["error"])
    else:
        right.append(" · 0 rejects ", styles["quiet"])
    left = Text().append(" tlx ", styles["brand"]).append(f" {facts.names}", styles["name"])
    if width - right.cell_len - left.cell_len > _LEAST_COMMAND:
        left.append(f"  {facts.command}", styles["quiet"])
    return _spread(left, right, width)


def _filter_line(facts: Facts, width: int, styles: Mapping[str, Style]) -> Text:
    right = Text()
    of = f"/{facts.runs}" if facts.runs > 1 else ""
    if facts.alone:
        right.append(f"▸ only run {facts.run or '?'}{of}", styles["filter"]).append(" · ")
    elif of:
        right.append(f"run {facts.run}{of}" if facts.run else f"{facts.runs} runs").append(" · ")
    if facts.state:
        right.append(facts.state, styles["warning"]).append(" · ")
    right.append(f"{facts.progress} ", styles["quiet"])
    if facts.trouble:
        return _spread(Text(" ").append(f" {facts.trouble} ", styles["error"]), right, width)
    if facts.filter:
        return _spread(Text(" ").append(f"▸ {facts.filter}", styles["filter"]), right, width)
    back = " · esc shows all runs" if facts.alone else ""
    return _spread(Text(f" no filter · f adds one{back}", styles["quiet"]), right, width)


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
