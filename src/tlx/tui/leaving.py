"""How the app ends: it can be left at any moment, and what went wrong is kept for whoever ran it."""

from __future__ import annotations

from textual.app import App
from textual.css.query import NoMatches
from textual.widget import MountError
from textual.worker import WorkerFailed

_GONE = (NoMatches, MountError)
"""What is raised where a widget is sought, or mounted, after the screen has begun to go."""


class Leaving(App[None]):
    """An app that may be left while it is still being mounted."""

    @property
    def failure(self) -> Exception | None:
        """What ended the app, if anything went wrong; whoever ran it saves the trace."""
        return _own(self._exception)

    def _handle_exception(self, error: Exception) -> None:
        """End the app for an error; but once it was left, that a widget is not there is none."""
        if not (self._exit and isinstance(_own(error), _GONE)):
            super()._handle_exception(error)

    def _print_error_renderables(self) -> None:
        """Print nothing over the terminal: `failure` is told in one line by the command."""


def _own(error: Exception | None) -> Exception | None:
    """The error itself: of a worker Textual puts another around it, that has no trace of what happened."""
    return error.error if isinstance(error, WorkerFailed) and isinstance(error.error, Exception) else error
