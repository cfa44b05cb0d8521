"""What every page is: a text that scrolls, by the keys that move a table."""

from __future__ import annotations

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen


def page_keys(name: str) -> list[BindingType]:
    """Return the keys that move a page, with ids that begin with its name."""
    return [
        Binding("j,down", "scroll(1)", "Down", show=False, id=f"{name}.down"),
        Binding("k,up", "scroll(-1)", "Up", show=False, id=f"{name}.up"),
        Binding("space,pagedown", "scroll(1, 'page')", "Page down", show=False, id=f"{name}.page_down"),
        Binding("b,pageup", "scroll(-1, 'page')", "Page up", show=False, id=f"{name}.page_up"),
        Binding("ctrl+d", "scroll(1, 'half')", "Half a page down", show=False, id=f"{name}.half_down"),
        Binding("ctrl+u", "scroll(-1, 'half')", "Half a page up", show=False, id=f"{name}.half_up"),
        Binding("g,home", "scroll(-1, 'all')", "Begin", show=False, id=f"{name}.first"),
        Binding("G,end", "scroll(1, 'all')", "End", show=False, id=f"{name}.last"),
    ]


class Page(ModalScreen[None]):
    """Holds one `VerticalScroll`."""

    def action_scroll(self, direction: int, by: str = "line") -> None:
        """Move by a line, half a page, a page, or all the way."""
        page = self.query_one(VerticalScroll)
        height = max(1, page.scrollable_content_region.height - 1)
        steps = {"line": 1, "half": max(1, height // 2), "page": height, "all": page.max_scroll_y}
        page.scroll_relative(y=direction * steps[by], animate=False)
