"""The filter of the app: its clauses, each on or off, what it was before, and what it is read in."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from tlx.query.language.compile import Condition, Context, compile_filter
from tlx.query.language.naming import with_own

if TYPE_CHECKING:
    from tlx.query.language.chips import Clause

_MOST_STEPS = 100
"""So many changes can be taken back."""


class _State(NamedTuple):
    text: str = ""
    clauses: tuple[Clause, ...] = ()


class Stand(NamedTuple):
    """A filter with what it was before."""

    state: _State
    earlier: tuple[_State, ...]


class Filtering:
    """What filter there is. Each change is checked first: one that cannot be understood changes nothing."""

    def __init__(self, text: str = "", named: Mapping[str, str] | None = None) -> None:
        """Begin with a filter, which may use the user's own names of others.

        Raises:
            FilterError: it cannot be understood.
        """
        self.context = Context()
        self.condition = Condition()
        self._state = _State()
        self._earlier: list[_State] = []
        self._begun: _State | None = None
        self._edited: int | None = None
        self.learn(named=named)
        self._set(self._typed(text))

    @property
    def text(self) -> str:
        """The filter: what is switched off is no part of it."""
        return self._state.text

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """All clauses, those that are off as well."""
        return self._state.clauses

    @property
    def stand(self) -> Stand:
        """What there is, and was, to be put back later."""
        return Stand(self._state, tuple(self._earlier))

    def put_back(self, stand: Stand) -> None:
        """Let the filter be what it was; nothing that came since can be taken back."""
        self._set(stand.state)
        self._earlier = [*stand.earlier]

    def begin(self, number: int | None = None) -> str:
        """Begin to type: all that is on, or the clause with a number; return the text to begin with."""
        self._begun = self._state
        self._edited = number
        return self.text if number is None else self.clauses[number].text

    def type(self, text: str) -> None:
        """Take what was typed so far.

        Raises:
            FilterError: it cannot be understood.
        """
        self._set(self._typed(text))

    def end(self) -> None:
        """Stop typing: what has changed meanwhile can be taken back in one step."""
        begun, self._begun, self._edited = self._begun, None, None
        if begun is not None and begun != self._state:
            self._remember(begun)

    def add(self, clause: str) -> None:
        """Add a clause, or switch it on again.

        Raises:
            FilterError: it cannot be understood, or is too much with what there is.
        """
        from tlx.query.language import chips  # noqa: PLC0415  loaded at the first clause only

        if clause in self.text:
            return
        names = {part.text for part in chips.clauses(clause)}
        kept = tuple(part for part in self.clauses if part.on or part.text not in names)
        text = chips.joined(self.text, clause)
        self._change(_State(text, chips.retyped(kept, text)))

    def switch(self, number: int) -> None:
        """Switch a clause off, or on again."""
        from tlx.query.language import chips  # noqa: PLC0415  the same

        if number < len(self.clauses):
            switched = chips.switched(self.clauses, number)
            self._change(_State(chips.written(switched), switched))

    def remove(self, number: int) -> None:
        """Remove a clause."""
        from tlx.query.language import chips  # noqa: PLC0415  the same

        if number < len(self.clauses):
            left = (*self.clauses[:number], *self.clauses[number + 1 :])
            self._change(_State(chips.written(left), left))

    def back(self) -> bool:
        """Take the last change back; with none left, all that there is. Return whether there was anything."""
        present = self._state
        if self._earlier:
            self._set(self._earlier.pop())
        else:
            self._set(_State())
        return present != self._state

    def learn(self, run_starts: Mapping[int, int] | None = None, named: Mapping[str, str] | None = None) -> None:
        """Read the filter anew, now that more is known: where runs start, in ns, or the user's own names of filters.

        A filter that cannot be read with the new names stays as it was.
        """
        if run_starts is not None:
            self.context = self.context._replace(run_starts=run_starts)
        if named is not None:
            self.context = self.context._replace(filters=with_own(named))
        if self.text:
            from tlx.query.language.parse import FilterError  # noqa: PLC0415  the same

            with contextlib.suppress(FilterError):
                self._set(self._state)

    def _typed(self, text: str) -> _State:
        """Return what a text makes of the filter that there was when it was begun."""
        if not text.strip() and not self.clauses:
            return _State()
        from tlx.query.language import chips  # noqa: PLC0415  the same

        before = (self._begun or self._state).clauses
        if self._edited is None:
            return _State(text.strip(), chips.retyped(before, text))
        number = self._edited
        parts = (*before[:number], *chips.clauses(text), *before[number + 1 :])
        return _State(chips.written(parts), parts)

    def _change(self, state: _State) -> None:
        before = self._state
        if state != before:
            self._set(state)
            self._remember(before)

    def _remember(self, state: _State) -> None:
        self._earlier = [*self._earlier, state][-_MOST_STEPS:]

    def _set(self, state: _State) -> None:
        self.condition = compile_filter(state.text, self.context)
        self._state = state
