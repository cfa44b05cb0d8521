"""The breakdown: numbers by execution kind, and filters made from them."""

import pytest

from tlx.config import Settings
from tlx.query import kinds
from tlx.query.ask import ALL
from tlx.tui import palette
from tlx.tui.drawing.spans import Piece
from tlx.tui.panes.breakdown import BreakdownPane
from tlx.tui.widgets.chart import Chart
from tlx.tui.widgets.kinds import kind_colours


async def test_its_numbers_are_those_of_the_query(explore, sample):
    """Kinds, counts and the cache-hit rate are what the queries give."""
    async with explore(sample("build")) as drive:
        expected = drive.ask(lambda asker: kinds.kinds(asker, ALL))
        cache = drive.ask(lambda asker: kinds.cache(asker, ALL))
        assert drive.get(BreakdownPane)._kinds == expected
        text = str(drive.app.query_one("#cache").render())
        assert f"{cache.hits:,} / {cache.eligible:,}" in text
        assert kinds.FORMULA in text


async def test_enter_includes_and_x_excludes(explore, log):
    """Enter shows a kind alone, x leaves it out, escape takes either back."""
    async with explore(log()) as drive:
        await drive.press("3")
        kind = drive.get(BreakdownPane)._kinds[0].execution_kind
        await drive.press("enter")
        assert [found.execution_kind for found in drive.get(BreakdownPane)._kinds] == [kind]
        await drive.press("escape", "x")
        assert kind not in [found.execution_kind for found in drive.get(BreakdownPane)._kinds]
        assert len(drive.get(BreakdownPane)._kinds) == 2
        assert drive.app.scope.condition.text == f"execution_kind != {kind}"


async def test_every_column_sorts(explore, sample):
    """By each column that sorts the rows are in order, and the cursor stays on its kind."""
    async with explore(sample("build")) as drive:
        await drive.press("3", "j", "j")
        pane, table = drive.get(BreakdownPane), drive.table("breakdown")
        kept = pane._kinds[2].execution_kind
        for _ in range(3):
            await drive.press("o")
            values = [getattr(kind, table.sort) for kind in pane._kinds if getattr(kind, table.sort) is not None]
            assert values == sorted(values, reverse=table.descending)
            assert pane._kinds[table.cursor_row].execution_kind == kept


async def test_a_kind_of_a_later_release_keeps_its_name(explore, log, make, lines_of):
    """A kind that is not known has the mark ? but its own name, and the colour the timeline gives it."""
    action, header = make
    async with explore(log(header(), action(1, execution_kind="Quantum"))) as drive:
        assert "? Quantum" in lines_of(drive.table("breakdown"))[1]
        assert any(piece.style == palette.UNKNOWN.style for line in drive.get(Chart)._lines for piece in line)


@pytest.mark.parametrize("theme", [None, "tlx-light", "nord"])
async def test_colours_agree_everywhere(explore, log, theme):
    """A kind has one colour in the tables and in the timeline, in every theme, and another than its neighbour."""
    async with explore(log(), settings=Settings(theme=theme)) as drive:
        wanted = kind_colours(drive.app)
        assert len(set(wanted.values())) == len(palette.LOOKS) + 2
        chart, table = drive.get(Chart), drive.table("breakdown")
        for kind in drive.get(BreakdownPane)._kinds:
            shown = palette.look(kind.execution_kind)
            colour = wanted[shown.style].rich_color
            bars = [piece for line in chart._lines for piece in line if shown.style in (piece.style, piece.behind)]
            assert bars
            assert chart._style(Piece("█", shown.style)).color == colour
            drawn = [segment for y in range(2, 5) for segment in table.render_line(y) if shown.mark in segment.text]
            assert all(segment.style.color == colour for segment in drawn)
