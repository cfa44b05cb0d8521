"""What every pane is: a view of one scope, asking the store in threads of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from textual.app import App
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Region
from textual.reactive import var
from textual.widget import Widget

from tlx import units
from tlx.query.ask import ALL, Asker, Interrupted, Scope
from tlx.query.growing.ledger import Ledger
from tlx.store.database import Database
from tlx.store.memory.room import StoreError
from tlx.tui.messages import Answered, PaneTitled

T = TypeVar("T")


@dataclass(slots=True, eq=False, repr=False)
class _Question:
    """A question under way; `again` holds the one to put after it."""

    asker: Asker | None = None
    overtaken: bool = False
    again: Callable[[], None] | None = None


class Pane(Vertical):
    """A bordered view of the events in `scope`; `selection` is the id of the event under the cursor of all panes."""

    scope: var[Scope] = var(ALL, init=False)
    generation: var[int] = var(0, init=False)
    """The number of the state of the store."""
    selection: var[int | None] = var(None, init=False)
    marked: var[Mapping[int, tuple[int, int] | None]] = var(dict, init=False)
    """When the marked events were, start and end in ns since the epoch, by their ids."""
    has_keys: var[bool] = var(False, init=False)
    """Whether the keys go here, or did last: a bar may have them meanwhile."""

    def __init__(self, database: Callable[[], Database], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._database = database
        self._questions: dict[str, _Question] = {}
        self._ledger = Ledger()
        self.said = ("", "")
        """The title and the note on the frame, as plain text."""
        self._titles: tuple[Content, Content] | None = None
        self._is_framing = False
        """Whether only what the frame says is changed."""
        self._complaint = ""
        self._waits = False
        """Whether something is to be asked once the pane is shown."""

    def watch_scope(self, before: Scope, scope: Scope) -> None:
        """Other events count now."""
        if scope != before:
            self.load()

    def watch_generation(self, before: int, generation: int) -> None:
        """There is more in the store: show it once the question under way is answered."""
        if generation != before:
            self.load(overtake=False)

    def load(self, *, overtake: bool = True) -> None:
        """Ask for what is shown, anew; a pane that shows the events in the scope has its question here."""

    def put_off(self) -> bool:
        """Whether nobody sees the pane: what it would ask now it asks once it is shown."""
        self._waits = not all(node.display for node in self.ancestors_with_self if isinstance(node, Widget))
        return self._waits

    def on_show(self) -> None:
        """Ask for what has changed while the pane was not seen."""
        if self._waits:
            self._waits = False
            self.load()

    @property
    def is_asking(self) -> bool:
        """Whether a question is under way."""
        return bool(self._questions)

    def asks(self, topic: str) -> bool:
        """Return whether a question on a topic is under way."""
        return topic in self._questions

    def on_unmount(self) -> None:
        """Stop every question: nobody waits for its answer, but leaving would."""
        for topic in [*self._questions]:
            self.stop(topic)

    def entitle(self, title: str, note: str = "", legend: Content | None = None) -> None:
        """Write on the frame: a title at its top, a note at its bottom, behind a legend. All are taken literally."""
        titles = Content(title), (legend or Content()) + Content(note)
        if self._titles is not None and all(map(Content.is_same, self._titles, titles)):
            return
        self._titles, self.said = titles, (title, titles[1].plain)
        self._is_framing = True
        self.border_title, self.border_subtitle = titles
        self._is_framing = False
        self.post_message(PaneTitled())

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Repaint; where only the frame says something else, the lines of the frame it stands on and no more."""
        if self._is_framing:
            width, height = self.outer_size
            top = Region(0, 0, width, 1).translate(-self.content_offset)
            regions = (top, top.translate((0, height - 1)))
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def ask(
        self,
        topic: str,
        question: Callable[[Asker], T],
        answer: Callable[[T], None],
        *,
        overtake: bool = True,
    ) -> None:
        """Put `question` to the store in a thread; `answer` gets what it gives, back on the screen's thread.

        A newer question on the same topic stops the older one, or with `overtake` false waits until it is answered, so
        that growth cannot starve a pane. Only the newest of those that wait is put.
        """
        if not overtake and self.waits(topic, lambda: self.ask(topic, question, answer)):
            return
        self.stop(topic)
        mine = self._questions[topic] = _Question()
        self.run_worker(lambda: self._put(topic, mine, question, answer), thread=True, group=topic, exit_on_error=True)

    def waits(self, topic: str, again: Callable[[], None]) -> bool:
        """Call `again` once the question under way on a topic is answered, and not what was to be; return if there is.

        It may ask of what is shown by then, which the answer before it may have changed.
        """
        running = self._questions.get(topic)
        if running is not None:
            running.again = again
        return running is not None

    def make_way(self) -> None:
        """Put off what nobody waits for: the machine is needed for what somebody does."""

    def stop(self, topic: str) -> bool:
        """Stop the question on a topic, if there is one: nobody waits for its answer. Return whether there was one."""
        running = self._questions.pop(topic, None)
        if running is not None:
            running.overtaken = True
            if running.asker is not None:
                running.asker.interrupt()
        return running is not None

    def choose_fields(
        self,
        words: tuple[str, str],
        chosen: Callable[[Sequence[str] | None], None],
        *,
        several: bool = True,
        ascii_only: bool = False,
    ) -> None:
        """Let the user type fields, with a title and a hint in other `words`; `chosen` gets their names, or None."""
        from tlx.query.grouping.suggest import suggest  # noqa: PLC0415  the screen is rarely shown
        from tlx.tui.screens.fields import FieldsScreen  # noqa: PLC0415  the same

        def seen(typed: str, answer: Callable[[Any], None]) -> None:
            self.ask("words", lambda asker: suggest(asker, typed), answer)

        self.app.push_screen(FieldsScreen(*words, seen, several=several, ascii_only=ascii_only), chosen)

    def give(self, result: object) -> None:
        """Close the screen that the pane fills, with what it gives; nothing where it is not the one that shows.

        What is given may come late, and another screen may lie above by then: that one would be closed.
        """
        if self.is_attached and self.screen.is_active:
            self.screen.dismiss(result)

    def _put(self, topic: str, mine: _Question, question: Callable[[Asker], T], answer: Callable[[T], None]) -> None:
        """In a worker thread: ask, and hand the answer over unless it was overtaken meanwhile."""
        app: App[Any] = self.app
        asker = Asker(self._database(), self._ledger)
        mine.asker = asker
        result: T | None = None
        answered = False
        try:
            if not mine.overtaken:
                result = question(asker)
                answered = True
        except Interrupted:
            pass
        except StoreError as error:
            if app.is_running:
                app.call_from_thread(self._complain, units.visible(str(error)))
        finally:
            asker.close()
        if app.is_running and self.is_attached:
            app.call_from_thread(self._settle, topic, mine, answer, (answered, result))

    def _complain(self, complaint: str) -> None:
        """Say once why a question has no answer; what is shown stays."""
        if complaint != self._complaint:
            self._complaint = complaint
            self.app.notify(complaint, severity="error", markup=False)

    def _settle(self, topic: str, mine: _Question, answer: Callable[[Any], None], result: tuple[bool, Any]) -> None:
        """On the screen's thread: show the answer, then put what waited; a pane that is going shows nothing more.

        Where the answer has made the pane ask anew, that is newer than what waited.
        """
        if self._questions.get(topic) is not mine or self._pruning or not self.is_attached:
            return
        del self._questions[topic]
        if result[0]:
            answer(result[1])
        if mine.again is not None and topic not in self._questions:
            mine.again()
        self.post_message(Answered())
