"""Whole processes, measured from outside their work: seconds and the most memory they held; and how ratios are told."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_LOAD = """
import sys, time, resource
begin = time.perf_counter()
from tlx.config.settings import Settings
from tlx.session import Session
session = Session([sys.argv[1]], Settings(max_memory=int(sys.argv[2]) or None))
loading = time.perf_counter()
session.start()
session.wait()
end = time.perf_counter()
print(end - begin, end - loading, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, session.progress().events)
session.close()
"""
_READ_JSON = """
import sys, time, resource
begin = time.perf_counter()
import duckdb
(events, _, _), = duckdb.sql(
    f"SELECT count(*), sum(ActionExecutionEvent.duration_millis), max(epoch_millis)"
    f" FROM read_json('{sys.argv[1]}', format='newline_delimited')").fetchall()
end = time.perf_counter()
print(end - begin, end - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, events)
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of a process, its imports included in `seconds`; `peak` in bytes."""

    seconds: float
    loading: float
    """Seconds of the work alone."""
    peak: int
    events: int


def load(log: object, max_memory: int = 0) -> Measured:
    """Let a fresh tlx index a log."""
    return _child(_LOAD, str(log), str(max_memory))


def read_json(log: object) -> Measured:
    """Let DuckDB itself go through a log once, for one sum."""
    return _child(_READ_JSON, str(log))


def _child(code: str, *arguments: str) -> Measured:
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    seconds, loading, peak, events = done.stdout.split()
    return Measured(float(seconds), float(loading), int(peak), int(events))


def seconds_of(command: Sequence[str], **environment: str) -> tuple[float, str]:
    """Run a command to its end; return the seconds it took and what it printed."""
    begin = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **environment})
    return time.perf_counter() - begin, done.stdout


def in_turns(repeat: int, *works: Callable[[], float]) -> list[list[float]]:
    """Do pieces of work in turns, so that whatever else the machine does falls on all of them; return their seconds."""
    rounds = [[work() for work in works] for _ in range(repeat)]
    return [list(column) for column in zip(*rounds, strict=True)]


def print_ratio(name: str, ours: Sequence[float], theirs: Sequence[float], budget: str) -> None:
    """Print the median of the ratios of pairs, how far they spread, and what they should be."""
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    spread = f"{min(ratios):.2f} … {max(ratios):.2f}"
    print(f"  {name:36}{statistics.median(ratios):7.2f}      budget {budget}, {len(ratios)} pairs, {spread}")


def print_seconds(name: str, seconds: Sequence[float]) -> None:
    """Print the median of some times, and the best."""
    print(f"{name:38}{statistics.median(seconds):7.2f} s    best {min(seconds):.2f} s")


def p95(values: Sequence[float]) -> float:
    """Return the 95th percentile, nearest rank."""
    ordered = sorted(values)
    return ordered[-(-len(ordered) * 95 // 100) - 1]
