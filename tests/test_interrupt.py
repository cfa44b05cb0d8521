"""Interrupted at any moment, however often, nothing stays: no process, no file, no terminal that is not as it was."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import zstandard

TLX = [sys.executable, "-m", "tlx"]
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
RESTORED = (b"\x1b[?1049l", b"\x1b[?25h")
"""The alternate screen left, the cursor shown."""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log that takes about a second."""
    path = tmp_path_factory.mktemp("log") / "run.json-lines.zst"
    event = b'{"StarlarkUserEvent":{"id":"e%d","metadata":{"n":%d}},"epoch_millis":%d}\n'
    text = b"".join(event % (n % 99, n, 1_771_287_109_000 + n) for n in range(400_000))
    path.write_bytes(zstandard.ZstdCompressor().compress(text))
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home without any file, and the only place for temporary ones."""
    (tmp_path / "tmp").mkdir()
    return tmp_path


def environment(home: Path) -> Mapping[str, str]:
    """The environment of a process that leaves its files below `home`."""
    places = {"HOME": str(home), "TMPDIR": str(home / "tmp"), "XDG_CACHE_HOME": str(home / "cache")}
    return {**os.environ, **places, "TERM": "xterm-256color", "TLX_CACHE": "0"}


def files(home: Path) -> list[str]:
    """The files below `home`, and the folders of temporary files."""
    found = [path for path in home.rglob("*") if path.is_file() or path.name.startswith("tlx-")]
    return [str(path.relative_to(home)) for path in found]


def ended(code: int, number: signal.Signals) -> bool:
    """Whether a process ended as the signal asks for: by tlx, or by Python before tlx had begun."""
    return code in (CODES[number], -number)


@pytest.mark.parametrize(
    ("number", "moment", "times"),
    [
        (signal.SIGINT, 0.2, 1),
        (signal.SIGTERM, 0.35, 3),
        (signal.SIGINT, 0.5, 3),
        (signal.SIGHUP, 0.7, 3),
        (signal.SIGTERM, 0.9, 1),
        (signal.SIGINT, 1.2, 2),
    ],
)
def test_a_command_that_prints(log: Path, home: Path, number: signal.Signals, moment: float, times: int) -> None:
    """Whenever it is told to end, once or again and again, it ends at once, without a word and without a trace."""
    command = [*TLX, "stats", str(log)]
    with subprocess.Popen(
        command, env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
    ) as process:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(moment)
        begin = time.monotonic()
        for _ in range(times):
            process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.01)
        out, err = process.communicate(timeout=60)
    assert files(home) == []
    assert err == b"" or b"tlx" not in err
    assert ended(process.returncode, number) or (process.returncode == 0 and out)
    assert time.monotonic() - begin < 10


class Terminal:
    """A command on a terminal of its own, which has settings that can be looked at."""

    def __init__(self, home: Path, *command: str) -> None:
        self.written = b""
        self._far, near = pty.openpty()
        self.before = termios.tcgetattr(near)
        self.process = subprocess.Popen(
            command, env=environment(home), stdin=near, stdout=near, stderr=near, start_new_session=True
        )
        self._near = near

    def read_for(self, seconds: float) -> None:
        """Read what is written, for so long at most."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and select.select([self._far], [], [], left)[0]:
            try:
                self.written += os.read(self._far, 1 << 16)
            except OSError:  # what Linux says when the other end has gone
                return

    def settings(self) -> list[object]:
        """What the terminal is set to."""
        return termios.tcgetattr(self._near)

    def close(self) -> None:
        """Let go of it all."""
        self.process.kill()
        self.process.wait()
        for fd in (self._far, self._near):
            with contextlib.suppress(OSError):
                os.close(fd)


@contextlib.contextmanager
def terminal(home: Path, *command: str) -> Iterator[Terminal]:
    """A command on a terminal, ended at last."""
    shown = Terminal(home, *command)
    try:
        yield shown
    finally:
        shown.close()


@pytest.mark.parametrize(
    ("number", "moment"),
    [(signal.SIGTERM, 0.5), (signal.SIGINT, 0.9), (signal.SIGHUP, 1.3), (signal.SIGTERM, 1.8)],
)
def test_the_screen(log: Path, home: Path, number: signal.Signals, moment: float) -> None:
    """Whenever the screen is told to end, again and again, the terminal is as it was, and nothing stays."""
    with terminal(home, *TLX, "open", str(log)) as shown:
        shown.read_for(moment)
        for _ in range(3):
            shown.process.send_signal(number)
            shown.read_for(0.02)
        while shown.process.poll() is None:
            shown.read_for(0.05)
        shown.read_for(0.05)
        assert shown.settings() == shown.before
        if b"\x1b[?1049h" in shown.written:
            assert all(shown.written.rfind(undone) > shown.written.rfind(b"\x1b[?1049h") for undone in RESTORED)
        assert ended(shown.process.returncode, number)
        assert b"Traceback" not in shown.written
    assert files(home) == []
