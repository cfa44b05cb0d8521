"""The first rows come first: what stands around them, and what it looks like, comes right behind."""

import asyncio
import os
import threading

import orjson
import pytest

from calm import settled
from tlx.config.settings import Settings
from tlx.query.ask import Interrupted, Scope
from tlx.session import Session
from tlx.tui.app import TlxApp
from tlx.tui.opening.ahead import first_rows
from tlx.tui.panes.durations import DurationsPane
from tlx.tui.views.event_pages import Question


class Held(asyncio.Event):
    """Set by nobody but the test: as if the first rows were not drawn yet."""

    def set(self) -> None:
        """Stay as it is."""

    def let(self) -> None:
        """Be set."""
        super().set()


@pytest.fixture
def before_the_panes(load, log, monkeypatch):
    """Return an app that waits for its first rows to be drawn, and what lets it go on."""
    monkeypatch.setattr("tlx.tui.app._FIRST_ROWS_SECONDS", 30)
    app = TlxApp(load(log()), Settings())
    app._rows_drawn = Held()
    return app


async def test_a_page_that_is_opened_before_all_panes_stand_looks_like_any_other(before_the_panes):
    """What pages look like is read once the first rows are drawn, for those that stand already too."""
    app = before_the_panes
    async with app.run_test(size=(132, 30)) as pilot:
        app.action_help()
        await pilot.pause()
        assert not app.furnished
        app._rows_drawn.let()
        await settled(app, pilot)
        assert app.furnished
        early = app.screen.query_one("#help").styles
        assert early.border_top[0] == "round"
        app.pop_screen()
        app.action_help()
        await settled(app, pilot)
        late = app.screen.query_one("#help").styles
        assert (early.width, early.border, early.padding) == (late.width, late.border, late.padding)


@pytest.mark.parametrize("live", [False, True])
async def test_rows_that_were_asked_for_ahead_are_those_the_table_would_ask_for(explore, log, live, monkeypatch):
    """Ahead of the screen the same question is put as by a table that stands and has not been laid out."""
    async with explore(log()) as drive:
        monkeypatch.setattr(Session, "follows", property(lambda _: live))
        ahead = first_rows(drive.session, Settings(), None)
        assert ahead.scope == drive.app.scope == Scope()
        pane = DurationsPane(lambda: drive.session.database, live=live)
        own = drive.ask(pane._question().answer)
        assert ahead.answer.result(10) == own
        assert own.events.total == len(own.events.rows) == 60


async def test_the_first_frame_shows_rows_that_were_asked_for_ahead(load, log, monkeypatch):
    """The table puts no question of its own for them."""
    session = load(log())
    app = TlxApp(session, Settings())
    app.first_rows = first_rows(session, Settings(), None)
    app.first_rows.answer.result(10)
    monkeypatch.setattr("tlx.tui.panes.durations.FirstRows", None)  # nothing else is asked ahead
    asked = []
    ask = DurationsPane.ask

    def noted(pane, topic, *question, **how):
        asked.append((topic, pane._ready))
        ask(pane, topic, *question, **how)

    monkeypatch.setattr(DurationsPane, "ask", noted)
    async with app.run_test(size=(132, 30)) as pilot:
        await settled(app, pilot)
        assert app.query_one("#durations-table").row_count == 60
    assert ("load", False) not in asked


async def test_rows_of_another_scope_are_asked_for_anew(load, log):
    """A filter lets fewer rows through than were asked for without it."""
    session = load(log())
    app = TlxApp(session, Settings(), "execution_kind == Local")
    app.first_rows = first_rows(session, Settings(), None)
    async with app.run_test(size=(132, 30)) as pilot:
        await settled(app, pilot)
        assert app.query_one("#durations-table").row_count == 20


def test_a_question_ahead_waits_for_the_first_rows(tmp_path, make):
    """A log whose first lines come late answers with them, not with nothing."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = os.open(path, os.O_RDWR)
    session = Session([str(path)], Settings())
    session.start()
    waits = threading.Event()
    wait = session.begun.wait
    session.begun.wait = lambda _: (waits.set(), wait(30))
    try:
        ahead = first_rows(session, Settings(), None)
        assert waits.wait(10)
        assert not ahead.answer.done()
        os.write(writer, orjson.dumps(make[0](1)) + b"\n")
        assert ahead.answer.result(30).events.total == 1
    finally:
        os.close(writer)
        session.close()


def test_a_question_ahead_of_an_empty_log_has_an_answer(load, tmp_path):
    """There is nothing to wait for."""
    path = tmp_path / "empty"
    path.touch()
    assert first_rows(load(path), Settings(), None).answer.result(10).events.total == 0


def test_a_question_ahead_can_be_stopped_before_there_are_rows(tmp_path):
    """The store can be closed then: nobody asks it any more."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = os.open(path, os.O_RDWR)
    session = Session([str(path)], Settings())
    session.start()
    try:
        ahead = first_rows(session, Settings(), None)
        ahead.stop()
        assert isinstance(ahead.answer.exception(0), Interrupted)
        assert not ahead._thread.is_alive()
    finally:
        os.close(writer)
        session.close()


@pytest.mark.parametrize("alone", [False, True], ids=["seen", "hidden"])
async def test_growth_before_the_first_rows_of_a_log_with_fewer_views(load, log, monkeypatch, alone):
    """What waits for the first answer asks of the views that it brings: those before it were more."""
    let = threading.Event()
    answer = Question.answer

    def held(question, asker):
        assert let.wait(30)
        return answer(question, asker)

    monkeypatch.setattr(Question, "answer", held)
    monkeypatch.setattr("tlx.tui.app._FIRST_ROWS_SECONDS", 0)
    app = TlxApp(load(log({"ts": 1, "event": "a"}, {"ts": 2, "event": "b"})), Settings())
    async with app.run_test(size=(132, 30)) as pilot:
        pane = app.query_one(DurationsPane)
        before = len(pane._views._all)
        app.generation += 1
        assert pane._questions["load"].again is not None
        pane.display = not alone
        let.set()
        await settled(app, pilot)
        pane.display = True
        await settled(app, pilot)
        assert len(pane._views._all) < before
        assert pane.view.title == "all events"
        assert app.query_one("#durations-table").row_count == 2
    assert app.failure is None
