"""Two questions at once: both are answered, and both are over when the block is."""

from __future__ import annotations

import threading
import time

import pytest

from tlx.query.ask import Asker, Interrupted, meanwhile

LONG = "SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b"
"""Takes minutes."""


def test_both_are_answered(build):
    """The other question is put in a thread of its own, at the same time."""
    asker, both = Asker(build.database), threading.Barrier(2, timeout=20)

    def other(one):
        both.wait()  # nobody passes before the other is there too
        return one.row("SELECT count(*) FROM events"), threading.current_thread()

    with meanwhile(asker, other) as answer:
        both.wait()
        found = asker.row("SELECT min(id) FROM events")
        number, thread = answer()
    assert number == asker.row("SELECT count(*) FROM events")
    assert found == asker.row("SELECT min(id) FROM events")
    assert thread is not threading.current_thread()
    assert not thread.is_alive()
    asker.close()


def test_both_are_interrupted(build):
    """To interrupt the asker interrupts the other question too, whichever is waited for."""
    asker, ended = Asker(build.database), threading.Event()

    def overtake():
        while not ended.wait(0.01):
            asker.interrupt()

    def asked():
        with meanwhile(asker, lambda one: one.rows(LONG)) as answer:
            return answer()

    thread = threading.Thread(target=overtake)
    thread.start()
    try:
        with pytest.raises(Interrupted):
            asked()
    finally:
        ended.set()
        thread.join()
    assert asker.row("SELECT 1") == (1,)
    asker.close()


def test_who_leaves_by_an_error_does_not_wait(build):
    """The other question ends at once, however many statements it has left, and the error is the one that was met."""
    asker, begun = Asker(build.database), threading.Event()

    def other(one):
        begun.set()
        for _ in range(3):
            one.rows(LONG)

    def asked():
        with meanwhile(asker, other):
            assert begun.wait(20)
            raise ZeroDivisionError

    began = time.monotonic()
    with pytest.raises(ZeroDivisionError):
        asked()
    assert time.monotonic() - began < 60
    asker.close()


def test_its_error_is_that_of_the_answer(build):
    """What goes wrong with the other question is told to whoever waits for its answer."""
    asker = Asker(build.database)

    def other(_):
        raise KeyError("told")

    with pytest.raises(KeyError, match="told"), meanwhile(asker, other) as answer:
        answer()
    asker.close()
