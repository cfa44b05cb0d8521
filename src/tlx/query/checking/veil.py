"""Violations without what must not be shown: an event is held against the rules as it is, and told as it is masked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tlx.dialects.rules.finding import Finding, Given, Judged, Rules, amount
from tlx.model import Mask
from tlx.query.checking.values import record_of

_WORD = re.compile(r"[^.\[\]]+")
_GONE = "(masked)"


def veiled(
    judged: Judged, found: Sequence[Finding], rules: tuple[Rules, Given], mask: Mask
) -> tuple[str | None, list[Finding]]:
    """Return the name of an event and what is wrong with it, with nothing in them that the mask takes away.

    A value is that of the same finding in the masked event; where there is none, it is told how much there is.
    """
    masked, number = (mask.mask if judged.record is not None else mask.mask_text)(judged.raw)
    if not number:
        return judged.event, list(found)
    event = None if judged.event is None else _left(judged.event, judged.raw, masked)
    own, given = rules
    seen: dict[tuple[str, str], list[Finding]] = {}
    for one in own.judge(Judged(event, record_of(masked), masked), given):
        seen.setdefault((one.rule, one.field), []).append(one)
    told = []
    for one in found:
        same = seen.get((one.rule, one.field))
        if one.hidden:
            told.append(one)
        elif same:
            told.append(one._replace(value=same.pop(0).value))
        else:
            value = None if one.value is None else amount(one.value)
            told.append(one._replace(field=_left(one.field, judged.raw, masked), value=value, hidden=True))
    return event, told


def _left(name: str, raw: str, masked: str) -> str:
    """What is left of a name: its parts that stand in the line, but not in the masked one, are taken out."""
    return _WORD.sub(lambda word: _GONE if word[0] in raw and word[0] not in masked else word[0], name)
