"""Which columns the durations show: as many as there is room for, or those that the user chose."""

from tlx.dialects.known import breakdown
from tlx.query import rows
from tlx.query.ask import Scope
from tlx.tui.panes.durations import DurationsPane
from tlx.tui.screens.columns import ColumnsScreen
from tlx.tui.views.view import GROUP_COLUMNS, event_columns


def keys(drive):
    """Return the columns on the screen."""
    return drive.table("durations").shown_columns


async def switch(drive, *wanted):
    """Switch columns on or off, by their keys, and close the list."""
    await drive.press("c")
    screen = drive.app.screen
    assert isinstance(screen, ColumnsScreen)
    for key in wanted:
        screen._table.move_cursor([one.key for one in screen._choices].index(key))
        await drive.press("enter")
    await drive.press("escape")


async def add(drive, path):
    """Add a path of the payload to the columns."""
    await drive.press("c", "plus")
    drive.app.screen.query_one("Input").value = path
    await drive.settle()
    await drive.press("enter", "escape")


async def test_group_columns_are_chosen(explore, log):
    """What is switched on shows though it does not fit, in every view of groups; what is off does not; 0 resets."""
    async with explore(log(), size=(80, 24)) as drive:
        await drive.press("v")
        before = keys(drive)
        assert "p99_ns" not in before
        await switch(drive, "p99_ns", "p50_ns")
        chosen = [key for key in (*before, "p99_ns") if key != "p50_ns"]
        assert sorted(keys(drive)) == sorted(chosen)
        assert list(keys(drive)) == [column.key for column in GROUP_COLUMNS if column.key in chosen]
        await drive.press("v")
        assert sorted(keys(drive)) == sorted(chosen)
        assert "category" in drive.table("durations").render_line(0).text
        await drive.press("c", "0")
        assert keys(drive) == before


async def test_every_column_of_an_event_can_show(explore, log):
    """Single events have all columns of the model to choose, and each is drawn as what it measures."""
    async with explore(log(), size=(260, 42)) as drive:
        await drive.press("z")
        wanted = ("line", "category", "kind", "status", "time", "input_materialization_ns")
        await switch(drive, *wanted)
        assert keys(drive) == (*(column.key for column in event_columns(breakdown("buck2-user"))), *wanted)
        text = drive.table("durations").render_line(1).text.split()
        assert text[-7:] == ["61", "compile", "Run", "◆", "cached", "02:40:59.000", "1ms"]


async def test_a_path_of_the_payload_is_a_column_that_sorts(explore, log, make):
    """A path shows what stands there, literally, and sorts both ways; events without it come last."""
    action, header = make
    lines = [action(number) for number in range(6)]
    for record, text in zip(lines, ("b", "[red]a\x1b[0m", "c"), strict=False):
        record["ActionExecutionEvent"]["extra"] = {"k": text}
    path = ".ActionExecutionEvent.extra.k"
    async with explore(log(header(), *lines), size=(140, 42)) as drive:
        await drive.press("z")
        await add(drive, path)
        table = drive.table("durations")
        assert keys(drive)[-1] == path
        while table.sort != path:
            await drive.press("o")
        assert drive.get(DurationsPane).view.sort == path
        for _ in range(2):
            shown = [table._rows.fresh(row).cells[-1] for row in range(6)]
            found = sorted(("b", "[red]a\x1b[0m", "c"), reverse=table.descending)
            assert shown == [*found, *[("–", "table--dim")] * 3]
            order = rows.Order(path, table.descending)
            ids = drive.ask(
                lambda asker, order=order: rows.page(asker, Scope(actions_only=True), ["id"], order, (0, 6))
            )
            assert [table._rows.fresh(row).id for row in range(6)] == [row[0] for row in ids]
            await drive.press("O")
        assert any("[red]a␛[0m" in line for line in drive.lines())
        await drive.press("j")
        chosen = drive.app.selection
        await drive.press("o", "O")
        assert table.row_id_at_cursor == chosen


async def test_one_column_stays(explore, log):
    """The last column cannot be switched off, and closing without a change changes nothing."""
    async with explore(log()) as drive:
        await drive.press("v")
        before, view = keys(drive), drive.get(DurationsPane).view
        await switch(drive)
        assert drive.get(DurationsPane).view is view
        await switch(drive, *before)
        assert len(keys(drive)) == 1
