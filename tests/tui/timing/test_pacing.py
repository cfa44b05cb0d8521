"""When growth is shown: at once while that is cheap, seldom while it is not."""

from __future__ import annotations

import itertools

import pytest

from tlx.tui.timing.pacing import Pacing


def shown(took: float, seconds: float = 100.0) -> list[float]:
    """Look ten times a second at a store that always grows; return when it is shown, which takes `took` seconds."""
    pacing, times = Pacing(), []
    for tick in range(int(seconds * 10)):
        now = tick / 10
        if pacing.allows(now, asking=bool(times) and now - times[-1] < took):
            pacing.begin(now)
            times.append(now)
    return times


def test_quick_answers_are_shown_as_they_come():
    """Where the panes are done before the next look, each look shows what there is."""
    assert shown(0.03, 10.0) == pytest.approx([tick / 10 for tick in range(100)])


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
    pacing = Pacing()
    assert pacing.allows(5.0, asking=False)
    assert pacing.allows(5.0, asking=True)
