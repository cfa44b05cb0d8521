"""Garbage is looked for while nobody waits: not between a key and what it brings, where it would stop the screen."""

from __future__ import annotations

import asyncio
import gc

from textual.events import Event, InputEvent

from tlx.tui.leaving import Leaving

_QUIET = 0.25
"""Seconds after a key, or after the mouse, from which on nobody waits: what it brought is there."""
_LONG_QUIET = 2.0
"""The same for all that has come since the panes stand, which takes longer to look through."""
_OFTEN = 10
"""So often only what is new is looked through before all is."""
_MOST = 20_000
"""New objects that are looked through at once where no rest comes."""
_SELDOM = 30
"""So often what is new, before all is looked through without a rest: a log may be followed for days without a key."""


class Tidying(Leaving):
    """An app that looks for garbage when it rests."""

    def __init__(self) -> None:
        super().__init__()
        self._tidies = False
        self._due: asyncio.TimerHandle | None = None

    def begin_tidying(self) -> None:
        """Collect garbage again, if that was put off; but not among what stands, which stays.

        To look through all of that would stop the screen for a tenth of a second.
        """
        if not gc.isenabled():
            self._tidies = True
            gc.freeze()
            gc.set_threshold(_MOST, _OFTEN, _SELDOM)
            gc.enable()

    async def on_event(self, event: Event) -> None:
        """Wait longer where there is something to do."""
        if self._tidies and isinstance(event, InputEvent):
            self._wait()
        await super().on_event(event)

    def _wait(self) -> None:
        if self._due is not None:
            self._due.cancel()
        self._due = asyncio.get_running_loop().call_later(_QUIET, self._tidy)

    def _tidy(self) -> None:
        """Look through what is new."""
        gc.collect(1)
        if gc.get_count()[2] >= _OFTEN:
            self._due = asyncio.get_running_loop().call_later(_LONG_QUIET, gc.collect)
