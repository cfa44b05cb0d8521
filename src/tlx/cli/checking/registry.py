"""`tlx registry`: which events systems may write, what they mean, and how often logs hold each."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tlx import units
from tlx.cli.printing.listing import Column, Listing, column
from tlx.cli.reading import Asked, loaded
from tlx.cli.scoping import chosen
from tlx.config import ConfigError
from tlx.config.settings import Settings
from tlx.dialects.known import registries
from tlx.dialects.rules.registry import Registry, load
from tlx.model import Quantity
from tlx.query import runs
from tlx.query.checking import registered
from tlx.reader.source import STDIN

_UNSEEN: Mapping[str, int] = {}


def _words(names: Sequence[str]) -> str:
    return " ".join(names) or units.MISSING


def _whether(is_so: bool) -> str:  # noqa: FBT001  the value of a cell
    return "" if is_so else "not in the registry"


_ALL = [
    column("registry", Quantity.TEXT),
    column("dialect", Quantity.TEXT, rank=1),
    column("events", Quantity.NUMBER),
    column("title", Quantity.TEXT, rank=1),
    column("about", Quantity.TEXT),
]
_EVENTS = [
    column("registry", Quantity.TEXT, rank=3),
    column("event", Quantity.TEXT),
    column("seen", Quantity.NUMBER),
    Column("registered", "", _whether, right=False),
    column("about", Quantity.TEXT),
    Column("required", "required", _words, right=False, rank=1),
    Column("optional", "optional", _words, right=False, rank=2),
]
_SEEN = 2
"""The place of the column that no registry alone fills."""


def print_registry(asked: Asked, settings: Settings) -> None:
    """Print a registry, or all, with what the files hold of each event if there are any.

    Raises:
        SourceError: a file cannot be read.
        ConfigError: there is no such registry or run, or the output cannot be written.
    """
    names, files = _named(asked.files)
    if files:
        _print_seen(names, replace(asked, files=files), settings)
    elif names:
        rows = [row for name in names for row in _rows(load(name), None)]
        Listing([*_EVENTS[:_SEEN], *_EVENTS[_SEEN + 1 :]], _without_seen(rows)).write(asked)
    else:
        found = [load(name) for names in registries().values() for name in names]
        Listing(_ALL, [(one.name, one.dialect, len(one.events), one.title, one.about) for one in found]).write(asked)


def _named(words: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """The registries that the first word names, and the files behind it.

    Raises:
        ConfigError: it names none, and there is no such file.
    """
    known = registries()
    every = [name for names in known.values() for name in names]
    if not words:
        return (), ()
    first, *rest = words
    if first in known or first in every:
        return known.get(first, (first,)), rest
    if first != STDIN and not set(first) & set(f"{os.sep}.*?[") and not os.path.exists(first):  # noqa: PTH110  a word
        raise ConfigError(f"{first}: there is no such registry, nor such a file; there are {', '.join(every)}")
    return (), words


def _print_seen(names: Sequence[str], asked: Asked, settings: Settings) -> None:
    """Print what files hold: of the registries named, else of each dialect that is in them."""
    with loaded(asked, settings) as asker:
        only = chosen(runs.runs(asker), asked.run)
        counts = registered.seen(asker, None if only is None else only.run)
    wanted = [(load(names[0]).dialect, names)] if names else [(one, own) for one, own in _of(counts)]
    rows = []
    for dialect, own in wanted:
        seen = counts.get(dialect, _UNSEEN)
        rows += _rows(registered.fitting(own, seen), seen)
    Listing(_EVENTS, rows).write(asked)


def _of(counts: Mapping[str, Any]) -> Iterator[tuple[str, Sequence[str]]]:
    """The registries of the dialects that were seen."""
    return ((dialect, names) for dialect, names in registries().items() if dialect in counts)


def _rows(registry: Registry, counts: Mapping[str, int] | None) -> list[tuple[Any, ...]]:
    rows = []
    for one in registered.listed(registry, counts):
        required, optional = (one.entry.required, one.entry.optional) if one.entry else ((), ())
        about = one.entry.about if one.entry else None
        rows.append((registry.name, one.event, one.seen, one.registered, about, list(required), list(optional)))
    return rows


def _without_seen(rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    return ((*row[:_SEEN], *row[_SEEN + 1 :]) for row in rows)
