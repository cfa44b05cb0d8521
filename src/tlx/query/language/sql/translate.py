"""A filter's tree to SQL. A filter can name a field or a path and nothing else.

SQL's unknown stands for false: a comparison with a missing value is unknown, `and` and `or` count only where they are
true, and `not` is true wherever its part is not.
"""

from __future__ import annotations

import difflib

from tlx.model import EVENT_COLUMNS, Quantity
from tlx.query.language.compile import ALIASES, FIELDS, Condition, Context
from tlx.query.language.nodes import And, Comparison, Node, Not, OneOf, Or, Path, Phrase, Presence, Range, Word
from tlx.query.language.parse import MOST_TERMS, FilterError, parse
from tlx.query.language.sql import compare
from tlx.query.language.sql.raw import Piece, Place, anywhere

_VALUE = "{value}"
"""Stands for the value of a path until it is known how often it is asked for."""
_MOST_NAMED = 8
"""So many named filters may stand in one another."""


def translate(text: str, context: Context) -> Condition:
    """Return the condition that a filter text means.

    Raises:
        FilterError: it cannot be understood.
    """
    node = parse(text)
    sql, values = ("", ()) if node is None else _Translator(context).piece(node)
    return Condition(text.strip(), sql, values, compare.BY_RUN in sql)


class _Translator:
    """Translates one filter; knows how many terms it has met, and which named filters it stands in."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._terms = 0
        self._named: tuple[str, ...] = ()

    def piece(self, node: Node) -> Piece:
        """Return SQL for any part of a filter."""
        match node:
            case And(parts):
                _refuse_bare_set(parts)
                return self._joined(parts, " AND ")
            case Or(parts):
                return self._joined(parts, " OR ")
            case Not(part):
                sql, values = self.piece(part)
                return f"({sql}) IS NOT TRUE", values
        self._terms += 1
        if self._terms > MOST_TERMS:
            raise FilterError(f"too many terms; {MOST_TERMS} are the most, those of named filters counted", 0)
        return self._term(node)

    def _joined(self, parts: tuple[Node, ...], glue: str) -> Piece:
        pieces = [self.piece(part) for part in parts]
        return glue.join(f"({sql})" for sql, _ in pieces), tuple(value for _, values in pieces for value in values)

    def _term(self, node: Node) -> Piece:
        match node:
            case Word(value, at) if value in self._context.filters:
                return self._expanded(value, at)
            case Word(value) | Phrase(value):
                return anywhere(value)
            case Presence(path, present):
                return self._presence(path, present=present)
            case Comparison() | OneOf() | Range():
                return self._comparison(node)
        raise AssertionError(node)

    def _expanded(self, name: str, at: int) -> Piece:
        """Translate a named filter in its place."""
        if name in self._named:
            raise FilterError(f'the filter {name} names itself; put the word in quotes to look for it: "{name}"', at)
        if len(self._named) == _MOST_NAMED:
            raise FilterError(f"too many named filters in one another; {_MOST_NAMED} are the most", at)
        self._named = (*self._named, name)
        try:
            node = parse(self._context.filters[name])
            return ("true", ()) if node is None else self.piece(node)
        except FilterError as error:
            raise FilterError(f"in the filter {name}, column {error.column + 1}: {error}", at) from None
        finally:
            self._named = self._named[:-1]

    def _comparison(self, node: compare.Test) -> Piece:
        name = self._column(node.path)
        if name is None:
            return self._on_payload(node)
        quantity = EVENT_COLUMNS[name]
        if quantity is Quantity.TEXT:
            return compare.text(f'"{name}"', node)
        return compare.column(name, quantity, node, self._context)

    def _on_payload(self, node: compare.Test) -> Piece:
        place = self._place(node.path)
        sql, values = _once(place.value(), compare.payload(_VALUE, node))
        if not compare.asks_for_null(node):
            return sql, values
        exists, more = place.exists()
        return f"coalesce({sql}, {exists})", (*values, *more)

    def _presence(self, path: Path, *, present: bool) -> Piece:
        name = self._column(path)
        if name is not None:
            return f'"{name}" IS {"NOT NULL" if present else "NULL"}', ()
        sql, values = self._place(path).exists()
        return (sql if present else f"({sql}) IS NOT TRUE"), values

    def _place(self, path: Path) -> Place:
        return Place.of(path, self._context)

    def _column(self, path: Path) -> str | None:
        """Return the column that a path means, or None if it leads into the payload."""
        first = path.keys[0]
        if path.root or len(path.keys) > 1 or not isinstance(first, str):
            return None
        name = ALIASES.get(first, first)
        if name in EVENT_COLUMNS:
            return name
        if first in self._context.payload or first in self._context.details:
            return None
        raise FilterError(self._unknown(first), path.at)

    def _unknown(self, field: str) -> str:
        near = difflib.get_close_matches(field, sorted({*FIELDS, *self._context.payload}), 1, 0.6)
        if near:
            return f"there is no field {field!r}; did you mean {near[0]}?"
        return f"there is no field {field!r}; a key of the record is .{field}, and text to look for stands in quotes"


def _once(found: Piece, test: Piece) -> Piece:
    """Put what is found in its place in a test: by a name if it stands there twice, as to find takes long."""
    before, *behind = test[0].split(_VALUE)
    values = (*found[1], *test[1])
    if len(behind) == 1 and "?" not in before:
        return f"{before}({found[0]}){behind[0]}", values
    return f"list_transform([{found[0]}], lambda value: {test[0].replace(_VALUE, 'value')})[1]", values


def _refuse_bare_set(parts: tuple[Node, ...]) -> None:
    """Refuse `kind in Run`, which would look for three words."""
    for field, word, _ in zip(parts, parts[1:], parts[2:], strict=False):
        inner = word.part if isinstance(word, Not) else word
        if not (isinstance(field, Word) and field.value in FIELDS and isinstance(inner, Phrase)):
            continue
        if inner.value.lower() == "in":
            raise FilterError(f"expected ( behind in: {field.value} in (A, B)", inner.at + len("in"))
