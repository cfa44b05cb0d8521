"""Marks: the events to come back to."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping

Times = tuple[int, int] | None
"""Start and end in ns since the epoch, None where there is no time."""


class Marks:
    """Marked events by their arrival numbers, and which of them was marked last."""

    def __init__(self) -> None:
        self._sorted: list[int] = []
        self._order: list[int] = []
        self._times: dict[int, Times] = {}

    def __len__(self) -> int:
        return len(self._sorted)

    @property
    def times(self) -> Mapping[int, Times]:
        """When the marked events were, by their numbers."""
        return dict(self._times)

    def turn(self, event_id: int, times: Times = None) -> bool:
        """Mark an event, or take its mark off; return whether it is marked now."""
        if self._times.pop(event_id, False) is False:
            self._times[event_id] = times
        if event_id in self._order:
            self._order.remove(event_id)
            self._sorted.remove(event_id)
            return False
        insort(self._sorted, event_id)
        self._order.append(event_id)
        return True

    def beside(self, event_id: int | None, direction: int) -> int | None:
        """Return the marked event next after one (direction 1), or last before it (-1), around the ends."""
        if not self._sorted:
            return None
        here = 0 if event_id is None else event_id
        place = bisect_right(self._sorted, here) if direction > 0 else bisect_left(self._sorted, here) - 1
        return self._sorted[place % len(self._sorted)]

    def last_but(self, event_id: int) -> int | None:
        """Return the event that was marked last, this one left out."""
        return next((one for one in reversed(self._order) if one != event_id), None)

    def number(self, event_id: int) -> int | None:
        """Return the place of an event among those marked, counted from 1, or None where it has no mark."""
        return self._sorted.index(event_id) + 1 if event_id in self._order else None
