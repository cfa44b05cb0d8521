"""Settings, from the command line and `TLX_*` variables; the first wins."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(?:([KMGT])(i?))?B?", re.IGNORECASE)
_MEMORY = ("384MiB", 384 << 20, 1 << 62)
_CACHE = ("1MiB", 1 << 20, 1 << 62)
_LINE = ("64KiB", 64 << 10, 1 << 30)
"""The least that makes sense, as text and in bytes, and the most: what the store takes as one value. Of a line over the
limit 64 KiB are kept in any case."""
_SWITCH = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}

WATCHINGS = ("auto", "notify", "poll")


class ConfigError(Exception):
    """A setting cannot be used; the text names it and what is expected."""


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


def load(flags: Mapping[str, str | bool | None], environment: Mapping[str, str] | None = None) -> Settings:
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
    )


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
    match = _SIZE.fullmatch(text.strip())
    if not match:
        raise ConfigError(f"{name}: {text!r} is no size; write it like 512MiB or 2GB")
    base = 1024 if match[3] else 1000
    value = Decimal(match[1]) * base ** " KMGT".index((match[2] or " ").upper())
    if value < least:
        raise ConfigError(f"{name}: {text} is too little; give at least {least_text}")
    if value > most:
        raise ConfigError(f"{name}: that is too much for any machine; write it like 512MiB or 2GB")
    return int(value)
