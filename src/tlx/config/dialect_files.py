"""The files in which users define dialects: those that are named, and those of the config folder."""

import os
from typing import NamedTuple

from tlx.config import ConfigError
from tlx.config.file import folder
from tlx.config.values import Given

_MOST_FILES = 50
_LARGEST_FILE = 1 << 20
"""Files that define dialects, and the bytes of one."""


class DialectFile(NamedTuple):
    """A file that defines a dialect."""

    path: str
    data: bytes


def dialect_files(given: Given | None) -> tuple[DialectFile, ...]:
    """Read the files that are named, and those of the config folder, in order of their names.

    Raises:
        ConfigError: one cannot be read, or there are too many.
    """
    named = [(given.origin, path) for path in given.texts] if given else []
    try:
        with os.scandir(folder() / "dialects") as entries:
            kept = sorted(entry.path for entry in entries if entry.name.endswith(".toml") and entry.is_file())
    except (FileNotFoundError, NotADirectoryError):
        kept = []
    except OSError as error:
        raise ConfigError(f"{error.filename}: {error.strerror}; let it be read, or remove it") from error
    if len(kept) + len(named) > _MOST_FILES:
        raise ConfigError(f"{len(kept) + len(named)} files define dialects; {_MOST_FILES} are the most")
    found = [_dialect_file(f"{origin}: {path}", path) for origin, path in named]
    known = {os.path.realpath(path) for _, path in named}
    return (*found, *(_dialect_file(path, path) for path in kept if os.path.realpath(path) not in known))


def _dialect_file(name: str, path: str) -> DialectFile:
    try:
        if not os.path.isfile(path):  # noqa: PTH113  a name that is no path stays as it is
            raise ConfigError(f"{name}: no such file; name a TOML file that defines a dialect")
        with open(path, "rb") as file:  # noqa: PTH123  the same
            data = file.read(_LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(f"{name}: {reason}; name a TOML file that can be read") from error
    if len(data) > _LARGEST_FILE:
        raise ConfigError(f"{name}: larger than 1 MiB; a dialect takes far less")
    return DialectFile(path, data)
