"""Keys are handled one after the other, so that what is typed behind the key that opens a bar goes into that bar."""

from __future__ import annotations

import time
from collections import deque

from textual.events import Event, Key, Paste
from textual.message import Message
from textual.message_pump import MessagePump

from tlx.tui.timing.tidying import Tidying

_LONGEST = 5.0
"""Seconds after which a key is no longer waited for: what had it may be gone."""


class KeyPassed(Message):
    """Follows a key from the widget that has the focus up to the app, and arrives once all of them are done with it."""


class KeysReleased(Message):
    """Arrives when keys need no longer wait for the focus to move."""


class TypeAhead(Tidying):
    """An app whose keys wait for the one before.

    A key goes to what has the focus at that moment, and only then, if nobody wants it, to the bindings of the app. So
    with the screen behind, a key that moves the focus would do so after others had gone the old way.
    """

    def __init__(self) -> None:
        super().__init__()
        self._behind: deque[Key | Paste] = deque()
        self._on_its_way: MessagePump | None = None
        self._until = 0.0
        self._held_until = 0.0

    @property
    def keys_wait(self) -> bool:
        """Whether there are keys that wait, or that are not done with."""
        return bool(self._behind) or self._is_under_way or self._is_held

    @property
    def _is_under_way(self) -> bool:
        return self._on_its_way is not None and self._on_its_way.is_running and time.monotonic() <= self._until

    @property
    def _is_held(self) -> bool:
        return time.monotonic() < self._held_until

    async def on_event(self, event: Event) -> None:
        """Let a key wait for the one before; all else goes at once."""
        if not isinstance(event, Key | Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        self._behind.append(event)
        if not self._is_under_way:
            self._on_its_way = None
            await self._go_on()

    async def on_key_passed(self) -> None:
        """The key is done with: here is the next."""
        self._on_its_way = None
        await self._go_on()

    async def on_keys_released(self) -> None:
        """The focus is where the key moved it: here is the next."""
        await self._go_on()

    def hold_keys(self) -> None:
        """Let keys wait until `release_keys`: the one before moves the focus, but only with the next frame."""
        self._held_until = time.monotonic() + _LONGEST

    def release_keys(self) -> None:
        """Let the keys come that were held."""
        self._held_until = 0.0
        self.post_message(KeysReleased())

    async def _go_on(self) -> None:
        while self._behind and self._on_its_way is None and not self._is_held:
            if not self.screen_stack:  # the app ends
                self._behind.clear()
                return
            key, target = self._behind.popleft(), self.focused or self.screen
            await super().on_event(key)
            if key.is_forwarded and target.post_message(KeyPassed()):
                self._on_its_way, self._until = target, time.monotonic() + _LONGEST
