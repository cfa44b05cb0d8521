"""The drawing of a table, with no app: what a line says, and that it is exactly as wide as it should be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from tlx.tui.widgets.table_drawing import (
    ASCII,
    Column,
    Glyphs,
    Layout,
    Painter,
    Row,
    column_at,
    fit,
    lay_out,
    next_sort,
)

COLUMNS = (
    Column("start", "Start", 6, right=True),
    Column("name", "Name", 8, flexible=True),
    Column("rule", "Rule", 5, sortable=False, wide_only=60),
    Column("took", "Took", 5, right=True),
)
STYLES = {
    "table--row": Style.parse("white on black"),
    "table--row-odd": Style.parse("white on grey3"),
    "table--cursor": Style.parse("bold black on blue"),
    "table--header": Style.parse("bold white on green"),
    "table--header-sorted": Style.parse("yellow on black"),
    "table--waiting": Style.parse("grey50 on black"),
    "table--dim": Style.parse("grey50 on black"),
    "table--kind-3": Style.parse("underline red on black"),
}
HOSTILE = st.text(max_size=40) | st.sampled_from(
    [
        "構築日本語",
        "[bold red]x[/]",
        "\x1b[2J",
        "e\u0301" * 30,
        "✔\ufe0f#\ufe0f\u20e3",
        "\u200d\ufe0f",
        "👩‍👩‍👧",
        "a\nb\tc",
    ],
)


def painter(width: int = 40, glyphs: Glyphs | None = None) -> Painter:
    """The painter of a table of that width."""
    return Painter(lay_out(COLUMNS, width, width), STYLES, glyphs or Glyphs())


def text_of(row: Row | None, look: str = "table--row", width: int = 40) -> str:
    """What a row says when drawn."""
    return painter(width).row(row, look).text


@given(text=HOSTILE, width=st.integers(0, 30), right=st.booleans())
def test_fitted_text_has_exactly_the_width_asked_for(text: str, width: int, *, right: bool) -> None:
    """Whatever the text, fitted it takes the cells asked for, neither more nor fewer."""
    assert cell_len(fit(text, width, right=right)) == width


@given(cells=st.lists(HOSTILE, max_size=5), width=st.integers(0, 150), look=st.sampled_from(sorted(STYLES)))
def test_every_line_is_as_wide_as_its_layout(cells: list[str], width: int, look: str) -> None:
    """No text makes a row wider or narrower than its layout, as a whole or segment by segment."""
    strip = painter(width).row(Row(1, tuple(cells)), look)
    assert strip.cell_length == painter(width).layout.width >= width
    assert cell_len(strip.text) == strip.cell_length
    assert sum(cell_len(segment.text) for segment in strip) == strip.cell_length


@given(title=HOSTILE, width=st.integers(1, 12), right=st.booleans(), sort=st.sampled_from(["a", None]))
def test_every_header_is_as_wide_as_its_layout(title: str, width: int, *, right: bool, sort: str | None) -> None:
    """No title, sorted or not, makes the header wider or narrower than its layout."""
    layout = lay_out((Column("a", title, width, right=right), Column("b", "B", 3)), 0, 0)
    strip = Painter(layout, STYLES, Glyphs()).header(sort, descending=True)
    assert cell_len(strip.text) == strip.cell_length == layout.width


@given(room=st.integers(0, 300), table_width=st.integers(0, 300))
def test_columns_never_overlap_nor_leave_the_layout(room: int, table_width: int) -> None:
    """Columns stand side by side with at least a cell between them, and end before the layout does."""
    layout = lay_out(COLUMNS, room, table_width)
    ends = [slot.x + slot.width for slot in layout.slots]
    assert all(end < slot.x for end, slot in zip(ends, layout.slots[1:], strict=False))
    assert ends[-1] < layout.width


def test_the_flexible_column_takes_the_width_left() -> None:
    """What the fixed columns leave goes to the flexible one, and the last column ends at the right margin."""
    layout = lay_out(COLUMNS, 50, 50)
    assert [slot.width for slot in layout.slots] == [6, 35, 5]
    assert layout.width == 50


def test_two_flexible_columns_share_to_the_last_cell() -> None:
    """Width that does not divide goes to the first flexible column."""
    columns = (Column("a", "A", 2, flexible=True), Column("b", "B", 2, flexible=True))
    assert [slot.width for slot in lay_out(columns, 12, 12).slots] == [5, 4]


def test_a_wide_only_column_shows_from_its_width_on() -> None:
    """A column for wide tables is absent below its width and there from it on."""
    assert "rule" not in [slot.column.key for slot in lay_out(COLUMNS, 59, 59).slots]
    assert "rule" in [slot.column.key for slot in lay_out(COLUMNS, 60, 60).slots]


def test_cells_keep_their_columns_when_a_column_is_hidden() -> None:
    """Cells belong to all columns, so a hidden one does not shift those after it."""
    row = Row(1, ("1.0s", "name", "RULE", "9ms"))
    assert text_of(row, width=40).split() == ["1.0s", "name", "9ms"]
    assert text_of(row, width=60).split() == ["1.0s", "name", "RULE", "9ms"]


def test_long_text_is_cut_with_a_sign_that_says_so() -> None:
    """Text that does not fit ends in an ellipsis; text that just fits does not."""
    assert fit("abcdef", 6) == "abcdef"
    assert fit("abcdefg", 6) == "abcde…"
    assert fit("abc", 6, right=True) == "   abc"


def test_half_of_a_wide_character_is_never_drawn() -> None:
    """Where a wide character would be halved, a space stands in for it."""
    assert fit("日本語", 4) == "日… "
    assert fit("日本語", 5) == "日本…"
    assert fit("日本語", 6) == "日本語"


def test_a_megabyte_of_text_is_cut_without_being_read() -> None:
    """A text is looked at only as far as it can be seen, and is still marked as cut."""
    assert fit("x" * 1_000_000, 5) == "xxxx…"
    assert fit("\u0301" * 1_000_000, 5).rstrip().endswith("…")


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("[bold red]x[/]", "[bold red]x[/]"),
        ("[@click=app.quit]", "[@click=app.quit]"),
        ("\x1b[2J", "␛[2J"),
        ("a\r\nb", "a␍␊b"),
    ],
)
def test_text_is_literal_and_controls_are_visible(text: str, drawn: str) -> None:
    """Markup is drawn as it is written and carries no action; escape sequences lose their escape."""
    strip = painter(60).row(Row(1, ("", text)), "table--row")
    assert drawn in strip.text
    assert not any(segment.style.meta for segment in strip if segment.style)


def test_a_row_not_in_hand_is_a_dim_dot_in_each_column() -> None:
    """Where a row is awaited every column says so, dimly."""
    strip = painter().row(None, "table--row")
    assert strip.text.split() == ["·", "·", "·"]
    assert {s.style.color.name for s in strip if "·" in s.text and s.style and s.style.color} == {"grey50"}


def test_the_cursor_is_seen_without_colour() -> None:
    """The cursor's row begins with a mark that others lack, and is bold."""
    row = Row(1, ("a", "b"))
    assert text_of(row, "table--cursor").startswith("▌")
    assert text_of(row).startswith(" ")
    assert all(s.style and s.style.bold for s in painter().row(row, "table--cursor"))


