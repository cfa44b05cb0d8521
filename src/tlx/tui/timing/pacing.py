"""How often a growing store is asked anew: the loading comes first."""

from __future__ import annotations

_QUICK = 0.15
"""Seconds within which answers come while they cost the loading little."""
_REST = 5
"""After slower ones, so many times as long nothing is asked."""
_LONGEST = 10.0
"""Seconds after which growth is shown whatever it costs."""


class Pacing:
    """Says when growth is to be shown, from how long it took to show it the last time."""

    def __init__(self) -> None:
        self._began: float | None = None
        self._next = 0.0

    def allows(self, now: float, *, asking: bool) -> bool:
        """Return whether the panes should ask again at the time `now` in seconds; `asking` if they still do."""
        if self._began is not None:
            took = now - self._began
            if asking and took < _LONGEST:
                return False
            self._began = None
            self._next = now + min(_REST * max(0.0, took - _QUICK), _LONGEST)
        return now >= self._next

    def begin(self, now: float) -> None:
        """Note that the panes were told to ask."""
        self._began = now
