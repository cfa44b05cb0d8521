"""The way into groups and back: which were opened, one inside the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tlx import units
from tlx.query.fields import Value
from tlx.query.language.chips import clauses
from tlx.tui.views.group_rows import value_text
from tlx.tui.views.view import View

_MOST_CRUMB = 60
"""Characters of a value on the trail."""


class Drill(NamedTuple):
    """A group that was opened: in which of the views, its values, the filter that shows its members."""

    number: int
    view: View
    values: tuple[Value, ...]
    clause: str
    filters: bool
    """Whether the filter is its own: it came with it, and goes with it."""


def holds(text: str, drill: Drill) -> bool:
    """Whether a filter, which is well-formed, shows the members of the group."""
    return drill.clause in (clause.text for clause in clauses(text))


def trail(drills: Sequence[Drill]) -> str:
    """Return the groups that were opened, as the line above the table says it."""
    return " ▸ ".join(f"{drill.view.title}: {_crumb(drill)}" for drill in drills)


def _crumb(drill: Drill) -> str:
    text = value_text(drill.view.by or "", drill.values[0])
    return units.visible(text if len(text) <= _MOST_CRUMB else text[: _MOST_CRUMB - 1] + "…")
