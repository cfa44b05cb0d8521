"""`tlx demo`: a simulated build writes its log beside the screen that follows it, as Buck2 would."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import tlx
from tlx.cli.exits import Exit, heed_signals
from tlx.cli.live.folder import private_folder
from tlx.cli.live.words import number, speed, times
from tlx.cli.open import View, open_logs
from tlx.config import ConfigError
from tlx.config.settings import Settings

_HINT = (
    "tlx: demo draws on a terminal, and standard output is none.\n"
    "To let a simulated build write a log all the same: tlx demo -o FILE.json-lines.zst"
)
_ENDINGS = {"zstd": ".json-lines.zst", "gzip": ".json-lines.gz", "plain": ".json-lines"}
"""What Buck2 calls a log of each encoding."""
_MOST_EVENTS = 10_000_000
_PATIENCE = 5.0
"""Seconds for the writer to close the log."""
_PAUSE = 0.25


def open_demo(options: Namespace, settings: Settings) -> Exit:
    """Let a build be simulated, and follow its log on the screen; without a terminal write the log alone.

    Raises:
        ConfigError: what was asked for cannot be done, or the log could not be written.
    """
    pace = speed(options.speed)
    words = ["--speed", str(pace), "--events", str(number("--events", options.events, _MOST_EVENTS))]
    words += ["--seed", str(number("--seed", options.seed, _MOST_EVENTS))]
    on_terminal = sys.stdout is not None and sys.stdout.isatty()
    if not on_terminal and options.output is None:
        print(_HINT, file=sys.stderr)  # noqa: T201  stderr is where talk goes
        return Exit.USAGE
    with _log(options, settings) as path, _writer([str(path), *words, "--encoding", _encoding(options)]) as process:
        if on_terminal:
            title = f"simulated build · {times(pace)}"
            return open_logs([str(path)], settings, View(options.where, follow=True, title=title))
        _wait(process)
    return Exit.DONE


def _encoding(options: Namespace) -> str:
    """As it was asked for, or as Buck2 does for the name of the file."""
    named = options.encoding or ("zstd" if options.output is None else "plain")
    endings = {} if options.encoding or options.output is None else _ENDINGS
    return next((encoding for encoding, ending in endings.items() if options.output.endswith(ending)), named)


@contextlib.contextmanager
def _log(options: Namespace, settings: Settings) -> Iterator[Path]:
    """The file that was named, or one in a private folder that goes in the end."""
    if options.output is not None:
        path = Path(options.output)
        if path.exists() or path.is_symlink():
            raise ConfigError(f"-o {options.output}: is there already; name a new file")
        if not path.parent.is_dir():
            raise ConfigError(f"-o {options.output}: there is no such folder; make it first")
        yield path
        return
    with private_folder(settings) as folder:
        yield folder / f"demo{_ENDINGS[_encoding(options)]}"


@contextlib.contextmanager
def _writer(words: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """The process that simulates and writes: it ends with the block, or with this process, however that ends.

    Raises:
        ConfigError: it could not write.
    """
    above = str(Path(tlx.__file__).parents[1])
    known = [above, *filter(None, [os.environ.get("PYTHONPATH")])]
    process = subprocess.Popen(  # noqa: S603  this very Python, with numbers and a path that it writes to
        [sys.executable, "-m", "tlx.demo", "live", *words, "--tied"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(known)},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,  # the keys of the terminal are none of its business
    )
    try:
        yield process
    finally:
        complaint = _end(process)
    if process.returncode:
        raise ConfigError(complaint.strip().rpartition("\n")[2])


def _end(process: subprocess.Popen[bytes]) -> str:
    """Let the writer close the log; return what it complained of."""
    try:
        return process.communicate(timeout=_PATIENCE)[1].decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()[1].decode("utf-8", "replace")


def _wait(process: subprocess.Popen[bytes]) -> None:
    """Wait for the end of the build."""
    while process.poll() is None:
        heed_signals()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_PAUSE)
