"""A bar to type a filter in: a line, what is wrong with it or how much it finds, and the words that may come next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.reactive import var
from textual.timer import Timer
from textual.widgets import Input, Static

from tlx import units
from tlx.query.ask import Asker
from tlx.query.language.compile import Condition, Context, compile_filter
from tlx.query.language.complete import Completion, complete, find_place
from tlx.query.language.parse import FilterError
from tlx.query.language.seen import SeenInLog
from tlx.session import Progress
from tlx.store.database import Database
from tlx.tui.filters.drawing import pointed
from tlx.tui.filters.history import History
from tlx.tui.filters.keeping import Keeper
from tlx.tui.filters.popup import Popup
from tlx.tui.messages import FilterClosed
from tlx.tui.panes.pane import Pane

_PAUSE = 0.15
"""Seconds without a key after which what is typed is tried."""
_SHORT_PAUSE = 0.05
"""Seconds after which the log is asked for words."""
_BLANK_BEHIND = ("operator", "value", "word")


class FilterLine(Input):
    """The line. At its end the right arrow takes a word that is offered."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Keep", id="filter.keep", key_display="enter", tooltip="Keep it, or take the word"),
    ]

    def action_cursor_right(self, select: bool = False) -> None:  # noqa: FBT001, FBT002  Textual's own
        """Take the word, or go one to the right."""
        bar = self.query_ancestor(Bar)
        if select or not self.cursor_at_end or not bar.accept():
            super().action_cursor_right(select)


