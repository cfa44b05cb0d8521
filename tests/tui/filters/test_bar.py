"""The filter bar: what it counts, says, offers and remembers."""

import pytest
from textual.widgets import Input

from tlx.config.settings import Settings
from tlx.query import rows
from tlx.query.ask import Scope
from tlx.query.language.compile import compile_filter
from tlx.tui.filters.filter_bar import FilterBar
from tlx.tui.filters.popup import Popup

KINDS = ("Local", "Remote", "ActionCache")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A place for what is remembered."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


async def type_in(drive, text):
    """Type into the bar that is open, and stop typing."""
    bar = drive.get(FilterBar)
    bar._line.insert_text_at_cursor(text)
    await drive.pilot.pause()
    if bar._soon is not None:
        bar._soon.stop()
        bar._ask()
    bar._try()
    await drive.settle()


def hint(drive):
    """What stands below the line."""
    return str(drive.app.query_one("#filter-hint").render())


def words(drive):
    """The words that are offered, with their counts; none where no list shows."""
    popup = drive.get(FilterBar).query_one(Popup)
    return {word.text: word.count for word in popup.suggestions} if popup.display else {}


def line(drive):
    """What is typed."""
    return drive.get(FilterBar).query_one(Input).value


async def test_it_counts_while_a_filter_is_typed(explore, log, make):
    """What passes so far is counted, as Python counts it, and all panes show it; an error keeps both."""
    action, header = make
    records = [action(number) for number in range(60)]
    async with explore(log(header(), *records)) as drive:
        await drive.press("f")
        assert "60 of 60 events" in hint(drive)
        await type_in(drive, "duration > 3s")
        passing = sum(record["ActionExecutionEvent"]["duration_millis"] > 3000 for record in records)
        assert f" {passing} of 60 events" in hint(drive)
        assert drive.table("durations").row_count == passing
        await type_in(drive, " (")
        assert "^" in hint(drive)
        assert drive.table("durations").row_count == passing


async def test_a_long_complaint_stays_on_a_narrow_screen(explore, log):
    """The caret stands under its column, and the complaint beside it where there is room."""
    async with explore(log(), size=(80, 24)) as drive:
        text = f'owner = "{"x" * 50}" durtion > 3s'
        await drive.write(text)
        said = hint(drive)
        assert said.index("^") == text.index("durtion")
        assert "did you mean duration?" in said
        assert len(said) <= 78


async def test_fields_operators_and_values_are_offered(explore, log):
    """A word that is begun is completed by tab, then its operators and the values seen in the log with their counts."""
    async with explore(log()) as drive:
        await drive.press("f")
        assert not words(drive)
        await type_in(drive, "exec")
        assert "execution_kind" in words(drive)
        await drive.press("tab")
        assert line(drive) == "execution_kind "
        assert {"=", "!=", "in ("} <= set(words(drive))
        await drive.press("tab")
        await type_in(drive, "")
        assert words(drive) == dict.fromkeys(KINDS, 20)
        await type_in(drive, "re")
        await drive.press("right")
        assert line(drive) == "execution_kind = Remote "
        await type_in(drive, "")
        assert "20 of 60 events" in hint(drive)


async def test_a_word_is_chosen_by_arrows_and_taken_by_enter(explore, log):
    """Enter takes the word that was gone to; without such it keeps the filter."""
    async with explore(log()) as drive:
        await drive.press("f")
        await type_in(drive, "execution_kind = ")
        offered = list(words(drive))
        await drive.press("down", "down", "up", "enter")
        assert line(drive) == f"execution_kind = {offered[1]} "
        assert drive.get(FilterBar).visible
        await drive.press("enter")
        assert not drive.get(FilterBar).visible
        assert drive.app.scope.condition.text == f"execution_kind = {offered[1]}"


