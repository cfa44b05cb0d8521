"""The inspector: one event as a tree, with everything of the log shown literally."""

import json

import pytest

from tlx.tui.panes.inspector.explanation import Explanation, folded
from tlx.tui.panes.inspector.labels import parts_of
from tlx.tui.panes.inspector.outline import Outline
from tlx.tui.panes.inspector.pane import InspectorPane
from tlx.tui.panes.inspector.tree import InspectorTree

HOSTILE = {
    "markup": "[bold red]x[/]",
    "action": "[@click=app.quit]x[/]",
    "escape": "\x1b[2J\x1b]0;owned\x07",
    "wide and long": "\u202e漢字かな🚀\u2066" * 30_000,
}


def said(drive):
    """Every line that is open, in order, as it would be drawn in a very wide pane."""
    outline = drive.get(InspectorTree).outline
    lines = [outline.line(number) for number in range(len(outline))]
    return ["".join(part.text for part in parts_of(line, outline.entries[line.place[0]].sort)) for line in lines]


def pieces(drive):
    """The pieces of the raw line, put together, and their number."""
    outline = drive.get(InspectorTree).outline
    found = [outline.line(number) for number in range(len(outline))]
    found = [line.value for line in found if line.is_piece and line.place[0] == len(outline.entries) - 1]
    return "".join(found), len(found)


async def test_values_stand_beside_their_units(explore, log, make):
    """A duration and a size are humanised first, and raw beside it."""
    action, header = make
    async with explore(log(header(), action(3))) as drive:
        found = [label.split() for label in said(drive)]
        assert ["duration", "400ms", "400000000"] in found
        assert ["duration_millis", "400ms", "400"] in found
        assert any(label[:1] == ["start"] and label[-1].startswith("2026-") for label in found)


async def test_what_is_cut_says_so(explore, log, make):
    """A text that is wider than its line ends in a sign, and only such a text can be opened."""
    action, header = make
    async with explore(log(header(), action(3, owner="o" * 50))) as drive:
        tree = drive.get(InspectorTree)
        lines = {line.key: line for line in map(tree.outline.line, range(9))}
        assert lines["owner"].is_open is False
        assert lines["kind"].is_open is None
        shown = [tree.render_line(number).text for number in range(9)]
        assert [line.rstrip().endswith("…") for line in shown if "oooo" in line or "Run" in line] == [False, True]


async def test_kinds_of_nothing_differ(explore, log):
    """What is null, empty text, an empty object, an empty list and absent can be told apart."""
    async with explore(log({"ts": 1, "event": "a", "n": None, "s": "", "o": {}, "l": [], "f": False})) as drive:
        found = {label.split()[0]: label.split()[1:] for label in said(drive)}
        assert (found["n"], found["s"], found["o"], found["l"]) == (["null"], ['""'], ["{}"], ["[]"])
        assert found["f"] == ["false"]
        assert not any("absent" in label for label in said(drive))


async def test_texts_are_no_other_values(explore, log):
    """A text that reads as null, a number or an object stands in quotes; any other goes without."""
    odd = {"n": "null", "t": "true", "i": "12", "f": "-1e5", "o": "{}", "l": "[]", "q": '"a"'}
    plain = {"w": "nulls", "v": "1.2.3", "x": "{a}", "nan": "NaN?"}
    async with explore(log({"ts": 1, "event": "a", **odd, **plain})) as drive:
        found = {label.split()[0]: label.split()[-1] for label in said(drive)}
        assert {key: found[key] for key in odd} == {key: json.dumps(text) for key, text in odd.items()}
        assert {key: found[key] for key in plain} == plain


async def test_a_field_that_is_null_says_so(explore, log, make):
    """A field without a value in the line is told from one that the line does not have."""
    action, header = make
    odd = action(3, owner=None, duration_millis=None)
    odd["epoch_millis"] = odd["ActionExecutionEvent"]["name"]["category"] = None
    del odd["ActionExecutionEvent"]["execution_kind"]
    async with explore(log(header(), odd)) as drive:
        found = {label.split()[0]: label.split(maxsplit=1)[1] for label in said(drive)[:11]}
        assert (found["owner"], found["execution_kind"]) == ("(null in the line)", "(absent)")
        assert {found[name] for name in ("category", "duration", "time")} == {"(null in the line)"}
        await drive.press("4", "slash", *"null", "enter")
        assert drive.get(InspectorPane).said[1].startswith("match 1 of ")
        tree = drive.get(InspectorTree)
        assert tree.line.value == "null in the line"
        name = tree.line.key
        await drive.press("enter")
        assert drive.app.scope.condition.text == f"missing({name})"
        await drive.press("y", "v")
        assert drive.app._yanked.text == "null"


