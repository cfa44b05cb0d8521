"""The groups of the durations pane: their columns, their order, the way into them and back."""

import threading

import pytest

from tlx import units
from tlx.config.settings import Settings
from tlx.dialects.known import breakdown
from tlx.query import rows
from tlx.query.ask import ALL, Scope
from tlx.query.fields import fields
from tlx.query.grouping.groups import Order, Part, groups
from tlx.query.grouping.suggest import suggest
from tlx.query.language.compile import compile_filter
from tlx.tui.panes.durations import DurationsPane
from tlx.tui.screens.fields import FieldsScreen
from tlx.tui.views.view import GROUP_COLUMNS, views_for
from tlx.tui.widgets.table_drawing import lay_out

VIEWS = views_for(breakdown("buck2-user"))
BY = ("name", "category", "owner_unconfigured", "execution_kind", "kind", "owner")
DURATIONS = ("total_ns", "wall_ns", "mean_ns", "p50_ns", "p90_ns", "p95_ns", "p99_ns", "max_ns")


def rows_of(drive):
    """Return the rows in hand from the first one on, as texts by column."""
    table, found = drive.table("durations"), []
    keys = [column.key for column in drive.get(DurationsPane).view.columns]
    while (row := table._rows.fresh(len(found))) is not None:
        found.append(dict(zip(keys, [cell if isinstance(cell, str) else cell[0] for cell in row.cells], strict=True)))
    return found


def asked(drive, by, scope=ALL, order=None):
    """Return all groups, as the query gives them."""
    return drive.ask(lambda asker: groups(asker, scope, fields([by]), order, Part(wall=True))).rows


async def by(drive, text):
    """Type fields to group by, and take them."""
    await drive.press("B")
    drive.app.screen.query_one("Input").value = text
    await drive.settle()
    await drive.press("enter")


def value(group):
    """Return how a group is called."""
    return "(none)" if group.values[0] is None else str(group.values[0])


async def test_every_view_has_the_numbers_of_its_query(explore, log):
    """Each view of groups has the rows of its query in order, with every number, the wall too."""
    async with explore(log()) as drive:
        pane = drive.get(DurationsPane)
        for view in VIEWS:
            assert pane.view == view
            if view.by is None:
                scope = Scope(actions_only=view.actions_only)
                total = drive.ask(lambda asker, scope=scope: rows.total(asker, scope))
                assert drive.table("durations").row_count == total
            else:
                expected = asked(drive, view.by)
                shown = rows_of(drive)
                assert len(shown) == drive.table("durations").row_count == len(expected) > 0
                for row, group in zip(shown, expected, strict=True):
                    assert row["label"].endswith(value(group))
                    assert row["calls"] == units.count(group.calls)
                    assert row["share"] == units.share(group.share, 1)
                    assert {key: row[key] for key in DURATIONS} == {
                        key: units.duration(getattr(group, key)) for key in DURATIONS
                    }
            await drive.press("v")
        assert [view.by for view in VIEWS if view.by] == list(BY)


@pytest.mark.parametrize("column", [column.key for column in GROUP_COLUMNS if column.sortable])
async def test_groups_sort_by_every_column_both_ways(explore, log, column):
    """By each column, both ways, the rows come in the order of the query, with an arrow at its title."""
    async with explore(log()) as drive:
        table = drive.table("durations")
        await drive.press("v")
        table.post_message(table.SortWanted(table, column, reverse=False))
        await drive.settle()
        for _ in range(2):
            await drive.press("O")
            assert table.sort == column
            expected = asked(drive, "name", order=Order(column, table.descending))
            assert [row["label"] for row in rows_of(drive)] == [value(group) for group in expected]
            if column in [slot.column.key for slot in table._layout.slots]:
                assert ("▼" if table.descending else "▲") in table.render_line(0).text


