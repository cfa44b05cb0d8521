"""`tlx insights`: the facts that explain a run, and what its log does not hold."""

from __future__ import annotations

import shlex
import shutil
import textwrap
from collections.abc import Iterator, Sequence
from typing import TextIO

from tlx import units
from tlx.cli import scoping
from tlx.cli.printing.listing import Column, Listing, column, is_colored
from tlx.cli.printing.writing import writing
from tlx.cli.reading import Asked, announce, loaded
from tlx.config.settings import Settings
from tlx.dialects.base import Absence
from tlx.model import Quantity
from tlx.query.insights.absences import missing
from tlx.query.insights.insights import insights
from tlx.query.insights.line import Insight, Jump

_COLUMNS = [
    column("name", Quantity.TEXT),
    column("text", Quantity.TEXT),
    Column("values", "", str),
    column("filter", Quantity.TEXT, path=("jump", "filter")),
    column("event_id", Quantity.NUMBER, path=("jump", "event_id")),
    column("since", Quantity.TIME, path=("jump", "since")),
    column("until", Quantity.TIME, path=("jump", "until")),
    column("run", Quantity.NUMBER, path=("jump", "run")),
]
_MOST_WIDTH = 100
"""Cells of a line of text: longer ones are hard to read."""


def print_insights(asked: Asked, settings: Settings) -> None:
    """Load the files and print what explains their runs.

    Raises:
        SourceError: one cannot be read.
        ConfigError: a filter cannot be understood, there is no such run, or the output cannot be written.
    """
    scoping.check(asked.part)
    with loaded(asked, settings) as asker:
        scope, _ = scoping.scope(asker, asked.part, asked.run)
        found = list(insights(asker, scope))
        shown = found[: asked.limit]
        if asked.form == "table":
            with writing(asked.output, exact=False) as stream:
                _print_text(shown, missing(asker, scope), stream, bold=is_colored(stream, asked.color))
        else:
            Listing(_COLUMNS, map(_row, shown)).write(asked)
        announce(len(shown), len(found), "insights", scope)


def _row(insight: Insight) -> tuple[object, ...]:
    jump = insight.jump
    since, until = jump.window or (None, None)
    return (insight.name, insight.text, insight.values, jump.filter or None, jump.event, since, until, jump.run)


def _print_text(found: Sequence[Insight], absent: Sequence[tuple[str, Absence]], stream: TextIO, *, bold: bool) -> None:
    """Print sentences as wide as there is room, and beneath each the flags that lead to what it speaks of."""
    width = min(_MOST_WIDTH, shutil.get_terminal_size().columns) if stream.isatty() else _MOST_WIDTH
    style = "\x1b[1m{}\x1b[0m\n" if bold else "{}\n"
    for insight in found:
        stream.writelines(map(style.format, _wrapped(insight.text, width)))
        if flags := list(_flags(insight.jump)):
            stream.write(f"    {units.visible(shlex.join(flags))}\n")
    if found and absent:
        stream.write("\nNot in this log:\n")
        for command, one in absent:
            stream.writelines(line + "\n" for line in _wrapped(f"{one.words}: {command}", width))


def _wrapped(text: str, width: int) -> list[str]:
    """Cut a text into lines; words that are too long for one stand as they are."""
    return textwrap.wrap(
        units.visible(text), width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def _flags(jump: Jump) -> Iterator[str]:
    """What to give `tlx events` or `tlx open`, to see it."""
    if jump.run is not None:
        yield from ("--run", str(jump.run))
    if jump.window is not None:
        begin, end = map(units.rfc3339, jump.window)
        yield from ("--since", str(begin), "--until", str(end))
    if jump.filter:
        yield from ("-w", jump.filter)
