"""What a log does not hold, said where it would be looked for, with the command that has it and what is true here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tlx.dialects.base import Absence
from tlx.dialects.known import absences
from tlx.query import runs
from tlx.query.ask import Asker, Scope
from tlx.query.language.nodes import And, Comparison, Node, Not, OneOf, Or, Path, Phrase, Presence, Range, Word
from tlx.query.language.parse import parse

_WORDS = {
    "failures": "failed failure failures fail error errors ok success succeeded outcome fatal",
    "critical_path": "critical critical-path critical_path criticalpath",
    "dependencies": "deps dependencies dependency depends waits waited",
    "commands": "exit_code exitcode stdout stderr command argv",
    "tests": "test_result tests passed skipped cancelled",
}
_NAMES = {word: name for name, words in _WORDS.items() for word in words.split()}
"""What may be typed by one who looks for what is not there."""


def absence(dialect: str | None, name: str) -> Absence | None:
    """Return one of them by name."""
    return next((one for one in absences(dialect) if one.name == name), None)


def missing(asker: Asker, scope: Scope) -> list[tuple[str, Absence]]:
    """Return what the logs of the runs in a scope never hold, each with the command that tells it."""
    return missing_of(runs.runs(asker), scope.run)


def missing_of(found: Sequence[runs.RunFacts], run: int | None = None) -> list[tuple[str, Absence]]:
    """Return what the logs of runs never hold, or of one of them, each with the command that tells it."""
    here = [facts for facts in found if run in (None, facts.run)]
    trace = here[0].trace_id if len(here) == 1 else None
    known = dict.fromkeys(one for facts in here for one in absences(facts.dialect))
    return [(one.command_for(trace), one) for one in known]


def looked_for(text: str) -> set[str]:
    """Return the names of what a filter may look for that logs do not hold, by its words and fields.

    Raises:
        FilterError: it cannot be understood.
    """
    return {_NAMES[word] for word in _words(parse(text)) if word in _NAMES}


def _words(node: Node | None) -> Iterator[str]:
    """Yield the words of a filter, the fields it asks for, and what it asks of a status."""
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _words(part)
        case Not(part):
            yield from _words(part)
        case Word(value) | Phrase(value):
            yield value.lower()
        case Comparison(path, _, value):
            yield from _asked(path, (value,))
        case OneOf(path, members):
            yield from _asked(path, members)
        case Range(path) | Presence(path):
            yield from _asked(path, ())


def _asked(path: Path, values: Sequence[str]) -> Iterator[str]:
    yield from (str(key).lower() for key in path.keys)
    if path.keys == ("status",):
        yield from (value.lower() for value in values)
