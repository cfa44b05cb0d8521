"""Whether a store rests, so that what takes long can be asked of it."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.timer import Timer
from textual.widget import Widget

REST_SECONDS = 0.3
"""After so long without growth or another scope, what takes longer is asked, and kept for zooming."""
_PATIENCE = 5
"""So many times as long as the answers took the last time, the store has to rest before they are asked again."""


class Rest:
    """The rest of a store, which begins where it has not grown for a while and ends with its growth."""

    def __init__(self) -> None:
        self.on = False
        self._events: int | None = None
        self._began = 0.0
        self._took = 0.0

    @property
    def wait(self) -> float:
        """Seconds without growth after which it may begin: a log that often pauses is not asked in every pause."""
        return _PATIENCE * self._took

    def end(self) -> None:
        """Note that the store has grown."""
        self.on = False

    def begin(self, events: int) -> bool:
        """Begin, unless there are more events than when it was last tried; return whether it has begun."""
        self.on, self._events = self._events in (None, events), events
        self._began = time.monotonic()
        return self.on

    def answered(self) -> None:
        """Note that all that is asked in it is answered."""
        self._took = time.monotonic() - self._began


class Later:
    """Calls something once nothing else has been put off for a while."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._timer: Timer | None = None

    def call(self, what: Callable[[], None], seconds: float = 0.0) -> None:
        """Put something off, for so many seconds if that is longer than usual."""
        if self._timer is not None:
            self._timer.stop()
        if REST_SECONDS:
            self._timer = self._widget.set_timer(max(REST_SECONDS, seconds), what)
        else:
            what()
