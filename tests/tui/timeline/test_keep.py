import contextlib

import pytest

from tlx.query.ask import ALL, Interrupted, Scope
from tlx.query.concurrency.slate import Slate
from tlx.query.concurrency.sweep import Sweep
from tlx.store.memory.room import StoreError
from tlx.tui.drawing.timeline import Room
from tlx.tui.timeline import picture
from tlx.tui.timeline.keep import Kept, Shelf
from tlx.tui.timeline.stacking import BY_KIND, Stacked


class Dropping:
    """An asker that notes which tables are dropped, and may be overtaken while it drops the first."""

    def __init__(self, *, overtaken=False):
        self.dropped = []
        self.overtaken = overtaken

    def rows(self, sql):
        """Take one statement."""
        if self.overtaken:
            self.overtaken = False
            raise Interrupted
        self.dropped.append(sql.rpartition(" ")[2])
        return []


def made(shelf, name):
    """Something kept under a name."""
    kept = Kept(ALL, (), Slate(name, ALL, ("",)))
    with shelf.making_slate(kept.slate, shelf.turn):
        pass
    return kept


def test_a_table_in_use_is_dropped_behind_its_last_user():
    """What is let go of stays while a thread asks it, and is gone for whoever comes later."""
    shelf, asker = Shelf(), Dropping()
    first = made(shelf, "first")
    with contextlib.ExitStack() as users:
        for _ in range(2):
            assert users.enter_context(shelf.using(first, asker)) is first
        shelf.keep_only(made(shelf, "second"))
        with shelf.using(first, asker) as held:
            assert held is None
        assert asker.dropped == []
    assert asker.dropped == ["first"]
    with shelf.using(None, asker) as held:
        assert held is None
    assert asker.dropped == ["first"]


def test_a_sweep_is_made_once_for_its_slate():
    """One that was made and never asked for is found by its slate, until it is let go of."""
    shelf = Shelf()
    first, second = made(shelf, "first"), made(shelf, "second")
    sweep = Sweep("sweep", ALL, 1)
    assert shelf.sweep_of(first.slate) is None
    with shelf.making_sweep(sweep, first.slate):
        assert shelf.sweep_of(first.slate) is None
    assert shelf.sweep_of(first.slate) is sweep
    assert shelf.sweep_of(second.slate) is None
    shelf.keep_only(first)
    assert shelf.sweep_of(first.slate) is None


def test_a_table_whose_making_was_stopped_is_dropped():
    """It may be there all the same: the answer was stopped behind it."""
    shelf, asker = Shelf(), Dropping()
    kept = made(shelf, "slate")
    with contextlib.suppress(Interrupted), shelf.making_sweep(Sweep("sweep", ALL, 1), kept.slate):
        assert asker.dropped == []
        raise Interrupted
    assert shelf.sweep_of(kept.slate) is None
    with shelf.using(kept, asker) as held:
        assert held is kept
    assert asker.dropped == ["sweep"]


@pytest.mark.parametrize("asker", [Dropping(), Dropping(overtaken=True)], ids=["in time", "overtaken"])
def test_what_is_made_too_late_is_dropped(asker):
    """A slate that is there once another one is kept is needed by nobody, whoever drops it is overtaken or not."""
    shelf = Shelf()
    with shelf.using(None, asker), contextlib.ExitStack() as late:
        for name in ("late", "later"):
            late.enter_context(shelf.making_slate(Slate(name, ALL, ("",)), shelf.turn))
        kept = shelf.keep_only(made(shelf, "kept"))
        assert asker.dropped == []
    assert sorted(asker.dropped) == ["late", "later"]
    with shelf.using(kept, asker) as held:
        assert held is kept


def test_of_two_sweeps_of_a_slate_one_is_kept():
    """Two threads may make it at once: the one that is ready last is dropped behind its maker, whichever is kept."""
    shelf, asker = Shelf(), Dropping()
    kept = made(shelf, "slate")
    first, second = Sweep("first", ALL, 1), Sweep("second", ALL, 1)
    with shelf.using(kept, asker), shelf.making_sweep(second, kept.slate):
        with shelf.using(kept, asker), shelf.making_sweep(first, kept.slate):
            pass
        whole = shelf.keep_only(kept._replace(sweep=shelf.sweep_of(kept.slate)))
        assert whole.sweep is first
        assert asker.dropped == []
    assert shelf.sweep_of(kept.slate) is first
    assert asker.dropped == ["second"]


def test_what_was_let_go_of_is_not_kept_again():
    """The store may have grown since it was made, and its table may be gone."""
    shelf = Shelf()
    first = made(shelf, "first")
    assert shelf.keep_only(None) is None
    assert shelf.keep_only(first) is None
    with shelf.using(first, Dropping()) as held:
        assert held is None


@pytest.fixture
def keeping(monkeypatch):
    """A function that keeps all events and draws the first picture of what is wanted by then."""

    def first(wanted, drawn, *, let_go=False):
        shelf = Shelf()
        kept = made(shelf, "slate")
        if let_go:
            shelf.keep_only(None)
        monkeypatch.setattr(picture, "picture", drawn)
        now = picture.Wanted(wanted, None, Room(9, 9))
        return picture.first_picture(Dropping(), kept, Stacked(BY_KIND, None), shelf, lambda: now)

    return first


def test_what_is_kept_is_drawn_at_once(keeping):
    """The picture is of what is wanted once it is kept, in whatever window, by what is kept."""
    drawn = []

    def draw(_, wanted, held, __):
        drawn.append((wanted.scope, held.slate.table))
        return "picture"

    found = keeping(Scope(window=(1, 2)), draw)
    assert (found.answer, found.is_drawn) == ("picture", True)
    assert drawn == [(Scope(window=(1, 2)), "slate")]


def test_what_is_kept_is_not_drawn_of_other_events(keeping):
    """Where other events are wanted by then, or it was let go of, nothing is drawn."""

    def draw(*_):
        raise AssertionError

    for found in (keeping(Scope(run=2), draw), keeping(ALL, draw, let_go=True)):
        assert (found.answer, found.is_drawn, found.kept.slate.table) == (None, False, "slate")


def test_what_is_kept_stays_where_it_cannot_be_drawn(keeping):
    """Without room for the picture it is asked for anew, by what is kept; whoever does so is told."""

    def draw(*_):
        raise StoreError("full")

    found = keeping(ALL, draw)
    assert (found.answer, found.is_drawn, found.kept.slate.table) == (None, False, "slate")
