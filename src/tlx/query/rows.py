"""Events by row number in an order: pages for the table, and where an event stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tlx.model import EVENT_COLUMNS, TEXT_EVENT, Quantity
from tlx.query.ask import Asker, Scope
from tlx.query.growing.ledger import Part
from tlx.query.language.compile import Condition, Value
from tlx.store.memory.room import StoreError

if TYPE_CHECKING:
    from tlx.query.fields import Field

_LONGEST = 400
"""Characters of a value of a payload that are shown in a row."""

_MOST_AT_ONCE = 4_000_000
"""Of more events than these nothing is held in between: the store needs its room for them."""

_KEY = "sort_key"
"""What the events that are kept of an order are sorted by."""


class Order(NamedTuple):
    """A column, or a path of the payload, and a direction; missing values come last, ties keep arrival order.

    What reads as a number in a payload is sorted as one, before texts. By `start`, an event without a length stands
    at its time: it starts when it ends.
    """

    column: str
    descending: bool = False

    def key(self) -> str:
        """Return SQL for what is compared, in which the `parameters` stand once.

        Raises:
            ValueError: there is no such column.
        """
        if self.column == _KEY:
            return _KEY
        if self.column in EVENT_COLUMNS:
            return 'coalesce("start", "time")' if self.column == "start" else f'"{self.column}"'
        sql = _path(self.column).fetched[0]
        return f"({_path(self.column).sort_key(f'({sql})', descending=self.descending)})"

    def parameters(self) -> Sequence[Value]:
        """Return the values that its SQL needs: a path of the payload has some."""
        return () if self.column in EVENT_COLUMNS else _path(self.column).parameters

    def sql(self, *, backward: bool = False) -> str:
        """Return the ORDER BY clause, or that of the order from its end.

        Raises:
            ValueError: there is no such column.
        """
        if backward:
            return f" ORDER BY {self.key()} {'ASC' if self.descending else 'DESC'} NULLS FIRST, id DESC"
        return f" ORDER BY {self.key()} {'DESC' if self.descending else 'ASC'} NULLS LAST, id"


def total(asker: Asker, scope: Scope) -> int:
    """Return the number of events in the scope, those of text alone among them."""
    if not scope.where()[0]:
        return asker.events()
    return _counted(asker, Part("total", scope, *_NUMBER, tail=""))


def texts(asker: Asker, scope: Scope) -> int:
    """Return how many of the events in the scope are of text alone, such as tracebacks: few logs have any."""
    if not asker.row("SELECT coalesce(sum(text_events), 0) FROM tallies")[0]:
        return 0
    alone = scope.narrowed(Condition(sql=f"event = '{TEXT_EVENT}'"))
    return _counted(asker, Part("texts", alone, *_NUMBER, tail=""))


_NUMBER = ("count(*) AS number", "sum(number)::BIGINT AS number")


def _counted(asker: Asker, part: Part) -> int:
    source, values = asker.parts(part)
    return int(asker.row(f"SELECT number FROM {source}", values)[0])


def page(
    asker: Asker,
    scope: Scope,
    columns: Sequence[str],
    order: Order,
    span: tuple[int, int],
) -> list[tuple[Any, ...]]:
    """Return `columns` of the events at row numbers from span[0] up to span[1]; of paths of the payload the begin.

    Raises:
        ValueError: there is no such column to show or to sort by.
    """
    first, end = span
    return _looked_up(asker, columns, _ids(asker, scope, order, f"{order.sql()} LIMIT {end - first} OFFSET {first}"))


def counted_page(
    asker: Asker, scope: Scope, columns: Sequence[str], order: Order, span: tuple[int, int]
) -> tuple[int, list[tuple[Any, ...]]]:
    """Return the `total` and a `page` of a scope, with one look at the events where that is quicker.

    Raises:
        ValueError: there is no such column to show or to sort by.
    """
    if _is_quick_at_once(asker, scope, order):
        try:
            number, ids = _counted_ids(asker, scope, order, span)
            return number, _looked_up(asker, columns, ids)
        except StoreError:  # without room for what is held in between they are asked one after the other
            pass
    return total(asker, scope), page(asker, scope, columns, order, span)


def _is_quick_at_once(asker: Asker, scope: Scope, order: Order) -> bool:
    """Whether a filter is looked at for every event, no part of the answer is kept, and what is sorted by is short."""
    short = order.column in EVENT_COLUMNS and EVENT_COLUMNS[order.column] is not Quantity.TEXT
    return short and bool(scope.condition.sql) and asker.rests and asker.events() <= _MOST_AT_ONCE


def _counted_ids(asker: Asker, scope: Scope, order: Order, span: tuple[int, int]) -> tuple[int, list[int]]:
    where, values = scope.where()
    sort, first = Order(_KEY, order.descending).sql(), int(span[0])
    found = asker.rows(
        f"WITH found AS MATERIALIZED (SELECT id, {order.key()} AS {_KEY} FROM events{where}),"
        f" page AS (SELECT * FROM found{sort} LIMIT {int(span[1]) - first} OFFSET {first})"
        f" SELECT number, id FROM (SELECT count(*) AS number FROM found) LEFT JOIN page ON true{sort}",
        values,
    )
    return int(found[0][0]), [row[1] for row in found if row[1] is not None]


def last(asker: Asker, scope: Scope, columns: Sequence[str], order: Order, number: int) -> list[tuple[Any, ...]]:
    """Return `columns` of so many events at the end of the order, quicker than by their row numbers.

    Raises:
        ValueError: there is no such column to show or to sort by.
    """
    return _looked_up(asker, columns, _nearest_ids(asker, scope, order, ("last", number), backward=True)[::-1])


def around(
    asker: Asker, scope: Scope, columns: Sequence[str], order: Order, place: tuple[int, int, int]
) -> list[tuple[Any, ...]]:
    """Return `columns` of the events around one in the scope, quicker than by their row numbers.

    `place` is the id of that event, how many are wanted before it, and how many from it on.

    Raises:
        ValueError: there is no such column to show or to sort by.
    """
    event_id, before, behind = place
    condition = _before(asker, order, event_id)
    if condition is None:
        return []
    earlier, later = Condition("", *condition), Condition("", f"({condition[0]}) IS NOT TRUE", condition[1])
    ids = _nearest_ids(asker, scope.narrowed(earlier), order, ("before", before), backward=True)[::-1]
    ids += _nearest_ids(asker, scope.narrowed(later), order, ("behind", behind))
    return _looked_up(asker, columns, ids)


def _ids(asker: Asker, scope: Scope, order: Order, which: str) -> list[int]:
    """The ids first: the sort then carries no text, and only the rows that show are looked up."""
    where, values = scope.where()
    return [row[0] for row in asker.rows(f"SELECT id FROM events{where}{which}", [*values, *order.parameters()])]


def _nearest_ids(
    asker: Asker, scope: Scope, order: Order, wanted: tuple[str, int], *, backward: bool = False
) -> list[int]:
    """The first ids of an order, or the last; what is wanted is a topic and how many."""
    topic, number = wanted
    kept = Order(_KEY, order.descending)
    tail = f"{kept.sql(backward=backward)} LIMIT {int(number)}"
    part = Part(topic, scope, f"id, {order.key()} AS {_KEY}", f"id, {_KEY}", tail, parameters=tuple(order.parameters()))
    source, values = asker.parts(part)
    return [row[0] for row in asker.rows(f"SELECT id FROM {source}{tail}", values)]


def _looked_up(asker: Asker, columns: Sequence[str], ids: list[int]) -> list[tuple[Any, ...]]:
    paths = {name: _path(name) for name in columns if name not in EVENT_COLUMNS}
    names = ", ".join(
        f"left({paths[name].fetched[0]}, {_LONGEST})" if name in paths else f'"{name}"' for name in columns
    )
    parameters = [value for name in columns if name in paths for value in paths[name].parameters]
    if not ids:
        return []
    sql = f"SELECT id, {names} FROM events WHERE id IN (SELECT unnest(?))"
    found = {row[0]: row[1:] for row in asker.rows(sql, [*parameters, ids])}
    return [found[number] for number in ids]


def rank(asker: Asker, scope: Scope, order: Order, event_id: int) -> int | None:
    """Return the row number of an event in the order, or None where the scope leaves it out."""
    return nearest(asker, scope, order, event_id) if holds(asker, scope, event_id) else None


def holds(asker: Asker, scope: Scope, event_id: int) -> bool:
    """Return whether an event is in the scope."""
    where, values = scope.where(f"id = {int(event_id)}")
    return bool(asker.rows(f"SELECT id FROM events{where}", values))


def nearest(asker: Asker, scope: Scope, order: Order, event_id: int) -> int | None:
    """Return the row number at which an event stands, or would stand if the scope let it in.

    That is the number of the row behind it then, or how many there are; None where there is no such event at all.
    """
    before = _before(asker, order, event_id)
    if before is None:
        return None
    counts = f"count(*) FILTER ({before[0]}) AS number"
    return _counted(asker, Part("place", scope, counts, "sum(number)::BIGINT AS number", "", "", before[1]))


def matching(asker: Asker, scope: Scope, wanted: Condition) -> int:
    """Return how many events in the scope pass another filter too."""
    where, values = scope.where()
    where = _and(where, wanted.sql or "true")
    return int(asker.row(f"SELECT count(*) FROM events{where}", [*values, *wanted.values])[0])


class Hit(NamedTuple):
    """What a search has found: an event, and which it is of all that match, counted from 1 in the order."""

    id: int
    number: int
    total: int
    wrapped: bool
    """Whether the end was passed, and the search went on at the other one."""


def search(asker: Asker, scope: Scope, order: Order, wanted: Condition, step: tuple[int | None, int]) -> Hit | None:
    """Return the event in the scope that a search finds; None where none matches.

    `step` is the event to begin at, or None, and a direction: 1 for the next one, -1 for the one before, 0 for the
    event to begin at itself where it matches, or else the next one.

    Raises:
        ValueError: there is no such column to sort by.
    """
    at, direction = step
    here = -1 if at is None else at
    before = _before(asker, order, here) or ("false", ())
    where, values = scope.where()
    where, values = _and(where, wanted.sql or "true"), [*values, *wanted.values]
    counts = f"count(*), count(*) FILTER ({before[0]}), count(*) FILTER (id = ?)"
    total, passed, there = asker.row(f"SELECT {counts} FROM events{where}", [*before[1], here, *values])
    if not total:
        return None
    if direction < 0:
        wrapped, number = not passed, int(passed or total)
        beyond, sort = before, order.sql(backward=True)
    else:
        number = passed + 1 if there and not direction else passed + there + 1
        wrapped, number = number > total, number if number <= total else 1
        beyond, sort = (f"({before[0]}) IS NOT TRUE AND (id <> ? OR ?)", (*before[1], here, not direction)), order.sql()
    if not wrapped:
        where, values = _and(where, beyond[0]), [*values, *beyond[1]]
    found = asker.row(f"SELECT id FROM events{where}{sort} LIMIT 1", [*values, *order.parameters()])[0]
    return Hit(int(found), int(number), int(total), bool(wrapped))


def _and(where: str, condition: str) -> str:
    return f"{where}{' AND' if where else ' WHERE'} ({condition})"


def _before(asker: Asker, order: Order, event_id: int) -> tuple[str, tuple[Any, ...]] | None:
    """Return SQL for what comes before an event in an order, with its values; None where there is no such event."""
    column, own = order.key(), order.parameters()
    found = asker.rows(f"SELECT {column} FROM events WHERE id = ?", [*own, event_id])
    if not found:
        return None
    value = found[0][0]
    if value is None:
        return f"{column} IS NOT NULL OR id < ?", (*own, event_id)
    sign = ">" if order.descending else "<"
    return f"{column} {sign} ? OR ({column} = ? AND id < ?)", (*own, value, *own, value, event_id)


def _path(name: str) -> Field:
    """A path of the payload.

    Raises:
        ValueError: this is none, and no column either.
    """
    from tlx.query.fields import field  # noqa: PLC0415  the first rows have no paths
    from tlx.query.language.parse import FilterError  # noqa: PLC0415  the same

    try:
        return field(name)
    except FilterError as error:
        raise ValueError(f"no column {name!r}: {error}") from error
