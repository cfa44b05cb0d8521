"""What the commands that print have in common: what was asked, and logs read to their end."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tlx.cli.writing import check_output
from tlx.config import ConfigError, Settings
from tlx.query import runs
from tlx.query.ask import Asker
from tlx.session import Session


@dataclass(frozen=True)
class Asked:
    """What a printing command was asked for."""

    files: Sequence[str]
    run: runs.Wanted | None = None
    form: str = "table"
    """How to print: for a person, or as which format for a program."""
    output: str | None = None
    """The file to print to, in place of standard output."""
    limit: int | None = None


@contextlib.contextmanager
def loaded(asked: Asked, settings: Settings) -> Iterator[Asker]:
    """Read the files to their end; yield what answers questions about them.

    Raises:
        SourceError: one cannot be opened, or not be read to its end.
        ConfigError: the output could not be written afterwards.
    """
    session = Session(asked.files, settings)
    try:
        check_output(asked.output, asked.files)
        session.start()
        session.wait()
        yield Asker(session.database)
    finally:
        session.close()


def chosen(found: Sequence[runs.RunFacts], wanted: runs.Wanted | None) -> runs.RunFacts | None:
    """Return the run that was asked for by --run, or None for all.

    Raises:
        ConfigError: it does not exist.
    """
    if wanted is None:
        return None
    try:
        return runs.find(found, wanted)
    except runs.NoSuchRunError as error:
        raise ConfigError(f"--run {wanted}: {error}") from error
