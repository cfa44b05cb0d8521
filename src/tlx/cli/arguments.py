"""What can be typed."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Literal

from tlx import __version__

COMMANDS = ("open", "stats", "runs", "rejects")
"""Every command; the first is meant where none is named."""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the parsed arguments; exits with 2 on bad ones, 0 after help."""
    return parser().parse_args(_with_command(list(arguments)))


def _with_command(arguments: list[str]) -> list[str]:
    """`tlx FILE…` is `tlx open FILE…`, and so is `tlx` alone, for a log that is piped in."""
    if arguments and arguments[0] in (*COMMANDS, "-h", "--help", "-V", "--version"):
        return arguments
    return ["open", *arguments]


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="tlx",
        description="A keyboard-driven terminal explorer for telemetry event logs.",
        epilog="`tlx FILE…` is short for `tlx open FILE…`. A log may be plain, gzip or zstd; - is standard input.",
        allow_abbrev=False,
    )
    top.add_argument("-V", "--version", action="version", version=f"tlx {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")

    opener = commands.add_parser("open", help="explore logs on the screen", allow_abbrev=False)
    _add_common(opener)
    opener.add_argument("-w", "--where", metavar="EXPR", action="append", default=[], help="show only these events")
    opener.add_argument("--theme", metavar="NAME", help="a theme of the screen, such as textual-light")
    opener.add_argument("--ascii", action="store_true", help="draw with ASCII characters alone")

    stats = commands.add_parser("stats", help="print what logs hold, in numbers", allow_abbrev=False)
    _add_common(stats)
    _add_printing(stats, "json")

    runs = commands.add_parser("runs", help="print the runs of logs", allow_abbrev=False)
    _add_common(runs)
    _add_printing(runs, "json")

    rejects = commands.add_parser("rejects", help="print the lines that are no events", allow_abbrev=False)
    _add_common(rejects)
    _add_printing(rejects, "jsonl")
    rejects.add_argument("--limit", metavar="N", help="print no more than N")
    return top


def _add_common(command: argparse.ArgumentParser) -> None:
    command.add_argument("files", metavar="FILE", nargs="*", help="a log; - is standard input")
    command.add_argument("--run", metavar="N|last", help="this run alone, or the one that begins last")
    command.add_argument(
        "--max-memory", metavar="SIZE", help="memory for the store, such as 512MiB; more spills to disk"
    )
    command.add_argument("--spill-folder", metavar="FOLDER", help="where to spill, in place of the user's cache folder")
    command.add_argument("--max-line", metavar="SIZE", help="a longer line is no event, and only its begin is kept")


def _add_printing(command: argparse.ArgumentParser, machine: str) -> None:
    command.add_argument("--format", choices=("table", machine), default="table", help="for a person or a program")
    command.add_argument("-o", "--output", metavar="FILE", help="print to this file")


def wanted_run(text: str | None) -> int | Literal["last"] | None:
    """Return what --run asks for.

    Raises:
        ConfigError: it is neither a number nor `last`.
    """
    if text == "last":
        return "last"
    return None if text is None else _number("--run", text, "a run, as tlx runs numbers them, or last")


def wanted_limit(text: str | None) -> int | None:
    """Return what --limit asks for.

    Raises:
        ConfigError: it is no number.
    """
    return None if text is None else _number("--limit", text, "a number of lines")


def _number(flag: str, text: str, what: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,17}", text):
        from tlx.config import ConfigError

        raise ConfigError(f"{flag}: {text!r} is not {what}")
    return int(text)
