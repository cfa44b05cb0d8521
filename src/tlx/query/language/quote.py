"""Filters back to text: what panes write, and what is shown of a filter, goes through the grammar that reads it."""

from __future__ import annotations

import re

from tlx.query.language.nodes import And, Comparison, Key, Node, Not, OneOf, Or, Path, Phrase, Presence, Range, Word

# A quote or a backslash behind a backslash, or an escaped character, halves of surrogate pairs excepted. Any other
# backslash is one, so that regular expressions can be quoted as they are.
_ESCAPE = re.compile(r'\\(?:U((?!0000d[89a-f])(?:000[0-9a-f]|0010)[0-9a-f]{4})|(["\\]))')
_PLAIN_VALUE = re.compile(r"[A-Za-z0-9_./+:@#%-]+")
_PLAIN_TEXT = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./+-]*")
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
KEYWORDS = frozenset(("and", "or", "not", "in", "exists", "missing"))
"""Words that mean something wherever they stand without quotes."""


def is_name(text: str) -> bool:
    """Return whether a bare word may name a filter."""
    return _WORD.fullmatch(text) is not None and text.lower() not in KEYWORDS


def quoted(value: str) -> str:
    """Return a value as it must be typed behind an operator; what cannot be printed becomes an escape."""
    return value if _PLAIN_VALUE.fullmatch(value) else in_quotes(value)


def in_quotes(value: str) -> str:
    """Return a value between quotes."""
    return '"' + "".join(_escaped(character) for character in value) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    return character if character.isprintable() else f"\\U{ord(character):08x}"


def unquoted(text: str) -> str:
    """Return the value that stands between quotes, escapes undone."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)) if match[1] else match[2], text)


def clause(field: str, operator: str, value: str) -> str:
    """Return a comparison as text."""
    return f"{field} {operator} {quoted(value)}"


def show(node: Node | None) -> str:
    """Return a filter as text that means it; the empty text for no filter."""
    match node:
        case None:
            return ""
        case And(parts):
            return " ".join(_grouped(part, Or, And) for part in parts)
        case Or(parts):
            return " or ".join(_grouped(part, Or) for part in parts)
        case Not(part):
            return "not " + _grouped(part, Or, And)
    return _show_term(node)


def _show_term(node: Word | Phrase | Comparison | OneOf | Range | Presence) -> str:
    match node:
        case Word(value):
            return value
        case Phrase(value):
            bare = _PLAIN_TEXT.fullmatch(value) and not _WORD.fullmatch(value) and ".." not in value
            return value if bare else in_quotes(value)
        case Comparison(path, operator, value):
            return f"{show_path(path)} {operator} {quoted(value)}"
        case OneOf(path, values, negated):
            return f"{show_path(path)} {'not in' if negated else 'in'} ({', '.join(map(quoted, values))})"
        case Range(path, low, high):
            return f"{show_path(path)} {low or ''}..{high or ''}"
        case Presence(path, present):
            return f"{'exists' if present else 'missing'}({show_path(path)})"


def _grouped(part: Node, *loose: type[Node]) -> str:
    return f"({show(part)})" if isinstance(part, loose) else show(part)


def show_path(path: Path) -> str:
    """Return a path as it is typed."""
    first = "" if path.root else str(path.keys[0])
    return first + "".join(_step(key) for key in path.keys[0 if path.root else 1 :])


def _step(key: Key) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if _KEY.fullmatch(key) else f".{in_quotes(key)}"
