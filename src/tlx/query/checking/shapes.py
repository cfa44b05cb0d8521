"""Shapes of lines in which nothing was found: the store looks itself whether a line has one, so that few are decoded.

Lines of one shape have the same keys in the same order, and between them values of the same types: any text, or one of
a set where the dialect says that it matters which; whole numbers of up to nine digits, or of up to eighteen, by their
sign. What may be read in two ways has no shape: numbers past these, escapes of single code units, more than one
document in a line.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from typing import NamedTuple

from tlx.query.language.compile import Condition, Value

_MOST_PATTERN = 3_000
"""Characters of a pattern: the memory for one is limited."""
_SIGHTINGS = 4
"""So often a shape is seen before it is looked for."""
_MOST_WAITING = 2_000
"""So many shapes are counted at the same time."""
_MOST_KNOWN = 16
"""So many shapes of one type of event are looked for."""

_TEXT = r'"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt])*"'
_SPACE = r"[ \t\r\n]"
_TOKEN = re.compile(
    rf"(?P<text>{_TEXT})(?P<colon>{_SPACE}*:)?"
    r"|(?P<sign>-?)(?P<whole>0|[1-9][0-9]{0,17})(?P<part>\.[0-9]{1,17})?(?![0-9.eE+-])"
    rf"|(?P<truth>true|false)|(?P<mark>null|[\[\]{{}},]|{_SPACE}+)"
)
_DIGITS = 9
_SMALL, _LARGE = "[1-9][0-9]{0,8}", "[1-9][0-9]{9,17}"
_FRACTION = r"-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,17}"

Alike = Mapping[str, Collection[str]]
"""By key, at any depth, the texts that are judged alike; any other that stands there is judged like itself alone."""


def pattern(raw: str, alike: Alike) -> str | None:
    """Return a regular expression for the lines of the shape of a JSON line; None where it has none."""
    parts: list[str] = []
    key, place = "", 0
    while place < len(raw):
        token = _TOKEN.match(raw, place)
        if token is None or len(parts) > _MOST_PATTERN:
            return None
        place = token.end()
        if token["colon"]:
            key = token["text"][1:-1]
            parts.append(re.escape(token[0]))
        elif token["text"]:
            parts.append(_of_text(token["text"], alike.get(key)))
        else:
            parts.append(_of_other(token))
            key = key if token["mark"] is None or token["mark"].isspace() else ""
    made = "".join(parts)
    return made if len(made) <= _MOST_PATTERN else None


def _of_text(text: str, alike: Collection[str] | None) -> str:
    if alike is None:
        return _TEXT
    return f'"(?:{"|".join(map(re.escape, sorted(alike)))})"' if text[1:-1] in alike else re.escape(text)


def _of_other(token: re.Match[str]) -> str:
    if token["mark"]:
        return re.escape(token["mark"])
    if token["truth"]:
        return "(?:true|false)"
    if token["part"]:
        return _FRACTION
    if token["whole"] == "0":
        return re.escape(token[0]) if token["sign"] else f"(?:0|{_SMALL})"
    digits = _SMALL if len(token["whole"]) <= _DIGITS else _LARGE
    return f"-{digits}" if token["sign"] else f"(?:0|{digits})" if digits == _SMALL else digits


class _Shape(NamedTuple):
    """Lines of events of one type."""

    dialect: str
    event: str
    pattern: str


class Shapes:
    """Those of lines in which nothing was found, as far as such lines came often."""

    def __init__(self) -> None:
        """Know none."""
        self._known: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        self._waiting: Counter[_Shape] = Counter()

    def learn(self, dialect: str, event: str, raw: str, alike: Alike) -> None:
        """Note that nothing is wrong with an event, nor with those alike."""
        known = self._known[dialect, event]
        made = pattern(raw, alike) if len(known) < _MOST_KNOWN else None
        if made is None or made in known:
            return
        shape = _Shape(dialect, event, made)
        self._waiting[shape] += 1
        if self._waiting[shape] >= _SIGHTINGS:
            known[made] = None
            del self._waiting[shape]
        elif len(self._waiting) > _MOST_WAITING:
            self._waiting.clear()

    def others(self) -> Condition:
        """Return the condition that the events meet whose lines have none of these shapes."""
        parts: list[str] = []
        values: list[Value] = []
        for (dialect, event), known in self._known.items():
            if known:
                looks = " OR ".join(["regexp_full_match(raw, ?)"] * len(known))
                parts.append(f"(dialect = ? AND event = ? AND ({looks}))")
                values += (dialect, event, *known)
        return (
            Condition(sql=f"NOT coalesce({' OR '.join(parts)}, FALSE)", values=tuple(values)) if parts else Condition()
        )
