"""Filter text to terms; an error names the column where it went wrong and what was expected there."""

from __future__ import annotations

import functools
import importlib.resources
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlx.query.language.quote import unquoted

if TYPE_CHECKING:
    from lark import Lark, Token, Tree


MOST_TERMS = 200
"""The store's planner takes time by the square of the terms: a thousand are seconds."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_OPERATOR = re.compile(r"[=!*^$<>]=|[=:<>]")


class FilterError(Exception):
    """A filter cannot be understood; `column` counts from 0 in the text that was typed."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True, slots=True)
class Text:
    """A word or phrase to find anywhere in an event."""

    value: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field against a value; the columns say where they stood."""

    field: str
    operator: str
    value: str
    field_column: int
    value_column: int


Term = Text | Comparison


def parse(text: str) -> tuple[Term, ...]:
    """Return the terms of a filter, all of which must hold.

    Raises:
        FilterError: it cannot be understood.
    """
    if not text.strip():
        return ()
    if half := _SURROGATE.search(text):
        raise FilterError("half a character, which is no text", half.start())
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken  # noqa: PLC0415  loaded at the first filter only

    try:
        tree = _parser().parse(text)
    except UnexpectedCharacters as error:  # any other character could begin a word
        raise FilterError("this quote is never closed", error.pos_in_stream or 0) from None
    except UnexpectedToken:  # the end, behind an operator
        raise FilterError("expected a value here", len(text)) from None
    terms = [term for term in tree.children if not isinstance(term, str)]
    if len(terms) > MOST_TERMS:
        first = next(terms[MOST_TERMS].scan_values(lambda _: True))
        raise FilterError(f"too many terms; {MOST_TERMS} are the most", first.start_pos or 0)
    return tuple(map(_term, terms))


@functools.cache
def _parser() -> Lark:
    from lark import Lark  # noqa: PLC0415  the same

    grammar = importlib.resources.files("tlx.query.language").joinpath("grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual")


def _term(tree: Tree[Token]) -> Term:
    *front, value_tree = tree.children
    assert not isinstance(value_tree, str)
    token = value_tree.children[0]
    assert isinstance(token, str)
    value = unquoted(token[1:-1]) if token.type == "QUOTED" else str(token)
    if not front:
        if token.type == "BARE" and _OPERATOR.match(value):
            raise FilterError("expected a field before this; put text to look for in quotes", token.start_pos or 0)
        return Text(value)
    field, operator = front
    assert isinstance(field, str)
    return Comparison(str(field), str(operator), value, field.start_pos or 0, token.start_pos or 0)
