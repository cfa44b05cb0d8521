"""What is remembered of filters, for a screen: what goes wrong is told once and stops nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tlx.state import Filters, State, StateError


class Memory:
    """The filters that were typed and those with names; looked up when first asked for."""

    def __init__(self, complain: Callable[[str], object], own: Mapping[str, str], *, kept: bool) -> None:
        """Remember for this session, and where `kept` for others too; `complain` takes a line for the user.

        What has a name in the config file, `own`, has it whatever was remembered.
        """
        self.own = own
        self._state = State.of_user() if kept else State(None)
        self._complain = complain

    @property
    def filters(self) -> Filters:
        """What is remembered."""
        self._try(lambda: self._state.filters)
        return self._state.filters

    @property
    def named(self) -> Mapping[str, str]:
        """The filters that have a name, those of the config file among them."""
        return {**self.filters.named, **self.own}

    def add_typed(self, text: str) -> None:
        """Remember a filter that was typed."""
        self._try(lambda: self._state.add_typed(text))

    def add_name(self, name: str, text: str) -> None:
        """Remember a name for a filter; with an empty one forget the name."""
        self._try(lambda: self._state.add_name(name, text))

    def _try(self, work: Callable[[], object]) -> None:
        try:
            work()
        except StateError as error:
            self._complain(str(error))
