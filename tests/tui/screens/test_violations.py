"""The screen of violations: what breaks the rules, as it is found, and the way to each event."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from tlx.dialects.rules.finding import Severity
from tlx.query.ask import Interrupted
from tlx.query.checking.schemas import SchemaBook
from tlx.query.checking.violations import Violation, Wanted, checks, violations
from tlx.tui.checking import violations as screen
from tlx.tui.checking.violations import ViolationsPane, ViolationsScreen
from tlx.tui.panes.inspector.tree import InspectorTree
from tlx.tui.widgets.table import Table

PLANTED = "s3cr3t-value"
LINE = {"timestamp": "2026-11-21T01:40:32Z", "level": "INFO", "logger": "hephaestus.x", "message": "m"}
ERROR = {**LINE, "event": "cli.cleanup.failed", "payload": {"errs": f"https://u:{PLANTED}@h/"}}
WARNING = {**LINE, "event": "[bold]my.own\x1b[2J", "payload": {}}
EVENT = {"__timestamp__": "2026-11-21T01:36:01Z", "__schema__": "x", "__schema_version__": "1", "status": 7}


def pane(drive):
    """The pane on the screen."""
    return drive.app.screen.query_one(ViolationsPane)


def text(drive):
    """All that is drawn of the list."""
    table = drive.app.screen.query_one(Table)
    return "\n".join(table.render_line(y).text for y in range(table.size.height))


def counts(drive):
    """What stands above the list."""
    return drive.app.screen.query_one("#violations-rules").content.plain


async def test_it_tells_what_the_command_tells(explore, log):
    """The same violations in the same order, counted by rule on top."""
    async with explore(log(ERROR, WARNING, {**ERROR, "payload": {"errors": 1}}, ERROR)) as drive:
        await drive.press("P")
        found = pane(drive)._found
        asked = drive.ask(lambda asker: list(violations(asker, checks(asker, Wanted()))))
        assert [(one.line, one.rule, one.field) for one in found] == [(one.line, one.rule, one.field) for one in asked]
        assert Counter(one.rule for one in found) == {"missing-field": 2, "extra-field": 2, "unknown-event": 1}
        assert counts(drive).split("\n") == [
            "errors: 2 missing-field",
            "warnings: 1 unknown-event",
            "notes: 2 extra-field",
            "held against hephaestus-0.2.0",
        ]
        assert pane(drive).said[0] == "Violations · 5"


async def test_enter_shows_the_event(explore, log):
    """The event of the line under the cursor is selected, and the inspector has the keys; esc only closes."""
    async with explore(log(ERROR, WARNING, ERROR)) as drive:
        await drive.press("P", "j", "j")
        wanted = pane(drive)._found[2]
        assert wanted.rule == "unknown-event"
        await drive.press("enter")
        assert not isinstance(drive.app.screen, ViolationsScreen)
        assert drive.app.selection == wanted.id
        assert drive.app.focused is drive.get(InspectorTree)
        await drive.press("P", "escape")
        assert not isinstance(drive.app.screen, ViolationsScreen)


async def test_the_less_severe_can_be_left_out(explore, log):
    """First the notes, then the warnings, then all are back; the counts stay those of all."""
    async with explore(log(ERROR, WARNING)) as drive:
        await drive.press("P")
        table, above = drive.app.screen.query_one(Table), counts(drive)
        seen = [table.row_count]
        for _ in range(3):
            await drive.press("v")
            seen.append(table.row_count)
        assert seen == [3, 2, 1, 3]
        assert counts(drive) == above


async def test_what_is_hostile_is_literal_and_what_is_secret_is_not_told(explore, log):
    """No markup is taken for such, no escape is sent, and no secret stands in the list."""
    async with explore(log(ERROR, WARNING), size=(140, 42)) as drive:
        await drive.press("P")
        assert "[bold]my.own" in text(drive)
        assert "\x1b" not in text(drive)
        assert PLANTED not in text(drive)
        assert PLANTED not in repr(pane(drive)._found)
        assert "errs" in text(drive)


async def test_lines_that_are_no_events_and_headers_lead_nowhere(explore, log):
    """They are listed; enter says why it does not go there."""
    header = {"command_line_args": 1, "working_dir": "/w"}
    async with explore(log(header, {"ActionExecutionEvent": {}, "epoch_millis": "x"}, [])) as drive:
        await drive.press("P")
        found = pane(drive)._found
        assert [one.rule for one in found if one.severity is Severity.ERROR] == [
            "wrong-type",
            "wrong-type",
            "malformed",
        ]
        await drive.press("enter")
        assert isinstance(drive.app.screen, ViolationsScreen)
        await drive.press("G", "enter")
        assert isinstance(drive.app.screen, ViolationsScreen)
        notes = [note.message for note in drive.app._notifications]
        assert ["header" in note for note in notes] == [True, False]
        assert "no event" in notes[1]


async def test_nothing_to_tell(explore, log):
    """A clean log says so; events whose schemas were not given are said not to have been checked."""
    async with explore(log({**ERROR, "payload": {"errors": 1}}, EVENT)) as drive:
        await drive.press("P")
        table = drive.app.screen.query_one(Table)
        assert (table.row_count, table.empty_text) == (0, "No rule is broken")
        assert "jupyter: not checked" in counts(drive)


async def test_schemas_that_were_given(explore, log):
    """What `tlx open --schema` read is what events are held against."""
    schema = {"$id": "x", "version": 1, "properties": {"status": {"type": "string"}}}
    async with explore(log(EVENT)) as drive:
        drive.app.against = Wanted(schemas=SchemaBook({"f": schema}))
        await drive.press("P")
        assert [(one.rule, one.value) for one in pane(drive)._found] == [("schema-type", "7")]
        assert "held against the schemas given" in counts(drive)


@pytest.fixture
def endless(monkeypatch):
    """A search that finds one thing and never ends by itself; the event says that it has ended."""
    ended = threading.Event()

    def found(_asker, _checks, _run, note):
        try:
            for number in range(1, 1_000_000_000):
                note(number)
                ended.wait(0.001)  # or what it tells would come faster than any screen can show it
                if number == 1:
                    yield Violation(Severity.ERROR, "made-up", 0, 1, 1, "e")
                    monkeypatch.setattr(screen, "_PAUSE", 0.02)
                elif number % 100 == 0:
                    yield Violation(Severity.WARNING, "more", 0, 1, 1, "e")
        except Interrupted:
            ended.set()
            raise

    monkeypatch.setattr(screen, "violations", found)
    return ended


@pytest.mark.parametrize("key", ["c", "escape"])
async def test_a_search_can_be_cancelled(explore, log, endless, key):
    """What was found shows while the search goes on; c ends it and keeps that, leaving ends it too."""
    async with explore(log(ERROR)) as drive:
        await drive.pilot.press("P")
        while not isinstance(drive.app.screen, ViolationsScreen) or not pane(drive)._found:
            await drive.pilot.pause(0.01)
        assert "looking" in pane(drive).said[0]
        await drive.pilot.press(key)
        while not endless.is_set():
            await drive.pilot.pause(0.01)
        if key == "c":
            assert "cancelled" in pane(drive).said[0]
            assert pane(drive)._found[0].rule == "made-up"


async def test_a_search_that_finds_nothing_says_how_far_it_is(explore, log, monkeypatch):
    """A large log without a fault shows how many events were looked at, while it is looked through."""
    done = threading.Event()

    def none(_asker, _checks, _run, note):
        while not done.wait(0.005):
            note(1234)
        yield from ()

    monkeypatch.setattr(screen, "violations", none)
    monkeypatch.setattr(screen, "_PAUSE", 0.02)
    async with explore(log(ERROR)) as drive:
        await drive.pilot.press("P")
        while not isinstance(drive.app.screen, ViolationsScreen) or "1,234 events so far" not in pane(drive).said[0]:
            await drive.pilot.pause(0.01)
        done.set()
        await drive.settle()
        assert pane(drive).said[0] == "Violations · 0"
