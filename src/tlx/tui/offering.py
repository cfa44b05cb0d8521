"""The part of the app that offers all that can be done: the command palette."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual.app import SystemCommand
from textual.command import CommandList, CommandPalette
from textual.screen import Screen

from tlx.tui.checking.holding import Holding


class Palette(CommandPalette):
    """Textual's palette, whose keys may come before its list is laid out."""

    def _action_command_list(self, action: str) -> None:
        """Go to another command; by pages only where there are any: to go by one without a layout is an error."""
        if not action.startswith("page_") or self.query_one(CommandList).scrollable_content_region:
            super()._action_command_list(action)


class Offering(Holding):
    """Opens the palette, and says what it offers."""

    def action_command_palette(self) -> None:
        """Offer all that can be done, once: another screen may have come above the palette meanwhile."""
        if not any(isinstance(screen, Palette) for screen in self.screen_stack):
            self.push_screen(Palette())

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Return what the command palette offers: every action that has a key now, and themes."""
        from tlx.tui.pages.help import commands  # noqa: PLC0415  the palette is rarely shown

        return commands(self, screen)
