"""Whether a list of events that grows keeps its end in view."""

from __future__ import annotations

from tlx import units


class Tail:
    """The end of a list that the cursor stays on, until the user goes elsewhere; at the end again it stays there."""

    def __init__(self, *, on: bool) -> None:
        """Stay at the end if the list is one that grows, which `on` says."""
        self._live = on
        self._at_end = on
        self._left_at = -1
        """The row at which the user left the end by key, although the cursor may be there yet."""
        self._row = -1
        self._known = 0
        """How many rows there were when the cursor left the end."""

    @property
    def holds(self) -> bool:
        """Whether the cursor is kept at the end."""
        return self._live and self._at_end

    def row(self, total: int, row: int | None) -> int | None:
        """Return the row for the cursor among so many: the last one, or the `row` where it would be else."""
        if self.holds and total:
            self._known = total
            return total - 1
        return row

    def moved(self, row: int, total: int) -> None:
        """Note where the cursor went."""
        self._row = row
        if self._live and total and row != self._left_at:
            self._left_at = -1
            at_end = row >= total - 1
            if self._at_end and not at_end:
                self._known = total
            self._at_end = at_end

    def turn(self) -> bool:
        """Go to the end and stay there, or leave it; return whether the cursor stays there now."""
        self._left_at = self._row if self._at_end else -1
        self._at_end = self._live and not self._at_end
        return self._at_end

    def leave(self) -> None:
        """Note that another list is shown, in which the cursor stays where it is."""
        self._at_end = False

    def words(self, total: int, key: str) -> str:
        """Say how many rows have come since the cursor left the end, and which key goes back there."""
        new = total - self._known
        return f" · {units.count(new)} new, {key} follows" if self._live and not self._at_end and new > 0 else ""