async def test_escape_closes_the_list_first(explore, log):
    """The list goes, and stays away for that word; one more escape leaves the bar."""
    async with explore(log()) as drive:
        await drive.press("f")
        await type_in(drive, "dur")
        assert words(drive)
        await drive.press("escape")
        assert not words(drive)
        assert drive.get(FilterBar).visible
        await type_in(drive, "a")
        assert not words(drive)
        await drive.press("tab")
        assert "duration" in words(drive)
        await drive.press("escape", "escape")
        assert not drive.get(FilterBar).visible


async def test_a_click_takes_a_word(explore, log):
    """The word that is clicked is put into the line, which keeps the keys."""
    async with explore(log()) as drive:
        await drive.press("f")
        await type_in(drive, "execution_kind = ")
        second = list(words(drive))[1]
        await drive.pilot.click(Popup, offset=(4, 1))
        await drive.settle()
        assert line(drive) == f"execution_kind = {second} "
        assert drive.app.focused is drive.get(FilterBar).query_one(Input)


async def test_words_come_behind_a_finished_clause(explore, log):
    """A whole filter of two clauses comes by tab alone; enter keeps what is typed, whatever is offered behind it."""
    async with explore(log()) as drive:
        await drive.press("f")
        await type_in(drive, "execution_kind = L")
        await drive.press("tab", "tab")
        assert line(drive) == "execution_kind = Local and "
        assert "duration" in words(drive)
        await type_in(drive, "duration > 1s ")
        assert list(words(drive))[:2] == ["and", "or"]
        await drive.press("enter")
        assert drive.app.scope.condition.text == "execution_kind = Local and duration > 1s"
        assert not drive.get(FilterBar).visible


async def test_what_the_log_says_is_literal(explore, log, make):
    """Markup and escape sequences in values are shown as they are, and complete to what filters by them."""
    action, header = make
    odd = '[bold red]x[/] "q" \\ \x1b[31m\u202e'
    async with explore(log(header(), action(1, owner=odd), action(2))) as drive:
        await drive.press("f")
        await type_in(drive, "owner = ")
        screen = "\n".join(drive.lines())
        assert "[bold red]x[/]" in screen
        assert not any(character in screen for character in "\x1b\u202e")
        await type_in(drive, "[bold")
        await drive.press("tab", "enter")
        assert drive.table("durations").row_count == 1
        assert "[bold red]x[/]" in drive.lines()[1]
        await drive.press("f")
        await type_in(drive, " [/b]")
        assert drive.app.scope.condition.text.endswith("[/b]")


async def test_earlier_filters_come_back(explore, log, home):
    """Up and down walk through what was typed, in this session and those before; what is being typed is at the end."""
    path = log()
    kept = Settings(history=True)
    async with explore(path, settings=kept) as drive:
        for text in ("lib_1", "duration > 3s", "lib_1"):
            await drive.filter(text)
    async with explore(path, settings=kept) as drive:
        await drive.filter("lib_2")
        await drive.filter("")
        await drive.press("f")
        await type_in(drive, "zzz")
        seen = []
        for key in ("up", "up", "up", "up", "down"):
            await drive.press(key)
            seen.append(line(drive))
        assert seen == ["lib_2", "lib_1", "duration > 3s", "duration > 3s", "lib_1"]
        assert drive.app.scope.condition.text == "lib_1"
        await drive.press("down", "down")
        assert line(drive) == "zzz"


async def test_nothing_is_kept_unless_it_is_to_be(explore, log, home):
    """Without the setting no file is written."""
    async with explore(log()) as drive:
        await drive.filter("lib_1")
        await drive.press("f", "up")
        assert line(drive) == "lib_1"
    assert not (home / "state").exists()


async def test_a_broken_file_is_told(explore, log, home):
    """A file that is not tlx's is named in a line, literally, and stays as it is."""
    path = home / "state" / "tlx" / "filters.json"
    path.parent.mkdir(parents=True)
    path.write_text("[bold]")
    async with explore(log(), settings=Settings(history=True)) as drive:
        await drive.filter("lib_1")
        assert any("filters.json" in str(notice.message) for notice in drive.app._notifications)
        assert drive.app.scope.condition.text == "lib_1"
    assert path.read_text() == "[bold]"


