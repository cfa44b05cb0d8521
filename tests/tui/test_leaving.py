"""The app can be left at any moment, and tells what ended it."""

import pytest
from textual.worker import WorkerFailed

from tlx.config.settings import Settings
from tlx.tui.app import TlxApp
from tlx.tui.panes.durations import DurationsPane
from tlx.tui.panes.pane import Pane, _Question
from tlx.tui.panes.top import TopPane


async def test_what_a_question_fails_with_is_what_ended_the_app(load, log):
    """The failure is the error itself, with its trace: Textual's error of a worker would hide both."""
    app = TlxApp(load(log()), Settings())

    async def ask():
        async with app.run_test() as pilot:
            app.query_one(TopPane).ask("broken", lambda asker: asker.row("SELECT 1 WHERE false"), print)
            await pilot.pause(1)

    with pytest.raises(WorkerFailed):
        await ask()
    assert isinstance(app.failure, AssertionError)
    assert app.failure.__traceback__ is not None


@pytest.mark.parametrize("at", [1, 2, 3, 4, 5])
async def test_leaving_while_the_panes_are_mounted(load, log, monkeypatch, at):
    """Who leaves right after the first rows leaves without an error, however many panes stand by then."""
    app = TlxApp(load(log()), Settings())
    mount, calls = app.mount, []

    def mount_later(*widgets, **place):
        calls.append(widgets)
        if len(calls) == at:
            app.exit()
        return mount(*widgets, **place)

    monkeypatch.setattr(app, "mount", mount_later)
    await app.run_async(headless=True)
    assert len(calls) == at
    assert app.failure is None


async def test_leaving_before_the_first_frame(load, log, monkeypatch):
    """Who leaves while the very first pane is being made finds no error either."""
    app = TlxApp(load(log()), Settings())
    composed = []

    def compose(pane):
        app.exit()
        composed.append(pane)
        return iter(())

    monkeypatch.setattr(DurationsPane, "compose", compose)
    await app.run_async(headless=True)
    assert composed
    assert app.failure is None


async def test_a_pane_that_goes_shows_no_more_answers(explore, log):
    """What it would show it in may have gone before."""
    async with explore(log()) as drive:
        shown: list[int] = []

        class Asking(Pane):
            """A pane with a question that is answered when it is told to be."""

            def settle(self):
                """Hand an answer over, as the thread that asks does."""
                self._settle("one", self._questions["one"], shown.append, (True, 1))

        pane = Asking(lambda: drive.session.database)
        await drive.app.mount(pane)
        for going in (False, True):
            pane._questions["one"] = _Question()
            if going:
                gone = pane.remove()
            pane.settle()
            pane._questions.clear()
        await gone
        assert shown == [1]
