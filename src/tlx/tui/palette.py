"""How execution kinds look: a mark, a letter and a colour each, so that meaning is never colour alone."""

from __future__ import annotations

from typing import NamedTuple


class Look(NamedTuple):
    """The look of one execution kind: `style` is a component class suffix and a key for drawings."""

    mark: str
    letter: str
    style: str


class Signs(NamedTuple):
    """What tells values apart where it is drawn: colours, beside marks in text; without colours the signs alone."""

    ascii_only: bool = False
    coloured: bool = True

    @property
    def fills(self) -> bool:
        """Whether bars and columns are filled with signs, since their colours cannot be told apart."""
        return self.ascii_only or not self.coloured

    def of(self, look: Look) -> str:
        """Return the sign of a look: its mark, or its letter where marks are not drawn or do not differ."""
        return look.letter if self.ascii_only or (not self.coloured and look.mark == ANY) else look.mark


SIGNS = Signs()
ANY = "█"
"""The mark of values that have none of their own; their colours tell them apart, or their letters."""

LOOKS = {
    "Local": Look("●", "L", "kind-0"),
    "LocalWorker": Look("◉", "W", "kind-1"),
    "Remote": Look("■", "R", "kind-2"),
    "RemoteWorker": Look("▣", "V", "kind-3"),
    "ActionCache": Look("◆", "c", "kind-4"),
    "RemoteDepFileCache": Look("◈", "d", "kind-5"),
    "LocalDepFile": Look("◇", "f", "kind-6"),
    "LocalActionCache": Look("❖", "a", "kind-7"),
    "Simple": Look("▪", "s", "kind-8"),
    "Deferred": Look("▫", "e", "kind-9"),
    "NotSet": Look("○", "n", "kind-10"),
}
"""Execution kinds in the order in which they are stacked: work first, then caches, then the rest."""

STATUSES = {
    "ok": Look("✓", "+", "status-ok"),
    "cached": Look("◆", "c", "kind-7"),
    "failed": Look("✗", "!", "status-failed"),
    "warning": Look("▲", "^", "status-warning"),
    "retry": Look("↻", "~", "status-warning"),
    "denied": Look("⊘", "x", "status-warning"),
    "cancelled": Look("⊘", "x", "status-warning"),
    "open": Look("◌", "o", "status-open"),
    "running": Look("◌", "o", "status-open"),
}
"""Outcomes, by the words that dialects use."""

_ALIKE = {
    **dict.fromkeys(("error", "failure", "fatal", "exception", "timeout", "critical", "alert", "emergency"), "failed"),
    **dict.fromkeys(("warn",), "warning"),
    **dict.fromkeys(("success",), "ok"),
}
"""Other words for them, levels among them."""
FAILED, OPEN = STATUSES["failed"], STATUSES["open"]
_PLAIN = Look("·", ".", "dim")
"""An outcome that means neither good nor bad, or nobody knows which."""

UNKNOWN = Look("?", "u", "kind-11")
NONE = Look("·", ".", "kind-other")
"""Events without an execution kind, such as instants."""

STACK = (*LOOKS, "", "?")
"""The series of the density chart, bottom up; the last gathers the kinds of releases to come."""


def look(execution_kind: str | None) -> Look:
    """Return the look of a kind, of one that is not known yet, or of none."""
    if not execution_kind:
        return NONE
    return LOOKS.get(execution_kind, UNKNOWN)


def style_of(series: str) -> str:
    """Return the style key of a series of the stack."""
    return UNKNOWN.style if series == "?" else look(series).style


def letter_of(series: str) -> str:
    """Return the letter that stands for a series where only ASCII is drawn."""
    return UNKNOWN.letter if series == "?" else look(series).letter


def status_look(status: str | None) -> Look:
    """Return the look of an outcome or a level."""
    word = (status or "").lower()
    return STATUSES.get(_ALIKE.get(word, word), _PLAIN)


def status_cell(status: str, *, ascii_only: bool = False) -> tuple[str, str]:
    """Return the table cell of an outcome or a level: its sign, its word, its style."""
    shown = status_look(status)
    if shown is _PLAIN:
        return f"  {status}", "table--dim"
    return f"{shown.letter if ascii_only else shown.mark} {status}", f"table--{shown.style}"


def cell(execution_kind: str | None, *, ascii_only: bool = False) -> tuple[str, str]:
    """Return the table cell of a kind: its mark, its name, its style."""
    shown = look(execution_kind)
    mark = shown.letter if ascii_only else shown.mark
    return f"{mark} {execution_kind or '–'}", f"table--{shown.style}"
