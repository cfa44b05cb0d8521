"""Keys that come faster than they are handled."""

import pytest
from textual.events import Key, Paste

from tlx.tui.desk import Desk
from tlx.tui.filters.filter_bar import FilterBar
from tlx.tui.filters.search_bar import SearchBar
from tlx.tui.timing.type_ahead import TypeAhead

_NAMES = {"&": "ampersand", "/": "slash", "_": "underscore", "\r": "enter"}


def type_at_once(app, text):
    """All keys of a text, before the first is handled."""
    for character in text:
        app.post_message(Key(_NAMES.get(character, character), character))


@pytest.mark.parametrize("opening", ["&", "3f"])
async def test_what_is_typed_behind_the_key_that_opens_the_bar_goes_into_it(explore, log, opening):
    """No letter is taken for a key of the pane that had the focus, and none is lost or out of order."""
    async with explore(log()) as drive:
        type_at_once(drive.app, opening + "name:file_3\r")
        await drive.settle()
        assert drive.app.scope.condition.text == "name:file_3"
        assert not drive.get(FilterBar).visible


async def test_keys_wait_for_the_frame_in_which_a_pane_gets_them(explore, log, monkeypatch):
    """However late that frame is drawn: the timeline must not take the f that was typed in the breakdown."""
    monkeypatch.setattr(Desk, "call_after_refresh", lambda self, give, *what: self.set_timer(0.3, lambda: give(*what)))
    async with explore(log()) as drive:
        type_at_once(drive.app, "3fname:file_3\r")
        while drive.app.scope.condition.text != "name:file_3":
            await drive.pilot.pause(0.1)


async def test_keys_that_nobody_releases_come_in_the_end(explore, log, monkeypatch):
    """The pane that was to get them may be gone."""
    monkeypatch.setattr("tlx.tui.timing.type_ahead._LONGEST", 0.0)
    monkeypatch.setattr(Desk, "call_after_refresh", lambda self, give, *what: True)
    async with explore(log()) as drive:
        type_at_once(drive.app, "3&fi")
        await drive.settle()
        assert drive.get(FilterBar).visible


async def test_what_is_pasted_waits_for_the_key_before(explore, log):
    """It goes into the bar that the key opens."""
    async with explore(log()) as drive:
        type_at_once(drive.app, "/fi")
        drive.app.post_message(Paste("le_"))
        type_at_once(drive.app, "3")
        await drive.settle()
        assert drive.get(SearchBar).text == "file_3"


async def test_a_key_whose_widget_is_gone_holds_up_no_other(explore, log, monkeypatch):
    """What had the focus may be taken away with the key on its way."""
    monkeypatch.setattr("tlx.tui.timing.type_ahead._LONGEST", 0.0)
    async with explore(log()) as drive:
        monkeypatch.setattr(TypeAhead, "on_key_passed", lambda self: None)
        type_at_once(drive.app, "&fi")
        await drive.settle()
        assert drive.get(FilterBar).visible
