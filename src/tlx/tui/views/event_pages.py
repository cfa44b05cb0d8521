"""The events of a view in a table: how many there are, and those that show."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from tlx import units
from tlx.dialects.base import Breakdown
from tlx.query import rows, runs
from tlx.query.ask import Asker, Scope
from tlx.query.concurrency import unended
from tlx.query.grouping.defaults import defaults
from tlx.query.rows import Order
from tlx.tui.views.event_rows import event_row, fetched
from tlx.tui.views.view import ACTIONS, View, Views
from tlx.tui.widgets.table_rows import PAGE, Row


class Listing(NamedTuple):
    """The events of a scope in an order, as a view shows them."""

    view: View
    scope: Scope
    order: rows.Order
    ascii_only: bool

    def page(self, asker: Asker, span: tuple[int, int]) -> list[Row]:
        """Return the rows from number span[0] up to span[1]."""
        return self._drawn(rows.page(asker, self.scope, fetched(self.view), self.order, span))

    def counted_page(self, asker: Asker, span: tuple[int, int]) -> tuple[int, list[Row]]:
        """Return how many events there are, and the rows from number span[0] up to span[1]."""
        total, found = rows.counted_page(asker, self.scope, fetched(self.view), self.order, span)
        return total, self._drawn(found)

    def last(self, asker: Asker, number: int) -> list[Row]:
        """Return so many rows at the end."""
        return self._drawn(rows.last(asker, self.scope, fetched(self.view), self.order, number))

    def around(self, asker: Asker, place: tuple[int, int, int]) -> list[Row]:
        """Return the rows around an event: its id, how many before it, and how many from it on."""
        return self._drawn(rows.around(asker, self.scope, fetched(self.view), self.order, place))

    def _drawn(self, found: Sequence[tuple[Any, ...]]) -> list[Row]:
        return [event_row(self.view, values, ascii_only=self.ascii_only) for values in found]


class Near(NamedTuple):
    """What to begin with: the rows around the event `anchor`, or else around the row of the cursor."""

    anchor: int | None
    cursor: int
    reach: tuple[int, int]
    """How many rows before that and from it on."""
    end: bool = False
    """Whether to begin with the last rows, whatever the anchor."""


class Events(NamedTuple):
    """How many events there are, where the one with the id `anchor` stands among them, and the rows around it."""

    total: int
    anchor: int | None
    row: int | None
    """Where it stands, or the nearest one if it is left out."""
    passes: bool
    """Whether the filter lets it in, be it shown in this view or not."""
    rejects: int
    first: int
    rows: Sequence[Row]
    unended: int = 0
    """How many of the actions have begun and not ended."""


class Fitted(NamedTuple):
    """Events, and the view that fits them."""

    number: int
    """Of the view."""
    events: Events
    fit: Breakdown
    """What to begin with in the dialect of most events."""
    at: tuple[int, int | None]
    """The generation and the run of which that is known."""


class Question(NamedTuple):
    """What a table of events asks for."""

    listing: Listing
    near: Near
    number: int
    """Of the view."""
    every: int | None
    """The number of the view of all events, where that may be shown instead, because it fits the log."""
    at: tuple[int, int | None]
    """The generation of the store, and the run that is shown."""
    fit: Breakdown | None = None
    """What to begin with in the dialect of most events, where that is known."""

    def answer(self, asker: Asker) -> Fitted:
        """Return the events, and the view that fits them."""
        scope = self.listing.scope
        fit = defaults(asker, scope.run) if self.fit is None else self.fit
        is_action = None if self.every is None else fitting(asker, scope, grown=self.at[0] > 0)
        number = self.number if is_action is None or self.every is None else ACTIONS if is_action else self.every
        return Fitted(number, events(asker, self.listing, self.near), fit, self.at)


def first_question(scope: Scope, *, ascii_only: bool, live: bool) -> Question:
    """Return the question for the first rows of a table that does not stand yet; of `live` logs they are the last."""
    views = Views(live=live)
    every = views.all_events
    if live:
        views.number = every
    view = views.current
    order = Order(view.sort, view.descending)
    listing = Listing(view, scope._replace(actions_only=view.actions_only), order, ascii_only)
    near = Near(None, 0, (PAGE, 2 * PAGE), end=live)
    return Question(listing, near, views.number, None if live or scope.condition.text else every, (0, scope.run))


def events(asker: Asker, listing: Listing, near: Near) -> Events:
    """Return the events to begin with."""
    if near.anchor is None and not near.end:
        return _from_cursor(asker, listing, near)
    total = rows.total(asker, listing.scope)
    row, passes = (None, False) if near.end else _standing(asker, listing, near.anchor, total)
    rejects, still = _beside(asker, listing, total)
    if near.end:
        page = listing.last(asker, sum(near.reach))
        return Events(total, near.anchor, row, passes, rejects, max(0, total - len(page)), page, still)
    if near.anchor is not None and row is not None and passes:
        page = listing.around(asker, (near.anchor, *near.reach))
        return Events(total, near.anchor, row, passes, rejects, max(0, row - near.reach[0]), page, still)
    middle = min(near.cursor if row is None else row, total - 1)
    first = max(0, middle - near.reach[0])
    page = listing.page(asker, (first, middle + near.reach[1]))
    return Events(total, near.anchor, row, passes, rejects, first, page, still)


def _from_cursor(asker: Asker, listing: Listing, near: Near) -> Events:
    """Return the events to begin with where no event is to be found again: those around the row of the cursor."""
    first = max(0, near.cursor - near.reach[0])
    total, page = listing.counted_page(asker, (first, near.cursor + near.reach[1]))
    if 0 < total <= near.cursor:
        first = max(0, total - 1 - near.reach[0])
        page = listing.page(asker, (first, total))
    rejects, still = _beside(asker, listing, total)
    return Events(total, None, None, False, rejects, first, page, still)


def _beside(asker: Asker, listing: Listing, total: int) -> tuple[int, int]:
    """Return how many rejects there are, where there is nothing else, and how many actions have not ended."""
    rejects = 0 if total else runs.line_kinds(asker)["reject"]
    return rejects, unended.count(asker, listing.scope) if listing.scope.actions_only else 0


def fitting(asker: Asker, scope: Scope, *, grown: bool) -> bool | None:
    """Return whether actions are what fits the log, and not all events because none is an action.

    None where there is nothing, and never was, so that it is too early to tell.
    """
    if rows.total(asker, scope._replace(actions_only=True)):
        return True
    return False if grown or rows.total(asker, scope._replace(actions_only=False)) else None


def _standing(asker: Asker, listing: Listing, event_id: int | None, total: int) -> tuple[int | None, bool]:
    """Return the row of an event, or of the nearest one if it is left out; and whether the filter lets it in.

    One that the filter lets in and this view does not show has no row.
    """
    if event_id is None or not total:
        return None, False
    scope, order = listing.scope, listing.order
    row = rows.rank(asker, scope, order, event_id)
    if row is not None:
        return row, True
    if scope.actions_only and rows.rank(asker, scope._replace(actions_only=False), order, event_id) is not None:
        return None, True
    row = rows.nearest(asker, scope, order, event_id)
    return None if row is None else min(row, total - 1), False


def counted(view: View, found: Events) -> str:
    """Return how many events there are, and how many of them have not ended."""
    noun, ended = "action" if view.actions_only else "event", found.total - found.unended
    still = f" · {units.count(found.unended)} open" if found.unended else ""
    return f"{units.count(ended)} {noun}{'' if ended == 1 else 's'}{still}"


def why_none(view: View, scope: Scope, fit: Breakdown, rejects: int) -> str:
    """Return why a view shows nothing of a scope, and what to do."""
    noun = "actions" if view.actions_only else "events"
    if scope.condition.text:
        more = ", V shows all events" if view.actions_only and view.by is None else ""
        return f"No {noun} match the filter; esc takes it back{more}"
    why = f"No {noun} in this {'log' if scope.run is None else 'run'}"
    if view.actions_only:
        return f"{why}{f': {fit.instants}' if fit.instants else ''}; v shows all events"
    return f"{why}: {units.count(rejects)} rejects, E lists them" if rejects else why
