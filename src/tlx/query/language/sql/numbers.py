"""Numbers in the texts of payloads, as SQL: digits with a sign, a point and an exponent, blanks around them.

DuckDB reads more than that: `1_000` and `+-5` as floats, `0x10` and `0b1` as whole numbers.
"""

from __future__ import annotations

LARGEST_FLOAT = 1.7976931348623157e308
EXACT = 2**53
"""Whole numbers up to here have a float of their own."""


def floating(text: str) -> str:
    """Return SQL for the float that a text says, NaN and the infinities among them; NULL where it says no number.

    To replace what is too generous takes a third of the time of a regular expression.
    """
    return f"TRY_CAST(replace(replace({text}, '_', 'x'), '+-', 'x') AS DOUBLE)"


def whole(text: str) -> str:
    """Return SQL for the whole number nearest to the one that a text says, for texts that are known to say one."""
    return f"TRY_CAST({text} AS HUGEINT)"
