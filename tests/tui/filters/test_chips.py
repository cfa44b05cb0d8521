"""The clauses of the filter at the top of the screen: what they show, and what keys and mouse do to them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from tlx.query import rows
from tlx.query.ask import Scope
from tlx.query.language.chips import Clause
from tlx.query.language.compile import compile_filter
from tlx.tui.filters.drawing import draw_chips, pointed, suggestion_line
from tlx.tui.filters.filter_bar import FilterBar
from tlx.tui.filters.filtering import Filtering
from tlx.tui.widgets.top_bar import TopBar

STYLES = {name: Style() for name in ("quiet", "on", "off", "chosen")}
FILTER = "execution_kind = Local duration > 1s lib_0"


def chips(drive):
    """The clauses as they are shown."""
    return [(clause.text, clause.on) for clause in drive.get(TopBar).facts.clauses]


def passing(drive, text):
    """Count what passes a filter, as a headless command would."""
    return drive.ask(lambda asker: rows.total(asker, Scope(compile_filter(text))))


async def test_each_clause_is_a_chip(explore, log):
    """They stand in one line that moves nothing, and only where there is a filter."""
    async with explore(log(), size=(80, 24)) as drive:
        before = [pane.region for pane in drive.app.query("#panes Pane")]
        assert "no filter" in drive.lines()[1]
        await drive.filter(FILTER)
        line = drive.lines()[1]
        assert [line.count(text) for text in ("execution_kind = Local ✕", "duration > 1s ✕")] == [1, 1]
        assert [pane.region for pane in drive.app.query("#panes Pane")] == before


async def test_what_does_not_fit_is_counted(explore, log):
    """At 80 columns the time of the loading gives way to the clauses, then the last ones to their number."""
    async with explore(log(), size=(80, 24)) as drive:
        await drive.filter("lib_0 duration > 1s execution_kind = Local")
        assert "execution_kind = Local ✕" in drive.lines()[1]
        await drive.filter("lib_0 duration > 1s execution_kind = Local owner *= app identifier *= file kind = Run")
        line = drive.lines()[1]
        assert "…+" in line
        assert len(chips(drive)) == line.count("✕") + int(line.rstrip().rpartition("…+")[2])
        await drive.press("C", *["right"] * 5)
        assert "kind = Run ✕" in drive.lines()[1]


async def test_a_clause_is_switched_edited_and_removed_by_keys(explore, log):
    """One that is off stays in sight and says so, and what passes is what the others let through."""
    async with explore(log()) as drive:
        await drive.filter(FILTER)
        await drive.press("C", "right", "space")
        assert chips(drive) == [("execution_kind = Local", True), ("duration > 1s", False), ("lib_0", True)]
        assert "off: duration > 1s" in drive.lines()[1]
        rest = passing(drive, "execution_kind = Local lib_0")
        assert drive.table("durations").row_count == rest > passing(drive, FILTER)
        await drive.press("left", "e")
        bar = drive.get(FilterBar)
        assert bar.text == "execution_kind = Local"
        bar._line.value = "execution_kind != Local"
        await drive.pilot.pause()
        await drive.press("enter")
        assert chips(drive) == [("execution_kind != Local", True), ("duration > 1s", False), ("lib_0", True)]
        assert drive.table("durations").row_count == passing(drive, "execution_kind != Local lib_0") > 0
        assert drive.app.focused.id == "durations-table"
        await drive.press("C", "right", "right", "x")
        assert chips(drive) == [("execution_kind != Local", True), ("duration > 1s", False)]
        await drive.press("space")
        assert drive.table("durations").row_count == passing(drive, "execution_kind != Local duration > 1s")
        await drive.press("escape")
        assert drive.app.focused.id == "durations-table"


async def test_escape_takes_each_change_back(explore, log):
    """A clause that was removed or switched off comes back as it was."""
    async with explore(log()) as drive:
        await drive.filter(FILTER)
        await drive.press("C", "space", "x", "escape")
        assert len(chips(drive)) == 2
        await drive.press("escape")
        assert chips(drive)[0] == ("execution_kind = Local", False)
        await drive.press("escape")
        assert all(on for _, on in chips(drive))
        await drive.press("escape")
        assert not chips(drive)


async def test_a_switch_does_not_move_the_cursor_away(explore, log):
    """The selected event stays selected, where the others let it in."""
    async with explore(log()) as drive:
        await drive.filter(FILTER)
        await drive.press("j")
        chosen = drive.app.selection
        await drive.press("C", "space", "right", "space", "space", "left", "space")
        assert (drive.app.selection, drive.table("durations").row_id_at_cursor) == (chosen, chosen)


async def test_the_mouse_switches_and_removes(explore, log):
    """A click on a clause switches it, one on its cross removes it."""
    async with explore(log()) as drive:
        await drive.filter(FILTER)
        line = drive.lines()[1]
        await drive.pilot.click(TopBar, offset=(line.index("duration") + 2, 1))
        await drive.settle()
        assert chips(drive)[1] == ("duration > 1s", False)
        await drive.pilot.click(TopBar, offset=(drive.lines()[1].index("✕"), 1))
        await drive.settle()
        assert chips(drive) == [("duration > 1s", False), ("lib_0", True)]
        assert drive.app.focused.id == "durations-table"


async def test_a_range_is_a_chip(explore, log):
    """It stands before the clauses and goes with a key or a click, and nothing else can be done to it there."""
    async with explore(log(), size=(80, 24)) as drive:
        await drive.filter("lib_0 duration > 1s execution_kind = Local owner *= app identifier *= file kind = Run")
        await drive.press("1", "w", "v", "enter")
        window, text = drive.app.scope.window, drive.app.scope.condition.text
        assert window is not None
        assert drive.lines()[1].startswith(" ▸ range of ")
        await drive.press("C", "space", "e")
        assert (drive.app.scope.window, drive.app.scope.condition.text) == (window, text)
        assert not drive.get(FilterBar).visible
        await drive.press("right", "space")
        assert chips(drive)[0] == ("lib_0", False)
        assert drive.app.scope.window == window
        await drive.press("space", "left", "x")
        assert (drive.app.scope.window, drive.app.scope.condition.text) == (None, text)
        assert "range of" not in drive.lines()[1]
        await drive.press("escape", "1", "w", "v", "enter")
        await drive.pilot.click(TopBar, offset=(drive.lines()[1].index("✕"), 1))
        await drive.settle()
        assert (drive.app.scope.window, drive.app.scope.condition.text) == (None, text)


async def test_a_range_alone_is_a_chip(explore, log):
    """Without any clause the range can be gone to and removed as well."""
    async with explore(log()) as drive:
        await drive.press("1", "w", "v", "enter", "C", "x")
        assert drive.app.scope.window is None
        assert "no filter" in drive.lines()[1]
        assert drive.app.focused is not drive.get(TopBar)


async def test_without_clauses_there_is_nothing_to_go_to(explore, log):
    """The key for them does nothing, and when the last one goes the panes have the keys."""
    async with explore(log()) as drive:
        await drive.press("C")
        assert drive.app.focused.id == "durations-table"
        await drive.filter("lib_0")
        await drive.press("C", "x")
        assert drive.app.focused.id == "durations-table"
        assert drive.app.scope.condition.text == ""


async def test_what_a_pane_adds_is_a_clause(explore, log):
    """Enter on an execution kind adds one; switched off, it is switched on again by the same key."""
    async with explore(log()) as drive:
        await drive.press("3", "enter")
        assert len(chips(drive)) == 1
        added = chips(drive)[0][0]
        await drive.press("C", "space", "escape", "3", "enter")
        assert chips(drive) == [(added, True)]


CLAUSES = st.lists(st.builds(Clause, st.text(max_size=30), st.booleans()), max_size=6)


@given(clauses=CLAUSES, width=st.integers(16, 120), data=st.data())
def test_chips_fit_and_what_is_missing_is_said(clauses, width, data):
    """No line is longer than its room; the chosen clause is in it, and the number of those that are not."""
    chosen = data.draw(st.none() | st.integers(0, len(clauses) - 1)) if clauses else None
    drawn = draw_chips(clauses, chosen, width, STYLES)
    assert drawn.line.cell_len <= width + 1
    shown = [place.number for place in drawn.places]
    assert shown == list(range(shown[0], shown[-1] + 1)) if shown else not clauses
    assert chosen is None or chosen in shown
    if clauses and shown[-1] < len(clauses) - 1:
        assert f"…+{len(clauses) - 1 - shown[-1]}" in drawn.line.plain
    if shown and shown[0]:
        assert drawn.line.plain.startswith(f"+{shown[0]}… ")
    assert not any(ord(character) < 32 for character in drawn.line.plain)
    for place in drawn.places:
        assert drawn.at(place.begin) == (place.number, False) or place.end - place.begin <= place.removal
        assert drawn.at(place.end - 1) == (place.number, True)


@given(column=st.integers(-5, 200), complaint=st.text(max_size=60), width=st.integers(20, 120))
def test_a_caret_is_always_seen(column, complaint, width):
    """It stands under its column, or at the edge where that is out of sight, and the line fits."""
    line = pointed(column, complaint.replace("^", ""), width)
    assert cell_len(line[: line.index("^")]) == max(0, min(column, width - 1))
    assert cell_len(line.rstrip()) <= width


@given(column=st.integers(-5, 20), complaint=st.text(max_size=20), width=st.integers(-3, 19))
def test_a_caret_has_no_more_room_than_there_is(column, complaint, width):
    """On a terminal of a few columns what is drawn fits, and is a caret as long as there is a cell for it."""
    line = pointed(column, complaint.replace("^", ""), width)
    assert cell_len(line.rstrip()) <= max(0, width)
    assert ("^" in line) == (width > 0)


class Word:
    """A suggestion of any text."""

    at_least = False

    def __init__(self, text, note, count):
        self.text, self.note, self.count = text, note, count


@given(
    text=st.text(max_size=60), note=st.text(max_size=60), count=st.none() | st.integers(0), width=st.integers(20, 140)
)
def test_a_word_that_is_offered_fills_its_line(text, note, count, width):
    """Whatever stands in the log, a line of the list is as wide as the list and shows no control character."""
    word, said = suggestion_line(Word(text, note, count), width)
    assert cell_len(word) + cell_len(said) == width
    assert not any(ord(character) < 32 for character in word + said)


@pytest.mark.parametrize("first", ["", "a", "a b or c", "not a b"])
def test_a_filter_is_what_its_clauses_say(first):
    """After any changes the text is that of the clauses that are on, and every step can be taken back."""
    filtering = Filtering(first)
    begun = (filtering.text, filtering.clauses)
    filtering.add("kind == x")
    filtering.switch(0)
    filtering.begin()
    filtering.type("owner = y (p or q)")
    filtering.end()
    assert [clause.text for clause in filtering.clauses if clause.on] == ["owner = y", "p or q"]
    assert any(not clause.on for clause in filtering.clauses)
    filtering.remove(1)
    assert filtering.text == "owner = y"
    for _ in range(4):
        assert filtering.back()
    assert (filtering.text, filtering.clauses) == begun
    assert filtering.back() == bool(first)
    assert not filtering.back()
