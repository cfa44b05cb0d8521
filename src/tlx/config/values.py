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


class Kind(NamedTuple):
    """How a value is given: as which types of TOML, what reads it as a text, and in words."""

    read: Reader
    types: tuple[type, ...]
    words: str


class Given(NamedTuple):
    """What a setting is given as: where, and the texts that stand there."""

    origin: str
    """A flag, a variable, or the config file with the name of the setting."""
    texts: tuple[str, ...]

    def read(self, kind: Kind) -> Any:
        """Return the value.

        Raises:
            ConfigError: it is not of its kind, or there are several.
        """
        if len(self.texts) != 1:
            raise ConfigError(f"{self.origin}: a list, and one value is meant")
        return kind.read(self.origin, self.texts[0])


def _text(_origin: str, given: str) -> str:
    return given


def _folder(origin: str, given: str) -> str:
    """A folder that can be written to, as a whole path."""
    path = os.path.expanduser(given)  # noqa: PTH111  a name that is no path stays as it is
    if not os.path.isdir(path):  # noqa: PTH112  the same
        raise ConfigError(f"{origin}: {given} is no folder; name one that exists")
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise ConfigError(f"{origin}: {given} cannot be written to; name another folder")
    return os.path.abspath(path)  # noqa: PTH100  the same


def one_of(words: Sequence[str]) -> Kind:
    """Return the kind of which one of some words is."""

    def read(origin: str, given: str) -> str:
        if given not in words:
            raise ConfigError(f"{origin}: {given!r} is none of {', '.join(words)}")
        return given

    return Kind(read, (str,), "a text")


def _switch(origin: str, given: str) -> bool:
    value = _SWITCH.get(given.strip().lower())
    if value is None:
        raise ConfigError(f"{origin}: {given!r} is neither on nor off; write 1 or 0")
    return value


def size(least_text: str, least: int, most: int = 1 << 62) -> Kind:
    """Return the kind of a size in bytes; the least one is named as a text, too."""

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

    return Kind(read, (str, int), 'a size such as "2GiB", or a number of bytes')


TEXT = Kind(_text, (str,), "a text")
FOLDER = Kind(_folder, (str,), "a text")
SWITCH = Kind(_switch, (bool,), "true or false")
"""Kinds of values; a folder is one that can be written to, as a whole path."""
