"""What is said of followed logs, from plain facts."""

import pytest

from tlx.reader.follow import Liveness, Standing
from tlx.tui.standing import Rate, standing_text
from tlx.tui.timing.freeze import Freeze


def standing(liveness: Liveness, *, path: str = "log", idle: float = 0.0, lag: int = 0, trouble: str = "") -> Standing:
    """How a log of 12,345 bytes stands."""
    return Standing(path, liveness, idle, 12_345, lag, 1, trouble)


@pytest.mark.parametrize(
    ("standings", "rate", "words"),
    [
        ([standing(Liveness.WAITING, path="a\x1b[2J.zst")], 0, "waiting for a␛[2J.zst"),
        ([standing(Liveness.LIVE)], 1234, "live · 1,234 events/s"),
        ([standing(Liveness.LIVE, lag=3 << 20)], 5, "live · 5 events/s · 3 MiB behind"),
        ([standing(Liveness.IDLE, idle=75.4)], 0, "idle for 1m15s"),
        ([standing(Liveness.TORN, idle=9)], 0, "torn at byte 12,345"),
        ([standing(Liveness.GONE, idle=2)], 0, "gone for 2s"),
        ([standing(Liveness.FINISHED)], 0, "finished"),
        ([standing(Liveness.GONE, trouble="log: no permission to read it")], 0, "log: no permission to read it"),
        ([standing(Liveness.FINISHED), standing(Liveness.LIVE), standing(Liveness.LIVE)], 0, "2 live, 1 finished"),
        ([], 0, ""),
    ],
)
def test_words(standings, rate, words):
    """Each state has its words; several logs are counted by state; nothing of a name is interpreted."""
    assert standing_text(standings, rate) == words


def test_the_rate_is_that_of_late():
    """What came long ago does not count."""
    rate = Rate()
    assert rate.note(0.0, 1_000_000) == 0
    assert [rate.note(0.5 * n, 1_000_000 + 50 * n) for n in range(1, 20)] == [100] * 19
    assert [rate.note(10.0 + n, 1_000_950) for n in range(5)][-1] == 0


def test_a_display_that_stands_still_counts_what_is_new():
    """Frozen at a number of events it says how many more there are; let go it says nothing."""
    freeze = Freeze()
    assert (freeze.on, freeze.words(9)) == (False, "")
    freeze.turn(5)
    assert (freeze.on, freeze.words(1_305)) == (True, "paused · 1,300 new · p goes on")
    freeze.turn(7)
    assert (freeze.on, freeze.words(9)) == (False, "")
