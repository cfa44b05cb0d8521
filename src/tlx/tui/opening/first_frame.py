"""The screen of the app: nothing is painted before there are rows to show, and then all of it at once."""

from __future__ import annotations

from textual.events import ScreenResume
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget


class FirstFrame(Screen[None]):
    """Holds the first paint back until `show` is called: frames without rows would delay those with them."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """The widget that has the keys. Those that look other with them are painted anew, not all that stands."""
    _held = True

    def show(self) -> None:
        """Paint now what has been held back; from now on, whatever changes."""
        if self._held and self.size:
            self.refresh()
            self._on_timer_update()  # lays out what has changed
            self._held = False
            self._compositor_refresh()
        self._held = False

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Come up without applying the sheet to all that stands: mounting has just done it."""
        event.refresh_styles = not self._held

    def _compositor_refresh(self) -> None:
        if not self._held:
            super()._compositor_refresh()
