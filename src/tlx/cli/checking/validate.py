"""`tlx validate`: what in logs breaks the rules of its system, one line each."""

from __future__ import annotations

import itertools
import sys
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from typing import Any

from tlx import units
from tlx.cli.checking.given import wanted
from tlx.cli.exits import Exit
from tlx.cli.printing import progress
from tlx.cli.printing.listing import HEAD, Listing, column
from tlx.cli.printing.masked import note_masked
from tlx.cli.reading import Asked, loaded
from tlx.cli.scoping import chosen
from tlx.config.settings import Settings
from tlx.dialects.rules.finding import Severity
from tlx.model import Quantity
from tlx.query import rows, runs
from tlx.query.ask import Scope
from tlx.query.checking.violations import Checks, Violation, checks, violations

_COLUMNS = [
    column("file", Quantity.TEXT),
    column("line", Quantity.NUMBER),
    column("severity", Quantity.TEXT),
    column("event", Quantity.TEXT),
    column("rule", Quantity.TEXT),
    column("field", Quantity.TEXT),
    column("value", Quantity.TEXT),
]
_NOUNS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "note"}
_Counts = Counter[tuple[Severity, str]]


def print_validate(asked: Asked, settings: Settings) -> Exit:
    """Load the files and print what breaks the rules; return whether anything does, as scripts see it.

    Raises:
        SourceError: one cannot be read.
        ConfigError: there is no such registry or run, a schema is none, or the output cannot be written.
    """
    against = wanted(asked.check, settings)
    counts: _Counts = Counter()
    with loaded(asked, settings._replace(reveal=True)) as asker:  # what is masked breaks rules that it does not break
        only = chosen(runs.runs(asker), asked.run)
        run = None if only is None else only.run
        paths = {source.source: source.path for source in runs.sources(asker)}
        held = checks(asker, against, run)
        told = progress.Counting(rows.total(asker, Scope(run=run)))
        found = _counted(violations(asker, held, run, told.note), counts)
        try:
            shown = _paused(itertools.islice(found, asked.limit), told, HEAD if asked.form == "table" else 1)
            Listing(_COLUMNS, (_row(one, paths) for one in _noted(shown))).write(asked)
            printed = counts.total()
            told.pause(quiet=False)
            deque(found, maxlen=0)  # what was not printed counts too
        finally:
            told.pause()
        _tell(counts, held, runs.counts(asker, "dialect", Scope(run=run)))
    if printed < counts.total():
        _say(
            f"the first {units.count(printed)} of {units.count(counts.total())}; a larger --limit, or none, shows more"
        )
    severities = {severity for severity, _ in counts}
    broken = Severity.ERROR in severities or (asked.check.strict and Severity.WARNING in severities)
    return Exit.ANSWER_IS_NO if broken else Exit.DONE


def _counted(found: Iterator[Violation], counts: _Counts) -> Iterator[Violation]:
    for one in found:
        counts[one.severity, one.rule] += 1
        yield one


def _paused(found: Iterator[Violation], told: progress.Counting, head: int) -> Iterator[Violation]:
    """Let nothing be told of the progress from where the first go out, `head` of them together."""
    for number, one in enumerate(found, 1):
        if number == head:
            told.pause()
        yield one
    told.pause()


def _noted(found: Iterator[Violation]) -> Iterator[Violation]:
    """Note how many of them tell something masked."""
    number = 0
    for one in found:
        number += one.masked
        if one.masked:
            note_masked(number, printed=True)
        yield one


def _row(one: Violation, paths: Mapping[int, str]) -> tuple[Any, ...]:
    return (paths[one.source], one.line, one.severity.value, one.event, one.rule, one.field or None, one.value)


def _tell(counts: _Counts, held: Checks, events: Mapping[str, int]) -> None:
    """Say what was found, by rule, and what the events were held against."""
    rules = [
        f"{units.count(number)} {rule} ({_NOUNS[severity]})"
        for (severity, rule), number in sorted(counts.items(), key=lambda one: (_order(one[0][0]), -one[1]))
    ]
    known = [dialect for dialect in events if dialect in held.given and dialect not in held.unchecked]
    looked_at = units.count(sum(events[dialect] for dialect in known))
    against = ", ".join(map(held.named, known))
    if rules or known or not events:
        _say(f"{', '.join(rules) or 'no rule is broken'} in {looked_at} events{against and f' against {against}'}")
    for words in held.left_out:
        _say(words)
    for dialect in held.unchecked:
        number = units.count(events[dialect])
        _say(f"{number} events of {dialect} were not checked: name their schemas with --schema FILE")
    others = [dialect for dialect in events if dialect not in held.given]
    if others:
        number = units.count(sum(events[dialect] for dialect in others))
        _say(f"there are no rules for {number} events of {', '.join(others)}")


def _order(severity: Severity) -> int:
    return list(Severity).index(severity)


def _say(words: str) -> None:
    if sys.stderr is not None:  # print would take standard output instead
        print(f"tlx: {units.visible(words)}", file=sys.stderr)  # noqa: T201  stderr is where talk goes
