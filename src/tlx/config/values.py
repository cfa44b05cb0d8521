"""Values of settings, read from the texts they are given as; complaints name where the text comes from."""

import os
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from tlx.config import ConfigError

_SIZE = r"([0-9]+(?:\.[0-9]+)?)\s*(?:([KMGT])(i?))?B?"
_SWITCH = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


Reader = Callable[[str, str], Any]
"""Reads the text that an origin gives.

Raises:
    ConfigError: it is not of its kind.
"""


class Given(NamedTuple):
    """What a setting is given as: where, and the texts that stand there."""

    origin: str
    """A flag, a variable, or the config file with the name of the setting."""
    texts: tuple[str, ...]

    def read(self, reader: Reader) -> Any:
        """Return the value.

        Raises:
            ConfigError: it is not of its kind, or there are several.
        """
        if len(self.texts) != 1:
            raise ConfigError(f"{self.origin}: a list, and one value is meant")
        return reader(self.origin, self.texts[0])


def text(_origin: str, given: str) -> str:
    """Return a text as it is."""
    return given


def folder(origin: str, given: str) -> str:
    """Return a folder that can be written to, as a whole path."""
    path = os.path.expanduser(given)  # noqa: PTH111  a name that is no path stays as it is
    if not os.path.isdir(path):  # noqa: PTH112  the same
        raise ConfigError(f"{origin}: {given} is no folder; name one that exists")
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise ConfigError(f"{origin}: {given} cannot be written to; name another folder")
    return os.path.abspath(path)  # noqa: PTH100  the same


def one_of(words: Sequence[str]) -> Reader:
    """Return what reads one of some words."""

    def read(origin: str, given: str) -> str:
        if given not in words:
            raise ConfigError(f"{origin}: {given!r} is none of {', '.join(words)}")
        return given

    return read


def switch(origin: str, given: str) -> bool:
    """Return whether something is on."""
    value = _SWITCH.get(given.strip().lower())
    if value is None:
        raise ConfigError(f"{origin}: {given!r} is neither on nor off; write 1 or 0")
    return value


def size(least_text: str, least: int, most: int = 1 << 62) -> Reader:
    """Return what reads a size in bytes; the least one is named as a text, too."""

    def read(origin: str, given: str) -> int:
        match = re.fullmatch(_SIZE, given.strip(), re.IGNORECASE)
        if not match:
            raise ConfigError(f"{origin}: {given!r} is no size; write it like 512MiB or 2GB")
        base = 1024 if match[3] else 1000
        value = Decimal(match[1]) * base ** " KMGT".index((match[2] or " ").upper())
        if value < least:
            raise ConfigError(f"{origin}: {given} is too little; give at least {least_text}")
        if value > most:
            raise ConfigError(f"{origin}: that is too much for any machine; write it like 512MiB or 2GB")
        return int(value)

    return read
