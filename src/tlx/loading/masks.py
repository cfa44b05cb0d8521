"""What is masked in a session, and by which pseudonyms."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from tlx.dialects.base import Dialect
from tlx.dialects.known import DIALECTS, NAMES
from tlx.model import Mask, Masks, Sensitive

if TYPE_CHECKING:
    from tlx.masking.all_masks import Maskers

_ALL = r"[^\s\S]|"
"""What all lines look like."""
_LETTERS = re.compile(r"(\\.)|[A-Z]")
"""What is escaped, or a large letter."""


def masks(dialects: Sequence[Dialect], *, hide: bool, paths: Sequence[str] = ()) -> Masks:
    """Return the masks for lines of these dialects; with `hide`, what is masked is kept to be revealed.

    What stands at `paths`, as they were typed, is masked in lines of all.

    Raises:
        ValueError: one of them is no path.
    """
    everywhere = asked_for(paths)
    trusted = own(dialects)
    names = {one.name for one in dialects if one.sensitive or everywhere or not trusted[one.name]}
    made: list[Maskers] = []

    @cache
    def key() -> bytes | None:
        from tlx import state  # noqa: PLC0415  most logs have nothing to mask

        return state.pseudonym_key()

    def told() -> str:
        import hashlib  # noqa: PLC0415  most logs have nothing to mask

        return hashlib.blake2b(key() or b"", digest_size=16, person=b"tlx").hexdigest() if key() else ""

    @cache
    def of(dialect: str) -> Mask:
        from tlx.masking.all_masks import Maskers  # noqa: PLC0415  the same
        from tlx.masking.pseudonyms import Pseudonyms  # noqa: PLC0415  the same

        if not made:
            sensitive = {one.name: one.sensitive for one in (*DIALECTS, *dialects) if one.sensitive}
            made.append(Maskers(sensitive, trusted, Pseudonyms(key()), everywhere=everywhere))
        return made[0].of(dialect)

    kinds = tuple(dict.fromkeys(one.sensitive.looks for one in (*DIALECTS, *dialects) if one.sensitive))
    kinds += (everywhere.looks,) if everywhere else ()
    return Masks(frozenset(names), of, hide, lambda text: _pattern(kinds).search(text.lower()) is not None, told)


def own(dialects: Sequence[Dialect]) -> Mapping[str, bool]:
    """Return by name whether a dialect takes its own lines alone: not one made to take all, nor one from a file."""
    return {one.name: one.projection.recognise != "TRUE" and one.name in NAMES for one in dialects}


def asked_for(paths: Sequence[str]) -> Sensitive | None:
    """Return what is masked at paths, as they were typed; all lines look as if they held some.

    Raises:
        ValueError: one of them is no path.
    """
    if not paths:
        return None
    from tlx.dialects.defined.sensitive import named, sensitive  # noqa: PLC0415  hardly ever asked for

    return sensitive(named(paths), looks=_ALL)


@cache
def _pattern(looks: tuple[str, ...]) -> re.Pattern[bytes]:
    """What logs look like that hold lines to mask, as any of these, in small letters.

    Not in groups and with no letter of two sizes: so Python tells by its first byte that nothing begins somewhere,
    which takes a seventh of the time.
    """
    bare = "|".join(one.removeprefix("(?i)") for one in looks)
    return re.compile(_LETTERS.sub(lambda found: found[1] or found[0].lower(), bare).encode())
