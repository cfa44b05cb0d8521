"""What stands around the first rows: it is loaded and mounted once they are drawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from textual.app import App
from textual.widget import Widget

from tlx.store.database import Database
from tlx.tui.filters.filter_bar import FilterBar
from tlx.tui.filters.search_bar import SearchBar
from tlx.tui.panes.breakdown import BreakdownPane
from tlx.tui.panes.inspector.pane import InspectorPane
from tlx.tui.panes.timeline import TimelinePane
from tlx.tui.widgets.key_line import KeyLine

_SHEET = Path(__file__).with_suffix(".tcss")


def add_looks(app: App[None]) -> None:
    """Add to the sheet of the app how all looks that does not stand in the first frame."""
    app.stylesheet.read(_SHEET)
    app.stylesheet.parse()
    for page in app.screen_stack[1:]:  # opened meanwhile
        app.stylesheet.update(page)


def furniture(database: Callable[[], Database], *, ascii_only: bool, live: bool) -> dict[str, tuple[Widget, ...]]:
    """Return the panes, the bars and the footer, each by the slot whose place it takes."""
    return {
        "#slot-1": (TimelinePane(database, ascii_only=ascii_only, live=live, id="pane-1"),),
        "#slot-3": (BreakdownPane(database, ascii_only=ascii_only, id="pane-3"),),
        "#slot-4": (InspectorPane(database, id="pane-4"),),
        "#slot-5": (
            FilterBar(database, id="filter"),
            SearchBar(database, id="search"),
            KeyLine(),
        ),
    }
