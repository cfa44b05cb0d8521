"""Words for a field that is being typed: columns, the most telling first, and the keys of payloads."""

from __future__ import annotations

from tlx.query.ask import Asker
from tlx.query.fields import COMMON, OWNER_UNCONFIGURED
from tlx.query.language.compile import Context
from tlx.query.language.complete import Completion, Suggestion, complete
from tlx.query.language.seen import SeenInLog

_BEFORE = "exists("
"""Behind this a filter has a field and nothing else."""


def suggest(asker: Asker, typed: str, context: Context | None = None) -> Completion:
    """Return what may stand at the end of a field.

    Raises:
        Interrupted: the question was overtaken.
    """
    context = context or Context()
    text = _BEFORE + typed
    found = complete(text, len(text), context, SeenInLog(asker, context))
    words = list(found.suggestions)
    if typed.strip().lower() in OWNER_UNCONFIGURED:
        words.append(Suggestion(OWNER_UNCONFIGURED, "owner without its configuration"))
    words.sort(key=lambda word: COMMON.index(word.text) if word.text in COMMON else len(COMMON))
    return Completion(max(0, found.begin - len(_BEFORE)), tuple(words))
