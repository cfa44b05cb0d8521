"""The screen beside logs that grow."""

import time
from types import SimpleNamespace

import orjson
import pytest

from tlx.config.settings import Settings
from tlx.session import Session
from tlx.tui.panes.timeline import TimelinePane
from tlx.tui.widgets.table import Table

_PATIENCE = 30.0


def line(number: int, kind: str = "Local") -> bytes:
    """An action that ends `number` seconds after the first."""
    action = {
        "kind": "Run",
        "name": {"category": "c", "identifier": f"i{number}"},
        "duration_millis": 500,
        "output_size": 1,
        "input_materialization_duration_millis": 0,
        "execution_kind": kind,
        "owner": "o",
    }
    return orjson.dumps({"ActionExecutionEvent": action, "epoch_millis": 1_770_000_000_000 + 1000 * number}) + b"\n"


@pytest.fixture
def growing(tmp_path, drive_over):
    """Drive the app over a log that a test appends to."""
    path = tmp_path / "log"
    sessions = []

    def over(first: int, **how):
        path.write_bytes(b"".join(map(line, range(first))))
        session = Session([str(path)], Settings(), follow=True)
        sessions.append(session)
        session.start()
        assert session.wait_for_catch_up(_PATIENCE)
        return drive_over(session, **how)

    def append(*numbers: int, bad: bool = False) -> None:
        with path.open("ab") as file:
            file.write(b"".join(map(line, numbers)) + b"bad\n" * bad)

    over.append = append
    over.path = path
    yield over
    for session in sessions:
        session.close()


async def shows(drive, found, what: str) -> None:
    """Wait until the screen shows something."""
    end = time.monotonic() + _PATIENCE
    while not found():
        assert time.monotonic() < end, f"{what}: {drive.lines()}"
        drive.app._look()
        await drive.settle()


def table(drive) -> Table:
    """The table of durations."""
    return drive.table("durations")


async def test_a_lull_does_not_hold_growth_back(growing, monkeypatch):
    """After minutes without an event the panes show the next one at once."""
    clock = SimpleNamespace(monotonic=lambda: passed)
    passed = 100.0
    monkeypatch.setattr("tlx.tui.timing.growth.time", clock)
    async with growing(5) as drive:
        growing.append(5)
        await shows(drive, lambda: table(drive).row_count == 6, "rows before the lull")
        passed += 300.0
        growing.append(6)
        await shows(drive, lambda: table(drive).row_count == 7, "rows after the lull")


async def test_the_rows_go_first(growing, monkeypatch):
    """The other panes hear of growth once the rows are there; what these select they need not ask for twice."""
    async with growing(5) as drive:
        timeline, rows = drive.app.query_one(TimelinePane), drive.app._rows
        known = timeline.generation
        with monkeypatch.context() as held:
            held.setattr(rows, "asks", lambda topic: topic == "load")
            growing.append(5)
            await shows(drive, lambda: table(drive).row_count == 6, "rows")
            assert rows.generation > known == timeline.generation
        await shows(drive, lambda: timeline.generation == rows.generation, "the timeline's turn")


async def test_panes_move_as_the_log_grows(growing):
    """The top, the table and the breakdown show what is appended; the cursor stays on its event."""
    async with growing(5) as drive:
        assert any("5 events" in line for line in drive.lines()[:2])
        await drive.press("g", "j", "j")
        chosen = drive.app.selection
        assert chosen == 3
        growing.append(5, 6, 7)
        await shows(drive, lambda: table(drive).row_count == 8, "rows")
        assert drive.app.selection == chosen
        assert any("live" in line for line in drive.lines()[:2])
        assert any("8 events" in line for line in drive.lines()[:2])


async def test_the_newest_stays_in_view_until_one_goes_elsewhere(growing):
    """The cursor stands at the end as events come; above it they are counted, and G goes on."""
    async with growing(5) as drive:
        assert (table(drive).cursor_row, drive.app.selection) == (4, 5)
        growing.append(5, 6)
        await shows(drive, lambda: table(drive).row_count == 7, "rows")
        assert (table(drive).cursor_row, drive.app.selection) == (6, 7)
        await drive.press("k")
        growing.append(7, 8, 9)
        await shows(drive, lambda: any("10 events · 3 new, G follows" in line for line in drive.lines()), "badge")
        assert (table(drive).cursor_row, drive.app.selection) == (5, 6)
        await drive.press("G")
        growing.append(10)
        await shows(drive, lambda: table(drive).row_count == 11, "rows")
        assert (table(drive).cursor_row, drive.app.selection) == (10, 11)
        assert not any("G follows" in line for line in drive.lines())


