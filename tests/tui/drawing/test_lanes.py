from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tlx.tui.drawing.lanes import Viewport, draw_lanes, hit
from tlx.tui.drawing.packing import Bar, pack
from tlx.tui.drawing.spans import Piece, plain, width_of

HOSTILE = [
    "",
    "link lib_42",
    "\x1b[2J",
    "[bold]x[/]",
    "设计设计设计",
    "\u202eevil\u2066",
    "\ud800",
    "e\u0301" * 9,
    "☂\ufe0f" * 4,
]

bars = st.lists(
    st.tuples(
        st.integers(-50, 150),
        st.integers(-2, 60),
        st.sampled_from(HOSTILE) | st.text(max_size=30),
        st.sampled_from(["kind-0", "kind-1"]),
    ),
    max_size=30,
).map(lambda rows: [Bar(at, start, start + more, text, style) for at, (start, more, text, style) in enumerate(rows)])
views = st.builds(
    Viewport,
    start=st.integers(-10, 50),
    end=st.integers(-10, 130),
    width=st.integers(1, 40),
    height=st.integers(0, 8),
    first_lane=st.integers(0, 4),
)
chosen = st.none() | st.integers(0, 30)


def bar(number, start, end, label="", style="kind-0"):
    """A bar of which only some things matter."""
    return Bar(number, start, end, label, style)


def drawn(bars, window, width, **how):
    """The text of bars that are all in one lane."""
    (line,) = draw_lanes([bars], Viewport(*window, width, 1), **how)
    return plain(line)


def keys_by_cell(line):
    """The style keys of each cell of a line."""
    return [set(piece[1:]) for piece in line for _ in range(cell_len(piece.text))]


def test_a_bar_has_its_label_inside():
    """A bar with room carries its label upon its colour, and the rest of it is filled."""
    (line,) = draw_lanes([[bar(1, 2, 18, "link lib_42")]], Viewport(0, 20, 20, 1))
    assert line == [
        Piece("  "),
        Piece("link lib_42 ", "label", "kind-0"),
        Piece("████", "kind-0", "kind-0"),
        Piece("  "),
    ]


def test_a_long_label_is_cut():
    """A label with too little room ends in an ellipsis, and one with hardly any is left out."""
    assert drawn([bar(1, 0, 8, "link lib_42")], (0, 10), 10) == "link li…  "
    assert drawn([bar(1, 0, 4, "link lib_42")], (0, 10), 10) == "████      "
    assert drawn([bar(1, 0, 4, "link")], (0, 10), 10) == "link      "


def test_a_label_is_literal():
    """Markup in a label is text, and a control is shown rather than sent."""
    assert drawn([bar(1, 0, 16, "[bold]\x1b[2J")], (0, 16), 16) == "[bold]␛[2J █████"


def test_the_right_end_is_precise_to_an_eighth():
    """The last cell of a bar is filled as far as the bar reaches, and so is its only one."""
    assert drawn([bar(1, 0, 20)], (0, 64), 8) == "██▌     "
    assert [drawn([bar(1, 0, end)], (0, 64), 8)[0] for end in range(1, 9)] == list("▏▎▍▌▋▊▉█")


def test_the_left_end_is_precise_to_a_half():
    """A bar that starts past the middle of a cell leaves its left half free."""
    assert drawn([bar(1, 4, 24)], (0, 64), 8) == "▐██     "
    assert drawn([bar(1, 4, 8)], (0, 64), 8) == "▐       "
    assert drawn([bar(1, 7, 8)], (0, 64), 8) == "▕       "


def test_bars_that_touch_have_a_seam():
    """Where a bar starts as another ends, an edge tells them apart without colour."""
    assert drawn([bar(1, 0, 4), bar(2, 4, 8)], (0, 8), 8) == "████▏███"


def test_a_cell_on_a_border_shows_both():
    """Two bars that meet within a cell share it: by colour if they differ, by a seam if not."""
    first = bar(1, 0, 28)
    (line,) = draw_lanes([[first, bar(2, 28, 64, style="kind-1")]], Viewport(0, 64, 8, 1))
    assert line[1] == Piece("▌", "kind-0", "kind-1")
    (line,) = draw_lanes([[first, bar(2, 28, 64)]], Viewport(0, 64, 8, 1))
    assert line[1] == Piece("▏", "edge", "kind-0")


def test_a_cell_of_many_says_so():
    """Bars too short to tell apart are one dense mark, in their colour if they have one in common."""
    (line,) = draw_lanes([[bar(1, 0, 2), bar(2, 3, 5)]], Viewport(0, 64, 8, 1))
    assert line[0] == Piece("▒", "kind-0")
    (line,) = draw_lanes([[bar(1, 0, 2), bar(2, 3, 5, style="kind-1")]], Viewport(0, 64, 8, 1))
    assert line[0] == Piece("▒", "dense")


def test_instants_are_marks():
    """What took no time is a mark of one cell however deep the zoom."""
    assert drawn([bar(1, 3, 3)], (0, 8), 8) == "   ◆    "
    assert drawn([bar(1, 3, 3)], (3, 4), 8) == "◆       "


def test_bars_cut_by_the_window_go_on():
    """A bar that reaches past an edge says so there, and its label stays in sight."""
    assert drawn([bar(1, -5, 30, "link")], (0, 10), 10) == "◂link ███▸"


