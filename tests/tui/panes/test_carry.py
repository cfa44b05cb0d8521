"""What the inspector carries away: copies, marks, comparisons, filters."""

import base64
import json

import orjson
import pytest

from tlx.query.whole.record import written
from tlx.tui import clipboard
from tlx.tui.panes.inspector.marks import Marks
from tlx.tui.panes.inspector.pane import InspectorPane
from tlx.tui.panes.inspector.tree import InspectorTree
from tlx.tui.screens.compare import ComparePane, CompareScreen
from tlx.tui.screens.yank import ByHandScreen, YankScreen

HOSTILE = "[red]$(reboot)[/] \x1b]52;c;eA==\x07 \u202e漢字 \ud800"


@pytest.fixture
def sent(monkeypatch):
    """What the terminal and the tools were given; there are no tools."""
    found = []
    monkeypatch.setattr(clipboard, "tools", lambda environment=None: [])
    monkeypatch.setenv("TERM", "xterm-256color")
    return found


def listen(drive, sent):
    """Take note of what is written to the terminal."""
    write = drive.app._driver.write
    drive.app._driver.write = lambda data: (sent.append(data), write(data))[1]


def copied(sent):
    """The text that the terminal was last given for its clipboard, if that was all it was given to interpret."""
    begin, end = "\x1b]52;c;", "\a"
    found = [data for data in sent if data.startswith(begin)]
    return base64.b64decode(found[-1].removeprefix(begin).removesuffix(end)).decode() if found else None


def told(drive):
    """What the notices say."""
    return " ".join(notice.message for notice in drive.app._notifications)


async def test_each_part_can_be_copied(explore, log, sent):
    """The event as JSON, a key, a path, a value, the raw line: each as it stands; it is said who took it."""
    line = b'{"ts":1.50,"event":"a","o":{"k":[true,{"deep key":"v\\u001b[2J"}]}}'
    async with explore(log(line)) as drive:
        listen(drive, sent)
        await drive.press("y")
        assert isinstance(drive.app.screen, YankScreen)
        assert "event as JSON" in drive.lines()[-1]
        await drive.press("l")
        assert copied(sent) == line.decode()
        await drive.press("y", "y")
        assert copied(sent) == (
            '{\n  "ts": 1.50,\n  "event": "a",\n  "o": {\n    "k": [\n      true,\n      {\n'
            '        "deep key": "v\\u001b[2J"\n      }\n    ]\n  }\n}'
        )
        assert json.loads(copied(sent)) == json.loads(line)
        tree = drive.get(InspectorTree)
        payload = len(tree.outline.entries) - 2
        tree.go_to((payload, 2, 0, 1, 0))
        await drive.press("4", "y", "k")
        assert copied(sent) == "deep key"
        await drive.press("y", "p")
        assert copied(sent) == '.o.k[1]."deep key"'
        await drive.press("y", "v")
        assert copied(sent) == "v\x1b[2J"
        tree.go_to((1,))
        await drive.press("y", "v")
        assert copied(sent) == "1970-01-01T00:00:01.500Z"
        tree.go_to((payload, 2, 0, 1))
        await drive.press("y", "v")
        assert copied(sent) == '{\n  "deep key": "v\\u001b[2J"\n}'
        assert "OSC 52" in told(drive)
        assert not any("\x1b[2J" in data and not data.startswith("\x1b]52") for data in sent[-3:])


async def test_a_path_that_is_copied_filters(explore, log, sent):
    """What is copied as a path is one in filters; enter on the same line shows the events of the value."""
    records = [{"ts": 1, "a b": {"c": [HOSTILE.replace("\ud800", ""), n]}} for n in (1.5, None, "x")]
    async with explore(log(*records)) as drive:
        tree = drive.get(InspectorTree)
        for selected in range(3):
            await drive.press("2", *(["g"] + ["j"] * selected), "4")
            payload = len(tree.outline.entries) - 2
            tree.go_to((payload, 1, 0, 1))
            await drive.press("enter")
            assert drive.app.scope.condition.text.startswith('."a b".c[1] == ')
            assert drive.table("durations").row_count == 1, drive.app.scope.condition.text
            await drive.press("escape", "x")
            assert drive.table("durations").row_count == 2
            await drive.press("escape")


async def test_what_is_too_long_for_the_terminal_is_shown(explore, log, sent):
    """Without a tool a long text is shown to be copied by hand, literally; and nothing is sent that would be cut."""
    text = HOSTILE * 5_000
    async with explore(log({"ts": 1, "event": "a", "text": text.replace("\ud800", "")})) as drive:
        listen(drive, sent)
        await drive.press("y", "l")
        assert copied(sent) is None
        assert isinstance(drive.app.screen, ByHandScreen)
        assert "Too long for the terminal" in told(drive)
        everything = "\n".join(drive.lines())
        assert "[red]$(reboot)[/]" in everything
        assert not [character for character in everything if character != "\n" and not character.isprintable()]
        await drive.press("escape", "y", "k", "y", "t")
        assert isinstance(drive.app.screen, ByHandScreen)
        assert "key" in str(drive.app.screen.query_one("#by-hand").border_title)


def test_half_a_pair_is_written_as_an_escape():
    """What no UTF-8 can say is written as JSON says it, and all else as it is."""
    record = {"\udc00": ["x\ud800", "漢字 \U0001f680", "", {}, [], None, -0.0]}
    text = written(record)
    assert text.encode()
    assert json.loads(text) == record
    assert "漢字 \U0001f680" in text


