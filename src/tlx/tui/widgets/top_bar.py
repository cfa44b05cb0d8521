"""The top of the screen, drawn: two lines from a handful of facts."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget

from tlx import units


@dataclass(frozen=True)
class Facts:
    """What the top bar says; all text is safe to show."""

    names: str = ""
    command: str = ""
    runs: int = 0
    events: int = 0
    rejects: int = 0
    state: str = ""
    filter: str = ""
    matches: int | None = None


class TopBar(Widget):
    """The log and its counts; the filter and the state of the log."""

    facts: reactive[Facts] = reactive(Facts())

    def render(self) -> Text:
        """Draw both lines in the present width."""
        return draw(self.facts, self.size.width)


def draw(facts: Facts, width: int) -> Text:
    """Return both lines, each exactly `width` cells."""
    counts = f"{units.count(facts.events)} events"
    if facts.runs > 1:
        counts += f" · {facts.runs} runs"
    right = Text(f"{counts} · ")
    right.append(f"{units.count(facts.rejects)} rejects ", "bold reverse" if facts.rejects else "")
    left = Text(" tlx ", "bold reverse")
    left.append(f" {facts.names}", "bold")
    left.append(f"  {facts.command}")
    filtered = Text(" ")
    if facts.filter:
        filtered.append(f"▸ {facts.filter}", "bold")
        if facts.matches is not None:
            filtered.append(f"  {units.count(facts.matches)} of {units.count(facts.events)} events")
    else:
        filtered.append("no filter", "dim")
    return Text("\n").join([_spread(left, right, width), _spread(filtered, Text(f"{facts.state} "), width)])


def _spread(left: Text, right: Text, width: int) -> Text:
    """Put two texts at the two edges; the left one is cut where room is short."""
    if right.cell_len >= width:
        return Text(set_cell_size(right.plain, width))
    line = left.copy()
    line.truncate(width - right.cell_len - 1, overflow="ellipsis")
    line.append(" " * (width - cell_len(line.plain) - right.cell_len))
    line.append_text(right)
    return line
