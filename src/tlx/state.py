"""State: what is remembered between sessions, in a private file: filters that were typed, and those with a name."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

_NAME = "filters.json"
_KEY = "pseudonyms.key"
_KEY_BYTES = 32
_MOST = 200
"""So many of the filters that were typed last are kept."""
_LONGEST = 5_000
"""Characters of a filter that is kept."""
_MOST_BYTES = 8 << 20


class StateError(Exception):
    """What is remembered cannot be read or written; the text says which file, why, and what to do."""


class Filters(NamedTuple):
    """The filters that are remembered, the one typed last at the end."""

    typed: tuple[str, ...] = ()
    named: Mapping[str, str] = MappingProxyType({})

    def with_typed(self, text: str) -> Filters:
        """Return these with one more, at the end; what is very long is left out."""
        if not text or len(text) > _LONGEST:
            return self
        return self._replace(typed=(*(other for other in self.typed if other != text), text)[-_MOST:])

    def with_name(self, name: str, text: str) -> Filters:
        """Return these with a name for a filter, or without the name where the filter is empty."""
        others = {other: named for other, named in self.named.items() if other != name}
        return self._replace(named={**others, name: text} if text else others)


class State:
    """What is remembered, as it was read first and with what came since; without a folder only for this session."""

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / _NAME if folder is not None else None
        self._filters: Filters | None = None

    @classmethod
    def of_user(cls) -> State:
        """Return that of the user who runs tlx, which lies where the platform keeps such files."""
        import platformdirs  # noqa: PLC0415  loaded only where something is remembered

        return cls(platformdirs.user_state_path("tlx"))

    @property
    def path(self) -> Path | None:
        """The file that they are kept in; None where they are for this session alone."""
        return self._path

    @property
    def filters(self) -> Filters:
        """The filters that are remembered; those of other sessions as they were at the first look.

        Raises:
            StateError: they cannot be read. The next look finds none, and nothing is written over them.
        """
        if self._filters is None:
            self._filters = Filters()
            try:
                self._filters = self._read()
            except StateError:
                self._path = None
                raise
        return self._filters

    def add_typed(self, text: str) -> None:
        """Remember a filter that was typed.

        Raises:
            StateError: it is remembered in this session alone.
        """
        self._filters = self.filters.with_typed(text)
        self._write(lambda others: others.with_typed(text))

    def add_name(self, name: str, text: str) -> None:
        """Remember a name for a filter; with an empty one forget the name.

        Raises:
            StateError: it is remembered in this session alone.
        """
        self._filters = self.filters.with_name(name, text)
        self._write(lambda others: others.with_name(name, text))

    def _read(self) -> Filters:
        if self._path is None:
            return Filters()
        try:
            handle = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(handle, "rb") as file:
                return _understood(json.loads(file.read(_MOST_BYTES)))
        except FileNotFoundError:
            return Filters()
        except OSError as error:
            raise StateError(f"{self._path}: {error.strerror}; filters are not kept") from error
        except (ValueError, RecursionError) as error:
            raise StateError(f"{self._path}: not what tlx writes there; remove it to have filters kept") from error

    def _write(self, change: Callable[[Filters], Filters]) -> None:
        """Write what other sessions have written meanwhile, changed; whole or not at all."""
        if self._path is None:
            return
        filters = change(self._read())
        text = json.dumps({"typed": filters.typed, "named": dict(filters.named)}, indent=1).encode()
        fresh = self._path.with_name(f"{_NAME}.{os.urandom(4).hex()}")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(text)
                fresh.replace(self._path)
            except BaseException:
                with contextlib.suppress(OSError):
                    fresh.unlink()
                raise
        except OSError as error:
            path, self._path = self._path, None
            raise StateError(f"{path}: {error.strerror}; filters are not kept") from error


def pseudonym_key(folder: Path | None = None) -> bytes | None:
    """Return the key that pseudonyms of this user are made with, in this session and the next ones.

    It is made when it is asked for first, in a private file; None where there can be no such file.
    """
    if folder is None:
        import platformdirs  # noqa: PLC0415  loaded only where something is remembered

        folder = platformdirs.user_state_path("tlx")
    path = folder / _KEY
    with contextlib.suppress(OSError, ValueError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = path.with_name(f"{_KEY}.{os.urandom(4).hex()}")
        try:
            with contextlib.suppress(FileExistsError):
                if not os.path.lexists(path):
                    _put(fresh, os.urandom(_KEY_BYTES))
                    os.link(fresh, path)  # whoever is first makes it for all
        finally:
            fresh.unlink(missing_ok=True)
        return _key(path)
    return None


def _put(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def _key(path: Path) -> bytes | None:
    """Read a key; None where it is none, or others could know it."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        key = file.read(_KEY_BYTES + 1)
    is_private = found.st_uid == os.geteuid() and not found.st_mode & 0o077
    return key if is_private and len(key) == _KEY_BYTES else None


def _understood(found: object) -> Filters:
    """Return what a file holds.

    Raises:
        ValueError: tlx has not written it.
    """
    if isinstance(found, dict):
        typed, named = found.get("typed"), found.get("named")
        if isinstance(typed, list) and isinstance(named, dict):
            texts = [*typed, *named, *named.values()]
            if all(isinstance(text, str) and len(text) <= _LONGEST for text in texts):
                return Filters(tuple(typed[-_MOST:]), named)
    raise ValueError
