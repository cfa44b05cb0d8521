"""What the commands that print have in common: what was asked, and logs read to their end."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tlx import units
from tlx.cli.arguments import wanted_buckets, wanted_limit
from tlx.cli.printing import progress
from tlx.cli.printing.masked import note_masked
from tlx.cli.printing.writing import check_output
from tlx.cli.scoping import Part
from tlx.cli.zones import zone
from tlx.config.settings import Settings
from tlx.query import runs
from tlx.query.ask import Asker, Scope
from tlx.session import Session


@dataclass(frozen=True)
class Shape:
    """Which rows and columns a command prints, as typed."""

    columns: Sequence[str] = ()
    by: Sequence[str] = ()
    sort: str | None = None
    raw: bool = False
    buckets: int | None = None
    id: str | None = None
    part: str | None = None
    remove: bool = False


@dataclass(frozen=True)
class Check:
    """What events are held against, as typed."""

    schemas: Sequence[str] = ()
    registry: str | None = None
    allowlist: str | None = None
    strict: bool = False
    """Whether warnings count as errors."""


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
    color: str = "auto"
    part: Part = field(default_factory=Part)
    follow: bool = False
    """Whether to go on as the logs grow."""
    shape: Shape = field(default_factory=Shape)
    check: Check = field(default_factory=Check)


def asked(options: argparse.Namespace, settings: Settings) -> Asked:
    """Return what was typed, read as far as that can be done without the logs.

    Raises:
        ConfigError: a number or a zone cannot be understood.
    """

    def typed(name: str, otherwise: Any = None) -> Any:
        """A flag that not every command has."""
        return getattr(options, name, otherwise)

    by = typed("by") or ()
    return Asked(
        options.files,
        options.run,
        options.format,
        options.output,
        wanted_limit(typed("limit")),
        options.color,
        Part(typed("where", ()), typed("since"), typed("until"), zone(typed("tz")), settings.filters),
        shape=Shape(
            typed("columns", ()),
            (by,) if isinstance(by, str) else by,
            typed("sort"),
            typed("raw", otherwise=False),
            wanted_buckets(typed("buckets")),
            typed("id"),
            typed("part"),
            typed("remove", otherwise=False),
        ),
        follow=typed("follow", otherwise=False),
        check=Check(typed("schema", ()), typed("registry"), typed("allowlist"), typed("strict", otherwise=False)),
    )


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
        progress.wait(session)
        asker = Asker(session.database)
        note_masked(0 if settings.reveal else runs.masked(asker))
        yield asker
    finally:
        session.close()


def announce(shown: int, total: int, nouns: str, scope: Scope | None = None) -> None:
    """Say on stderr what the data does not: that there is none, in the scope or at all, or that there is more."""
    words = ""
    if not total:
        narrow = scope is not None and (scope.condition.text or scope.window)
        words = f"no {nouns} match" if narrow else f"there are no {nouns}"
    elif shown < total:
        words = f"the first {units.count(shown)} of {units.count(total)} {nouns}; a larger --limit, or none, shows more"
    if words and sys.stderr is not None:  # print would take standard output instead
        print(f"tlx: {words}", file=sys.stderr)  # noqa: T201  stderr is where talk goes