async def test_what_is_missing_is_listed(explore, log, make):
    """Fields that a product writes now, and an older one did not, are said to be absent: not zero, not empty."""
    action, header = make
    old = action(3)
    del old["ActionExecutionEvent"]["execution_kind"], old["ActionExecutionEvent"]["owner"]
    old["ActionExecutionEvent"]["name"]["identifier"] = ""
    async with explore(log(header(), old)) as drive:
        found = {label.split()[0]: label.split()[1:] for label in said(drive)[:11]}
        assert found["execution_kind"] == found["owner"] == ["(absent)"]
        assert found["identifier"] == ['""']
        await drive.press("4", "g", "j", "j", "j", "j")
        assert drive.get(InspectorTree).line.key == "execution_kind"
        await drive.press("enter")
        assert drive.app.scope.condition.text == "missing(execution_kind)"
        assert drive.table("durations").row_count == 1


async def test_numbers_keep_their_digits(explore, log):
    """No number is rounded or written anew on its way to the screen."""
    line = b'{"ts":1,"big":123456789012345678901234567890,"exp":1.50E+2,"huge":1e999}'
    async with explore(log(line)) as drive:
        found = [label.split() for label in said(drive)]
        assert ["big", "123456789012345678901234567890"] in found
        assert ["exp", "1.50E+2"] in found
        assert ["huge", "1e999"] in found


async def test_the_raw_line_wraps(explore, sample):
    """The key r opens the line as it stands in the log, in lines that fit, anew after a resize."""
    async with explore(sample("build")) as drive:
        await drive.press("4", "r")
        tree = drive.get(InspectorTree)
        whole, lines = pieces(drive)
        assert whole == drive.get(InspectorPane).event.raw
        assert lines > 5
        assert all(len(label) <= tree.size.width for label in said(drive)[-lines:])
        assert tree.scroll_offset.y + tree.size.height >= len(tree.outline) - lines
        await drive.pilot.resize_terminal(200, 60)
        await drive.settle()
        assert pieces(drive)[0] == whole
        assert pieces(drive)[1] < lines


async def test_keys_fold_and_walk(explore, log):
    """The keys h and l fold, j and k walk, G goes to the end; what was folded stays so at the next event."""
    async with explore(log()) as drive:
        await drive.press("4", "G")
        tree = drive.get(InspectorTree)
        lines = len(tree.outline)
        assert tree.cursor_line == lines - 1
        await drive.press("k")
        assert tree.cursor_line == lines - 2
        tree.go_to((len(tree.outline.entries) - 2,))
        assert tree.line.key == "payload"
        await drive.press("h")
        assert tree.line.is_open is False
        assert len(tree.outline) == len(tree.outline.entries)
        await drive.press("2", "j", "4")
        assert (tree.line.key, tree.line.is_open) == ("payload", False)
        await drive.press("l")
        assert tree.line.is_open is True
        assert len(tree.outline) > len(tree.outline.entries) + 8
        await drive.press("l", "j", "j", "h")
        assert tree.line.key == "ActionExecutionEvent"


async def test_a_search_finds_keys_and_values(explore, log, make):
    """Search goes through every key and value, around the ends, opens what is folded, and hides nothing."""
    action, header = make
    async with explore(
        log(header(), action(3, extra={"deep": {"deeper": ["needle", 7, "NEEDLE", {"needle": 1}]}}))
    ) as drive:
        tree = drive.get(InspectorTree)
        await drive.press("4", "h", "slash", *"needle", "enter")
        assert drive.app.focused is tree
        assert tree.line.value == "needle"
        assert drive.get(InspectorPane).said[1].startswith("match 1 of 3")
        await drive.press("n")
        assert tree.line.value == "NEEDLE"
        await drive.press("n")
        assert tree.line.key == "needle"
        await drive.press("n")
        assert tree.line.value == "needle"
        await drive.press("N")
        assert tree.line.key == "needle"
        await drive.press("slash", *["backspace"] * 6, *"Needle", "enter")
        assert drive.get(InspectorPane).said[1].startswith("not found")
        assert tree.line.key == "needle"
        await drive.filter("kind = Run")
        await drive.press("4", "slash", *["backspace"] * 6, *"need", "enter")
        assert drive.get(InspectorPane).said[1].startswith("match 3 of 3")
        await drive.press("escape")
        assert "match" not in drive.get(InspectorPane).said[1]
        assert drive.app.scope.condition.text == "kind = Run"
        await drive.press("escape")
        assert drive.app.scope.condition.text == ""
        await drive.press("slash", "x", "escape")
        assert "found" not in drive.get(InspectorPane).said[1]
        assert drive.app.scope.condition.text == ""


