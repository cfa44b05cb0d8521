"""What stands in the logs of a command line, if they can be read while somebody waits for a word."""

from __future__ import annotations

import argparse
import contextlib
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path as File

from tlx.query.language.compile import Context
from tlx.query.language.complete import Seen, Words
from tlx.query.language.nodes import Path

MOST_BYTES = 8 << 20
"""Larger logs, as stored, are not read."""
MOST_SECONDS = 1.0
"""So long they are read; what has been seen by then is offered."""
_PAUSE = 0.01


@contextlib.contextmanager
def seen_in(options: argparse.Namespace) -> Iterator[Seen | None]:
    """Yield what stands in the logs that are named; None where there are none, or none that can be read at once."""
    paths = [os.path.expanduser(path) for path in getattr(options, "files", None) or ()]  # noqa: PTH111  as a shell would
    if not _are_small(paths):
        yield None
        return
    from tlx.config import ConfigError
    from tlx.config.settings import load
    from tlx.query.ask import Asker
    from tlx.query.language.seen import SeenInLog
    from tlx.reader.source import SourceError
    from tlx.session import Session
    from tlx.store.memory.room import StoreError

    try:
        settings = load(vars(options))._replace(cache=False)
        session = Session(paths, settings)
    except (ConfigError, SourceError, StoreError, ValueError):
        yield None
        return
    try:
        session.start(first_rows_soon=True)
        end = time.monotonic() + MOST_SECONDS
        while not session.done and time.monotonic() < end:
            time.sleep(_PAUSE)
        partly = not session.done or session.failure is not None
        yield _Harmless(SeenInLog(Asker(session.database)), partly=partly)
    finally:
        session.close()


def around(options: argparse.Namespace) -> Context:
    """Return what a filter is read in, names of the config file among it; without these where that is wrong."""
    from tlx.config import ConfigError
    from tlx.config.settings import load
    from tlx.query.language.naming import with_own

    try:
        return Context(filters=with_own(load(vars(options)).filters))
    except ConfigError:
        return Context()


def _are_small(paths: list[str]) -> bool:
    """Whether there are logs, all of them files, that together are not too large."""
    try:
        found = [File(path).stat() for path in paths]
    except (OSError, ValueError):
        return False
    return (
        bool(found)
        and all(stat.S_ISREG(one.st_mode) for one in found)
        and sum(one.st_size for one in found) <= MOST_BYTES
    )


class _Harmless:
    """Leaves out what would disturb a terminal."""

    def __init__(self, seen: Seen, *, partly: bool) -> None:
        self._seen = seen
        self._partly = partly

    def values(self, path: Path, typed: str) -> Words:
        """Return values of a field."""
        return self._without_odd(self._seen.values(path, typed))

    def keys(self, path: Path, typed: str) -> Words:
        """Return keys of the objects at a path."""
        return self._without_odd(self._seen.keys(path, typed))

    def _without_odd(self, words: Words) -> Words:
        counted = tuple((word, count) for word, count in words.counted if word.isprintable())
        return replace(words, counted=counted, partly=words.partly or self._partly)
