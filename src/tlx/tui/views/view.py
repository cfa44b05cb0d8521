"""The views of the table of durations: single events, or groups of them; and which columns each has."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tlx.tui.widgets.table import Column

EVENT_COLUMNS = (
    Column("duration_ns", "time", 8, right=True),
    Column("execution_kind", "execution kind", 16),
    Column("name", "name", 18, flexible=True),
    Column("owner", "owner", 24, flexible=True, wide_only=90),
    Column("output_size", "output", 9, right=True, wide_only=66),
    Column("start", "start UTC", 12, wide_only=74),
)
ALL_COLUMNS = (
    Column("start", "start UTC", 12),
    Column("name", "name", 18, flexible=True),
    Column("duration_ns", "time", 8, right=True),
    Column("execution_kind", "execution kind", 16, wide_only=66),
    Column("owner", "owner", 24, flexible=True, wide_only=90),
    Column("output_size", "output", 9, right=True, wide_only=80),
)
GROUP_COLUMNS = (
    Column("label", "name", 16, flexible=True),
    Column("calls", "calls", 6, right=True),
    Column("total_ns", "total", 7, right=True),
    Column("wall_ns", "wall", 6, right=True, rank=1),
    Column("mean_ns", "mean", 6, right=True, rank=7),
    Column("p50_ns", "p50", 6, right=True, rank=3),
    Column("p90_ns", "p90", 6, right=True, rank=8),
    Column("p95_ns", "p95", 6, right=True, rank=2),
    Column("p99_ns", "p99", 6, right=True, rank=9),
    Column("max_ns", "max", 6, right=True, rank=4),
    Column("share", "share", 6, right=True, rank=5),
    Column("bar", "", 8, sortable=False, rank=10),
    Column("histogram", "spread", 8, sortable=False, rank=6),
)
"""All columns of groups; `rank` says which of them go first where room is short."""

TEXTS = ("name", "label", "owner", "start", "execution_kind")
"""Columns that are sorted from their least value on first."""

_WORDS = {"owner": "configured owner", "owner_unconfigured": "owner", "execution_kind": "execution kind"}


class View(NamedTuple):
    """One way to show durations: single events, or groups `by` a field."""

    title: str
    by: str | None = None
    then: tuple[str, ...] = ()
    """What the members of an opened group are grouped by, level by level; in the end there are events."""
    actions_only: bool = True
    sort: str = "duration_ns"
    descending: bool = True
    columns: tuple[Column, ...] = EVENT_COLUMNS


def group_view(by: str, *then: str) -> View:
    """Return the view of groups by a field, and of what their members are grouped by."""
    label = GROUP_COLUMNS[0]._replace(title=words_for(by))
    columns = (label, *GROUP_COLUMNS[1:])
    return View(f"by {words_for(by)}", by, then, sort="total_ns", columns=columns)


def words_for(field: str) -> str:
    """Return what to call a field."""
    return _WORDS.get(field, field)


VIEWS = (
    View("actions"),
    *map(group_view, ("name", "category", "owner_unconfigured", "execution_kind", "kind", "owner")),
    View("all events", actions_only=False, sort="start", descending=False, columns=ALL_COLUMNS),
)
ACTIONS = 0
ALL_EVENTS = len(VIEWS) - 1


class Views:
    """The views that there are, the one that is shown among them, each with the order that it had last."""

    def __init__(self) -> None:
        self._all = list(VIEWS)
        self.number = ACTIONS
        """Which of them is shown."""

    @property
    def current(self) -> View:
        """The view that is shown."""
        return self._all[self.number]

    def beside(self, step: int) -> int:
        """Return the number of the view so many further on, around from the last to the first."""
        return (self.number + step) % len(self._all)

    def change(self, view: View) -> None:
        """Show the present view otherwise."""
        self._all[self.number] = view

    def change_like(self, change: Callable[[View], View]) -> None:
        """Change all views that show the same as the present one: single events, or groups."""
        alike = self.current.by is None
        self._all = [change(view) if (view.by is None) == alike else view for view in self._all]

    def find(self, view: View) -> int:
        """Return the number of a view that shows the same, which is added where there is none."""
        alike = [(one.by, one.then, one.actions_only) for one in self._all]
        wanted = (view.by, view.then, view.actions_only)
        if wanted not in alike:
            self._all.append(view)
            return len(self._all) - 1
        return alike.index(wanted)
