"""The pages over the panes."""

import gzip
import os
import random

import orjson
import pytest
from textual.containers import VerticalScroll
from textual.widgets import Static

from tlx.config.settings import Settings
from tlx.query import event, kinds, runs, timeline
from tlx.query.ask import Scope
from tlx.session import Session
from tlx.tui.app import TlxApp
from tlx.tui.desk import Desk
from tlx.tui.pages.help import HelpScreen
from tlx.tui.pages.reject import RejectScreen
from tlx.tui.panes.breakdown import BreakdownPane, FacetTable
from tlx.tui.panes.durations import DurationsPane
from tlx.tui.panes.inspector.pane import InspectorPane
from tlx.tui.panes.inspector.tree import InspectorTree
from tlx.tui.panes.timeline import TimelinePane
from tlx.tui.screens.rejects import RejectsScreen
from tlx.tui.screens.runs import RunsScreen
from tlx.tui.widgets.table import Table
from tlx.tui.widgets.top_bar import TopBar

OWNERS = {
    "1": (TimelinePane,),
    "2": (DurationsPane, Table),
    "3": (BreakdownPane, FacetTable),
    "4": (InspectorPane, InspectorTree),
}


async def test_help_lists_every_binding(explore, log):
    """The help of a pane says what each of its keys does, and each of the app's."""
    async with explore(log()) as drive:
        for pane, owners in OWNERS.items():
            await drive.press(pane, "question_mark")
            assert isinstance(drive.app.screen, HelpScreen)
            listed = {binding.id for _, bindings in drive.app.screen._sections for binding in bindings}
            for owner in (*owners, Desk, TlxApp):
                assert {binding.id for binding in owner.__dict__.get("BINDINGS", ())} <= listed
            assert drive.app.screen._sections[0][0].startswith(pane)
            assert "⏎" not in "".join(drive.lines()), "it is called enter at the foot and in the documents"
            await drive.press("escape")


async def test_help_scrolls_and_closes(explore, log):
    """The page moves by the keys of every list; escape, q and ? close it without quitting."""
    async with explore(log(), size=(80, 24)) as drive:
        for key in ("escape", "q", "question_mark"):
            await drive.press("question_mark")
            assert isinstance(drive.app.screen, HelpScreen)
            await drive.press("space")
            assert drive.app.screen.query_one("#help").scroll_offset.y > 0
            await drive.press(key)
            assert not isinstance(drive.app.screen, HelpScreen)
        assert drive.app.is_running


@pytest.mark.parametrize(
    "keys", [["question_mark"], ["e", "enter"], ["y", "l", "y", "t"]], ids=["help", "reject", "text"]
)
async def test_pages_are_gone_through_by_the_keys_of_lists(explore, log, keys):
    """By lines, half pages and pages, to the end and back."""
    async with explore(log({"event": "a", "text": "x" * 8_000}, b"y" * 8_000), size=(80, 24)) as drive:
        await drive.press(*keys)
        page = drive.app.screen.query_one(VerticalScroll)
        gone = []
        for down, up in (("j", "k"), ("ctrl+d", "ctrl+u"), ("space", "b"), ("G", "g")):
            await drive.press(down)
            gone.append(page.scroll_offset.y)
            await drive.press(up)
            assert page.scroll_offset.y == 0
        assert gone == sorted(set(gone))
        assert gone[-1] == page.max_scroll_y


async def test_help_tells_of_filters(explore, log):
    """The page tells what can be typed into the filter bar."""
    async with explore(log()) as drive:
        await drive.press("question_mark")
        text = " ".join(str(part.render()) for part in drive.app.screen.query(Static))
        assert "A comparison with a missing value is false" in text


async def test_rejects_are_listed(explore, tmp_path):
    """Every line that is no event stands in the list with its number, its reason and its text, literally."""
    path = tmp_path / "log"
    path.write_bytes(b'{"ts": 1}\n[bold]no json[/]\n\x1b[2J\n')
    async with explore(path) as drive:
        await drive.press("E")
        assert isinstance(drive.app.screen, RejectsScreen)
        text = "\n".join(drive.lines())
        assert "[bold]no json[/]" in text
        assert "␛[2J" in text
        await drive.press("escape")
        assert not isinstance(drive.app.screen, RejectsScreen)


