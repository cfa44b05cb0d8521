"""The way into every command, and what happens when one ends badly."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tlx.cli import arguments
from tlx.cli.exits import Ended, Exit, ended_by_signals, held_back

if TYPE_CHECKING:
    from tlx.config.settings import Settings
    from tlx.query.checking.violations import Wanted


def run(argv: Sequence[str]) -> int:
    """Run one command, or answer a shell; return the exit code. Whatever goes wrong ends in one line on stderr."""
    if "_ARGCOMPLETE" in os.environ and not argv:  # a shell asks, in variables, what may be typed next
        from tlx.cli.completing.shell import answer

        return answer()
    return _end(argv)


def _end(argv: Sequence[str]) -> int:
    """Run one command to its end, whichever that is."""
    try:
        options = arguments.parse(argv)
    except SystemExit as ended:  # argparse has printed its help or its complaint
        return int(ended.code or 0)
    _fill_streams()
    _print_anywhere()
    try:
        with ended_by_signals():
            return int(_run(options))
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except Ended as ended:
        _flush()
        return ended.code
    except (BrokenPipeError, SystemExit):  # Rich leaves by SystemExit when its pipe is closed
        return _pipe_closed()
    except Exception as error:  # noqa: BLE001  the last net: saved, named, and told by the exit code
        return _internal(error, whole=_is_revealed(options))


def _run(options: argparse.Namespace) -> Exit:
    from tlx.config import ConfigError
    from tlx.config.settings import load
    from tlx.reader.source import STDIN, SourceError
    from tlx.store.memory.room import StoreError

    if options.command == "completion":
        return _completion(options)
    if options.command not in _WITHOUT_LOGS and getattr(options, "last", None) is None:
        if not options.files and (sys.stdin is None or sys.stdin.isatty()):
            arguments.parser().print_help(sys.stderr)
            return Exit.USAGE
        options.files = options.files or [STDIN]
    try:
        settings = load(vars(options))
        _check_dialects(settings)
        _check_masks(settings)
        _check_filters(settings)
        if options.command in _SCREENS:
            return _SCREENS[options.command](options, settings)
        options.run = arguments.wanted_run(options.run)
        return _print(options, settings)
    except ConfigError as error:
        return complain(str(error), Exit.USAGE, getattr(error, "picture", ""))
    except (SourceError, StoreError) as error:
        return complain(str(error), Exit.INPUT)


def _open(options: argparse.Namespace, settings: Settings) -> Exit:
    from tlx.cli.newest import newest_log
    from tlx.cli.open import View, open_logs

    if options.last is not None:
        options.files = [*options.files, newest_log(options.last)]
    run = arguments.wanted_run(options.run)
    return open_logs(
        options.files, settings, View(options.where, run, options.follow, against=_against(options, settings))
    )


def _against(options: argparse.Namespace, settings: Settings) -> Wanted | None:
    """What events are held against, where that was said."""
    if not (options.schema or options.registry or options.allowlist):
        return None
    from tlx.cli.checking.given import wanted
    from tlx.cli.reading import Check

    return wanted(Check(options.schema, options.registry, options.allowlist), settings)


def _completion(options: argparse.Namespace) -> Exit:
    from tlx.cli.completing.shell import print_code
    from tlx.config import ConfigError

    try:
        print_code(options.shell)
    except ConfigError as error:
        return complain(str(error), Exit.INPUT)
    return Exit.DONE


def _demo(options: argparse.Namespace, settings: Settings) -> Exit:
    from tlx.cli.live.demo import open_demo

    return open_demo(options, settings)


def _replay(options: argparse.Namespace, settings: Settings) -> Exit:
    from tlx.cli.live.replay import open_replay

    return open_replay(options, settings)


_FOLDERS = {"registry": "checking", "validate": "checking"}
"""Where the modules of commands are that print, if not among the others."""
_ON = ("1", "true", "yes", "on")
_WITHOUT_LOGS = ("config", "demo", "registry")
"""The commands that no log need be named for."""
_SCREENS = {"open": _open, "demo": _demo, "replay": _replay}
"""The commands that draw."""


def _check_dialects(settings: Settings) -> None:
    if settings.dialect is None and not settings.dialect_file:
        return
    from tlx.config import ConfigError
    from tlx.dialects.known import chosen

    try:
        chosen(None, settings.dialect_file)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    try:
        chosen(settings.dialect, settings.dialect_file)
    except ValueError as error:
        raise ConfigError(f"{settings.origins['dialect']}: {error}") from error


def _check_masks(settings: Settings) -> None:
    if not settings.mask:
        return
    from tlx.config import ConfigError
    from tlx.loading.masks import asked_for

    try:
        asked_for(settings.mask)
    except ValueError as error:
        raise ConfigError(f"{settings.origins['mask']}: {error}") from error


def _check_filters(settings: Settings) -> None:
    """Find out which filters cannot have their names; what they say counts when they are named."""
    if not settings.filters:
        return
    from tlx.config import ConfigError
    from tlx.config.file import path
    from tlx.query.language.naming import complaint

    for name in settings.filters:
        if said := complaint(name):
            raise ConfigError(f"{path()}: filters.{name}: {said}")


def _print(options: argparse.Namespace, settings: Settings) -> Exit:
    """Run a command that prints: the function that has its name, in the module of its name."""
    from importlib import import_module

    command: str = options.command.replace("-", "_")
    with held_back():
        from tlx.cli.printing.masked import telling
        from tlx.cli.reading import asked

        module = import_module(f"tlx.cli.{_FOLDERS.get(command, 'commands')}.{command}")
    with telling():
        answer: Exit | None = getattr(module, f"print_{command}")(asked(options, settings), settings)
    return answer or Exit.DONE


def _fill_streams() -> None:
    """Keep what is opened from taking the place of a standard stream that the process was started without."""
    for fd in range(3):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_WRONLY if fd == 0 else os.O_RDWR)


def _print_anywhere() -> None:
    """Let an output that cannot encode a character print a question mark for it, rather than fail."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def complain(message: str, code: Exit, picture: str = "") -> Exit:
    """Print one line on stderr, below it the picture that shows the place if there is one; return the code."""
    from tlx.units import visible

    below = f"\n{picture}" if picture else ""
    if sys.stderr is None:  # print would take standard output instead
        return code
    print(f"tlx: {visible(message)}{below}", file=sys.stderr)  # noqa: T201  stderr is where talk goes
    return code


def _flush() -> None:
    """Write what is left; let go of it where nothing takes it any more, or Python would end with a code of its own."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _pipe_closed() -> Exit:
    """The reader of our output has gone: end quietly."""
    from tlx.cli.printing.writing import let_go_of_stdout

    let_go_of_stdout()
    return Exit.DONE


def _is_revealed(options: argparse.Namespace) -> bool:
    """Whether what an error says may be told, whatever it holds."""
    return bool(getattr(options, "reveal", False)) or os.environ.get("TLX_REVEAL", "").strip().lower() in _ON


def _internal(error: Exception, *, whole: bool) -> Exit:
    import tempfile

    from tlx.cli.printing.trace import said, trace

    words = f"internal error: {said(error, whole=whole)}"
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="tlx-trace-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write(trace(error, whole=whole))
    except OSError as unsaved:
        return complain(f"{words}; the trace could not be saved: {unsaved}", Exit.INTERNAL)
    return complain(f"{words}; the trace is in {file.name}", Exit.INTERNAL)
