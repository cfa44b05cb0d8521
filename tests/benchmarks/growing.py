"""A log that grows beside the screen: how late an event shows, how late a key does, and whether all events come."""

from __future__ import annotations

import io
import itertools
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import zstandard
from measure import p95
from terminal import Terminal

_WRITER = Path(__file__).with_name("writer.py")
_COUNT = re.compile(r"([0-9,]+) (?:events?|actions?) ")
_SLOW = 20
"""Events a second at which the time to the screen is taken."""
_FAST = 50_000
_COST_RATE, _COST_SECONDS = 2_000, 15
"""Events a second, and for how long, at which the cost of an event is taken."""
_VIEWS = {
    "rows": "",
    "groups by category": "2Bcategory\r",
    "groups by owner": "2Bowner\r",
    "owners by p95": "2Bowner\roo",
}
"""What is typed to have them shown."""
_STAMP = re.compile(rb'(?<="epoch_millis":)\d+')
_STEADY = 10_000
"""Those at which a log grows for long."""


def following(seconds: float) -> None:
    """Print both for each codec; `seconds` is how long the fast writer writes."""
    for codec in ("plain", "gzip", "zstd"):
        with tempfile.TemporaryDirectory() as folder:
            _late(Path(folder, "log"), codec)
        with tempfile.TemporaryDirectory() as folder:
            _fast(Path(folder, "log"), codec, seconds)
    print()


