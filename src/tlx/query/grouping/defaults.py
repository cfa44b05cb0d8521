"""What the panes and commands begin with: what matters in the dialect that most events are of."""

from __future__ import annotations

from tlx.dialects.base import Breakdown
from tlx.dialects.known import breakdown
from tlx.query.ask import Asker, Scope

_MIXED = "dialect"
"""The field that is offered too where events are of several dialects."""


def defaults(asker: Asker, run: int | None = None) -> Breakdown:
    """Return what to begin with for the events of a run, or of all; where dialects mix, their facets behind."""
    first, *others = [breakdown(name) for name in dialects(asker, run)] or [breakdown(None)]
    if not others:
        return first
    facets = (*first.facets, _MIXED, *(name for other in others for name in other.facets))
    instants = first.instants if all(other.instants for other in others) else ""
    return first._replace(facets=tuple(dict.fromkeys(facets)), instants=instants)


def dialects(asker: Asker, run: int | None = None) -> list[str]:
    """Return the dialects of the events of a run, or of all, that of most events first."""
    where, values = Scope(run=run).where()
    rows = asker.rows(f"SELECT dialect FROM events{where} LIMIT 1", values)
    other, more = Scope(run=run).where("dialect <> ?")
    if not rows or not asker.rows(f"SELECT 1 FROM events{other} LIMIT 1", [rows[0][0], *more]):
        return [row[0] for row in rows]  # hardly ever do they mix, and to find that out takes no time
    rows = asker.rows(
        f"SELECT dialect, min(id) AS first FROM events{where} GROUP BY dialect ORDER BY count(*) DESC, first", values
    )
    return [row[0] for row in rows]
