"""The words for each place of a command line: filters, fields, columns, names, files."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping

from tlx.cli.completing.fields import field_words, filter_words
from tlx.cli.completing.files import files
from tlx.cli.completing.log import around, seen_in
from tlx.model import EVENT_COLUMNS, Quantity

LONGEST = 200
"""Characters of the longest word that is offered."""
_FOLDERS = ("DIR", "FOLDER")
_WITH_PATHS = ("events", "durations", "kinds")
"""The commands whose fields may be paths of the payload; others go by a column."""


def words_for(action: argparse.Action, command: str, prefix: str, options: argparse.Namespace) -> Mapping[str, str]:
    """Return the whole words that may stand in place of what is typed for a flag or a file, each with what it is.

    What is wrong with a setting, a log or a folder raises whatever it raises elsewhere.
    """
    match action.dest:
        case "where":
            with seen_in(options) as seen:
                found = filter_words(prefix, seen, around(options))
        case "columns" | "by" if command in _WITH_PATHS:
            with seen_in(options) as seen:
                found = field_words(prefix, seen, several=command != "kinds")
        case "sort":
            found = _sorts(command, prefix, options)
        case "by":
            found = _named(name for name, kind in EVENT_COLUMNS.items() if kind is Quantity.TEXT and name != "raw")
        case _:
            found = _others(action, prefix)
    return {word: about for word, about in found.items() if word.isprintable() and len(word) <= LONGEST}


def _sorts(command: str, prefix: str, options: argparse.Namespace) -> Mapping[str, str]:
    """Return columns to sort by, and behind a colon which way."""
    name, colon, _ = prefix.rpartition(":")
    if colon:
        return {f"{name}:asc": "the least value first", f"{name}:desc": "the greatest value first"}
    if command == "events":
        with seen_in(options) as seen:
            return field_words(prefix, seen, several=False)
    from tlx.query.fields import split
    from tlx.query.grouping.groups import SORTS

    groups = [name for text in options.by for _, name in split(text)]
    return _named((*(name.removesuffix("_ns") for name in SORTS), *groups))


def _others(action: argparse.Action, prefix: str) -> Mapping[str, str]:
    """Return names that are known whatever the logs hold, and files where one may stand."""
    names = _NAMES[action.dest]() if action.metavar != "FILE" and action.dest in _NAMES else ()
    place = str(action.metavar)
    paths = files(prefix, folders_only=place in _FOLDERS) if "FILE" in place or place in _FOLDERS else {}
    return {**_named(names), **paths}


def _named(names: Iterable[str]) -> dict[str, str]:
    return dict.fromkeys(names, "")


def _dialects() -> Iterable[str]:
    from tlx.dialects.known import NAMES

    return NAMES


def _registries() -> Iterable[str]:
    from tlx.dialects.known import registries

    found = registries()
    return (*found, *(name for names in found.values() for name in names))


def _themes() -> Iterable[str]:
    from textual.theme import BUILTIN_THEMES

    from tlx.tui import themes

    return (themes.DARK.name, themes.LIGHT.name, *BUILTIN_THEMES)


def _ways_to_watch() -> Iterable[str]:
    from tlx.config.settings import WATCHINGS

    return WATCHINGS


def _zones() -> Iterable[str]:
    from zoneinfo import available_timezones

    return ("utc", "local", *sorted(available_timezones()))


_NAMES: Mapping[str, Callable[[], Iterable[str]]] = {
    "dialect": _dialects,
    "files": _registries,
    "registry": _registries,
    "run": lambda: ("last",),
    "theme": _themes,
    "tz": _zones,
    "watch": _ways_to_watch,
}
"""The names that a flag takes, by where it is kept; of the files those of `tlx registry` alone have any."""
