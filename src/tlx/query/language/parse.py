"""Filter text to a tree; an error names the column where it went wrong and what was expected there."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from tlx.query.language.nodes import And, Comparison, Key, Node, Not, OneOf, Or, Path, Phrase, Presence, Range, Word
from tlx.query.language.quote import is_name, unquoted

if TYPE_CHECKING:
    from lark import Lark, Token, UnexpectedToken


MOST_TERMS = 200
"""The store's planner takes time by the square of the terms: a thousand are seconds."""
DEEPEST = 40
"""So many parentheses and negations may stand in one another."""
MOST_VALUES = 1000
"""So many values may stand in one set."""
MOST_CHARACTERS = 50_000
"""So long may the text of a filter be: the parser takes a second for it."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_OPERATOR = re.compile(r"[=!*^$<>]=|!~|[=:<>~]")
_OTHERS = {"===": "==", "!==": "!=", "=>": ">=", "<>": "!=", "~=": "~", "=<": "<=", "=~": "~"}
"""Operators of other languages, and what they are here."""
_OTHER = re.compile(r"[=!]==|=>|<>|~=|=[<~]$")
"""Where one of them stands; not where a value such as `<module>` or `~/file` goes on behind its sign."""
_STEP = re.compile(r'\.?([\w@-]+)|\."((?:\\.|[^"\\])*)"|\[(-?[0-9]+)\]', re.DOTALL)


class FilterError(Exception):
    """A filter cannot be understood; `column` counts from 0 in the text that was typed."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message)
        self.column = column


@functools.lru_cache(64)
def parse(text: str) -> Node | None:
    """Return what a filter is, or None where it is empty.

    Raises:
        FilterError: it cannot be understood.
    """
    if not text.strip():
        return None
    refuse_unreadable(text)
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken  # noqa: PLC0415  loaded at the first filter only

    try:
        tree = parser().parse(text)
    except UnexpectedCharacters as error:  # any other character could begin a word
        raise FilterError("this quote is never closed", error.pos_in_stream or 0) from None
    except UnexpectedToken as error:
        raise _misplaced(text, error) from None
    except RecursionError:
        raise FilterError(_TOO_DEEP, 0) from None
    node = cast("Node", tree.children[0])
    for number, term in enumerate(terms(node)):
        if number == MOST_TERMS:
            raise FilterError(f"too many terms; {MOST_TERMS} are the most", position(term))
    return node


def refuse_unreadable(text: str) -> None:
    """Refuse text that the grammar is not even asked about.

    Raises:
        FilterError: it is too long, or holds what is no character.
    """
    if len(text) > MOST_CHARACTERS:
        raise FilterError(f"too long; {MOST_CHARACTERS} characters are the most", MOST_CHARACTERS)
    if half := _SURROGATE.search(text):
        raise FilterError("half a character, which is no text", half.start())


@functools.cache
def parser() -> Lark:
    """Return the parser of the grammar, which makes nodes as it goes."""
    import importlib.resources  # noqa: PLC0415  loaded at the first filter only

    from lark import Lark  # noqa: PLC0415  the same

    grammar = importlib.resources.files("tlx.query.language").joinpath("grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual", transformer=cast("Any", _Builder()))


def terms(node: Node) -> Iterator[Node]:
    """Yield the words, phrases and comparisons of a filter, from left to right."""
    waiting = [node]
    while waiting:
        match waiting.pop():
            case And(parts) | Or(parts):
                waiting += reversed(parts)
            case Not(part):
                waiting.append(part)
            case term:
                yield term


def position(node: Node) -> int:
    """Return the column where a node begins."""
    return node.path.at if isinstance(node, Comparison | OneOf | Range) else node.at


def _misplaced(text: str, error: UnexpectedToken) -> FilterError:
    """Say what was expected instead of a token, or of the end."""
    expected = set(error.expected)
    ended = error.token.type == "$END"
    at = len(text) if ended else error.token.start_pos or 0
    if "VALUE" in expected:
        more = "; text with ( or ) needs quotes" if not ended else ""
        return FilterError(f"expected a value here{more}", at)
    if "ITEM" in expected:
        what = "expected , or ) here" if "COMMA" in expected else "expected a value of the set here"
        return FilterError(what, at)
    if "KEYS" in expected:
        return FilterError("expected a field or path here, such as owner or metadata.key", at)
    return _unbalanced(error, expected, at)


