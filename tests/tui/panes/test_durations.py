"""The table of durations: its views, orders and groups."""

from tlx.query import rows
from tlx.query.ask import Scope
from tlx.query.language.compile import compile_filter
from tlx.tui.panes.durations import DurationsPane

SORTABLE = ("duration_ns", "execution_kind", "name", "owner", "output_size", "start")


async def test_the_first_rows_are_the_longest_actions(explore, log, lines_of):
    """The table begins with the longest action, and every row says time, kind and name."""
    async with explore(log()) as drive:
        lines = lines_of(drive.table("durations"))
        assert lines[1].split()[1:] == ["6s", "ActionCache", "compile", "file_59"] or "compile file_59" in lines[1]
        assert "compile file_58" in lines[2]


async def test_every_column_sorts(explore, log):
    """By each column, both ways, the rows come in the order of the query, and the arrow says so."""
    async with explore(log()) as drive:
        table, scope = drive.table("durations"), Scope(actions_only=True)
        for column in SORTABLE:
            table.post_message(table.SortWanted(table, column, reverse=False))
            await drive.settle()
            for _ in range(2):
                await drive.press("O", "g")
                assert table.sort == column
                order = rows.Order(column, table.descending)
                expected = drive.ask(lambda asker, order=order: rows.page(asker, scope, ["id"], order, (0, 8)))
                assert [table._rows.fresh(row).id for row in range(8)] == [row[0] for row in expected]


async def test_o_goes_to_the_next_column(explore, log):
    """The key o sorts by the next column shown."""
    async with explore(log()) as drive:
        await drive.press("o")
        assert drive.table("durations").sort == "execution_kind"


async def test_a_sort_keeps_the_selected_event(explore, log):
    """An event the user went to stays under the cursor when the order changes."""
    async with explore(log()) as drive:
        await drive.press("j", "j")
        chosen = drive.app.selection
        await drive.press("o", "O")
        assert (drive.app.selection, drive.table("durations").row_id_at_cursor) == (chosen, chosen)


async def test_a_log_without_actions_shows_its_events(explore, log):
    """Plain JSON lines of no known dialect are listed, though none of them took time."""
    async with explore(log({"ts": 1, "event": "a"}, {"ts": 2, "event": "b"})) as drive:
        assert drive.get(DurationsPane).view.title == "all events"
        assert drive.table("durations").row_count == 2
        assert drive.app.selection is not None


async def test_a_filter_that_nothing_passes_says_so(explore, log):
    """An empty table says why it is empty and how to get back."""
    async with explore(log()) as drive:
        await drive.filter("nowhere_to_be_found")
        table = drive.table("durations")
        drawn = [table.render_line(y).text.strip() for y in range(1, table.size.height)]
        said = " ".join(filter(None, drawn))
        assert said == "No actions match the filter; esc takes it back, V shows all events"
        assert drive.app.scope == Scope(compile_filter("nowhere_to_be_found"))


async def test_a_click_on_a_title_sorts(explore, log):
    """The mouse sorts by the column it clicks, and again the other way."""
    async with explore(log()) as drive:
        await drive.pilot.click("#durations-table", offset=(30, 0))
        await drive.settle()
        assert (drive.table("durations").sort, drive.table("durations").descending) == ("name", False)
        await drive.pilot.click("#durations-table", offset=(30, 0))
        await drive.settle()
        assert drive.table("durations").descending
