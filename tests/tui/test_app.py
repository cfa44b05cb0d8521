"""The app as a whole: what all panes share."""

import os

import orjson
import pytest
from textual._compositor import Compositor
from textual.color import Color
from textual.events import DescendantFocus
from textual.geometry import Region
from textual.widgets import Input

from tlx.config.settings import Settings
from tlx.query import kinds, rows
from tlx.query.ask import Scope
from tlx.query.language.compile import compile_filter
from tlx.session import Session, SourceError
from tlx.tui.desk import Desk
from tlx.tui.filters.filter_bar import FilterBar
from tlx.tui.panes.breakdown import BreakdownPane
from tlx.tui.panes.inspector.pane import InspectorPane
from tlx.tui.panes.inspector.tree import InspectorTree
from tlx.tui.panes.timeline import TimelinePane
from tlx.tui.widgets.tabs import Tabs
from tlx.tui.widgets.top_bar import TopBar


async def test_the_longest_action_is_selected_at_first(explore, log):
    """The table stands on the longest action, and the inspector shows it."""
    async with explore(log()) as drive:
        assert drive.table("durations").cursor_row == 0
        tree = drive.get(InspectorTree)
        assert drive.app.selection == drive.table("durations").row_id_at_cursor
        assert tree.outline.line(0)[1:3] == ("name", "compile file_59")


async def test_a_selection_is_that_of_all_panes(explore, log):
    """What is selected in the table is marked in the timeline and inspected."""
    async with explore(log()) as drive:
        await drive.press("j", "j", "j")
        assert drive.app.selection == drive.table("durations").row_id_at_cursor
        assert drive.get(TimelinePane)._picture.selected.id == drive.app.selection
        assert drive.get(InspectorPane).event.columns["id"] == drive.app.selection
        await drive.press("1", "k")
        assert drive.table("durations").row_id_at_cursor == drive.app.selection
        assert drive.get(InspectorPane).event.columns["id"] == drive.app.selection


async def test_held_keys_walk_a_row_each(explore, log):
    """Keys that come faster than answers are not taken back by them."""
    async with explore(log()) as drive:
        await drive.pilot.press(*"jjjjjjjjjjjjjjj")
        await drive.settle()
        assert drive.table("durations").cursor_row == 15
        assert drive.app.selection == drive.table("durations").row_id_at_cursor


async def test_a_filter_reaches_all_panes(explore, log):
    """A filter that was typed changes what every pane counts, by the numbers of the queries."""
    async with explore(log()) as drive:
        await drive.filter("execution_kind = local")
        scope = Scope(compile_filter("execution_kind = local"))
        total = drive.ask(lambda asker: rows.total(asker, scope))
        assert total == 20
        assert drive.table("durations").row_count == total
        assert drive.get(TopBar).facts.matches == total
        found = drive.ask(lambda asker: kinds.kinds(asker, scope))
        shown = [(one.value, one.events) for one in drive.get(BreakdownPane)._rows.values()]
        assert shown == [(kind.execution_kind, kind.count) for kind in found]
        assert sum(map(sum, drive.get(TimelinePane)._picture.counts)) == total


async def test_a_filter_does_not_move_the_selection(explore, log):
    """An event that passes a filter stays selected when it comes and when it goes."""
    async with explore(log()) as drive:
        await drive.press(*"jjjjj")
        chosen = drive.app.selection
        await drive.filter("execution_kind = Local")
        assert (drive.app.selection, drive.table("durations").row_id_at_cursor) == (chosen, chosen)
        await drive.press("escape")
        assert drive.app.scope.condition.text == ""
        assert (drive.app.selection, drive.table("durations").row_id_at_cursor) == (chosen, chosen)


async def test_an_error_keeps_the_last_filter(explore, log):
    """A filter with a mistake changes nothing but the hint, whose caret stands under the mistake."""
    async with explore(log()) as drive:
        await drive.filter("duration > 3s")
        count = drive.table("durations").row_count
        await drive.write("local durtion > 3s")
        hint = drive.app.query_one("#filter-hint")
        assert hint.has_class("error")
        assert str(hint.render()).index("^") == len("local ")
        assert "duration" in str(hint.render())
        assert drive.app.scope.condition.text == "duration > 3s"
        await drive.press("enter")
        assert drive.get(FilterBar).visible
        await drive.press("escape")
        assert not drive.get(FilterBar).visible
        assert drive.table("durations").row_count == count


