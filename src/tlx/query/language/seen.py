"""What stands in the log, for the completion of filters: the values of a field and the keys of a payload, with counts.

The questions are bounded: columns are counted whole, which is fast, payloads in a part of the lines of a large log.
"""

from __future__ import annotations

from tlx import units
from tlx.model import EVENT_COLUMNS, Quantity
from tlx.query.ask import Asker
from tlx.query.language import values
from tlx.query.language.compile import ALIASES, Context
from tlx.query.language.complete import Words
from tlx.query.language.nodes import Path
from tlx.query.language.sql.raw import Place

_MOST = 50
"""So many words are returned at most."""
_ALL_LINES = 100_000
"""In a log of so many events every payload is looked into."""
_LINES_OF_A_TYPE = 5000
"""Otherwise so many of the first and of the last of each type of event, for rare types have the richest payloads."""
_LINES = 50_000
_LONGEST = 200
"""Characters of a value that is offered: nobody completes a longer one."""
_CHOSEN = (
    "SELECT id FROM events QUALIFY row_number() OVER (PARTITION BY dialect, event ORDER BY id {})"
    f" <= {_LINES_OF_A_TYPE}"
)
_SHARES = [0.5, 0.9, 0.99, 1.0]


class SeenInLog:
    """Asks the store; belongs to the thread of its asker."""

    def __init__(self, asker: Asker, context: Context | None = None, before: SeenInLog | None = None) -> None:
        """Ask through `asker`; what another one has found `before` of the same log is not looked for again."""
        self._asker = asker
        self._context = context or Context()
        self.chosen: tuple[int, list[int]] | None = before.chosen if before is not None else None
        """The lines of a long log that are looked into, and how many it had then."""

    def values(self, path: Path, typed: str) -> Words:
        """Return values of a field that hold what is typed, the most frequent first, in how many events each is.

        Of a duration or size these are the median, the 90th and 99th percentile and the largest, in how many events
        each is reached; of a time the first and the last.

        Raises:
            Interrupted: the question was overtaken.
        """
        column = _column(path)
        if column is None:
            found, parameters = self._place(path).value()
            return self._looked_up(f"SELECT {found} AS word", parameters, typed)
        match EVENT_COLUMNS[column]:
            case Quantity.DURATION | Quantity.SIZE as quantity:
                return self._percentiles(column, quantity)
            case Quantity.TIME:
                return self._ends(column)
        if column in ("id", "line", "raw"):
            return Words()
        return self._counted(f'SELECT "{column}"::VARCHAR AS word FROM events', (), typed)

    def keys(self, path: Path, typed: str) -> Words:
        """Return keys of the objects at a path that hold what is typed, the most frequent first.

        Raises:
            Interrupted: the question was overtaken.
        """
        found, parameters = self._place(path).names()
        return self._looked_up(f"SELECT unnest({found}) AS word", parameters, typed)

    def _place(self, path: Path) -> Place:
        return Place(path.keys, ((),) if path.root else self._context.roots)

    def _lines(self) -> tuple[str, tuple[object, ...]]:
        """Return SQL for the lines to look into, with its values: all, or those that were chosen for a log so long."""
        total = int(self._asker.row("SELECT count(*) FROM events")[0])
        if total <= _ALL_LINES:
            return "events", ()
        if self.chosen is None or self.chosen[0] != total:
            ends = " UNION ".join(_CHOSEN.format(order) for order in ("ASC", "DESC"))
            some = f"SELECT id FROM ({ends}) LIMIT {_LINES}"
            self.chosen = total, [row[0] for row in self._asker.rows(some)]
        return "(SELECT raw FROM events WHERE id IN (SELECT unnest(?)))", (self.chosen[1],)

    def _looked_up(self, words: str, parameters: tuple[object, ...], typed: str) -> Words:
        lines, chosen = self._lines()
        return self._counted(f"{words} FROM {lines}", (*parameters, *chosen), typed, partly=bool(chosen))

    def _counted(self, words: str, parameters: tuple[object, ...], typed: str, *, partly: bool = False) -> Words:
        rows = self._asker.rows(
            f"SELECT word, count(*) AS number FROM ({words}) WHERE contains(lower(word), lower(?))"
            f" AND length(word) <= {_LONGEST} GROUP BY word"
            f" ORDER BY starts_with(lower(word), lower(?)) DESC, number DESC, word LIMIT {_MOST}",
            [*parameters, typed, typed],
        )
        return Words(tuple((str(word), int(number)) for word, number in rows), partly)

    def _percentiles(self, column: str, quantity: Quantity) -> Words:
        """Percentiles are nearest-rank, as everywhere."""
        rows = self._asker.rows(
            f'SELECT DISTINCT bound, (SELECT count(*) FROM events WHERE "{column}" >= bound) FROM'
            f' (SELECT unnest(quantile_disc("{column}", {_SHARES})) AS bound FROM events)'
            " WHERE bound IS NOT NULL ORDER BY bound"
        )
        write = values.typed_duration if quantity is Quantity.DURATION else str
        return Words(tuple((write(bound), int(number)) for bound, number in rows))

    def _ends(self, column: str) -> Words:
        rows = self._asker.rows(
            f'SELECT "{column}", count(*) FROM events WHERE "{column}" IN'
            f' (SELECT unnest([min("{column}"), max("{column}")]) FROM events) GROUP BY 1 ORDER BY 1'
        )
        return Words(tuple((units.rfc3339(moment) or str(moment), int(number)) for moment, number in rows))


def _column(path: Path) -> str | None:
    """Return the column that a path names, if it is one."""
    name = path.keys[0]
    if path.root or len(path.keys) > 1 or not isinstance(name, str):
        return None
    column = ALIASES.get(name, name)
    return column if column in EVENT_COLUMNS else None
