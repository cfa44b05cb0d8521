"""`tlx show-user`: a normal event log of Buck2 as a user event log, as `buck2 log show-user` converts it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import orjson

from tlx import units
from tlx.cli.printing.writing import check_output, writing
from tlx.cli.reading import Asked
from tlx.config.settings import Settings
from tlx.dialects.buck2_as_user import as_user
from tlx.dialects.buck2_user import BUCK2_USER
from tlx.dialects.known import DIALECTS
from tlx.loading.masks import masks
from tlx.reader.log import LogReader


def print_show_user(asked: Asked, settings: Settings) -> None:
    """Print the header of each run and the events that a user log has, line by line.

    Where Buck2's own command gives up, at a torn end or a record that it cannot read, this one goes on, and says how
    many lines it left out. What stands at paths that are named to be masked is masked.

    Raises:
        SourceError: a log cannot be read.
        ConfigError: the output cannot be written.
    """
    check_output(asked.output, asked.files)
    readers = [LogReader(path, number, settings.max_line) for number, path in enumerate(asked.files)]
    mask = masks(DIALECTS, hide=False, paths=settings.mask).of(BUCK2_USER.name).mask if settings.mask else None
    unread = 0
    try:
        with writing(asked.output, exact=True) as stream:
            for line in (line for reader in readers for line in _lines(reader)):
                try:
                    record = orjson.loads(line)
                    found = as_user(record) if isinstance(record, dict) else None
                    unread += not isinstance(record, dict)
                except orjson.JSONDecodeError:
                    unread += 1
                    continue
                if found is not None:
                    text = orjson.dumps(found).decode()
                    stream.write((text if mask is None else mask(text)[0]) + "\n")
    finally:
        for reader in readers:
            reader.close()
    if unread and sys.stderr is not None:  # print would take standard output instead
        print(  # noqa: T201  stderr is where talk goes
            f"tlx: {units.count(unread)} lines are no records, and were left out; `tlx rejects` lists them",
            file=sys.stderr,
        )


def _lines(reader: LogReader) -> Iterator[bytes]:
    for chunk in reader.chunks():
        yield from (line for line in chunk.text.whole.split(b"\n") if line.strip())
