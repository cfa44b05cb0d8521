"""ASCII alone: what tlx and Textual draw is replaced sign by sign; text of a log stays as it is."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_SIGNS = str.maketrans(
    "✕▹≥╭╮╰╯─│├└┼·…–▸▾▼▶◂▴▲←→↑↓µ⏎☆★▏▎▍▌▋▊▉█▁▂▃▄▅▆▇▐▕●◉■▣◆◈◇❖▪▫○✓✗↻◌⊘",
    "xo>++++-|||+-~->vv><^^<>^vu#mM" + " " * 3 + "#" * 5 + " " * 3 + "#" * 4 + "||" + "*" * 11 + "+!~ox",
)


class AsciiFilter(LineFilter):
    """Draws frames, scrollbars and signs with ASCII; each takes the one cell it took before."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002  Textual's own
        """Return the same line with its signs replaced."""
        return [
            segment if segment.text.isascii() else Segment(segment.text.translate(_SIGNS), segment.style)
            for segment in segments
        ]
