"""Bars over time, packed into lanes so that none covers another."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

Lanes = Sequence[Sequence["Bar"]]
"""Bars by lane; those of one lane are in order of time and do not overlap."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that took time, in nanoseconds; an instant where it ends as it starts."""

    id: int
    start: int
    end: int
    label: str
    style: str
    sign: str = ""
    """What stands for it in a single cell, if not the usual."""
    fill: str = ""
    """A sign that it is filled with, where colours cannot tell bars apart."""

    @property
    def is_instant(self) -> bool:
        """Whether it took no time, or by the log's own account less than none."""
        return self.end <= self.start

    @property
    def until(self) -> int:
        """Where the next bar of a lane may start: an instant holds one nanosecond."""
        return max(self.end, self.start + 1)


def pack(bars: Sequence[Bar]) -> list[list[Bar]]:
    """Return the bars in the fewest lanes, each in the first that is free.

    Bars that only touch may share a lane. The order in which they are given does not matter.
    """
    lanes: list[list[Bar]] = []
    busy: list[tuple[int, int]] = []
    free: list[int] = []
    for bar in sorted(bars, key=lambda bar: (bar.start, -bar.end, bar.id)):
        while busy and busy[0][0] <= bar.start:
            heapq.heappush(free, heapq.heappop(busy)[1])
        if free:
            lane = heapq.heappop(free)
        else:
            lane = len(lanes)
            lanes.append([])
        lanes[lane].append(bar)
        heapq.heappush(busy, (bar.until, lane))
    return lanes


def fill(
    bars: Sequence[Bar], count: int, window: tuple[int, int], cells: int, also: int | None = None
) -> list[list[Bar]]:
    """Return as many bars as find room in `count` lanes of so many cells, the longest first; no two share a cell.

    The bar with the id `also` finds room for certain: those in its way give way.
    """
    lanes: list[list[Bar]] = [[] for _ in range(count)]
    taken = [0] * count
    for bar in sorted(bars, key=lambda bar: (bar.start - bar.end, bar.start, bar.id)):
        mask = _cells(bar, window, cells)
        lane = next((number for number in range(count) if not taken[number] & mask), None)
        if lane is None and bar.id == also and lanes:
            lane = count - 1
            lanes[lane] = [other for other in lanes[lane] if not _cells(other, window, cells) & mask]
        if lane is not None and mask:
            taken[lane] |= mask
            lanes[lane].append(bar)
    return [sorted(lane, key=lambda bar: bar.start) for lane in lanes]


def _cells(bar: Bar, window: tuple[int, int], cells: int) -> int:
    """The cells a bar is drawn in, a bit each."""
    length = max(window[1] - window[0], 1)
    left = max(0, (bar.start - window[0]) * cells // length)
    right = min(cells, max(left + 1, -((window[0] - bar.end) * cells // length)))
    return (1 << right) - (1 << left) if right > left else 0


def lane_of(lanes: Lanes, bar_id: int) -> int | None:
    """Return the number of the lane a bar is in, None if it is in none."""
    for number, lane in enumerate(lanes):
        if any(bar.id == bar_id for bar in lane):
            return number
    return None
