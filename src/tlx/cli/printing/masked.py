"""What is masked of what is printed, told once on stderr: data alone does not say how to see the rest."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator
from typing import Any, TextIO, cast

from tlx import units

_MARK = "masked:"
"""How all begins that stands in the place of what is masked."""


class _Telling:
    """What one command has to tell."""

    def __init__(self) -> None:
        self.number: int | None = 0
        """How many values are masked; None while nobody can know."""
        self.seen = False
        """Whether one of them was printed."""
        self.told = False

    def tell(self) -> None:
        """Say it, if there is anything to say."""
        if not self.seen or self.told or sys.stderr is None:  # print would take standard output instead
            return
        self.told = True
        number = "" if self.number is None else f"{units.count(self.number)} "
        words = "value is" if self.number == 1 else "values are"
        print(f"tlx: {number}{words} masked; --reveal shows them", file=sys.stderr, flush=True)  # noqa: T201  talk


_telling = _Telling()


@contextlib.contextmanager
def telling() -> Iterator[None]:
    """Tell, once a command is done, how many values are masked, if any of them was printed."""
    global _telling  # noqa: PLW0603  one command runs in a process at a time, and its parts print in many places
    _telling = _Telling()
    yield
    _telling.tell()


def note_masked(number: int | None, *, printed: bool = False) -> None:
    """Note how many values are masked, before any of them is printed, or that they are; None while nobody can know."""
    _telling.number = number
    _telling.seen |= printed


def watched(stream: TextIO) -> TextIO:
    """Return a stream that is looked at for what is masked, where anything may be."""
    return cast("TextIO", _Watched(stream, _telling)) if _telling.number != 0 else stream


class _Watched:
    """A stream; whoever follows a log is told at once."""

    def __init__(self, stream: TextIO, telling: _Telling) -> None:
        self._stream = stream
        self._telling = telling

    def write(self, text: str) -> int:
        if not self._telling.seen and _MARK in text:
            self._telling.seen = True
            if self._telling.number is None:
                self._telling.tell()
        return self._stream.write(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
