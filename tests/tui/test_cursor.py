"""The cursor stays on its event, whatever else is shown; where that is left out, it stands nearby and comes back."""

import random

import pytest

from tlx.query import rows
from tlx.query.event import event
from tlx.tui.messages import EventSelected
from tlx.tui.panes.durations import DurationsPane

FILTERS = ("", "execution_kind = Local", "execution_kind != Local", "duration > 3s", "lib_2", "nowhere_to_be_found")


def place(drive, event_id):
    """Return where an event stands in what is shown, or would stand, and how many there are."""
    pane = drive.get(DurationsPane)
    everything = drive.ask(
        lambda asker: rows.page(
            asker, pane._scope()._replace(condition=type(pane.scope.condition)()), ["id"], pane._order(), (0, 1000)
        )
    )
    inside = drive.ask(lambda asker: rows.page(asker, pane._scope(), ["id"], pane._order(), (0, 1000)))
    shown = {row[0] for row in inside}
    before = [row[0] for row in everything].index(event_id)
    return sum(row[0] in shown for row in everything[:before]), len(shown)


async def test_a_selection_is_not_taken_back_by_the_cursor_that_followed_the_one_before(explore, log, monkeypatch):
    """Where another pane goes on while the cursor of the table follows it, what it has gone on to stays."""
    async with explore(log()) as drive:
        table = drive.table("durations")
        await drive.press("j")
        first, second = (table._rows.to_draw(row).id for row in (3, 7))
        move = table.move_cursor

        def gone_on(row):
            monkeypatch.undo()
            move(row)
            drive.app.selection = second

        monkeypatch.setattr(table, "move_cursor", gone_on)
        drive.app.selection = first
        await drive.settle()
        assert drive.app.selection == second == table.row_id_at_cursor
        await drive.press("k")
        assert drive.app.selection == table.row_id_at_cursor != second


async def test_the_cursor_comes_back_to_an_event_that_was_left_out(explore, log):
    """It stands on the nearest event in order meanwhile, which is the one that all panes show."""
    async with explore(log()) as drive:
        table = drive.table("durations")
        await drive.press(*"jjjj")
        chosen = drive.app.selection
        kind = "local" if table.cursor_row % 3 else "remote"
        await drive.filter(f"execution_kind = {kind} duration < 5s")
        expected, total = place(drive, chosen)
        assert total
        assert drive.app.selection != chosen
        assert table.cursor_row == min(expected, total - 1)
        assert drive.app.selection == table.row_id_at_cursor
        await drive.press("o")
        await drive.filter("nowhere_to_be_found")
        await drive.press("escape", "escape")
        assert (drive.app.selection, table.row_id_at_cursor) == (chosen, chosen)


async def test_a_move_while_it_is_left_out_chooses_anew(explore, log):
    """An event that the user goes to under a filter is the one to stay on."""
    async with explore(log()) as drive:
        await drive.press(*"jjjj")
        await drive.filter("duration < 2s")
        await drive.press("j", "k")
        chosen = drive.app.selection
        await drive.press("escape")
        assert (drive.app.selection, drive.table("durations").row_id_at_cursor) == (chosen, chosen)


async def test_an_event_of_another_pane_stays_selected(explore, log, make):
    """An instant is no action: the table of actions keeps its own row, and no filter that lets it in unselects it."""
    action, header = make
    user = {"StarlarkUserEvent": {"id": "phase", "metadata": {}}, "epoch_millis": 1_770_000_003_000}
    async with explore(log(header(), *map(action, range(9)), user)) as drive:
        await drive.press("j")
        under = drive.table("durations").row_id_at_cursor
        instant = 11
        drive.app.post_message(EventSelected(instant))
        await drive.settle()
        for text, row in (("time > 2000-01-01T00:00Z", under), ("phase", None)):
            await drive.filter(text)
            assert drive.app.selection == instant
            assert drive.table("durations").row_id_at_cursor == row
        await drive.filter("")
        assert drive.app.selection == instant