def test_a_cells_style_lies_upon_its_lines_background() -> None:
    """A styled cell keeps the background of its line, and on the cursor the cursor's own colour too."""
    row = Row(1, ("a", ("● Local", "table--kind-3")))
    plain, odd, cursor = (
        next(s.style for s in painter().row(row, look) if "Local" in s.text)
        for look in ("table--row", "table--row-odd", "table--cursor")
    )
    assert plain == Style.parse("underline red on black")
    assert odd == Style.parse("underline red on grey3")
    assert cursor == Style.parse("bold underline black on blue")


def test_an_unknown_style_is_no_style() -> None:
    """A cell that names a style there is not is drawn like its line."""
    row = Row(1, (("a", "table--no-such"),))
    assert {s.style for s in painter().row(row, "table--row")} == {STYLES["table--row"]}


@pytest.mark.parametrize(("descending", "arrow"), [(False, "▲"), (True, "▼")])
def test_the_sorted_title_carries_the_arrow(*, descending: bool, arrow: str) -> None:
    """Exactly the sorted column's title has the arrow of the order."""
    header = painter().header("name", descending=descending).text
    assert f"Name {arrow}" in header
    assert header.count(arrow) == 1


def test_a_tight_title_gives_way_to_its_arrow() -> None:
    """Where title and arrow do not both fit, the title is cut and the arrow stays."""
    layout = lay_out((Column("took", "Duration", 6),), 0, 0)
    assert Painter(layout, STYLES, Glyphs()).header("took", descending=True).text == " Dura…▼ "


def test_poor_fonts_get_ascii_alone() -> None:
    """With the ASCII signs nothing else is drawn."""
    poor = painter(30, ASCII)
    lines = [
        poor.header("name", descending=False),
        poor.row(None, "table--cursor"),
        poor.row(Row(1, ("x" * 9,)), ""),
    ]
    assert all(line.text.isascii() for line in lines)
    assert "xxxxx~" in lines[2].text


def test_a_message_stands_in_the_middle() -> None:
    """The text of an empty table is centred, and cut if it must be."""
    assert painter().message("No events", 19).text == " " * 5 + "No events" + " " * 5
    lines = [painter().message("No events match here", 9, number).text for number in range(4)]
    assert lines == ["No events", "  match  ", "  here   ", " " * 9]
    assert painter().message("Unbreakable", 9).text == "Unbreakab"


def test_a_place_in_the_header_belongs_to_a_column() -> None:
    """Every cell from a column's first to the next column's is its own; the margin is nobody's."""
    layout = lay_out(COLUMNS, 40, 40)
    assert column_at(layout, 0) is None
    assert [column_at(layout, x).key for x in (1, 6, 7, 8, 33, 39)] == [
        "start", "start", "start", "name", "name", "took",
    ]  # fmt: skip
    assert column_at(Layout((), 0), 3) is None


def test_the_next_order_goes_around_the_shown_sortable_columns() -> None:
    """From a column to the next that is shown and sortable, from the last to the first."""
    wide, narrow = lay_out(COLUMNS, 80, 80), lay_out(COLUMNS, 40, 40)
    assert [next_sort(wide, key) for key in (None, "start", "name", "took")] == [
        "start",
        "name",
        "took",
        "start",
    ]
    assert next_sort(narrow, "rule") == "start"
    assert next_sort(Layout((), 0), "start") is None
