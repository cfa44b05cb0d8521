"""The config file: TOML in the config folder of the platform. What it does not mean stops tlx, by file and name."""

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from tlx.config import ConfigError
from tlx.config.values import Given, Kind

_NAME = "config.toml"
_LARGEST = 1 << 20
_MOST = 1 << 63
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


def read(known: Mapping[str, Kind]) -> Written:
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
        texts = _texts(origin, value, known[names[name]])
        settings[names[name]] = Given(origin, tuple(_from(place, text) if name in _PATHS else text for text in texts))
    return Written(settings, tables[_FILTERS], tables[_KEYS])


def _content(place: Path) -> dict[str, Any]:
    """Return what the file holds, or nothing where there is none."""
    try:
        handle = os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe would wait for its writer
        with os.fdopen(handle, "rb") as file:
            is_file = stat.S_ISREG(os.fstat(handle).st_mode)
            data = file.read(_LARGEST + 1) if is_file else b""
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise ConfigError(f"{place}: {error.strerror}; let it be read, or remove it") from error
    if not is_file:
        raise ConfigError(f"{place}: no file; remove it, or write settings to a file of this name")
    if len(data) > _LARGEST:
        raise ConfigError(f"{place}: larger than 1 MiB; settings take far less")
    import tomllib  # noqa: PLC0415  only where there is such a file

    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{place}, byte {error.start}: no UTF-8, as TOML is") from error
    except RecursionError as error:
        raise ConfigError(f"{place}: no TOML: too deep") from error
    except ValueError as error:  # a number of too many digits is no TOMLDecodeError
        said = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "a number of too many digits"
        raise ConfigError(f"{place}: no TOML: {said}") from error


def _table(origin: str, value: object) -> Mapping[str, str]:
    """Return names with texts."""
    if not isinstance(value, dict):
        raise ConfigError(f"{origin}: no table; write [{origin.rpartition(' ')[2]}] and below it names with texts")
    for name, text in value.items():
        if isinstance(text, dict):
            raise ConfigError(
                f'{origin}.{name}: no text; a name with a dot stands in quotes: "{name}.{next(iter(text), "")}" = …'
            )
        if not isinstance(text, str) or not text.strip():
            raise ConfigError(f"{origin}.{name}: no text; write it in quotes")
    return value


def _texts(origin: str, value: object, kind: Kind) -> tuple[str, ...]:
    """Return a value as flags have it, each of a list by itself."""
    values = value if isinstance(value, list) else [value]
    if any(type(one) not in kind.types or (isinstance(one, int) and abs(one) > _MOST) for one in values):
        raise ConfigError(f"{origin}: not {kind.words}")
    return tuple(str(one).lower() if isinstance(one, bool) else str(one) for one in values)


def _from(place: Path, text: str) -> str:
    """Return a path as one from the folder of the file."""
    return os.path.join(place.parent, os.path.expanduser(text))  # noqa: PTH111, PTH118  a name that is no path stays


def _unknown(name: str, names: Iterable[str]) -> str:
    import difflib  # noqa: PLC0415  only where something is wrong

    known = sorted(names)
    near = difflib.get_close_matches(name, known, 1, 0.6)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
    return f"there is no setting {name!r}; {hint}"
