"""Chance that is the same on every Python: all of it is drawn from `Random.random`."""

import math
from collections.abc import Sequence
from random import Random
from statistics import NormalDist
from typing import TypeVar

T = TypeVar("T")

STEPS = 4096
"""How finely the normal distribution is cut; its outermost value is 3.7 deviations away."""

DEVIATES = tuple(NormalDist().inv_cdf((step + 0.5) / STEPS) for step in range(STEPS))
"""The standard normal distribution as equally likely values."""


class Dice:
    """Draws from a named seed; the one method Python promises to keep stable is `Random.random`."""

    def __init__(self, seed: str) -> None:
        self.random = Random(seed).random

    def below(self, limit: int) -> int:
        """Return a whole number from 0 up to and without `limit`."""
        return int(self.random() * limit)

    def chance(self, share: float) -> bool:
        """Return true in `share` (0 to 1) of all draws."""
        return self.random() < share

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of the choices, each equally likely."""
        return choices[int(self.random() * len(choices))]

    def favourite(self, limit: int) -> int:
        """Return a whole number below `limit` as Zipf would: 0 often, each next one more seldom."""
        return int((limit + 1) ** self.random()) - 1

    def near(self, median: float, spread: float) -> int:
        """Return a log-normal whole number: its median, and the deviation of its logarithm."""
        return int(median * math.exp(spread * DEVIATES[int(self.random() * STEPS)]))

    def order(self, items: Sequence[T]) -> list[T]:
        """Return the items in a random order."""
        weights = [self.random() for _ in items]
        return [items[index] for index in sorted(range(len(items)), key=weights.__getitem__)]

    def bits(self, width: int) -> int:
        """Return a whole number of `width` random bits, by 16 at a time."""
        number = 0
        for _ in range(0, width, 16):
            number = number << 16 | self.below(1 << 16)
        return number
