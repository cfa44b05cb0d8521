"""What time each cell is: nothing runs, at most one action does, a range is chosen, there is no run at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tlx.tui.drawing.spans import AXIS, CURSOR, IDLE, MARKED, OUTSIDE, RANGE, TAIL
from tlx.tui.drawing.window import Window


@dataclass(frozen=True)
class Overlay:
    """What is laid over a picture of time."""

    origin: int | None = None
    """What the labels count from, in ns since the epoch; None for UTC."""
    runs: Sequence[Window] = ()
    """When the runs were whose use of time is known; without any, nothing is said of it."""
    tails: Sequence[Window] = ()
    """When at most one action ran, at their ends."""
    chosen: Window | None = None
    """A range of time that is being chosen."""
    taken: Window | None = None
    """One that was: what lies outside does not count elsewhere."""
    marks: Mapping[int, Window | None] = field(default_factory=dict)
    """Events that are marked, by id, and when they were."""

    @property
    def ranges(self) -> list[Window]:
        """Both ranges, as far as there are any."""
        return [window for window in (self.chosen, self.taken) if window is not None]


NOTHING = Overlay()


def draw_course(
    window: Window, running: Sequence[float], overlay: Overlay = NOTHING, cursor: int | None = None
) -> list[str]:
    """Return the style of each cell of the axis: AXIS, IDLE, TAIL, RANGE, OUTSIDE, MARKED, or CURSOR in its column.

    `running` are the actions in flight in each. A cell is idle where nothing ran in any part of it; it is of the tail,
    or of the range, where its middle is.
    """
    styles = []
    marked = _marked(window, len(running), overlay)
    for column, level in enumerate(running):
        middle = moment_of(window, len(running), column, half=True)
        if column == cursor:
            styles.append(CURSOR)
        elif column in marked:
            styles.append(MARKED)
        elif overlay.chosen is not None and _holds(overlay.chosen, middle):
            styles.append(RANGE)
        elif overlay.taken is not None and not _holds(overlay.taken, middle):
            styles.append(OUTSIDE)
        else:
            styles.append(_used(_span_of(window, len(running), column), middle, level, overlay))
    return styles


def _marked(window: Window, columns: int, overlay: Overlay) -> set[int]:
    """The columns in which marked events are, each the middle of what is seen of its event."""
    spans = (span for span in overlay.marks.values() if span is not None)
    seen = (span for span in spans if span[0] < window[1] and span[1] >= window[0])
    return {column_of(window, columns, (max(a, window[0]) + min(b, window[1] - 1)) // 2) for a, b in seen}


def _used(cell: Window, middle: int, level: float, overlay: Overlay) -> str:
    """What is said of the time of a cell: nothing while the use of time is not known."""
    if any(_holds(tail, middle) for tail in overlay.tails):
        return TAIL
    if level > 0 or not overlay.runs:
        return AXIS
    return IDLE if any(begin < cell[1] and end > cell[0] for begin, end in overlay.runs) else OUTSIDE


def _holds(window: Window, moment: int) -> bool:
    return window[0] <= moment < window[1]


def _span_of(window: Window, columns: int, column: int) -> Window:
    return moment_of(window, columns, column), moment_of(window, columns, column + 1)


def moment_of(window: Window, columns: int, column: int, *, half: bool = False) -> int:
    """Return the time at the left edge of a column, or in its middle."""
    return window[0] + (window[1] - window[0]) * (2 * column + half) // (2 * max(1, columns))


def column_of(window: Window, columns: int, moment: int) -> int:
    """Return the column in which a moment lies; it may lie outside the window."""
    return (moment - window[0]) * columns // max(1, window[1] - window[0])
