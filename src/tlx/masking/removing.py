"""Masking for a copy that is to be given away: nothing links it to another, and what was changed is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from tlx.masking.all_masks import Maskers
from tlx.masking.masker import Masker
from tlx.masking.pseudonyms import Pseudonyms, Removal
from tlx.model import Mask, Sensitive


class Redacting:
    """Masks lines by pseudonyms of a key that nobody will ever know; counts by dialect and key."""

    def __init__(
        self,
        sensitive: Mapping[str, Sensitive],
        own: Mapping[str, bool],
        *,
        remove: bool,
        everywhere: Sensitive | None = None,
    ) -> None:
        """Mask what is `sensitive` in each dialect, and `everywhere`.

        Those dialects of `own` that are true take their own lines alone. With `remove` only what groups are made by has
        a pseudonym.
        """
        self.changed: dict[str, Counter[str]] = {}
        """How many values were changed, by dialect and then by key."""
        self._dialect = ""
        last = Removal() if remove else Pseudonyms()
        self._passes = [Maskers(sensitive, own, last, self._masker, everywhere=everywhere)]
        if remove:
            grouped = {name: _grouped(one) for name, one in sensitive.items()}
            self._passes.insert(0, Maskers(grouped, own, Pseudonyms(), self._masker))

    def mask(self, dialect: str, text: str) -> str:
        """Return the text of a record without what is sensitive."""
        return self._through(dialect, text, texts=False)

    def mask_text(self, dialect: str, text: str) -> str:
        """The same of a line of text."""
        return self._through(dialect, text, texts=True)

    def _through(self, dialect: str, text: str, *, texts: bool) -> str:
        self._dialect = dialect
        for maskers in self._passes:
            mask: Mask = maskers.of(dialect)
            text = (mask.mask_text if texts else mask.mask)(text)[0]
        return text

    def _masker(self, sensitive: Sensitive, pseudonyms: Pseudonyms) -> Masker:
        return Masker(sensitive, pseudonyms, self._count)

    def _count(self, key: str, number: int) -> None:
        if number:
            self.changed.setdefault(self._dialect, Counter())[key] += number


def _grouped(sensitive: Sensitive) -> Sensitive:
    """The part of what is sensitive that groups are made by."""
    paths = tuple(words for words in sensitive.grouped if words in sensitive.paths)
    keys = tuple(words for words in sensitive.grouped if words not in sensitive.paths)
    return Sensitive(sensitive.looks, keys=keys, paths=paths)
