"""The pages over the panes."""

from textual.widgets import Static

from tlx.tui.app import TlxApp
from tlx.tui.desk import Desk
from tlx.tui.panes.breakdown import BreakdownPane, KindsTable
from tlx.tui.panes.durations import DurationsPane
from tlx.tui.panes.inspector import InspectorPane, InspectorTree
from tlx.tui.panes.timeline import TimelinePane
from tlx.tui.screens.help import HelpScreen
from tlx.tui.screens.rejects import RejectsScreen
from tlx.tui.widgets.table import Table

OWNERS = {
    "1": (TimelinePane,),
    "2": (DurationsPane, Table),
    "3": (BreakdownPane, KindsTable),
    "4": (InspectorPane, InspectorTree),
}


async def test_help_lists_every_binding(explore, log):
    """The help of a pane says what each of its keys does, and each of the app's."""
    async with explore(log()) as drive:
        for pane, owners in OWNERS.items():
            await drive.press(pane, "question_mark")
            assert isinstance(drive.app.screen, HelpScreen)
            listed = {binding.id for _, bindings in drive.app.screen._sections for binding in bindings}
            for owner in (*owners, Desk, TlxApp):
                assert {binding.id for binding in owner.__dict__.get("BINDINGS", ())} <= listed
            assert drive.app.screen._sections[0][0].startswith(pane)
            await drive.press("escape")


async def test_help_scrolls_and_closes(explore, log):
    """The page moves by the keys of every list; escape, q and ? close it without quitting."""
    async with explore(log(), size=(80, 24)) as drive:
        for key in ("escape", "q", "question_mark"):
            await drive.press("question_mark")
            assert isinstance(drive.app.screen, HelpScreen)
            await drive.press("space")
            assert drive.app.screen.query_one("#help").scroll_offset.y > 0
            await drive.press(key)
            assert not isinstance(drive.app.screen, HelpScreen)
        assert drive.app.is_running


async def test_help_tells_of_filters(explore, log):
    """The page ends with what can be typed into the filter bar."""
    async with explore(log()) as drive:
        await drive.press("question_mark")
        text = str(list(drive.app.screen.query(Static))[-1].render())
        assert "A comparison with a missing value is false" in text


async def test_rejects_are_listed(explore, tmp_path):
    """Every line that is no event stands in the list with its number, its reason and its text, literally."""
    path = tmp_path / "log"
    path.write_bytes(b'{"ts": 1}\n[bold]no json[/]\n\x1b[2J\n')
    async with explore(path) as drive:
        await drive.press("E")
        assert isinstance(drive.app.screen, RejectsScreen)
        text = "\n".join(drive.lines())
        assert "[bold]no json[/]" in text
        assert "␛[2J" in text
        await drive.press("escape")
        assert not isinstance(drive.app.screen, RejectsScreen)


async def test_without_rejects_there_is_no_list(explore, log):
    """Where every line is an event, a word says so."""
    async with explore(log()) as drive:
        await drive.press("E")
        assert not isinstance(drive.app.screen, RejectsScreen)