async def test_the_filter_bar_moves_nothing(explore, log):
    """The bar covers the second line of the top; no pane changes its place."""
    async with explore(log()) as drive:
        before = [pane.region for pane in drive.app.query("#panes Pane")]
        await drive.press("f")
        assert isinstance(drive.app.focused, Input)
        assert [pane.region for pane in drive.app.query("#panes Pane")] == before
        assert drive.get(FilterBar).region.y == 1


async def test_what_a_frame_says_is_drawn_without_what_is_in_it(explore, log, monkeypatch):
    """Only the two lines of the frame are drawn anew, and none where it says the same as before."""
    async with explore(log()) as drive:
        shown = drive.get(BreakdownPane)
        width, height = shown.outer_size
        drawn = []
        monkeypatch.setattr(shown, "_set_dirty", lambda *regions: drawn.append(regions))
        shown.entitle(*shown.said)
        before = len(drawn)
        shown.entitle("3 Of late", "a note")
        shown.entitle("3 Of late", "a note")
        offset = shown.content_offset
        lines = {region.translate(offset) for regions in drawn[before:] for region in regions}
        assert lines == {Region(0, 0, width, 1), Region(0, height - 1, width, 1)}
        assert len(drawn) - before == 2
        monkeypatch.undo()
        shown.entitle("3 Of late", "another note")
        await drive.settle()
        text = "\n".join(drive.lines())
        assert "3 Of late" in text
        assert "another note" in text


async def test_escape_takes_filters_back_one_by_one_and_never_quits(explore, log):
    """Each filter added is taken back by one escape; one more does nothing."""
    async with explore(log()) as drive:
        await drive.filter("lib")
        await drive.filter("lib duration > 1s")
        await drive.press("escape")
        assert drive.app.scope.condition.text == "lib"
        await drive.press("escape", "escape", "escape")
        assert drive.app.scope.condition.text == ""
        assert drive.app.is_running


async def test_q_quits(explore, log):
    """The key q ends the app without a failure."""
    async with explore(log()) as drive:
        await drive.pilot.press("q")
        await drive.pilot.pause()
        assert drive.app._exit
        assert drive.app.failure is None


async def test_tab_goes_round_the_panes(explore, log):
    """Tab and shift+tab give the keys to the next pane and the one before, all around."""
    async with explore(log()) as drive:
        seen = []
        for _ in range(4):
            await drive.press("tab")
            seen.append(drive.get(Desk).current)
        assert seen == [3, 4, 1, 2]
        await drive.press("shift+tab")
        assert drive.get(Desk).current == 1
        assert drive.app.focused.id == "timeline-chart"


async def test_what_gets_the_keys_is_painted_alone(explore, log, monkeypatch):
    """A pane that gets the keys looks other, and so does the one that had them: the rest is not painted again."""
    painted = []
    whole, part = Compositor.render_full_update, Compositor.render_partial_update

    def render_whole(self):
        painted.append("all")
        return whole(self)

    def render_part(self):
        painted.append("part")
        return part(self)

    async with explore(log(), size=(140, 42)) as drive:
        monkeypatch.setattr(Compositor, "render_full_update", render_whole)
        monkeypatch.setattr(Compositor, "render_partial_update", render_part)
        await drive.press("tab")
        assert drive.app.focused.id == "breakdown-table"
        assert set(painted) == {"part"}


@pytest.mark.parametrize("keys", [("tab",) * 3, ("tab", "1", "tab"), ("3", "shift+tab", "4", "tab", "tab")])
async def test_tabs_that_come_fast_are_steps_all_the_same(explore, log, keys):
    """No step is lost where the next key comes before a pane has got the keys."""
    async with explore(log()) as drive:
        await drive.pilot.press(*keys)
        await drive.settle()
        current = 2
        for key in keys:
            current = int(key) if key.isdigit() else (current - 1 + (1 if key == "tab" else -1)) % 4 + 1
        assert drive.get(Desk).current == current
        assert drive.app.focused in drive.app.query_one(f"#pane-{current}").walk_children()


async def test_keys_that_a_pane_gets_late_are_those_of_the_pane_wanted_last(explore, log):
    """Between a tab and the pane it leads to, news of the pane before does not lead back."""
    async with explore(log()) as drive:
        desk = drive.get(Desk)
        desk.action_next_pane(1)
        late = DescendantFocus(drive.table("durations"))
        desk.on_descendant_focus(late)
        assert desk.current == 3
        await drive.settle()
        desk.on_descendant_focus(late)
        assert desk.current == 3
        assert drive.app.focused.id == "breakdown-table"


