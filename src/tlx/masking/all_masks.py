"""The masks of a session: of each dialect its own; for lines that the wrong one takes, those they look to need."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence

from tlx.masking.masker import Masker
from tlx.masking.pseudonyms import Pseudonyms
from tlx.model import Mask, Sensitive

_ESCAPED_KEY = re.compile(r'\\u00[0-7][0-9a-fA-F][^"\\]*"\s*:')
"""A key that is written in escapes, as hardly any is."""
_ESCAPE = re.compile(r"\\+u(00[0-7][0-9a-fA-F])")

Build = Callable[[Sensitive, Pseudonyms], Masker]


class Maskers:
    """Makes masks as they are asked for; any thread may ask."""

    def __init__(
        self,
        sensitive: Mapping[str, Sensitive],
        own: Mapping[str, bool],
        pseudonyms: Pseudonyms,
        build: Build = Masker,
        *,
        everywhere: Sensitive | None = None,
    ) -> None:
        """Mask by what is `sensitive` in each dialect, and `everywhere`, by maskers that are made with `build`.

        Of the dialects of `own`, those that are true are trusted to take their own lines alone.
        """
        self._everywhere = build(everywhere, pseudonyms) if everywhere else None
        self._sensitive = sensitive
        self._own = own
        self._pseudonyms = pseudonyms
        self._build = build
        self._known: dict[str, Mask] = {}
        self._maskers: dict[str, Masker] = {}
        self._lock = threading.Lock()

    def of(self, dialect: str) -> Mask:
        """Return how lines of a dialect are masked."""
        with self._lock:
            if dialect not in self._known:
                self._known[dialect] = self._made(dialect)
            return self._known[dialect]

    def _made(self, dialect: str) -> Mask:
        return _both(self._of_dialect(dialect), _mask(self._everywhere))

    def _of_dialect(self, dialect: str) -> Mask | None:
        if self._own.get(dialect):
            return _mask(self._masker(dialect)) if dialect in self._sensitive else None
        return self._by_looks(dialect)

    def _masker(self, dialect: str) -> Masker:
        if dialect not in self._maskers:
            self._maskers[dialect] = self._build(self._sensitive[dialect], self._pseudonyms)
        return self._maskers[dialect]

    def _by_looks(self, own: str) -> Mask:
        """Mask a line as its own dialect would, and as each other that it looks to be of."""
        found = [(re.compile(one.looks), self._masker(name)) for name, one in self._sensitive.items() if name != own]
        first = [self._masker(own)] if own in self._sensitive else []

        def maskers(text: str) -> Iterator[Masker]:
            yield from first
            plain = _ESCAPE.sub(_character, text) if _ESCAPED_KEY.search(text) else text
            yield from (masker for looks, masker in found if looks.search(plain))

        def mask(text: str) -> tuple[str, int]:
            return _one_after_another([masker.mask for masker in maskers(text)], text)

        def mask_text(text: str) -> tuple[str, int]:
            return _one_after_another([masker.mask_text for masker in maskers(text)], text)

        marks = [masker.marks for masker in first] + [f"(?:{looks.pattern})" for looks, _ in found]
        return Mask("|".join((*marks, _ESCAPED_KEY.pattern)) if all(marks) else "", mask, mask_text)


def _mask(masker: Masker | None) -> Mask | None:
    return Mask(masker.marks, masker.mask, masker.mask_text) if masker else None


def _both(one: Mask | None, other: Mask | None) -> Mask:
    """Mask by one, then by the other; by nothing where there is neither."""
    found = [mask for mask in (one, other) if mask]
    return Mask(
        "|".join(f"(?:{mask.marks})" for mask in found) if all(mask.marks for mask in found) else "",
        lambda text: _one_after_another([mask.mask for mask in found], text),
        lambda text: _one_after_another([mask.mask_text for mask in found], text),
    )


def _character(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))


def _one_after_another(masks: Sequence[Callable[[str], tuple[str, int]]], text: str) -> tuple[str, int]:
    number = 0
    for mask in masks:
        text, more = mask(text)
        number += more
    return text, number
