"""The line of keys at the foot of the screen."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

from rich.cells import cell_len
from rich.text import Text
from textual.events import MouseDown, MouseMove
from textual.screen import Screen
from textual.widget import Widget

_GAP = 1
"""Cells before and behind a key, and behind what it does."""
_LAST = "help"
"""What leads to all keys: it is there however little room there is."""


class _Key(NamedTuple):
    """A key of the line; `key` is its name, `display` what it is called."""

    key: str
    display: str
    does: str
    action: str
    enabled: bool
    tooltip: str

    @property
    def width(self) -> int:
        """Cells it takes."""
        return 3 * _GAP + cell_len(self.display) + cell_len(self.does)


class KeyLine(Widget, can_focus=False):
    """The keys that are of use with the present focus, of one piece.

    Textual's footer is a widget for each key, and all of them are made anew with every focus: that takes longer than to
    draw all panes.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-line--key", "key-line--does", "key-line--under"}
    DEFAULT_CSS = """
    KeyLine {
        dock: bottom;
        height: 1;
        background: $panel;
        & > .key-line--key { color: $footer-key-foreground; text-style: bold; }
        & > .key-line--does { color: $footer-description-foreground; }
        & > .key-line--under { background: $block-hover-background; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._keys: tuple[_Key, ...] = ()
        self._under: int | None = None
        """Which key the mouse is over."""

    @property
    def said(self) -> tuple[str, ...]:
        """What the keys do, from the left."""
        return tuple(key.does for key in self._shown)

    @property
    def _shown(self) -> list[_Key]:
        """The keys for which there is room."""
        shown = list(self._keys)
        while len(shown) > 1 and sum(key.width for key in shown) - _GAP > self.size.width:
            shown.remove(next(key for key in reversed(shown) if key.action != _LAST))
        return shown

    def on_mount(self) -> None:
        """From now on the keys may change."""
        self.screen.bindings_updated_signal.subscribe(self, self._look)
        self._look(self.screen)

    def _look(self, screen: Screen[Any]) -> None:
        """Look at the keys once what brought them is drawn."""
        if screen.app.app_focus and self.is_attached and screen is self.screen:
            self.call_after_refresh(self._renew)

    def _renew(self) -> None:
        found: dict[str, _Key] = {}
        for _, binding, enabled, tooltip in self.screen.active_bindings.values():
            if binding.show and binding.action not in found:
                display = self.app.get_key_display(binding)
                found[binding.action] = _Key(
                    binding.key, display, binding.description, binding.action, enabled, tooltip
                )
        keys = tuple(found.values())
        if keys != self._keys:
            self._keys = keys
            self._point(None)
            self.refresh()

    def render(self) -> Text:
        """The keys, each with what it does."""
        line = Text(no_wrap=True, end="")
        key_style = self.get_component_rich_style("key-line--key")
        does_style = self.get_component_rich_style("key-line--does")
        for number, key in enumerate(self._shown):
            begin = len(line)
            line.append(f" {key.display} ", key_style).append(f"{key.does} ", does_style)
            if number == self._under:
                line.stylize(self.get_component_rich_style("key-line--under"), begin)
            if not key.enabled:
                line.stylize("dim", begin)
        return line

    def _at(self, column: int) -> int | None:
        for number, key in enumerate(self._shown):
            if column < key.width:
                return number
            column -= key.width
        return None

    def _point(self, number: int | None) -> None:
        if number != self._under:
            self._under = number
            self.tooltip = self._shown[number].tooltip or None if number is not None else None
            self.refresh()

    def on_mouse_move(self, event: MouseMove) -> None:
        """Show which key is under it."""
        self._point(self._at(event.x))

    def on_leave(self) -> None:
        """The mouse has gone."""
        self._point(None)

    def on_mouse_down(self, event: MouseDown) -> None:
        """Press the key under it."""
        number = self._at(event.x)
        if number is None:
            return
        key = self._shown[number]
        if key.enabled:
            self.app.simulate_key(key.key)
        else:
            self.app.bell()