async def test_a_sort_and_a_filter_keep_the_cursor_on_its_group(explore, log):
    """The group under the cursor stays under it in another order, and when others leave; gone, the row stays."""
    async with explore(log()) as drive:
        table, pane = drive.table("durations"), drive.get(DurationsPane)
        await drive.press("v", "j", "j", "j")
        kept = pane._grouped.at(table.cursor_row).values
        await drive.press("o", "O")
        assert pane._grouped.at(table.cursor_row).values == kept
        await drive.filter("duration > 2s")
        assert pane._grouped.at(table.cursor_row).values == kept


@pytest.mark.parametrize("name", BY)
async def test_a_group_opens_to_its_actions_and_closes_again(explore, log, name):
    """Enter on a group shows as many actions as it counts; escape goes back to the groups and the same row."""
    async with explore(log()) as drive:
        pane, table = drive.get(DurationsPane), drive.table("durations")
        await by(drive, name)
        await drive.press("j")
        row = table.cursor_row
        group = pane._grouped.at(row)
        await drive.press("enter")
        assert pane.view.by is None
        assert table.row_count == group.calls
        assert value(group) in str(drive.app.query_one("#durations-trail").render())
        assert drive.app.query_one("#durations-trail").display
        await drive.press("escape")
        assert pane.view.by == name
        assert (table.cursor_row, pane._grouped.at(row)) == (row, group)
        assert drive.app.scope.condition.text == ""
        assert not drive.app.query_one("#durations-trail").display


async def test_groups_open_one_inside_the_other(explore, log):
    """Fields with commas between them are levels: each enter goes one down, each escape one up to where it was."""
    async with explore(log()) as drive:
        pane, table = drive.get(DurationsPane), drive.table("durations")
        await by(drive, "owner_unconfigured, execution_kind,kind")
        assert (pane.view.by, pane.view.then) == ("owner_unconfigured", ("execution_kind", "kind"))
        path, places = [], []
        for name in ("owner_unconfigured", "execution_kind", "kind"):
            assert pane.view.by == name
            await drive.press(*("j" if table.row_count > 1 else ""))
            places.append(table.cursor_row)
            group = pane._grouped.at(table.cursor_row)
            path.append(value(group))
            scope = Scope(drive.app.scope.condition)
            assert group in asked(drive, name, scope)
            await drive.press("enter")
        assert pane.view.by is None
        trail = str(drive.app.query_one("#durations-trail").render())
        assert [trail.index(crumb) for crumb in path] == sorted(trail.index(crumb) for crumb in path)
        assert table.row_count == group.calls
        for name, row in reversed(list(zip(("owner_unconfigured", "execution_kind", "kind"), places, strict=True))):
            await drive.press("escape")
            assert (pane.view.by, table.cursor_row) == (name, row)
        assert drive.app.scope.condition.text == ""


async def test_a_group_of_the_filter_itself_opens_and_closes(explore, log):
    """Where the filter shows the same already, enter opens the group and escape closes it: the filter stays."""
    async with explore(log(), where="execution_kind == Local") as drive:
        pane = drive.get(DurationsPane)
        await by(drive, "execution_kind")
        await drive.press("enter")
        assert pane.view.by is None
        await drive.press("escape")
        assert pane.view.by == "execution_kind"
        assert drive.app.scope.condition.text == "execution_kind == Local"


async def test_actions_without_a_field_are_a_group_too(explore, log, make):
    """Actions that lack the field have a row of their own, which opens, and can be let in and left out."""
    action, header = make
    lines = [header(), action(1, owner=None), action(2, owner=None), action(3)]
    async with explore(log(*lines)) as drive:
        pane, table = drive.get(DurationsPane), drive.table("durations")
        await by(drive, "owner")
        await drive.press("g", *("j" if rows_of(drive)[0]["label"] != "(none)" else ""))
        assert rows_of(drive)[table.cursor_row]["label"] == "(none)"
        await drive.press("enter")
        assert (pane.view.by, table.row_count) == (None, 2)
        await drive.press("escape", "x")
        assert [row["label"] for row in rows_of(drive)] == ["//app:lib_3 (cfg#1)"]
        assert drive.app.scope.condition.text == "exists(owner)"


