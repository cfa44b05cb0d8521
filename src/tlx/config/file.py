"""The config file: TOML in the config folder of the platform. What it does not mean stops tlx, by file and name."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from tlx.config import ConfigError
from tlx.config.values import Given

_NAME = "config.toml"
_LARGEST = 1 << 20
_FILTERS = "filters"
_KEYS = "keys"
_PATHS = ("spill-folder", "dialect-file")
"""Settings that are paths: where they are relative, the folder of the file is meant."""


class Written(NamedTuple):
    """What stands in the config file; all empty where there is none."""

    settings: Mapping[str, Given] = MappingProxyType({})
    """By the name of the setting, with underscores."""

    filters: Mapping[str, str] = MappingProxyType({})
    """Filters that have a name."""

    keys: Mapping[str, str] = MappingProxyType({})
    """Keys with commas between them, by the id of what they do."""


def folder() -> Path:
    """Return the folder for what the user has written for tlx; it need not exist."""
    from platformdirs import user_config_path  # noqa: PLC0415  the command line alone has no need of it

    return user_config_path("tlx", appauthor=False)


def path() -> Path:
    """Return where the config file is looked for."""
    return folder() / _NAME


def read(known: Iterable[str]) -> Written:
    """Read the config file, which may set what is `known`, by names with underscores.

    Raises:
        ConfigError: it cannot be read, or says what means nothing.
    """
    place = path()
    found = _content(place)
    if not found:
        return Written()
    tables = {name: _table(f"{place}: {name}", found.pop(name, {})) for name in (_FILTERS, _KEYS)}
    names = {name.replace("_", "-"): name for name in known}
    settings = {}
    for name, value in found.items():
        if name not in names:
            raise ConfigError(f"{place}: {_unknown(name, (*names, _FILTERS, _KEYS))}")
        origin = f"{place}: {name}"
        texts = _texts(origin, value)
        settings[names[name]] = Given(origin, tuple(_from(place, text) if name in _PATHS else text for text in texts))
    return Written(settings, tables[_FILTERS], tables[_KEYS])


def _content(place: Path) -> dict[str, Any]:
    """Return what the file holds, or nothing where there is none."""
    try:
        with place.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise ConfigError(f"{place}: {error.strerror}; let it be read, or remove it") from error
    if len(data) > _LARGEST:
        raise ConfigError(f"{place}: larger than 1 MiB; settings take far less")
    import tomllib  # noqa: PLC0415  only where there is such a file

    try:
        return tomllib.loads(data.decode())
    except UnicodeDecodeError as error:
        raise ConfigError(f"{place}, byte {error.start}: no UTF-8, as TOML is") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{place}: no TOML: {error}") from error


def _table(origin: str, value: object) -> Mapping[str, str]:
    """Return names with texts."""
    if not isinstance(value, dict):
        raise ConfigError(f"{origin}: no table; write [{origin.rpartition(' ')[2]}] and below it names with texts")
    for name, text in value.items():
        if not isinstance(text, str) or not text.strip():
            raise ConfigError(f"{origin}.{name}: no text; write it in quotes")
    return value


def _texts(origin: str, value: object) -> tuple[str, ...]:
    """Return a value as flags have it: a text, a number or a truth, or several texts."""
    if isinstance(value, list) and all(isinstance(text, str) for text in value):
        return tuple(value)
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return (str(value),)
    if isinstance(value, bool):
        return ("on" if value else "off",)
    raise ConfigError(f"{origin}: neither a text, a whole number, true or false, nor a list of texts")


def _from(place: Path, text: str) -> str:
    """Return a path as one from the folder of the file."""
    return os.path.join(place.parent, os.path.expanduser(text))  # noqa: PTH111, PTH118  a name that is no path stays


def _unknown(name: str, names: Iterable[str]) -> str:
    import difflib  # noqa: PLC0415  only where something is wrong

    known = sorted(names)
    near = difflib.get_close_matches(name, known, 1, 0.6)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
    return f"there is no setting {name!r}; {hint}"
