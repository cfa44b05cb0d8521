"""A program on a pseudo-terminal, timed by what its screen shows."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import pyte

_ANSWERS = {b"\x1b[c": b"\x1b[?62;c", b"\x1b[6n": b"\x1b[1;1R", b"\x1b[?2026$p": b"\x1b[?2026;2$y"}
"""What a terminal answers when it is asked for its kind, its cursor and synchronised output."""


class Terminal:
    """Runs a command on `columns` by `rows` cells; use as a context manager, which kills it in the end."""

    def __init__(self, command: Sequence[str], columns: int = 140, rows: int = 42) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.started = self.written = time.perf_counter()
        """When the program was started, and when it last wrote what the screen shows, be that drawn ever so slowly."""
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
            environment.pop("NO_COLOR", None)
            os.execvpe(command[0], list(command), environment)  # noqa: S606
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._fd)

    @property
    def lines(self) -> list[str]:
        """The screen as text."""
        return list(self._screen.display)

    def wait(self, condition: Callable[[list[str]], bool], timeout: float = 60.0) -> float:
        """Return the seconds until the screen meets the condition.

        Raises:
            TimeoutError: it never did.
        """
        begin = time.perf_counter()
        while not condition(self.lines):
            # To look at an unchanged screen again and again would take the machine from the program.
            while not self._pump(0.002) and time.perf_counter() - begin < timeout:
                pass
            if time.perf_counter() - begin > timeout:
                raise TimeoutError("\n".join(self.lines))
        return time.perf_counter() - begin

    def settle(self, quiet: float = 0.15, timeout: float = 5.0) -> None:
        """Wait until nothing has been written for `quiet` seconds."""
        end = time.perf_counter() + timeout
        last = time.perf_counter()
        while time.perf_counter() < end and time.perf_counter() - last < quiet:
            if self._pump(0.01):
                last = time.perf_counter()

    def frames(self, quiet: float, timeout: float = 20.0) -> list[tuple[float, list[str]]]:
        """Return what the screen showed and after how many seconds, until nothing is written for `quiet` seconds.

        What is written is drawn afterwards: to draw it meanwhile would take half a processor from the program, which
        no terminal does that is not written in Python.
        """
        begin = last = time.perf_counter()
        written: list[tuple[float, bytes]] = []
        while time.perf_counter() - last < quiet and time.perf_counter() - begin < timeout:
            if data := self._read(0.02):
                last = time.perf_counter()
                written.append((last - begin, data))
        found = [(0.0, self.lines)]
        for seconds, data in written:
            self._stream.feed(data)
            found.append((seconds, self.lines))
        return found

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._fd, keys.encode())

    def peak_memory(self) -> int:
        """Return the most memory the program has held, in bytes."""
        return self._memory("VmHWM")

    def memory(self) -> int:
        """Return how much memory the program holds, in bytes."""
        return self._memory("VmRSS")

    def cpu_seconds(self) -> float:
        """Return how long the program has had a processor, all its threads together."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _memory(self, which: str) -> int:
        with Path(f"/proc/{self.pid}/status").open(encoding="ascii") as status:
            return next(int(line.split()[1]) << 10 for line in status if line.startswith(which))

    def _pump(self, patience: float) -> bool:
        """Show what was written, waiting so long for it; whether there was any."""
        data = self._read(patience)
        self._stream.feed(data)
        return bool(data)

    def _read(self, patience: float) -> bytes:
        """Take what was written, waiting so long for it."""
        taken = b""
        while select.select([self._fd], [], [], 0 if taken else patience)[0]:
            try:
                data = os.read(self._fd, 1 << 16)
            except OSError:
                return taken
            if not data:
                return taken
            for question, answer in _ANSWERS.items():
                if question in data:
                    os.write(self._fd, answer)
            taken += data
            self.written = time.perf_counter()
        return taken
