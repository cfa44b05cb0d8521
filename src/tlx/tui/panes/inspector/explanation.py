"""What is under the cursor of the inspector, explained in as few lines as there is room for."""

from __future__ import annotations

import textwrap

from textual.content import Content
from textual.widgets import Static

from tlx import units

_PART = 4
"""It takes one of so many lines of its pane, at least one, at most as many."""


class Explanation(Static):
    """Lines below the tree; none where there is nothing to say."""

    DEFAULT_CSS = """
    Explanation {
        color: $muted;
        padding: 0 1;
    }
    """

    def __init__(self, id: str | None = None) -> None:  # noqa: A002  Textual's own name
        super().__init__(id=id)
        self._text = ""
        self.display = False

    def say(self, text: str) -> None:
        """Explain something; it is taken literally."""
        self._text = units.visible(text)
        self.display = bool(text)
        self.fit()

    def fit(self) -> None:
        """Break the lines for the pane as large as it is now, which says so when that changes."""
        pane = self.parent
        height = getattr(pane, "size", self.size).height
        width = getattr(pane, "size", self.size).width - 2
        lines = folded(self._text, width, max(1, min(_PART, height // _PART)))
        self.styles.height = len(lines)  # told to Textual: what it measures may be of a text that stood here before
        self.update(Content("\n".join(lines)), layout=False)


def folded(text: str, width: int, most: int) -> list[str]:
    """Return a text in lines of so many cells, `most` of them; what does not fit is cut with a sign."""
    return textwrap.wrap(text, max(1, width), max_lines=most, placeholder="…")
