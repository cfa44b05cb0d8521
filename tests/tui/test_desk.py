"""Which pane has the keys: those of an event that was opened come back by esc."""

import pytest

from tlx.tui.desk import Desk
from tlx.tui.panes.durations import DurationsPane


@pytest.mark.parametrize("size", [(140, 42), (80, 24)])
async def test_esc_goes_back_to_where_an_event_was_opened(explore, log, size):
    """First it leaves the inspector, and only then the group that was opened and its filter."""
    async with explore(log(), size=size) as drive:
        await drive.press("2", "v", "v", "enter", "enter")
        desk, pane = drive.get(Desk), drive.get(DurationsPane)
        scope, view, selection = pane.scope, pane.view, drive.app.selection
        assert (desk.current, bool(scope.condition.text), view.by) == (4, True, None)
        await drive.press("escape")
        assert (desk.current, drive.app.focused) == (2, drive.table("durations"))
        assert (pane.scope, pane.view, drive.app.selection) == (scope, view, selection)
        await drive.press("escape")
        assert (pane.scope.condition.text, pane.view.by is None) == ("", False)


@pytest.mark.parametrize("keys", ["4", "\t\t", "2\r24"])
async def test_esc_steps_back_where_the_inspector_was_gone_to(explore, log, keys):
    """Who goes to the inspector by a key of its own has nowhere to go back to: esc takes the filter back."""
    async with explore(log()) as drive:
        await drive.filter("kind = Run")
        await drive.press(*({"\t": "tab", "\r": "enter"}.get(key, key) for key in keys))
        assert drive.get(Desk).current == 4
        await drive.press("escape")
        assert (drive.get(Desk).current, drive.get(DurationsPane).scope.condition.text) == (4, "")


async def test_esc_ends_a_search_first(explore, log):
    """In an inspector that was opened from the table, esc ends the search, and goes back after that."""
    async with explore(log()) as drive:
        await drive.press("enter", "slash", "R", "u", "n", "enter", "escape")
        assert drive.get(Desk).current == 4
        await drive.press("escape")
        assert drive.get(Desk).current == 2


@pytest.mark.parametrize("height", [8, 11, 14, 17, 18, 19])
async def test_the_pane_that_has_the_keys_shows(explore, log, height):
    """However low the screen is, by tab and by number one sees where the keys go; tall again all is as before."""
    async with explore(log(), size=(80, height)) as drive:
        for key in ("1", "2", "tab", "tab", "tab", "shift+tab"):
            await drive.press(key)
            region = drive.app.focused.region
            seen = region.intersection(drive.app.screen.region)
            assert seen == region, key
            assert region.height >= min(height - 6, 3), key
        await drive.pilot.resize_terminal(140, 42)
        await drive.settle()
        assert all(pane.region.height > 3 for pane in drive.app.query("Desk Pane"))
