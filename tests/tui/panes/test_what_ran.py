"""What Buck2 ran, on the screen: a log without any time."""

import json
from collections import Counter

import pytest

from tlx.tui.panes.breakdown import BreakdownPane
from tlx.tui.panes.durations import DurationsPane
from tlx.tui.panes.inspector.tree import InspectorTree


@pytest.mark.parametrize("size", [(80, 24), (140, 42)], ids=str)
async def test_the_panes_of_what_ran(explore, sample_logs, lines_of, size):
    """Kinds are counted as plain Python counts executors, what is selected is explained; `open` is what never ended."""
    log = sample_logs / "buck2-what-ran.jsonl"
    records = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    executors = Counter(one["reproducer"]["executor"] for one in records if "reproducer" in one)
    timed = [one for one in records if "duration" in one]
    async with explore(log, size=size) as drive:
        assert any("No events with a time" in line for line in drive.lines())
        await drive.press("3")
        rows = [drive.get(BreakdownPane)._rows[row] for row in range(drive.table("breakdown").row_count)]
        found = {row.value: row.events for row in rows}
        assert (found["Remote"], found["LocalDepFile"]) == (executors["Re"], executors["LocalDepFileCache"])
        assert sum(found.values()) == executors.total()
        assert any("cache hits" in line for line in drive.lines())
        await drive.press("2", "g")
        assert drive.get(DurationsPane).view.actions_only
        assert drive.table("durations").row_count == len(timed)
        await drive.press("4")
        shown = "\n".join(lines_of(drive.get(InspectorTree)))
        assert "execution_kind" in shown
        assert "duration" in shown
        await drive.filter("status == open")
        await drive.press("2", "V")
        assert drive.table("durations").row_count == sum(
            one.get("std_err") == "null" and one["reason"] == "build" and "duration" not in one
            for one in records
            if "reason" in one
        )
