"""Filters that take long are answered once: what passes them is kept, so that the questions of all panes are quick."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from tlx.query.ask import Asker
from tlx.query.language.compile import Condition
from tlx.query.language.matches import Matches, is_costly, keep_matches
from tlx.store.memory.room import StoreError
from tlx.tui.panes.pane import Pane

MOST_KEPT = 6
"""Filters of which is kept what passes."""
WORTH_EVENTS = 30_000
"""With fewer events every question is quick."""
_TOPIC = "keep"
_PATIENCE = 1.0
"""Seconds until what is kept no longer is dropped."""


class Keeper:
    """Puts what is kept in the place of a filter; asks through a pane."""

    def __init__(self, pane: Pane) -> None:
        self._pane = pane
        self._kept: OrderedDict[Condition, Matches] = OrderedDict()
        self._retired: list[Matches] = []

    def resolve(self, condition: Condition, then: Callable[[Condition], None], events: int) -> None:
        """Call `then` with the same filter by what is kept, once that is found, or at once where it is not worth it.

        `events` are those in the store if it is at rest, and 0 as long as more may come. A newer call stops this one.
        """
        self._pane.stop(_TOPIC)
        if events < WORTH_EVENTS or not is_costly(condition):
            then(condition)
            return
        known = self._kept.get(condition)
        if known is not None:
            self._kept.move_to_end(condition)
            then(known.condition)
            return
        self._find(condition, then)

    def _find(self, condition: Condition, then: Callable[[Condition], None]) -> None:
        def question(asker: Asker) -> Matches | None:
            try:
                return keep_matches(asker, condition, whole=True)
            except StoreError:  # there is no room: the panes look themselves
                return None

        def answer(found: Matches | None) -> None:
            if found is None:
                then(condition)
                return
            self._kept[condition] = found
            then(found.condition)
            while len(self._kept) > MOST_KEPT:
                self._retired.append(self._kept.popitem(last=False)[1])
            self._pane.set_timer(_PATIENCE, self.release)

        self._pane.ask(_TOPIC, question, answer)

    def forget(self) -> None:
        """Keep nothing of what was found: the same question has another answer now."""
        self._pane.stop(_TOPIC)
        self._retired += self._kept.values()
        self._kept.clear()
        self._pane.set_timer(_PATIENCE, self.release)

    def release(self) -> None:
        """Drop what is kept no longer, once no question is under way that may still need it."""
        if not self._retired:
            return
        if not all(worker.is_finished for worker in self._pane.app.workers):
            self._pane.set_timer(_PATIENCE, self.release)
            return
        unused, self._retired = self._retired, []

        def question(asker: Asker) -> None:
            for matches in unused:
                matches.drop(asker)

        self._pane.ask("release", question, lambda _: None)
