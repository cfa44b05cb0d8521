"""Compare: two events side by side, value by value."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from tlx import units
from tlx.model import Quantity
from tlx.query import event as events
from tlx.query.ask import Asker
from tlx.query.whole.compare import Pair, Sign, compare
from tlx.query.whole.record import atom, unmistakable
from tlx.store.database import Database
from tlx.tui.panes.pane import Pane
from tlx.tui.widgets.table import ASCII, Cell, Column, Row, Table

_MOST_CELL = 400
"""Characters of a value that a row may show."""
_DAY = 86_400 * units.NS_PER_S
_ALIKE = 12
"""Characters that two long texts have in common, of which so many are shown before the first that differs."""


class ComparePane(Pane):
    """A row a value: the sign says how they compare, `*` where they differ."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "differences", "Differences", id="compare.differences", tooltip="Show only what differs, or all"),
    ]

    def __init__(
        self, database: Callable[[], Database], here: int, there: int, *, ascii_only: bool = False, **kwargs: Any
    ) -> None:
        """Compare two events by their arrival numbers."""
        super().__init__(database, **kwargs)
        self._ids = here, there
        self._all: list[Pair] = []
        self._shown: list[Pair] = []
        self._is_cut = False
        self._table = Table(glyphs=ASCII if ascii_only else None, id="compare-table")

    def compose(self) -> ComposeResult:
        """The table is all there is."""
        yield self._table

    def on_mount(self) -> None:
        """Ask for the two events."""
        self.entitle("Compare", "* differs, + only here, - only in the mark · d shows only differences · esc closes")
        self._table.empty_text = "Comparing"
        columns = (
            Column("sign", "", 1, sortable=False),
            Column("name", "value", 14, flexible=True, sortable=False),
            Column("here", "this event", 16, flexible=True, sortable=False),
            Column("there", "marked event", 16, flexible=True, sortable=False),
            Column("change", "this - marked", 18, sortable=False, wide_only=70),
        )
        self._table.set_columns(columns, None, descending=False)
        self._table.focus()

        def question(asker: Asker) -> list[Pair]:
            here, there = (events.event(asker, one) for one in self._ids)
            return compare(here, there) if here is not None and there is not None else []

        self.ask("compare", question, self._show)

    def _show(self, found: list[Pair]) -> None:
        self._all = found
        differing = [pair for pair in found if pair.sign is not Sign.SAME]
        self._shown = differing if self._is_cut else found
        self.entitle(
            f"Compare · {units.count(len(differing))} of {units.count(len(found))} values differ", self.said[1]
        )
        self._table.empty_text = "Nothing differs"
        self._table.set_row_count(len(self._shown))
        self._table.forget_rows()

    def action_differences(self) -> None:
        """Show only what differs, or all."""
        self._is_cut = not self._is_cut
        self._show(self._all)

    @on(Table.RowsWanted)
    def _fetch(self, wanted: Table.RowsWanted) -> None:
        pairs = self._shown[wanted.first : wanted.last + 1]
        rows = [Row(number, _cells(pair)) for number, pair in enumerate(pairs, wanted.first)]
        self._table.put_rows(wanted.first, rows, wanted.generation)


def _cells(pair: Pair) -> tuple[Cell, ...]:
    look = "table--dim" if pair.sign is Sign.SAME else ""
    here, there = pair.here, pair.there
    if isinstance(here, str) and isinstance(there, str) and here != there:
        here, there = _from_difference(here, there)
    left = "(absent)" if pair.sign is Sign.ONLY_THERE else _value(pair, here)
    right = "(absent)" if pair.sign is Sign.ONLY_HERE else _value(pair, there)
    return (str(pair.sign), (_name(pair.name)[:_MOST_CELL], look), (left, look), (right, look), change(pair))


def _name(name: str) -> str:
    """Return a short name of a value; of a path below a long first key, which most share, the rest."""
    first, dot, rest = name.removeprefix(".").partition(".")
    if name.startswith(".") and dot and len(first) > _ALIKE:
        return f"…{rest}"
    return {"duration_ns": "duration", "input_materialization_ns": "materialized"}.get(name, name)


def _from_difference(here: str, there: str) -> tuple[str, str]:
    """Cut what two long texts have in common before the first character that differs."""
    alike = next((at for at, (one, other) in enumerate(zip(here, there, strict=False)) if one != other), None)
    begin = max(0, (min(len(here), len(there)) if alike is None else alike) - _ALIKE)
    return (f"…{here[begin:]}", f"…{there[begin:]}") if begin > 1 else (here, there)


def _value(pair: Pair, value: Any) -> str:
    match pair.quantity:
        case Quantity.DURATION:
            return f"{units.duration(value)}  {value}"
        case Quantity.SIZE:
            return f"{units.size(value)}  {value}"
        case Quantity.TIME:
            both = [time for time in (pair.here, pair.there) if time is not None]
            digits = 9 if any(time % units.NS_PER_MS for time in both) else 3
            is_one_day = len({time // _DAY for time in both}) == 1
            return units.clock(value, digits) if is_one_day else units.rfc3339(value) or str(value)
    if isinstance(value, str):
        return unmistakable(value)[:_MOST_CELL] or '""'
    said = units.explain(pair.name.rpartition(".")[2], value)
    raw = str(value)[:_MOST_CELL] if isinstance(value, dict | list) else atom(value)[:_MOST_CELL]
    return f"{said}  {raw}" if said else raw


def change(pair: Pair) -> str:
    """Return by how much a measured value differs, and how many times it is the other."""
    here, there = pair.here, pair.there
    if pair.quantity not in (Quantity.DURATION, Quantity.SIZE, Quantity.TIME) or None in (here, there) or here == there:
        return ""
    more = here - there
    sign = "+" if more > 0 else "-"
    size = units.size(abs(more)) if pair.quantity is Quantity.SIZE else units.duration(abs(more))
    times = f"  x{_digits(Fraction(here, there))}" if there and pair.quantity is not Quantity.TIME else ""
    return f"{sign}{size}{times}"


def _digits(ratio: Fraction) -> str:
    """A ratio in three digits, or more before the point."""
    return f"{float(ratio):,.0f}" if ratio >= 100 else f"{float(ratio):.3g}"  # noqa: PLR2004  three digits


class CompareScreen(ModalScreen[None]):
    """One pane over the others."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,M", "app.pop_screen", "Close", id="compare.close", key_display="esc"),
    ]

    def __init__(self, pane: ComparePane) -> None:
        super().__init__()
        self._pane = pane

    def compose(self) -> ComposeResult:
        """The pane."""
        yield self._pane
