"""How often a growing store is asked anew: the loading comes first."""

from __future__ import annotations

PAUSE = 0.1
"""Seconds in which growth is shown once."""
_QUICK, _REST = 0.15, 5
"""Seconds within which answers come while they cost the loading little; after slower ones nothing is asked for so many
times as long as they took longer."""
_QUICK_LIVE, _REST_LIVE = 0.3, 1
"""The same where all has been loaded, and reading what comes takes little of the machine."""
_LONGEST = 10.0
"""Seconds after which growth is shown whatever it costs."""


class Pacing:
    """Says when growth is to be shown, from how long it took to show it the last time; all times are in seconds."""

    def __init__(self) -> None:
        self.shown = (0, 0)
        """How many events and headers the panes were told of."""
        self.live = False
        """Whether all that was there at the begin is loaded."""
        self._began: float | None = None
        self._next = 0.0

    def due(self, there: tuple[int, int], now: float, *, asking: bool) -> bool:
        """Return whether the panes are to be told that so much is there; they are, then. `asking` if they still do."""
        if self._began is not None and (not asking or now - self._began >= _LONGEST):
            self.answered(now)
        if there == self.shown or self._began is not None or now < self._next:
            return False
        self.shown = there
        self._began = now
        return True

    def answered(self, now: float) -> float:
        """Note that the panes have all they asked for; return in how many seconds they may be told of more."""
        if self._began is not None:
            quick, times = (_QUICK_LIVE, _REST_LIVE) if self.live else (_QUICK, _REST)
            rest = min(times * max(0.0, now - self._began - quick), _LONGEST)
            self._next = max(self._began + PAUSE, now + rest)
            self._began = None
        return max(0.0, self._next - now)
