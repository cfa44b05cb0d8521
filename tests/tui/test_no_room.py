"""Where the store has no room the screen says so, and shows what there is."""

from __future__ import annotations

from tlx.query.ask import Asker
from tlx.store.memory.room import StoreError


async def test_a_question_without_room(explore, log, monkeypatch):
    """A question that there is no room for is told of once; what is shown stays, and what can be answered is."""
    said = "no room to spill to in /x: [b]full[/]"
    async with explore(log()) as drive:
        before = drive.lines()
        asked = []
        rows = Asker.rows

        def fail(asker, *question):
            asked.append(question)
            raise StoreError(said)

        monkeypatch.setattr(Asker, "rows", fail)
        for _ in range(2):
            drive.app.generation += 1
            await drive.settle()
        assert asked
        assert {notice.message for notice in drive.app._notifications} == {said}
        assert len(drive.app._notifications) <= 5
        assert drive.table("durations").row_count == 60
        monkeypatch.setattr(Asker, "rows", rows)
        drive.app.clear_notifications()
        drive.app.generation += 1
        await drive.settle()
        assert drive.lines() == before
