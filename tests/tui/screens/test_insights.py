"""The insights screen: facts with where to look, and what the log does not hold."""

import pytest

from tlx.tui import clipboard
from tlx.tui.panes.timeline import TimelinePane
from tlx.tui.screens import insights as screen
from tlx.tui.screens.insights import FactList, InsightsPane, InsightsScreen

HOSTILE = "[@click=app.quit]x[/] \x1b[2J \u202e"


def texts(drive):
    """What the lines of the list say, without their marks."""
    options = drive.app.screen.query_one(FactList).options
    return [str(option.prompt.columns[1]._cells[0]) for option in options if not option.disabled]


async def test_enter_goes_to_what_a_fact_speaks_of(explore, sample):
    """Each fact leads to events that it speaks of, by a filter, an event or a part of time; esc leads back."""
    async with explore(sample("build")) as drive:
        await drive.press("i")
        found = list(drive.app.screen.query_one(InsightsPane)._found)
        await drive.press("escape")
        assert len(found) >= 10
        sorts = {(bool(one.jump.filter), bool(one.jump.window), one.jump.event is None): one for one in found}
        assert len(sorts) > 3
        for insight in sorts.values():
            number = found.index(insight)
            await drive.press("i", "g", *["j"] * number, "enter")
            assert not isinstance(drive.app.screen, InsightsScreen)
            jump, text = insight.jump, drive.app.scope.condition.text
            assert jump.filter in text
            assert drive.app.scope.run is None
            assert bool(jump.window) == (drive.app.scope.window is not None)
            assert drive.table("durations").row_count > 0
            if jump.event is not None:
                assert drive.app.selection == jump.event
            await drive.press("escape")
            assert (drive.app.scope.condition.text, drive.app.scope.window) == ("", None)


async def test_a_stretch_of_time_is_seen_whole(explore, sample):
    """Who goes to a gap or to the tail sees it whole, with the event that is meant, on screens with all panes."""
    for size in ((140, 42), (132, 30)):
        async with explore(sample("build"), size=size) as drive:
            await drive.press("i")
            found = list(drive.app.screen.query_one(InsightsPane)._found)
            await drive.press("escape")
            for name in ("idle", "tail"):
                number = next(at for at, one in enumerate(found) if one.name == name)
                await drive.press("i", "g", *["j"] * number, "enter")
                assert drive.app.selection == found[number].jump.event
                assert drive.get(TimelinePane)._picture.window == drive.app.scope.window
                await drive.press("escape")


async def test_what_was_computed_is_kept(explore, sample, monkeypatch):
    """Opened again over the same events, the facts stand at once; over others they are computed anew."""
    asked = []
    real = screen.insights
    monkeypatch.setattr(screen, "insights", lambda asker, scope: asked.append(scope) or real(asker, scope))
    async with explore(sample("build")) as drive:
        await drive.press("i")
        first = texts(drive)
        await drive.press("escape", "i")
        assert texts(drive) == first
        assert len(asked) == 1
        await drive.press("escape")
        await drive.filter("category == rustc")
        await drive.press("i")
        assert len(asked) == 2
        assert texts(drive) != first


async def test_of_several_runs_the_right_one_is_shown(explore, sample):
    """A fact about one run of several leads into that run."""
    async with explore(sample("three_runs")) as drive:
        await drive.press("i")
        found = drive.app.screen.query_one(InsightsPane)._found
        number = next(at for at, insight in enumerate(found) if insight.jump.run is not None)
        run = found[number].jump.run
        await drive.press("g", *["j"] * number, "enter")
        assert drive.app.scope.run == run
        await drive.press("escape", "escape")
        assert drive.app.scope.run is None


async def test_what_is_missing_is_said_with_the_command_that_has_it(explore, sample, log, monkeypatch):
    """Of a Buck2 user log it is said that it has no failures and no critical path; of another log nothing is."""
    monkeypatch.setattr(clipboard, "tools", lambda environment=None: [])
    monkeypatch.setenv("TERM", "xterm")
    async with explore(sample("build")) as drive:
        await drive.press("i")
        said = " ".join(texts(drive))
        for command in ("what-failed", "critical-path", "what-ran"):
            assert f"buck2 log {command} --trace-id " in said
        assert "no critical path" in said
        await drive.press("G", "enter")
        assert drive.app.clipboard.startswith("buck2 log ")
    records = [{"ts": number, "event": "a", "duration_ms": 5} for number in range(9)]
    async with explore(log(*records)) as drive:
        await drive.press("i")
        assert texts(drive)
        assert not any("buck2" in text for text in texts(drive))