class Bar(Pane):
    """Shown while something is typed, over the second line of the top. An error never clears what is on the screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "Complete", id="filter.complete", tooltip="Take the word, or show words (also →)"),
        Binding("up", "choose(-1)", "Word before, earlier filter", show=False, id="filter.up"),
        Binding("down", "choose(1)", "Next word, later filter", show=False, id="filter.down"),
        Binding("escape", "leave", "Leave", id="filter.leave", tooltip="Close the list of words, or leave"),
    ]

    progress: var[Progress | None] = var[Progress | None](None, init=False)
    help_text = ""
    placeholder = ""
    """Stands in the line while it is empty."""

    def __init__(self, database: Callable[[], Database], **kwargs: Any) -> None:
        super().__init__(database, **kwargs)
        self.context = Context()
        self.keeper = Keeper(self)
        self._history = History()
        self._line = FilterLine(placeholder=self.placeholder, id=f"{self.id}-input", select_on_focus=False)
        self._hint = Static(id=f"{self.id}-hint", classes="hint", markup=False)
        self._words = Popup()
        self._timer: Timer | None = None
        self._soon: Timer | None = None
        self._seen: SeenInLog | None = None
        self._begin = 0
        """Where the word begins that is to be completed."""
        self._refused: int | None = None
        """Where a word begins for which the list was closed."""
        self._choosing = False
        """Whether the user moved in the list, so that enter takes the word."""

    def compose(self) -> ComposeResult:
        """The line, the hint beneath, and the words."""
        yield self._line
        yield self._hint
        yield self._words

    @property
    def events(self) -> int:
        """How many events there are once no more can come, and 0 before."""
        return self.progress.events if self.progress is not None and self.progress.done else 0

    def begin(self, text: str, context: Context, earlier: tuple[str, ...]) -> None:
        """Show the bar with a text to begin with; `earlier` is what was typed before."""
        self.context = context
        self.visible = True
        self._history.begin(earlier)
        self._write(text)
        self._words.show(())
        self._refused, self._choosing = None, False
        self.hint("")
        self.screen.set_focus(self._line)  # at once, so that the keys that follow are not lost
        self.count()

    def forget_all(self) -> None:
        """Know nothing of what was typed, offered and found: what is masked is revealed now, or masked again."""
        self.keeper.forget()
        self._history.begin(())
        self._words.show(())
        self._seen = None
        self._write("")

    def _write(self, text: str, cursor: int | None = None) -> None:
        with self._line.prevent(Input.Changed):
            self._line.value = text
        self._line.cursor_position = len(text) if cursor is None else cursor

    @property
    def text(self) -> str:
        """What is typed."""
        return self._line.value

    def hint(self, said: str) -> None:
        """Say how much is found, beside what can be typed."""
        self._hint.remove_class("error")
        room = self._hint.size.width - 2 or self.app.size.width - 2
        left = Text(self.help_text, no_wrap=True)
        left.truncate(max(0, room - cell_len(said) - 2), overflow="ellipsis")
        left.pad_right(max(0, room - left.cell_len - cell_len(said)))
        self._hint.update(left.append(said, "bold"))

    def complain(self, complaint: str, column: int) -> None:
        """Say what is wrong, and where."""
        self._hint.add_class("error")
        at = cell_len(self.text[:column]) - round(self._line.scroll_x)
        self._hint.update(Text(pointed(at, units.visible(complaint), self.app.size.width - 2), no_wrap=True))

    def count(self) -> None:
        """Ask how much is found, and say it."""

    def tell(self, text: str, condition: Condition) -> None:
        """Tell what was typed; it is well-formed."""

    @on(Input.Changed)
    def _typed(self) -> None:
        self._choosing = False
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_PAUSE, self._try)
        self._offer()

    def _try(self) -> bool:
        """Tell what is typed if it is well-formed, else say what is wrong and where."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        try:
            condition = compile_filter(self.text, self.context)
        except FilterError as error:
            self.complain(str(error), error.column)
            return False
        if self._hint.has_class("error"):
            self.hint("")
        self.tell(self.text.strip(), condition)
        return True

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_keep()

    def action_keep(self) -> None:
        """Take the word that was chosen; else leave, if what is typed is well-formed."""
        if self._choosing and self.accept():
            return
        if self._try():
            self.kept(self.text.strip())
            self._close()

    def kept(self, text: str) -> None:
        """Do what is to be done with what was typed, now that it is final."""

    def on_descendant_blur(self) -> None:
        """Close where the keys have gone to another pane."""
        if self.visible and self.app.app_focus:
            self._close()

    def action_leave(self) -> None:
        """Close the list of words; without one hide the bar."""
        if self._words.display:
            self._refused = self._begin
            self._words.show(())
            self._choosing = False
        else:
            self._close()

    def _close(self) -> None:
        """Hide the bar; the last good filter stays."""
        for timer in (self._timer, self._soon):
            if timer is not None:
                timer.stop()
        self._timer = self._soon = None
        for topic in ("complete", "count"):
            self.stop(topic)
        self._words.show(())
        self.visible = False
        self.post_message(FilterClosed())

    # The words that may come next

    def _offer(self, *, wanted: bool = False) -> None:
        """Show words for what is typed: those of the language at once, those of the log when they come."""
        text, cursor = self.text, self._line.cursor_position
        place = find_place(text, cursor)
        if place.begin != self._refused:
            self._refused = None
        of_log = place.value_of is not None or place.parent is not None
        if not (wanted or ((place.typed or of_log or place.operand or place.joins) and self._refused is None)):
            self.stop("complete")
            self._words.show(())
            return
        if not of_log:
            self._show(complete(text, cursor, self.context))
            return
        self._words.show(())
        if self._soon is not None:
            self._soon.stop()
        self._soon = self.set_timer(_SHORT_PAUSE, self._ask)

    def _ask(self) -> None:
        text, cursor, context = self.text, self._line.cursor_position, self.context

        def question(asker: Asker) -> Completion:
            self._seen = SeenInLog(asker, context, self._seen)
            return complete(text, cursor, context, self._seen)

        def answer(found: Completion) -> None:
            if (text, cursor) == (self.text, self._line.cursor_position) and self.visible:
                self._show(found)

        self.ask("complete", question, answer)

    def _show(self, found: Completion) -> None:
        self._begin = found.begin
        typed = self.text[found.begin : self._line.cursor_position]
        words = [word for word in found.suggestions if word.text != typed]
        self._words.show(words)

    def action_complete(self) -> None:
        """Take the word that is chosen; without a list show one."""
        if not self.accept():
            self._refused = None
            self._offer(wanted=True)

    def accept(self) -> bool:
        """Put the chosen word in the place of what is typed of it; whether there is one."""
        word = self._words.word
        if word is None:
            return False
        behind = ""
        if word.note == "payload":
            behind = "."
        elif word.note != "key" and not word.text.endswith("("):
            behind = " "
        cursor = self._line.cursor_position
        before, rest = self.text[: self._begin] + word.text + behind, self.text[cursor:]
        self._refused = None
        self._words.show(())
        self._line.value = before + (rest.removeprefix(" ") if behind == " " else rest)
        self._line.cursor_position = len(before)
        self._typed()
        return True

    @on(Popup.Clicked)
    def _clicked(self, clicked: Popup.Clicked) -> None:
        self._words.chosen = clicked.number
        self.accept()
        self.screen.set_focus(self._line)

    def action_choose(self, step: int) -> None:
        """Choose the word above or below; without a list take what was typed before, or after that."""
        if self._words.display:
            self._choosing = True
            self._words.move(step)
            return
        self._write(self._history.step(self.text, step))
        self._try()
