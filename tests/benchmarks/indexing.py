"""How long it takes to index a log: against DuckDB's own reader, against lnav, and as logs grow."""

from __future__ import annotations

import json
import shutil
import statistics
import tempfile
from functools import partial
from pathlib import Path

from logs import log
from measure import in_turns, load, print_ratio, print_seconds, read_json, seconds_of

_FEW = 100
_SIZES = (10_000, 100_000, 1_000_000)
_LARGE = 10_000_000
_FORMAT = "tlx_benchmark"
_FIELD = "ActionExecutionEvent/duration_millis"
_LNAV_FORMAT = {
    "$schema": "https://lnav.org/schemas/format-v1.schema.json",
    _FORMAT: {
        "title": "Buck2 user event log",
        "json": True,
        "timestamp-field": "epoch_millis",
        "timestamp-divisor": 1000,
        "line-format": [
            {"field": "__timestamp__"},
            *({"field": f"ActionExecutionEvent/{name}", "default-value": "-"} for name in ("execution_kind", "owner")),
        ],
        "value": {
            "epoch_millis": {"kind": "integer"},
            _FIELD: {"kind": "integer"},
            "ActionExecutionEvent/output_size": {"kind": "integer"},
            "ActionExecutionEvent/execution_kind": {"kind": "string", "identifier": True},
            "ActionExecutionEvent/owner": {"kind": "string"},
        },
    },
}
"""The least that lets lnav sort these records by time and show what tlx shows of them."""


def against_duckdb(path: Path, repeat: int) -> None:
    """Print whole processes, imports included: all that tlx keeps against one sum."""
    ours, theirs = in_turns(repeat, lambda: load(path).seconds, lambda: read_json(path).seconds)
    print_seconds("index all events", ours)
    print_seconds("DuckDB read_json, one sum", theirs)
    print_ratio("index / read_json", ours, theirs, "≤ 2.0")
    print()


def against_lnav(path: Path, repeat: int) -> None:
    """Print whole processes: tlx, lnav until it has indexed every line, and until it has summed up one field."""
    if not shutil.which("lnav"):
        print("lnav is not installed: not compared\n")
        return
    with tempfile.TemporaryDirectory() as home:
        formats = Path(home, "formats", _FORMAT)
        formats.mkdir(parents=True)
        (formats / "format.json").write_text(json.dumps(_LNAV_FORMAT), "utf-8")

        def lnav(what: str) -> float:
            question = f";SELECT {what} AS found FROM {_FORMAT}"  # noqa: S608  our own words
            command = ["lnav", "-n", "-I", home, "-c", question, str(path)]
            seconds, printed = seconds_of(command, HOME=home, TMPDIR=home)
            if int(printed.split()[-1]) < 1:
                raise RuntimeError(f"lnav found nothing: {printed}")
            return seconds

        ours, count, total = in_turns(
            repeat, lambda: load(path).seconds, lambda: lnav("count(*)"), lambda: lnav(f'sum("{_FIELD}")')
        )
    print_seconds("index all events", ours)
    print_seconds("lnav, all lines indexed and counted", count)
    print_seconds("lnav, and one field summed up", total)
    print_ratio("index / lnav, counted", ours, count, "≤ 0.35")
    print_ratio("index / lnav, summed up", ours, total, "≤ 0.35")
    print()


def growth(folder: Path, repeat: int, *, large: bool) -> None:
    """Print the time per event of loading, from small logs to large ones; what it takes to begin is told apart."""
    sizes = (*_SIZES, _LARGE) if large else _SIZES
    begin, *columns = in_turns(repeat, *(partial(_loading, log(folder, size)) for size in (_FEW, *sizes)))
    start = statistics.median(begin)
    medians = {size: (statistics.median(column) - start) / size for size, column in zip(sizes, columns, strict=True)}
    print(f"{f'load {_FEW} events: the start':38}{start:7.3f} s")
    for size, each in medians.items():
        ratio = each / medians[1_000_000]
        print(f"{f'load {size:,} events':38}{each * 1e9:7.0f} ns an event more   {ratio:.2f} × that of 1,000,000")
    print()


def _loading(path: Path) -> float:
    return load(path).loading