async def test_what_ended_last_is_the_newest(growing):
    """An action that began before all others and ends now comes last, in view: events are written when they end."""
    async with growing(40) as drive:
        assert "end UTC" in "".join(drive.lines())
        record = orjson.loads(line(40, "Remote"))
        record["ActionExecutionEvent"]["duration_millis"] = 3_600_000
        with growing.path.open("ab") as file:
            file.write(orjson.dumps(record) + b"\n")
        await shows(drive, lambda: table(drive).row_count == 41, "what was appended")
        ids = drive.ask(lambda asker: asker.rows("SELECT id, start FROM events ORDER BY start LIMIT 1"))
        assert drive.app.selection == ids[0][0] == table(drive).row_id_at_cursor
        assert table(drive).cursor_row == 40


async def test_a_cursor_that_is_not_in_view_yet(growing):
    """Rows that come before the table has scrolled to the cursor are those around it, however far away it is."""
    async with growing(700) as drive:
        shown = table(drive)
        assert shown.cursor_row == 699
        shown.scroll_to(y=0, animate=False, force=True, immediate=True)
        assert shown.scroll_offset.y == 0
        assert min(shown.reach) > 0
        growing.append(700)
        await shows(drive, lambda: shown.row_count == 701, "rows")
        assert (shown.cursor_row, drive.app.selection) == (700, 701)


async def test_following_is_switched_by_key(growing):
    """F leaves the newest events, and goes back to them from any view."""
    async with growing(5) as drive:
        await drive.press("F")
        growing.append(5)
        await shows(drive, lambda: table(drive).row_count == 6, "rows")
        assert drive.app.selection == 5
        await drive.press("v", "F")
        growing.append(6, 7)
        await shows(drive, lambda: table(drive).row_count == 8, "rows")
        assert (table(drive).cursor_row, drive.app.selection) == (7, 8)
        assert any("all events" in line for line in drive.lines())


async def test_a_display_that_stands_still(growing):
    """Paused, the panes keep what they show while the count of what is new goes up; then all shows."""
    async with growing(3) as drive:
        await drive.press("p")
        growing.append(3, 4)
        await shows(drive, lambda: any("paused · 2 new" in line for line in drive.lines()[:2]), "badge")
        assert table(drive).row_count == 3
        await drive.press("p")
        await shows(drive, lambda: table(drive).row_count == 5, "rows")
        assert not any("paused" in line for line in drive.lines()[:2])


async def test_the_timeline_scrolls_with_the_present(growing):
    """A window that shows the end of the log stays at the end as it grows, as long; one that does not stays."""
    async with growing(200) as drive:
        pane = drive.get(TimelinePane)
        await drive.press("1", "G", "w", "w", "w", "d", "d", "d", "d", "d", "d", "d", "d", "d", "d", "d")
        begin, end = pane._picture.window
        assert end == pane._picture.whole[1]
        growing.append(*range(200, 230))
        await shows(drive, lambda: pane._picture.window[1] > end, "window")
        await drive.settle()
        assert pane._picture.window == (begin + 30 * 10**9, end + 30 * 10**9)
        await drive.press("a")
        away = pane._picture.window
        growing.append(*range(230, 260))
        await shows(drive, lambda: pane._picture.whole[1] > end + 40 * 10**9, "whole")
        assert pane._picture.window == away


async def test_a_log_that_is_not_there_is_waited_for(tmp_path, drive_over):
    """Before there is a log the screen says what it waits for; then it shows it."""
    path = tmp_path / "later"
    session = Session([str(path)], Settings(), follow=True)
    session.start()
    try:
        async with drive_over(session) as drive:
            await shows(drive, lambda: any("waiting for" in line for line in drive.lines()), "waiting")
            path.write_bytes(line(1))
            await shows(drive, lambda: table(drive).row_count == 1, "rows")
    finally:
        session.close()


async def test_files_that_had_the_name_before_are_told_apart(growing):
    """In the list of runs a file that took the place of another has its number."""
    async with growing(2) as drive:
        growing.path.rename(growing.path.with_suffix(".old"))
        growing.append(2, 3)
        await shows(drive, lambda: table(drive).row_count == 4, "rows")
        await drive.press("R")
        assert any("log #2" in line for line in drive.lines())


