import contextlib

from tlx.query.ask import ALL, Interrupted
from tlx.query.concurrency.slate import Slate
from tlx.query.concurrency.sweep import Sweep
from tlx.tui.timeline.keep import Kept, Shelf


class Dropping:
    """An asker that notes which tables are dropped."""

    def __init__(self):
        self.dropped = []

    def rows(self, sql):
        """Take one statement."""
        self.dropped.append(sql.rpartition(" ")[2])
        return []


def made(shelf, name):
    """Something kept under a name."""
    kept = Kept(ALL, (), Slate(name, ALL, ("",)))
    with shelf.making(kept.slate):
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
    with shelf.making(sweep, first.slate):
        assert shelf.sweep_of(first.slate) is None
    assert shelf.sweep_of(first.slate) is sweep
    assert shelf.sweep_of(second.slate) is None
    shelf.keep_only(first)
    assert shelf.sweep_of(first.slate) is None


def test_a_table_whose_making_was_stopped_is_dropped():
    """It may be there all the same: the answer was stopped behind it."""
    shelf, asker = Shelf(), Dropping()
    kept = made(shelf, "slate")
    with contextlib.suppress(Interrupted), shelf.making(Sweep("sweep", ALL, 1), kept.slate):
        assert asker.dropped == []
        raise Interrupted
    assert shelf.sweep_of(kept.slate) is None
    with shelf.using(kept, asker) as held:
        assert held is kept
    assert asker.dropped == ["sweep"]
