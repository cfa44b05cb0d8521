"""What the timeline keeps in the store, so that a zoom neither filters nor sorts again, and when it lets go of it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from tlx.query import timeline
from tlx.query.ask import Asker, Interrupted, Scope
from tlx.query.concurrency.gaps import Pace, paces
from tlx.query.concurrency.slate import Slate, Stack
from tlx.query.concurrency.sweep import Sweep
from tlx.store.memory.room import StoreError

_MOST = 4_000_000
"""With more events than these nothing is kept: the store needs its room for them."""
_GAPS = 1
"""Of each run so many idle gaps are told."""


class Use(NamedTuple):
    """How the runs of a scope used their time, within its window."""

    scope: Scope
    paces: Sequence[Pace]
    untimed: int
    """Events without a time, which no picture shows."""
    counted: bool = True
    """Whether the paces are known; with too many events they are not asked for."""


class Kept(NamedTuple):
    """What holds for a scope, whatever its window, until the store grows; without a slate it has to be asked."""

    scope: Scope
    spans: Sequence[timeline.RunSpan]
    slate: Slate | None = None
    sweep: Sweep | None = None

    @property
    def is_whole(self) -> bool:
        """Whether there is nothing more to keep."""
        return self.slate is None or self.sweep is not None

    def is_of(self, stack: Stack) -> bool:
        """Whether it tells events apart by a stack; without a slate it does not matter."""
        return self.slate is None or self.slate.stack == stack


class Shelf:
    """The tables that were made, each of which threads may be using: let go of, it is dropped behind the last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tables: dict[str, Slate | Sweep] = {}
        self._wanted: set[str] = set()
        self._turn = 0
        self._used: Counter[str] = Counter()
        self._sweeps: dict[str, Sweep] = {}
        """The last sweep by its slate."""
        self._spans: tuple[object, Sequence[timeline.RunSpan]] = (None, ())
        """The spans of the runs that were asked for last, with what they hold for."""

    @property
    def turn(self) -> int:
        """How often has been said what is kept: what is made for one turn is of no use in the next."""
        return self._turn

    @contextmanager
    def making_slate(self, slate: Slate, turn: int) -> Iterator[None]:
        """Take a slate once it is made; where there is another turn by then, nobody needs it."""
        with self._making(slate):
            yield
            with self._lock:
                if turn == self._turn:
                    self._wanted.add(slate.table)

    @contextmanager
    def making_sweep(self, sweep: Sweep, of: Slate) -> Iterator[None]:
        """Take the sweep of a slate once it is made; where that is let go of, or has another one, nobody needs it."""
        with self._making(sweep):
            yield
            with self._lock:
                if of.table in self._wanted and self._sweep_of(of) is None:
                    self._sweeps = {of.table: sweep}
                    self._wanted.add(sweep.table)

    @contextmanager
    def _making(self, table: Slate | Sweep) -> Iterator[None]:
        """Hold a table from when it may be there."""
        with self._lock:
            self._tables[table.table] = table
            self._used[table.table] += 1
        try:
            yield
        finally:
            with self._lock:
                self._used[table.table] -= 1

    def spans(self, asker: Asker, scope: Scope) -> Sequence[timeline.RunSpan]:
        """Return when runs began and ended; once there will be no more events that is asked but once for a run."""
        at = (scope.run, scope.before, asker.version, asker.events()) if asker.rests else None
        known, found = self._spans
        if at is None or at != known:
            found = timeline.run_spans(asker, scope.run, scope.before)
            self._spans = (at, found)
        return found

    def sweep_of(self, made: Slate) -> Sweep | None:
        """Return the sweep of a slate if there is one: who made it may have been overtaken before it was kept."""
        with self._lock:
            return self._sweep_of(made)

    def _sweep_of(self, made: Slate) -> Sweep | None:
        found = self._sweeps.get(made.table)
        return found if found is not None and found.table in self._wanted else None

    def keep_only(self, kept: Kept | None) -> Kept | None:
        """Let go of every other table; return what is kept: nothing, where that had been let go of before."""
        tables = _tables(kept)
        with self._lock:
            kept = kept if self._wanted >= tables else None
            self._wanted = tables if kept is not None else set()
            self._turn += 1
        return kept

    @contextmanager
    def using(self, kept: Kept | None, asker: Asker) -> Iterator[Kept | None]:
        """Hold the tables of what is kept, or give None where they have been let go of; drop what nobody needs."""
        tables = _tables(kept)
        with self._lock:
            held = kept if self._wanted >= tables else None
            if held is not None:
                self._used.update(tables)
        try:
            yield held
        finally:
            if held is not None:
                with self._lock:
                    self._used.subtract(tables)
            self._drop(asker)

    def _drop(self, asker: Asker) -> None:
        while (table := self._due()) is not None:
            try:
                try:
                    table.drop(asker)
                except Interrupted:  # whoever asks was overtaken, which happens but once
                    table.drop(asker)
            except BaseException:
                with self._lock:
                    self._tables[table.table] = table  # the next one drops it
                raise

    def _due(self) -> Slate | Sweep | None:
        """Take a table that nobody needs off the shelf."""
        with self._lock:
            due = (name for name in self._tables if name not in self._wanted and not self._used[name])
            name = next(due, None)
            return None if name is None else self._tables.pop(name)


def _tables(kept: Kept | None) -> set[str]:
    return {table.table for table in (kept and kept.slate, kept and kept.sweep) if table}


def keep(asker: Asker, scope: Scope, stack: Stack, shelf: Shelf, turn: int) -> Kept:
    """Keep what holds for a scope, but for the numbers in flight, which take longest; it is asked for in a turn."""
    scope = scope._replace(window=None)
    spans = shelf.spans(asker, scope)
    if _are_many(asker):
        return Kept(scope, spans)
    made = Slate.named(scope, stack)
    try:
        with shelf.using(None, asker), shelf.making_slate(made, turn):
            made.fill(asker)
    except StoreError:  # without room for it the events themselves are asked
        return Kept(scope, spans)
    return Kept(scope, spans, made)


def use(asker: Asker, scope: Scope) -> Use:
    """Return how the runs of a scope used their time."""
    many = _are_many(asker)
    return Use(scope, () if many else paces(asker, scope, _GAPS), timeline.untimed(asker, scope), counted=not many)


def swept(asker: Asker, kept: Kept | None, shelf: Shelf) -> Kept | None:
    """Keep the numbers in flight as well; None where the rest has been let go of."""
    with shelf.using(kept, asker) as held:
        if held is None or held.slate is None or held.sweep is not None:
            return held
        made = shelf.sweep_of(held.slate)
        if made is None:
            made = Sweep.named(asker, held.slate)
            with shelf.making_sweep(made, held.slate):
                made.fill(asker, held.slate)
            made = shelf.sweep_of(held.slate)
        return held._replace(sweep=made) if made is not None else None


def _are_many(asker: Asker) -> bool:
    return asker.events() > _MOST
