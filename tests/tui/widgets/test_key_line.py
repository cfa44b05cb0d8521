"""The line of keys shows those of the present focus, and takes the mouse for them."""

import pytest
from textual.app import App
from textual.binding import Binding
from textual.widgets import Input

from tlx.tui.widgets.key_line import KeyLine


class Keys(App):
    """An app with a key of its own, and a field that brings others."""

    BINDINGS = [  # noqa: RUF012  Textual's own
        Binding("f6", "nothing", "Nothing"),
        Binding("f7", "count", "Ceļš", tooltip="Count"),
        Binding("f8", "count", "The same"),
        Binding("f9", "hidden", "Hidden", show=False),
    ]
    counted = 0

    def compose(self):
        """A field and the line."""
        yield Input()
        yield KeyLine()

    def action_count(self):
        """Take one."""
        self.counted += 1


class Other(Input):
    """A field with a key."""

    BINDINGS = [Binding("f5", "other", "Other")]  # noqa: RUF012  Textual's own


async def drawn(pilot):
    """Let focus, bindings and what they bring follow one another."""
    for _ in range(5):
        await pilot.pause()


async def test_the_keys_are_those_of_the_focus():
    """Another focus brings its keys and takes them away; the same ones are not drawn again."""
    async with Keys().run_test() as pilot:
        await drawn(pilot)
        line = pilot.app.query_one(KeyLine)
        assert line.said == ("Nothing", "Ceļš")
        assert line.render_line(0).text.rstrip() == " f6 Nothing  f7 Ceļš"
        drawings = []
        line.refresh = lambda *_, **__: drawings.append(line.said)
        pilot.app.screen.refresh_bindings()
        await drawn(pilot)
        assert not drawings
        other = Other()
        await pilot.app.mount(other)
        other.focus()
        await drawn(pilot)
        assert set(line.said) == {"Nothing", "Ceļš", "Other"}
        pilot.app.query(Input).first().focus()
        await drawn(pilot)
        assert line.said == ("Nothing", "Ceļš")
        assert drawings[-1] == line.said


async def test_the_mouse_presses_the_key_it_is_over():
    """Each cell of a key counts, what is behind the last does not; a tooltip says more."""
    async with Keys().run_test() as pilot:
        await drawn(pilot)
        line = pilot.app.query_one(KeyLine)
        text = line.render_line(0).text
        begin = text.index(" f7")
        for column in (begin, begin + len(" f7 Ceļš ") - 1):
            assert await pilot.hover(KeyLine, (column, 0))
            assert line.tooltip == "Count"
            assert await pilot.click(KeyLine, (column, 0))
            await drawn(pilot)
        assert pilot.app.counted == 2
        for column in (begin - 1, begin + len(" f7 Ceļš ")):
            await pilot.hover(KeyLine, (column, 0))
            assert line.tooltip != "Count"
            await pilot.click(KeyLine, (column, 0))
            await drawn(pilot)
        assert pilot.app.counted == 2


class Many(App):
    """More keys than there is room for."""

    BINDINGS = [  # noqa: RUF012  Textual's own
        *(Binding(f"f{number}", f"do_{number}", f"Number {number}") for number in range(1, 7)),
        Binding("question_mark", "help", "Help", key_display="?"),
        Binding("q", "quit", "Quit"),
    ]

    def compose(self):
        """The line alone."""
        yield KeyLine()


@pytest.mark.parametrize(
    ("width", "numbers", "quits"), [(200, 6, True), (90, 6, False), (80, 5, False), (41, 2, False), (3, 0, False)]
)
async def test_what_leads_to_all_keys_is_there_however_little_room_there_is(width, numbers, quits):
    """Keys are whole or not there; those at the end go first."""
    async with Many().run_test(size=(width, 24)) as pilot:
        await drawn(pilot)
        line = pilot.app.query_one(KeyLine)
        shown = [f"Number {number}" for number in range(1, numbers + 1)]
        assert [does for does in line.said if does not in ("Help", "Quit", "palette")] == shown
        assert "Help" in line.said
        assert ("Quit" in line.said) == quits
