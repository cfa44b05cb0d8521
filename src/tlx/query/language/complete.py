"""What may be typed next: where the cursor stands in a filter, by the grammar alone, and the words for that place."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, cast

from tlx.model import EVENT_COLUMNS, PLACE_COLUMNS, Quantity
from tlx.query.language.compile import ALIASES, Context
from tlx.query.language.nodes import Path
from tlx.query.language.parse import FilterError, keys_of, parser, refuse_unreadable
from tlx.query.language.quote import quoted, show_path, unquoted

if TYPE_CHECKING:
    from lark import Token

_MOST = 50
"""So many words are offered at most."""
_EQUAL = ("=", "!=")
_ORDER = ("<", "<=", ">", ">=")
_HOLDS = ("*=", "^=", "$=", "~", "!~", "==")
_SETS = ("in (", "not in (")
_RUN = re.compile(r'\s+|[()]|"(?:\\.|[^"\\])*"|"|[^\s()"]+', re.DOTALL)
_OPERATOR = r"(?:[=!*^$<>]=|!~|[=:<>~])"
_KEY = r'(?:[\w@-]+|"(?:\\.|[^"\\])*")'
_PATH = rf"(?:[A-Za-z_][\w-]*|\.{_KEY})(?:\.{_KEY}|\[-?[0-9]{{1,9}}\])*"
_FRONT = re.compile(rf"(?:{_PATH})?{_OPERATOR}|.*(?:&&|\|\|)|!+(?=[^=~])", re.DOTALL)
"""What stands before a word without a blank between."""
_UNFINISHED = re.compile(rf'({_PATH})?\.(?:"((?:\\.|[^"\\])*)|([\w@-]*))', re.DOTALL)
"""A path that ends in a key that is being typed."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cursor stands: behind a word that is being `typed` from the column `begin` on."""

    begin: int
    typed: str = ""
    term: bool = False
    """A clause of a filter may stand here."""
    field: bool = False
    """A field or path may stand here, but no clause."""
    connective: bool = False
    """`and` and `or` may stand here."""
    operand: Path | None = None
    """An operator may stand here, for this field."""
    value_of: Path | None = None
    """A value may stand here, of this field."""
    taken: frozenset[str] = frozenset()
    """Values of the set that stand before it."""
    joins: bool = False
    """Nothing is typed here yet, behind a clause that is finished or a word that joins it to one."""
    parent: Path | None = None
    """A key may stand here, of the objects at this path."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A word for what is typed; `note` says what it is, `count` in how many events it was seen, or at least."""

    text: str
    note: str
    count: int | None = None
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class Completion:
    """Words for the text from `begin` up to the cursor, the best first."""

    begin: int
    suggestions: tuple[Suggestion, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """What was seen in a log, the most frequent first: each with a count, `partly` of but a part of the events."""

    counted: tuple[tuple[str, int], ...] = ()
    partly: bool = False


class Seen(Protocol):
    """What stands in the log."""

    def values(self, path: Path, typed: str) -> Words:
        """Return values of a field that hold what is typed."""

    def keys(self, path: Path, typed: str) -> Words:
        """Return keys of the objects at a path, which may have no keys itself, that hold what is typed."""


def complete(text: str, cursor: int, context: Context, seen: Seen | None = None) -> Completion:
    """Return what may stand at a cursor; `seen` is asked for values and keys, which may take a moment."""
    place = find_place(text, cursor)
    words: list[Suggestion] = []
    if place.operand is not None:
        words += _matching(place.typed, [Suggestion(name, "operator") for name in _operators(place.operand)])
    if place.value_of is not None and seen is not None:
        found = seen.values(place.value_of, place.typed)
        words += [word for word in _counted("value", quoted, found) if _value(word.text) not in place.taken]
    if place.parent is not None and seen is not None:
        words += _counted("key", partial(_show_key, place.parent), seen.keys(place.parent, place.typed))
    elif place.term or place.field:
        words += _matching(place.typed, _terms(place, context))
    return Completion(place.begin, tuple(words[:_MOST]))


def find_place(text: str, cursor: int) -> Place:
    """Return where a cursor stands in a text; what is wrong with the text, there or behind, does not matter."""
    head = text[:cursor]
    try:
        refuse_unreadable(head)
    except FilterError:
        return Place(cursor)
    begin, quote = _last_run(head)
    if front := _FRONT.match(head, begin, len(head) if quote is None else quote):
        begin = front.end()
    if unfinished := _UNFINISHED.fullmatch(head, begin):
        return _key_place(head, begin, unfinished)
    if quote is not None:
        place = _place(head[:quote], unquoted(head[quote + 1 :]), quote)
        return place if place.value_of is not None else Place(quote)  # a phrase, which may be any text
    if "ITEM" in _follow(head[:begin])[1]:
        begin = max(begin, head.rfind(",", begin) + 1)
    elif head.endswith(")") and begin == len(head):
        return Place(begin)  # a blank comes first
    return _place(head[:begin], head[begin:], begin)


def _last_run(head: str) -> tuple[int, int | None]:
    """Return where the last run of characters without blanks begins, and the quote in it that is open."""
    begin = 0
    for match in _RUN.finditer(head):
        if match[0] == '"':
            return begin, match.start()
        if match[0].isspace() or match[0] in "()":
            begin = match.end()
    return begin, None


def _key_place(head: str, begin: int, unfinished: re.Match[str]) -> Place:
    parent, odd, plain = unfinished.groups()
    around = _place(head[:begin], head[begin:], begin)
    if not (around.term or around.field):
        return around
    path = Path(tuple(keys_of(parent or "")), root=parent is None or parent.startswith("."))
    return Place(begin, plain if odd is None else unquoted(odd), around.term, around.field, parent=path)


def _place(head: str, typed: str, begin: int) -> Place:
    """Return the place behind a text that ends where a word begins."""
    tokens, accepted = _follow(head)
    if accepted & {"VALUE", "ITEM"}:
        last = next(token for token in reversed(tokens) if token.type == "PATH")
        return Place(begin, typed, value_of=_path(str(last)), taken=_taken(tokens))
    if "KEYS" in accepted:
        return Place(begin, typed, field=True)
    if "WORD" not in accepted:
        return Place(begin, typed)
    joins = not typed and bool(tokens) and tokens[-1].type != "WORD"
    return Place(begin, typed, True, connective="_OR" in accepted, operand=_operand(tokens, head), joins=joins)


def _taken(tokens: Sequence[Token]) -> frozenset[str]:
    """Return the values of the set that the tokens end in."""
    inside = itertools.takewhile(lambda token: token.type != "IN", reversed(tokens))
    return frozenset(_value(str(token)) for token in inside if token.type in ("ITEM", "QUOTED"))


def _value(text: str) -> str:
    return unquoted(text[1:-1]) if text.startswith('"') else text


def _operand(tokens: Sequence[Token], head: str) -> Path | None:
    """Return the field that an operator may follow: the last word, if it can be one, behind a blank."""
    word = str(tokens[-1]) if tokens and tokens[-1].type == "WORD" else ""
    if not head[-1:].isspace() or not re.fullmatch(_PATH, word):
        return None
    path = _path(word)
    return path if len(path.keys) > 1 or path.root or _quantity(path) is not None else None


def _follow(head: str) -> tuple[list[Token], set[str]]:
    """Return the tokens of a text, and the names of those that may follow it; none where it is wrong."""
    from lark.exceptions import UnexpectedInput  # noqa: PLC0415  loaded at the first filter only

    reading = parser().parse_interactive(head)
    try:
        tokens = reading.exhaust_lexer()
        return tokens, set(cast("Any", reading).accepts())
    except (FilterError, UnexpectedInput):
        return [], set()


def _path(text: str) -> Path:
    return Path(tuple(keys_of(text)), text.startswith("."))


def _operators(path: Path) -> tuple[str, ...]:
    quantity = _quantity(path)
    if quantity is None:
        return (*_EQUAL, *_ORDER, *_HOLDS, *_SETS)
    return (*_EQUAL, *(_HOLDS if quantity is Quantity.TEXT else _ORDER), *_SETS)


def _quantity(path: Path) -> Quantity | None:
    """Return what a field measures; None for a value of a payload, which may be anything."""
    name = path.keys[0]
    if path.root or len(path.keys) > 1 or not isinstance(name, str):
        return None
    return EVENT_COLUMNS.get(ALIASES.get(name, name))


def _terms(place: Place, context: Context) -> list[Suggestion]:
    """Return the fields, and what else may begin a clause."""
    fields = [Suggestion(name, EVENT_COLUMNS[column].value) for column, name in _SHOWN.items()]
    fields += [Suggestion(name, "payload") for name in sorted({*context.payload, *context.details})]
    if place.field:
        return fields
    words = ("and", "or") if place.connective else ()
    return [
        *(Suggestion(word, "word") for word in words),
        *fields,
        *(Suggestion(name, f"filter: {text}") for name, text in sorted(context.filters.items())),
        *(Suggestion(word, "word") for word in ("not", "exists(", "missing(")),
    ]


_READ_BEST = {"id": "event_id", "duration_ns": "duration", "input_materialization_ns": "input_materialization"}
_SHOWN = {
    name: _READ_BEST.get(name, name)
    for name in sorted(EVENT_COLUMNS, key=lambda name: name in PLACE_COLUMNS)  # where an event stands is asked least
}
"""One name for each column, the one that reads best."""


def _counted(note: str, write: Callable[[str], str], words: Words) -> list[Suggestion]:
    return [Suggestion(write(word), note, count, words.partly) for word, count in words.counted]


def _show_key(parent: Path, key: str) -> str:
    return show_path(Path((*parent.keys, key), parent.root))


def _matching(typed: str, words: Iterable[Suggestion]) -> list[Suggestion]:
    """Return the words that begin with what is typed, whatever its case, and then those that hold it."""
    low = typed.lower()
    found = [word for word in words if low in word.text.lower()]
    return sorted(found, key=lambda word: not word.text.lower().startswith(low))
