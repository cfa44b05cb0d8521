"""A display that stands still, and what it says of that."""

from __future__ import annotations

from tlx import units


class Freeze:
    """A display that stands still while reading goes on."""

    def __init__(self) -> None:
        self._at: int | None = None

    @property
    def on(self) -> bool:
        """Whether the display stands still."""
        return self._at is not None

    def turn(self, events: int) -> None:
        """Freeze the display, that shows so many events, or let it go."""
        self._at = events if self._at is None else None

    def words(self, events: int) -> str:
        """Say what is held back; nothing where the display is not frozen."""
        if self._at is None:
            return ""
        return f"paused · {units.count(events - self._at)} new · p goes on"
