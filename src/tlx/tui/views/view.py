"""The views of the table of durations: single events, or groups of them; and which columns each has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from tlx.dialects.base import Breakdown
from tlx.dialects.known import breakdown
from tlx.tui.widgets.table_rows import Column

_FIRST = ("execution_kind", "status", "level")
"""Fields of few short words, which stand before the name of an action."""
_FIELDS = {
    "execution_kind": Column("execution_kind", "execution kind", 16),
    "status": Column("status", "status", 9),
    "level": Column("level", "level", 10),
    "owner": Column("owner", "owner", 24, flexible=True),
    "output_size": Column("output_size", "output", 9, right=True),
    "category": Column("category", "category", 16, flexible=True),
}
_NAME = Column("name", "name", 18, flexible=True)
_DURATION = Column("duration_ns", "time", 8, right=True)
_START = Column("start", "start UTC", 12)
_END = Column("time", "end UTC", 12)
_ROOM_OF_ACTIONS = {"owner": 90, "output_size": 66, "category": 66}
_ROOM_OF_EVENTS = {"execution_kind": 66, "owner": 90, "output_size": 80, "category": 66, "level": 66}
"""So wide a table has to be to show them."""


def event_columns(fit: Breakdown) -> tuple[Column, ...]:
    """Return the columns of a table of actions of a dialect."""
    found = {name: _of_field(name, fit, _ROOM_OF_ACTIONS) for name in fit.columns}
    first = [column for name, column in found.items() if name in _FIRST]
    return (
        _DURATION,
        *first,
        _NAME,
        *(one for one in found.values() if one not in first),
        _START._replace(wide_only=74),
    )


def all_columns(fit: Breakdown) -> tuple[Column, ...]:
    """Return the columns of a table of all its events."""
    found = [_of_field(name, fit, _ROOM_OF_EVENTS) for name in fit.columns]
    first = [one for one in found if one.key in _FIRST and not one.wide_only]
    rest = [one for one in found if one not in first]
    return (_START, *first, _NAME, *(() if fit.instants else (_DURATION,)), *rest)


def _of_field(name: str, fit: Breakdown, room: Mapping[str, int]) -> Column:
    column = _FIELDS.get(name) or Column(name, name, 16, flexible=True)
    # In place of a duration there is room for one more.
    least = 0 if fit.instants and name == fit.columns[0] else room.get(name, 0)
    is_configured = name == "owner" and "owner_unconfigured" in fit.groups
    title = column.title if is_configured else fit.words.get(name, column.title)
    return column._replace(title=title, wide_only=least)


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

TEXTS = ("name", "label", "owner", "start", "time", "execution_kind", "status", "level", "category")
"""Columns that are sorted from their least value on first."""

_TIMES = ("start", "time")

_WORDS = {"execution_kind": "execution kind"}


class View(NamedTuple):
    """One way to show durations: single events, or groups `by` a field."""

    title: str
    by: str | None = None
    then: tuple[str, ...] = ()
    """What the members of an opened group are grouped by, level by level; in the end there are events."""
    actions_only: bool = True
    sort: str = "duration_ns"
    descending: bool = True
    columns: tuple[Column, ...] = ()
    usual: tuple[Column, ...] = ()
    """The columns before others were chosen."""

    @property
    def ends_with_newest(self) -> bool:
        """Whether what comes is added at the end, so that one can stay there."""
        return self.by is None and self.sort in _TIMES and not self.descending

    def sorted_by(self, key: str | None) -> View:
        """Return the same view in the order of a column, or with None in the present order turned around."""
        if key is None:
            return self._replace(descending=not self.descending)
        return self._replace(sort=key, descending=key not in TEXTS)


def group_view(words: Mapping[str, str], by: str, *then: str) -> View:
    """Return the view of groups by a field, and of what their members are grouped by; with the words for fields."""
    label = GROUP_COLUMNS[0]._replace(title=words_for(by, words))
    columns = (label, *GROUP_COLUMNS[1:])
    return View(f"by {words_for(by, words)}", by, then, sort="total_ns", columns=columns, usual=columns)


def words_for(field: str, words: Mapping[str, str]) -> str:
    """Return what to call a field: with the word of a dialect, if it has one."""
    return words.get(field) or _WORDS.get(field, field)


ACTIONS = 0


def views_for(fit: Breakdown, *, live: bool = False) -> tuple[View, ...]:
    """Return the views of a dialect: actions first, then groups of them, all events last.

    Events are written when they end: of a `live` log that is the order in which the newest is the last.
    """
    actions, every = event_columns(fit), all_columns(fit)
    if live:
        every = (_END._replace(title="time UTC") if fit.instants else _END, *every[1:])
    return (
        View("actions", columns=actions, usual=actions),
        *(group_view(fit.words, by) for by in fit.groups),
        View("all events", actions_only=False, sort=every[0].key, descending=False, columns=every, usual=every),
    )


class Views:
    """The views that there are, the one that is shown among them, each with the order that it had last."""

    def __init__(self, *, live: bool = False) -> None:
        self.fit = breakdown(None)
        """What they begin with."""
        self._live = live
        self._all = list(views_for(self.fit, live=live))
        self._changed = False
        self.number = ACTIONS
        """Which of them is shown."""

    @property
    def all_events(self) -> int:
        """The number of the view of all events."""
        return next(number for number, view in enumerate(self._all) if not view.actions_only)

    @property
    def actions(self) -> View:
        """The view of actions."""
        return self._all[ACTIONS]

    @property
    def current(self) -> View:
        """The view that is shown."""
        return self._all[self.number]

    def begin_with(self, fit: Breakdown) -> bool:
        """Begin with what fits another dialect, unless the user has changed a view; return whether that is news."""
        if fit == self.fit or self._changed:
            return False
        is_last = self.number == self.all_events
        self.fit, self._all = fit, list(views_for(fit, live=self._live))
        self.number = self.all_events if is_last else min(self.number, len(self._all) - 1)
        return True

    def go_to_newest(self) -> None:
        """Show all events, the newest one last."""
        self.number = self.all_events
        self._all[self.number] = self.current._replace(sort="time", descending=False)

    def beside(self, step: int) -> int:
        """Return the number of the view so many further on, around from the last to the first."""
        return (self.number + step) % len(self._all)

    def change(self, view: View) -> None:
        """Show the present view otherwise."""
        self._changed = True
        self._all[self.number] = view

    def change_like(self, change: Callable[[View], View]) -> None:
        """Change all views that show the same as the present one: single events, or groups."""
        self._changed = True
        alike = self.current.by is None
        self._all = [change(view) if (view.by is None) == alike else view for view in self._all]

    def find(self, view: View) -> int:
        """Return the number of a view that shows the same, which is added where there is none."""
        alike = [(one.by, one.then, one.actions_only) for one in self._all]
        wanted = (view.by, view.then, view.actions_only)
        if wanted not in alike:
            self._changed = True
            self._all.append(view)
            return len(self._all) - 1
        return alike.index(wanted)
