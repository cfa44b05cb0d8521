"""A walk through what was typed before."""

from __future__ import annotations

from collections.abc import Sequence


class History:
    """Stands at what is being typed, behind everything that was."""

    def __init__(self) -> None:
        self._texts: tuple[str, ...] = ()
        self._at = 0
        self._draft = ""

    def begin(self, texts: Sequence[str]) -> None:
        """Stand behind these texts, the last of which was typed last."""
        self._texts = tuple(texts)
        self._at = len(self._texts)
        self._draft = ""

    def step(self, present: str, direction: int) -> str:
        """Return the text before the present one, or with direction 1 the one behind it; at an end the same again.

        What is being typed is found again at the end. The text that stands in the line already is passed over.
        """
        if self._at == len(self._texts):
            self._draft = present
        ways = [*self._texts, self._draft]
        at = self._at + direction
        while 0 <= at < len(self._texts) and ways[at] == present:
            at += direction
        if 0 <= at <= len(self._texts):
            self._at = at
            return ways[at]
        return present
