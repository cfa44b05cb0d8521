"""The line of keys at the foot of the screen."""

from __future__ import annotations

from typing import Any

from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Footer


class KeyLine(Footer):
    """Textual's footer, made anew only where the keys are others: that costs as much as to draw a pane."""

    _keys: tuple[tuple[Binding, bool, str], ...] = ()

    def bindings_changed(self, screen: Screen[Any]) -> None:
        """Look at the keys once what brought them is drawn."""
        self._bindings_ready = True
        if screen.app.app_focus and self.is_attached and screen is self.screen:
            self.call_after_refresh(self._renew)

    async def _renew(self) -> None:
        active = self.screen.active_bindings.values()
        keys = tuple((one.binding, one.enabled, one.tooltip) for one in active if one.binding.show)
        if keys != self._keys:
            self._keys = keys
            await self.recompose()
