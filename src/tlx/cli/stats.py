"""`tlx stats`: what logs hold, in numbers."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from tlx import units
from tlx.config import Settings
from tlx.query import kinds, runs
from tlx.query.ask import ALL, Asker
from tlx.session import Session


def stats(files: Sequence[str], settings: Settings, form: str) -> None:
    """Load `files` and print their numbers as `table` or `json`.

    Raises:
        SourceError: one cannot be read.
    """
    session = Session(files, settings)
    try:
        session.start()
        session.wait()
        asker = Asker(session.database)
        if form == "json":
            # The standard library's JSON, for sums may pass 64 bits.
            text = json.dumps(summary(asker), ensure_ascii=False, indent=2) + "\n"
            sys.stdout.buffer.write(text.encode())
            sys.stdout.buffer.flush()
        else:
            _print_tables(asker)
    finally:
        session.close()


def summary(asker: Asker) -> dict[str, Any]:
    """Return the numbers as the JSON contract names them; durations in ns, times RFC 3339 UTC."""
    kind_rows = kinds.kinds(asker, ALL)
    hits = kinds.cache(asker, ALL)
    line_kinds = runs.line_kinds(asker)
    return {
        "sources": [
            {
                "path": source.path,
                "codec": source.codec,
                "bytes": source.bytes,
                "decompressed_bytes": source.decompressed_bytes,
                "lines": source.lines,
                "state": source.state,
            }
            for source in runs.sources(asker)
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
            for run in runs.runs(asker)
        ],
        "events": line_kinds["event"],
        "line_kinds": line_kinds,
        "dialects": runs.counts(asker, "dialect"),
        "event_types": runs.counts(asker, "event"),
        "execution_kinds": [
            {
                "execution_kind": kind.execution_kind,
                "count": kind.count,
                "duration_ns": kind.duration_ns,
                "output_size": kind.output_size,
            }
            for kind in kind_rows
        ],
        "duration_ns": runs.total_duration(asker),
        "cache": {"hits": hits.hits, "eligible": hits.eligible, "rate": hits.rate},
    }


def _print_tables(asker: Asker) -> None:
    from rich.console import Console

    from tlx.cli.output import table

    console = Console(highlight=False, markup=False, emoji=False)
    for source in runs.sources(asker):
        console.print(
            f"{units.visible(source.path)}  {source.codec} {source.state}  {units.size(source.bytes)}"
            f" ({units.size(source.decompressed_bytes)} of text)  {units.count(source.lines)} lines"
        )
    line_kinds = runs.line_kinds(asker)
    console.print("  ".join(f"{units.count(number)} {name}s" for name, number in line_kinds.items() if name != "text"))
    console.print()
    console.print(
        table(
            ("run", "command", "start (UTC)", "wall", "events"),
            [
                (
                    str(run.run),
                    run.command or units.MISSING,
                    units.rfc3339(run.start) or units.MISSING,
                    units.duration(run.end - run.start if run.end is not None and run.start is not None else None),
                    units.count(run.events),
                )
                for run in runs.runs(asker)
            ],
            left=(1, 2),
        )
    )
    rows = kinds.kinds(asker, ALL)
    total = sum(kind.duration_ns for kind in rows)
    console.print(
        table(
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
    )
    hits = kinds.cache(asker, ALL)
    console.print(
        f"cache hits {units.share(hits.hits, hits.eligible)} = {units.count(hits.hits)} / {units.count(hits.eligible)}"
        f"  ({kinds.FORMULA})"
    )
