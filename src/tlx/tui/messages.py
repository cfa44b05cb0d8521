"""What panes tell the app: intent goes up, data comes down."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message


class StoreGrew(Message):
    """There is more in the store. Only the newest matters."""

    def can_replace(self, message: Message) -> bool:
        """Whatever the older one would have shown, this shows too."""
        return isinstance(message, StoreGrew)


@dataclass(eq=False, repr=False)
class EventSelected(Message):
    """An event was selected in one pane; all others follow."""

    event_id: int


@dataclass(eq=False, repr=False)
class InspectWanted(Message):
    """An event was opened: show it whole."""

    event_id: int


@dataclass(eq=False, repr=False)
class FilterWanted(Message):
    """A pane wants another filter: `clause` added to the present one."""

    clause: str


@dataclass(eq=False, repr=False)
class RunWanted(Message):
    """Show the events of this run alone, or with None of all."""

    run: int | None


@dataclass(eq=False, repr=False)
class FilterTyped(Message):
    """The filter bar holds this text, and it is well-formed."""

    text: str


class FilterClosed(Message):
    """The filter bar was left."""


class RowsShown(Message):
    """The first rows are in their place."""


class PaneTitled(Message):
    """A pane says something else of itself in its frame; where it has none, another place may show it."""