async def test_a_megabyte_opens_without_its_lines(explore, log, monkeypatch):
    """Of long texts and lists only lines on the screen are made, wherever one goes in them."""
    made = []
    real = Outline.at
    monkeypatch.setattr(Outline, "at", lambda self, place: made.append(place) or real(self, place))
    text = "".join(chr(0x4E00 + number % 5000) for number in range(300_000)) + "needle" + "y" * 700_000
    record = {"ts": 1, "event": "a", "text": text, "list": list(range(400_000))}
    async with explore(log(record)) as drive:
        tree = drive.get(InspectorTree)
        await drive.press("4", "r", "G")
        assert len(tree.outline) > 50_000
        assert tree.line.value.endswith("99999]}")
        assert any(tree.line.value in line for line in drive.lines())
        await drive.press("ctrl+u", "b", "g", "slash", *"list", "enter", "l", "ctrl+d", "pagedown")
        assert len(tree.outline) > 450_000
        assert tree.line.key.startswith("[")
        await drive.press("slash", *["backspace"] * 4, *"needle", "enter")
        assert tree.line.is_piece
        assert "n" in tree.line.value
        assert any(tree.line.value in line for line in drive.lines())
        assert len(made) < 20_000, "lines beside the screen were made"


async def test_a_field_becomes_a_filter(explore, log):
    """Enter on a column shows the events with that value, x leaves them out."""
    async with explore(log()) as drive:
        await drive.press("4", "g", "enter")
        assert drive.app.scope.condition.text == 'name == "compile file_59"'
        assert drive.table("durations").row_count == 1
        await drive.press("escape", "x")
        assert drive.table("durations").row_count == 59


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_text_is_shown_literally_everywhere(explore, log, make, name):
    """Markup is text, control characters are pictures, and no escape reaches the terminal, in every place."""
    action, header = make
    text = HOSTILE[name]
    named = {"name": {"category": text, "identifier": text}, "owner": text, "execution_kind": text, "kind": text}
    path = log(header("/bin/buck2", text), action(1, **named), {"ts": 1, "event": text, text: text})
    async with explore(path, size=(200, 40)) as drive:
        seen = ["\n".join(drive.lines())]
        for keys in (("v",), ("v",), ("1", "w"), ("3",), ("enter",), ("4", "r"), ("question_mark",), ("q", "2", "v")):
            await drive.press(*keys)
            seen.append("\n".join(drive.lines()))
            assert drive.app.is_running
        everything = "\n".join(seen)
        assert not [character for character in everything if character != "\n" and not character.isprintable()]
        if name in ("markup", "action"):
            top, rest = seen[0].split("\n", 1)
            assert text in top
            assert rest.count(text) > 3
            assert text in drive.app.scope.condition.text
        if name == "escape":
            assert "␛[2J" in everything


async def test_a_hostile_event_name_is_a_literal_title(explore, log):
    """The frame of the inspector takes the name of an event as it is."""
    async with explore(log({"ts": 1, "event": "[@click=app.quit]x[/]"}), size=(200, 60)) as drive:
        assert any("[@click=app.quit]x[/]" in line and "4 Inspector" in line for line in drive.lines())


async def test_the_cursor_of_the_tree_is_told_by_a_sign(explore, log):
    """The line of the cursor has a sign, so that it is seen without colour; only that line has."""
    async with explore(log()) as drive:
        await drive.press("4", "j", "j")
        tree = drive.get(InspectorTree)
        signs = [tree.render_line(number).text[0] for number in range(8)]
        assert signs == ["▌" if number == tree.cursor_line else " " for number in range(8)]


def explained(drive):
    """The lines of the explanation, put together."""
    return " ".join(drive.get(Explanation).content.plain.split()) if drive.get(Explanation).display else ""


