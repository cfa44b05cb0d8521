"""Values back to filter text, so that panes write filters through the same grammar that reads them."""

from __future__ import annotations

import re

# An escape of a character, halves of surrogate pairs excepted, or of what stands behind the backslash.
_ESCAPE = re.compile(r"\\(?:U((?!0000d[89a-f])(?:000[0-9a-f]|0010)[0-9a-f]{4})|(.))", re.DOTALL)
_PLAIN = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./+-]*")


def quoted(value: str) -> str:
    """Return a value as it must be typed to be that value; what cannot be printed becomes an escape."""
    if _PLAIN.fullmatch(value):
        return value
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
