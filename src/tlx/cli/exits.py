"""Exit codes."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """How a command ended, as scripts see it."""

    DONE = 0
    ANSWER_IS_NO = 1
    USAGE = 2
    INPUT = 3
    """An input cannot be read."""
    INTERNAL = 4
    """The trace is saved, its path printed."""
    INTERRUPTED = 130
