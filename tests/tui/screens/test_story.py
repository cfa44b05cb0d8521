"""The story of an event on the screen, and the command that prints the same."""

import asyncio
import json
import threading
from pathlib import Path

import pytest

from tlx import units
from tlx.cli.main import run as run_tlx
from tlx.config.settings import Settings
from tlx.query.whole import stories
from tlx.tui.offering import Palette
from tlx.tui.panes.inspector.pane import InspectorPane
from tlx.tui.screens.story import StoryPane, StoryScreen

SAMPLES = Path(__file__).parents[3] / "sample_logs"


def rows_of(drive):
    """The rows of the story that are in hand, as texts."""
    table, found = drive.app.screen.query_one("#story-table"), []
    while (row := table._rows.fresh(len(found))) is not None:
        found.append([cell if isinstance(cell, str) else cell[0] for cell in row.cells])
    return found


@pytest.mark.parametrize("size", [(80, 24), (140, 42)], ids=str)
@pytest.mark.parametrize(
    "case",
    [
        ("hephaestus.log", "run", "ci-20261120-000"),
        ("jupyter.jsonl", "kernel or server", "kernel-0"),
        ("sourcegraph.jsonl", "trace", None),
        ("beamlens.jsonl", "operator", "Beamlens.Skill.Beam"),
        ("build.json-lines", "owner", None),
    ],
)
async def test_the_screen_tells_what_the_command_prints(explore, tmp_path, case, size):
    """Line by line the same names, durations, gaps and outcomes, in the same order."""
    log, name, value = case
    async with explore(SAMPLES / log, size=size) as drive:
        await drive.press("s", "g")
        pane = drive.app.screen.query_one(StoryPane)
        told = pane._found.outline.told
        assert (told.story.name, told.value) == (name, value or told.value)
        path = tmp_path / "printed"
        words = ["story", "--format", "json", "-o", str(path), "--by", told.story.key, str(SAMPLES / log), told.value]
        assert run_tlx(words) == 0
        printed = json.loads(path.read_bytes())
        rows = rows_of(drive)
        assert drive.app.screen.query_one("#story-table").row_count == len(printed) >= len(rows) > 0
        for (since, label, long, gap, outcome), record in zip(rows, printed, strict=False):
            assert label.startswith("  " * record["depth"])
            assert record["name"] in label or record["chapter"] in label
            assert long == (units.duration(record["duration_ns"]) if record["duration_ns"] is not None else "")
            overlaps = record["gap_ns"] is None or record["gap_ns"] <= 0
            assert gap == ("" if overlaps else f"+{units.duration(record['gap_ns'])}")
            assert outcome.endswith(record["status"] or "") or record["status"] is None
            assert since != units.MISSING
        assert f"Story · {name}" in pane.said[0]


async def test_enter_goes_to_the_event_and_f_filters(explore):
    """Enter selects the event under the cursor in the panes; f shows the story alone; esc changes nothing."""
    async with explore(SAMPLES / "hephaestus.log", size=(140, 42)) as drive:
        await drive.press("V", "g")
        before = drive.app.selection
        await drive.press("s", "j", "j", "escape")
        assert drive.app.selection == before
        await drive.press("s")
        table = drive.app.screen.query_one("#story-table")
        assert table.row_id_at_cursor == before
        await drive.press("j", "j")
        wanted = table.row_id_at_cursor
        await drive.press("enter")
        assert not isinstance(drive.app.screen, StoryScreen)
        assert drive.app.selection == drive.get(InspectorPane).event.columns["id"] == wanted != before
        await drive.press("s")
        events = drive.app.screen.query_one(StoryPane)._found.outline.events
        await drive.press("f")
        assert drive.app.scope.condition.text == "trace == ci-20261120-000"
        assert drive.table("durations").row_count == events


async def test_s_goes_from_story_to_story(explore):
    """An event is in several stories: s tells the next, around to the first; e finds what failed in it."""
    async with explore(SAMPLES / "hephaestus.log", size=(80, 24)) as drive:
        await drive.press("V")
        await drive.filter("status = failed")
        await drive.press("s")
        pane = drive.app.screen.query_one(StoryPane)
        names = [pane._found.outline.told.story.name]
        for _ in range(2):
            await drive.press("s")
            names.append(pane._found.outline.told.story.name)
        assert names == ["run", "operation", "run"]
        await drive.press("g", "e")
        assert drive.app.screen.query_one("#story-table").row_id_at_cursor == drive.app.selection
        assert "1 failed" in pane.said[0]


async def test_a_late_answer_closes_no_other_screen(explore, monkeypatch):
    """What lies above the story by the time its filter is known stays, and so does the story."""
    asked, go_on = threading.Event(), threading.Event()
    real = stories.clause

    def clause(*of):
        asked.set()
        go_on.wait(30)
        return real(*of)

    monkeypatch.setattr(stories, "clause", clause)
    async with explore(SAMPLES / "hephaestus.log") as drive:
        await drive.press("s")
        drive.app.screen.query_one(StoryPane).action_filter()
        await asyncio.to_thread(asked.wait, 30)
        drive.app.action_command_palette()
        await drive.pilot.pause()
        go_on.set()
        await drive.settle()
        assert [type(screen) for screen in drive.app.screen_stack[1:]] == [StoryScreen, Palette]
        assert not drive.app.scope.condition.text
        await drive.press("escape", "f")
        assert len(drive.app.screen_stack) == 1
        assert drive.app.scope.condition.text


async def test_the_key_where_it_means_something_else(explore):
    """In timeline and inspector s zooms and filters as ever; there S tells the story, and so does the palette."""
    async with explore(SAMPLES / "hephaestus.log", size=(140, 42)) as drive:
        for pane in ("1", "4"):
            await drive.press(pane, "s")
            assert not isinstance(drive.app.screen, StoryScreen)
            assert "Story" in {command.title for command in drive.app.get_system_commands(drive.app.screen)}
            await drive.press("S")
            assert isinstance(drive.app.screen, StoryScreen)
            await drive.press("escape")


async def test_a_hostile_id_is_text(explore, log):
    """Ids with markup, quotes and escapes are shown literally, and their story and filter hold their events alone."""
    hostile = "[@click=app.quit]x[/] ' \" \x1b[2J ); --"
    lines = [{"ts": n, "event": "e", "trace_id": hostile if n < 3 else "other"} for n in range(1, 6)]
    async with explore(log(*lines), size=(140, 42), settings=Settings(ascii_only=True)) as drive:
        await drive.press("s")
        assert len(rows_of(drive)) == 2
        assert "[@click=app.quit]x[/]" in "".join(drive.lines())
        await drive.press("f")
        assert drive.table("durations").row_count == 2


def test_an_id_that_names_nothing_says_what_could(capsys):
    """The command ends with one line that says which columns name stories in this log."""
    assert run_tlx(["story", str(SAMPLES / "hephaestus.log"), "nobody"]) == 2
    said = capsys.readouterr().err
    assert said == ("tlx: no event has 'nobody' for what is told as a story here: run (trace), operation (span)\n")
    assert run_tlx(["story", "--by", "nothing", str(SAMPLES / "hephaestus.log"), "x"]) == 2
    assert "--by: there is no column 'nothing'" in capsys.readouterr().err