async def test_what_an_event_is_and_what_is_under_the_cursor_are_explained(explore, log, make):
    """The event first, then the value or the field that the cursor is on; fields that are absent are listed."""
    action, header = make
    async with explore(log(header(), action(3, execution_kind="LocalDepFile"))) as drive:
        assert explained(drive).startswith("An action has ended.")
        await drive.press("4", "g", "j", "j", "j", "j")
        assert drive.get(InspectorTree).line.key == "execution_kind"
        assert explained(drive).startswith("LocalDepFile: Not run")
        tree = drive.get(InspectorTree)
        while tree.line.key != "duration_millis":
            await drive.press("j")
        assert explained(drive).startswith("u64 in ms: The whole span")
        names = [entry.key for entry in tree.outline.entries]
        tree.go_to((names.index("fields"),))
        assert tree.line.is_open is False
        await drive.press("space")
        line = next(one for one in map(tree.outline.line, range(len(tree.outline))) if one.key == "name.identifier")
        assert "Which one of its category" in line.value
        tree.go_to(line.place)
        await drive.press("enter")
        assert drive.app.scope.condition.text == ""


async def test_an_explanation_leaves_room_for_the_event(explore, log, make):
    """On a small screen it takes a few lines at most; where nothing is known it takes none."""
    action, header = make
    async with explore(log(header(), action(3, execution_kind="LocalDepFile")), size=(80, 24)) as drive:
        await drive.press("4", "g", "j", "j", "j", "j")
        pane, told = drive.get(InspectorPane), drive.get(Explanation)
        assert 1 <= told.size.height <= pane.size.height // 4
        assert all(len(line) <= 80 for line in told.content.plain.split("\n"))
    async with explore(log({"ts": 1, "event": "a"}, name="other.jsonl")) as drive:
        assert explained(drive) == ""


async def test_an_explanation_fits_the_pane_as_it_grows(explore, log, make):
    """Its share of the lines is that of the pane as it is, whatever that was when the event was chosen."""
    action, header = make
    heights = []
    async with explore(log(header(), action(3, execution_kind="LocalDepFile")), size=(140, 14)) as drive:
        await drive.press("4", "g", "j", "j", "j", "j")
        for height in (14, 60, 14):
            await drive.pilot.resize_terminal(140, height)
            await drive.settle()
            heights.append(drive.get(Explanation).size.height)
    assert heights[0] == heights[2] == 1 < heights[1]


async def test_an_explanation_has_the_lines_it_needs(explore, log, make):
    """Though the tree above has the screen laid out between two texts, before Textual has come to the first."""
    action, header = make
    async with explore(log(header(), action(3, execution_kind="LocalDepFile"))) as drive:
        told, tree = drive.get(Explanation), drive.get(InspectorTree)
        for one, other in (("short", "long " * 60), ("long " * 60, "short")):
            told.say(one)
            tree.refresh(layout=True)
            tree._check_refresh()
            drive.app.screen._refresh_layout()
            told.say(other)
            await drive.settle()
            assert told.size.height == len(told.content.plain.split("\n"))


async def test_hostile_names_are_explained_literally(explore, log):
    """A name that nobody registered is never taken for markup or escapes."""
    name = "[bold]x[/]\x1b[2J"
    record = {"timestamp": "2026-01-01T00:00:00Z", "level": "INFO", "logger": "h", "message": "m", "event": name}
    async with explore(log({**record, "payload": {"a": 1}})) as drive:
        assert explained(drive).startswith("No registered event of Hephaestus")


def test_folded_text_says_that_it_goes_on():
    """What does not fit into so many lines ends in a sign; no line is too wide."""
    assert folded("one two three four", 9, 5) == ["one two", "three", "four"]
    assert folded("one two three four", 9, 2) == ["one two", "three…"]
    assert folded("", 9, 2) == []


async def test_an_event_that_the_filter_leaves_out_says_so(explore, log):
    """Where groups show, the selection stays as it is: that it is none of what they count, its frame says."""
    async with explore(log()) as drive:
        await drive.press("v", "v", "j")
        pane = drive.get(InspectorPane)
        chosen, words = pane.event.columns, "left out by filter or range"
        assert words not in pane.said[1]
        await drive.filter(f'not identifier == "{chosen["identifier"]}"')
        pane._ask_if_listed()
        await drive.settle()
        assert words in pane.said[1]
        assert pane.event.columns["id"] == chosen["id"]
        await drive.filter(f'identifier == "{chosen["identifier"]}"')
        pane._ask_if_listed()
        await drive.settle()
        assert words not in pane.said[1]
        assert pane.event.columns["id"] == chosen["id"]
