"""Keys are handled one after the other, so that what is typed behind the key that opens a bar goes into that bar."""

from __future__ import annotations

import time
from collections import deque

from textual.app import App
from textual.events import Event, Key, Paste
from textual.message import Message
from textual.message_pump import MessagePump

_LONGEST = 5.0
"""Seconds after which a key is no longer waited for: what had it may be gone."""


class KeyPassed(Message):
    """Follows a key from the widget that has the focus up to the app, and arrives once all of them are done with it."""


class TypeAhead(App[None]):
    """An app whose keys wait for the one before.

    A key goes to what has the focus at that moment, and only then, if nobody wants it, to the bindings of the app. So
    with the screen behind, a key that moves the focus would do so after others had gone the old way.
    """

    def __init__(self) -> None:
        super().__init__()
        self._behind: deque[Key | Paste] = deque()
        self._on_its_way: MessagePump | None = None
        self._until = 0.0

    async def on_event(self, event: Event) -> None:
        """Let a key wait for the one before; all else goes at once."""
        if not isinstance(event, Key | Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        self._behind.append(event)
        if self._on_its_way is None or not self._on_its_way.is_running or time.monotonic() > self._until:
            await self._go_on()

    async def on_key_passed(self) -> None:
        """The key is done with: here is the next."""
        await self._go_on()

    async def _go_on(self) -> None:
        self._on_its_way = None
        while self._behind and self._on_its_way is None:
            key, target = self._behind.popleft(), self.focused or self.screen
            await super().on_event(key)
            if key.is_forwarded and target.post_message(KeyPassed()):
                self._on_its_way, self._until = target, time.monotonic() + _LONGEST
