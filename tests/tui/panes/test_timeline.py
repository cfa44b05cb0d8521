"""The timeline: its window on time, its slices and its mouse."""

from tlx.tui.drawing.timeline import GUTTER
from tlx.tui.panes.inspector.pane import InspectorPane
from tlx.tui.panes.timeline import TimelinePane


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
