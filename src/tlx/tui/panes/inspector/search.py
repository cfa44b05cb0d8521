"""Search in an event: every key and every value, in the order in which they stand."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from tlx.query.whole.record import atom
from tlx.tui.panes.inspector.labels import ABSENT, explained
from tlx.tui.panes.inspector.outline import Entry, Place, Sort

MOST = 10_000
"""So many places are looked for."""
_MOST_IN_TEXT = 1_000
_OFTEN = 1_000
_Item = tuple[Place, str, Any]
"""A place, its key and its value."""
Match = tuple[Place, int]
"""The place of a value, and the first character of what was found in a text; -1 where its line as a whole counts."""
Spread = tuple[Place, int, int]
"""A place, and the first and last of its characters that are meant."""


def pattern(text: str) -> re.Pattern[str]:
    """Return what finds a text as it is typed; a capital in it makes case count."""
    return re.compile(re.escape(text), re.NOFLAG if text != text.lower() else re.IGNORECASE)


def search(
    entries: Sequence[Entry], wanted: re.Pattern[str], *, raw: bool, goes_on: Callable[[], bool] = lambda: True
) -> list[Match]:
    """Return where it is found, in order, `MOST` at most; `raw` says whether the raw line counts too. Meanings do not.

    Where `goes_on` says no, nobody waits for the rest.
    """
    outermost = [
        ((number,), entry.key, (entry.value or ABSENT) if entry.sort is Sort.ABSENT else entry.value)
        for number, entry in enumerate(entries)
        if entry.sort is not Sort.MEANING and (raw or entry.sort is not Sort.RAW)
    ]
    found: list[Match] = []
    for seen, (place, key, value) in enumerate(_walk(outermost)):
        found += _matches(place, key, value, wanted)
        if len(found) >= MOST or (seen % _OFTEN == 0 and not goes_on()):
            break
    return sorted(found[:MOST])


def _walk(outermost: Sequence[_Item]) -> Iterator[_Item]:
    below = [iter(outermost)]
    while below:
        for item in below[-1]:
            yield item
            if isinstance(item[2], dict | list):
                below.append(_children(item[0], item[2]))
                break
        else:
            below.pop()


def _matches(place: Place, key: str, value: Any, wanted: re.Pattern[str]) -> Iterable[Match]:
    if wanted.search(key):
        yield place, -1
    if isinstance(value, str):
        for match in islice(wanted.finditer(value), _MOST_IN_TEXT):
            yield place, match.start()
    elif not isinstance(value, dict | list) and not wanted.search(key):
        shown = str(value) if type(value) is int else atom(value)
        if wanted.search(shown) or wanted.search(explained(key, value, is_column=len(place) == 1) or ""):
            yield place, -1


def _children(place: Place, value: dict[str, Any] | list[Any]) -> Iterator[_Item]:
    if isinstance(value, dict):
        return (((*place, number), key, item) for number, (key, item) in enumerate(value.items()))
    return (((*place, number), f"[{number}]", item) for number, item in enumerate(value))


def beside(matches: Sequence[Match], spread: Spread, direction: int) -> int:
    """Return the number of the match next after a place (direction 1), or last before it (-1), around the ends."""
    place, first, last = spread
    found = bisect_right(matches, (place, last)) if direction > 0 else bisect_left(matches, (place, first)) - 1
    return found % len(matches)
