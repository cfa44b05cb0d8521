"""Stretches of time in which something ran, and gaps between them: a step that several questions share.

Sorted by start, a span whose start lies behind every end so far begins a new island.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tlx.query.ask import Asker

_LARGEST = 2**63 - 1


class Stretch(NamedTuple):
    """Bounds on the times of all events: the first in ns since the epoch, and the length in ns."""

    begin: int
    length: int
    groups: int
    """How many there are, or the number of a run if that is greater: there are runs without events."""


def stretch(asker: Asker) -> Stretch:
    """Return the bounds on the times of all events."""
    begin, end, groups = asker.row(
        "SELECT least(min(start), min(time)), greatest(max(start), max(time)), greatest(count(*), max(run)) FROM events"
    )
    return Stretch(0, 0, int(groups)) if begin is None else Stretch(int(begin), int(end) - int(begin), int(groups))


def with_reach(spans: str, of_all: Stretch, groups: int | None = None) -> str:
    """Return SQL for spans of the groups 0 to `groups`, each with the greatest end of those of its group before it.

    `spans` is SQL that gives at least the columns `place` (the number of the group), `span_start` and `span_time`,
    none of them missing. What is returned has `reach` beside them, which is NULL for the first of a group. Without a
    number of groups these are runs, or as many as events.

    Every group gets a time of its own on one axis, so that there is one thing to sort.
    """
    length = of_all.length + 2
    wide = "::HUGEINT" if length * ((of_all.groups if groups is None else groups) + 2) > _LARGEST else "::BIGINT"
    since = f"place{wide} * {length} + 1 + (%s{wide} - {of_all.begin})"
    reach = (
        f"max({since % 'span_time'}) OVER (ORDER BY {since % 'span_start'}"
        " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    )
    back = f"(reach - place{wide} * {length} - 1 + {of_all.begin})::BIGINT"
    return (
        f"(SELECT * REPLACE (CASE WHEN reach > place{wide} * {length} THEN {back} END AS reach)"
        f" FROM (SELECT *, {reach} AS reach FROM ({spans})))"
    )


def islands(spans: str, by: Sequence[str]) -> str:
    """Return SQL for the islands of spans, or of islands, by the columns that a group shares.

    `spans` is what to select from, with these columns, `span_start` and `span_time`, the first before the second. What
    touches is one island.
    """
    own = ", ".join(by)
    group = f"PARTITION BY {own}"
    reach = f"max(span_time) OVER ({group} ORDER BY span_start ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    end = f"coalesce(lead(reach) OVER ({group} ORDER BY span_start), last)"
    return (
        f"(SELECT {own}, span_start, {end} AS span_time FROM"
        f" (SELECT *, {reach} AS reach, max(span_time) OVER ({group}) AS last FROM {spans})"
        " WHERE reach IS NULL OR span_start > reach)"
    )
