"""What the frame of the timeline says of the field that events are told apart by."""

import pytest

from tlx.tui.panes.timeline import TimelinePane


def frame(drive):
    """The top and the bottom of the frame, as text."""
    return drive.get(TimelinePane).said


@pytest.mark.parametrize("size", [(80, 24), (140, 42)])
async def test_a_field_that_is_chosen_is_named_with_its_values(explore, log, size):
    """Each turn of `B` names the field and what its values look like, also where the column of the cursor was read."""
    async with explore(log(), size=size) as drive:
        await drive.press("1", "j")
        assert "in flight" in frame(drive)[1]
        stacking = drive.get(TimelinePane)._answer.stacked
        assert len(stacking.columns) > 2
        for column in (*stacking.columns[1:], stacking.columns[0]):
            await drive.press("B")
            title, note = frame(drive)
            stack = drive.get(TimelinePane)._answer.stacked.stack
            assert stack.column == column
            name = stacking.fit.words.get(column, column.replace("_", " "))
            assert f"by {name}" in note
            assert any(value and value in note for value in stack.values)
            assert not note.endswith("…"), "the end of it is left out rather than cut"
            assert (f"by {name}" in title) == (column != stacking.columns[0])
        await drive.press("B", "k")
        assert "in flight" in frame(drive)[1], "the cursor has moved: its column is read again"
        assert "by " in frame(drive)[0]


async def test_the_legend_holds_what_shows(explore, log, make):
    """Of one run its own values alone; one of blanks is quoted."""
    action, header = make

    def named(number, category):
        return action(number, name={"category": category, "identifier": "i"})

    path = log(header(), named(0, "cc"), named(1, "  "), header(), named(2, "rust"))
    async with explore(path) as drive:
        await drive.press("1")
        pane = drive.get(TimelinePane)
        while pane._answer.stacked.stack.column != "category":
            await drive.press("B")
        assert all(word in frame(drive)[1] for word in ("cc", '"  "', "rust"))
        await drive.press("R", "j", "j", "enter")
        assert drive.app.scope.run == 2
        assert "rust" in frame(drive)[1]
        assert "cc" not in frame(drive)[1]
        assert '"' not in frame(drive)[1]
