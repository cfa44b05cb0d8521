"""The breakdown: numbers by execution kind, and filters made from them."""

import pytest

from tlx import units
from tlx.config.settings import Settings
from tlx.dialects.known import breakdown
from tlx.query import kinds
from tlx.query.ask import Scope
from tlx.query.fields import fields
from tlx.query.grouping.facets import SORTS, Order, facets, scope_of
from tlx.query.language.compile import compile_filter
from tlx.tui import palette
from tlx.tui.drawing.spans import Piece
from tlx.tui.panes.breakdown import BreakdownPane
from tlx.tui.views.facet_rows import columns_for
from tlx.tui.widgets.chart import Chart
from tlx.tui.widgets.kinds import kind_colours

FIELDS = breakdown("buck2-user").facets


def rows_of(drive):
    """Return the rows in hand from the first one on, as texts by column."""
    table, found = drive.table("breakdown"), []
    keys = [column.key for column in columns_for(drive.get(BreakdownPane).by)]
    while (row := table._rows.fresh(len(found))) is not None:
        found.append(dict(zip(keys, [cell if isinstance(cell, str) else cell[0] for cell in row.cells], strict=True)))
    return found


def asked(drive, by, text="", order=None):
    """Return the facets of a field, as the query gives them."""
    (one,) = fields([by])
    return drive.ask(lambda asker: facets(asker, scope_of(Scope(compile_filter(text)), one), one, order=order))


def values(drive):
    """Return the values in the table, the one at the cursor first."""
    pane, table = drive.get(BreakdownPane), drive.table("breakdown")
    found = [pane._rows[row].value for row in range(table.row_count)]
    return found[table.cursor_row], found


async def by(drive, text):
    """Type fields to break down by, and take them."""
    await drive.press("B")
    drive.app.screen.query_one("Input").value = text
    await drive.settle()
    await drive.press("enter")


async def test_its_numbers_are_those_of_the_query(explore, sample):
    """Each field has the values and numbers of its query, and the cache-hit rate with its formula."""
    async with explore(sample("build")) as drive:
        await drive.press("3")
        for name in FIELDS:
            expected = asked(drive, name)
            every = [*expected.rows, *([expected.missing] if expected.missing.events else [])]
            assert drive.table("breakdown").row_count == len(every) > 1
            for row, one in zip(rows_of(drive), every, strict=False):
                assert (row["events"], row["hits"]) == (units.count(one.events), units.count(one.cache.hits))
                assert (row["duration_ns"], row["output_size"]) == (
                    units.duration(one.duration_ns),
                    units.size(one.output_size),
                )
                assert row["rate"] == units.share(one.cache.hits, one.cache.eligible)
            text = str(drive.app.query_one("#cache").render())
            assert f"{expected.cache.hits:,} / {expected.cache.eligible:,}" in text
            assert kinds.FORMULA in text
            assert "cached: ActionCache, RemoteDepFileCache, LocalDepFile, LocalActionCache" in text
            await drive.press("v")
        assert drive.get(BreakdownPane).by == FIELDS[0]


async def test_enter_includes_and_x_excludes(explore, log):
    """Enter shows a value alone, x leaves it out; escape takes either back; the other facets count anew."""
    async with explore(log()) as drive:
        await drive.press("3", "v", "v", "j")
        owner, every = values(drive)
        assert (drive.get(BreakdownPane).by, len(every)) == ("owner_unconfigured", 4)
        await drive.press("enter")
        text = drive.app.scope.condition.text
        assert values(drive)[1] == [owner]
        await drive.press("V", "V")
        expected = asked(drive, "execution_kind", text)
        assert [row["events"] for row in rows_of(drive)] == [str(one.events) for one in expected.rows] == ["5"] * 3
        await drive.press("escape", "x")
        assert drive.app.scope.condition.text == "not execution_kind == ActionCache"
        assert values(drive)[1] == ["Local", "Remote"]