async def test_news_of_the_pane_before_that_comes_when_the_next_has_just_got_the_keys(explore, log):
    """It is late from the moment on in which the keys are given away."""
    async with explore(log()) as drive:
        desk = drive.get(Desk)
        desk.action_next_pane(1)
        desk._give_keys(drive.table("breakdown"), 3)
        desk.on_descendant_focus(DescendantFocus(drive.table("durations")))
        assert desk.current == 3
        desk.action_next_pane(1)
        await drive.settle()
        assert drive.app.focused.id == "inspector-tree"


@pytest.mark.parametrize("size", [(132, 30), (80, 24)])
async def test_z_shows_a_pane_alone(explore, log, size):
    """One pane fills the screen between top and footer; escape brings the others back."""
    async with explore(log(), size=size) as drive:
        for number in (1, 2, 3, 4):
            await drive.press(str(number), "z")
            shown = [pane for pane in drive.app.query("#panes Pane") if pane.region]
            assert [pane.id for pane in shown] == [f"pane-{number}"]
            assert shown[0].region.size == (size[0], size[1] - 3)
            name = ("Timeline", "Durations", "Breakdown", "Inspector")[number - 1]
            assert f" {number} {name} " in drive.lines()[2], "its frame tells what it shows"
            await drive.press("escape")
            assert len([pane for pane in drive.app.query("#panes Pane") if pane.region]) == (4 if size[0] > 100 else 2)


async def test_narrow_screens_show_one_lower_pane(explore, log):
    """At 80x24 the lower panes take turns under the tabs, by key and by click."""
    async with explore(log(), size=(80, 24)) as drive:
        tabs = drive.get(Tabs)
        assert [pane.id for pane in drive.app.query("#lower Pane") if pane.region] == ["pane-2"]
        assert "60 actions" in tabs.note
        await drive.press("3")
        assert [pane.id for pane in drive.app.query("#lower Pane") if pane.region] == ["pane-3"]
        await drive.pilot.click(Tabs, offset=(35, 0))
        await drive.settle()
        assert [pane.id for pane in drive.app.query("#lower Pane") if pane.region] == ["pane-4"]
        assert drive.app.focused.id == "inspector-tree"


async def test_resizing_keeps_selection_and_pane(explore, log):
    """From 132x30 to 80x24 and back the same event is selected and the same pane has the keys."""
    async with explore(log()) as drive:
        await drive.press(*"jjjjjjjj")
        chosen = drive.app.selection
        for size in ((80, 24), (132, 30), (60, 20), (200, 60)):
            await drive.pilot.resize_terminal(*size)
            await drive.settle()
            assert (drive.app.selection, drive.table("durations").row_id_at_cursor) == (chosen, chosen)
            assert drive.app.focused.id == "durations-table"
            assert all(len(line) == size[0] for line in drive.lines() if line.isascii())


async def test_the_run_of_the_selected_event_is_named(explore, sample):
    """With several runs the top bar says which one the selected event is in."""
    async with explore(sample("three_runs")) as drive:
        assert (drive.get(TopBar).facts.run, drive.get(TopBar).facts.runs) == (1, 3)
        await drive.press("1", "G")
        facts = drive.get(TopBar).facts
        assert facts.run != 1
        assert f"run {facts.run}/3" in drive.lines()[1]


async def test_a_torn_log_says_so(explore, sample):
    """The state of a source that is not complete stands in the top bar."""
    async with explore(sample("torn")) as drive:
        assert "torn" in drive.lines()[1]


@pytest.mark.parametrize("content", [b"", b"no json\n[1]\n"], ids=["empty", "rejects"])
async def test_logs_without_events_say_why(explore, tmp_path, content):
    """Every pane of a log without events says that there is none, and rejects are counted."""
    path = tmp_path / "log"
    path.write_bytes(content)
    async with explore(path) as drive:
        text = "\n".join(drive.lines())
        assert text.count("No events in this log") > 1, "the timeline says so, too"
        assert "No events with a time" not in text
        assert "No actions in this log" in text
        assert drive.get(TopBar).facts.rejects == (2 if content else 0)
        assert ("2 rejects, E lists them" in drive.table("durations").empty_text) == bool(content)
        await drive.press("R")
        assert "No runs in this log" in "\n".join(drive.lines())


