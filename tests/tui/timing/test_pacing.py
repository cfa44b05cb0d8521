"""When growth is shown: at once while that is cheap, seldom while it is not."""

from __future__ import annotations

import itertools

import pytest

from tlx.tui.timing.pacing import Pacing

_TICK = 0.101
"""Seconds between two looks."""


def shown(took: float, seconds: float = 100.0) -> list[float]:
    """Look about ten times a second at a store that always grows; return when it is shown, for `took` seconds."""
    pacing, times = Pacing(), []
    for tick in range(int(seconds / _TICK)):
        now = tick * _TICK
        if times and now - times[-1] >= took:
            pacing.answered(times[-1] + took)
        if pacing.due((tick + 1, 0), now, asking=bool(times) and now - times[-1] < took):
            times.append(now)
    return times


def test_quick_answers_are_shown_as_they_come():
    """Where the panes are done before the next look, each look shows what there is."""
    assert shown(0.03, 10.0) == pytest.approx([tick * _TICK for tick in range(99)])


def test_growth_is_shown_ten_times_a_second_at_most():
    """However soon the panes have their answers."""
    pacing = Pacing()
    assert pacing.due((1, 0), 1.0, asking=False)
    assert pacing.answered(1.01) == pytest.approx(0.09)
    assert not pacing.due((2, 0), 1.05, asking=False)
    assert pacing.due((2, 0), 1.11, asking=False)


def test_what_is_live_is_shown_sooner():
    """Where nothing is being loaded, answers may take longer before nothing is asked for a while."""
    loading, live = Pacing(), Pacing()
    live.live = True
    assert loading.due((1, 0), 1.0, asking=False)
    assert live.due((1, 0), 1.0, asking=False)
    assert loading.answered(1.25) > live.answered(1.25) == 0.0


@pytest.mark.parametrize("took", [0.5, 1.0, 2.0])
def test_slow_answers_leave_most_of_the_time_to_the_loading(took):
    """Asking takes about a sixth of the time, or less where the longest rest allows."""
    times = shown(took)
    share = took * len(times) / 100
    assert 0.1 <= share <= 0.3
    assert max(b - a for a, b in itertools.pairwise(times)) <= 10.0 + took + 0.2


def test_growth_is_shown_at_last():
    """Panes that are never done, as while keys are held down, do not keep growth away for ever."""
    times = shown(1e9, 100.0)
    assert len(times) >= 4


def test_nothing_shown_is_nothing_to_rest_from():
    """Before anything was shown, the first growth is."""
    assert Pacing().due((1, 0), 5.0, asking=False)
    assert Pacing().due((1, 0), 5.0, asking=True)


def test_what_has_not_grown_is_not_shown_again():
    """Growth is of events or of headers."""
    pacing = Pacing()
    assert pacing.due((1, 1), 0.0, asking=False)
    pacing.answered(0.05)
    assert not pacing.due((1, 1), 1.0, asking=False)
    assert pacing.due((1, 2), 2.0, asking=False)


@pytest.mark.parametrize("lull", [1.0, 8.0, 3600.0])
def test_a_lull_is_no_slow_answer(lull):
    """A log that pauses is shown at once when it goes on: only the time to the answers counts."""
    pacing = Pacing()
    assert pacing.due((1, 0), 0.0, asking=False)
    pacing.answered(0.05)
    assert pacing.due((2, 0), lull, asking=False)


def test_panes_that_asked_for_nothing_are_done_by_the_next_look():
    """What they are asked much later, for another reason, is not taken for the answer to growth."""
    pacing = Pacing()
    assert pacing.due((1, 0), 0.0, asking=False)
    assert not pacing.due((1, 0), 0.1, asking=False)
    pacing.answered(9.0)
    assert pacing.due((2, 0), 9.1, asking=False)
