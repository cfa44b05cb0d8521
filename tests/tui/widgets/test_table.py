"""The table as its owner and its user meet it: told of rows, asked by message, driven by keys and mouse."""

from collections.abc import Callable
from dataclasses import fields
from itertools import pairwise

import pytest
from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.color import Color
from textual.events import MouseScrollDown
from textual.message import Message
from textual.theme import BUILTIN_THEMES
from textual.widgets import Button

from tlx.tui.widgets.table import Column, Row, Table

MANY = 5_000_000
BODY = 20
COLUMNS = (
    Column("start", "Start", 10, right=True),
    Column("name", "Name", 20, flexible=True),
    Column("rule", "Rule", 8, sortable=False),
    Column("took", "Took", 8, right=True),
)


def plain(number: int) -> Row:
    """Row `number` of a table whose ids are ten times the row number."""
    return Row(number * 10, (f"+{number}", f"row-{number}", "rule", "1s"))


class Owner(App[None]):
    """Answers the table from a function, or if `silent` not at all, and remembers what it was told."""

    CSS = "Table { height: 21; }"

    def __init__(self, count: int = MANY, row: Callable[[int], Row] = plain, *, silent: bool = False) -> None:
        super().__init__()
        self.count, self.row, self.silent = count, row, silent
        self.heard: list[Message] = []

    def compose(self) -> ComposeResult:
        """Put the table above something else that can take the focus."""
        yield Table(id="events")
        yield Button("elsewhere")

    def on_mount(self) -> None:
        """Tell the table what there is."""
        self.table.set_columns(COLUMNS, "start", descending=False)
        self.table.set_row_count(self.count)
        self.table.focus()

    @property
    def table(self) -> Table:
        """The table under test."""
        return self.query_one(Table)

    @on(Table.RowsWanted, "#events")
    def answer(self, wanted: Table.RowsWanted) -> None:
        """Answer a question, unless silent."""
        self.heard.append(wanted)
        if not self.silent:
            self.put(wanted)

    @on(Table.CursorMoved)
    @on(Table.RowOpened)
    @on(Table.SortWanted)
    def hear(self, message: Message) -> None:
        """Remember what the table tells."""
        self.heard.append(message)

    def put(self, wanted: Table.RowsWanted, mark: str = "row") -> None:
        """Answer a question, with `mark` in rows of another order."""
        rows = [self.row(number) for number in range(wanted.first, wanted.last + 1)]
        if mark != "row":
            rows = [Row(row.id + 1, ("", f"{mark}-{row.id // 10}")) for row in rows]
        wanted.table.put_rows(wanted.first, rows, wanted.generation)

    def told(self, kind: type[Message]) -> list[tuple[object, ...]]:
        """Everything heard of one kind, as tuples without the table."""
        found = [message for message in self.heard if isinstance(message, kind)]
        names = [each.name for each in fields(kind) if each.name != "table"]
        return [tuple(getattr(message, name) for name in names) for message in found]

    @property
    def drawn(self) -> list[str]:
        """The table's lines as they are on the screen."""
        return [strip.text for strip in self.table.render_lines(self.table.size.region)]


def marked(drawn: list[str]) -> list[int]:
    """The lines that carry the cursor's mark."""
    return [y for y, line in enumerate(drawn) if line.startswith("▌")]


async def test_the_first_rows_show_under_the_header() -> None:
    """Once answered, the table shows its titles and the first rows, with the cursor on the first of them."""
    app = Owner()
    async with app.run_test() as pilot:
        await pilot.pause()
        assert "Start ▲ Name" in app.drawn[0]
        assert "row-0 " in app.drawn[1]
        assert f"row-{BODY - 1} " in app.drawn[BODY]
        assert marked(app.drawn) == [1]
        assert app.table.row_id_at_cursor == 0


