"""The outline of one event: lines that are made when they are looked at, however many there are.

What is open is known by its place; a line is found by its number without making those before it.
"""

from __future__ import annotations

import sys
from bisect import insort
from collections.abc import Sequence
from enum import Enum, auto
from typing import Any, NamedTuple

from rich.cells import cell_len

from tlx import units

Place = tuple[int, ...]
"""The number of a line among its siblings, those of its ancestors before it."""
Keys = tuple[str, ...]

_INDENT = 2
_LEAST_ROOM = 16
KEY_WIDTH = 14
"""Cells of the keys of the outermost level."""
_OPEN_DEPTH = 4
_OPEN_CHILDREN = 60
_OPEN_LINES = 400
"""So deep, of so many children, and into so many lines in all, an outline opens by itself."""


class Sort(Enum):
    """What a line of the outermost level tells."""

    COLUMN = auto()
    ABSENT = auto()
    """A column that such an event should have."""
    MEANING = auto()
    """What a registry says, and no log."""
    PARTS = auto()
    """What other events say of the parts of this one."""
    PAYLOAD = auto()
    RAW = auto()


class Entry(NamedTuple):
    """One line of the outermost level."""

    key: str
    value: Any
    sort: Sort


class Line(NamedTuple):
    """One line: what it holds, and whether what is in it is shown; None where there is nothing in it."""

    place: Place
    key: str
    value: Any
    is_open: bool | None
    is_piece: bool
    """Whether it is a piece of the text above."""


