"""What is sensitive is nowhere on the screen, nor in what is copied from it, until it is revealed."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from planted import plant
from tlx.config.settings import Settings
from tlx.session import Session
from tlx.tui.app import TlxApp


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """A session over a log, and the words in it."""
    log = tmp_path_factory.mktemp("planted") / "log.jsonl"
    words = plant(log)
    session = Session([str(log)], Settings(), revealable=True)
    session.start()
    session.wait()
    yield session, words
    session.close()


class Watch:
    """Looks for words on the screen and in what is copied."""

    def __init__(self, drive, words, monkeypatch) -> None:
        self.words = words
        self.drive = drive
        self.copied: list[str] = []
        self.found: set[str] = set()
        self.screens = 0
        monkeypatch.setattr(TlxApp, "copy_to_clipboard", lambda _, text: self.copied.append(text))

    async def press(self, *keys: str) -> None:
        """Press keys, and look after each."""
        for key in keys:
            await self.drive.press(key)
            self.look()

    def look(self) -> None:
        """Look at the screen, at the texts of all widgets, at the window's title and at what was copied."""
        app = self.drive.app
        texts = [*self.drive.lines(), app.title, app.sub_title, *self.copied]
        texts += [notice.message for notice in app._notifications]
        for screen in app.screen_stack:
            texts += [str(widget.border_title) + str(widget.border_subtitle) for widget in screen.walk_children()]
            texts += [widget.value for widget in screen.walk_children(Input)]
        self.screens += 1
        self.found |= {word for word in self.words if any(word in text for text in texts)}


async def walk(watch: Watch) -> None:
    """Go through all panes and screens with all of their keys that show something."""
    await watch.press("2", "v", "v", "v", "v", "down", "enter", "escape", "1", "w", "w", "down", "down", "0")
    await watch.press("3", "v", "v", "v", "v", "down", "enter", "escape", "x", "escape", "2")
    for _ in range(4):
        await watch.press("2", "pagedown", "4", "r", "G", "y", "y", "y", "l", "r")
    await watch.press("g", *["down", "l"] * 6, "y", "p", "y", "v")
    await watch.press("e", "down", "enter", "escape", "escape", "R", "escape", "i", "escape", "question_mark", "escape")
    await watch.press("2", "S", "down", "enter", "escape", "escape", "down", "S", "escape")
    await watch.press("2", "m", "down", "down", "M", "escape", "escape", "y", "t", "escape")
    await watch.press("f", *"owner=", "escape", "escape", "f", *"name=", "escape", "escape", "slash", *"Zx0", "enter")


async def test_nowhere_on_the_screen(planted, drive_over, monkeypatch) -> None:
    """Whatever keys are pressed, none of the words is seen or copied."""
    session, words = planted
    async with drive_over(session, (150, 45)) as drive:
        watch = Watch(drive, words, monkeypatch)
        await walk(watch)
        picture = drive.app.export_screenshot()
        assert not [word for word in words if word in picture]
        assert watch.found == set()
        assert watch.copied
        assert watch.screens > 80


async def test_one_key_reveals(planted, drive_over, monkeypatch) -> None:
    """H shows what is masked in every pane, and masks it again, with all that was filtered and found meanwhile."""
    session, words = planted
    async with drive_over(session, (150, 45)) as drive:
        watch = Watch(drive, words, monkeypatch)
        await watch.press("4")
        number = drive.ask(lambda asker: asker.row("SELECT count(*) FROM events"))
        assert " masked " in drive.lines()[0]
        assert not watch.found
        await watch.press("H", "r")
        assert " revealed " in drive.lines()[0]
        assert watch.found
        await drive.filter(f'"{words[1]}"')
        assert drive.ask(lambda asker: asker.row("SELECT count(*) FROM events")) == number
        assert " 2 of " in drive.lines()[0]
        await watch.press("2", "slash", *words[1], "enter", "4", "slash", *words[1], "enter", "y", "l")
        assert any(word in text for word in words for text in watch.copied)
        await watch.press("H")
        watch.copied.clear()
        watch.found.clear()
        await watch.press("4", "y", "t", "escape", "2", "f", "up", "up", "escape", "escape", "slash", "up", "escape")
        assert watch.found == set()
        assert drive.app.scope.condition.text == ""
        assert " masked " in drive.lines()[0]


async def test_revealed_at_first(planted, drive_over, monkeypatch) -> None:
    """With --reveal the screen begins revealed, and can be masked."""
    session, words = planted
    session.database.revealed = True
    async with drive_over(session, (150, 45), settings=Settings(reveal=True)) as drive:
        watch = Watch(drive, words, monkeypatch)
        await watch.press("4", "r")
        assert watch.found
        await watch.press("H", "2")
        watch.found.clear()
        watch.look()
        assert watch.found == set()


async def test_nothing_of_it_is_remembered(planted, drive_over, tmp_path: Path, monkeypatch) -> None:
    """What is typed while data is revealed is not kept for other sessions."""
    session, words = planted
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    async with drive_over(session, settings=Settings(history=True)) as drive:
        await drive.filter('"kept"')
        await drive.press("H")
        await drive.filter(f'"{words[2]}"')
        await drive.press("H")
    kept = [file.read_bytes() for file in tmp_path.rglob("*.json")]  # noqa: ASYNC240  a few bytes
    assert any(b"kept" in text for text in kept)
    assert not any(words[2].encode() in text for text in kept)
