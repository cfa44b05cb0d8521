"""Internal errors as they are told and saved: where they came from, without what may be text of a log."""

from __future__ import annotations

import traceback
from collections.abc import Iterator

from tlx import units


def said(error: BaseException, *, whole: bool) -> str:
    """Return the type of an error and what it says: where that is not `whole`, nothing that may be text of a log."""
    name, words = type(error).__name__, units.said(error, whole=whole)
    return words if words.startswith(name) else f"{name}: {words}"


def trace(error: BaseException, *, whole: bool) -> str:
    """Return how an error, and each that led to it, came about."""
    return "\n".join(_pieces(error, set(), whole=whole))


def _pieces(error: BaseException, seen: set[int], *, whole: bool) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _pieces(before, seen, whole=whole)
        yield "which led to\n"
    frames = "".join(traceback.format_tb(error.__traceback__))
    yield f"Traceback (most recent call last):\n{frames}{said(error, whole=whole)}\n"
    for inner in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        if id(inner) not in seen:
            yield "of which one is\n"
            yield from _pieces(inner, seen, whole=whole)
