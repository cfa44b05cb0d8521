"""What is masked in a session, and by which pseudonyms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from tlx.dialects.base import Dialect
from tlx.dialects.known import DIALECTS, NAMES
from tlx.model import Mask, Masks

if TYPE_CHECKING:
    from tlx.masking.all_masks import Maskers


def masks(dialects: Sequence[Dialect], *, hide: bool) -> Masks:
    """Return the masks for lines of these dialects; with `hide`, what is masked is kept to be revealed.

    A dialect that takes every line, or that a person has defined, may take lines of others: it masks what looks so.
    """
    takers = {one.name for one in dialects if one.projection.recognise == "TRUE" or one.name not in NAMES}
    names = {one.name for one in dialects if one.sensitive} | takers
    made: list[Maskers] = []

    @cache
    def of(dialect: str) -> Mask:
        from tlx import state  # noqa: PLC0415  most logs have nothing to mask
        from tlx.masking.all_masks import Maskers  # noqa: PLC0415  the same
        from tlx.masking.pseudonyms import Pseudonyms  # noqa: PLC0415  the same

        if not made:
            sensitive = {one.name: one.sensitive for one in (*DIALECTS, *dialects) if one.sensitive}
            own = {one.name: one.name not in takers for one in dialects}
            made.append(Maskers(sensitive, own, Pseudonyms(state.pseudonym_key())))
        return made[0].of(dialect)

    kinds = tuple(dict.fromkeys(one.sensitive.looks for one in (*DIALECTS, *dialects) if one.sensitive))
    return Masks(frozenset(names), of, hide, lambda text: _pattern(kinds).search(text) is not None)


@cache
def _pattern(looks: tuple[str, ...]) -> re.Pattern[bytes]:
    """What logs look like that hold lines to mask, as any of these."""
    bare = [one.removeprefix("(?i)") for one in looks]
    return re.compile("|".join(f"(?:{one})" for one in bare).encode(), re.IGNORECASE)