async def test_a_filter_is_kept_to(explore, sample):
    """The facts are those of what the filter lets through, and it is said so."""
    async with explore(sample("build"), where="category == rustc") as drive:
        await drive.press("i")
        pane = drive.app.screen.query_one(InsightsPane)
        assert "filter lets through" in pane.said[0]
        assert pane._found[0].values["group"] == "rustc"


@pytest.mark.parametrize("size", [(80, 24), (140, 42)])
async def test_hostile_names_are_text(explore, log, make, size):
    """Nothing in a name is interpreted, on the screen or in the filter that it becomes."""
    action, header = make
    named = {"name": {"category": HOSTILE, "identifier": HOSTILE}, "owner": HOSTILE}
    path = log(header(), *(action(number, **named) for number in range(9)))
    async with explore(path, size=size) as drive:
        await drive.press("i")
        drawn = "\n".join(drive.lines())
        assert "[@click=app.quit]x[/]" in drawn
        assert "␛[2J" in drawn
        assert not [character for character in drawn if character != "\n" and not character.isprintable()]
        await drive.press("enter")
        assert drive.table("durations").row_count == 9
        await drive.press("i", "q")
        assert drive.app.is_running


async def test_there_may_be_nothing_to_tell(explore, log):
    """A log without actions says so."""
    async with explore(log({"ts": 1, "event": "a"})) as drive:
        await drive.press("i")
        assert "Nothing to tell about the whole log: there are no actions." in "\n".join(drive.lines())
        await drive.press("enter", "escape")
        assert not isinstance(drive.app.screen, InsightsScreen)


async def test_who_looks_for_failures_is_told_where_they_are(explore, sample, log):
    """A filter for what a Buck2 log never holds says so once, with the command; elsewhere it means something."""
    async with explore(sample("build")) as drive:
        await drive.filter("failed")
        notices = [notice.message for notice in drive.app._notifications]
        assert len(notices) == 1
        assert "buck2 log what-failed --trace-id " in notices[0]
        await drive.filter("status = error")
        assert len(drive.app._notifications) == 1
        await drive.filter("category = rustc")
        await drive.press("1", "question_mark")
        page = drive.app.screen.query_one("#help")
        said = " ".join(str(part.render()) for part in page.children)
        assert "Not in this log" in said
        assert "buck2 log critical-path" in said
    async with explore(log({"ts": 1, "level": "error", "event": "a"}, {"ts": 2, "event": "b"})) as drive:
        await drive.filter("failed")
        assert drive.table("durations").row_count == 1
        assert not drive.app._notifications
        await drive.press("question_mark")
        page = drive.app.screen.query_one("#help")
        assert "buck2" not in " ".join(str(part.render()) for part in page.children)


async def test_the_cursor_is_told_by_a_sign(explore, sample):
    """The line of the cursor has a sign, so that it is seen without colour; only that line has."""
    async with explore(sample("build")) as drive:
        await drive.press("i", "j", "j", "k")
        lines = [line for line in drive.lines() if ">" in line]
        assert len(lines) == 1
        assert ">2 " in lines[0]


async def test_the_facts_are_gone_through_by_the_keys_of_lists(explore, sample):
    """By half pages and pages, never past the ends and never onto a heading."""
    async with explore(sample("build"), size=(80, 24)) as drive:
        await drive.press("i")
        facts = drive.app.screen.query_one(FactList)
        for down, up in (("ctrl+d", "ctrl+u"), ("space", "b")):
            seen = [facts.highlighted]
            for _ in range(facts.option_count):
                await drive.press(down)
                seen.append(facts.highlighted)
            assert seen == sorted(seen)
            assert seen[1] > 1
            assert seen[-1] == facts.option_count - 1
            assert not any(facts.get_option_at_index(number).disabled for number in seen)
            for _ in range(facts.option_count):
                await drive.press(up)
            assert facts.highlighted == 0