async def test_the_first_sort_keeps_the_event(explore, log):
    """The event that is selected when the screen opens stays under the cursor too."""
    async with explore(log()) as drive:
        chosen = drive.app.selection
        await drive.press("o", "o", "O")
        assert (drive.app.selection, drive.table("durations").row_id_at_cursor) == (chosen, chosen)


@pytest.mark.parametrize("seed", range(2))
async def test_whatever_is_done_the_cursor_is_where_its_event_is(explore, log, seed):
    """Through filters, orders and views in any row, the cursor is on the event last gone to, or where it would be."""
    dice = random.Random(seed)  # noqa: S311  not cryptography
    async with explore(log()) as drive:
        table, pane = drive.table("durations"), drive.get(DurationsPane)
        await drive.press(*"jjjjj")
        chosen = drive.app.selection
        for _ in range(10):
            step = dice.choice(("filter", "filter", "filter", "o", "O", "V", "move"))
            if step == "filter":
                await drive.filter(dice.choice(FILTERS))
            elif step == "V":
                await drive.press(*("V" if pane.view.actions_only else "v"))
            elif step == "move" and table.row_count:
                await drive.press("j", "k", "k")
                chosen = table.row_id_at_cursor
            elif step in "oO":
                await drive.press(step)
            expected, total = place(drive, chosen)
            if total:
                assert table.cursor_row == min(expected, total - 1), step
                assert drive.app.selection == table.row_id_at_cursor
        await drive.filter("")
        assert (drive.app.selection, table.row_id_at_cursor) == (chosen, chosen)


@pytest.mark.parametrize("keys", ["v", "vv", "vvvv"])
async def test_another_view_leaves_the_selection_as_it_is(explore, log, keys):
    """The cursor comes to the group of the selected event, and is on the event again once actions are shown."""
    async with explore(log()) as drive:
        table, pane = drive.table("durations"), drive.get(DurationsPane)
        await drive.press(*"jjjj")
        chosen = drive.app.selection
        for key in keys:
            await drive.press(key)
            assert drive.app.selection == chosen
            group, by = pane._grouped.at(table.cursor_row), pane.view.by
            columns = drive.ask(lambda asker: event(asker, chosen)).columns
            wanted = columns["owner"].partition(" (")[0] if by == "owner_unconfigured" else columns[by]
            assert group.values == (wanted,)
        await drive.press(*keys.upper())
        assert (pane.view.by, drive.app.selection, table.row_id_at_cursor) == (None, chosen, chosen)
        await drive.press("v")
        row = table.cursor_row
        await drive.press("j" if row + 1 < table.row_count else "k")
        assert drive.app.selection == pane._grouped.at(table.cursor_row).longest_id
        await drive.press("k" if row + 1 < table.row_count else "j")
        assert drive.app.selection == pane._grouped.at(row).longest_id


async def test_the_way_back_from_a_group_leaves_the_selection_as_it_is(explore, log):
    """What was selected in a group that is closed stays selected, with the cursor on its group."""
    async with explore(log()) as drive:
        table, pane = drive.table("durations"), drive.get(DurationsPane)
        await drive.press(*"vv", "j", "enter", "j")
        chosen, row = drive.app.selection, table.cursor_row
        assert row == 1
        await drive.press("escape")
        assert (pane.view.by is None, drive.app.selection) == (False, chosen)


async def test_the_way_back_leads_to_the_group_that_was_opened(explore, log, make):
    """Also where what is selected meanwhile counts in no group, as an instant does."""
    action, header = make
    said = {"StarlarkUserEvent": {"id": "begin", "metadata": {}}, "epoch_millis": 1_770_000_000_500}
    async with explore(log(header(), said, *(action(number) for number in range(9)))) as drive:
        table, pane = drive.table("durations"), drive.get(DurationsPane)
        await drive.press(*"vv", "V", "j", "j", "enter")
        assert pane.view.by is None
        instant = drive.ask(lambda asker: asker.row("SELECT id FROM events WHERE kind = 'user'")[0])
        drive.app.selection = instant
        await drive.settle()
        await drive.press("escape")
        assert (pane.view.by, table.cursor_row, drive.app.selection) == ("name", 2, instant)
