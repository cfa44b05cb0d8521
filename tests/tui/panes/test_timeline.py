"""The timeline: its window on time, its slices and its mouse."""

from dataclasses import replace

import pytest
from textual.events import MouseScrollDown, MouseScrollUp

from tlx.query.ask import ALL
from tlx.query.concurrency.sweep import Sweep
from tlx.tui.drawing.timeline import GUTTER
from tlx.tui.filters.filter_bar import FilterBar
from tlx.tui.panes.inspector.pane import InspectorPane
from tlx.tui.panes.timeline import TimelinePane
from tlx.tui.timeline.keep import Shelf, keep, swept
from tlx.tui.timeline.picture import First

BEGAN = 1_770_000_000_000_000_000


def window(drive):
    """The part of time that is shown."""
    return drive.get(TimelinePane)._picture.window


async def test_zooming_keeps_the_selected_event_in_view(explore, sample):
    """However far w zooms in, the selected event is seen; s zooms out again, 0 shows all."""
    async with explore(sample("build")) as drive:
        await drive.press("1")
        whole = window(drive)
        for _ in range(10):
            await drive.press("w")
            bar = drive.get(TimelinePane)._picture.selected
            assert bar.end >= window(drive)[0]
            assert bar.start < window(drive)[1]
        assert window(drive)[1] - window(drive)[0] < (whole[1] - whole[0]) / 500
        await drive.press("s")
        assert whole[0] < window(drive)[0]
        await drive.press("0")
        assert window(drive) == whole


async def test_panning_stays_within_the_log(explore, sample):
    """The keys h and l move the window by a quarter, never past the ends."""
    async with explore(sample("build")) as drive:
        await drive.press("1", "w", "w")
        before = window(drive)
        await drive.press("h")
        assert window(drive)[0] - before[0] == round((before[1] - before[0]) * -0.25)
        whole = drive.get(TimelinePane)._picture.whole
        await drive.press(*"l" * 12)
        assert window(drive)[1] == whole[1]


async def test_slices_are_walked_in_order_of_time(explore, log):
    """The keys j and k select what starts next and before, g and G the first and the last, panning as needed."""
    async with explore(log()) as drive:
        await drive.press("1", "g")
        first = drive.app.selection
        await drive.press("w", "w", "w", "w", "j", "j")
        second = drive.app.selection
        assert second != first
        await drive.press("k", "k")
        assert drive.app.selection == first
        await drive.press("G")
        bar = drive.get(TimelinePane)._picture.selected
        assert bar.id == drive.app.selection
        assert window(drive)[0] <= bar.end
        assert bar.start < window(drive)[1]


async def test_a_selection_elsewhere_moves_the_window_to_it(explore, log):
    """An event that is selected in the table is seen in the timeline, even when zoomed in somewhere else."""
    async with explore(log()) as drive:
        await drive.press("1", "w", "w", "w", "w", "w", "2", "G")
        bar = drive.get(TimelinePane)._picture.selected
        assert bar.id == drive.app.selection
        assert window(drive)[0] <= bar.end
        assert bar.start < window(drive)[1]


async def test_a_filter_keeps_the_window(explore, log):
    """Where the filter thins the events out, the times on the axis stay; 0 twice goes to what matches."""
    async with explore(log()) as drive:
        whole = window(drive)
        await drive.filter("file_30")
        assert window(drive) == whole
        await drive.press("1", "0")
        begin, end = window(drive)
        assert end - begin < whole[1] - whole[0]


async def test_a_click_in_the_density_selects_near_its_time(explore, log):
    """The event selected lies at the time that was clicked, give or take a cell."""
    async with explore(log()) as drive:
        pane = drive.get(TimelinePane)
        x = GUTTER + pane._room.columns // 3
        await drive.pilot.click("#timeline-chart", offset=(x, 1))
        await drive.settle()
        begin, end = window(drive)
        moment = begin + (end - begin) // 3
        bar = pane._picture.selected
        near = (end - begin) / pane._room.columns * 2
        assert bar.start - near <= moment <= bar.end + near


