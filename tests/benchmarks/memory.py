"""How much memory a log takes, and how well `--max-memory` is kept to."""

from __future__ import annotations

import statistics
from pathlib import Path

from logs import decompressed_size, log
from measure import load

_GIB = 1 << 30
_LARGE = 10_000_000
_LEAST = 384 << 20


def peaks(path: Path, repeat: int) -> None:
    """Print the peak of a process that holds all in memory, and of one that may hold the least it can do with."""
    size = decompressed_size(path)
    free = [load(path) for _ in range(repeat)]
    tight = [load(path, _LEAST) for _ in range(repeat)]
    peak = statistics.median(run.peak for run in free)
    print(f"{'peak memory':38}{peak / 1e6:7.0f} MB   of {size / 1e6:.0f} MB of text")
    print(f"  {'peak / decompressed size':36}{peak / size:7.2f}      budget ≤ 2.2")
    peak = statistics.median(run.peak for run in tight)
    ratio = statistics.median(b.seconds / a.seconds for a, b in zip(free, tight, strict=True))
    print(f"  {'peak / --max-memory 384MiB':36}{peak / _LEAST:7.2f}      {ratio:.2f} × the time\n")


def large(folder: Path) -> None:
    """Print how ten million events open within a GiB, and how long that takes beside all the memory there is."""
    path = log(folder, _LARGE)
    size = decompressed_size(path)
    tight, free = load(path, _GIB), load(path)
    print(f"{'10,000,000 events':38}{size / 1e9:7.2f} GB of text")
    print(f"  {'peak / --max-memory 1GiB':36}{tight.peak / _GIB:7.2f}      budget ≤ 1.0, {tight.seconds:.1f} s")
    print(f"  {'peak / decompressed size, unlimited':36}{free.peak / size:7.2f}      {free.seconds:.1f} s")
    print(f"  {'time within 1 GiB / unlimited':36}{tight.seconds / free.seconds:7.2f}\n")
