"""Filters and fields that are being typed as one word of a shell: what the filter bar offers, written out whole."""

from __future__ import annotations

from collections.abc import Mapping

from tlx.query.fields import OWNER_UNCONFIGURED, split
from tlx.query.language.compile import Context
from tlx.query.language.complete import Seen, Suggestion, complete
from tlx.units import count

_FIELD = "exists("
"""Behind this a filter has a field and nothing else."""
_STEPS = 2
"""Behind a field stands an operator and then a value."""


def filter_words(typed: str, seen: Seen | None, around: Context) -> Mapping[str, str]:
    """Return the filters that what is typed may become by its next word, each with what that word is.

    A field that is the only one comes with its operators, and an operator that is the only one with its values: shells
    take a word that stands alone for finished.
    """
    found = _filters(typed, seen, around)
    for _ in range(_STEPS):
        if len(found) == 1:
            found = _further(*next(iter(found.items())), seen, around) or found
    return {text: _about(word) for text, word in found.items()}


def field_words(typed: str, seen: Seen | None, *, several: bool) -> Mapping[str, str]:
    """Return what is typed with each field that it may end in; `several` stand with commas between them."""
    begin = split(typed)[-1][0] if several else 0
    last = typed[begin:].lstrip()
    head = typed[: len(typed) - len(last)]
    text = _FIELD + last
    found = complete(text, len(text), Context(), seen)
    words = {head + (text[: found.begin] + word.text)[len(_FIELD) :]: _about(word) for word in found.suggestions}
    if "." not in last:
        words[head + OWNER_UNCONFIGURED] = "owner without its configuration"
    return words


def _filters(typed: str, seen: Seen | None, around: Context) -> dict[str, Suggestion]:
    """Return the filters that begin with what is typed, by one word more."""
    found = complete(typed, len(typed), around, seen)
    head = typed[: found.begin]
    quotes = '"' if typed[found.begin :].startswith('"') else ""
    operators = [word for word in found.suggestions if word.note == "operator"]
    words = {
        head + (word.text if word.text.startswith(quotes) else quotes + word.text + quotes): word
        for word in operators or found.suggestions
    }
    return {text: word for text, word in words.items() if text.startswith(typed)}


def _further(text: str, word: Suggestion, seen: Seen | None, around: Context) -> dict[str, Suggestion]:
    """Return the filters that one which ends in a word may become; none where it may be finished."""
    if word.note in ("value", "word") or word.note.startswith("filter"):
        return {}
    if word.note in ("key", "payload") and (keys := _filters(f"{text}.", seen, around)):
        return keys
    if word.note == "payload" and word.text in around.payload:
        return {}  # it has keys, whatever they are
    return {
        longer: more
        for longer, more in _filters(f"{text} ", seen, around).items()
        if more.note in ("operator", "value")
    }


def _about(word: Suggestion) -> str:
    """Say what a word is, and in how many events it was seen."""
    if word.count is None:
        return word.note
    return f"{count(word.count)}{'+' if word.at_least else ''} event{'' if word.count == 1 else 's'}"