async def test_events_without_the_field_are_a_value_too(explore, log):
    """The last row counts the events that lack the field: enter shows them alone, x leaves them out."""
    async with explore(log()) as drive:
        await drive.press("3", "v")
        assert (drive.get(BreakdownPane).by, rows_of(drive)[-1]["value"]) == ("category", "compile")
        await by(drive, "metadata.nothing, .ActionExecutionEvent.kind")
        assert [row["value"] for row in rows_of(drive)] == ["(none)"]
        await drive.press("v")
        assert values(drive)[1] == ["Run"]
        await drive.press("V", "enter")
        assert drive.app.scope.condition.text == "missing(metadata.nothing)"
        await drive.press("escape", "x")
        assert drive.app.scope.condition.text == "exists(metadata.nothing)"
        assert drive.table("breakdown").row_count == 0
        assert "No events match" in "".join(drive.lines())


async def test_every_column_sorts(explore, sample):
    """By each column that sorts, both ways, rows come in the order of the query; the cursor stays on its value."""
    async with explore(sample("build")) as drive:
        await drive.press("3", "v", "j", "j")
        table, kept = drive.table("breakdown"), values(drive)[0]
        for column in SORTS:
            table.post_message(table.SortWanted(table, column, reverse=False))
            await drive.settle()
            for _ in range(2):
                await drive.press("O")
                assert table.sort == column
                expected = asked(drive, "category", order=Order(column, table.descending))
                found = [*expected.rows, *([expected.missing] if expected.missing.events else [])]
                assert values(drive) == (kept, [one.value for one in found])
        await drive.press("v", "V")
        assert table.sort == column


async def test_many_values_are_fetched_as_they_show(explore, log, make):
    """Of more values than fit, those that show are in hand, and the cursor finds its value again among others."""
    action, header = make
    lines = [action(n, owner=f"//app:lib_{n % 1200:04}") for n in range(1300)]
    async with explore(log(header(), *lines, {"x": 1})) as drive:
        pane, table = drive.get(BreakdownPane), drive.table("breakdown")
        await drive.press("3", "v", "v")
        assert (table.row_count, len(pane._rows) < 700) == (1201, True)
        await drive.press("G")
        assert rows_of(drive)[:1]
        assert pane._rows[table.cursor_row].value is None
        await drive.press("k")
        assert pane._rows[table.cursor_row].value == "//app:lib_1199"
        table.post_message(table.SortWanted(table, "value", reverse=False))
        await drive.settle()
        await drive.press("O")
        assert (table.cursor_row, pane._rows[0].value) == (0, "//app:lib_1199")


async def test_values_of_a_log_are_literal(explore, log, make, lines_of):
    """A value with markup, escapes and quotes is shown as it is, and enter and x find it and nothing else."""
    action, header = make
    hostile = b'[b]"x"\x1b]52;c;eA==\x07'.decode("unicode_escape")
    async with explore(log(header(), action(1, owner=hostile), action(2), action(3))) as drive:
        await drive.press("3")
        await by(drive, "owner")
        while values(drive)[0] != hostile:
            await drive.press("j")
        assert any('[b]"x"␛]52;c;eA==␇' in line for line in lines_of(drive.table("breakdown")))
        await drive.press("enter")
        assert values(drive)[1] == [hostile]
        await drive.press("escape", "g", *("j" if values(drive)[0] != hostile else ""))
        while values(drive)[0] != hostile:
            await drive.press("j")
        await drive.press("x")
        assert hostile not in values(drive)[1]
        assert len(values(drive)[1]) == 2


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
        kinds_alone = {colour for name, colour in wanted.items() if name.startswith("kind-")}
        assert len(kinds_alone) == len(palette.LOOKS) + 2
        chart, table = drive.get(Chart), drive.table("breakdown")
        for facet in drive.get(BreakdownPane)._rows.values():
            shown = palette.look(str(facet.value))
            colour = wanted[shown.style].rich_color
            bars = [piece for line in chart._lines for piece in line if shown.style in (piece.style, piece.behind)]
            assert bars
            assert chart._style(Piece("█", shown.style)).color == colour
            drawn = [segment for y in range(2, 5) for segment in table.render_line(y) if shown.mark in segment.text]
            assert all(segment.style.color == colour for segment in drawn)
