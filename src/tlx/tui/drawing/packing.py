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


def lane_of(lanes: Lanes, bar_id: int) -> int | None:
    """Return the number of the lane a bar is in, None if it is in none."""
    for number, lane in enumerate(lanes):
        if any(bar.id == bar_id for bar in lane):
            return number
    return None
