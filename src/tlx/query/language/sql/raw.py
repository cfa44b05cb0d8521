"""SQL over the raw line of an event: paths through its JSON, and text anywhere in it.

Nothing here fails at run time: a line that is no JSON has no paths, and in a path that is written here a key is a key.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tlx.query.language.compile import Context, Value
from tlx.query.language.nodes import Key, Path

Piece = tuple[str, tuple[Value, ...]]
"""SQL and the values of its parameters, in order."""

_OBJECT = "starts_with(raw, '{') OR starts_with(ltrim(raw, chr(32) || chr(9) || chr(13)), '{')"
_LONGEST_PATTERN = 400
"""Characters of a text that are looked for by a regular expression; the memory for one is limited."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a raw record a path leads: the first of `prefixes` that has a value there counts.

    Without prefixes these are the record itself and then each object that stands directly in it.
    """

    keys: tuple[Key, ...]
    prefixes: tuple[tuple[Key, ...], ...] | None

    @classmethod
    def of(cls, path: Path, context: Context) -> Place:
        """Return where a path leads that is no column's."""
        first = path.keys[0]
        if not path.root and len(path.keys) == 1 and first in context.details:
            return cls((), context.details[str(first)])
        return cls(path.keys, ((),) if path.root else context.roots)

    def value(self) -> Piece:
        """SQL for the value as text, without the quotes of JSON; NULL for null and where there is none."""
        return self._gathered("json_extract_string", "list_any_value({})", "coalesce({}, {})")

    def exists(self) -> Piece:
        """SQL that is true where anything stands, null included."""
        return self._gathered("json_exists", "list_contains({}, true)", "({} OR {})")

    def names(self) -> Piece:
        """SQL for the keys of the objects that stand there, as a list."""
        return self._gathered("json_keys", "flatten({})", "list_concat({}, {})")

    def _gathered(self, function: str, first: str, both: str) -> Piece:
        """Ask a JSON function at every prefix, and reduce the answers to one."""
        head, tail = _legs(self.keys)
        if self.prefixes is not None:
            paths = tuple(_json_path((*prefix, *head)) for prefix in self.prefixes)
            return _guarded(_first(function, tail, paths, first))
        own = _first(function, tail, (_json_path(head),), first)
        inner = _first(function, tail, "$.*" + _json_path(head)[1:], first)
        return _guarded((both.format(own[0], inner[0]), (*own[1], *inner[1])))


def _first(function: str, tail: Sequence[_Leg], paths: str | tuple[str, ...], first: str) -> Piece:
    """Ask at one path, at each of some, or at all that a wildcard finds, following the legs behind the first one."""
    if not tail:
        single = len(paths) == 1 and not isinstance(paths, str)
        return (f"{function}(raw, ?)", (paths[0],)) if single else (first.format(f"{function}(raw, ?)"), (paths,))
    item, values = "item", list[Value]([paths])
    for number, leg in enumerate(tail, 1):
        ask = function if number == len(tail) else "json_extract"
        item = f"{ask}(json_extract({item}, ?), ?)"
        values += (leg.pointer, _json_path(leg.keys))
    return first.format(f"list_transform(json_extract(raw, ?), lambda item: {item})"), tuple(values)


def _guarded(piece: Piece) -> Piece:
    """Leave lines alone that are no object: a failure that is caught costs much more than this look."""
    return f"CASE WHEN {_OBJECT} THEN TRY({piece[0]}) END", piece[1]


@dataclass(frozen=True, slots=True)
class _Leg:
    """A part of a path: one key as a JSON pointer, and the keys behind it."""

    pointer: str
    keys: tuple[Key, ...]


def _legs(keys: Sequence[Key]) -> tuple[tuple[Key, ...], list[_Leg]]:
    """Cut a path before the keys that JSON paths of DuckDB have no word for: the empty one, and one that is a star."""
    cuts = [number for number, key in enumerate(keys) if key in ("", "*")]
    ends = [*cuts[1:], len(keys)]
    head = tuple(keys[: cuts[0]] if cuts else keys)
    return head, [_Leg(f"/{keys[cut]}", tuple(keys[cut + 1 : end])) for cut, end in zip(cuts, ends, strict=False)]


def _json_path(keys: Sequence[Key]) -> str:
    """Return a JSON path in which every key is quoted, so that none is a wildcard."""
    return "$" + "".join(f"[{key}]" if isinstance(key, int) else f'."{_escaped(key)}"' for key in keys)


def _escaped(key: str) -> str:
    return key.replace("\\", "\\\\").replace('"', '\\"')


def anywhere(value: str) -> Piece:
    """SQL that is true where the line holds a text: as it is, or as JSON may have escaped its characters.

    A regular expression without regard to case is twice as fast here as to lower every line.
    """
    exact = value != value.lower()
    if len(value) > _LONGEST_PATTERN:
        return ("contains(raw, ?)", (value,)) if exact else ("contains(lower(raw), lower(?))", (value,))
    plain = re.escape(value)
    sql, values = ("contains(raw, ?)", (value,)) if exact else ("regexp_matches(raw, ?, 'i')", (plain,))
    pattern = "".join(_any_form(character, exact=exact) for character in value)
    if pattern == plain:
        return sql, values
    escaped = f"CASE WHEN contains(raw, chr(92)) THEN regexp_matches(raw, ?, '{'c' if exact else 'i'}') END"
    return f"{sql} OR {escaped}", (*values, pattern)


_SHORT = {
    '"': r"\\?\"",
    "\\": r"\\\\?",
    "/": r"\\?/",
    **{bare: rf"\\{letter}" for bare, letter in zip("\b\f\n\r\t", "bfnrt", strict=True)},
}
"""Patterns for the characters that JSON has a short escape for; those that may stand for themselves, both ways."""


def _any_form(character: str, *, exact: bool) -> str:
    """Return a pattern for a character and all its escapes in JSON."""
    plain = re.escape(character)
    if character.isascii() and character.isprintable() and character not in _SHORT:
        return plain
    cases = {character} if exact else {character, character.lower(), character.upper()}
    forms = [_SHORT.get(character, plain), *sorted(_code_units(case) for case in cases if len(case) == 1)]
    return f"(?:{'|'.join(forms)})"


def _code_units(character: str) -> str:
    units = character.encode("utf-16-be").hex()
    return "".join(rf"(?i:\\u{units[at : at + 4]})" for at in range(0, len(units), 4))
