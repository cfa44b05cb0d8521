"""Fields that events which belong together share: what goes on around them, not what they say themselves."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

from tlx.query.ask import Asker

_MOST_SPANS = 20_000
"""So many spans are remembered."""


class _Doubtful(Protocol):
    """What is none if its field is shared."""

    @property
    def id(self) -> int: ...
    @property
    def span(self) -> str | None: ...
    @property
    def field(self) -> str: ...


D = TypeVar("D", bound=_Doubtful)


class Sharing:
    """Tells which fields have one value in events of several types of one span.

    An event without a type is of none: whoever wrote it did not merge in what goes on around it.
    """

    def __init__(self, asker: Asker, dialect: str, key: str) -> None:
        """Look below a `key` of the records of a dialect."""
        self._asker = asker
        self._dialect = dialect
        self._path = f"$.{key}"
        self._known: OrderedDict[str, frozenset[tuple[str, int]]] = OrderedDict()
        """The fields of each span that are shared, with a digest of its value: many like texts share a `hash`."""

    def shared(self, doubtful: Sequence[D]) -> Iterator[D]:
        """Yield those whose fields are shared."""
        self._learn({one.span for one in doubtful if one.span is not None})
        values = self._values([one.id for one in doubtful])
        for one in doubtful:
            value = values.get((one.id, one.field))
            if one.span is not None and value is not None and (one.field, value) in self._known[one.span]:
                yield one
        while len(self._known) > _MOST_SPANS:
            self._known.popitem(last=False)

    def _learn(self, spans: set[str]) -> None:
        """Look through spans that are not known yet."""
        for span in spans & self._known.keys():
            self._known.move_to_end(span)
        new = sorted(spans - self._known.keys())
        if not new:
            return
        rows = self._asker.rows(
            "SELECT span, key, md5_number_lower(value) FROM ("
            "SELECT span, whole.event, inside.key AS key, inside.value::VARCHAR AS value"
            " FROM (SELECT span, event, raw FROM events WHERE dialect = ? AND span IN (SELECT unnest(?))"
            " AND json_valid(raw)) AS whole, json_each(whole.raw, ?) AS inside"
            ") GROUP BY span, key, value HAVING count(DISTINCT event) > 1",
            [self._dialect, new, self._path],
        )
        found: dict[str, set[tuple[str, int]]] = {span: set() for span in new}
        for span, key, value in rows:
            found[span].add((key, value))
        self._known.update((span, frozenset(pairs)) for span, pairs in found.items())

    def _values(self, ids: Sequence[int]) -> dict[tuple[int, str], int]:
        """Digests of the values of each field of events."""
        rows = self._asker.rows(
            "SELECT whole.id, inside.key, md5_number_lower(inside.value::VARCHAR) FROM (SELECT id, raw FROM events"
            " WHERE id IN (SELECT unnest(?)) AND json_valid(raw)) AS whole, json_each(whole.raw, ?) AS inside",
            [sorted(set(ids)), self._path],
        )
        return {(event_id, key): value for event_id, key, value in rows}
