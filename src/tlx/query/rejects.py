"""What gave no event: rejects, which are lines, and damages, which are places in the bytes as stored.

They make one list: first the damages, by source and offset, then the rejects in order of arrival.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple

from tlx.query.ask import FAILED, Asker, Scope

HEAD = 1_000
"""Characters of a reject's text that a list holds at most: a line may be as large as a file."""
_PAGE = 20_000
_BEYOND = 1 << 62
"""No arrival number is as large."""


class Sort(StrEnum):
    """Which of the two it is."""

    REJECT = "reject"
    DAMAGE = "damage"


class Gap(NamedTuple):
    """A reject or a damage, with its place.

    A reject has its arrival number as `id`, its line, the `offset` of its first byte in the decompressed text, the
    head of its text, and the `length` of what is kept of it in characters. A damage has an `offset` in the bytes as
    stored.
    """

    sort: Sort
    id: int | None
    source: int
    line: int | None
    offset: int
    reason: str
    text: str | None
    length: int | None


class Totals(NamedTuple):
    """How many there are of each."""

    rejects: int
    damages: int

    @property
    def rows(self) -> int:
        """The length of the list."""
        return self.rejects + self.damages


class Widths(NamedTuple):
    """The largest numbers and the longest reason of rejects and damages, for whoever prints them below one another."""

    line: int
    offset: int
    reason: int
    damage: int
    """The largest offset of a damage."""


def totals(asker: Asker, run: int | None = None) -> Totals:
    """Return how many rejects a run has, or all, and how many damages its source."""
    where, values = _of_run(run)
    rejects = asker.row(f"SELECT count(*) FROM rejects{where}", values)[0]
    condition, value = _of_source(run)
    return Totals(int(rejects), int(asker.row(f"SELECT count(*) FROM damages{condition}", value)[0]))


def widths(asker: Asker, run: int | None = None) -> Widths:
    """Return the largest line number and offsets, and the length of the longest reason; 0 where there is none."""
    where, values = _of_run(run)
    row = asker.row(
        "SELECT coalesce(max(line), 0), coalesce(max(byte_offset), 0), coalesce(max(length(reason)), 0)"
        f" FROM rejects{where}",
        values,
    )
    condition, value = _of_source(run)
    damage = asker.row(f"SELECT coalesce(max(byte_offset), 0) FROM damages{condition}", value)
    return Widths(*map(int, row + damage))


def page(asker: Asker, span: tuple[int, int], run: int | None = None) -> list[Gap]:
    """Return what stands at the rows from span[0] up to span[1] of the list."""
    first, end = span
    damages = totals(asker, run).damages
    found = _damages(asker, (first, min(end, damages)), run) if first < damages else []
    if end <= damages:
        return found
    skip = max(0, first - damages)
    where, values = _of_run(run)
    # The ids first: the sort then carries no text, and only the rejects between two of them are looked up.
    ids = asker.rows(
        f"SELECT id FROM rejects{where} ORDER BY id LIMIT {int(end - damages - skip)} OFFSET {int(skip)}", values
    )
    return found + (_between(asker, ids[0][0], ids[-1][0], run) if ids else [])


def walk(asker: Asker, run: int | None = None) -> Iterator[Gap]:
    """Yield the whole list, little of it in hand at a time."""
    yield from _damages(asker, None, run)
    where, values = _of_run(run, "id > ?")
    last = -1
    while ids := asker.rows(f"SELECT id FROM rejects{where} ORDER BY id LIMIT {_PAGE}", [last, *values]):
        yield from _between(asker, ids[0][0], ids[-1][0], run)
        last = ids[-1][0]


def text(asker: Asker, reject_id: int, most: int) -> str:
    """Return the text of a reject, at most so many characters of it."""
    rows = asker.rows(f"SELECT left(text, {int(most)}) FROM rejects WHERE id = ?", [reject_id])
    return str(rows[0][0]) if rows else ""


def row_of(asker: Asker, reject_id: int, run: int | None = None) -> int:
    """Return the row at which a reject stands in the list, or would stand."""
    where, values = _of_run(run, "id < ?")
    before = asker.row(f"SELECT count(*) FROM rejects{where}", [reject_id, *values])[0]
    return totals(asker, run).damages + int(before)


def row_beside(asker: Asker, event_id: int, direction: int, run: int | None = None) -> int:
    """Return the row of the first reject that arrived after an event (direction 1) or of the last before it (-1).

    Where there is none on that side, the nearest row of the list.
    """
    found = totals(asker, run)
    row = row_of(asker, event_id, run) - (direction < 0)
    return max(0, min(max(row, found.damages), found.rows - 1))


class Trouble(NamedTuple):
    """An event that failed, or a reject, and which it is of all in order of arrival, counted from 1."""

    id: int
    is_reject: bool
    number: int
    total: int


def trouble_beside(asker: Asker, scope: Scope, here: int | None, direction: int) -> Trouble | None:
    """Return what went wrong next after an arrival number (direction 1) or last before it (-1), around at the end.

    Without `here` it is the first, or the last. None where no event of the scope failed and its run has no rejects.
    """
    where, values = scope.where(FAILED)
    rejects, own = _of_run(scope.run)
    at = (-1 if direction > 0 else _BEYOND) if here is None else here
    sign, order = (">", "") if direction > 0 else ("<", " DESC")
    rows = asker.rows(
        f"WITH troubles AS (SELECT id, FALSE AS is_reject FROM events{where}"
        f" UNION ALL SELECT id, TRUE FROM rejects{rejects})"
        " SELECT id, is_reject, (SELECT count(*) FROM troubles AS before WHERE before.id <= troubles.id),"
        f" (SELECT count(*) FROM troubles) FROM troubles ORDER BY id {sign} ? DESC, id{order} LIMIT 1",
        [*values, *own, at],
    )
    return Trouble(int(rows[0][0]), bool(rows[0][1]), int(rows[0][2]), int(rows[0][3])) if rows else None


def _of_run(run: int | None, *conditions: str) -> tuple[str, list[Any]]:
    """A WHERE clause: conditions, whose values are the caller's to put first, and the run."""
    parts = [*conditions, *(["run = ?"] if run is not None else [])]
    return (" WHERE " + " AND ".join(parts) if parts else "", [run] if run is not None else [])


def _of_source(run: int | None) -> tuple[str, list[Any]]:
    """The condition for damages of the source that a run is in."""
    return ("", []) if run is None else (" WHERE source = (SELECT any_value(source) FROM runs WHERE run = ?)", [run])


def _damages(asker: Asker, span: tuple[int, int] | None, run: int | None) -> list[Gap]:
    where, values = _of_source(run)
    cut = f" LIMIT {int(span[1] - span[0])} OFFSET {int(span[0])}" if span else ""
    rows = asker.rows(
        f"SELECT source, byte_offset, reason FROM damages{where} ORDER BY source, byte_offset, reason{cut}", values
    )
    return [Gap(Sort.DAMAGE, None, row[0], None, row[1], row[2], None, None) for row in rows]


def _between(asker: Asker, first: int, last: int, run: int | None) -> list[Gap]:
    where, values = _of_run(run, "id BETWEEN ? AND ?")
    rows = asker.rows(
        f"SELECT id, source, line, byte_offset, reason, left(text, {HEAD}), length(text) FROM rejects{where}"
        " ORDER BY id",
        [first, last, *values],
    )
    return [Gap(Sort.REJECT, *row) for row in rows]
