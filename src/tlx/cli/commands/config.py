"""`tlx config`: settings, filters with names and keys, and where each of them comes from."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from tlx import units
from tlx.cli.printing.listing import Column, Listing
from tlx.cli.printing.writing import check_output
from tlx.cli.reading import Asked
from tlx.cli.scoping import Part
from tlx.config import ConfigError
from tlx.config.file import path
from tlx.config.settings import SETTINGS, Settings
from tlx.query.language.compile import NAMED_FILTERS, Context, compile_filter
from tlx.state import State, StateError

_DEFAULT = "default"
_Row = tuple[str, str, Any, str, str]
_NAMES = (("part", ""), ("name", "name"), ("value", "value"), ("from", "from"), ("about", ""))


def print_config(asked: Asked, settings: Settings) -> None:
    """Print what holds, as `table`, `json`, `jsonl` or `csv`: a row each. What is left open has no value for a program.

    Raises:
        ConfigError: a filter or a key of the config file means nothing, or the output cannot be written.
    """
    check_output(asked.output, ())
    wanted = asked.shape.part
    parts: Mapping[str, Callable[[Settings], Iterable[_Row]]] = {
        "settings": _settings,
        "filters": _filters,
        "keys": partial(_keys, whole=wanted == "keys"),
    }
    found = [row for name, rows in parts.items() if wanted in (None, name) for row in rows(settings)]
    if asked.form == "table":
        found = [_for_a_person(row) for row in found]
    place = path()
    note = f"The config file is {place}{'' if place.is_file() else ', which is not there'}."
    columns = [Column(name, title, str, right=False, rank=int(name == "about")) for name, title in _NAMES]
    Listing(columns, found, (note,)).write(asked)


def _for_a_person(row: _Row) -> _Row:
    part, name, value, origin, about = row
    if value is None:
        value = SETTINGS[name.replace("-", "_")].default
    elif isinstance(value, bool):
        value = "on" if value else "off"
    elif isinstance(value, list):
        value = ", ".join(value)
    elif isinstance(value, int):
        value = units.size(value)
    return part, name, value, origin.replace(str(path()), path().name), about


def _settings(settings: Settings) -> Iterator[_Row]:
    if settings.theme is not None:
        from textual.theme import BUILTIN_THEMES

        from tlx.cli.open import check_theme
        from tlx.tui import themes

        check_theme(settings, (themes.DARK.name, themes.LIGHT.name, *BUILTIN_THEMES))
    known: dict[str, Any] = {**settings._asdict(), "ascii": settings.ascii_only}
    known["dialect_file"] = [file.path for file in settings.dialect_file] or None
    known["mask"] = list(settings.mask) or None
    for name, setting in SETTINGS.items():
        yield "setting", name.replace("_", "-"), known[name], settings.origins.get(name, _DEFAULT), setting.about


def _filters(settings: Settings) -> Iterator[_Row]:
    for name, text in NAMED_FILTERS.items():
        yield "filter", name, text, _DEFAULT, "in every log"
    around = Part(named=settings.filters).context()
    for name, text in settings.filters.items():
        _check_filter(name, around)
        yield "filter", name, text, f"{path()}: filters.{name}", "your own"
    state = State.of_user()
    with contextlib.suppress(StateError):  # the screen tells of it
        for name, text in state.filters.named.items() if settings.history else ():
            if name not in around.filters:
                yield "filter", name, text, str(state.path), "on the screen alone"


def _check_filter(name: str, around: Context) -> None:
    from tlx.query.language.parse import FilterError

    try:
        compile_filter(name, around)
    except FilterError as error:
        raise ConfigError(f"{path()}: {error}") from error


def _keys(settings: Settings, *, whole: bool) -> Iterator[_Row]:
    if not whole and not settings.keys:
        return
    from tlx.cli.open import check_keys
    from tlx.tui import keymap

    check_keys(settings)
    for bound in keymap.bindings():
        changed = settings.keys.get(bound.id)
        if whole or changed is not None:
            origin = _DEFAULT if changed is None else f"{path()}: keys.{bound.id}"
            yield "key", bound.id, changed or bound.keys, origin, bound.does
