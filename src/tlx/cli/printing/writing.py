"""Where a command's data goes: standard output, or a file; and JSON that no text of a log can spoil."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

import orjson

from tlx.cli.printing.masked import watched
from tlx.config import ConfigError
from tlx.reader.copying import straight, whole
from tlx.reader.source import STDIN

_NOT_PLAIN = re.compile("[^\n -~]")


def check_output(path: str | None, sources: Sequence[str]) -> None:
    """Find out before the work what would spoil it: no output, one in no folder, or one of the logs that are read.

    Raises:
        ConfigError: that is so.
    """
    if path is None:
        if sys.stdout is None:
            raise ConfigError("standard output is closed; name a file with -o")
        return
    for source in sources:
        with contextlib.suppress(OSError, ValueError):
            if source != STDIN and Path(path).samefile(source):
                raise ConfigError(f"-o {path}: is a log that is being read; name another file")
    if Path(path).is_dir():
        raise ConfigError(f"-o {path}: is a folder; name a file in it")
    if not Path(path).parent.is_dir():
        raise ConfigError(f"-o {path}: there is no such folder; make it first")


@contextlib.contextmanager
def writing(path: str | None, *, exact: bool, live: bool = False) -> Iterator[TextIO]:
    """Yield the stream for a command's data: the file at `path`, which is there once it is whole, or standard output.

    What is `exact` is UTF-8 wherever it goes; else standard output keeps its encoding, which may lack characters. What
    is `live` goes out line by line, to where it is looked for.

    Raises:
        ConfigError: it cannot be written.
    """
    try:
        with _opened(path, exact=exact, live=live) as stream:
            yield watched(stream)
            stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        if path is None:
            let_go_of_stdout()
        raise ConfigError(f"{path or 'standard output'}: cannot be written: {error.strerror or error}") from error


@contextlib.contextmanager
def _opened(path: str | None, *, exact: bool, live: bool) -> Iterator[TextIO]:
    if path is not None:
        with (
            straight(path) if live else whole(path) as place,
            open(place, "w", 1 if live else -1, encoding="utf-8", newline="\n", closefd=False) as file,
        ):
            yield file
    elif exact:
        sys.stdout.flush()
        stream = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="\n", line_buffering=live)
        try:
            yield stream
        finally:
            stream.detach()
    else:
        if live and isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(line_buffering=True)
        yield sys.stdout


def let_go_of_stdout() -> None:
    """Keep Python from flushing, when it ends, into an output that takes no more."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def json_text(value: Any, indent: int | None = None) -> str:
    """Return a value as JSON in which every character that does not print is escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=indent) if indent else _in_a_line(value)
    return text if text.isprintable() else _NOT_PLAIN.sub(_escaped, text)


def _in_a_line(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # sums may pass 64 bits
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if character.isprintable():
        return character
    return json.dumps(character)[1:-1] if ord(character) > 0x7F else f"\\u{ord(character):04x}"  # noqa: PLR2004  DEL