def wraps_at(text: str, room: int) -> int:
    """Return how many characters of a text are sure to fit into so many cells."""
    widest = 1 if text.isascii() else max(cell_len(units.visible(one)) for one in set(text))
    return max(1, room // max(1, widest))


class _Branch:
    """Something open: its children by number."""

    def __init__(self, value: Any, room: int) -> None:
        self._value = value
        self._names = list(value) if isinstance(value, dict) else None
        self.wraps_at = wraps_at(value, room) if isinstance(value, str) else 0
        self.count = -(-len(value) // self.wraps_at) if isinstance(value, str) else len(value)
        self.below = self.count
        """Lines in it, those in what is open in it counted."""
        self.order: list[int] = []
        self.open: dict[int, _Branch] = {}

    def child(self, number: int) -> tuple[str, Any]:
        """Return a child's key and value."""
        value = self._value
        if self.wraps_at:
            return "", value[number * self.wraps_at : (number + 1) * self.wraps_at]
        if self._names is not None:
            name = self._names[number]
            return name, value[name]
        found = value[number]
        return (found.key, found.value) if isinstance(found, Entry) else (f"[{number}]", found)


class Outline:
    """The lines of one event, in a room of so many cells. `choices` are what the user opened and closed, by keys."""

    def __init__(self, entries: Sequence[Entry], room: int, choices: dict[Keys, bool] | None = None) -> None:
        self.entries = entries
        self._room = room
        self._choices = {} if choices is None else choices
        self._root = _Branch(entries, room)
        self._open_by_itself([((number,), (entry.key,)) for number, entry in enumerate(entries)])

    def __len__(self) -> int:
        return self._root.below

    def _open_by_itself(self, todo: list[tuple[Place, Keys]]) -> None:
        """Open what the user opened before, and what is short, at these places and in them."""
        while todo:
            place, keys = todo.pop(0)
            line = self.at(place)
            wanted = self._choices.get(keys)
            if line.is_open is None or wanted is False:
                continue
            if wanted or self._is_short(line):
                self._open(place)
                todo += self._within(place, keys)

    def _within(self, place: Place, keys: Keys) -> list[tuple[Place, Keys]]:
        branch = self._branch(place)
        if branch.wraps_at or branch.count > _OPEN_LINES:
            return []
        return [((*place, number), (*keys, branch.child(number)[0])) for number in range(branch.count)]

    def _is_short(self, line: Line) -> bool:
        if self.entries[line.place[0]].sort is Sort.MEANING:
            return False
        is_text = isinstance(line.value, str)
        few = len(line.value) <= _OPEN_CHILDREN and len(self) + len(line.value) <= _OPEN_LINES
        return not is_text and few and len(line.place) <= _OPEN_DEPTH

    def _branch(self, place: Place) -> _Branch:
        branch = self._root
        for number in place:
            branch = branch.open[number]
        return branch

    def at(self, place: Place) -> Line:
        """Return the line at a place, whose parents are open."""
        branch = self._branch(place[:-1])
        key, value = branch.child(place[-1])
        is_piece = bool(branch.wraps_at)
        is_open = place[-1] in branch.open if not is_piece and self._holds(place, key, value) else None
        return Line(place, key, value, is_open, is_piece)

    def _holds(self, place: Place, key: str, value: Any) -> bool:
        """Whether there is something in a line: an object, a list, a text that is longer than the line."""
        if isinstance(value, dict | list):
            return bool(value)
        if not isinstance(value, str):
            return False
        outermost = len(place) == 1
        if outermost and self.entries[place[0]].sort is Sort.RAW:
            return True
        left = self._room_at(place) - (KEY_WIDTH + 1 if outermost else min(len(key), self._room) + 2)
        return bool(value) and cell_len(units.visible(value[: self._room])) > left

    def _room_at(self, place: Place) -> int:
        return max(_LEAST_ROOM, self._room - _INDENT * len(place))

    def line(self, number: int) -> Line:
        """Return the line with this number."""
        branch = self._root
        place: Place = ()
        inside = True
        while inside:
            before, inside = 0, False
            for child in branch.order:
                if number <= child + before:
                    break
                below = branch.open[child].below
                if number <= child + before + below:
                    number -= child + before + 1
                    branch, inside = branch.open[child], True
                    place += (child,)
                    break
                before += below
        return self.at((*place, number - before))

    def number(self, place: Place) -> int:
        """Return the number of the line at a place, whose parents are open."""
        branch, number = self._root, 0
        for depth, child in enumerate(place):
            number += child + sum(branch.open[one].below for one in branch.order if one < child)
            if depth + 1 < len(place):
                branch, number = branch.open[child], number + 1
        return number

    def keys(self, place: Place) -> Keys:
        """Return the keys that lead to a place; a piece of a text has those of the text."""
        trail = (self.at(place[: depth + 1]) for depth in range(len(place)))
        return tuple(line.key for line in trail if not line.is_piece)

    def find(self, keys: Keys) -> Place | None:
        """Return the place to which keys lead, if that is in an open part."""
        place: Place = ()
        branch: _Branch | None = self._root
        for key in keys:
            if branch is None:
                return None
            number = next((one for one in range(min(branch.count, _OPEN_LINES)) if branch.child(one)[0] == key), None)
            if number is None:
                return None
            place, branch = (*place, number), branch.open.get(number)
        return place or None

    def turn(self, place: Place, is_open: bool) -> None:  # noqa: FBT001  what it turns to is what it is called for
        """Open what is at a place, or close it, and remember that."""
        line = self.at(place)
        if line.is_open is None or line.is_open == is_open:
            return
        keys = self.keys(place)
        self._choices[keys] = is_open
        if is_open:
            self._open(place)
            self._open_by_itself(self._within(place, keys))
        else:
            branch = self._branch(place[:-1])
            branch.order.remove(place[-1])
            self._grow(place, -branch.open.pop(place[-1]).below)

    def _open(self, place: Place) -> None:
        parent = self._branch(place[:-1])
        branch = _Branch(self.at(place).value, self._room_at((*place, 0)))
        parent.open[place[-1]] = branch
        insort(parent.order, place[-1])
        self._grow(place, branch.below)

    def _grow(self, place: Place, lines: int) -> None:
        """Count more lines in all that stand around a place."""
        for depth in range(len(place)):
            self._branch(place[:depth]).below += lines

    def reveal(self, place: Place, offset: int = -1) -> Place:
        """Open what stands around a place; return it, or the piece of its text with the character at an offset."""
        for depth in range(1, len(place)):
            self.turn(place[:depth], is_open=True)
        if offset < 0 or self.at(place).is_open is None:
            return place
        self.turn(place, is_open=True)
        return (*place, offset // self._branch(place).wraps_at)

    def spread(self, place: Place) -> tuple[Place, int, int]:
        """Return the place of the value shown at a place, and the first and last character of it that are."""
        line = self.at(place)
        if not line.is_piece:
            return place, -1, sys.maxsize if line.is_open is None else -1
        wraps = self._branch(place[:-1]).wraps_at
        return place[:-1], place[-1] * wraps, (place[-1] + 1) * wraps - 1
