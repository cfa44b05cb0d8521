"""The line of keys shows those of the present focus, and takes the mouse for them."""

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
