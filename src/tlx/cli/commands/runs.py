"""`tlx runs`: the runs that logs hold, one invocation each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TextIO

from tlx import units
from tlx.cli.printing.writing import json_text, writing
from tlx.cli.reading import Asked, loaded
from tlx.cli.scoping import chosen
from tlx.config.settings import Settings
from tlx.query import runs

_INDENT = 6


def print_runs(asked: Asked, settings: Settings) -> None:
    """Load the files and print their runs as `table` or `json`.

    Raises:
        SourceError: one cannot be read.
        ConfigError: there is no such run, or the output cannot be written.
    """
    exact = asked.form == "json"
    with loaded(asked, settings) as asker:
        found = runs.runs(asker)
        only = chosen(found, asked.run)
        paths = {source.source: source.path for source in runs.sources(asker)}
    shown = found if only is None else [only]
    with writing(asked.output, exact=exact) as stream:
        if exact:
            stream.write(json_text({"runs": [record(run, paths) for run in shown]}, indent=2) + "\n")
        else:
            _print_table(shown, paths, stream)


def record(run: runs.RunFacts, paths: dict[int, str]) -> dict[str, Any]:
    """Return a run for a program; durations in ns, times RFC 3339 UTC."""
    return {
        "run": run.run,
        "source": paths[run.source],
        "line": run.line,
        "dialect": run.dialect,
        "command": run.command,
        "working_dir": run.working_dir,
        "trace_id": run.trace_id,
        "start": units.rfc3339(run.start),
        "end": units.rfc3339(run.end),
        "wall_ns": run.wall_ns,
        "events": run.events,
        "actions": run.actions,
        "duration_ns": run.duration_ns,
        "rejects": run.rejects,
        "open": run.unended,
    }


def _print_table(found: list[runs.RunFacts], paths: dict[int, str], stream: TextIO) -> None:
    """Print the numbers of each run in columns; beneath them, as wide as there is room, which run it is."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    console.print(Text(_line("run", "start, end (UTC)", ("wall", "events", "actions", "rejects")), "bold"))
    for run in found:
        numbers = (units.duration(run.wall_ns), *map(units.count, (run.events, run.actions, run.rejects)))
        console.print(Text(_line(str(run.run), _moment(run.start), numbers)))
        for text in (
            _moment(run.end),
            run.command,
            f"{paths[run.source]} line {units.count(run.line)}, {run.dialect}",
            run.trace_id and f"trace {run.trace_id}",
            run.unended and f"{units.count(run.unended)} open: begun, and no end seen",
        ):
            if text:
                console.print(Padding(Text(units.visible(text), overflow="fold"), (0, 0, 0, _INDENT)))


def _line(run: str, moment: str, numbers: Sequence[str]) -> str:
    return f"{run:>{_INDENT - 2}}  {moment:<24}" + "".join(f"  {number:>10}" for number in numbers)


def _moment(time_ns: int | None) -> str:
    """A time to the millisecond."""
    if time_ns is None:
        return units.MISSING
    return units.rfc3339(time_ns // units.NS_PER_MS * units.NS_PER_MS) or units.MISSING