async def test_a_filter_gets_a_name(explore, log, home):
    """It is used like a word, offered with what it means, there the next time, and forgotten when it is emptied."""
    path, kept = log(), Settings(history=True)
    async with explore(path, settings=kept) as drive:
        await drive.press("f")
        await type_in(drive, "execution_kind = Local")
        await drive.press("ctrl+n")
        await type_in(drive, "slow")
        assert "every log has" in hint(drive)
        await type_in(drive, " x")
        assert "a name begins with" in hint(drive)
        drive.get(FilterBar)._write("here")
        await drive.press("enter")
        assert line(drive) == "execution_kind = Local"
    async with explore(path, settings=kept) as drive:
        await drive.press("f")
        await type_in(drive, "her")
        popup = drive.get(FilterBar).query_one(Popup)
        assert ("here", "filter: execution_kind = Local") in [(word.text, word.note) for word in popup.suggestions]
        await drive.press("tab")
        await type_in(drive, "lib_0")
        await drive.press("enter")
        scope = Scope(compile_filter("execution_kind = Local lib_0"))
        assert drive.table("durations").row_count == drive.ask(lambda asker: rows.total(asker, scope)) > 0
        await drive.filter("")
        await drive.press("f", "ctrl+n")
        await type_in(drive, "here")
        await drive.press("enter", "escape")
        await drive.filter("here")
        assert drive.table("durations").row_count == 0


async def test_an_empty_line_says_what_it_is_for(explore, log):
    """A filter, what is searched, a name; without a filter a name to forget, and back to the filter."""
    async with explore(log()) as drive:
        await drive.press("f")
        assert "type to filter" in drive.lines()[1]
        await drive.press("ctrl+n")
        assert "the name of a filter, to forget it" in drive.lines()[1]
        assert "the filter is empty" in hint(drive)
        assert "gives it" not in hint(drive)
        await drive.press("escape")
        assert "type to filter" in drive.lines()[1]
        await type_in(drive, "lib_1")
        await drive.press("ctrl+n")
        assert "a name for lib_1" in drive.lines()[1]
        await drive.press("escape", "escape", "slash")
        assert "type to search" in drive.lines()[1]


async def test_a_name_does_not_name_itself(explore, log):
    """A filter that would lead to itself gets no such name."""
    async with explore(log()) as drive:
        await drive.write("here or lib_1")
        await drive.press("escape", "f", "ctrl+n")
        await type_in(drive, "here")
        assert "names itself" in hint(drive)


async def test_times_count_from_the_start_of_the_run(explore, log, make):
    """What is typed is read by where runs start, as the filter of the command line is."""
    async with explore(log(), where="time < +10s") as drive:
        assert drive.table("durations").row_count == 10
        await drive.filter("time +10s..+12s")
        assert drive.table("durations").row_count == 3


async def test_what_is_typed_behind_a_filter_is_a_clause_of_its_own(explore, log):
    """The bar opens with room behind the filter: a word that is typed there is not glued to its last one."""
    async with explore(log(), where="kind = Run") as drive:
        await drive.press("f", *"file_7")
        await drive.press("enter")
        assert drive.app.scope.condition.text == "kind = Run file_7"
        await drive.press("f", "enter")
        assert drive.app.scope.condition.text == "kind = Run file_7"


@pytest.mark.parametrize("width", range(1, 5))
async def test_an_error_is_told_on_a_terminal_of_a_few_columns(explore, log, home, width):
    """Where there is no room for it the bar stays, and what was typed in it can be put right."""
    async with explore(log(), size=(width, 12)) as drive:
        await drive.press("ampersand")
        await type_in(drive, "nam ~ (")
        assert drive.app.query_one("#filter-hint").has_class("error")
        await drive.press("escape")
        assert drive.app.failure is None
        assert drive.app.scope == Scope()