def _unbalanced(error: UnexpectedToken, expected: set[str], at: int) -> FilterError:
    kind = error.token.type
    if kind == "$END" and "RPAR" in expected:
        opened = [token for token in error.state.value_stack if getattr(token, "type", "") == "LPAR"]
        return FilterError("this ( is never closed", opened[-1].start_pos)
    if kind == "RPAR":
        if "WORD" not in expected or not any(getattr(t, "type", "") == "LPAR" for t in error.state.value_stack):
            return FilterError("this ) closes nothing", at)
        return FilterError("expected something to filter by before this )", at)
    if kind in ("_AND", "_OR"):
        return FilterError(_nothing_before(str(error.token)), at)
    if kind == "$END":
        return FilterError("expected something to filter by here", at)
    return FilterError("expected ) here", at)


def _nothing_before(word: str) -> str:
    return f'expected something to filter by before {word}; put the word in quotes to look for it: "{word}"'


_TOO_DEEP = f"too many parentheses or negations in one another; {DEEPEST} are the most"


class _Builder:
    """What each rule of the grammar makes of its parts; the names are those of the rules."""

    def any_of(self, parts: Sequence[Node]) -> Node:
        return _checked(Or(tuple(parts), position(parts[0])))

    def all_of(self, parts: Sequence[Node]) -> Node:
        return _checked(And(tuple(parts), position(parts[0])))

    def negation(self, parts: Sequence[Node]) -> Node:
        return _checked(Not(parts[0], position(parts[0])))

    def word(self, parts: Sequence[Token]) -> Node:
        value, at = _value(parts[0]), _at(parts[0])
        if _OPERATOR.match(value):
            raise FilterError("expected a field before this; put text to look for in quotes", at)
        if value.lower() in ("and", "or"):
            raise FilterError(_nothing_before(value), at)
        return Word(value, at) if is_name(value) else Phrase(value, at)

    def phrase(self, parts: Sequence[Token]) -> Node:
        return Phrase(_value(parts[0]), _at(parts[0]))

    def comparison(self, parts: Sequence[Token]) -> Node:
        path, operator, value = parts
        _refuse_other(operator, value)
        operator_name = "=" if operator == ":" else str(operator)
        return Comparison(_path(path), operator_name, _value(value), _at(value))

    def one_of(self, parts: Sequence[Token]) -> Node:
        path, word, *items = parts
        if len(items) > MOST_VALUES:
            raise FilterError(f"too many values; {MOST_VALUES} are the most", _at(items[MOST_VALUES]))
        negated = len(word) > len("in")
        return OneOf(_path(path), tuple(map(_value, items)), negated, tuple(map(_at, items)))

    def range(self, parts: Sequence[Token]) -> Node:
        path, ends = parts
        low, _, high = ends.partition("..")
        return Range(_path(path), low or None, high or None, _at(ends))

    def presence(self, parts: Sequence[Token]) -> Node:
        word, path = parts
        return Presence(_path(path), word.lower() == "exists", _at(word))


def _refuse_other(operator: Token, value: Token) -> None:
    """Refuse an operator of another language: `kind !== Run` would look for kinds other than the text `=`."""
    if value.type == "QUOTED" or operator.end_pos != value.start_pos:
        return
    if found := _OTHER.match(operator + value):
        here, begin = _OTHERS[found[0]], found[0][len(operator) :]
        raise FilterError(f"write {here} for {found[0]}; a value that begins with {begin} needs quotes", _at(operator))


def _checked(node: Node) -> Node:
    """Return the node, if it is not too deep."""
    deep, level = 0, [node]
    while level := [part for node in level for part in _parts(node)]:
        deep += 1
    if deep > DEEPEST:
        raise FilterError(_TOO_DEEP, node.at if isinstance(node, And | Or | Not) else 0)
    return node


def _parts(node: Node) -> tuple[Node, ...]:
    match node:
        case And(parts) | Or(parts):
            return parts
        case Not(part):
            return (part,)
    return ()


def _at(token: Token) -> int:
    return token.start_pos or 0


def _value(token: Token) -> str:
    if token.type == "QUOTED":
        return unquoted(token[1:-1])
    if token.endswith("("):
        raise FilterError("text with ( or ) needs quotes", _at(token) + len(token) - 1)
    return str(token)


def _path(token: Token) -> Path:
    return Path(tuple(keys_of(str(token))), token.startswith("."), _at(token))


def keys_of(text: str) -> Iterator[Key]:
    """Yield the keys of a path as it is typed."""
    for match in _STEP.finditer(text):
        plain, odd, index = match.groups()
        yield int(index) if index is not None else plain if plain is not None else unquoted(odd)
