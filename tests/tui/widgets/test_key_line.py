"""The line of keys is made anew where the keys are others, and only there."""

from textual.app import App
from textual.binding import Binding
from textual.widgets import Input
from textual.widgets._footer import FooterKey

from tlx.tui.widgets.key_line import KeyLine


class Keys(App):
    """An app with a key of its own, and a field that brings others."""

    BINDINGS = [Binding("f6", "nothing", "Nothing")]  # noqa: RUF012  Textual's own

    def compose(self):
        """A field and the line."""
        yield Input()
        yield KeyLine(show_command_palette=False)


class Other(Input):
    """A field with a key."""

    BINDINGS = [Binding("f5", "other", "Other")]  # noqa: RUF012  Textual's own


async def drawn(pilot):
    """Let focus, bindings and what they bring follow one another."""
    for _ in range(5):
        await pilot.pause()


async def test_the_same_keys_are_not_made_again():
    """Bindings that are looked at again leave what stands; another focus brings its keys and takes them away."""
    async with Keys().run_test() as pilot:
        await drawn(pilot)
        before = list(pilot.app.query(FooterKey))
        assert [key.description for key in before] == ["Nothing"]
        pilot.app.screen.refresh_bindings()
        await drawn(pilot)
        assert list(pilot.app.query(FooterKey)) == before
        other = Other()
        await pilot.app.mount(other)
        other.focus()
        await drawn(pilot)
        assert {key.description for key in pilot.app.query(FooterKey)} == {"Nothing", "Other"}
        pilot.app.query(Input).first().focus()
        await drawn(pilot)
        assert [key.description for key in pilot.app.query(FooterKey)] == ["Nothing"]