def test_the_selected_bar_has_brackets():
    """The selected bar differs in colour and in shape, whatever its length."""
    assert drawn([bar(1, 2, 10, "link")], (0, 12), 12, selected=1) == "  [link █]  "
    assert drawn([bar(1, 2, 4)], (0, 8), 8, selected=1) == "  []    "
    assert drawn([bar(1, 2, 3)], (0, 8), 8, selected=1) == "  ▣     "
    assert drawn([bar(1, 2, 2)], (0, 8), 8, selected=1) == "  ◈     "
    assert drawn([bar(1, -2, 20, "link")], (0, 8), 8, selected=1) == "«link █»"


def test_ascii():
    """Without blocks bars, seams, cuts, instants and dense cells are ASCII."""
    row = [bar(1, -9, 48, "link"), bar(2, 50, 50), bar(3, 64, 66), bar(4, 66, 68), bar(5, 72, 90, "compile")]
    assert drawn(row, (0, 80), 10, ascii_only=True) == "<link * %="
    assert drawn([bar(1, 0, 9), bar(2, 9, 19, "compile")], (0, 20), 20, ascii_only=True) == "=========|compile = "
    assert drawn([bar(1, 0, 8, "compile it")], (0, 8), 8, ascii_only=True, selected=1) == "[compi~]"


def test_marked_bars_have_a_sign():
    """It stands before the label, or alone where there is no room for that; brackets of the selected bar stay."""
    row = [bar(1, 0, 10, "link"), bar(2, 12, 13), bar(3, 14, 20, "compile"), bar(4, 22, 22)]
    assert drawn(row, (0, 24), 24, marked={1, 2, 4}) == "★ link ███  ★ compi…  ★ "
    assert drawn(row, (0, 24), 24, marked={1, 3}, selected=1, ascii_only=True) == "[M link =]  = M com~  * "


@pytest.mark.parametrize("ascii_only", [False, True])
def test_bars_of_signs(ascii_only):
    """Where colours cannot tell bars apart, each is filled with its sign, in whole cells; the selected one too."""
    row = [
        replace(bar(1, 0, 10, "link"), fill="L"),
        replace(bar(2, 12, 13), fill="R"),
        replace(bar(3, 14, 20), fill="c"),
    ]
    assert drawn(row, (0, 20), 20, ascii_only=ascii_only) == "link LLLLL  R cccccc"
    assert drawn(row, (0, 20), 20, ascii_only=ascii_only, selected=3).endswith("R [cccc]")


def test_lanes_are_scrolled():
    """The first lane of the view is the first line, and what is below the last lane is blank."""
    lanes = [[bar(lane, lane, lane + 1)] for lane in range(4)]
    lines = draw_lanes(lanes, Viewport(0, 4, 4, 3, first_lane=2))
    assert [plain(line) for line in lines] == ["  █ ", "   █", "    "]


def test_the_bar_under_a_cell_is_found():
    """The mouse finds the bar of a cell, of several the one that has most of it, and nothing elsewhere."""
    lanes = [[bar(1, 0, 16), bar(2, 24, 26), bar(3, 26, 32)], [bar(4, 0, 64)]]
    view = Viewport(0, 64, 8, 3)
    assert [hit(lanes, view, x, 0) for x in range(8)] == [1, 1, None, 3, None, None, None, None]
    assert hit(lanes, view, 3, 0, selected=2) == 2
    assert hit(lanes, view, 7, 1) == 4
    assert [hit(lanes, view, *cell) for cell in ((0, 2), (8, 0), (-1, 0), (0, 3), (0, -1))] == [None] * 5


@given(bars, views, chosen, st.booleans())
def test_every_line_takes_its_width(bars, view, selected, ascii_only):
    """There are as many lines as asked for, each of exactly the cells it was given, whatever the labels."""
    lines = draw_lanes(pack(bars), view, selected=selected, ascii_only=ascii_only)
    assert [width_of(line) for line in lines] == [view.width] * view.height
    assert all(cell_len(plain(line)) == view.width for line in lines)


@given(bars, views, chosen)
def test_a_cell_is_drawn_if_and_only_if_it_is_hit(bars, view, selected):
    """A bar is found under every cell that shows one, in its own style, and under no other."""
    lanes = pack(bars)
    for y, line in enumerate(draw_lanes(lanes, view, selected=selected)):
        for x, keys in enumerate(keys_by_cell(line)):
            found = hit(lanes, view, x, y, selected=selected)
            expected = "" if found is None else "selected" if found == selected else bars[found].style
            assert expected in keys or "dense" in keys


@given(bars, views, chosen)
def test_no_bar_in_the_window_is_lost(bars, view, selected):
    """Every bar that reaches into the window has a mark where it starts."""
    lanes = pack(bars)
    end = view.start + max(view.end - view.start, 1)
    for y, lane in enumerate(lanes[view.first_lane :][: view.height]):
        for bar in lane:
            if bar.until > view.start and bar.start < end:
                x = max(bar.start - view.start, 0) * view.width // (end - view.start)
                assert hit(lanes, view, x, y, selected=selected) is not None


@given(bars, views)
def test_the_selected_bar_is_always_seen(bars, view):
    """However crowded its lane, a selected bar in the window is drawn as selected."""
    lanes = pack(bars)
    end = view.start + max(view.end - view.start, 1)
    shown = [bar for lane in lanes[view.first_lane :][: view.height] for bar in lane]
    for bar in shown:
        if bar.until > view.start and bar.start < end:
            lines = draw_lanes(lanes, view, selected=bar.id)
            assert any("selected" in piece[1:] for line in lines for piece in line)
