"""`tlx rejects`: the lines that are no events, and the damages of the bytes as stored."""

from __future__ import annotations

import itertools
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TextIO

from rich.cells import cell_len, set_cell_size

from tlx import units
from tlx.cli.printing.writing import json_text, writing
from tlx.cli.reading import Asked, loaded
from tlx.cli.scoping import chosen
from tlx.config.settings import Settings
from tlx.query import rejects, runs

_LEAST_TEXT = 20
_MOST_TEXT = 200
"""Cells of a reject's text in a table: as a terminal has room, but no fewer; and where it is no terminal."""


def print_rejects(asked: Asked, settings: Settings) -> None:
    """Load the files and print what gave no event, as `table` or `jsonl`; say on stderr if there was more.

    Raises:
        SourceError: one cannot be read.
        ConfigError: there is no such run, or the output cannot be written.
    """
    with loaded(asked, settings) as asker:
        only = chosen(runs.runs(asker), asked.run) if asked.run is not None else None
        run = only.run if only is not None else None
        paths = {source.source: source.path for source in runs.sources(asker)}
        totals = rejects.totals(asker, run)
        gaps = itertools.islice(rejects.walk(asker, run), asked.limit)
        with writing(asked.output, exact=asked.form == "jsonl") as stream:
            if asked.form == "jsonl":
                for gap in gaps:
                    stream.write(json_text(record(gap, paths)) + "\n")
            else:
                _print_tables(gaps, totals, _sheet(rejects.widths(asker, run), paths, stream), stream)
        _announce(totals, asked.limit)


def record(gap: rejects.Gap, paths: dict[int, str]) -> dict[str, Any]:
    """Return a reject or a damage for a program."""
    return {
        "kind": gap.sort.value,
        "source": paths[gap.source],
        "line": gap.line,
        "byte_offset": gap.offset,
        "reason": gap.reason,
        "text": gap.text,
        "text_length": gap.length,
    }


def _announce(totals: rejects.Totals, limit: int | None) -> None:
    """Say what stdout does not: that nothing was found, or that more was."""
    words = ""
    if not totals.rows:
        words = "every line is an event, and no byte is damaged"
    elif limit is not None and limit < totals.rows:
        words = f"the first {units.count(limit)} of {units.count(totals.rows)}; a larger --limit, or none, shows more"
    if words:
        print(f"tlx: {words}", file=sys.stderr)  # noqa: T201  stderr is where talk goes


def _print_tables(gaps: Iterator[rejects.Gap], totals: rejects.Totals, sheet: _Sheet, stream: TextIO) -> None:
    """Print line by line, for there may be millions."""
    for sort, group in itertools.groupby(gaps, lambda gap: gap.sort):
        lines: Iterator[str]
        if sort is rejects.Sort.DAMAGE:
            title = f"{_counted(totals.damages, 'damage')}: bytes of the file that could not be read"
            titles, lines = sheet.over_damages, map(sheet.damage, group)
        else:
            title = f"{_counted(totals.rejects, 'reject')}: lines of the text that are no events"
            titles, lines = sheet.over_rejects, map(sheet.reject, group)
        stream.writelines(line.rstrip() + "\n" for line in itertools.chain((title, titles), lines))


def _counted(number: int, noun: str) -> str:
    return f"{units.count(number)} {noun}{'' if number == 1 else 's'}"


@dataclass(frozen=True)
class _Sheet:
    """The widths of columns in cells, known before the first line is printed; 0 leaves a column out."""

    paths: dict[int, str]
    source: int
    line: int
    byte: int
    reason: int
    text: int

    @property
    def over_damages(self) -> str:
        """The titles of damages."""
        return f"{_fit('source', self.source)}{'byte':>{self.line + self.byte + 2}}  reason"

    @property
    def over_rejects(self) -> str:
        """The titles of rejects."""
        place = f"{_fit('source', self.source)}{'line':>{self.line}}  {'byte':>{self.byte}}"
        return f"{place}  {_fit('reason', self.reason)}  text"

    def damage(self, gap: rejects.Gap) -> str:
        """The line of a damage."""
        place = f"{self._path(gap)}{units.count(gap.offset):>{self.line + self.byte + 2}}"
        return f"{place}  {units.visible(gap.reason)}"

    def reject(self, gap: rejects.Gap) -> str:
        """The line of a reject."""
        place = f"{self._path(gap)}{units.count(gap.line):>{self.line}}  {units.count(gap.offset):>{self.byte}}"
        return f"{place}  {_fit(gap.reason, self.reason)}  {_cut(gap.text or '', self.text)}"

    def _path(self, gap: rejects.Gap) -> str:
        return _fit(self.paths[gap.source], self.source)


def _sheet(widths: rejects.Widths, paths: dict[int, str], stream: TextIO) -> _Sheet:
    """Give the text what a terminal leaves; where there is none, lines may be long."""
    source = max(len(units.visible(path)) for path in paths.values()) + 2 if len(paths) > 1 else 0
    line, byte = (max(len(units.count(number)), 4) for number in (widths.line, widths.offset))
    reason = max(widths.reason, len("reason"))
    room = shutil.get_terminal_size().columns - source - line - byte - reason - 6
    return _Sheet(paths, source, line, byte, reason, max(_LEAST_TEXT, room) if stream.isatty() else _MOST_TEXT)


def _fit(text: str, width: int) -> str:
    """Text made visible, and blanks up to a width in cells."""
    shown = units.visible(text)
    return shown + " " * (width - cell_len(shown)) if width else ""


def _cut(text: str, width: int) -> str:
    """The head of a text made visible, at most so many cells."""
    shown = units.visible(text[: width + 1])
    return shown if cell_len(shown) <= width else set_cell_size(shown, width - 1).rstrip() + "…"
