"""What can be typed."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from tlx import __version__

MOST_BUCKETS = 100_000
_Adder = Callable[[argparse.ArgumentParser], None]


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the parsed arguments; exits with 2 on bad ones, 0 after help."""
    words = with_command(list(arguments))
    return parser(words[0] if words[0] in COMMANDS else None).parse_args(joined(words))


def with_command(arguments: list[str]) -> list[str]:
    """`tlx FILE…` is `tlx open FILE…`, and so is `tlx` alone, for a log that is piped in."""
    if arguments and arguments[0] in (*COMMANDS, "-h", "--help", "-V", "--version"):
        return arguments
    return ["open", *arguments]


def joined(words: list[str]) -> list[str]:
    """Join `--since -3h` to one word, which would be taken for two flags."""
    whole: list[str] = []
    for word in words:
        if whole and whole[-1] in ("--since", "--until") and re.match(r"-[0-9.]", word):
            whole[-1] += f"={word}"
        else:
            whole.append(word)
    return whole


def parser(only: str | None = None) -> argparse.ArgumentParser:
    """Return the parser of the whole command line, or one that knows only the command that was typed."""
    top = argparse.ArgumentParser(
        prog="tlx",
        description="A keyboard-driven terminal explorer for telemetry event logs.",
        epilog="`tlx FILE…` is short for `tlx open FILE…`. A log may be plain, gzip or zstd; - is standard input.",
        allow_abbrev=False,
    )
    top.add_argument("-V", "--version", action="version", version=f"tlx {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    for name, (words, parts) in COMMANDS.items():
        if only in (None, name):
            command = commands.add_parser(name, help=words, allow_abbrev=False)
            for part in (*_FIRST.get(name, (_add_files, _add_store)), *parts):
                part(command)
    return top


def _add_logs(command: argparse.ArgumentParser) -> None:
    command.add_argument("files", metavar="FILE", nargs="*", help="a log; - is standard input")


def _add_registry(command: argparse.ArgumentParser) -> None:
    words = "a registry or a dialect, none for all, then logs in which to count its events"
    command.add_argument("files", metavar="NAME|FILE", nargs="*", help=words)
    _add_which(command)


def _add_files(command: argparse.ArgumentParser) -> None:
    _add_logs(command)
    _add_which(command)


def _add_which(command: argparse.ArgumentParser) -> None:
    command.add_argument("--run", metavar="N|last", help="this run alone, or the one that begins last")
    _add_dialect(command)
    _add_reveal(command)
    _add_mask(command)


def _add_dialect(command: argparse.ArgumentParser) -> None:
    command.add_argument("--dialect", metavar="NAME", help="read every line as this dialect, such as generic")
    command.add_argument(
        "--dialect-file", metavar="FILE", action="append", default=[], help="a TOML file that defines a dialect"
    )


def _add_reveal(command: argparse.ArgumentParser) -> None:
    command.add_argument("--reveal", action="store_true", help="show sensitive data as it is, not masked")


def _add_mask(command: argparse.ArgumentParser) -> None:
    words = "mask what stands at this path too, such as user.email, at any depth"
    command.add_argument("--mask", metavar="PATH,…", action="append", default=[], help=words)


def _add_store(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--max-memory", metavar="SIZE", help="memory for the store, such as 512MiB; more spills to disk"
    )
    command.add_argument("--spill-folder", metavar="FOLDER", help="where to spill, in place of the user's cache folder")
    command.add_argument("--max-line", metavar="SIZE", help="a longer line is no event, and only its begin is kept")
    command.add_argument("--no-cache", action="store_true", help="neither use nor keep an index of what was read")
    command.add_argument("--cache-size", metavar="SIZE", help="disk for all kept indexes, 2GiB where not given")


def _add_where(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "-w", "--where", metavar="EXPR", action="append", default=[], help="only events that pass this filter"
    )


def _add_part(command: argparse.ArgumentParser) -> None:
    _add_where(command)
    forms = "such as 2026-11-20T10:00Z, 10:30, -3h (before now), +90s (of a run)"
    command.add_argument("--since", metavar="TIME", help=f"only what ends then or later: {forms}")
    command.add_argument("--until", metavar="TIME", help="only what starts before")
    command.add_argument("--tz", metavar="ZONE", help="the zone of times without one: utc, local or one by name")


def _add_follow(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "-f",
        "--follow",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="go on as the logs grow, wait for those that are not there yet, look patterns up again",
    )
    _add_watch(command)


def _add_watch(command: argparse.ArgumentParser) -> None:
    command.add_argument("--watch", metavar="HOW", help="how to learn of growth: auto, notify or poll")


def _add_demo(command: argparse.ArgumentParser) -> None:
    command.add_argument("--speed", metavar="X", default="4", help="so many times as fast as the build; 4 if not given")
    command.add_argument("--events", metavar="N", default="6000", help="how long a build it is; 6000 if not given")
    command.add_argument("--seed", metavar="S", default="7", help="same number, same build")
    command.add_argument("--encoding", choices=("plain", "gzip", "zstd"), help="of the log; zstd if not given")
    command.add_argument("-o", "--output", metavar="FILE", help="write the log to this new file, and leave it there")


def _add_replay(command: argparse.ArgumentParser) -> None:
    command.add_argument("--speed", metavar="X", default="1", help="so many times as fast as it was; 1 if not given")
    command.add_argument("--seek", metavar="TIME", help="show all up to this time at once: +90s, 10:30")
    command.add_argument("--tz", metavar="ZONE", help="the zone of times without one: utc, local or one by name")


def _add_last(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--last",
        metavar="DIR",
        nargs="?",
        const=".",
        help="the newest log that Buck2 keeps of this project, or of DIR's",
    )


def _add_screen(command: argparse.ArgumentParser) -> None:
    _add_where(command)
    _add_looks(command)


def _add_looks(command: argparse.ArgumentParser) -> None:
    command.add_argument("--no-history", action="store_true", help="remember no filters for the next time")
    command.add_argument("--theme", metavar="NAME", help="a theme of the screen, such as textual-light")
    command.add_argument("--ascii", action="store_true", help="draw with ASCII characters alone")


def _add_events(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--columns", metavar="FIELD,…", action="append", default=[], help="what to print: columns and payload paths"
    )
    _add_sort(command)
    command.add_argument("--raw", action="store_true", help="print lines as they are, but for what is masked")


def _add_groups(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--by",
        metavar="FIELD,…",
        action="append",
        default=[],
        help="columns and payload paths; as fits the dialect if none",
    )
    _add_sort(command)


def _add_facet(command: argparse.ArgumentParser) -> None:
    command.add_argument("--by", metavar="FIELD", help="a column or payload path; as fits the dialect if none")


def _add_buckets(command: argparse.ArgumentParser) -> None:
    command.add_argument("--buckets", metavar="N", help="into so many equal slices; 60 where not given")
    command.add_argument("--by", metavar="COLUMN", help="tell events apart by this; as fits the dialect if none")


def _add_story(command: argparse.ArgumentParser) -> None:
    command.add_argument("id", metavar="ID", help="what names it: a run, an operation, a trace, a kernel, an owner")
    command.add_argument("--by", metavar="COLUMN", help="the column that holds it, where it names several stories")


def _add_sort(command: argparse.ArgumentParser) -> None:
    command.add_argument("--sort", metavar="COL", help="sort by this column; COL:asc or COL:desc to say which way")


def _add_rules(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--schema", metavar="FILE", nargs="+", action="extend", default=[], help="JSON Schemas of Jupyter events"
    )
    command.add_argument(
        "--registry", metavar="NAME|FILE", help="in place of the registry that events break least; see tlx registry"
    )
    command.add_argument("--allowlist", metavar="FILE", help="feature::action of events that may tell private data")


def _add_strict(command: argparse.ArgumentParser) -> None:
    command.add_argument("--strict", action="store_true", help="let warnings count as errors")


def _printing(*forms: str) -> _Adder:
    def add(command: argparse.ArgumentParser) -> None:
        command.add_argument(
            "--format", choices=("table", *forms), default="table", help="for a person or for programs"
        )
        command.add_argument("-o", "--output", metavar="FILE", help="print to this file")
        command.add_argument(
            "--color", choices=("auto", "always", "never"), default="auto", help="in tables; auto: on a terminal"
        )

    return add


def _add_redact(command: argparse.ArgumentParser) -> None:
    command.add_argument("-o", "--output", metavar="FILE", help="the copy; .gz and .zst in its name compress it")
    how = command.add_mutually_exclusive_group()
    how.add_argument("--pseudonyms", action="store_true", help="a pseudonym for each value, as where nothing is said")
    how.add_argument("--remove", action="store_true", help="remove values; what groups are made by has a pseudonym")
    command.add_argument(
        "--report",
        dest="format",
        choices=("table", "json"),
        default="table",
        help="what was changed: on stderr, or JSON",
    )
    command.set_defaults(run=None, color="never")


def _add_output(command: argparse.ArgumentParser) -> None:
    command.add_argument("-o", "--output", metavar="FILE", help="print to this file")
    command.set_defaults(run=None, format="jsonl", color="never")


def _add_limit(command: argparse.ArgumentParser) -> None:
    command.add_argument("--limit", metavar="N", help="print no more than N")


def _add_shell(command: argparse.ArgumentParser) -> None:
    command.add_argument("shell", metavar="SHELL", choices=("bash", "zsh", "fish"), help="bash, zsh or fish")


def _add_config(command: argparse.ArgumentParser) -> None:
    words = "settings, filters or keys alone; without it of the keys those that are changed"
    command.add_argument("part", metavar="PART", nargs="?", choices=("settings", "filters", "keys"), help=words)
    for add in (_add_dialect, _add_reveal, _add_mask, _add_store, _add_looks, _add_watch):
        add(command)
    command.set_defaults(files=[], run=None)


_add_rows = (_add_part, _printing("json", "jsonl", "csv"), _add_limit)
COMMANDS: Mapping[str, tuple[str, Sequence[_Adder]]] = {
    "open": ("explore logs on the screen", (_add_screen, _add_follow, _add_last, _add_rules)),
    "demo": ("follow the log of a simulated build on the screen", (_add_screen, _add_watch, _add_demo)),
    "replay": ("play logs again on the screen, at their pace", (_add_screen, _add_watch, _add_replay)),
    "stats": ("print what logs hold, in numbers", (_printing("json"),)),
    "runs": ("print the runs of logs", (_printing("json"),)),
    "rejects": ("print the lines that are no events", (_printing("jsonl"), _add_limit)),
    "show-user": ("print Buck2's normal event logs as user event logs", (_add_logs, _add_mask, _add_output)),
    "redact": ("write a copy of logs without sensitive data", (_add_logs, _add_dialect, _add_mask, _add_redact)),
    "events": ("print events, or their lines", (*_add_rows, _add_events, _add_follow)),
    "durations": ("print groups of actions: calls, times, percentiles", (*_add_rows, _add_groups)),
    "kinds": ("print execution kinds, or the values of any field", (*_add_rows, _add_facet)),
    "timeline": ("print events and actions in flight over time", (*_add_rows, _add_buckets)),
    "validate": (
        "print what in logs breaks the rules of its system",
        (_add_rules, _add_strict, _printing("json", "jsonl", "csv"), _add_limit),
    ),
    "story": (
        "print what the events of one run, operation, trace or owner tell together",
        (_add_story, _printing("json", "jsonl", "csv"), _add_limit),
    ),
    "registry": ("print what events mean, and how often logs hold each", (_printing("json", "jsonl", "csv"),)),
    "config": ("print the settings, and where each one comes from", (_add_config, _printing("json", "jsonl", "csv"))),
    "completion": ("print what makes a shell complete the words of tlx", (_add_shell,)),
    "insights": ("print the facts that explain a run", _add_rows),
}
"""Every command with its help and its flags; the first is meant where none is named."""
_FIRST: Mapping[str, Sequence[_Adder]] = {
    "demo": (_add_store,),
    "show-user": (),
    "redact": (),
    "completion": (),
    "config": (),
    "registry": (_add_registry, _add_store),
}
"""The flags that come first, where they are not those of logs and of the store."""


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


def wanted_buckets(text: str | None) -> int | None:
    """Return what --buckets asks for.

    Raises:
        ConfigError: it is no number, or more than fit.
    """
    found = None if text is None else _number("--buckets", text, "a number of slices")
    if found is not None and found > MOST_BUCKETS:
        from tlx.config import ConfigError

        raise ConfigError(f"--buckets: {text} are too many; {MOST_BUCKETS} are the most")
    return found


def _number(flag: str, text: str, what: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,17}", text):
        from tlx.config import ConfigError

        raise ConfigError(f"{flag}: {text!r} is not {what}")
    return int(text)
