"""The search: it goes from match to match in the order shown, says which one it is, and hides nothing."""

import pytest
from textual.widgets import Input

from tlx.query import rows
from tlx.query.ask import Scope
from tlx.query.language.compile import compile_filter
from tlx.tui.filters.search_bar import SearchBar
from tlx.tui.messages import SearchStopped
from tlx.tui.panes.durations import DurationsPane


async def search(drive, text):
    """Search for a text."""
    await drive.press("slash")
    drive.get(SearchBar).query_one(Input).value = text
    await drive.pilot.pause()
    await drive.press("enter")


def matches(drive, text):
    """The ids of the events that match, in the order of the table, sorted by the store and picked by Python."""
    pane = drive.get(DurationsPane)
    listed = drive.ask(lambda asker: rows.page(asker, pane._scope(), ["id"], pane._order(), (0, 1000)))
    passing = drive.ask(
        lambda asker: rows.page(asker, Scope(compile_filter(text)), ["id"], rows.Order("id"), (0, 1000))
    )
    return [row[0] for row in listed if row in passing]


@pytest.mark.parametrize("text", ["lib_2", "execution_kind = Remote duration < 3s"])
async def test_n_goes_through_all_matches_and_wraps(explore, log, text):
    """Text and filters alike: each match once, in order, numbered; then the first again, and that is said."""
    async with explore(log()) as drive:
        expected = matches(drive, text)
        assert len(expected) > 5
        await search(drive, text)
        begin = expected.index(drive.app.selection)
        for number in range(1, len(expected) + 1):
            await drive.press("n")
            at = (begin + number) % len(expected)
            assert drive.table("durations").row_id_at_cursor == drive.app.selection == expected[at]
            said = drive.lines()[1]
            assert f"match {at + 1} of {len(expected)}" in said
            assert ("wrapped" in said) == (at == 0)
        assert drive.table("durations").row_count == 60
        assert drive.app.scope == Scope()


async def test_capital_n_goes_back(explore, log):
    """From the first match it wraps to the last."""
    async with explore(log()) as drive:
        expected = matches(drive, "lib_2")
        await search(drive, "lib_2")
        assert drive.app.selection == expected[0]
        await drive.press("N")
        assert drive.app.selection == expected[-1]
        assert "wrapped" in drive.lines()[1]
        await drive.press("N")
        assert drive.app.selection == expected[-2]


async def test_it_follows_order_and_filter(explore, log):
    """After a sort and under a filter, matches come in the order shown, and only what is shown is found."""
    async with explore(log()) as drive:
        await drive.filter("execution_kind = Local")
        await drive.press("o", "o", "O", "g")
        expected = matches(drive, "lib_2")
        assert 0 < len(expected) < 15
        await search(drive, "lib_2")
        assert drive.app.selection == expected[0]
        await drive.press("n")
        assert drive.app.selection == expected[1]


async def test_all_events_are_searched_where_they_are_listed(explore, log, make):
    """In the view of all events instants are found too, and in that of actions they are not."""
    action, header = make
    user = {"StarlarkUserEvent": {"id": "phase", "metadata": {}}, "epoch_millis": 1_770_000_003_000}
    async with explore(log(header(), *map(action, range(9)), user)) as drive:
        await search(drive, "phase")
        assert "no match" in drive.lines()[1]
        await drive.press("V")
        assert drive.get(DurationsPane).view.title == "all events"
        await drive.press("n")
        assert drive.app.selection == 11
        assert "match 1 of 1" in drive.lines()[1]


async def test_the_timeline_is_searched_by_time(explore, log):
    """With the keys in the timeline the next match is the next in time."""
    async with explore(log()) as drive:
        await drive.press("1", "g")
        await search(drive, "lib_2")
        first = drive.app.selection
        await drive.press("n")
        ids = drive.ask(
            lambda asker: rows.page(asker, Scope(compile_filter("lib_2")), ["id"], rows.Order("start"), (0, 99))
        )
        assert ids.index((drive.app.selection,)) == ids.index((first,)) + 1


