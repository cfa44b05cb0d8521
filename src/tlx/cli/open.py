"""`tlx open`: explore logs on the screen. The one door to Textual."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from tlx.cli.exits import ENDING, Ended, Exit, heed_signals, held_back, ignore_signals
from tlx.config import ConfigError
from tlx.config.settings import Settings
from tlx.reader.source import STDIN

if TYPE_CHECKING:
    from types import FrameType

    from textual.app import App

    from tlx.query.checking.violations import Wanted
    from tlx.session import Session
    from tlx.tui.opening.ahead import FirstRows

_HINT = (
    "tlx: open draws on a terminal, and standard output is none.\n"
    "For numbers in a pipe or a file: tlx stats FILE… [--format json]"
)
_PATIENCE = 5.0
"""Seconds in which the screen must be put away once a signal has told the process to end."""


_TURN_SECONDS = 0.001
"""So long the screen's thread may keep the others from going on: between the steps of one question they wait for it
many times."""


class View(NamedTuple):
    """How logs are shown at first."""

    where: Sequence[str] = ()
    """Filters that must all hold."""
    run: int | Literal["last"] | None = None
    """Only the events of this run."""
    follow: bool = False
    """Whether to go on as the logs grow."""
    title: str = ""
    """What to say of them at the top, beside their names."""
    against: Wanted | None = None
    """What their events are held against, where that was said."""


def open_logs(files: Sequence[str], settings: Settings, view: View) -> Exit:
    """Explore `files` until the user leaves.

    Raises:
        SourceError: one cannot be opened.
        ConfigError: a filter cannot be understood, the theme is not known, or no terminal is there to read keys from.
    """
    filter_text = check_where(view.where, settings)
    if sys.stdout is None or not sys.stdout.isatty():
        print(_HINT, file=sys.stderr)  # noqa: T201  stderr is where talk goes
        return Exit.USAGE
    gc.disable()  # nothing of a program that is being loaded is garbage: the app switches it on when it stands
    with held_back():
        from tlx.session import Session

    session = Session(files, settings, follow=view.follow, revealable=True)
    turn, often = sys.getswitchinterval(), gc.get_threshold()
    first: FirstRows | None = None
    try:
        sys.setswitchinterval(_TURN_SECONDS)
        session.start(first_rows_first=True, keep=True)
        _take_terminal(files)
        with held_back():
            from tlx.tui.opening.ahead import first_rows

            first = None if filter_text else first_rows(session, settings, view.run)
            from tlx.tui.app import TlxApp

        app = TlxApp(session, settings, filter_text, view.run)
        app.first_rows = first
        app.sub_title = view.title
        app.against = view.against
        check_keys(settings)
        check_theme(settings, app.available_themes)
        _run(app, session)
        if app.failure is not None:
            raise app.failure
    finally:
        sys.setswitchinterval(turn)
        gc.set_threshold(*often)
        gc.enable()
        gc.unfreeze()  # or DuckDB complains, when the process ends, of connections that were not let go of
        if first is not None:
            first.stop()
        session.close()
    return Exit.DONE


def _run(app: App[None], session: Session) -> None:
    """Show the screen until the user leaves it, or a signal ends it: then it is put away like any other time.

    A terminal that has gone, or takes nothing, can keep the screen from being put away. What the session has is freed
    all the same, for a process that is told to end ends.

    Raises:
        Ended: it was a signal.
    """
    import asyncio

    heed_signals()
    told: list[int] = []

    def give_up() -> None:
        try:
            session.close()
        finally:
            os._exit(Ended(told[0]).code)

    with asyncio.Runner() as runner:
        loop = runner.get_loop()

        def end(number: int, _frame: FrameType | None) -> None:
            ignore_signals()
            told.append(number)
            loop.call_soon_threadsafe(app.exit)
            last = threading.Timer(_PATIENCE, give_up)
            last.daemon = True
            last.start()

        for number in (*ENDING, signal.SIGINT):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, end)
        app.run(loop=loop)
    if told:
        raise Ended(told[0])


def check_keys(settings: Settings) -> None:
    """Find out which keys of the config file cannot be had: they are looked at where there are any.

    Raises:
        ConfigError: one cannot.
    """
    if not settings.keys:
        return
    from tlx.config.file import path
    from tlx.tui import keymap

    try:
        keymap.check(settings.keys)
    except ValueError as error:
        raise ConfigError(f"{path()}: keys.{error}") from error


def check_theme(settings: Settings, known: Iterable[str]) -> None:
    """Find out whether the theme is among those that are known.

    Raises:
        ConfigError: it is not.
    """
    theme = settings.theme
    if theme is None or theme in known:
        return
    import difflib

    near = difflib.get_close_matches(theme, known, 1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(known))}"
    raise ConfigError(f"{settings.origins['theme']}: there is no theme {theme!r}; {hint}")


def check_where(where: Sequence[str], settings: Settings) -> str:
    """Return the filter that holds where all of `where` do.

    Raises:
        ConfigError: one cannot be understood.
    """
    if not where:
        return ""
    from tlx.cli.scoping import Part, condition

    return condition([("--where", text) for text in where], Part(named=settings.filters).context()).text


def _take_terminal(files: Sequence[str]) -> None:
    """Take the place of standard input and of standard error where they do not lead to the terminal.

    A log on standard input was duplicated when it was opened; Textual draws on standard error.
    """
    if STDIN in files or sys.stdin is None or not sys.stdin.isatty():
        try:
            terminal = os.open("/dev/tty", os.O_RDONLY)
        except OSError as error:
            raise ConfigError("there is no terminal to read keys from; for numbers: tlx stats FILE…") from error
        os.dup2(terminal, 0)
        os.close(terminal)
    if sys.__stdin__ is None:
        setattr(sys, "__stdin__", open(0, closefd=False))  # noqa: B010, SIM115  where Textual's driver looks
    if sys.__stderr__ is None or not sys.__stderr__.isatty():
        setattr(sys, "__stderr__", sys.__stdout__)  # noqa: B010  where Textual's driver looks; typed as final
