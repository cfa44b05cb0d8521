"""Keys of the user's own."""

import re

import pytest
from textual.binding import Binding
from textual.command import CommandList, CommandPalette

from tlx.config.settings import Settings
from tlx.tui import keymap
from tlx.tui.filters.filter_bar import FilterBar
from tlx.tui.messages import RejectsWanted
from tlx.tui.offering import Palette
from tlx.tui.screens.rejects import RejectsScreen
from tlx.tui.widgets.key_line import KeyLine


@pytest.mark.parametrize(
    ("name", "keys", "said"),
    [
        ("app.fliter", "x", "app.fliter: nothing has this id; did you mean app.filter?"),
        ("zzzz", "x", "zzzz: nothing has this id; see tlx config keys"),
        ("app.filter", "ctlr+x", "app.filter: 'ctlr+x' is no key; write it like x, ctrl+x, f5, pagedown or comma"),
        ("app.filter", "x,", "app.filter: '' is no key"),
        ("app.filter", "ctrl+", "app.filter: 'ctrl+' is no key"),
        ("app.filter", "\x1b", "app.filter: '\\x1b' is no key"),
        ("app.filter", "i", "app.filter: i is the key of app.insights; give that one another, too"),
        ("app.filter", "T, ?", "app.filter: ? is the key of app.help; give that one another, too"),
        ("app.filter", "question_mark", "app.filter: question_mark is the key of app.help"),
        ("app.insights", "tab", "app.insights: tab is the key of app.next"),
        ("app.insights", "pagedown", "app.insights: pagedown is the key of table.page_down"),
        ("timeline.zoom_in", "i", "timeline.zoom_in: i is the key of app.insights"),
        ("insights.close", "enter", "insights.close: enter is the key of insights."),
        ("violations.level", "j", "violations.level: j is the key of table.down"),
        ("filter.keep", "ctrl+n", "filter.keep: ctrl+n is the key of filter.name"),
        ("filter.leave", "ctrl+q", "filter.leave: ctrl+q quits; choose another key"),
        ("app.filter", "ctrl+i", "app.filter: ctrl+i is tab to terminals"),
        ("app.filter", "shift+f", "app.filter: 'shift+f' is no key of its own; write F"),
    ],
)
def test_keys_that_cannot_be(name, keys, said):
    """An id or key that is not known, and a key that another binding of the same place has, are refused in words."""
    with pytest.raises(ValueError, match=f"^{re.escape(said)}"):
        keymap.check({name: keys})


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"app.filter": "ctrl+f"},
        {"app.filter": "i", "app.insights": "T"},
        {"app.filter": "T, alt+?, shift+f5, ctrl+comma, §, é"},
        {"timeline.zoom_in": "ctrl+w", "table.down": "ctrl+w"},
        {"insights.close": "i"},
    ],
)
def test_keys_that_can_be(keys):
    """Keys by name or character, two that change places, and a key that means something else in another place."""
    keymap.check(keys)


def test_every_key_of_tlx_can_be_written():
    """What bindings have of themselves could stand in the config file; each has an id and words."""
    found = keymap.bindings()
    assert len(found) > 150
    assert all(bound.does for bound in found)
    keymap.check({bound.id: bound.keys for bound in found})
    named = {owner.__name__: owner for owner in keymap._owners()}
    known = {owner for place in keymap._TOGETHER for name in place for owner in named[name].__mro__}
    for owner in keymap._owners():
        assert owner in known or not owner.__dict__.get("BINDINGS")
        assert all(isinstance(one, Binding) and one.id for one in owner.__dict__.get("BINDINGS", ()))


async def test_other_keys(explore, log, make):
    """A binding answers its new keys and no longer its old one; the line of keys, help and palette call it by them."""
    action, header = make
    settings = Settings(keys={"app.filter": "ctrl+f,L", "app.insights": "T", "help.close": "X", "yank.event": "e"})
    async with explore(log(header(), action(0)), settings=settings, size=(132, 90)) as drive:
        await drive.press("ctrl+f")
        assert drive.get(FilterBar).visible
        await drive.press("escape")
        assert not drive.get(FilterBar).visible
        line = drive.get(KeyLine)
        assert {key.does: key.display for key in line._keys}["Filter"] == "^f"
        await drive.press("f", "T")
        assert type(drive.app.screen).__name__ == "InsightsScreen"
        await drive.press("escape", "question_mark")
        assert "^f L" in "\n".join(drive.lines())
        await drive.press("escape")
        assert type(drive.app.screen).__name__ == "HelpScreen"
        await drive.press("X", "y")
        line = next(line for line in drive.lines() if line.startswith(" yank "))
        assert line.split()[:5] == ["yank", "e", "event", "as", "JSON"]
        assert line.rstrip().endswith("t show last  esc leave")


async def test_the_palette_has_two_keys(explore, log, make):
    """A colon opens the palette as ctrl+p does, but in the filter bar it is a character."""
    action, header = make
    async with explore(log(header(), action(0))) as drive:
        for key in ("colon", "ctrl+p"):
            await drive.press(key)
            assert isinstance(drive.app.screen, CommandPalette)
            await drive.press("escape")
        await drive.press("f", "colon")
        assert drive.get(FilterBar).text == ":"


@pytest.mark.parametrize("key", ["pagedown", "pageup"])
async def test_a_page_before_the_palette_is_laid_out(explore, log, monkeypatch, key):
    """Who goes on by a page before there is one stays where he is; where there are pages he goes on."""
    lay_out = CommandPalette._refresh_layout
    async with explore(log()) as drive:
        monkeypatch.setattr(CommandPalette, "_refresh_layout", lambda *_, **__: None)
        await drive.pilot.press("colon")
        while not isinstance(drive.app.screen, CommandPalette) or not drive.app.screen.query(CommandList):
            await drive.pilot.pause()
        commands = drive.app.screen.query_one(CommandList)
        while commands.highlighted is None:
            await drive.pilot.pause()
        assert not commands.scrollable_content_region
        await drive.pilot.press(key)
        while drive.app.keys_wait and drive.app.failure is None:
            await drive.pilot.pause()
        assert (commands.highlighted, drive.app.failure) == (0, None)
        monkeypatch.setattr(CommandPalette, "_refresh_layout", lay_out)
        await drive.press("escape", "colon", "pagedown")
        assert drive.app.screen.query_one(CommandList).highlighted > 0


async def test_the_palette_is_opened_once(explore, log):
    """A screen that comes late lies above the palette; the keys that open it bring no second one."""
    async with explore(log()) as drive:
        await drive.press("ctrl+p")
        drive.app.post_message(RejectsWanted(1))
        await drive.settle()
        assert isinstance(drive.app.screen, RejectsScreen)
        for key in ("ctrl+p", "colon"):
            await drive.pilot.press(key)
            while drive.app.keys_wait and drive.app.failure is None:
                await drive.pilot.pause()
            assert drive.app.failure is None
        await drive.settle()
        assert [type(screen) for screen in drive.app.screen_stack[1:]] == [Palette, RejectsScreen]
        await drive.press("escape", "escape")
        assert len(drive.app.screen_stack) == 1