BAD = b'{"ts": 1, "event": "a"}\n[bold]no[/]\n{"ts": 2, "event": "b"}\n\x1b[2J\n{"ts": 3, "event": "c"}\nlast\n'


def cursor_line(drive):
    """The number that stands in the column of lines where the cursor is."""
    (line,) = (line for line in drive.lines() if "▌" in line)
    return line.partition("▌")[2].split()[0]


def listed(drive):
    """The table of the page over the panes."""
    return drive.app.screen.query_one(Table)


async def test_e_goes_to_the_next_reject_and_the_one_before(explore, tmp_path):
    """From the panes e opens the list at the reject after the selected event, E at the one before; there they step."""
    path = tmp_path / "log"
    path.write_bytes(BAD)
    async with explore(path) as drive:
        await drive.press("1", "g", "j")
        assert drive.app.selection == 3
        for keys, line in ((("e",), "4"), (("e", "e"), "6"), (("E",), "2"), (("E", "e", "e", "E"), "4")):
            await drive.press(*keys)
            assert isinstance(drive.app.screen, RejectsScreen)
            assert cursor_line(drive) == line
            await drive.press("escape")
        await drive.press("E", "E")
        assert cursor_line(drive) == "2"
        assert [notice.message for notice in drive.app._notifications] == ["This is the first one."]


async def test_a_reject_is_shown_whole(explore, tmp_path):
    """Enter shows place, reason and text of a reject, literally and wrapped, and escape goes back to the list."""
    path = tmp_path / "log"
    path.write_bytes(b"[@click=app.quit]x[/]\x1b" + b"y" * 300 + b"end\n" + b"z" * 30_000 + b"\n")
    async with explore(path, size=(80, 24)) as drive:
        await drive.press("e", "enter")
        assert isinstance(drive.app.screen, RejectScreen)
        text = "\n".join(drive.lines())
        assert "log · line 1 · byte 0 of the text" in text
        assert "not JSON" in text
        assert "[@click=app.quit]x[/]␛yyy" in text
        assert "end" in text
        assert max(len(line) for line in drive.lines()) <= 80
        await drive.press("escape")
        assert isinstance(drive.app.screen, RejectsScreen)
        await drive.press("e", "enter")
        page = drive.app.screen.query_one("#reject")
        while page.scroll_offset.y < page.max_scroll_y:
            await drive.press("space")
        assert "… 30,000 characters in all" in "\n".join(drive.lines())
        await drive.press("q", "q")
        assert not isinstance(drive.app.screen, RejectsScreen | RejectScreen)
        assert drive.app.is_running


async def test_damages_stand_in_the_list(explore, tmp_path):
    """Damages of the compressed bytes are counted in title and top bar, listed before the rejects, and told apart."""
    path = tmp_path / "log.gz"
    whole = gzip.compress(BAD)
    path.write_bytes(whole + b"garbage")
    async with explore(path, size=(80, 24)) as drive:
        assert drive.get(TopBar).facts.state.endswith("1 damage")
        assert "1 damage" in drive.lines()[1]
        await drive.press("e", "g")
        assert "Rejects · 3 lines are no events · 1 damage" in "\n".join(drive.lines())
        (line,) = (line for line in drive.lines() if "▌" in line)
        assert line.partition("▌")[2].split()[:2] == ["damage", str(len(whole))]
        await drive.press("enter")
        assert f"byte {len(whole)} of the file as stored" in "\n".join(drive.lines())
        await drive.press("escape", "j")
        assert cursor_line(drive) == "2"


