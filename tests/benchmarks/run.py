"""Prints how fast tlx is and what it takes, as ratios to what was measured beside it in the same run. Asserts nothing.

    python tests/benchmarks/run.py [--events 1000000] [--repeat 5] [--data FOLDER] [--large] [SUBJECT…]

The logs are made by `tlx.demo` once and kept in FOLDER (bench-data by default). `--large` adds what takes a log of ten
million events: minutes, and 200 MB of disk for the log, 6 GB of memory and 3 GB of disk to spill to.
"""

from __future__ import annotations

import argparse
import compileall
import os
import platform
from collections.abc import Callable
from pathlib import Path

import growing
import indexing
import memory
import screen
from logs import log

import tlx

LARGE = 10_000_000
_SUBJECTS = "duckdb lnav growth memory rows keys filter follow cost soak"


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--events", type=int, default=1_000_000)
    arguments.add_argument("--repeat", type=int, default=5)
    arguments.add_argument("--data", type=Path, default=Path("bench-data"))
    arguments.add_argument("--large", action="store_true", help="also with ten million events")
    arguments.add_argument("subjects", metavar="SUBJECT", nargs="*", help=f"of: {_SUBJECTS}")
    options = arguments.parse_args()
    # As pip leaves it: of an editable install every start would compile all where PYTHONDONTWRITEBYTECODE is set.
    compileall.compile_dir(Path(tlx.__file__).parent, quiet=1)
    path = log(options.data, options.events)
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{options.events:,} events, {path.stat().st_size:,} bytes as zstd\n")
    for name, subject in subjects(path, options).items():
        if not options.subjects or name in options.subjects:
            subject()


def subjects(path: Path, options: argparse.Namespace) -> dict[str, Callable[[], None]]:
    """Return what can be measured, by name."""

    def memories() -> None:
        memory.peaks(path, options.repeat)
        if options.large:
            memory.large(options.data)

    def keys() -> None:
        screen.keys(path)
        if options.large:
            screen.large(log(options.data, LARGE))

    def costs() -> None:
        large = log(options.data, LARGE) if options.large else path
        growing.costs(large, (50_000, 500_000, 4_000_000) if options.large else (50_000, options.events * 9 // 10))

    return {
        "duckdb": lambda: indexing.against_duckdb(path, options.repeat),
        "lnav": lambda: indexing.against_lnav(path, options.repeat),
        "growth": lambda: indexing.growth(options.data, options.repeat, large=options.large),
        "memory": memories,
        "rows": lambda: screen.first_rows(path, options.repeat),
        "keys": keys,
        "filter": lambda: screen.filters(path, 2 * options.repeat),
        "follow": lambda: growing.following(60 if options.large else 15),
        "cost": costs,
        "soak": lambda: growing.soak(20 if options.large else 2),
    }


if __name__ == "__main__":
    main()
