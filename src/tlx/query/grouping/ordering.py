"""What groups and facets are sorted by, term by term: where a row stands is found without sorting all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Term(NamedTuple):
    """SQL over a row, and which way; missing values come last both ways."""

    sql: str
    descending: bool = False


def order_by(terms: Sequence[Term]) -> str:
    """Return what stands behind ORDER BY, each term once."""
    once = {term.sql: term for term in reversed(terms)}
    return ", ".join(
        f"{term.sql} {'DESC' if term.descending else 'ASC'} NULLS LAST" for term in terms if once[term.sql] is term
    )


def place_of(rows: str, where: str, terms: Sequence[Term]) -> str:
    """Return a SELECT of how many of the rows stand before the one that meets a condition; of no row if none does.

    `rows` is what to select from; its last terms tell every row from every other.
    """
    sorted_by = ", ".join(f"{term.sql} AS sort_{number}" for number, term in enumerate(terms))
    return (
        f"SELECT count(*) FILTER ({_before(terms)}) FROM (SELECT {sorted_by} FROM {rows}) AS a,"
        f" (SELECT {sorted_by} FROM {rows} WHERE {where}) AS own HAVING count(*) > 0"
    )


def _before(terms: Sequence[Term]) -> str:
    """Whether `a` stands before `own`: by the first term by which they differ."""
    found = "FALSE"
    for number in reversed(range(len(terms))):
        mine, other = f"a.sort_{number}", f"own.sort_{number}"
        less = f"{mine} {'>' if terms[number].descending else '<'} {other}"
        found = (
            f"CASE WHEN {mine} IS NOT DISTINCT FROM {other} THEN {found}"
            f" ELSE {mine} IS NOT NULL AND ({other} IS NULL OR {less}) END"
        )
    return found
