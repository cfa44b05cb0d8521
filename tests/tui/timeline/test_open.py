"""What was started and never ended, on the screen: a bar, the inspector's words, a fact that leads there."""

from __future__ import annotations

import time

import orjson

from tlx.config.settings import Settings
from tlx.session import Session
from tlx.tui.messages import EventSelected
from tlx.tui.panes.timeline import TimelinePane

SECOND = 10**9
ZERO = 1_795_225_200 * SECOND


def half(operation: str, event: str, second: int) -> dict:
    """A line that starts or ends a span."""
    return {
        "timestamp": f"2026-11-21T01:40:{second:02}+00:00",
        "level": "INFO",
        "logger": "hephaestus.x",
        "message": "m",
        "event": event,
        "payload": {"operation_id": operation},
    }


LOG = (
    half("a", "cli.first.start", 0),
    half("b", "cli.lost.start", 10),
    half("c", "cli.inner.start", 20),
    half("c", "cli.inner.complete", 30),
    half("a", "cli.first.complete", 40),
)


def bars(drive):
    """The spans that are drawn, by what is written on them, in seconds since the begin."""
    lanes = drive.get(TimelinePane)._picture.lanes
    spans = [bar for lane in lanes for bar in lane if not bar.is_instant]
    return {bar.label: ((bar.start - ZERO) // SECOND, (bar.end - ZERO) // SECOND) for bar in spans}


async def test_a_bar_up_to_the_end(explore, log):
    """It reaches the last event of the run, with a sign of its own, and is no instant as well."""
    async with explore(log(*LOG)) as drive:
        assert bars(drive) == {
            "cli.first.complete": (0, 40),
            "cli.inner.complete": (20, 30),
            "◌ cli.lost.start": (10, 40),
        }
        lanes = drive.get(TimelinePane)._picture.lanes
        assert [bar.id for lane in lanes for bar in lane].count(2) == 1


async def test_lost_ones_leave_room(explore, log):
    """However many were lost, what ended is seen."""
    lost = [half(f"l{number}", "cli.lost.start", 1) for number in range(50)]
    async with explore(log(*lost, *LOG)) as drive:
        shown = bars(drive)
        assert {"cli.first.complete", "cli.inner.complete", "◌ cli.lost.start"} == set(shown)


async def test_the_inspector_says_so(explore, log):
    """The event that starts a span says that no end was seen, or where its duration is told."""
    async with explore(log(*LOG), size=(200, 50)) as drive:
        for event, said in ((2, "(open: no end seen in this log)"), (1, "(ends in line 5)")):
            drive.app.post_message(EventSelected(event))
            await drive.settle()
            assert any(said in line for line in drive.lines()), drive.lines()


async def test_an_end_comes_while_it_is_looked_at(tmp_path, drive_over):
    """The bar, the inspector and the list change when the end is appended."""
    path = tmp_path / "log"
    path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in LOG))
    session = Session([str(path)], Settings(), follow=True)
    session.start()
    try:
        assert session.wait_for_catch_up(30)
        async with drive_over(session, size=(200, 50)) as drive:
            drive.app.post_message(EventSelected(2))
            await drive.settle()
            assert any("open: no end seen" in line for line in drive.lines())
            with path.open("ab") as file:
                file.write(orjson.dumps(half("b", "cli.lost.failed", 55)) + b"\n")
            end = time.monotonic() + 30
            while "✗ cli.lost.failed" not in bars(drive):
                assert time.monotonic() < end, drive.lines()
                drive.app._look()
                await drive.settle()
            assert bars(drive)["✗ cli.lost.failed"] == (10, 55)
            assert not any("◌" in label for label in bars(drive))
            assert any("(ends in line 6)" in line for line in drive.lines())
    finally:
        session.close()


async def test_insights_lead_there(explore, log):
    """The fact is listed; enter shows what is open, with the longest selected."""
    async with explore(log(*LOG)) as drive:
        await drive.press("i")
        assert any("1 span never ended in this log" in line for line in drive.lines())
        await drive.press("G", "enter")
        assert drive.app.selection == 2
        assert any("status == open" in line for line in drive.lines())
        assert list(bars(drive)) == ["◌ cli.lost.start"]
