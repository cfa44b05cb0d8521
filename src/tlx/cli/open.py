"""`tlx open`: explore logs on the screen. The one door to Textual."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from tlx.cli.exits import Exit
from tlx.config import Settings
from tlx.reader.source import STDIN

_HINT = (
    "tlx: open draws on a terminal, and standard output is none.\n"
    "For numbers in a pipe or a file: tlx stats FILE… [--format json]"
)


def open_logs(files: Sequence[str], settings: Settings, where: Sequence[str]) -> Exit:
    """Explore `files` until the user leaves.

    Raises:
        SourceError: one cannot be opened.
        ConfigError: a filter cannot be understood, or the theme is not known.
    """
    if not sys.stdout.isatty():
        print(_HINT, file=sys.stderr)  # noqa: T201  stderr is where talk goes
        return Exit.USAGE
    from tlx.session import Session

    session = Session(files, settings)
    try:
        session.start()
        _take_terminal(files)
        from tlx.tui.app import TlxApp

        app = TlxApp(session, settings, _checked(where))
        app.run()
        if app.failure is not None:
            raise app.failure
    finally:
        session.close()
    return Exit.DONE


def _checked(where: Sequence[str]) -> str:
    from tlx.config import ConfigError
    from tlx.query.language.compile import compile_filter
    from tlx.query.language.parse import FilterError

    for text in where:
        try:
            compile_filter(text)
        except FilterError as error:
            raise ConfigError(f"--where {text}: at column {error.column + 1}: {error}") from error
    return " ".join(where)


def _take_terminal(files: Sequence[str]) -> None:
    """Take the place of standard input and of standard error where they do not lead to the terminal.

    A log on standard input was duplicated when it was opened; Textual draws on standard error.
    """
    if STDIN in files or not sys.stdin.isatty():
        terminal = os.open("/dev/tty", os.O_RDONLY)
        os.dup2(terminal, 0)
        os.close(terminal)
    if sys.__stderr__ is None or not sys.__stderr__.isatty():
        setattr(sys, "__stderr__", sys.__stdout__)  # noqa: B010  where Textual's driver looks; typed as final
