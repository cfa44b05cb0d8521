"""Names of filters: those that every log has, and the user's own."""

from __future__ import annotations

from collections.abc import Mapping

from tlx.query.language.compile import NAMED_FILTERS
from tlx.query.language.nodes import And, Node, Not, Or, Word
from tlx.query.language.quote import KEYWORDS, is_name


def with_own(own: Mapping[str, str]) -> Mapping[str, str]:
    """Return all filters that have a name; those of every log cannot be given another meaning."""
    return {**own, **NAMED_FILTERS}


def complaint(name: str) -> str:
    """Say why a filter cannot have this name; the empty text where it can."""
    if name.lower() in KEYWORDS:
        return f"{name} is a word of the language"
    if not is_name(name):
        return "a name begins with a letter or _, and has letters, digits, _ and - behind it"
    if name in NAMED_FILTERS:
        return f"{name} is a name that every log has: {NAMED_FILTERS[name]}"
    return ""


def words(node: Node | None) -> set[str]:
    """Return the bare words of a filter, each of which may be the name of another."""
    match node:
        case Word(value):
            return {value}
        case And(parts) | Or(parts):
            return {word for part in parts for word in words(part)}
        case Not(part):
            return words(part)
    return set()