async def test_the_place_of_a_damage_stands_there_whole(explore, tmp_path):
    """The column of bytes has room for the offsets of damages, too: those of rejects may be small, or there is none."""
    noise = random.Random(1).randbytes(30_000).hex()  # noqa: S311  not cryptography
    whole = gzip.compress(BAD + orjson.dumps({"ts": 1, "event": noise}) + b"\n")
    path = tmp_path / "log.gz"
    path.write_bytes(whole + b"garbage")
    async with explore(path, size=(80, 24)) as drive:
        await drive.press("e", "g")
        (line,) = (line for line in drive.lines() if "▌" in line)
        assert line.partition("▌")[2].split()[:2] == ["damage", f"{len(whole):,}"]


async def test_a_damage_of_a_plain_log_is_of_no_compressed_bytes(drive_over, tmp_path, monkeypatch):
    """A log that was cut off while it was read has a damage, which speaks of the bytes as they are stored."""
    path = tmp_path / "log"
    path.write_bytes(BAD)
    monkeypatch.setattr("tlx.reader.source.Source.shrunk", True)
    session = Session([str(path)], Settings())
    session.start()
    session.wait()
    try:
        async with drive_over(session) as drive:
            await drive.press("e", "g")
            (line,) = (line for line in drive.lines() if "cut off here" in line)
            assert "bytes as stored" in line
            assert "compressed" not in line
    finally:
        session.close()


async def test_without_rejects_the_list_says_so(explore, log):
    """Where every line is an event, the list is empty and says why."""
    async with explore(log()) as drive:
        await drive.press("e")
        text = "\n".join(drive.lines())
        assert "Rejects · 0 lines are no events" in text
        assert "Every line is an event: there are no rejects" in text


async def test_the_list_holds_any_number_of_rejects(explore, tmp_path):
    """Only the rejects on the screen are fetched, at the end of the list as at its beginning."""
    path = tmp_path / "many"
    path.write_bytes(b"".join(b"bad %d\n" % number for number in range(30_000)))
    async with explore(path) as drive:
        await drive.press("e", "G")
        assert cursor_line(drive) == "30,000"
        assert "bad 29999" in "\n".join(drive.lines())
        assert listed(drive).row_count == 30_000
        assert len(listed(drive)._rows._fresh) < 1000
        await drive.press("g")
        assert cursor_line(drive) == "1"


