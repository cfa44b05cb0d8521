"""What a person waits for: the first rows, and the screen after a key, while a log is loading and once it is loaded."""

from __future__ import annotations

import re
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from measure import in_turns, p95, print_ratio, print_seconds
from terminal import Terminal

_EMPTY_APP = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("READY")
Empty().run()
"""
_OPEN = [sys.executable, "-m", "tlx", "open", "--no-cache"]
_ROW = re.compile(r"\d(ms|s) +[●◉■▣◆◈◇❖▪▫○?] \w")
"""A line of the durations table: a duration, and the mark and name of an execution kind."""
_ROUNDS = 12
_ENOUGH_KEYS = 40
_MOST_LOADS = 8
_KEYS = (
    ("move: j k space b", "jk b"),
    ("last row, first row: G g", "Gg"),
    ("sort by the next column: o", "oooo"),
    ("groups, events: v", "vvvvvv"),
)
_KINDS = ("Local", "Remote", "ActionCache", "Simple")
_FILTERS = (
    ("filter by column", 150, (*(f"execution_kind == {kind}" for kind in _KINDS), "duration > 1s", "duration > 100ms")),
    ("filter by text", 250, [f"lib_{number}" for number in range(1, 20)]),
    ("filter by payload path", 400, [f".ActionExecutionEvent.output_size > {number}00000" for number in range(1, 20)]),
)
"""None comes twice so soon that what was found is still kept."""
_ZOOMS = (("zoom: w s", "wwwss"), ("pan: d a", "ddaad"))
_QUIET = 0.4
"""Seconds without a change after which what a key brought is there."""
_LONG_QUIET = 1.0
"""The same, where more comes after a rest."""
_FRAME_END = "╰"
_AXIS = re.compile(r"\W*(of run|UTC) ")
_GUTTER = 10
"""Cells beside the chart."""


def first_rows(log: Path, repeat: int) -> None:
    """Print the time from the start of the process to what a person sees."""

    def shown(command: Sequence[str], condition: Callable[[list[str]], bool]) -> float:
        with Terminal(command) as terminal:
            terminal.wait(condition)
            return terminal.written - terminal.started

    empty = [sys.executable, "-c", _EMPTY_APP]
    rows, ready = in_turns(
        repeat,
        lambda: shown([*_OPEN, str(log)], _has_rows),
        lambda: shown(empty, lambda lines: any("READY" in line for line in lines)),
    )
    print_seconds("first rows on screen", rows)
    print_seconds("empty Textual app", ready)
    print_ratio("first rows / empty app", rows, ready, "≤ 1.6")
    print()


def keys(log: Path) -> None:
    """Print the time from a key to a changed screen."""
    loading: list[float] = []
    for _ in range(_MOST_LOADS):
        if len(loading) < _ENOUGH_KEYS:
            loading += _while_loading(log)
    _print_keys("while loading: j space", loading, 100)
    with Terminal([*_OPEN, str(log)]) as terminal:
        terminal.wait(_loaded)
        for name, typed in _KEYS:
            times = []
            for number in range(_ROUNDS):
                terminal.settle()
                terminal.press(typed[number % len(typed)])
                times.append(_changed(terminal.frames(_QUIET)))
            _print_keys(name, times, 50)
        print(f"{'memory of the open screen':38}{terminal.peak_memory() / 1e6:7.0f} MB at its peak\n")


def filters(log: Path, rounds: int) -> None:
    """Print the time from the enter behind a filter until all panes show what it lets through, and that of a zoom.

    What the timeline adds once it rests (how many actions ran at most, idle gaps, the tail) is not waited for.
    """
    with Terminal([*_OPEN, str(log)]) as terminal:
        terminal.wait(_loaded)
        for name, budget, texts in _FILTERS:
            _print_times(name, [_filter(terminal, texts[number % len(texts)]) for number in range(rounds)], budget)
        terminal.press("1")
        terminal.settle(_LONG_QUIET)
        for name, typed in _ZOOMS:
            times = []
            for number in range(rounds):
                terminal.press(typed[number % len(typed)])
                times.append(_settled(terminal.frames(_QUIET), lambda lines: lines))
            _print_times(name, times, 50)
        print()


def _filter(terminal: Terminal, text: str) -> float:
    """Type a filter but for its end; then, timed, the end of it. Take it back afterwards."""
    terminal.press(f"&{text[:-1]}")
    terminal.settle(_LONG_QUIET)
    terminal.press(f"{text[-1]}\r")
    frames = terminal.frames(_LONG_QUIET)
    terminal.press("\x1b")
    terminal.settle(_LONG_QUIET)
    return _settled(frames, _without_later(frames[-1][1]))


def _changed(frames: Sequence[tuple[float, list[str]]]) -> float:
    """Return after how many seconds the screen below its top was another."""
    before = frames[0][1][2:]
    return next(seconds for seconds, lines in frames if lines[2:] != before)


def _settled(frames: Sequence[tuple[float, list[str]]], part: Callable[[list[str]], list[str]]) -> float:
    """Return after how many seconds a part of the screen was what it is in the end."""
    final = part(frames[-1][1])
    if part(frames[0][1]) == final:
        raise RuntimeError("the key changed nothing:\n" + "\n".join(final))
    changed = [number for number, (_, lines) in enumerate(frames) if part(lines) != final]
    return frames[changed[-1] + 1][0]


def _without_later(final: list[str]) -> Callable[[list[str]], list[str]]:
    """Return what takes from a screen what the timeline adds later: on its axis and its frame, beside its curve."""
    end = next(number for number, line in enumerate(final) if line.startswith(_FRAME_END))
    axis = next(number for number, line in enumerate(final) if _AXIS.match(line))

    def part(lines: list[str]) -> list[str]:
        chart = [line[_GUTTER:] for number, line in enumerate(lines[1:end], 1) if number != axis - 1]
        return [lines[0], *chart, *lines[end + 1 :]]

    return part


def large(log: Path) -> None:
    """Print the same while a log loads that does not fit into the memory it may take, and how much it took."""
    with Terminal([*_OPEN, "--max-memory", "1GiB", str(log)]) as terminal:
        terminal.wait(_has_rows)
        times = _keys_until_loaded(terminal)
        _print_keys("while loading 10 M within 1 GiB", times, 100)
        print(f"  {'peak of the screen / 1 GiB':36}{terminal.peak_memory() / (1 << 30):7.2f}")
        print(f"  {'time of loading':36}{time.perf_counter() - terminal.started:7.1f} s\n")


def _while_loading(log: Path) -> list[float]:
    with Terminal([*_OPEN, str(log)]) as terminal:
        terminal.wait(_has_rows)
        return _keys_until_loaded(terminal)


def _keys_until_loaded(terminal: Terminal) -> list[float]:
    times: list[float] = []
    while not _loaded(terminal.lines):
        times.append(_press(terminal, "j" if len(times) % 2 else " "))
    return times


def _has_rows(lines: list[str]) -> bool:
    return any(_ROW.search(line) for line in lines)


def _loaded(lines: list[str]) -> bool:
    return any("read in" in line for line in lines[:3])


def _press(terminal: Terminal, key: str) -> float:
    before = terminal.lines[2:]
    terminal.press(key)
    return terminal.wait(lambda lines: lines[2:] != before, timeout=20.0)


def _print_keys(name: str, times: Sequence[float], budget: int) -> None:
    _print_times(name, times, budget, "keys")


def _print_times(name: str, times: Sequence[float], budget: int, noun: str = "times") -> None:
    if times:
        middle = statistics.median(times) * 1000
        worst = p95(times) * 1000
        print(f"{name:38}{middle:7.0f} ms   p95 {worst:.0f} ms, budget ≤ {budget} ms, {len(times)} {noun}")
