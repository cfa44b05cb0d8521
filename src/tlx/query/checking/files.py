"""What the user gives to hold events against, read from files: registries, lists of what may be told."""

from __future__ import annotations

import re
from pathlib import Path

import orjson

from tlx.dialects.known import registries
from tlx.dialects.rules.registry import Registry, imported, load

_MOST_BYTES = 4 << 20
_KEYS = 2
"""So many parts of an entry name the event; those behind are keys."""


class GivenFileError(ValueError):
    """A file that does not hold what it should; the text says what, where, and what to do."""


def content(path: str) -> bytes:
    """Return what a file holds.

    Raises:
        GivenFileError: it cannot be read, or is far too long.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise GivenFileError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if len(data) > _MOST_BYTES:
        raise GivenFileError(f"{path}: is longer than {_MOST_BYTES >> 20} MiB; is this a log?")
    return data


def registry(name: str) -> Registry:
    """Return the registry of a name, or that of a file.

    Raises:
        GivenFileError: there is neither, or the file holds none.
    """
    known = [one for names in registries().values() for one in names]
    if name in known:
        return load(name)
    if not Path(name).exists():
        raise GivenFileError(f"{name}: there is no such registry, nor such a file; there are {', '.join(known)}")
    try:
        return imported(name, orjson.loads(content(name)))
    except orjson.JSONDecodeError as error:
        raise GivenFileError(f"{name}, line {error.lineno}: is no JSON: {error.msg}") from error
    except ValueError as error:
        if isinstance(error, GivenFileError):
            raise
        raise GivenFileError(f"{name}: is no registry: {error}") from error


def allowlist(path: str) -> dict[str, frozenset[str]]:
    """Return what may be told of events by `feature::action`: the keys named behind, or all where none is.

    Entries have commas or line ends between them; what follows a # is a remark.

    Raises:
        GivenFileError: it cannot be read, or an entry is none.
    """
    allowed: dict[str, frozenset[str]] = {}
    text = content(path).decode("utf-8-sig", "replace")
    for number, line in enumerate(text.split("\n"), 1):
        for entry in filter(None, re.split(r"[,\s]+", line.partition("#")[0])):
            parts = entry.split("::")
            if len(parts) < _KEYS or not all(parts):
                raise GivenFileError(f"{path}, line {number}: {entry[:80]!r} is not feature::action")
            event = "::".join(parts[:_KEYS])
            keys = frozenset(parts[_KEYS:])
            every = not keys or allowed.get(event) == frozenset()
            allowed[event] = frozenset() if every else keys | allowed.get(event, frozenset())
    return allowed