def soak(minutes: float) -> None:
    """Print, minute by minute, how late events and keys show and what is held while a log grows for long."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        with _open(log) as terminal:
            terminal.wait(lambda lines: any("waiting" in line for line in lines))
            with _write(log, "zstd", _STEADY, minutes * 60) as writer:
                flushes = _Flushes(writer)
                terminal.wait(lambda lines: _shown(lines) > _STEADY)
                terminal.press("g")
                while writer.poll() is None:
                    _minute(terminal, flushes, writer)
                written = flushes.newest()[0]
            late = terminal.wait(lambda lines: _shown(lines) >= written, 60.0)
            print(f"  {f'{written:,} written, {_shown(terminal.lines):,} shown':50}{late:6.2f} s after the last\n")


def costs(log: Path, sizes: Sequence[int]) -> None:
    """Print for each view what a new event costs after so many that were there, taken from the lines of a log."""
    for view, keys in _VIEWS.items():
        for size in sizes:
            with tempfile.TemporaryDirectory() as folder:
                _cost(Path(folder, "log"), (log, size), view, keys)
    print()


def _cost(path: Path, events: tuple[Path, int], view: str, keys: str) -> None:
    log, size = events
    lines = _lines(log)
    there = list(itertools.islice(lines, size))
    late = int(time.time() * 1000) - max(int(found[0]) for found in map(_STAMP.search, there) if found)
    path.write_bytes(b"".join(_STAMP.sub(lambda found: b"%d" % (int(found[0]) + late), line) for line in there))
    del there
    with _open(path) as terminal, path.open("ab", buffering=0) as file:
        terminal.wait(lambda screen: _shown(screen) >= size - 1, 600.0)
        for key in keys:
            terminal.press(key)
            terminal.settle(0.3)
        _feed(file, lines, terminal, 5)  # what has to be kept for growth is made meanwhile
        before = terminal.cpu_seconds()
        shown = _feed(file, lines, terminal, _COST_SECONDS)
        each = (terminal.cpu_seconds() - before) / (_COST_RATE * _COST_SECONDS)
    often = shown / _COST_SECONDS
    print(f"{view:20}{size:>10,} there {each * 1e6:6.0f} µs of CPU for each new event, shown {often:4.1f} × a second")


def _lines(log: Path) -> Iterator[bytes]:
    with log.open("rb") as file:
        yield from io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True))


def _feed(file: io.FileIO, lines: Iterator[bytes], terminal: Terminal, seconds: int) -> int:
    """Write for so long, with stamps of now, ten flushes a second; return how often the durations showed more."""
    begin, shown = time.monotonic(), {_listed(terminal.lines)}
    for flush in range(seconds * 10):
        now = b"%d" % (time.time() * 1000)
        file.write(b"".join(_STAMP.sub(now, line) for line in itertools.islice(lines, _COST_RATE // 10)))
        while (wait := begin + (flush + 1) / 10 - time.monotonic()) > 0:
            terminal.settle(wait, wait)
            shown.add(_listed(terminal.lines))
    return len(shown) - 1


class _Flushes(threading.Thread):
    """What a writer says of its flushes, taken as it comes."""

    def __init__(self, writer: subprocess.Popen[str]) -> None:
        super().__init__(daemon=True)
        self._writer = writer
        self._newest = (0, 0)
        self.start()

    def run(self) -> None:
        """Take all."""
        assert self._writer.stdout is not None
        for line in self._writer.stdout:
            count, at = map(int, line.split())
            self._newest = (count, at)

    def newest(self) -> tuple[int, int]:
        """How many events the last flush ended with, and when it was, in ns of the monotonic clock."""
        return self._newest


def _minute(terminal: Terminal, flushes: _Flushes, writer: subprocess.Popen[str]) -> None:
    """Print what a minute was like."""
    end, shown, keys = time.monotonic() + 60, [], []
    while time.monotonic() < end and writer.poll() is None:
        count, at = flushes.newest()
        terminal.wait(lambda lines, count=count: _shown(lines) >= count, 60.0)  # type: ignore[misc]
        shown.append(time.monotonic() - at / 1e9)
        before = terminal.lines[3:]
        terminal.press("j" if len(keys) % 2 else " ")
        keys.append(terminal.wait(lambda lines, before=before: lines[3:] != before, 60.0))  # type: ignore[misc]
        terminal.settle(0.3, 0.5)
    late, key = p95(shown) * 1000, p95(keys) * 1000
    held = f"{terminal.memory() / 1e6:6.0f} MB held"
    print(f"{flushes.newest()[0]:>12,} events   shown p95 {late:4.0f} ms   key p95 {key:4.0f} ms   {held}", flush=True)


def _open(log: Path) -> Terminal:
    return Terminal([sys.executable, "-m", "tlx", "open", "-f", str(log)])


def _write(log: Path, codec: str, rate: int, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, str(_WRITER), str(log), codec, str(rate), str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _shown(lines: list[str]) -> int:
    """The number of events that the top of the screen tells."""
    found = _COUNT.search(lines[0])
    return int(found[1].replace(",", "")) if found else 0


def _listed(lines: list[str]) -> int:
    """The number of events that the durations list, as the foot of their frame tells."""
    found = _COUNT.search(lines[-2])
    return int(found[1].replace(",", "")) if found else 0


def _late(log: Path, codec: str) -> None:
    """Print the time from a flush to the screen that lists it."""
    times = []
    with _open(log) as terminal:
        terminal.wait(lambda lines: any("waiting" in line for line in lines))
        with _write(log, codec, _SLOW, 12) as writer:
            assert writer.stdout is not None
            for number, line in enumerate(writer.stdout):
                count, at = map(int, line.split())
                terminal.wait(lambda lines, count=count: _listed(lines) >= count, 20.0)  # type: ignore[misc]
                if number > _SLOW:
                    times.append(time.monotonic() - at / 1e9)
    _print(f"{codec}: written to shown", times, 250)


def _fast(log: Path, codec: str, seconds: float) -> None:
    """Print the time from a key to the screen while very much is written, and whether all of it came."""
    times = []
    with _open(log) as terminal:
        terminal.wait(lambda lines: any("waiting" in line for line in lines))
        with _write(log, codec, _FAST, seconds) as writer:
            assert writer.stdout is not None
            terminal.wait(lambda lines: _shown(lines) > _FAST)
            terminal.press("g")
            while writer.poll() is None:
                before = terminal.lines[3:]
                terminal.press("j" if len(times) % 2 else " ")
                times.append(terminal.wait(lambda lines, before=before: lines[3:] != before, 20.0))  # type: ignore[misc]
                terminal.settle(0.02, 0.1)
            written = int(writer.stdout.readlines()[-1].split()[0])
        late = terminal.wait(lambda lines: _shown(lines) >= written, 60.0)
        _print(f"{codec}: key to screen, {_FAST:,} events/s", times, 100)
        found = _shown(terminal.lines)
        print(f"  {f'{written:,} written, {found:,} shown':50}{late:6.2f} s after the last")
        print(f"  {'memory at its peak':50}{terminal.peak_memory() / 1e6:6.0f} MB")


def _print(name: str, times: list[float], budget: int) -> None:
    middle, worst = statistics.median(times) * 1000, p95(times) * 1000
    print(f"{name:46}{middle:6.0f} ms   p95 {worst:.0f} ms, budget ≤ {budget} ms, {len(times)} times")