async def test_keys_that_come_fast_are_steps_all_the_same(explore, log):
    """No step is lost where the next key comes before the answer."""
    async with explore(log()) as drive:
        expected = matches(drive, "lib_2")
        await search(drive, "lib_2")
        await drive.pilot.press(*"nnnnN")
        await drive.settle()
        assert drive.app.selection == expected[3]


async def test_a_key_before_the_match_is_selected_is_a_step_from_it(explore, log, monkeypatch):
    """What was found counts at once, also where the app does not know of it yet."""
    async with explore(log()) as drive:
        expected = matches(drive, "lib_2")
        await search(drive, "lib_2")
        bar = drive.get(SearchBar)
        found, steps = bar._found, [1]

        def once_more(hit):
            found(hit)
            if steps:
                assert drive.app.selection != hit.id
                bar.seek(drive.app.ground(), steps.pop())

        monkeypatch.setattr(bar, "_found", once_more)
        await drive.press("n")
        assert not steps
        assert drive.app.selection == expected[2]


async def test_a_key_while_the_app_is_one_match_behind_is_a_step_from_the_last(explore, log, monkeypatch):
    """The app may be one match behind the bar; a step then is one from the last match found."""
    async with explore(log()) as drive:
        expected = matches(drive, "lib_2")
        await search(drive, "lib_2")
        bar = drive.get(SearchBar)
        post, held = bar.post_message, []
        with monkeypatch.context() as patch:
            patch.setattr(bar, "post_message", lambda it: (held.append if isinstance(it, SearchStopped) else post)(it))
            await drive.press("n", "n")
        assert [message.hit.id for message in held] == expected[1:3]
        bar.post_message(held[0])
        await drive.settle()
        assert drive.app.selection == expected[1]
        await drive.press("n")
        assert drive.app.selection == expected[3]


async def test_it_counts_while_typed_and_says_what_is_wrong(explore, log):
    """Before enter nothing moves; a mistake is pointed at, and escape leaves all as it was."""
    async with explore(log()) as drive:
        before = drive.app.selection
        await drive.press("slash")
        bar = drive.get(SearchBar)
        for text, said in (
            ("lib_2", " 15 matches"),
            ("nowhere", "no match"),
            ("durtion > 1s", "did you mean duration"),
        ):
            bar.query_one(Input).value = text
            await drive.pilot.pause()
            bar._try()
            await drive.settle()
            assert said in str(drive.app.query_one("#search-hint").render())
        await drive.press("enter")
        assert bar.visible
        await drive.press("escape")
        assert not bar.visible
        assert drive.app.selection == before
        assert drive.app.found == ""


async def test_escape_ends_it_before_it_takes_a_filter_back(explore, log):
    """What is said of the search goes first, then the filter; n begins again with the same text."""
    async with explore(log()) as drive:
        await drive.filter("duration > 1s")
        await search(drive, "[bold]lib_2")
        assert "/[bold]lib_2 no match" in drive.lines()[1]
        await drive.press("escape")
        assert "no match" not in drive.lines()[1]
        assert drive.app.scope.condition.text == "duration > 1s"
        await drive.press("escape")
        assert drive.app.scope.condition.text == ""


async def test_n_without_a_search_begins_one(explore, log):
    """There is nothing to go to yet."""
    async with explore(log()) as drive:
        await drive.press("n")
        assert drive.get(SearchBar).visible


async def test_earlier_searches_come_back(explore, log):
    """Up brings what was searched before, which is no filter."""
    async with explore(log()) as drive:
        await search(drive, "lib_2")
        await drive.press("slash", "up")
        assert drive.get(SearchBar).text == "lib_2"


async def test_a_newer_search_overtakes(explore, log):
    """Of two searches, one right behind the other, only the second is answered."""
    async with explore(log()) as drive:
        bar = drive.get(SearchBar)
        for text in ("lib_2", "lib_1"):
            bar.kept(text)
        await drive.settle()
        assert drive.app.found.startswith("/lib_1 match")
        assert drive.app.selection in matches(drive, "lib_1")