async def test_equals_includes_and_x_excludes(explore, log):
    """`=` shows a group alone without opening it, `x` leaves it out; enter stays for opening."""
    async with explore(log()) as drive:
        pane = drive.get(DurationsPane)
        await by(drive, "execution_kind")
        labels = [row["label"] for row in rows_of(drive)]
        await drive.press("j", "equals_sign")
        assert (pane.view.by, [row["label"] for row in rows_of(drive)]) == ("execution_kind", [labels[1]])
        await drive.press("escape", "x")
        assert labels[1] not in [row["label"] for row in rows_of(drive)]
        assert len(rows_of(drive)) == 2
        assert drive.app.scope.condition.text.startswith("not execution_kind == ")


async def test_any_path_of_the_payload_groups(explore, log, make):
    """Groups by a path have the texts that stand there, null and missing apart; opening one filters by the path."""
    action, header = make
    hostile = "[bold red]x\x1b[31m"
    lines = [action(number) for number in range(4)]
    for record, text in zip(lines, ("a", hostile, None), strict=False):
        record["ActionExecutionEvent"]["extra"] = {"odd key": text}
    async with explore(log(header(), *lines)) as drive:
        await by(drive, '.ActionExecutionEvent.extra."odd key"')
        calls = {row["label"]: row["calls"] for row in rows_of(drive)}
        assert calls == {"a": "1", hostile: "1", "null": "1", "(none)": "1"}
        drawn = [drive.table("durations").render_line(y).text for y in range(1, 5)]
        assert any("[bold red]x␛[31m" in line for line in drawn)
        while rows_of(drive)[drive.table("durations").cursor_row]["label"] != hostile:
            await drive.press("j")
        await drive.press("enter")
        assert drive.table("durations").row_count == 1
        assert "[bold red]x␛[31m" in str(drive.app.query_one("#durations-trail").render())


async def test_fields_are_completed_from_the_log(explore, log):
    """What is typed finds columns and keys of the payload; a word is taken by tab, or chosen and entered."""
    async with explore(log()) as drive:
        await drive.press("B")
        assert isinstance(drive.app.screen, FieldsScreen)
        await drive.press(*"uncon")
        assert [word.text for word in drive.app.screen._words] == ["owner_unconfigured"]
        await drive.press("tab", "comma")
        line = drive.app.screen.query_one("Input")
        line.value += ".ActionExecutionEvent.na"
        line.cursor_position = len(line.value)
        await drive.settle()
        assert [word.text for word in drive.app.screen._words] == [".ActionExecutionEvent.name"]
        await drive.press("tab", "full_stop")
        words = [word.text for word in drive.app.screen._words]
        assert sorted(words) == [".ActionExecutionEvent.name.category", ".ActionExecutionEvent.name.identifier"]
        await drive.press("down", "enter")
        view = drive.get(DurationsPane).view
        assert (view.by, *view.then) == ("owner_unconfigured", words[1])


async def test_words_that_come_for_a_line_that_was_closed_are_let_go(explore, log, monkeypatch):
    """Who leaves the line before its words are there goes on: nothing of it is looked for any more."""
    let = threading.Event()

    def late(*question):
        assert let.wait(30)
        return suggest(*question)

    monkeypatch.setattr("tlx.query.grouping.suggest.suggest", late)
    async with explore(log()) as drive:
        pane = drive.get(DurationsPane)
        await drive.pilot.press("B")
        while not pane.asks("words"):
            await drive.pilot.pause()
        screen = drive.app.screen
        assert isinstance(screen, FieldsScreen)
        await drive.pilot.press("o", "escape")
        while screen.children:
            await drive.pilot.pause()
        assert pane.asks("words")
        let.set()
        await drive.settle()
        assert not pane.asks("words")
        assert drive.app.failure is None


async def test_a_field_that_does_not_exist_is_told(explore, log):
    """An unknown field is named with the nearest one, a caret below it; escape leaves all as it was."""
    async with explore(log()) as drive:
        before = drive.get(DurationsPane).view
        await by(drive, "kind, catgory")
        hint = str(drive.app.screen.query_one("#fields-hint").render())
        assert "did you mean category?" in hint
        assert hint.index("^") == len("kind, ")
        await drive.press("escape")
        assert drive.get(DurationsPane).view == before


