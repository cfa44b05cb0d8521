"""Marks: every pane that lists events shows which are marked."""

import pytest

from tlx.config.settings import Settings
from tlx.tui.widgets.chart import Chart


def gutters(drive, lines_of):
    """The first cell of each row of the table of durations, by the text behind it."""
    lines = lines_of(drive.table("durations"))[1:]
    return {line[1:].split()[-1]: line[0] for line in lines if line.strip()}


@pytest.mark.parametrize(("ascii_only", "signs"), [(False, "☆★"), (True, "mM")])
async def test_marked_events_have_a_mark_in_the_table(explore, log, lines_of, ascii_only, signs):
    """The row of a marked event says so, under the cursor too, in any order; no other row does."""
    async with explore(log(), settings=Settings(ascii_only=ascii_only)) as drive:
        await drive.press("m")
        assert next(iter(gutters(drive, lines_of).values())) == signs[1]
        await drive.press("j", "j", "m", "j")
        assert [*gutters(drive, lines_of).values()][:4] == [signs[0], " ", signs[0], ">" if ascii_only else "▌"]
        before = {text for text, sign in gutters(drive, lines_of).items() if sign in signs}
        await drive.press("O", "G", "k")
        assert {text for text, sign in gutters(drive, lines_of).items() if sign in signs} == before
        await drive.press("u", "m")
        assert sum(sign in signs for sign in gutters(drive, lines_of).values()) == 1


async def test_groups_have_no_marks(explore, log, lines_of):
    """A group is no event, whatever its number."""
    async with explore(log()) as drive:
        await drive.press("m", "j", "m", "v")
        assert not set("☆★") & set("".join(lines_of(drive.table("durations"))))
        await drive.press("V")
        assert set("☆★") <= set("".join(lines_of(drive.table("durations"))))


async def test_the_timeline_shows_marks(explore, log, lines_of, make):
    """On the axis where the event was, drawn in a lane or not, and on its bar."""
    action, header = make
    async with explore(log(header(), *(action(number) for number in range(60)))) as drive:
        await drive.press("1", "g", "m", "j", "j", "j")
        text = lines_of(drive.get(Chart))
        axis = next(number for number, line in enumerate(text) if "┼" in line and "▲" in line)
        assert text[axis].count("★") == 1
        assert text[axis].index("★") < text[axis].index("▲")
        assert any("★" in line for line in text[axis + 1 :])
        await drive.press("u")
        assert "★" not in lines_of(drive.get(Chart))[axis]  # the cursor is there
        await drive.press("m")
        assert "★" not in "".join(lines_of(drive.get(Chart)))