def test_marks_are_walked_around_the_ends():
    """In order of arrival; the one marked last is told, taken off it is forgotten."""
    marks = Marks()
    assert marks.beside(5, 1) is None
    assert [marks.turn(one) for one in (9, 3, 6)] == [True, True, True]
    assert [marks.beside(one, 1) for one in (3, 4, 9, None)] == [6, 6, 3, 3]
    assert [marks.beside(one, -1) for one in (3, 4, 9)] == [9, 3, 6]
    assert (marks.last_but(6), marks.last_but(1), marks.number(6), marks.number(1)) == (3, 6, 2, None)
    assert not marks.turn(6)
    assert marks.last_but(1) == 3


async def test_marks_are_gone_to(explore, log):
    """The key m marks, u and U go from mark to mark in any pane; without marks it is said how to make one."""
    async with explore(log()) as drive:
        await drive.press("u")
        assert "No event is marked" in told(drive)
        await drive.press("m")
        first = drive.app.selection
        await drive.press("j", "j", "m", "j")
        assert "mark" not in drive.get(InspectorPane).said[1]
        await drive.press("u")
        second = drive.app.selection
        assert "mark 1 of 2" in drive.get(InspectorPane).said[1]
        await drive.press("1", "u")
        assert (drive.app.selection, drive.table("durations").row_id_at_cursor) == (first, first)
        await drive.press("U")
        assert drive.app.selection == second
        await drive.press("m")
        assert "mark" not in drive.get(InspectorPane).said[1]


async def test_a_mark_that_the_filter_leaves_out_says_so(explore, log):
    """It is selected and inspected all the same, but the lists do not show it; one that they show needs no words."""
    async with explore(log()) as drive:
        await drive.press("m")
        marked = drive.app.selection
        await drive.press("j", "u")
        assert "leaves it out" not in told(drive)
        await drive.filter("duration < 3s")
        await drive.press("j", "u")
        assert drive.app.selection == marked
        assert "marked, but what is shown leaves it out" in told(drive)


async def test_two_events_are_compared(explore, log, make):
    """Every value of both, with a sign where they differ, and by how much a duration does."""
    action, header = make
    here, there = action(9, more=[1, {"x": None}]), action(1, input_materialization_duration_millis=0)
    del there["ActionExecutionEvent"]["owner"]
    async with explore(log(header(), here, there)) as drive:
        await drive.press("M")
        assert "Mark another event first" in told(drive)
        await drive.press("j", "m", "k", "M")
        assert isinstance(drive.app.screen, CompareScreen)
        pane = drive.app.screen.query_one(ComparePane)
        table = pane.query_one("#compare-table")
        rows = [table._rows.fresh(number) for number in range(min(table.row_count, table.size.height - 1))]
        cells = [[cell if isinstance(cell, str) else cell[0] for cell in row.cells] for row in rows]
        found = {row[1]: (row[0], *row[2:]) for row in cells}
        assert found["duration"] == ("*", "1s  1000000000", "200ms  200000000", "+800ms  x5")
        assert found["materialized"][3] == "+1ms"
        assert found["category"][:3] == (" ", "compile", "compile")
        assert found["owner"][:3] == ("+", "//app:lib_1 (cfg#1)", "(absent)")
        await drive.press("d")
        rows = [table._rows.fresh(number) for number in range(10)]
        assert len(cells) > table.row_count > 10
        assert {row.cells[0] for row in rows} == {"*", "+"}
        await drive.press("q")
        assert not isinstance(drive.app.screen, CompareScreen)


async def test_hostile_events_are_compared_literally(explore, log):
    """Nothing of a name or a value is interpreted; what differs at a text's end is in sight; deep records end."""
    text = HOSTILE.replace("\ud800", "")
    deep = "[" * 900 + "]" * 900
    lines = [
        orjson.dumps({"ts": n, "event": text, text: "x" * 5_000 + f"the-end-{n}"})[:-1] + f',"d":{deep}}}'.encode()
        for n in (1, 2)
    ]
    async with explore(log(*lines), size=(160, 40)) as drive:
        await drive.press("m", "j", "M")
        drawn = "\n".join(drive.lines())
        assert "the-end-1" in drawn
        assert "the-end-2" in drawn
        assert "[red]$(reboot)[/]" in drawn
        assert not [character for character in drawn if character != "\n" and not character.isprintable()]
        await drive.press("escape", "y", "y", "4", "G", "h", "l")
        assert drive.app.is_running


async def test_an_event_leads_to_its_like(explore, log, make):
    """Same name, same owner, around this time: each is a filter that esc takes back."""
    action, header = make
    actions = [action(number) for number in range(40)]
    async with explore(log(header(), *actions)) as drive:
        await drive.press("4", "s")
        assert drive.app.scope.condition.text == 'name == "compile file_39"'
        await drive.press("escape", "o")
        assert drive.app.scope.condition.text == 'owner == "//app:lib_3 (cfg#1)"'
        assert drive.table("durations").row_count == 10
        await drive.press("escape", "t")
        ends = [one["epoch_millis"] for one in actions]
        starts = [end - one["ActionExecutionEvent"]["duration_millis"] for end, one in zip(ends, actions, strict=True)]
        more = max(1000, ends[39] - starts[39])
        met = sum(end >= starts[39] - more and start < ends[39] + more for start, end in zip(starts, ends, strict=True))
        assert drive.table("durations").row_count == met < 40
        await drive.press("escape")
        assert drive.app.scope.window is None
        assert drive.table("durations").row_count == 40


async def test_an_event_without_a_time_has_none_around_it(explore, log):
    """It is said, and no filter is made."""
    async with explore(log({"event": "a"})) as drive:
        await drive.press("4", "t")
        assert "no time" in told(drive)
        await drive.press("o")
        assert drive.app.scope.condition.text == "missing(owner)"
        assert orjson.loads(drive.get(InspectorPane).event.raw) == {"event": "a"}
