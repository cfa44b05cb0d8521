"""Settings, from the command line, `TLX_*` variables and the config folder; the first wins."""

import os
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

_SIZE = r"([0-9]+(?:\.[0-9]+)?)\s*(?:([KMGT])(i?))?B?"
_MEMORY = ("384MiB", 384 << 20, 1 << 62)
_CACHE = ("1MiB", 1 << 20, 1 << 62)
_LINE = ("64KiB", 64 << 10, 1 << 30)
"""The least that makes sense, as text and in bytes, and the most: what the store takes as one value. Of a line over the
limit 64 KiB are kept in any case."""
_SWITCH = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}

_MOST_FILES = 50
_LARGEST_FILE = 1 << 20
"""Files that define dialects, and the bytes of one."""
WATCHINGS = ("auto", "notify", "poll")


class ConfigError(Exception):
    """A setting cannot be used; the text names it and what is expected."""


class DialectFile(NamedTuple):
    """A file that defines a dialect."""

    path: str
    data: bytes


class Settings(NamedTuple):
    """How tlx reads and shows."""

    max_memory: int | None = None
    """Bytes the whole process may hold, what is more spills to disk; None leaves it to the store (half the machine)."""

    spill_folder: str | None = None
    """Where spilled events go; None leaves it to the store (the user's cache folder)."""

    max_line: int | None = None
    """Bytes of the longest line that is read as a record; None leaves it to the reader (65 MiB)."""

    cache: bool = False
    """Keep the index of a log that takes long to read, for the next time."""

    cache_size: int = 2 << 30
    """Bytes that all kept indexes together may take."""

    history: bool = False
    """Remember the filters that were typed, and those with a name."""

    ascii_only: bool = False
    """Draw with ASCII characters alone, for fonts without blocks."""

    theme: str | None = None
    """Name of a Textual theme."""

    watch: str = "auto"
    """How to learn that a followed log has grown: auto, notify or poll."""

    dialect: str | None = None
    """The name of the dialect that every line is read as; None tells it line by line."""

    dialect_file: tuple[DialectFile, ...] = ()
    """The dialects that the user has defined, as they were read."""

    reveal: bool = False
    """Show sensitive data as it is."""

    mask: tuple[str, ...] = ()
    """Paths, as typed, at which all is masked, beside what each dialect says; several may stand in one text."""


def load(flags: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings: `flags` (absent ones None or false) over `TLX_*` variables over the defaults.

    Raises:
        ConfigError: a value is not of its kind.
    """
    environment = os.environ if environment is None else environment

    def find(name: str) -> tuple[str, str] | None:
        flag = flags.get(name)
        if flag is not None and flag is not False:
            return f"--{name.replace('_', '-')}", str(flag)
        variable = f"TLX_{name.upper()}"
        return (variable, environment[variable]) if environment.get(variable) else None

    memory = find("max_memory")
    folder = find("spill_folder")
    line = find("max_line")
    theme = find("theme")
    ascii_only = find("ascii")
    cache = ("--no-cache", "0") if flags.get("no_cache") else find("cache")
    cache_size = find("cache_size")
    history = ("--no-history", "0") if flags.get("no_history") else find("history")
    watch = find("watch")
    dialect = find("dialect")
    reveal = find("reveal")
    return Settings(
        max_memory=_size(*memory, _MEMORY) if memory else None,
        spill_folder=_folder(*folder) if folder else None,
        max_line=_size(*line, _LINE) if line else None,
        cache=cache is None or _switch(*cache),
        cache_size=_size(*cache_size, _CACHE) if cache_size else Settings().cache_size,
        history=history is None or _switch(*history),
        ascii_only=ascii_only is not None and _switch(*ascii_only),
        theme=theme[1] if theme else None,
        watch=_one_of(*watch, WATCHINGS) if watch else Settings().watch,
        dialect=dialect[1] if dialect else None,
        dialect_file=_dialect_files(flags.get("dialect_file") or (), environment.get("TLX_DIALECT_FILE")),
        reveal=reveal is not None and _switch(*reveal),
        mask=tuple(flags.get("mask") or filter(None, [environment.get("TLX_MASK")])),
    )


def folder() -> Path:
    """Return the folder for what the user has written for tlx; it need not exist."""
    from platformdirs import user_config_path  # noqa: PLC0415  the command line alone has no need of it

    return user_config_path("tlx", appauthor=False)


def _dialect_files(flags: Sequence[str], variable: str | None) -> tuple[DialectFile, ...]:
    """Read the files that are named, and those of the config folder, in order of their names."""
    named = [("--dialect-file", path) for path in flags]
    named += [("TLX_DIALECT_FILE", variable)] if variable and not named else []
    try:
        with os.scandir(folder() / "dialects") as entries:
            kept = sorted(entry.path for entry in entries if entry.name.endswith(".toml") and entry.is_file())
    except (FileNotFoundError, NotADirectoryError):
        kept = []
    except OSError as error:
        raise ConfigError(f"{error.filename}: {error.strerror}; let it be read, or remove it") from error
    if len(kept) + len(named) > _MOST_FILES:
        raise ConfigError(f"{len(kept) + len(named)} files define dialects; {_MOST_FILES} are the most")
    found = [_dialect_file(f"{flag}: {path}", path) for flag, path in named]
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


def _folder(name: str, text: str) -> str:
    folder = os.path.expanduser(text)  # noqa: PTH111  a name that is no path stays as it is
    if not os.path.isdir(folder):  # noqa: PTH112  the same
        raise ConfigError(f"{name}: {text} is no folder; name one that exists")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise ConfigError(f"{name}: {text} cannot be written to; name another folder")
    return os.path.abspath(folder)  # noqa: PTH100  the same


def _one_of(name: str, text: str, words: Sequence[str]) -> str:
    if text not in words:
        raise ConfigError(f"{name}: {text!r} is none of {', '.join(words)}")
    return text


def _switch(name: str, text: str) -> bool:
    value = _SWITCH.get(text.strip().lower())
    if value is None:
        raise ConfigError(f"{name}: {text!r} is neither on nor off; write 1 or 0")
    return value


def _size(name: str, text: str, bounds: tuple[str, int, int]) -> int:
    least_text, least, most = bounds
    match = re.fullmatch(_SIZE, text.strip(), re.IGNORECASE)
    if not match:
        raise ConfigError(f"{name}: {text!r} is no size; write it like 512MiB or 2GB")
    base = 1024 if match[3] else 1000
    value = Decimal(match[1]) * base ** " KMGT".index((match[2] or " ").upper())
    if value < least:
        raise ConfigError(f"{name}: {text} is too little; give at least {least_text}")
    if value > most:
        raise ConfigError(f"{name}: that is too much for any machine; write it like 512MiB or 2GB")
    return int(value)
