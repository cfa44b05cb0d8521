"""The part of the app that holds what it shows against the rules of its systems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from tlx.tui.filters.owner import FilterOwner

if TYPE_CHECKING:
    from textual.message import Message

    from tlx.config.settings import Settings
    from tlx.query.checking.violations import Wanted
    from tlx.session import Session
    from tlx.tui.panes.pane import Pane


class Holding(FilterOwner):
    """Opens the list of violations."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("P", "violations", "Problems", show=False, id="app.violations", tooltip="List what breaks the rules"),
    ]

    against: Wanted | None = None
    """What the events are held against, where that was said."""
    _session: Session
    _settings: Settings

    if TYPE_CHECKING:

        def _bound(self, pane: Pane) -> Pane: ...

        def _go(self, steps: Sequence[Message] | None) -> None: ...

    def action_violations(self) -> None:
        """List what in the logs breaks the rules of its system."""
        from tlx.tui.checking.violations import ViolationsScreen, pane_over  # noqa: PLC0415  the screen is rarely shown

        pane = pane_over(self._session, self.against, ascii_only=self._settings.ascii_only)
        self._bound(pane)
        self.push_screen(ViolationsScreen(pane), self._go)
