"""What the frame of the timeline says of one column."""

import pytest
from rich.cells import cell_len
from textual.content import Content

from tlx.dialects.base import Breakdown
from tlx.query.concurrency.slate import Stack
from tlx.query.timeline import OTHER, REST, RunSpan
from tlx.tui.drawing.timeline import GUTTER, Picture
from tlx.tui.palette import Signs
from tlx.tui.panes.timeline import TimelinePane
from tlx.tui.timeline.readout import Column, Telling, beside_note, readout
from tlx.tui.timeline.stacking import BY_KIND, Stacked, looks_of
from tlx.tui.timeline.words import Clock
from tlx.tui.widgets.chart import Chart

S = 10**9
CLOCK = Clock(RunSpan(1, 0, 0, 60 * S))
KINDS = Stacked(BY_KIND, Breakdown("execution_kind", "execution kind"))


def counts(**by_kind):
    """The counts of one column by execution kind."""
    return tuple(by_kind.get(name, 0) for name in BY_KIND.values)


def said(column, room=200, signs=Signs(), stacked=KINDS):  # noqa: B008  it never changes
    """What is read of a column, as text."""
    return readout(column, stacked, Telling(CLOCK, signs, {}), room).plain


def test_a_column_says_when_what_and_how_many():
    """Time since the start, events, how many were in flight, then the kinds: the most first."""
    column = Column(83 * S, 2 * S, counts(Local=2, Remote=10), 4.25)
    assert said(column) == "+1:23 · 12 events · 4.2 in flight · ■ Remote 10  ● Local 2"
    assert said(column, signs=Signs(ascii_only=True)).endswith(" · R Remote 10  L Local 2")


def test_time_is_told_in_digits_that_tell_columns_apart():
    """A column of a millisecond has its time in as many digits."""
    assert said(Column(S, S // 1000, counts(Local=1), 0)) == "+0:01.000 · 1 event · 0 in flight · ● Local 1"
    assert said(Column(S, 7 * S, counts(), 12.4)) == "+0:01 · no events · 12 in flight"


@pytest.mark.parametrize("room", range(80))
def test_nothing_goes_beyond_the_room(room):
    """Whatever the room, the line fits; what is cut says so, and the numbers stay longest."""
    text = said(Column(0, S, counts(Local=3, Remote=2, ActionCache=1), 1.0), room)
    assert cell_len(text) <= room
    assert (text == "") == (room < len("+0:00 · 6 events · 1 in flight"))
    assert text.endswith("…") == (len("+0:00 · 6 events · 1 in flight") + 1 < room < 71)


def test_values_without_a_name_are_called_what_the_lanes_call_them():
    """What is none of the values, and what has none, are told in words; alone the latter says nothing."""
    stacked = Stacked(Stack("status", ("ok", OTHER, REST)), KINDS.fit._replace(instants=True))
    assert said(Column(0, S, (3, 2, 1), 0), stacked=stacked) == "+0:00 · 6 events · ✓ ok 3  · (none) 2  ? others 1"
    assert said(Column(0, S, (0, 2, 0), 0), stacked=stacked) == "+0:00 · 2 events"


def test_there_is_no_column_outside():
    """Left of the first column and right of the last there is none."""
    picture = Picture((0, 4 * S), (0, 4 * S), [[1], [2]], [0.5, 1.5], None, [], [], 0)
    assert Column.of(picture, 1) == Column(2 * S, 2 * S, (2,), 1.5)
    assert [Column.of(picture, number) for number in (-1, 2)] == [None, None]


def test_a_column_gives_way_unless_it_is_looked_at():
    """With room for all it stands first; else it takes the room of legend and last words, or is left out."""
    read, told = Content("READ"), Content("L Local")
    for note, room, first, shown in (
        ("idle · tail", 30, False, "READ  L Localidle · tail"),
        ("idle · tail", 20, False, "L Localidle · tail"),
        ("idle · tail", 11, True, "READ · idle"),
        ("idle · tail", 9, True, "READ"),
    ):
        before, rest = beside_note(read, told, note, room, first=first)
        assert before.plain + rest == shown


@pytest.mark.parametrize("signs", [Signs(ascii_only=True), Signs(coloured=False)])
def test_signs_tell_values_apart(signs):
    """Without colours every value of a stack has a sign of one cell that no other one has."""
    other = Stack("category", ("compile", "copy", "link", OTHER, REST))
    for stack in (BY_KIND, other):
        drawn = [signs.of(look) for look in looks_of(stack)]
        assert len(set(drawn)) == len(drawn)
        assert all(cell_len(sign) == 1 for sign in drawn)


async def test_the_column_of_the_selected_event_is_read(explore, log, make):
    """Its numbers are those of the log, counted apart; the mouse reads another column, as long as it is there."""
    action, header = make
    records = [action(number) for number in range(60)]
    async with explore(log(header(), *records)) as drive:
        pane = drive.get(TimelinePane)
        await drive.press("1", "g", *"jjj")
        chart, window = drive.get(Chart), pane._picture.window
        width = (window[1] - window[0]) / (chart.size.width - GUTTER)

        def expected(column):
            begin, end = (window[0] + width * at for at in (column, column + 1))
            ends = [record["epoch_millis"] * 10**6 for record in records]
            number = sum(begin <= end_of < end for end_of in ends)
            return f"{number or 'no'} event{'' if number == 1 else 's'} ·"

        bar = pane._picture.selected
        middle = int(((bar.start + bar.end) // 2 - window[0]) / width)
        assert pane.said[1].startswith("▲ ")
        assert expected(middle) in pane.said[1]
        for column in (40, 41, 42, 43):
            await drive.pilot.hover(Chart, (GUTTER + column, 2))
            await drive.settle()
            assert f" · {expected(column)}" in pane.said[1]
            assert "▲" not in pane.said[1]
        await drive.pilot.hover("#durations-table", (3, 3))
        await drive.settle()
        assert pane.said[1].startswith("▲ ")


async def test_kinds_are_told_apart_without_colours(explore, log, monkeypatch):
    """With NO_COLOR columns and bars are made of the marks that stand in the tables, and the frame names them."""
    monkeypatch.setenv("NO_COLOR", "1")
    async with explore(log()) as drive:
        await drive.press("2")
        drawn = "".join(drive.get(Chart).render_line(y).text for y in range(drive.get(Chart).size.height))
        assert all(mark in drawn for mark in "●■◆")
        assert "● Local  ■ Remote  ◆ ActionCache" in drive.get(TimelinePane).said[1]