async def test_a_failing_session_shows_its_message(load, log, drive_over):
    """What ended the loading early stands on the screen until the app is left, literally."""
    session = load(log(name="failing.jsonl"))
    session.failure = SourceError("log.jsonl: [bold]the disk[/] is gone")
    async with drive_over(session) as drive:
        assert "[bold]the disk[/] is gone" in drive.lines()[1]


async def test_growth_does_not_move_the_cursor(tmp_path, make, drive_over):
    """Until the user moves, the longest so far is selected; then longer ones go above, and the selection stays."""
    action, header = make
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = os.open(pipe, os.O_RDWR)
    session = Session([str(pipe)], Settings())
    session.start()
    try:
        async with drive_over(session) as drive:
            table = drive.table("durations")

            async def write(numbers, *first):
                records = [*first, *(action(number) for number in numbers)]
                os.write(writer, b"".join(orjson.dumps(record) + b"\n" for record in records))
                while session.progress().events < numbers.stop or table.row_count < numbers.stop:
                    drive.app._look()
                    await drive.settle()

            await write(range(10), header())
            assert "loading" in drive.get(TopBar).facts.progress
            first = drive.app.selection
            await write(range(10, 20))
            assert table.cursor_row == 0
            assert drive.app.selection != first
            await drive.press("j", "j")
            chosen = drive.app.selection
            assert table.cursor_row == 2
            await write(range(20, 30))
            assert (drive.app.selection, table.row_id_at_cursor, table.cursor_row) == (chosen, chosen, 12)
            await drive.end(writer)
    finally:
        session.close()


THEMES = {"dark": None, "light": "tlx-light", "builtin": "nord", "ansi": "textual-ansi"}


@pytest.mark.parametrize(("theme", "no_color"), [*((theme, False) for theme in THEMES), ("dark", True), ("ansi", True)])
async def test_text_stands_out_from_what_is_behind_it(explore, log, monkeypatch, theme, no_color):
    """Nowhere is text drawn in the colour of its background, in any theme, with colours or without."""
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    async with explore(log(), settings=Settings(theme=THEMES[theme])) as drive:
        await drive.filter("lib")
        for strip in drive.app.screen._compositor.render_strips():
            for segment in strip:
                style = segment.style
                if segment.text.isspace() or not segment.text or style is None or not (style.color and style.bgcolor):
                    continue
                if all(0x2580 <= ord(character) < 0x25A0 or character == " " for character in segment.text):
                    continue  # a block is colour alone
                front, back = (Color.from_rich_color(color) for color in (style.color, style.bgcolor))
                assert front.rgb != back.rgb or style.color.is_default, segment


async def test_ascii_draws_nothing_else(explore, log):
    """With --ascii every character on the screen is ASCII, frames and scrollbars too."""
    async with explore(log(), settings=Settings(ascii_only=True)) as drive:
        for keys in ((), ("4",), ("1", "w"), ("escape", "2", "v"), ("question_mark",)):
            await drive.press(*keys)
            assert not [line for line in drive.lines() if not line.isascii()]
        await drive.press("escape")
        await drive.filter("lib duration > 1s")
        for keys in (("C", "space"), ("e",), ("tab",), ("escape", "escape", "slash", "l", "i")):
            await drive.press(*keys)
            assert not [line for line in drive.lines() if not line.isascii()]


async def test_texts_are_counted_beside_events(explore, tmp_path):
    """A traceback is a row of the table; at the top it is told apart from the events."""
    line = {"timestamp": "2026-11-20T10:00:00Z", "level": "ERROR", "logger": "hephaestus.cli", "message": "failed"}
    path = tmp_path / "hephaestus.log"
    path.write_bytes(orjson.dumps(line) + b"\nTraceback (most recent call last):\nKeyError: 1\n" + orjson.dumps(line))
    async with explore(path) as drive:
        assert "2 events · 1 text · 0 rejects" in drive.lines()[0]
        assert drive.table("durations").row_count == 3
        for typed, passing in (("dialect = hephaestus", (2, 1)), ("KeyError", (0, 1)), ("not KeyError", (2, 0))):
            await drive.filter(typed)
            assert drive.table("durations").row_count == sum(passing)
            assert f"{passing[0]} of 2 events · {passing[1]} of 1 text · 0 rejects" in drive.lines()[0]
        await drive.press("f")
        assert "2 of 2 events · 0 of 1 text" in "\n".join(drive.lines()[1:])
