"""The part of time that is looked at: moved and stretched, never beyond the whole nor below what a log resolves."""

from __future__ import annotations

from typing import NamedTuple

Window = tuple[int, int]
"""Nanoseconds since the epoch, the end exclusive."""

LEAST = 1_000_000
"""One millisecond: what the log resolves."""


def moved(whole: Window, begin: int, length: int) -> Window | None:
    """Return a window of about this length from about `begin` on, or None for the whole."""
    first, last = whole
    length = max(LEAST, length)
    if length >= last - first:
        return None
    begin = max(first, min(begin, last - length))
    return begin, begin + length


def zoomed(whole: Window, shown: Window, factor: float, at: int) -> Window | None:
    """Return a window `factor` times as long in which `at` stays where it is, or comes to the middle if it was out.

    One that can be no shorter stays as it is.
    """
    begin, end = shown
    length = max(LEAST, round((end - begin) * factor))
    if factor < 1 and length >= end - begin:
        return None if shown == whole else shown
    part = (at - begin) / (end - begin) if begin <= at < end else 0.5
    return moved(whole, at - round(length * part), length)


def panned(whole: Window, shown: Window, part: float) -> Window | None:
    """Return the window moved by a part of its length."""
    begin, end = shown
    return moved(whole, begin + round((end - begin) * part), end - begin)


def reaches_end(window: Window | None, whole: Window) -> bool:
    """Return whether a window goes to the end of the whole, without being all of it."""
    return window is not None and window[1] >= whole[1]


def holding(whole: Window, shown: Window, start: int, end: int) -> Window | None:
    """Return the window, moved so that a span is seen if nothing of it was."""
    if end >= shown[0] and start < shown[1]:
        return shown
    length = shown[1] - shown[0]
    return moved(whole, (start + end - length) // 2, length)


def around(whole: Window, start: int, end: int) -> Window | None:
    """Return a window with a span in its middle that takes most of it; an instant stands in that of a hundred LEAST."""
    length = (end - start) * 5 // 4 or 100 * LEAST
    return moved(whole, (start + end - length) // 2, length)


class Choosing(NamedTuple):
    """A range of time that is being chosen: one end stays, the other one moves."""

    fixed: int
    moving: int

    @property
    def window(self) -> Window:
        """From the earlier end to the later, never of no length."""
        begin, end = sorted(self)
        return begin, max(end, begin + 1)

    @property
    def turned(self) -> Choosing:
        """The same with the other end to be moved."""
        return Choosing(self.moving, self.fixed)

    def by(self, length: int, whole: Window) -> Choosing:
        """Return the range with its end moved, never beyond the whole."""
        return self._replace(moving=min(max(self.moving + length, whole[0]), whole[1]))
