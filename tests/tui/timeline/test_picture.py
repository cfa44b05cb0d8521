"""The question behind the timeline."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from tlx.config.settings import Settings
from tlx.dialects.base import Breakdown
from tlx.query import timeline
from tlx.query.ask import ALL, Asker
from tlx.session import Session
from tlx.tui.drawing.timeline import Room
from tlx.tui.timeline.picture import Answer, Wanted, picture
from tlx.tui.timeline.stacking import BY_KIND, Stacked

LOG = Path(__file__).parents[3] / "sample_logs/build.json-lines"


def test_events_are_looked_up_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands on spans and instants of a picture takes one question, which looks through all events."""
    asked: list[list[int]] = []
    ask = timeline.looked_up

    def looked_up(asker: Asker, ids: list[int], *more: str, **named: str) -> list[timeline.Mark]:
        asked.append(ids)
        return ask(asker, ids, *more, **named)

    monkeypatch.setattr(timeline, "looked_up", looked_up)
    with closing(Session([str(LOG)], Settings(cache=False))) as session:
        session.start()
        session.wait()
        with closing(Asker(session.database)) as asker:
            answer = picture(asker, Wanted(ALL, None, Room(120, 40)), None, Stacked(BY_KIND, Breakdown()))
    assert isinstance(answer, Answer)
    drawn = [bar for lane in answer.picture.lanes for bar in lane]
    assert {bar.is_instant for bar in drawn} == {True, False}
    assert all(bar.label for bar in drawn)
    assert len(asked) == 1