async def test_rejects_that_come_do_not_move_the_cursor(tmp_path, drive_over):
    """While a log is read its list of rejects grows, and the cursor stays on its reject."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = os.open(pipe, os.O_RDWR)
    session = Session([str(pipe)], Settings())
    session.start()
    try:
        async with drive_over(session) as drive:

            async def write(*lines):
                wanted = drive.app.progress.rejects + len(lines)
                os.write(writer, b"".join(line + b"\n" for line in lines))
                while drive.app.progress.rejects < wanted:
                    drive.app._look()
                    await drive.settle()

            await write(b"one", b"two")
            await drive.press("e", "j")
            assert cursor_line(drive) == "2"
            await write(b"three", b"four")
            await drive.settle()
            assert "Rejects · 4 lines are no events" in "\n".join(drive.lines())
            assert cursor_line(drive) == "2"
            await drive.end(writer)
    finally:
        session.close()


async def test_the_count_of_rejects_is_always_in_sight(explore, tmp_path):
    """At 80 columns, with long names, a filter and a run alone, the top bar still says how many rejects there are."""
    path = tmp_path / ("long" * 20)
    header = b'{"command_line_args":["x"],"trace_id":"t","start_time":[1771287108,0]}\n'
    events = b"".join(b'{"ts":%d,"event":"abc"}\n' % number for number in range(3000))
    path.write_bytes(header + events + header + events + b"bad\n" * 1234)
    async with explore(path, size=(80, 24), where="abc") as drive:
        assert "6,000 of 6,000 events   1,234 rejects" in drive.lines()[0]
        await drive.press("R", "G", "enter")
        assert "3,000 of 6,000 events   1,234 rejects" in drive.lines()[0]
        assert "only run 2/2" in drive.lines()[1]
        await drive.press("2", "z")
        assert "1,234 rejects" in drive.lines()[0]


async def test_rejects_of_a_run_alone(explore, tmp_path):
    """With a run alone its rejects alone are listed."""
    path = tmp_path / "log"
    header = b'{"command_line_args":["x"],"trace_id":"t","start_time":[1771287108,0]}\n'
    path.write_bytes(b"".join((header, BAD, header, b"bad\n")))
    async with explore(path) as drive:
        await drive.press("R", "G", "enter", "e")
        assert "Rejects · 1 line is no event" in "\n".join(drive.lines())
        assert cursor_line(drive) == "9"


async def test_a_run_alone_limits_every_pane(explore, sample):
    """Enter in the list of runs shows one alone: rows, kinds, the timeline's extent and the top bar are of it."""
    async with explore(sample("three_runs")) as drive:
        first, second, _ = drive.ask(runs.runs)
        await drive.press("R")
        assert isinstance(drive.app.screen, RunsScreen)
        lines = [" ".join(line.split()) for line in drive.lines()]
        assert any("all all runs" in line and "3,600" in line for line in lines)
        assert any(line.startswith("│ 2 buck2 bxl") and "00:38:54Z 43.4s 600" in line for line in lines)
        await drive.press("j", "j", "enter")
        assert drive.app.scope == Scope(run=2)
        assert drive.table("durations").row_count == second.actions
        shown = [(one.value, one.events) for one in drive.get(BreakdownPane)._rows.values()]
        found = drive.ask(lambda asker: kinds.kinds(asker, Scope(run=2)))
        assert shown == [(kind.execution_kind, kind.count) for kind in found]
        picture = drive.get(TimelinePane)._picture
        assert picture.whole == drive.ask(lambda asker: timeline.whole(timeline.run_spans(asker, 2)))
        assert sum(map(sum, picture.counts)) == second.events
        assert drive.ask(lambda asker: event.event(asker, drive.app.selection)).columns["run"] == 2
        assert "only run 2/3" in drive.lines()[1]
        assert drive.get(TopBar).facts.matches == second.events
        await drive.press("R")
        assert listed(drive).cursor_row == 2
        await drive.press("g", "enter")
        assert drive.app.scope == Scope()
        assert drive.table("durations").row_count == first.actions + second.actions


@pytest.mark.parametrize(("name", "number"), [("hephaestus.log", "2"), ("jupyter.jsonl", "")])
async def test_open_spans_are_counted_where_any_are(explore, sample, name, number):
    """The list of runs has a column for what never ended, in a log that has some."""
    async with explore(sample("x").with_name(name), size=(80, 24)) as drive:
        await drive.press("R")
        head, every = (" ".join(line.split()) for line in drive.lines() if " command" in line or " all runs" in line)
        assert head.endswith("events open │" if number else "events │")
        assert every.endswith(f" {number} │" if number else " │")


async def test_escape_leaves_the_list_and_the_run(explore, sample):
    """Escape closes the list without a change; in the panes it takes a filter back, and then the run alone."""
    async with explore(sample("three_runs")) as drive:
        for key in ("escape", "q", "R"):
            await drive.press("R", "j", key)
            assert drive.app.scope == Scope()
            assert not isinstance(drive.app.screen, RunsScreen)
        await drive.press("R", "j", "enter")
        await drive.filter("rustc")
        assert (drive.app.scope.run, drive.app.scope.condition.text) == (1, "rustc")
        await drive.press("escape")
        assert (drive.app.scope.run, drive.app.scope.condition.text) == (1, "")
        await drive.press("escape")
        assert drive.app.scope.run is None
        assert drive.app.is_running


async def test_the_timeline_goes_from_run_to_run(explore, sample):
    """Where a run is alone, the keys that go to the next run and the one before show that alone."""
    async with explore(sample("three_runs")) as drive:
        await drive.press("R", "j", "enter", "1", "right_square_bracket")
        assert drive.app.scope.run == 2
        await drive.press("right_square_bracket", "right_square_bracket")
        assert drive.app.scope.run == 3
        said = "\n".join(drive.lines())
        assert "No events in this run" in said
        assert "No events with a time" not in said
        await drive.press("left_square_bracket", "left_square_bracket", "left_square_bracket")
        assert drive.app.scope.run == 1


