"""A table of a TOML file, read strictly: what is wrong is told with the file, the key and what to do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NoReturn

Path = tuple[str | int, ...]
"""Keys of objects and numbers of places in arrays, from the top of a record."""

_STEP = re.compile(r'(?:\.|^)(?:([^\W\d][\w@-]*|[\w@-]+)|"((?:\\.|[^"\\])*)")|\[(-?[0-9]{1,9})\]', re.DOTALL)
_MOST_STEPS = 64
_LONGEST_PATH = 1_000
_SHOWN = 60


class DefinitionError(ValueError):
    """A file does not define a dialect; the text names it, the key, what is wrong and what to do."""


class Table:
    """One table: `key` is where it stands in the file, empty at the top."""

    def __init__(self, file: str, values: Mapping[str, Any], key: str = "") -> None:
        self._file = file
        self._values = values
        self._key = key

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def wrong(self, key: str, what: str) -> NoReturn:
        """Refuse the value of a key; `what` says what is wrong and what to do."""
        place = ".".join(filter(None, (self._key, _cut(key))))
        raise DefinitionError(f"{self._file}: {place}: {what}")

    def check(self, known: Collection[str]) -> None:
        """Refuse keys that mean nothing."""
        for key in self._values:
            if key not in known:
                near = difflib.get_close_matches(key[:_SHOWN], known, 1, 0.6)
                hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
                self.wrong(key, f"means nothing here; {hint}")

    def keys(self) -> Iterator[str]:
        """Yield the keys in order."""
        return iter(self._values)

    def raw(self, key: str) -> Any:
        """Return what stands there, of any type; None where nothing does."""
        return self._values.get(key)

    def table(self, key: str) -> Table:
        """Return a table inside of this one; an empty one where there is none."""
        value = self._values.get(key, {})
        if not isinstance(value, dict):
            self.wrong(key, f"{shown(value)} is no table; write [{key}] above its keys")
        return Table(self._file, value, ".".join(filter(None, (self._key, key))))

    def text(self, key: str, otherwise: str | None = None) -> str | None:
        """Return a text."""
        value = self._values.get(key, otherwise)
        if value is not None and not isinstance(value, str):
            self.wrong(key, f"{shown(value)} is no text; put it between quotes")
        return value

    def one_of(self, key: str, words: Collection[str], otherwise: str) -> str:
        """Return one of some words."""
        value = self.text(key, otherwise)
        if value not in words:
            self.wrong(key, f"{shown(value)} is none of {', '.join(words)}; write one of those")
        return str(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a text, or those of an array."""
        value = self._values.get(key, [])
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            self.wrong(key, f"{shown(value)} is neither a text nor an array of texts; put each between quotes")
        return tuple(found)

    def paths(self, key: str) -> tuple[Path, ...]:
        """Return the paths that a text or an array of texts spells."""
        return tuple(self._path(key, text) for text in self.texts(key))

    def path_of(self, key: str) -> Path:
        """Return the path that a key itself spells."""
        return self._path(key, key)

    def words(self, key: str) -> dict[str, str]:
        """Return a table of texts by texts; a number or a boolean stands for its JSON."""
        inner = self.table(key)
        return {name: inner.scalar(name) for name in inner.keys()}  # noqa: SIM118  a Table is no mapping

    def scalar(self, key: str) -> str:
        """Return a text, or the JSON of an integer or a boolean."""
        return self._scalar(key, self._values.get(key))

    def scalars(self, key: str) -> tuple[str, ...]:
        """Return one of those, or those of an array that is not empty."""
        value = self._values.get(key)
        found = value if isinstance(value, list) else [value]
        if not found:
            self.wrong(key, "names no value; write at least one")
        return tuple(self._scalar(key, one) for one in found)

    def _scalar(self, key: str, value: object) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int) and abs(value) < 1 << 64:
            return str(value)
        if isinstance(value, dict):
            self.wrong(key, "is a table; put a path of several keys between quotes")
        if not isinstance(value, str):
            self.wrong(key, f"{shown(value)} is neither a text, an integer nor a boolean; write one of those")
        return value

    def _path(self, key: str, text: str) -> Path:
        try:
            return path_in(text)
        except ValueError as error:
            self.wrong(key, str(error))


def path_in(text: str) -> Path:
    """Return the path that a text spells.

    Raises:
        ValueError: it spells none; the text says what is wrong and what to do.
    """
    if len(text) > _LONGEST_PATH:
        raise ValueError(f"a path of {len(text)} characters is too long; {_LONGEST_PATH} are the most")
    steps, at = list[str | int](), 0
    while at < len(text) and (match := _STEP.match(text, at)):
        bare, quoted, index = match.groups()
        steps.append(int(index) if index else bare or re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL))
        at = match.end()
    if not steps or at < len(text) or isinstance(steps[0], int):
        raise ValueError(f'{shown(text)} is no path; write it like user.id, items[0].name or "odd key".x')
    if len(steps) > _MOST_STEPS:
        raise ValueError(f"a path of {len(steps)} keys is too long; {_MOST_STEPS} are the most")
    if {"", "*"} & {step for step in steps if isinstance(step, str)}:
        raise ValueError(
            f"{shown(text)} holds a key that cannot be asked for: the empty one and * cannot; leave it out"
        )
    return tuple(steps)


def shown(value: object) -> str:
    """Return a value as an error shows it, cut where it is long."""
    return _cut(repr(value) if isinstance(value, str | int | float | bool) else f"a {type(value).__name__}")


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
