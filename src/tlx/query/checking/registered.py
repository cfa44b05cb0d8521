"""Registries beside logs: how often each type of event was seen, the registered and the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tlx.dialects.rules.registry import Entry, Registry, load
from tlx.model import TEXT_EVENT
from tlx.query.ask import Asker


class Listed(NamedTuple):
    """A type of event: whether it is a registered one, how often it was seen if that was asked, what is known of it."""

    event: str
    registered: bool
    seen: int | None
    entry: Entry | None


def seen(asker: Asker, run: int | None = None) -> dict[str, dict[str, int]]:
    """Return how often each type of event was seen in a run, or in all, by dialect."""
    where, values = ("", []) if run is None else (" WHERE run = ?", [run])
    rows = asker.rows(
        f"SELECT dialect, event, count(*) FROM events{where} GROUP BY dialect, event ORDER BY count(*) DESC, event",
        values,
    )
    found: dict[str, dict[str, int]] = {}
    for dialect, event, number in rows:
        if event not in (None, TEXT_EVENT):  # DuckDB fails to compare with what all events of a log are
            found.setdefault(dialect, {})[event] = number
    return found


def fitting(names: Sequence[str], counts: Mapping[str, int]) -> Registry:
    """Return the registry that knows most of what was seen; of several such the oldest."""
    return max(map(load, names), key=lambda one: sum(number for event, number in counts.items() if one.knows(event)))


def listed(registry: Registry, counts: Mapping[str, int] | None = None) -> list[Listed]:
    """Return the events of a registry in its order, with how often each was seen; behind them, what else was."""
    rows = [
        Listed(event, True, None if counts is None else counts.get(event, 0), entry)
        for event, entry in registry.events.items()
    ]
    others = [(event, number) for event, number in (counts or {}).items() if event not in registry.events]
    return rows + [Listed(event, registry.knows(event), number, registry.entry(event)) for event, number in others]
