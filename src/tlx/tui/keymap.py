"""Keys of the user's own: every binding of tlx has an id, by which the config file gives it others."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import KEY_NAME_REPLACEMENTS, Keys, key_to_character

from tlx import tui

_MODIFIERS = re.compile(r"^(?:(?:ctrl|shift|alt|super|hyper|meta)\+)*(?=.)")
_SHIFTED = re.compile(r"shift\+[a-zA-Z]")
_NAMES = frozenset(key.value for key in Keys)
_LONG = {short: long for long, short in KEY_NAME_REPLACEMENTS.items()}
"""Names of characters, such as solidus, by shorter ones, such as slash."""


_TAKEN = {
    "ctrl+c": "asks to quit",
    "ctrl+q": "quits",
    "ctrl+i": "is tab to terminals",
    "ctrl+m": "is enter to terminals",
}
"""Keys that mean something before any binding is asked."""
_APP = ("TlxApp", "Desk")
_TOGETHER = (
    (*_APP, "DurationsPane", "Table"),
    (*_APP, "BreakdownPane", "FacetTable"),
    (*_APP, "TimelinePane"),
    (*_APP, "InspectorPane", "InspectorTree"),
    ("TlxApp", "TopBar"),
    ("FilterBar", "FilterLine"),
    ("InspectorPane", "SearchLine"),
    ("ColumnsScreen", "ColumnsTable"),
    ("CompareScreen", "ComparePane", "Table"),
    ("FieldsScreen",),
    ("HelpScreen",),
    ("InsightsScreen", "FactList"),
    ("RejectScreen",),
    ("RejectsScreen", "RejectsPane", "Table"),
    ("RunsScreen", "RunsTable"),
    ("StoryScreen", "StoryPane", "StoryTable"),
    ("ViolationsScreen", "ViolationsPane", "Table"),
    ("YankScreen",),
    ("ByHandScreen",),
)
"""The classes whose bindings hear keys at the same time; there a key is the first one's that has it, from the last."""


class Bound(NamedTuple):
    """What keys do: an id, the keys with commas between them, and in words."""

    id: str
    keys: str
    does: str


def bindings() -> list[Bound]:
    """Return all bindings of tlx with the keys that they have of themselves, in order of their ids."""
    found = {
        binding.id: Bound(binding.id, binding.key, binding.tooltip or binding.description)
        for owner in _owners()
        for binding in owner.__dict__.get("BINDINGS", ())
        if isinstance(binding, Binding) and binding.id
    }
    return [found[name] for name in sorted(found)]


def check(keys: Mapping[str, str]) -> None:
    """Find out whether bindings can be given these keys, by their ids.

    Raises:
        ValueError: an id or a key is not known, or two bindings of one place would have the same key; the text begins
            with the id.
    """
    if not keys:
        return
    known = {bound.id for bound in bindings()}
    for name, typed in keys.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1, 0.6)
            raise ValueError(
                f"{name}: nothing has this id; {f'did you mean {near[0]}?' if near else 'see tlx config keys'}"
            )
        for key in split(typed):
            if complaint := _complaint(key):
                raise ValueError(f"{name}: {complaint}")
    owners = {owner.__name__: owner for owner in _owners()}
    for place in _TOGETHER:
        _check_clashes([owners[name] for name in place], keys)


def split(keys: str) -> list[str]:
    """Return the keys in a text with commas between them."""
    return [key.strip() for key in keys.split(",")]


def of(binding: Binding, keys: Mapping[str, str]) -> Binding:
    """Return a binding with the keys that its user has given it, if any."""
    return binding.with_key(keys[binding.id]) if binding.id is not None and binding.id in keys else binding


def _owners() -> Iterator[type[DOMNode]]:
    """Yield every class of tlx that can have bindings."""
    for module in pkgutil.walk_packages(tui.__path__, f"{tui.__name__}."):
        importlib.import_module(module.name)
    waiting: list[type[DOMNode]] = [DOMNode]
    while waiting:
        below = waiting.pop().__subclasses__()
        waiting += below
        yield from (owner for owner in below if owner.__module__.startswith(f"{tui.__name__}."))


def _complaint(key: str) -> str:
    """Say why a key can have no binding; the empty text where it can."""
    if not _is_key(key):
        return f"{key!r} is no key; write it like x, ctrl+x, f5, pagedown or comma"
    if key in _TAKEN:
        return f"{key} {_TAKEN[key]}; choose another key"
    return f"{key!r} is no key of its own; write {key[-1].upper()}" if _SHIFTED.fullmatch(key) else ""


def _is_key(key: str) -> bool:
    bare = _MODIFIERS.sub("", key)
    return key in _NAMES or bare in _NAMES or (len(bare) == 1 and bare.isprintable()) or _character(bare) != bare


def _character(key: str) -> str:
    """Return the character of a key that has one, so that ? and question_mark are the same; else its name."""
    return key_to_character(_LONG.get(key, key)) or key


def _check_clashes(owners: Sequence[type[DOMNode]], keys: Mapping[str, str]) -> None:
    """Find out whether of two bindings in one place, one of them changed, only one would be heard."""
    had: dict[str, Binding] = {}
    for base in (base for owner in owners for base in reversed(owner.__mro__)):
        own = (binding for binding in base.__dict__.get("BINDINGS", ()) if isinstance(binding, Binding))
        had |= {binding.id: binding for binding in own if binding.id}
    taken: dict[str, str] = {}
    for name in sorted(had, key=lambda name: name in keys):  # what is changed comes behind what is not
        for key in split(keys.get(name, had[name].key)):
            other = taken.setdefault(_character(key), name)
            shared = key in split(had[name].key) and key in split(had[other].key)  # as it is without changes
            if other != name and name in keys and not shared:
                raise ValueError(f"{name}: {key} is the key of {other}; give that one another, too")
