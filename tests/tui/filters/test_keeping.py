"""Costly filters are answered once: the panes show the same, and what is no longer needed is dropped."""

import pytest

from tlx.query import rows
from tlx.query.ask import Scope
from tlx.query.language.compile import compile_filter
from tlx.tui.filters import keeping
from tlx.tui.filters.filter_bar import FilterBar
from tlx.tui.widgets.top_bar import TopBar

COSTLY = ("lib_2", ".ActionExecutionEvent.output_size > 1030", "not lib_2", 'owner ~ "lib_[13]"', "nowhere_at_all")


@pytest.fixture(autouse=True)
def _every_log_is_worth_it(monkeypatch):
    monkeypatch.setattr(keeping, "WORTH_EVENTS", 1)
    monkeypatch.setattr(keeping, "MOST_KEPT", 2)


def tables(drive):
    """How many tables are kept."""
    sql = "SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE 'matches_%'"
    return drive.ask(lambda asker: asker.row(sql))[0]


async def test_the_panes_show_the_same(explore, log):
    """Each costly filter counts what it counts without being kept, in the table and at the top."""
    async with explore(log()) as drive:
        before = tables(drive)
        for text in COSTLY:
            await drive.filter(text)
            assert "matches_" in drive.app.scope.condition.sql
            scope = Scope(compile_filter(text))
            assert drive.table("durations").row_count == drive.ask(lambda asker, scope=scope: rows.total(asker, scope))
            assert drive.get(TopBar).facts.matches == drive.table("durations").row_count
        drive.get(FilterBar).keeper.release()
        await drive.settle()
        assert tables(drive) - before == keeping.MOST_KEPT


async def test_a_switch_asks_for_nothing_anew(explore, log):
    """Switched off and on, a filter is the one that is kept already."""
    async with explore(log()) as drive:
        await drive.filter("lib_2")
        kept = drive.app.scope.condition
        await drive.press("C", "space")
        assert drive.table("durations").row_count == 60
        await drive.press("space")
        assert drive.app.scope.condition is kept


async def test_a_newer_filter_overtakes_one_that_is_looked_for(explore, log):
    """Of filters that are typed faster than answered only the last one is shown, cheap or not."""
    async with explore(log()) as drive:
        for last in ("duration > 3s", "lib_1", ""):
            for text in ("lib_2", "lib_0 or lib_3", last):
                drive.app._filtering.type(text)
                drive.app.refilter()
            await drive.settle()
            assert drive.app.scope.condition.text == last
            scope = Scope(compile_filter(last))
            assert drive.table("durations").row_count == drive.ask(lambda asker, scope=scope: rows.total(asker, scope))


async def test_a_cheap_filter_is_not_kept(explore, log):
    """A column is compared by each question."""
    async with explore(log()) as drive:
        await drive.filter("duration > 3s")
        assert drive.app.scope.condition == compile_filter("duration > 3s")


async def test_a_search_is_kept_too(explore, log):
    """To go from match to match looks into no line again."""
    async with explore(log()) as drive:
        before = tables(drive)
        await drive.press("slash", *"lib", "underscore", "2", "enter", "n")
        assert "match 2 of 15" in drive.lines()[1]
        await drive.press("n", "N")
        assert tables(drive) == before + 1