async def test_files_that_come_while_runs_or_rejects_are_listed(growing):
    """What takes the place of a log while a list is open is told apart in it from then on."""
    async with growing(2) as drive:
        growing.append(bad=True)
        await shows(drive, lambda: drive.app.progress.rejects == 1, "a reject")
        for number, key in enumerate("RE", 2):
            await drive.press(key)
            growing.path.rename(growing.path.with_suffix(f".{key}"))
            growing.append(number, bad=True)
            await shows(drive, lambda name=f"log #{number}": any(name in line for line in drive.lines()), key)
            await drive.press("escape")


@pytest.mark.parametrize("key", ["p", "F"])
async def test_what_does_not_grow_says_so(explore, log, key):
    """A log that is not followed has nothing to pause, and no newest events to stay with."""
    async with explore(log()) as drive:
        await drive.press(key)
        assert any("not followed" in notice.message for notice in drive.app._notifications)


async def test_a_filter_selects_the_newest_that_it_lets_through(growing):
    """The cursor stays at the end of what the filter lets through, and the inspector shows the event under it."""
    async with growing(6) as drive:
        for held in ((), ("p",)):
            await drive.press(*held)
            await drive.filter("i2")
            assert (table(drive).row_count, table(drive).row_id_at_cursor, drive.app.selection) == (1, 3, 3)
            await drive.filter("i1 or i4")
            assert (table(drive).row_count, table(drive).row_id_at_cursor, drive.app.selection) == (2, 5, 5)


async def test_what_is_read_beside_the_newest_stays_until_the_keys_go_there(growing):
    """With the keys in another pane its event stays as events come; with the keys the newest one is selected again."""
    async with growing(5) as drive:
        await drive.press("enter")
        growing.append(5, 6)
        await shows(drive, lambda: table(drive).row_id_at_cursor == 7, "rows")
        assert drive.app.selection == 5
        await drive.press("p", "escape")
        assert (table(drive).row_id_at_cursor, drive.app.selection) == (7, 7)


async def test_another_order_keeps_the_event(growing):
    """Sorted otherwise, the cursor is on the event that it was on, and stays there; only F goes to the newest."""
    async with growing(6) as drive:
        for order in ("O", "o", "o"):
            await drive.press(order)
            assert (table(drive).row_id_at_cursor, drive.app.selection) == (6, 6)
        await drive.press("g", "G")
        last = drive.app.selection
        growing.append(6, 7)
        await shows(drive, lambda: any("2 new, F follows" in line for line in drive.lines()), "badge")
        assert table(drive).row_id_at_cursor == drive.app.selection == last
        await drive.press("F")
        assert (table(drive).cursor_row, table(drive).row_id_at_cursor, drive.app.selection) == (7, 8, 8)


async def test_a_display_that_stands_still_filters_what_it_shows(growing):
    """Paused, another filter, order or window shows nothing newer than what was shown; then all is there."""
    async with growing(6) as drive:
        await drive.press("p")
        whole = drive.get(TimelinePane)._picture.whole
        growing.append(6, 7)
        await shows(drive, lambda: any("paused · 2 new" in line for line in drive.lines()[:2]), "badge")
        await drive.filter("owner = o")
        assert (table(drive).row_count, drive.app.selection) == (6, 6)
        assert any("6 of 8 events" in line for line in drive.lines()[:2])
        await drive.press("v", "1", "w", "0")
        assert table(drive).row_count == 6
        timeline = drive.get(TimelinePane)
        assert (timeline._picture.whole, timeline._picture.total) == (whole, 6)
        await drive.press("p")
        await shows(drive, lambda: table(drive).row_count == 8, "rows")
        await shows(drive, lambda: timeline._picture.total == 8, "the timeline")


async def test_pausing_leaves_a_range_that_is_being_chosen(growing):
    """The display stands still with the range that was begun in it."""
    async with growing(6) as drive:
        await drive.press("1", "v", "p")
        assert drive.get(TimelinePane)._choosing is not None


async def test_what_is_new_is_told_where_the_tabs_leave_little_room(growing):
    """Of a note that is too long for them the middle goes, not the words of what has come."""
    async with growing(120, size=(80, 24)) as drive:
        await drive.press("O")
        growing.append(120, 121)
        await shows(drive, lambda: any("2 new, F follows" in line for line in drive.lines()), "badge")
        assert any("all events · 2 new, F follows" in line for line in drive.lines())