@pytest.mark.parametrize(
    ("keys", "row"),
    [
        ("j", 1),
        ("down,down,k", 1),
        ("k", 0),
        ("space", BODY - 1),
        ("pagedown,b", 0),
        ("ctrl+d", (BODY - 1) // 2),
        ("ctrl+d,ctrl+u,j", 1),
        ("G", MANY - 1),
        ("end,up", MANY - 2),
        ("G,g", 0),
        ("G,home,j", 1),
        ("G,space", MANY - 1),
        ("G,pageup", MANY - BODY),
    ],
)
async def test_keys_move_the_cursor(keys: str, row: int) -> None:
    """Every key moves the cursor as far as it says, stops at the ends, and the owner is told where it is."""
    app = Owner()
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press(*keys.split(","))
        await pilot.pause()
        assert app.table.cursor_row == row
        assert app.told(Table.CursorMoved)[-1] == (row, row * 10)
        line = app.drawn[marked(app.drawn)[0]]
        assert f"row-{row} " in line


async def test_the_end_of_millions_of_rows_is_drawn() -> None:
    """At the bottom the last row is the last line, and the scrollbar is at its end."""
    app = Owner()
    async with app.run_test() as pilot:
        await pilot.press("G")
        await pilot.pause()
        assert f"row-{MANY - 1} " in app.drawn[BODY]
        assert app.table.vertical_scrollbar.position == MANY - BODY


async def test_a_page_keeps_the_cursor_on_its_line() -> None:
    """Paging scrolls under the cursor, which stays on the same line of the screen."""
    app = Owner()
    async with app.run_test() as pilot:
        await pilot.press("j", "j", "j", "space")
        await pilot.pause()
        assert marked(app.drawn) == [4]
        assert app.table.cursor_row == BODY + 2


async def test_the_cursor_keeps_its_line_when_told_to() -> None:
    """Placed with its offset kept, the cursor is on the same screen line, as far as there are rows above."""
    app = Owner()
    async with app.run_test() as pilot:
        await pilot.press(*"jjjjj")
        app.table.move_cursor(1000, keep_offset=True)
        await pilot.pause()
        assert marked(app.drawn) == [6]
        app.table.move_cursor(2, keep_offset=True)
        await pilot.pause()
        assert marked(app.drawn) == [3]


async def test_only_rows_not_in_hand_are_asked_for() -> None:
    """Walking asks for the rows ahead now and then, never for a row that is in hand, nor for two at once."""
    app = Owner()
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press(*["j"] * 60)
        await pilot.pause()
        asked = [(first, last) for first, last, _ in app.told(Table.RowsWanted)]
        assert asked[0] == (0, 3 * BODY - 1)
        assert all(before[1] + 1 == after[0] for before, after in pairwise(asked))
        assert len(asked) <= 3


async def test_of_many_questions_only_the_newest_is_heard() -> None:
    """A run through millions of rows before the owner listens is one question: for where it ended."""
    app = Owner(silent=True)
    async with app.run_test() as pilot:
        await pilot.pause()
        app.heard.clear()
        for row in range(0, MANY, 100_000):
            app.table.move_cursor(row)
        await pilot.pause()
        (asked,) = app.told(Table.RowsWanted)
        assert asked[0] <= app.table.cursor_row <= asked[1]
        assert app.told(Table.CursorMoved) == [(4_900_000, None)]


async def test_rows_on_their_way_are_dots() -> None:
    """Rows not in hand are drawn as dots and block nothing; opening one does nothing."""
    app = Owner(silent=True)
    async with app.run_test() as pilot:
        await pilot.press("j", "enter")
        await pilot.pause()
        assert app.drawn[1].split() == ["·", "·", "·", "·"]
        assert app.table.cursor_row == 1
        assert app.table.row_id_at_cursor is None
        assert not app.told(Table.RowOpened)


async def test_the_owner_is_told_when_the_row_under_the_cursor_comes() -> None:
    """A cursor on a row on its way is told of again with the row's id."""
    app = Owner(silent=True)
    async with app.run_test() as pilot:
        await pilot.press("j")
        await pilot.pause()
        app.put(next(message for message in app.heard if isinstance(message, Table.RowsWanted)))
        await pilot.pause()
        assert app.told(Table.CursorMoved) == [(1, None), (1, 10)]


async def test_forgotten_rows_stay_drawn_until_new_ones_come() -> None:
    """After a change of order the old rows are seen until the new ones take their place."""
    app = Owner()
    async with app.run_test() as pilot:
        await pilot.pause()
        before = app.drawn
        app.silent = True
        app.heard.clear()
        app.table.forget_rows()
        await pilot.pause()
        assert app.drawn == before
        assert app.told(Table.RowsWanted) == [(0, 3 * BODY - 1, app.table.generation)]
        assert app.table.row_id_at_cursor is None
        assert not app.told(Table.CursorMoved)
        wanted = app.heard[0]
        assert isinstance(wanted, Table.RowsWanted)
        app.put(wanted, "new")
        await pilot.pause()
        assert "new-0 " in app.drawn[1]
        assert f"new-{BODY - 1} " in app.drawn[BODY]
        assert app.told(Table.CursorMoved) == [(0, 1)]


async def test_an_answer_for_an_old_order_does_no_harm() -> None:
    """An answer overtaken by a new order gives no id, and does not hide the rows of the new one."""
    app = Owner(silent=True)
    async with app.run_test() as pilot:
        await pilot.pause()
        app.table.forget_rows()
        await pilot.pause()
        old, new = (message for message in app.heard if isinstance(message, Table.RowsWanted))
        app.put(old, "old")
        assert app.table.row_id_at_cursor is None
        app.put(new, "new")
        app.put(old, "old")
        await pilot.pause()
        assert "new-0 " in app.drawn[1]
        assert app.table.row_id_at_cursor == 1


async def test_other_columns_want_other_rows() -> None:
    """With other columns no row made for the former ones is drawn, in hand or late."""
    app = Owner()
    async with app.run_test() as pilot:
        await pilot.pause()
        app.silent = True
        app.heard.clear()
        old = app.table.generation
        app.table.set_columns(COLUMNS[1:], "took", descending=True)
        app.table.put_rows(0, [plain(0)], old)
        await pilot.pause()
        assert app.drawn[1].lstrip("▌").split() == ["·", "·", "·"]
        assert len(app.told(Table.RowsWanted)) == 1


async def test_fewer_rows_take_the_cursor_along() -> None:
    """When the table shrinks the cursor goes to its last row, and the screen shows it."""
    app = Owner()
    async with app.run_test() as pilot:
        await pilot.press("G")
        app.table.set_row_count(100)
        await pilot.pause()
        assert app.table.cursor_row == 99
        assert "row-99 " in app.drawn[BODY]
        assert app.told(Table.CursorMoved)[-1] == (99, 990)


async def test_more_rows_leave_cursor_and_screen_alone() -> None:
    """Rows added at the end move neither the cursor nor the screen, and ask for nothing that is not near."""
    app = Owner(count=1000)
    async with app.run_test() as pilot:
        await pilot.press("space", "space")
        await pilot.pause()
        before, row = app.drawn, app.table.cursor_row
        app.heard.clear()
        for count in range(1001, 1100):
            app.table.set_row_count(count)
        await pilot.pause()
        assert (app.drawn, app.table.cursor_row) == (before, row)
        assert not app.heard


async def test_rows_added_on_the_screen_are_asked_for() -> None:
    """A table that grows within the screen asks for its new rows and shows them."""
    app = Owner(count=3)
    async with app.run_test() as pilot:
        await pilot.pause()
        app.table.set_row_count(5)
        await pilot.pause()
        assert app.told(Table.RowsWanted)[-1][:2] == (3, 4)
        assert "row-4 " in app.drawn[5]
        assert not app.drawn[6].strip()


async def test_an_empty_table_says_why() -> None:
    """Without rows the reason stands in the middle under the header; with rows it is gone."""
    app = Owner(count=0)
    async with app.run_test() as pilot:
        app.table.empty_text = "No events match"
        await pilot.pause()
        middle = app.drawn[BODY // 2]
        assert middle.strip() == "No events match"
        assert abs(len(middle) - len(middle.lstrip()) - (len(middle) - len(middle.rstrip()))) <= 1
        assert "Name" in app.drawn[0]
        await pilot.press("j", "G", "enter", "space")
        assert app.table.cursor_row == 0
        app.table.set_row_count(1)
        await pilot.pause()
        assert not any("No events match" in line for line in app.drawn)


async def test_a_table_emptied_tells_that_there_is_no_row() -> None:
    """When the last row goes the owner hears that the cursor is on none."""
    app = Owner(count=3)
    async with app.run_test() as pilot:
        await pilot.press("j")
        await pilot.pause()
        app.table.set_row_count(0)
        await pilot.pause()
        assert app.told(Table.CursorMoved)[-1] == (0, None)


async def test_a_resize_keeps_the_cursor_on_its_row_and_in_sight() -> None:
    """Smaller or larger, the cursor is on the same row, and that row is on the screen."""
    app = Owner()
    app.CSS = "Table { height: 1fr; }"
    async with app.run_test(size=(80, 24)) as pilot:
        app.table.styles.height = "1fr"
        await pilot.pause()
        app.table.move_cursor(1015)
        await pilot.pause()
        for size in ((140, 42), (50, 10), (30, 8), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert app.table.cursor_row == 1015
            assert any("+1015" in line for line in app.drawn)


async def test_every_line_fills_the_width_of_the_widget() -> None:
    """Whatever the width, and scrolled sideways too, each line is exactly as wide as the widget."""
    app = Owner(row=lambda number: Row(number, ("構築" * 9, "日本語" * 40, "e\u0301" * 20, "\x1b[2J")))
    async with app.run_test(size=(80, 24)) as pilot:
        for width in (20, 37, 38, 39, 51, 80, 101):
            await pilot.resize_terminal(width, 24)
            await pilot.press("l")
            await pilot.pause()
            strips = app.table.render_lines(app.table.size.region)
            assert {strip.cell_length for strip in strips} == {width}


async def test_sideways_only_when_the_columns_do_not_fit() -> None:
    """Left and right scroll a table that is too narrow, and do nothing where all columns are seen."""
    app = Owner()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("l", "right")
        assert app.table.scroll_offset.x == 0
        await pilot.resize_terminal(40, 24)
        await pilot.press("l")
        assert app.table.scroll_offset.x > 0
        assert app.drawn[0].startswith("t ▲ Name")
        await pilot.press("h", "left")
        assert app.table.scroll_offset.x == 0


async def test_enter_opens_the_row_under_the_cursor() -> None:
    """Enter tells which row was opened."""
    app = Owner()
    async with app.run_test() as pilot:
        await pilot.press("j", "j")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert app.told(Table.RowOpened) == [(2, 20)]


async def test_a_click_selects_and_a_double_click_opens() -> None:
    """One click puts the cursor on the row, two open it; below the last row they do nothing."""
    app = Owner(count=5)
    async with app.run_test() as pilot:
        await pilot.click(Table, offset=(20, 4))
        await pilot.pause()
        assert app.table.cursor_row == 3
        assert not app.told(Table.RowOpened)
        await pilot.double_click(Table, offset=(20, 2))
        await pilot.pause()
        assert app.told(Table.RowOpened) == [(1, 10)]
        await pilot.click(Table, offset=(20, 12))
        assert app.table.cursor_row == 1


async def test_the_wheel_scrolls_and_leaves_the_cursor() -> None:
    """The wheel moves the screen, asks for what it shows, and not the cursor."""
    app = Owner()
    async with app.run_test() as pilot:
        await pilot.pause()
        for _ in range(30):
            await pilot._post_mouse_events([MouseScrollDown], Table, (5, 5), 1)
        await pilot.pause()
        top = app.table.scroll_offset.y
        assert top > BODY
        assert f"row-{top} " in app.drawn[1]
        assert app.table.cursor_row == 0


@pytest.mark.parametrize(
    ("x", "asked"),
    [(3, [("start", True)]), (14, [("name", False)]), (75, [("took", False)]), (65, []), (0, [])],
)
async def test_a_click_on_a_title_asks_for_its_order(x: int, asked: list[tuple[str, bool]]) -> None:
    """A sortable title asks for its column, the sorted one to be reversed; other places ask nothing."""
    app = Owner()
    async with app.run_test() as pilot:
        await pilot.click(Table, offset=(x, 0))
        await pilot.pause()
        assert app.told(Table.SortWanted) == asked
        assert app.table.cursor_row == 0


async def test_keys_ask_for_another_order() -> None:
    """`o` asks for the next sortable column, `O` for the present order reversed."""
    app = Owner()
    async with app.run_test() as pilot:
        await pilot.press("o", "O")
        app.table.set_columns(COLUMNS, "name", descending=True)
        await pilot.press("o")
        await pilot.pause()
        assert "Name ▼" in app.drawn[0]
        assert app.told(Table.SortWanted) == [("name", False), ("start", True), ("took", False)]


async def test_hostile_text_is_only_text() -> None:
    """Markup, action links and escape sequences are drawn as what they are, and a click does nothing."""
    hostile = ("[bold red]x[/]", "[@click=app.quit]y[/] \x1b[2J")
    app = Owner(row=lambda number: Row(number, hostile))
    async with app.run_test() as pilot:
        await pilot.pause()
        assert "[@click=app.quit]y[/] ␛[2J" in app.drawn[1]
        assert not any("\x1b" in line for line in app.drawn)
        await pilot.click(Table, offset=(14, 1))
        await pilot.pause()
        assert app.is_running
        assert app.return_code is None


async def test_the_cursor_shows_whether_the_table_has_the_focus() -> None:
    """The cursor row is bold with the focus, not without, and carries its mark in both."""
    app = Owner()
    async with app.run_test() as pilot:
        await pilot.pause()
        focused = app.table.render_line(1)
        app.query_one(Button).focus()
        await pilot.pause()
        blurred = app.table.render_line(1)
        assert next(iter(focused)).style.bold
        assert not next(iter(blurred)).style.bold
        assert focused.text == blurred.text
        assert focused.text.startswith("▌")


@pytest.mark.parametrize("theme", sorted(set(BUILTIN_THEMES) - {"ansi-dark", "ansi-light"}))
async def test_every_style_can_be_read_in_every_theme(theme: str) -> None:
    """No theme draws a component in a colour close to its background."""
    app = Owner(count=3)
    async with app.run_test() as pilot:
        app.theme = theme
        await pilot.pause()
        for name in Table.COMPONENT_CLASSES:
            style = app.table.get_component_rich_style(name)
            colours = [Color.from_rich_color(colour) for colour in (style.color, style.bgcolor)]
            assert abs(colours[0].brightness - colours[1].brightness) > 0.2, name


async def test_a_theme_repaints_the_table() -> None:
    """After a change of theme no line is drawn in the colours of the former one."""
    app = Owner(count=3)
    async with app.run_test() as pilot:
        await pilot.pause()
        before = [segment.style for segment in app.table.render_line(2)]
        app.theme = "textual-light"
        await pilot.pause()
        assert not set(before) & {segment.style for segment in app.table.render_line(2)}


def test_bindings_have_ids_and_leave_the_keys_of_others_alone() -> None:
    """Every key has an id and words, and none belongs to the app, to tmux or to flow control."""
    bindings = [binding for binding in Table.BINDINGS if isinstance(binding, Binding)]
    keys = {key for binding in bindings for key in binding.key.split(",")}
    assert all(binding.id and binding.description for binding in bindings)
    assert not keys & {"tab", "shift+tab", "question_mark", "q", "f", "F", "escape", *"0123456789"}
    assert not keys & {f"ctrl+{letter}" for letter in "absoj"}


async def test_the_scrollbar_is_dragged_through_millions_of_rows() -> None:
    """Dragged half way down, the scrollbar shows the middle of the table, and its rows are asked for."""
    app = Owner()
    async with app.run_test() as pilot:
        await pilot.pause()
        bar = app.table.vertical_scrollbar.region
        await pilot.mouse_down(offset=(bar.x, bar.y))
        await pilot.hover(offset=(bar.x, bar.y + bar.height // 2))
        await pilot.mouse_up(offset=(bar.x, bar.y + bar.height // 2))
        await pilot.wait_for_animation()
        await pilot.pause()
        top = app.table.scroll_offset.y
        assert 0.4 * MANY < top < 0.6 * MANY
        assert f"row-{top} " in app.drawn[1]
