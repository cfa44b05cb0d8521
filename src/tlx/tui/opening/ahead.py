"""The first rows, asked for before there is a screen: nothing here needs Textual, which is being loaded meanwhile."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import Future
from threading import Event, Thread
from typing import TYPE_CHECKING

from tlx.query.ask import Asker, Interrupted, Scope
from tlx.store.database import Database
from tlx.tui.views.event_pages import Fitted, Question, first_question

if TYPE_CHECKING:
    from tlx.config.settings import Settings
    from tlx.query.runs import Wanted
    from tlx.session import Session

_ROWS_SECONDS = 0.5
"""So long the question waits for rows to be in the store."""
_STEP_SECONDS = 0.05
"""So long it may take until one that nobody wants any more has ended."""


class FirstRows:
    """A question put in a thread of its own, and its answer, which is to come; `stop` it before the store is closed."""

    def __init__(
        self, scope: Scope, question: Question, database: Callable[[], Database], begun: Event | None = None
    ) -> None:
        """Ask for rows of a scope, once the store has `begun` to have any."""
        self.scope = scope
        self.answer: Future[Fitted] = Future()
        """Whoever waits for it gets its error too."""
        self._question = question
        self._database = database
        self._begun = begun
        self._asker: Asker | None = None
        self._stopped = False
        self._thread = Thread(target=self._put, name="tlx-ahead", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask no longer: nobody waits for the answer."""
        self._stopped = True
        while self._thread.is_alive():
            if self._asker is not None:
                self._asker.interrupt()  # again and again: it has no effect between two statements
            self._thread.join(_STEP_SECONDS)

    def _put(self) -> None:
        self._wait()
        try:
            if self._stopped:
                raise Interrupted  # noqa: TRY301  told like any other end
            with contextlib.closing(Asker(self._database())) as self._asker:
                found = self._question.answer(self._asker)
        except Exception as error:  # noqa: BLE001  handed over
            self.answer.set_exception(error)
        else:
            self.answer.set_result(found)

    def _wait(self) -> None:
        end = time.monotonic() + _ROWS_SECONDS
        while self._begun and not self._stopped and time.monotonic() < end:
            if self._begun.wait(_STEP_SECONDS):
                break


def first_rows(session: Session, settings: Settings, run: Wanted | None) -> FirstRows:
    """Ask for the first rows of a run, of all where it is not known yet, as soon as the session has some."""
    scope = Scope(run=None if run == "last" else run, revealed=settings.reveal)
    question = first_question(scope, ascii_only=settings.ascii_only, live=session.follows)
    return FirstRows(scope, question, lambda: session.database, session.begun)
