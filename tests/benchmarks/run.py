"""Prints how fast tlx is, as ratios to what was measured beside it in the same run. Nothing here is asserted.

    python tests/benchmarks/run.py [--events 1000000] [--repeat 5] [--data FOLDER]

The log is made by `tlx.demo` once and kept in FOLDER (bench-data by default).
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import zstandard
from terminal import Terminal

_EMPTY_APP = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("READY")
Empty().run()
"""
_READ_JSON = """
import sys, time, resource
begin = time.perf_counter()
import duckdb
duckdb.sql(f"SELECT count(*), sum(ActionExecutionEvent.duration_millis), max(epoch_millis)"
           f" FROM read_json('{sys.argv[1]}', format='newline_delimited')").fetchall()
print(time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""
_INDEX = """
import sys, time, resource
begin = time.perf_counter()
from tlx.config import Settings
from tlx.session import Session
session = Session([sys.argv[1]], Settings())
session.start()
session.wait()
print(time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
session.close()
"""
_OPEN = [sys.executable, "-m", "tlx", "open"]
_ROW = re.compile(r"\d(ms|s) +[●◉■▣◆◈◇❖▪▫○?] \w")
"""A line of the durations table: a duration, and the mark and name of an execution kind."""
_ROUNDS = 12


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--events", type=int, default=1_000_000)
    arguments.add_argument("--repeat", type=int, default=5)
    arguments.add_argument("--data", type=Path, default=Path("bench-data"))
    options = arguments.parse_args()
    log = _log(options.data, options.events)
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{options.events:,} events, {log.stat().st_size:,} bytes as zstd\n")
    _indexing(log, options.repeat)
    _first_rows(log, options.repeat)
    _keys(log)


def _log(folder: Path, events: int) -> Path:
    folder.mkdir(exist_ok=True)
    log = folder / f"{events}.json-lines.zst"
    if not log.exists():
        command = [sys.executable, "-m", "tlx.demo", "log", str(log), "--events", str(events)]
        subprocess.run(command, check=True)
    return log


def _indexing(log: Path, repeat: int) -> None:
    """Whole pieces of work, imports included, in turns."""
    size = _decompressed_size(log)
    ours, theirs = [], []
    for _ in range(repeat):
        theirs.append(_child(_READ_JSON, log))
        ours.append(_child(_INDEX, log))
    seconds, peer = [statistics.median(run[0] for run in runs) for runs in (ours, theirs)]
    ratios = [a[0] / b[0] for a, b in zip(ours, theirs, strict=True)]
    best = min(run[0] for run in ours)
    spread = f"{min(ratios):.2f} … {max(ratios):.2f}"
    print(f"index all events            {seconds:6.2f} s   {best:.2f} s at best")
    print(f"DuckDB read_json, one sum   {peer:6.2f} s")
    print(f"  ratio                     {statistics.median(ratios):6.2f}    median of {repeat} pairs, {spread}")
    peak = statistics.median(run[1] for run in ours)
    print(f"peak memory                 {peak / 1e6:6.0f} MB  {peak / size:.2f} × the decompressed size\n")


def _decompressed_size(log: Path) -> int:
    with log.open("rb") as file:
        reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
        return sum(len(piece) for piece in iter(lambda: reader.read(1 << 20), b""))


def _child(code: str, log: Path) -> tuple[float, int]:
    done = subprocess.run([sys.executable, "-c", code, str(log)], capture_output=True, text=True, check=True)
    seconds, peak = done.stdout.split()
    return float(seconds), int(peak)


def _first_rows(log: Path, repeat: int) -> None:
    """From the start of the process to what a person sees."""

    def shown(command: list[str], condition: Callable[[list[str]], bool]) -> float:
        with Terminal(command) as terminal:
            terminal.wait(condition)
            return time.perf_counter() - terminal.started

    empty, rows = [], []
    for _ in range(repeat):
        empty.append(shown([sys.executable, "-c", _EMPTY_APP], lambda lines: any("READY" in line for line in lines)))
        rows.append(shown([*_OPEN, str(log)], _has_rows))
    ratios = [a / b for a, b in zip(rows, empty, strict=True)]
    print(f"first rows on screen        {statistics.median(rows):6.2f} s")
    print(f"empty Textual app           {statistics.median(empty):6.2f} s")
    print(f"  ratio                     {statistics.median(ratios):6.2f}    median of {repeat} pairs")
    print()


def _has_rows(lines: list[str]) -> bool:
    return any(_ROW.search(line) for line in lines)


def _keys(log: Path) -> None:
    """From a key to a changed screen, while loading and when loaded."""
    with Terminal([*_OPEN, str(log)]) as terminal:
        terminal.wait(_has_rows)
        loading = []
        while not _loaded(terminal.lines):
            loading.append(_press(terminal, "j" if len(loading) % 2 else " "))
        _print_keys("while loading", loading)
        terminal.settle()
        for name, keys in (
            ("move: j k space b", "jk b"),
            ("last row, first row: G g", "Gg"),
            ("sort by the next column: o", "oooo"),
            ("groups, events: v", "vvvvvv"),
        ):
            times = []
            for round_number in range(_ROUNDS):
                terminal.settle()
                times.append(_press(terminal, keys[round_number % len(keys)]))
            _print_keys(name, times)
        print(f"\nmemory of the open screen   {terminal.peak_memory() / 1e6:6.0f} MB at its peak")


def _loaded(lines: list[str]) -> bool:
    return any("read in" in line for line in lines[:3])


def _press(terminal: Terminal, key: str) -> float:
    before = terminal.lines[2:]
    terminal.press(key)
    return terminal.wait(lambda lines: lines[2:] != before, timeout=20.0)


def _print_keys(name: str, times: list[float]) -> None:
    if not times:
        return
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    print(f"{name:28}{statistics.median(times) * 1000:6.0f} ms  p95 {p95 * 1000:.0f} ms  ({len(times)} keys)")


if __name__ == "__main__":
    main()
