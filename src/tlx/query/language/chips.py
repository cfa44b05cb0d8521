"""A filter as its clauses, each of which can be switched off, and the clauses that facets and panes add to one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tlx import units
from tlx.model import EVENT_COLUMNS, Quantity
from tlx.query.language import values
from tlx.query.language.compile import ALIASES
from tlx.query.language.nodes import And, Comparison, Node, Not, OneOf, Or, Path, Presence
from tlx.query.language.parse import parse
from tlx.query.language.quote import show


@dataclass(frozen=True, slots=True)
class Clause:
    """One of the parts of a filter that all have to hold; counts only while it is on."""

    text: str
    on: bool = True


def clauses(text: str) -> tuple[Clause, ...]:
    """Return the clauses of a filter.

    Raises:
        FilterError: it cannot be understood.
    """
    return tuple(Clause(show(part)) for part in _parts(parse(text)))


def written(parts: Sequence[Clause]) -> str:
    """Return the filter of the clauses that are on."""
    return joined(*(part.text for part in parts if part.on))


def joined(*texts: str) -> str:
    """Return the filter that holds where all of these do, as they were typed if that can stand side by side.

    Raises:
        FilterError: one cannot be understood, or they are too many together.
    """
    nodes = {text.strip(): parse(text) for text in texts if text.strip()}
    together = _together([part for node in nodes.values() for part in _parts(node)])
    several = len(nodes) > 1
    typed = " ".join(f"({text})" if several and isinstance(node, Or) else text for text, node in nodes.items())
    return typed if parse(typed) == together else show(together)


def retyped(parts: Sequence[Clause], text: str) -> tuple[Clause, ...]:
    """Return the clauses of a filter that was typed anew, and those of before that are switched off.

    Raises:
        FilterError: it cannot be understood.
    """
    typed = clauses(text)
    names = {clause.text for clause in typed}
    return (*typed, *(part for part in parts if not part.on and part.text not in names))


def switched(parts: Sequence[Clause], number: int) -> tuple[Clause, ...]:
    """Return the clauses with one switched on or off."""
    return tuple(replace(part, on=not part.on) if at == number else part for at, part in enumerate(parts))


def include(text: str, field: str | Path, value: str | int | None) -> str:
    """Return the filter with a value let in: it is added to the values of this field that are already asked for.

    None stands for a missing value; times and durations are in ns, sizes in bytes.

    Raises:
        FilterError: the filter cannot be understood.
    """
    path = _path(field)
    equal = _equal(path, value)
    kept = [part for part in _parts(parse(text)) if part != _without(path, equal)]
    for at, part in enumerate(kept):
        asked = _alternatives(part, path)
        if asked:
            kept[at] = part if equal in asked else _any_of(path, [*asked, equal])
            return _written(kept)
    return _written([*kept, equal])


def exclude(text: str, field: str | Path, value: str | int | None) -> str:
    """Return the filter with a value left out, events without the field still let in.

    Raises:
        FilterError: the filter cannot be understood.
    """
    path = _path(field)
    equal = _equal(path, value)
    kept: list[Node] = []
    for part in _parts(parse(text)):
        asked = _alternatives(part, path)
        rest = [node for node in asked if node != equal]
        if asked == rest:
            kept.append(part)
        elif rest:
            kept.append(_any_of(path, rest))
    without = _without(path, equal)
    return _written(kept if without in kept else [*kept, without])


def _parts(node: Node | None) -> tuple[Node, ...]:
    if node is None:
        return ()
    return node.parts if isinstance(node, And) else (node,)


def _together(parts: Sequence[Node]) -> Node | None:
    return And(tuple(parts)) if len(parts) > 1 else parts[0] if parts else None


def _written(parts: Sequence[Node]) -> str:
    return show(_together(parts))


def _path(field: str | Path) -> Path:
    return field if isinstance(field, Path) else Path((field,))


def _quantity(path: Path) -> Quantity:
    name = path.keys[0]
    if path.root or len(path.keys) > 1 or not isinstance(name, str):
        return Quantity.TEXT
    return EVENT_COLUMNS.get(ALIASES.get(name, name), Quantity.TEXT)


def _equal(path: Path, value: str | int | None) -> Node:
    if value is None:
        return Presence(path, present=False)
    return Comparison(path, "==", _typed(path, value))


def _typed(path: Path, value: str | int) -> str:
    """Return a value of a field as it is typed."""
    quantity = _quantity(path)
    if quantity is Quantity.DURATION:
        return f"{value}ns"
    if quantity is Quantity.TIME and isinstance(value, int):
        return units.rfc3339(value) or str(value)
    return str(value)


def _without(path: Path, equal: Node) -> Node:
    return Presence(path, present=True) if isinstance(equal, Presence) else Not(equal)


def _alternatives(part: Node, path: Path) -> list[Node]:
    """Return the values of a path that a clause asks for, if it does nothing else."""
    match part:
        case Comparison(found, "==") if found == path:
            return [part]
        case Comparison(found, "=", value) if found == path:
            return [_exact(path, value)]
        case Presence(found, False) if found == path:
            return [part]
        case OneOf(found, members, False) if found == path:
            return [_exact(path, value) for value in members]
        case Or(parts):
            each = [_alternatives(inner, path) for inner in parts]
            return [node for nodes in each for node in nodes] if all(each) else []
    return []


def _exact(path: Path, value: str) -> Comparison:
    """Return `==` where it means the same as `=`, for then a value is found by either."""
    return Comparison(path, "==" if _is_exact(path, value) else "=", value)


def _is_exact(path: Path, value: str) -> bool:
    if _quantity(path) is not Quantity.TEXT:
        return ".." not in value
    return value != value.lower() and not values.is_decimal(value)


def _any_of(path: Path, nodes: Sequence[Node]) -> Node:
    if len(nodes) == 1:
        return nodes[0]
    members = [node.value for node in nodes if isinstance(node, Comparison) and _sets_alike(path, node)]
    return OneOf(path, tuple(members)) if len(members) == len(nodes) else Or(tuple(nodes))


def _sets_alike(path: Path, node: Comparison) -> bool:
    """Whether a value means in a set what it means here."""
    return (node.operator == "=" and ".." not in node.value) or _is_exact(path, node.value)
