"""Events of logs that grow, as they come."""

from __future__ import annotations

import contextlib
import select
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tlx import units
from tlx.cli.exits import heed_signals
from tlx.cli.printing.masked import note_masked
from tlx.cli.printing.writing import check_output
from tlx.cli.reading import Asked
from tlx.cli.scoping import scope
from tlx.config.settings import Settings
from tlx.query import rows
from tlx.query.ask import Asker, Scope
from tlx.query.fields import Field
from tlx.query.language.compile import Context
from tlx.query.walk import walk
from tlx.reader.follow import Liveness
from tlx.session import Session

_PAUSE = 0.25
"""Seconds between two looks at whether anybody still reads what is printed."""
Chosen = Callable[[Context], Sequence[Field]]
"""Tells the fields that are wanted, from what runs there are."""


class Growing:
    """The events in the scope that was asked for, in order of arrival; the iteration ends when nothing can follow."""

    def __init__(self, session: Session, asked: Asked) -> None:
        """Wait until what is there has been read.

        Raises:
            ConfigError: a filter cannot be understood, or there is no such run.
            SourceError: nothing can be read.
        """
        self.asker = Asker(session.database)
        self._session = session
        self._asked = asked
        self._news = threading.Event()
        self._last = 0
        session.listen(self._news.set)
        while not session.wait_for_catch_up(_PAUSE):
            heed_signals()
        for standing in session.progress().standings:
            if standing.liveness is Liveness.WAITING and sys.stderr is not None:
                print(f"tlx: waiting for {units.visible(standing.path)}", file=sys.stderr, flush=True)  # noqa: T201  talk
        self._headers = -1
        self._scope = Scope()
        self.around = asked.part.context()
        self._look()

    def _look(self) -> int:
        """Return the arrival number of the newest line; see where runs begin."""
        headers = self._session.progress().headers
        if headers != self._headers:
            self._headers = headers
            self._scope, self.around = scope(self.asker, self._asked.part, self._asked.run)
        return int(self.asker.row("SELECT coalesce(max(id), 0) FROM events")[0])

    def at_hand(self) -> int:
        """Return how many events there are now."""
        return rows.total(self.asker, self._scope)

    def rows(self, fields: Sequence[Field]) -> Iterator[tuple[Any, ...]]:
        """Yield the fields of one event after another, waiting for more; as many as are wanted."""
        left = self._asked.limit
        while left is None or left > 0:
            done = self._session.done
            self._news.clear()
            newest = self._look()
            if newest > self._last:
                for row in walk(self.asker, self._between(self._last, newest), fields, limit=left):
                    yield row
                    left = None if left is None else left - 1
                self._last = newest
            elif done:
                self._session.wait()  # raises what went wrong
                return
            else:
                self._wait()

    def _between(self, last: int, newest: int) -> Scope:
        """The scope, of the events behind the arrival number `last` up to `newest`."""
        condition = self._scope.condition
        both = f"id > {last} AND id <= {newest}" + (f" AND ({condition.sql})" if condition.sql else "")
        return self._scope._replace(condition=condition._replace(sql=both))

    def _wait(self) -> None:
        """Wait for news; end as by a write if nobody reads any more.

        Raises:
            BrokenPipeError: the reader of standard output has gone.
        """
        while not self._news.wait(_PAUSE):
            heed_signals()
            if self._asked.output is None and _is_left():
                raise BrokenPipeError


def _is_left() -> bool:
    """Whether standard output is a pipe that nobody reads."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), select.POLLERR)
    return any(events & select.POLLERR for _, events in poll.poll(0))


@contextlib.contextmanager
def growing(asked: Asked, settings: Settings) -> Iterator[Growing]:
    """Read the files and follow them; yield the events that come.

    Raises:
        SourceError: one cannot be read.
        ConfigError: what was asked for cannot be understood, or the output could not be written.
    """
    session = Session(asked.files, settings, follow=True)
    try:
        check_output(asked.output, asked.files)
        session.start()
        note_masked(None if session.masks.dialects else 0)
        yield Growing(session, asked)
    finally:
        session.close()
