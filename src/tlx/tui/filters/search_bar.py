"""The search: it hides nothing, and goes from one event that matches to the next."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from tlx import units
from tlx.query import rows
from tlx.query.ask import Asker, Scope
from tlx.query.language.compile import Condition, Context, compile_filter
from tlx.store.database import Database
from tlx.tui.filters.bar import Bar
from tlx.tui.messages import SearchStopped

_HELP = "text or a filter · hides nothing · enter goes to it, n and N to others"
_MOST_STEPS = 20
"""So many keys are remembered that came faster than answers."""


Ground = tuple[Scope, rows.Order]
"""What is searched: events in the order in which they are shown."""


class SearchBar(Bar):
    """The bar for what is searched, and the questions for the next match."""

    help_text = _HELP
    placeholder = "type to search"

    def __init__(self, database: Callable[[], Database], **kwargs: Any) -> None:
        super().__init__(database, **kwargs)
        self.said = ("Search", "")
        self.searched = ""
        """What is searched; empty where nothing is."""
        self._wanted = Condition()
        self._ground: Ground = (Scope(), rows.Order("start"))
        self._steps: deque[int] = deque(maxlen=_MOST_STEPS)
        self._at: int | None = None
        self._earlier: tuple[str, ...] = ()
        self._due: list[int] = []
        """The events that were found, each until it is selected."""

    def look(self, context: Context, ground: Ground) -> None:
        """Show the bar, to search that ground."""
        self._ground = ground
        self.begin("", context, self._earlier)

    def tell(self, text: str, condition: Condition) -> None:
        """Say how many events match."""
        if not text:
            self.stop("count")
            self.hint("")
            return
        scope, wanted = self._ground[0], condition

        def answer(total: int) -> None:
            if self.visible and self.text.strip() == text:
                self.hint(f"{units.count(total)} match{'' if total == 1 else 'es'}" if total else "no match")

        self.ask("count", lambda asker: rows.matching(asker, scope, wanted), answer)

    def kept(self, text: str) -> None:
        """Go to the first match."""
        self.forget()
        if text:
            self.searched = text
            self._earlier = (*(other for other in self._earlier if other != text), text)
            self.seek(self._ground, 0)

    def forget(self) -> None:
        """Search for nothing any more."""
        self.searched = ""
        self._steps.clear()
        self.stop("seek")

    def forget_all(self) -> None:
        """Search for nothing, too."""
        super().forget_all()
        self.forget()
        self._earlier = ()

    def seek(self, ground: Ground, direction: int) -> None:
        """Go to the next match from the selected event on, or with -1 the one before; with 0 it may match itself."""
        self._steps.append(direction)
        if len(self._steps) > 1:
            return
        self._at = self._due[-1] if self._due else self.selection
        self._ground = ground
        self._wanted = compile_filter(self.searched, self.context)
        self.keeper.resolve(self._wanted, self._resolved, self.events)

    def watch_selection(self) -> None:
        """What was found is selected, or something else is: steps count from there, or from what was found since."""
        while self._due and self._due.pop(0) != self.selection:
            pass

    def _resolved(self, wanted: Condition) -> None:
        self._wanted = wanted
        self._step()

    def _step(self) -> None:
        if not self._steps:
            return
        (scope, order), wanted, step = self._ground, self._wanted, (self._at, self._steps[0])

        def question(asker: Asker) -> rows.Hit | None:
            return rows.search(asker, scope, order, wanted, step)

        self.ask("seek", question, self._found)

    def _found(self, hit: rows.Hit | None) -> None:
        self.post_message(SearchStopped(self.searched, hit))
        if not self._steps:
            return
        self._steps.popleft()
        if hit is None:
            self._steps.clear()
        else:
            self._at = hit.id
            self._due.append(hit.id)
        self._step()
