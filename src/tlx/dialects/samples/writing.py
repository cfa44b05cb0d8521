"""What the writers of samples share: times of day, and JSON without spaces."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

_BEGIN = datetime(2026, 11, 20, 9, tzinfo=UTC)


def moments(dice: random.Random, number: int) -> Iterator[datetime]:
    """Yield so many times, each a little later."""
    now = _BEGIN
    for _ in range(number):
        now += timedelta(microseconds=dice.randrange(1_000, 4_000_000))
        yield now


def compact(record: object) -> str:
    """Return a record as JSON without spaces."""
    return json.dumps(record, separators=(",", ":"))
