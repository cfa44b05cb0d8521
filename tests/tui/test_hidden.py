"""Where panes take turns, those that nobody sees put no question to the store until they are shown."""

from pathlib import Path

import pytest

from tlx.query import rows
from tlx.query.ask import Scope
from tlx.query.fields import field
from tlx.query.grouping.facets import facets, scope_of
from tlx.query.language.compile import compile_filter
from tlx.tui.panes.breakdown import BreakdownPane
from tlx.tui.panes.durations import DurationsPane
from tlx.tui.panes.pane import Pane
from tlx.tui.panes.timeline import TimelinePane

NARROW = (80, 24)
SAMPLES = Path(__file__).parents[2] / "sample_logs"


@pytest.fixture
def asked(monkeypatch):
    """The panes that put a question, one for each; but for what a pane is called, which the tabs say."""
    found = []
    ask = Pane.ask

    def noted(self, topic, *rest, **how):
        if topic != "name":
            found.append(type(self))
        ask(self, topic, *rest, **how)

    monkeypatch.setattr(Pane, "ask", noted)
    return found


async def test_a_hidden_breakdown_is_not_asked(explore, log, asked):
    """Not at the start nor under filters; shown, it has the numbers of what is shown now; seen, it asks each time."""
    async with explore(log(), size=NARROW) as drive:
        await drive.filter("execution_kind != Local")
        await drive.press("j", "j")
        assert BreakdownPane not in asked
        await drive.press("3")
        assert asked.count(BreakdownPane) >= 1
        scope, by = Scope(compile_filter("execution_kind != Local")), field("execution_kind")
        expected = drive.ask(lambda asker: facets(asker, scope_of(scope, by), by))
        pane = drive.get(BreakdownPane)
        assert {row: one.value for row, one in pane._rows.items()} == dict(
            enumerate(one.value for one in expected.rows)
        )
        assert drive.table("breakdown").row_count == expected.values == 2
        before = asked.count(BreakdownPane)
        await drive.filter("execution_kind = Remote")
        assert asked.count(BreakdownPane) > before
        assert drive.table("breakdown").row_count == 1


async def test_a_hidden_table_is_not_asked(explore, log, asked):
    """Behind the breakdown it puts no question; shown again, its cursor is on the selected event."""
    async with explore(log(), size=NARROW) as drive:
        await drive.press("j", "j", "j", "3")
        chosen = drive.app.selection
        asked.clear()
        await drive.filter("execution_kind = Local or duration > 5s")
        await drive.press("j", "1", "j", "j")
        assert drive.app.selection != chosen
        assert asked
        assert DurationsPane not in asked
        await drive.press("2")
        scope = Scope(compile_filter("execution_kind = Local or duration > 5s"), actions_only=True)
        assert drive.table("durations").row_count == drive.ask(lambda asker: rows.total(asker, scope))
        assert drive.table("durations").row_id_at_cursor == drive.app.selection


async def test_a_timeline_that_gives_way_is_not_asked(explore, log, asked):
    """While another pane fills the screen it draws nothing anew; shown again, the selected event is in its picture."""
    async with explore(log()) as drive:
        await drive.press("1", "g", "w", "w", "w", "w", "2", "g", "z")
        asked.clear()
        await drive.press("G", "k")
        await drive.filter("duration > 1s")
        assert DurationsPane in asked
        assert TimelinePane not in asked
        await drive.press("z")
        pane = drive.get(TimelinePane)
        assert pane._picture.selected.id == drive.app.selection
        assert pane._picture.window[0] <= pane._picture.selected.end
        assert pane._picture.selected.start < pane._picture.window[1]
        passing = drive.ask(lambda asker: rows.total(asker, Scope(compile_filter("duration > 1s"))))
        await drive.press("1", "0")
        assert sum(map(sum, pane._picture.counts)) == passing


async def test_a_hidden_breakdown_is_called_what_it_is_in_its_dialect(explore, asked):
    """The strip of tabs says it, as the frame would."""
    async with explore(SAMPLES / "sourcegraph.jsonl", size=NARROW) as drive:
        assert BreakdownPane not in asked
        assert any("2 Durations  3 Features" in line for line in drive.lines())


async def test_a_screen_that_grows_shows_all(explore, log, asked):
    """Once there is room for all panes, what was hidden is asked for."""
    async with explore(log(), size=NARROW) as drive:
        assert BreakdownPane not in asked
        await drive.pilot.resize_terminal(140, 42)
        await drive.settle()
        assert drive.table("breakdown").row_count == 3
