"""The inspector: one event as a tree, with everything of the log shown literally."""

import pytest

from tlx.tui.panes.inspector import InspectorTree

HOSTILE = {
    "markup": "[bold red]x[/]",
    "action": "[@click=app.quit]x[/]",
    "escape": "\x1b[2J\x1b]0;owned\x07",
    "wide and long": "\u202e漢字かな🚀\u2066" * 30_000,
}


def labels(node):
    """Every label below a node, in order."""
    for child in node.children:
        yield str(child.label)
        yield from labels(child)


async def test_values_stand_beside_their_units(explore, log, make):
    """A duration and a size are humanised first, and raw beside it."""
    action, header = make
    async with explore(log(header(), action(3))) as drive:
        found = list(labels(drive.get(InspectorTree).root))
        assert any(label.split() == ["duration", "400ms", "400000000"] for label in found)
        assert any(label.split() == ["duration_millis", "400ms", "400"] for label in found)
        assert any(label.split()[:1] == ["start"] and "2026-" in label for label in found)


async def test_kinds_of_nothing_differ(explore, log):
    """What is null, empty text, an empty object, an empty list and absent can be told apart."""
    async with explore(log({"ts": 1, "event": "a", "n": None, "s": "", "o": {}, "l": [], "f": False})) as drive:
        found = {label.split()[0]: label.split()[1:] for label in labels(drive.get(InspectorTree).root)}
        assert (found["n"], found["s"], found["o"], found["l"]) == (["null"], ['""'], ["{}"], ["[]"])
        assert found["f"] == ["false"]
        assert "absent" not in found


async def test_the_raw_line_wraps(explore, sample):
    """The key r opens the line as it stands in the log, in lines that fit, anew after a resize."""
    async with explore(sample("build")) as drive:
        await drive.press("4", "r")
        tree = drive.get(InspectorTree)
        raw = tree.root.children[-1]
        whole = "".join(str(child.label) for child in raw.children)
        assert whole.startswith("{")
        assert whole.endswith("}")
        assert all(len(str(child.label)) <= tree.size.width for child in raw.children)
        lines = len(raw.children)
        await drive.pilot.resize_terminal(200, 60)
        await drive.settle()
        assert "".join(str(child.label) for child in raw.children) == whole
        assert len(raw.children) < lines


async def test_keys_fold_and_walk(explore, log):
    """The keys h and l fold, j and k walk, G goes to the end."""
    async with explore(log()) as drive:
        await drive.press("4", "G")
        tree = drive.get(InspectorTree)
        assert tree.cursor_line == tree.last_line
        await drive.press("k")
        assert tree.cursor_line == tree.last_line - 1
        node = tree.root.children[-2]
        tree.move_cursor(node)
        await drive.press("h")
        assert not node.is_expanded
        await drive.press("l")
        assert node.is_expanded


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
    async with explore(path, size=(150, 40)) as drive:
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