async def test_a_click_on_a_bar_selects_it_and_two_open_it(explore, log):
    """A bar is selected by a click; a double click gives the keys to the inspector."""
    async with explore(log()) as drive:
        pane = drive.get(TimelinePane)
        bar = max(pane._picture.lanes[1], key=lambda bar: bar.end - bar.start)
        begin, end = window(drive)
        x = GUTTER + ((bar.start + bar.end) // 2 - begin) * pane._room.columns // (end - begin)
        y = pane._room.first_lane + 1
        await drive.pilot.click("#timeline-chart", offset=(x, y))
        await drive.settle()
        assert drive.app.selection == bar.id
        await drive.pilot.click("#timeline-chart", offset=(x, y), times=2)
        await drive.settle()
        assert drive.get(InspectorPane).event.columns["id"] == bar.id
        assert drive.app.focused.id == "inspector-tree"


async def test_brackets_go_from_run_to_run(explore, sample):
    """With ] the window holds the next run alone, with [ the one before."""
    async with explore(sample("three_runs")) as drive:
        whole = window(drive)
        await drive.press("1", "right_square_bracket")
        first = window(drive)
        assert first[1] - first[0] < (whole[1] - whole[0]) / 2
        await drive.press("right_square_bracket")
        assert window(drive)[0] > first[0]
        await drive.press("left_square_bracket")
        assert window(drive) == first


async def test_the_counts_are_all_events(explore, sample):
    """Every event with a time is in one column of the density, whatever the width."""
    async with explore(sample("build")) as drive:
        for size in ((80, 24), (200, 60), (140, 42)):
            await drive.pilot.resize_terminal(*size)
            await drive.settle()
            assert sum(map(sum, drive.get(TimelinePane)._picture.counts)) == 6000


def pane(drive):
    """The timeline."""
    return drive.get(TimelinePane)


def touching(drive, span):
    """The ids of the actions that touch a range, told by the store alone."""
    found = drive.ask(lambda asker: asker.rows("SELECT id, start, time FROM events WHERE duration_ns IS NOT NULL"))
    return {row[0] for row in found if row[2] >= span[0] and row[1] < span[1]}


async def test_f_shows_the_selected_event(explore, log):
    """The key f fills the window with the selected event; elsewhere it opens the filter, and & does so everywhere."""
    async with explore(log()) as drive:
        bar = pane(drive)._picture.selected
        await drive.press("1", "f")
        begin, end = window(drive)
        assert begin <= bar.start < bar.end <= end
        assert end - begin == (bar.end - bar.start) * 5 // 4
        assert not drive.get(FilterBar).visible
        await drive.press("ampersand")
        assert drive.get(FilterBar).visible
        await drive.press("escape", "2", "f")
        assert drive.get(FilterBar).visible


async def test_the_lane_is_walked_from_slice_to_slice(explore, log):
    """The keys . and , stay on the lane of the selected slice, and go on where nothing more of it is drawn."""
    async with explore(log()) as drive:
        await drive.press("1")
        lanes = pane(drive)._picture.lanes
        lane = next(lane for lane in lanes if len(lane) > 2)
        drive.app.selection = lane[0].id
        await drive.settle()
        await drive.press("full_stop", "full_stop")
        assert drive.app.selection == lane[2].id
        await drive.press("comma")
        assert drive.app.selection == lane[1].id
        await drive.press("f", "full_stop")
        bar = pane(drive)._picture.selected
        assert bar.id == drive.app.selection != lane[1].id
        assert bar.start >= lane[1].end
        assert window(drive)[0] <= bar.end
        assert bar.start < window(drive)[1]


async def test_t_tells_the_time_of_day(explore, log, lines_of):
    """Times count from the start of the run; with t they are UTC, on the axis and in the frame; t again goes back."""
    async with explore(log()) as drive:
        await drive.press("1")
        told = pane(drive).said[0]
        assert told.startswith("1 Timeline · -0:00.1 … +0:59.0 since start · 59.1s · ")
        assert "of run" in "\n".join(lines_of(pane(drive)._chart))
        await drive.press("t")
        assert pane(drive).said[0].startswith("1 Timeline · 02:39:59.9 … 02:40:59.0 UTC · 59.1s · ")
        assert "02:40:10" in "\n".join(lines_of(pane(drive)._chart))
        await drive.press("t")
        assert pane(drive).said[0] == told


async def test_a_range_by_keys_limits_every_pane(explore, log):
    """The key v takes the time of the selected event, arrows move its end, enter makes it the range of all panes."""
    async with explore(log()) as drive:
        await drive.press("1", "w")
        shown, picture = window(drive), pane(drive)._picture
        cell = (shown[1] - shown[0]) / pane(drive)._room.columns
        bar = picture.selected
        await drive.press("v")
        first = pane(drive)._choosing.window
        assert first == (max(bar.start, shown[0]), min(bar.end, shown[1]))
        await drive.press("left", "a")
        chosen = pane(drive)._choosing.window
        assert chosen[0] == first[0]
        assert chosen[1] == pytest.approx(first[1] - 11 * cell, abs=500)
        await drive.press("v", "right", "l")
        chosen = pane(drive)._choosing.window
        assert chosen[0] == pytest.approx(first[0] + 2 * cell, abs=500)
        assert drive.app.scope.window is None
        await drive.press("enter")
        assert drive.app.scope.window == chosen == window(drive)
        assert drive.table("durations").row_count == len(touching(drive, chosen)) < 60
        assert "▸ range of" in drive.lines()[1]
        await drive.press("0")
        assert window(drive) == picture.whole
        await drive.press("0")
        assert window(drive) == chosen
        await drive.press("escape")
        assert drive.app.scope.window is None
        assert window(drive) == shown
        assert drive.table("durations").row_count == 60


async def test_a_range_can_be_left(explore, log):
    """While a range is chosen, esc leaves it and nothing else; without one esc takes the filter back as ever."""
    async with explore(log()) as drive:
        await drive.filter("file_3")
        await drive.press("1", "v", "escape")
        assert pane(drive)._choosing is None
        assert drive.app.scope.condition.text
        await drive.press("escape")
        assert not drive.app.scope.condition.text


async def test_ranges_are_taken_back_one_by_one(explore, log):
    """A range within a range gives way to the outer one, in the pane that has the keys then or any other."""
    async with explore(log()) as drive:
        await drive.press("1", "v", "enter")
        outer = drive.app.scope.window
        await drive.press("v", "left", "left", "left", "enter")
        assert drive.app.scope.window != outer
        await drive.press("2", "escape")
        assert drive.app.scope.window == outer
        await drive.press("escape")
        assert drive.app.scope.window is None


async def test_a_drag_chooses_a_range(explore, log):
    """The mouse dragged from one cell to another limits every pane to the time from the one to the other."""
    async with explore(log()) as drive:
        before, room, chosen = window(drive), pane(drive)._room, drive.app.selection
        await drive.pilot.mouse_down("#timeline-chart", offset=(GUTTER + 40, 1))
        await drive.pilot.hover("#timeline-chart", offset=(GUTTER + 25, 2))
        await drive.settle()
        assert "enter takes it" in pane(drive).said[0]
        await drive.pilot.hover("#timeline-chart", offset=(GUTTER + 20, 2))
        await drive.pilot.mouse_up("#timeline-chart", offset=(GUTTER + 20, 2))
        await drive.settle()
        length = before[1] - before[0]
        wanted = before[0] + length * 20 // room.columns, before[0] + length * 41 // room.columns
        assert drive.app.scope.window == window(drive) == wanted
        assert drive.table("durations").row_count == len(touching(drive, wanted))
        assert chosen in touching(drive, before)


async def test_the_wheel_zooms_about_the_mouse(explore, log):
    """What is under the mouse stays under it, inwards and outwards."""
    async with explore(log()) as drive:
        await drive.press("1")
        for turn, factor in ((MouseScrollUp, 0.5), (MouseScrollUp, 0.5), (MouseScrollDown, 2)):
            begin, end = window(drive)
            moment = begin + (end - begin) * 30 // pane(drive)._room.columns
            await drive.pilot._post_mouse_events([turn], "#timeline-chart", offset=(GUTTER + 30, 1), button=0)
            await drive.settle()
            after = window(drive)
            assert after[1] - after[0] == pytest.approx((end - begin) * factor, abs=2)
            assert (moment - after[0]) / (after[1] - after[0]) == pytest.approx((moment - begin) / (end - begin), 1e-6)


async def test_the_most_in_flight_comes_later(explore, log, monkeypatch):
    """What takes sorting is not waited for: the picture is there first, and says how many ran at most once that rests.

    To zoom meanwhile puts it off again, and loses nothing of it.
    """
    async with explore(log()) as drive:
        whole = pane(drive)._picture
        monkeypatch.setattr("tlx.tui.timeline.rest.REST_SECONDS", 60)
        await drive.filter("duration > 1ms")
        await drive.press("1")
        first = pane(drive)._picture
        assert (first.busiest, first.running) == (None, whole.running)
        await drive.press("w", "0")
        pane(drive).make_way()
        monkeypatch.setattr("tlx.tui.timeline.rest.REST_SECONDS", 0)
        await drive.press("s")
        assert pane(drive)._picture.busiest == whole.busiest > 0
        assert pane(drive)._use is not None


def tables(drive):
    """The tables in the store that the timeline made."""
    names = drive.ask(lambda asker: asker.rows("SELECT table_name FROM duckdb_tables()"))
    return {name for (name,) in names if name.startswith(("slate", "sweep"))}


async def test_what_is_kept_is_dropped_in_the_end(load, drive_over, log):
    """Through filters and zooms the store holds the tables of one scope alone."""
    session = load(log(name="kept.jsonl"))
    async with drive_over(session) as drive:
        for text in ("file_3", "duration > 1s", "file_1"):
            await drive.filter(text)
            await drive.press("1", "w", "w", "0")
        await drive.press("s")
        kept = pane(drive)._kept
        assert kept.is_whole
        assert tables(drive) == {kept.slate.table, kept.sweep.table}


async def test_a_late_answer_leaves_no_table(load, drive_over, log, monkeypatch):
    """Where a question that was overtaken is done behind the one that overtook it, its table is not left over."""
    session = load(log(name="late.jsonl"))
    async with drive_over(session) as drive:
        shelf, fill, late = Shelf(), Sweep.fill, []

        def overtaken(sweep, asker, of):
            if not late:
                late.append(sweep)
                late.append(shelf.keep_only(drive.ask(lambda newer: swept(newer, kept, shelf))))
            fill(sweep, asker, of)

        before = tables(drive)
        monkeypatch.setattr(Sweep, "fill", overtaken)
        stack = pane(drive)._answer.stacked.stack
        kept = drive.ask(lambda asker: keep(asker, ALL, stack, shelf, shelf.turn))
        assert drive.ask(lambda asker: swept(asker, kept, shelf)) == late[1]
        assert tables(drive) - before == {kept.slate.table, late[1].sweep.table}
        assert late[0] != late[1].sweep


async def test_what_was_kept_before_a_turn_is_kept_anew(explore, log):
    """What is kept once it has been let go of is neither shown nor left over; it is asked for again."""
    async with explore(log()) as drive:
        stale = pane(drive)._kept
        first = First(stale, pane(drive)._wanted(), pane(drive)._answer, is_drawn=True)
        pane(drive)._adopt(None)
        pane(drive)._keep(first)
        await drive.settle()
        kept = pane(drive)._kept
        assert kept.is_whole
        assert not {kept.slate.table, kept.sweep.table} & {stale.slate.table, stale.sweep.table}


async def test_a_first_picture_holds_for_another_selection_that_it_shows(explore, log, make):
    """Rows that are listed meanwhile select another event: no second picture is asked for, unless it is not drawn."""
    action, header = make
    async with explore(log(header(), *map(action, range(1, 6)))) as drive:
        shown, wanted, answer = pane(drive), pane(drive)._wanted(), pane(drive)._answer
        kept, drawn = shown._kept, {bar.id for lane in answer.picture.lanes for bar in lane}
        other = max(drawn - {wanted.selection})
        for selection, window, again in ((other, None, False), (other, (1, 2), True), (10**6, None, True)):
            first = wanted._replace(selection=selection, window=window, seek=True)
            found = replace(answer.picture, lanes=[] if selection not in drawn else answer.picture.lanes)
            shown._keep(First(kept, first, answer._replace(picture=found), is_drawn=True))
            assert shown.asks("timeline") == again
            assert shown._picture.selected.id == wanted.selection
            await drive.settle()


async def test_events_without_a_time_are_told(explore, log, make):
    """What no picture of time can show is told in the frame, and so is a selected event among it."""
    action, header = make
    timeless = action(5)
    del timeless["epoch_millis"]
    async with explore(log(header(), action(1), timeless)) as drive:
        assert "1 without a time" in pane(drive).said[1]
        drive.app.selection = max(row[0] for row in drive.ask(lambda asker: asker.rows("SELECT id FROM events")))
        await drive.settle()
        assert "the selected event has no time" in pane(drive).said[1]
        drive.app.selection = min(bar.id for lane in pane(drive)._picture.lanes for bar in lane)
        await drive.settle()
        assert "the selected event has no time" not in pane(drive).said[1]


async def test_a_log_of_instants_has_no_actions(explore, log):
    """Where nothing has a duration that is said, instead of an idle run."""
    async with explore(log({"timestamp": BEGAN, "event": "a"}, {"timestamp": BEGAN + 10**9, "event": "b"})) as drive:
        assert "no action here has a duration" in pane(drive).said[1]
        assert "tail" not in pane(drive).said[1]


async def test_hostile_names_are_drawn_as_they_stand(explore, log, make, lines_of):
    """Markup in a name is no markup, and an escape is never sent."""
    action, header = make
    name = {"category": "[red]x[/red]\x1b[31m", "identifier": ""}
    async with explore(log(header(), action(200, name=name))) as drive:
        await drive.press("1", "f")
        drawn = "\n".join(lines_of(pane(drive)._chart))
        assert "[red]x[/red]␛[31m" in drawn
        assert "\x1b" not in drawn


async def test_idle_time_and_tail_are_on_the_axis(explore, log, make, lines_of):
    """Two actions, a pause, and one alone at the end: the pause is dotted, the end is double."""
    action, header = make
    busy = [action(number, duration_millis=1000) for number in (10, 10, 40)]
    async with explore(log(header(), *busy)) as drive:
        axis = next(line for line in lines_of(pane(drive)._chart) if "┼" in line)[GUTTER:]
        part = len(axis) / 40
        assert set(axis[1 : int(8 * part)]) <= set("┈┼┬")
        assert set(axis[int(11 * part) : int(39 * part)]) <= set("═┼┬")
        assert {"═", "▲"} & set(axis[int(39.2 * part) :])
        said = pane(drive).said[1]
        assert "┈ idle 38s in 2 gaps ≤ 29s" in said
        assert "═ tail 30s" in said
