"""A few pictures: that the looks have not changed by accident."""

import pytest

from calm import settled
from tlx.config.settings import Settings
from tlx.tui.app import TlxApp
from tlx.tui.panes import top

PICTURES = {
    "overview": ((140, 42), None, ()),
    "narrow": ((80, 24), None, ()),
    "light": ((140, 42), "tlx-light", ("v", "v")),
    "help": ((140, 42), None, ("question_mark",)),
}


@pytest.mark.parametrize("name", PICTURES)
def test_picture(snap_compare, load, sample, monkeypatch, name):
    """The screen over the sample build looks as it did."""
    monkeypatch.setattr(top, "progress_text", lambda *_: "read in 1s")
    size, theme, keys = PICTURES[name]
    session = load(sample("build"))

    async def drive(pilot):
        for key in ("", *keys):
            if key:
                await pilot.press(key)
            await settled(pilot.app, pilot)

    assert snap_compare(TlxApp(session, Settings(theme=theme)), terminal_size=size, run_before=drive)
