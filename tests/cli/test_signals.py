"""Signals end a command as an exception would: nothing stays behind, neither on disk nor on the terminal."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tlx.cli import exits, main

TLX = [sys.executable, "-m", "tlx"]


@pytest.fixture
def spill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which spill folders are made, here and by the processes that are started."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "tlx" / "spill"


class Screen:
    """A command on a pseudo-terminal, and what it has written."""

    def __init__(self, *command: str) -> None:
        self.written = b""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, {**os.environ, "TERM": "xterm-256color"})  # noqa: S606

    def read_until(self, text: bytes) -> None:
        """Read until it has written this, or has ended."""
        while text not in self.written and self.read():
            pass
        assert text in self.written, self.trace()

    def trace(self) -> str:
        """Return what it saved of an error of its own."""
        found = re.search(rb"trace is in (\S+)", self.written)
        return Path(found[1].decode()).read_text("utf-8") if found else ""

    def read(self) -> bytes:
        """Read more, once there is more; nothing at the end."""
        select.select([self.terminal], [], [])
        try:
            data = os.read(self.terminal, 1 << 16)
        except OSError:  # what Linux says when the other end has gone
            return b""
        self.written += data
        return data

    def code(self) -> int:
        """Read to the end; return the exit code."""
        while self.read():
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@contextlib.contextmanager
def screen(*command: str) -> Iterator[Screen]:
    """A command on a pseudo-terminal, ended at last."""
    shown = Screen(*command)
    try:
        yield shown
    finally:
        with contextlib.suppress(OSError):
            os.kill(shown.pid, signal.SIGKILL)
            os.waitpid(shown.pid, 0)
        with contextlib.suppress(OSError):
            os.close(shown.terminal)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)], ids=str
)
def test_a_command_that_prints(spill: Path, number: signal.Signals, code: int) -> None:
    """A command that waits for a pipe ends at once, without a word, and its spill folder goes."""
    with subprocess.Popen(
        [*TLX, "stats", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        while not spill.exists() or len(list(spill.iterdir())) < 2:
            assert process.poll() is None
        process.send_signal(number)
        out, err = process.communicate()
    assert (process.returncode, out, err) == (code, b"", b"")
    assert list(spill.iterdir()) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=str)
def test_the_screen(spill: Path, sample_logs: Path, number: signal.Signals, code: int) -> None:
    """The screen is put away, the terminal is as it was, and the spill folder goes."""
    with screen(*TLX, "open", str(sample_logs / "build.json-lines")) as shown:
        shown.read_until(b"read in")
        assert len(list(spill.iterdir())) == 2
        os.kill(shown.pid, number)
        assert shown.code() == code
        for undone in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l"):
            assert undone in shown.written
    assert list(spill.iterdir()) == []


def test_leaving_the_screen(spill: Path, sample_logs: Path) -> None:
    """Who leaves the screen gets the terminal back as it was, without a word, and the spill folder goes."""
    with screen(*TLX, "open", str(sample_logs / "build.json-lines")) as shown:
        shown.read_until(b"read in")
        os.write(shown.terminal, b"q")
        assert shown.code() == 0
        assert shown.written.rpartition(b"\x1b[?1049l")[2].strip(b"\x1b[?0123456789;hlmtu<>\r\n") == b""
    assert list(spill.iterdir()) == []


def test_a_demo(spill: Path) -> None:
    """With the screen of a demo its writer and the folder of its log go too."""
    with screen(*TLX, "demo") as shown:
        shown.read_until(b"simulated build")
        children = Path(f"/proc/{shown.pid}/task/{shown.pid}/children").read_text("ascii").split()
        assert len(list(spill.iterdir())) == 4
        os.kill(shown.pid, signal.SIGTERM)
        assert shown.code() == 143
    assert children
    assert not any(Path(f"/proc/{child}").exists() for child in children)
    assert list(spill.iterdir()) == []


def test_a_terminal_that_goes(spill: Path, sample_logs: Path) -> None:
    """Where the terminal is closed, as by a connection that breaks, the process ends and nothing stays."""
    with screen(*TLX, "open", str(sample_logs / "build.json-lines")) as shown:
        shown.read_until(b"read in")
        os.close(shown.terminal)
        assert os.waitstatus_to_exitcode(os.waitpid(shown.pid, 0)[1]) == 129
    assert list(spill.iterdir()) == []


def test_what_nobody_takes_any_more_does_not_change_the_code() -> None:
    """A terminal that has gone takes no last words; the code is that of the signal all the same."""
    code = (
        "import sys; from tlx.cli import main; from tlx.cli.exits import Ended\n"
        "def end(options): sys.stdout.write('last words'); raise Ended(1)\n"
        "main._run = end; sys.exit(main.run(['stats', 'log']))"
    )
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, check=False, env=buffered
        )
    assert (ended.returncode, ended.stderr) == (129, b"")


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch) -> dict[signal.Signals, Any]:
    """What each signal does, in place of the process's own: SIGHUP is ignored, as by `nohup`."""
    handlers = {
        signal.SIGTERM: signal.SIG_DFL,
        signal.SIGHUP: signal.SIG_IGN,
        signal.SIGINT: signal.default_int_handler,
    }
    monkeypatch.setattr(signal, "signal", handlers.__setitem__)
    monkeypatch.setattr(signal, "getsignal", handlers.__getitem__)
    return handlers


