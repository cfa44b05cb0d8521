"""`tlx stats`: what logs hold, in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from tlx import units
from tlx.cli.printing.writing import json_text, writing
from tlx.cli.reading import Asked, loaded
from tlx.cli.scoping import chosen
from tlx.config.settings import Settings
from tlx.query import kinds, rejects, runs
from tlx.query.ask import ALL, Asker, Scope

if TYPE_CHECKING:
    from rich.table import Table

_MOST_DAMAGES = 5
"""So many damages of a source are told."""


def print_stats(asked: Asked, settings: Settings) -> None:
    """Load the files and print their numbers as `table` or `json`.

    Raises:
        SourceError: one cannot be read.
        ConfigError: there is no such run, or the output cannot be written.
    """
    with loaded(asked, settings) as asker:
        part = _part(asker, asked.run)
        with writing(asked.output, exact=asked.form == "json") as stream:
            if asked.form == "json":
                stream.write(json_text(_summary(part), indent=2) + "\n")
            else:
                _print_tables(part, stream)


@dataclass(frozen=True)
class _Part:
    """What is counted: all that was read, or one run of it."""

    asker: Asker
    scope: Scope
    found: Sequence[runs.RunFacts]
    sources: Sequence[runs.SourceCount]


def _part(asker: Asker, wanted: runs.Wanted | None) -> _Part:
    found, sources = runs.runs(asker), runs.sources(asker)
    only = chosen(found, wanted)
    if only is None:
        return _Part(asker, ALL, found, sources)
    return _Part(asker, Scope(run=only.run), [only], [source for source in sources if source.source == only.source])


def summary(asker: Asker) -> dict[str, Any]:
    """Return the numbers as the JSON contract names them; durations in ns, times RFC 3339 UTC."""
    return _summary(_part(asker, None))


def _summary(part: _Part) -> dict[str, Any]:
    asker, scope = part.asker, part.scope
    kind_rows = kinds.kinds(asker, scope)
    hits = kinds.cache(asker, scope)
    line_kinds = runs.line_kinds(asker, scope.run)
    damages = _damages(part)
    return {
        "sources": [
            {
                "path": source.path,
                "codec": source.codec,
                "bytes": source.bytes,
                "decompressed_bytes": source.decompressed_bytes,
                "lines": source.lines,
                "state": source.state,
                "damages": [{"offset": gap.offset, "reason": gap.reason} for gap in damages.get(source.source, [])],
            }
            for source in part.sources
        ],
        "runs": [
            {
                "run": run.run,
                "dialect": run.dialect,
                "command": run.command,
                "trace_id": run.trace_id,
                "start": units.rfc3339(run.start),
                "end": units.rfc3339(run.end),
                "events": run.events,
            }
            for run in part.found
        ],
        "events": runs.events(asker, scope.run),
        "line_kinds": line_kinds,
        "dialects": runs.counts(asker, "dialect", scope),
        "event_types": runs.counts(asker, "event", scope),
        "execution_kinds": [
            {
                "execution_kind": kind.execution_kind,
                "count": kind.count,
                "duration_ns": kind.duration_ns,
                "output_size": kind.output_size,
            }
            for kind in kind_rows
        ],
        "duration_ns": runs.total_duration(asker, scope),
        "cache": {"hits": hits.hits, "eligible": hits.eligible, "rate": hits.rate},
    }


def _damages(part: _Part) -> dict[int, list[rejects.Gap]]:
    """Return the damages of each source that has any."""
    number = rejects.totals(part.asker, part.scope.run).damages
    found: dict[int, list[rejects.Gap]] = {}
    for gap in rejects.page(part.asker, (0, number), part.scope.run):
        found.setdefault(gap.source, []).append(gap)
    return found


def _counted(events: int, line_kinds: Mapping[str, int]) -> str:
    """What the lines are, in words."""
    words = [f"{units.count(events)} events"]
    if events != line_kinds["event"]:
        words[0] += f" in {units.count(line_kinds['event'])} lines"
    words += [f"{units.count(line_kinds[name])} {name}s" for name in ("header", "reject")]
    if line_kinds["text"]:
        words.append(f"{units.count(line_kinds['text'])} lines of text")
    return "  ".join(words)


def _print_tables(part: _Part, stream: TextIO) -> None:
    from rich.console import Console

    from tlx.cli.printing.output import table

    asker, scope = part.asker, part.scope
    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    damages = _damages(part)
    for source in part.sources:
        console.print(
            f"{units.visible(source.path)}  {source.codec} {source.state}  {units.size(source.bytes)}"
            f" ({units.size(source.decompressed_bytes)} of text)  {units.count(source.lines)} lines"
        )
        found = damages.get(source.source, [])
        for gap in found[:_MOST_DAMAGES]:
            console.print(f"  damage at byte {units.count(gap.offset)}: {units.visible(gap.reason)}")
        if len(found) > _MOST_DAMAGES:
            console.print(f"  and {units.count(len(found) - _MOST_DAMAGES)} more: tlx rejects lists them")
    line_kinds = runs.line_kinds(asker, scope.run)
    console.print(_counted(runs.events(asker, scope.run), line_kinds))
    console.print()
    console.print(
        table(
            ("run", "command", "start (UTC)", "wall", "events"),
            [
                (
                    str(run.run),
                    run.command or units.MISSING,
                    _moment(run.start),
                    units.duration(run.wall_ns),
                    units.count(run.events),
                )
                for run in part.found
            ],
            left=(1, 2),
        )
    )
    if rows := kinds.kinds(asker, scope):
        console.print(_kinds(rows))
        hits = kinds.cache(asker, scope)
        share, numbers = units.share(hits.hits, hits.eligible), map(units.count, (hits.hits, hits.eligible))
        console.print(f"cache hits {share} = {' / '.join(numbers)}  ({kinds.FORMULA})")
    else:  # the log is of no build
        console.print(_types(runs.counts(asker, "event", scope)))


def _kinds(rows: Sequence[kinds.Kind]) -> Table:
    from tlx.cli.printing.output import table

    total = sum(kind.duration_ns for kind in rows)
    return table(
        ("execution kind", "events", "time", "share", "output"),
        [
            (
                kind.execution_kind or "unknown",
                units.count(kind.count),
                units.duration(kind.duration_ns),
                units.share(kind.duration_ns, total),
                units.size(kind.output_size),
            )
            for kind in rows
        ],
        left=(0,),
    )


def _types(found: Mapping[str, int]) -> Table:
    from tlx.cli.printing.output import table

    total = sum(found.values())
    rows = [(name, units.count(number), units.share(number, total)) for name, number in found.items()]
    return table(("event", "events", "share"), rows, left=(0,))


def _moment(time_ns: int | None) -> str:
    """A time to the second, which is enough for a person and leaves room for the command."""
    whole = None if time_ns is None else units.rfc3339(time_ns // units.NS_PER_S * units.NS_PER_S)
    return whole or units.MISSING
