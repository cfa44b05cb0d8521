"""The filter bar: what is typed in it filters all panes while it is typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from tlx import units
from tlx.query import rows
from tlx.query.ask import Asker
from tlx.query.language import naming
from tlx.query.language.compile import Condition, Context, compile_filter
from tlx.query.language.parse import FilterError
from tlx.store.database import Database
from tlx.tui.drawing.spans import clipped
from tlx.tui.filters.bar import Bar
from tlx.tui.messages import FilterKept, FilterNamed, FilterTyped

_HELP = "any text · duration > 1s · execution_kind != Simple · enter keeps it"
_HELP_EDITED = "one clause of the filter · enter keeps it, empty removes it"
_HELP_NAME = "letters, digits, _ and - · enter gives it"
_HELP_FORGET = "the filter is empty: enter takes the name from the one that has it"
_MOST_NAMED = 60
"""Characters of a filter that gets a name."""


class FilterBar(Bar):
    """The bar for the filter; it also gives the filter a name."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n", "name", "Name it", id="filter.name", tooltip="Give the filter a name to filter by"),
    ]

    placeholder = "type to filter"

    def __init__(self, database: Callable[[], Database], **kwargs: Any) -> None:
        super().__init__(database, **kwargs)
        self.said = ("Filter bar", "")
        self.help_text = _HELP
        self._named: str | None = None
        """The filter that gets a name, while that is typed."""

    def edit(self, text: str, context: Context) -> None:
        """Show the bar with one clause of the filter."""
        self.begin(text, context, ())
        self.help_text = _HELP_EDITED
        self.hint("")

    def begin(self, text: str, context: Context, earlier: tuple[str, ...]) -> None:
        """Show the bar with the present filter."""
        self._named = None
        self.help_text, self._line.placeholder = _HELP, self.placeholder
        super().begin(text, context, earlier)

    def load(self, *, overtake: bool = True) -> None:
        """Count anew."""
        if self.visible and self._named is None:
            self.count(overtake=overtake)

    def count(self, *, overtake: bool = True) -> None:
        """Say how many events pass the filter, of how many."""
        scope = self.scope

        def question(asker: Asker) -> tuple[int, int, int, int]:
            every = scope._replace(condition=Condition())
            totals = (rows.total(asker, scope), rows.total(asker, every))
            return *totals, rows.texts(asker, scope), rows.texts(asker, every)

        def answer(found: tuple[int, int, int, int]) -> None:
            if self.visible and self._named is None and not self._hint.has_class("error"):
                passing, every, some, texts = found
                words = _part(passing - some, every - texts, "event")
                self.hint(f"{words} · {_part(some, texts, 'text')}" if texts else words)

        self.ask("count", question, answer, overtake=overtake)

    def tell(self, text: str, condition: Condition) -> None:  # noqa: ARG002  the app makes its own
        """Tell the filter: all panes show what passes it."""
        if text == self.scope.condition.text:
            self.count()
        self.post_message(FilterTyped(text))

    def kept(self, text: str) -> None:
        """Tell that the filter is final."""
        self.post_message(FilterKept(text))

    def action_name(self) -> None:
        """Ask for a name for what is typed."""
        if self._named is None and self._try():
            self._named = self.text.strip()
            self.help_text = _HELP_NAME if self._named else _HELP_FORGET
            self._write("")
            named = clipped(self._named, _MOST_NAMED)
            self._line.placeholder = f"a name for {named}" if named else "the name of a filter, to forget it"
            self._words.show(())
            self.hint("")

    def _try(self) -> bool:
        return super()._try() if self._named is None else not self._wrong_name(self.text.strip())

    def _offer(self, *, wanted: bool = False) -> None:
        if self._named is None:
            super()._offer(wanted=wanted)

    def action_choose(self, step: int) -> None:
        """Choose a word, or what was typed before; not while a name is typed."""
        if self._named is None:
            super().action_choose(step)

    def action_keep(self) -> None:
        """Keep the filter, or the name that is typed."""
        if self._named is None:
            super().action_keep()
        elif self._try():
            self.post_message(FilterNamed(self.text.strip(), self._named))
            self._restore()

    def action_leave(self) -> None:
        """Go back from the name to the filter, or leave."""
        if self._named is None:
            super().action_leave()
        else:
            self._restore()

    def _restore(self) -> None:
        """Show the filter again, of which the name was asked."""
        text, self._named = self._named or "", None
        self.help_text, self._line.placeholder = _HELP, self.placeholder
        self._write(text)
        self.hint("")
        self.count()

    def _wrong_name(self, name: str) -> bool:
        """Say what is wrong with a name, if anything is."""
        complaint = naming.complaint(name)
        if not complaint:
            names = {**self.context.filters, name: self._named or ""}
            try:
                compile_filter(name, self.context._replace(filters=names))
            except FilterError as error:
                complaint = str(error)
        if complaint:
            self.complain(complaint, 0)
        return bool(complaint)


def _part(number: int, of: int, noun: str) -> str:
    return f"{units.count(number)} of {units.count(of)} {noun if of == 1 else f'{noun}s'}"
