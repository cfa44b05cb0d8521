"""A window of time cut into slices of equal length."""

from __future__ import annotations

from typing import NamedTuple

_LARGEST = 2**63 - 1


class Slices(NamedTuple):
    """`number` slices of `width` ns from `begin` on, in ns since the epoch."""

    begin: int
    width: int
    number: int

    @classmethod
    def of(cls, window: tuple[int, int], number: int) -> Slices:
        """Return the slices that reach the end of a window and are as short as whole ns allow."""
        begin, end = map(int, window)
        return cls(begin, max(1, -(-(end - begin) // number)), number)

    @property
    def end(self) -> int:
        """Where the last one ends, which is at the end of the window or a little behind it."""
        return self.begin + self.width * self.number

    def slice_of(self, column: str) -> str:
        """SQL for the number of the slice that holds a time within them; times far apart need more than 64 bits."""
        wide = "" if self.width * self.number <= _LARGEST else "::HUGEINT"
        return f"({column}{wide} - {self.begin}) // {self.width}"
