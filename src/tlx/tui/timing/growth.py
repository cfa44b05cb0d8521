"""Looking at a growing store: soon after it has grown, and again as soon as the panes may be told of more."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.message_pump import MessagePump
from textual.timer import Timer

from tlx.session import Progress
from tlx.tui.timing.pacing import PAUSE, Pacing


class Growth:
    """Says when to look at the store, by calling `look` from a timer of `pump`, and when to tell the panes."""

    def __init__(self, pump: MessagePump, look: Callable[[], None]) -> None:
        self._pump = pump
        self._look = look
        self._pacing = Pacing()
        self._timer: Timer | None = None
        self._at = 0.0
        """When the next look is due, if there is a timer."""
        self._there = (0, 0, 0)
        self._grew = 0.0
        """When the last look was that found more than the one before."""

    @property
    def shown(self) -> tuple[int, int]:
        """How many events and headers the panes were told of."""
        return self._pacing.shown

    def show(self, progress: Progress) -> None:
        """Note that the panes know of all that there is."""
        self._pacing.shown = (progress.events, progress.headers)

    def seen(self, progress: Progress) -> None:
        """Note that a look is made now, and what it found."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        there = (progress.events, progress.headers, progress.rejects)
        if there != self._there:
            self._there, self._grew = there, time.monotonic()
        self._pacing.live = progress.caught_up

    def is_due(self, *, asking: bool) -> bool:
        """Return whether the panes are to be told of what was found; they are, then. `asking` if they still do."""
        return self._pacing.due(self._there[:2], time.monotonic(), asking=asking)

    def look_soon(self) -> None:
        """Look at the store, a while after the last time that there was more."""
        self._look_at(self._grew + PAUSE)

    def answered(self) -> None:
        """Note that the panes have all they asked for, and look as soon as they may be told of more."""
        now = time.monotonic()
        self._look_at(now + self._pacing.answered(now))

    def _look_at(self, at: float) -> None:
        if self._timer is not None:
            if at >= self._at:
                return
            self._timer.stop()
        self._at = at
        self._timer = self._pump.set_timer(max(0.001, at - time.monotonic()), self._look)
