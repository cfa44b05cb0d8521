"""Exit codes, and signals that end a command as an exception would, so that nothing is left behind."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from enum import IntEnum
from types import FrameType

ENDING = (signal.SIGTERM, signal.SIGHUP)
"""Told to end, and the terminal has gone."""
_OF_SIGNALS = 128
"""What shells add to the number of a signal."""


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


_told: list[int] = []
"""The signal that ended the command, if one did."""


class Ended(BaseException):
    """A signal ended the command."""

    def __init__(self, number: int) -> None:
        """Note the number of the signal."""
        super().__init__(number)
        self.code = _OF_SIGNALS + number


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """Raise `Ended` where a signal would kill the process; one that is ignored, as by `nohup`, stays so.

    Once a signal has ended the command, further ones are ignored: they would only keep it from tidying up.
    """
    before = {}
    _told.clear()
    if threading.current_thread() is threading.main_thread():  # Python lets no other set handlers
        before = {number: signal.getsignal(number) for number in (*ENDING, signal.SIGINT)}
    for number, handler in before.items():
        if handler in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _end)
    try:
        yield
        heed_signals()
    except Exception:
        heed_signals()  # DuckDB makes an error of its own of what is raised while it answers
        raise
    finally:
        for number, handler in before.items() if not _told else ():
            signal.signal(number, handler)


def heed_signals() -> None:
    """Raise what a signal has raised before, if that was lost: there are places in C that drop any exception."""
    if _told:
        raise KeyboardInterrupt if _told[0] == signal.SIGINT else Ended(_told[0])


def ignore_signals() -> None:
    """From now on the signals that end a command do nothing: it is ending."""
    for number in (*ENDING, signal.SIGINT):
        signal.signal(number, _let_go)  # Python complains of one that is ignored and has come already


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Let signals wait: what is imported here, such as DuckDB, crashes if one raises an exception meanwhile."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (*ENDING, signal.SIGINT))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _let_go(_number: int, _frame: FrameType | None) -> None:
    """Do nothing."""


def _end(number: int, _frame: FrameType | None) -> None:
    ignore_signals()
    _told.append(number)
    heed_signals()
