"""Events that were looked up, kept as long as they stay as they are: pictures of a growing log repeat most of them."""

from __future__ import annotations

from collections.abc import Sequence

from tlx.query import timeline
from tlx.query.ask import Asker
from tlx.query.timeline import Mark

_MOST = 4_000
"""So many are kept."""


class Marks:
    """Marks by the ids of events, for one column to tell them apart by; threads share it."""

    def __init__(self) -> None:
        self._known: tuple[object, dict[int, Mark]] = (None, {})

    def looked_up(self, asker: Asker, ids: Sequence[int], column: str) -> list[Mark]:
        """Return events that have a time, by their ids, in order of time; each with its value of a column."""
        at, known = self._known
        if at != (asker.version, column):
            at, known = self._known = ((asker.version, column), {})
        new = [number for number in ids if number not in known]
        if new and len(known) > _MOST:
            _, known = self._known = (at, {})
            new = list(ids)
        if new:
            known.update((mark.id, mark) for mark in timeline.looked_up(asker, new, column=column))
        found = [known[number] for number in dict.fromkeys(ids) if number in known]
        return sorted(found, key=lambda mark: (mark.end, mark.id))