def test_handlers_are_put_back(handlers: dict[signal.Signals, Any]) -> None:
    """After a command the signals do what they did before; one that is ignored stays so throughout."""
    before = dict(handlers)
    with exits.ended_by_signals():
        assert handlers[signal.SIGHUP] == signal.SIG_IGN
        assert handlers != before
    assert handlers == before


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, None)], ids=str)
def test_the_first_signal_counts(handlers: dict[signal.Signals, Any], number: signal.Signals, code: int | None) -> None:
    """Once one has ended the command, further signals do nothing."""
    with pytest.raises((exits.Ended, KeyboardInterrupt)) as caught, exits.ended_by_signals():
        handlers[number](number, None)
    assert getattr(caught.value, "code", None) == code
    assert [handler(number, None) for number, handler in handlers.items()] == [None] * len(handlers)


def come(numbers: set[signal.Signals]) -> None:
    """Let signals come at the same moment."""
    signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    for number in numbers:
        os.kill(os.getpid(), number)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)


@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGINT], ids=str)
def test_two_signals_at_once(first: signal.Signals) -> None:
    """Of two that come at the same moment one ends the command; of the other nothing is said."""
    both = {signal.SIGHUP, first}
    before = {number: signal.signal(number, signal.default_int_handler) for number in both}
    try:
        with pytest.raises((exits.Ended, KeyboardInterrupt)), exits.ended_by_signals():
            come(both)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, both)
        for number, handler in before.items():
            signal.signal(number, handler)


def test_an_engine_may_hide_the_signal(handlers: dict[signal.Signals, Any]) -> None:
    """What DuckDB makes of a signal that comes while it answers is no error: the command ends by the signal."""

    def answer() -> None:
        try:
            handlers[signal.SIGTERM](signal.SIGTERM, None)
        except exits.Ended:
            raise RuntimeError("Query interrupted") from None

    with pytest.raises(exits.Ended) as caught, exits.ended_by_signals():
        answer()
    assert caught.value.code == 143
    with pytest.raises(RuntimeError, match="of its own"), exits.ended_by_signals():
        raise RuntimeError("an error of its own")


def test_a_signal_that_is_lost(handlers: dict[signal.Signals, Any]) -> None:
    """Where what a signal raises is dropped, the command ends at the next chance."""

    def drop() -> None:
        with contextlib.suppress(exits.Ended):
            handlers[signal.SIGTERM](signal.SIGTERM, None)
        exits.heed_signals()

    with pytest.raises(exits.Ended) as caught, exits.ended_by_signals():
        drop()
    assert caught.value.code == 143
    with exits.ended_by_signals():
        exits.heed_signals()


@pytest.mark.parametrize("module", ["_duckdb", "orjson.orjson"])
def test_imports_in_peace(module: str, sample_logs: Path) -> None:
    """A signal that comes while compiled modules are imported waits for the end of that, and then ends the command."""
    code = (
        "import os, signal, sys\n"
        "from tlx.cli.main import run\n"
        "class Finder:\n"
        "    def find_spec(self, name, *_):\n"
        f"        if name == {module!r}: os.kill(os.getpid(), signal.SIGTERM); print('sent', flush=True)\n"
        "sys.meta_path.insert(0, Finder())\n"
        "print(run(['stats', 'build.json-lines']), 'tlx.session' in sys.modules)\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, cwd=sample_logs)
    assert (done.stdout, done.stderr) == ("sent\n143 True\n", "")


def test_want_of_room_is_no_internal_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the store has no room the command ends with one line, as where an input cannot be read."""
    from tlx.store.memory.room import StoreError  # noqa: PLC0415  next to its only use

    def fail(*_: object) -> None:
        raise StoreError("no room to spill to in /x: full; make some")

    monkeypatch.setattr(main, "_print", fail)
    assert main.run(["stats", "x"]) == 3
    assert capsys.readouterr() == ("", "tlx: no room to spill to in /x: full; make some\n")
