"""What panes tell the app: intent goes up, data comes down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from textual.message import Message

if TYPE_CHECKING:
    from tlx.query.rows import Hit


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
class RejectsWanted(Message):
    """List the rejects, from the next one (direction 1) or the one before the selected event (-1)."""

    direction: int


@dataclass(eq=False, repr=False)
class CompareWanted(Message):
    """Two events are to be shown side by side."""

    here: int
    there: int


@dataclass(eq=False, repr=False)
class YankWanted(Message):
    """A text is to be copied, `what` says what it is; or with `again` the last one shown."""

    what: str
    text: str
    again: bool = False


@dataclass(eq=False, repr=False)
class RangeWanted(Message):
    """Show what touches this range of time alone, in ns since the epoch; with None take the last range back."""

    window: tuple[int, int] | None


@dataclass(eq=False, repr=False)
class FilterTyped(Message):
    """The filter bar holds this text, and it is well-formed."""

    text: str


@dataclass(eq=False, repr=False)
class FilterKept(Message):
    """This filter was typed to its end."""

    text: str


@dataclass(eq=False, repr=False)
class FilterNamed(Message):
    """A filter gets a name, or where it is empty the name is forgotten."""

    name: str
    text: str


class FilterClosed(Message):
    """A bar was left, or the chips: the keys go back to the panes."""


@dataclass(eq=False, repr=False)
class ChipWanted(Message):
    """One clause of the filter, by its number, is to be switched off or on, edited or removed."""

    number: int
    what: Literal["switch", "edit", "remove"]


@dataclass(eq=False, repr=False)
class SearchStopped(Message):
    """A search has found an event, or that none matches."""

    text: str
    hit: Hit | None


@dataclass(eq=False, repr=False)
class RunsKnown(Message):
    """So many runs are known, by number, with where they start in ns since the epoch."""

    starts: Mapping[int, int]


class RowsShown(Message):
    """The first rows are in their place."""


class PaneTitled(Message):
    """A pane says something else of itself in its frame; where it has none, another place may show it."""


class Answered(Message):
    """A pane has an answer."""