async def test_many_groups_are_fetched_as_they_show(explore, log, make):
    """Of more groups than fit, those that show are in hand: at the end, in the middle, and in another order."""
    action, header = make
    lines = [action(number, owner=f"//app:lib_{number:04}", duration_millis=number + 1) for number in range(1500)]
    async with explore(log(header(), *lines)) as drive:
        table, pane = drive.table("durations"), drive.get(DurationsPane)
        await by(drive, "owner")
        assert table.row_count == 1500
        assert len(pane._grouped._pages._groups) < 600
        await drive.press("G")
        assert table.row_id_at_cursor == 1499
        assert pane._grouped.at(1499).label == "//app:lib_0000"
        assert pane._grouped.at(1499).wall_ns == 1_000_000
        await drive.press("O")
        assert (table.cursor_row, pane._grouped.at(0).label) == (0, "//app:lib_0000")
        await drive.press(*["pagedown"] * 12)
        row = table.cursor_row
        assert pane._grouped.at(row).label == f"//app:lib_{row:04}"
        await drive.press("enter", "escape")
        assert (table.cursor_row, pane._grouped.at(row).label) == (row, f"//app:lib_{row:04}")


@pytest.mark.parametrize(
    ("width", "kept"),
    [
        (54, {"calls", "total_ns", "wall_ns", "p50_ns", "p95_ns"}),
        (79, {"calls", "total_ns", "wall_ns", "p50_ns", "p95_ns", "max_ns", "share", "histogram"}),
        (139, {column.key for column in GROUP_COLUMNS} - {"label"}),
    ],
)
def test_what_matters_most_shows_where_room_is_short(width, kept):
    """A narrow table leaves out the columns that matter less, and cuts none of the others."""
    layout = lay_out(GROUP_COLUMNS, width, width)
    assert {slot.column.key for slot in layout.slots} == {"label", *kept}
    assert layout.width == width


async def test_the_screen_says_how_to_read_the_numbers(explore, log, lines_of):
    """Groups say what wall and percentiles are, single events do not; nothing is cut on 80 columns."""
    async with explore(log(), size=(80, 24)) as drive:
        note = drive.app.query_one("#durations-note")
        assert not note.display
        await drive.press("v")
        assert note.display
        shown = [line.strip() for line in drive.lines()]
        assert "total: summed, overlaps too; wall: one or more ran; percentiles: nearest rank" in shown
        assert "…" not in drive.table("durations").render_line(0).text


async def test_ascii_draws_groups_with_ascii(explore, log):
    """With --ascii the whole table of groups is ASCII: bars, histogram, arrows."""
    async with explore(log(), settings=Settings(ascii_only=True), size=(140, 42)) as drive:
        await drive.press("v", "z")
        lines = [drive.table("durations").render_line(y).text for y in range(6)]
        assert all(line.isascii() for line in lines)
        assert "spread" in lines[0]
        assert any(set("#@=*") & set(line) for line in lines[1:])


async def test_a_filter_narrows_the_groups(explore, log):
    """Groups are those of the filter, and their shares of what it leaves."""
    async with explore(log()) as drive:
        await by(drive, "owner")
        await drive.filter("execution_kind = Local")
        expected = asked(drive, "owner", Scope(compile_filter("execution_kind = Local")))
        assert [(row["label"], row["share"]) for row in rows_of(drive)] == [
            (value(group), units.share(group.share, 1)) for group in expected
        ]


async def test_an_empty_text_is_told_from_none(explore, log, make):
    """A group without a word for its name has a sign for it, in the breakdown too."""
    action, header = make
    lines = [header(), action(1, name={"category": "", "identifier": "a"}), action(2)]
    async with explore(log(*lines)) as drive:
        await by(drive, "category")
        assert '""' in [row["label"] for row in rows_of(drive)]