async def test_runs_of_several_files_are_named(drive_over, tmp_path, make):
    """Of files opened together the list says which run is in which, names shown literally."""
    action, header = make
    paths = [tmp_path / name for name in ("[b]one", "two")]
    for path in paths:
        path.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in (header("[red]go"), action(1))))
    session = Session([str(path) for path in paths], Settings())
    session.start()
    session.wait()
    try:
        async with drive_over(session, size=(80, 24)) as drive:
            await drive.press("R")
            lines = [" ".join(line.split()) for line in drive.lines()]
            assert any(line.startswith("│ 1 [b]one '[red]go'") for line in lines)
            assert any(line.startswith("│ 2 two") and line.endswith("Z 1s 1 │") for line in lines)
    finally:
        session.close()


@pytest.mark.parametrize(
    ("wanted", "shown", "words"),
    [
        (2, 2, ""),
        ("last", 3, ""),
        (7, None, "There is no run 7, only runs 1 to 3: all runs are shown."),
    ],
)
async def test_a_run_is_asked_for_at_the_start(explore, sample, wanted, shown, words):
    """A run of the command line is alone at the start; if it does not exist all are shown, and a word says so."""
    async with explore(sample("three_runs"), run=wanted) as drive:
        assert drive.app.scope.run == shown
        assert [notice.message for notice in drive.app._notifications] == ([words] if words else [])
        await drive.press("R", "g", "enter")
        drive.app.generation += 1
        await drive.settle()
        assert drive.app.scope.run is None


async def test_the_last_run_is_followed_while_a_log_is_read(tmp_path, make, drive_over):
    """With the last run wanted, a run that begins later takes its place, until the user chooses."""
    _, header = make
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = os.open(pipe, os.O_RDWR)
    session = Session([str(pipe)], Settings())
    session.start()
    try:
        async with drive_over(session, run="last") as drive:
            app = drive.app

            async def begin(number):
                record = {**header(), "start_time": [1_770_000_000 + number, 0]}
                os.write(writer, orjson.dumps(record) + b'\n{"ts":1,"event":"x"}\n')
                while min(app._growth.shown) < number:  # a slow machine shows growth later
                    app._look()
                    await drive.settle()
                await drive.settle()

            for number in (1, 2, 3):
                await begin(number)
                assert app.scope.run == number
            await drive.press("R", "g", "j", "enter")
            assert app.scope.run == 1
            await begin(4)
            assert app.scope.run == 1
            await drive.end(writer)
    finally:
        session.close()


ONLY_WHERE_THERE_ARE_GROUPS = {"durations.exclude", "durations.include", "durations.close"}


async def test_every_action_is_in_the_palette(explore, log):
    """The command palette offers each action that has a key, with words, and runs it."""
    async with explore(log()) as drive:
        commands = {command.title: command for command in drive.app.get_system_commands(drive.app.screen)}
        of_groups = [binding for binding in DurationsPane.BINDINGS if binding.id in ONLY_WHERE_THERE_ARE_GROUPS]
        assert len(of_groups) == len(ONLY_WHERE_THERE_ARE_GROUPS)
        for binding in (*TlxApp.BINDINGS, *Desk.BINDINGS, *DurationsPane.BINDINGS, *Table.BINDINGS):
            is_itself = binding.action == "command_palette"
            assert (binding.description in commands) == (binding not in of_groups and not is_itself)
        assert "Show one run alone, or all (R)" in commands["Runs"].help
        own = {active.binding.description for active in drive.app.screen.active_bindings.values()}
        assert commands.keys() - own == {"Theme"}, "what Textual offers of its own is none of tlx"
        await commands["Runs"].callback()
        await drive.settle()
        assert isinstance(drive.app.screen, RunsScreen)
