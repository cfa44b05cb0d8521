"""The README is a tested surface: what it names exists, and what exists it names."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest
from textual.binding import Binding

from tlx.cli import arguments
from tlx.cli.scoping import Part
from tlx.config.file import path
from tlx.config.settings import SETTINGS, load
from tlx.dialects.known import DIALECTS
from tlx.query.language.compile import compile_filter
from tlx.tui import keymap
from tlx.tui.app import TlxApp
from tlx.tui.checking.holding import Holding
from tlx.tui.desk import Desk
from tlx.tui.filters.bar import Bar
from tlx.tui.filters.filter_bar import FilterBar
from tlx.tui.filters.owner import FilterOwner
from tlx.tui.panes.breakdown import BreakdownPane
from tlx.tui.panes.durations import DurationsPane
from tlx.tui.panes.inspector.pane import InspectorPane
from tlx.tui.panes.inspector.tree import InspectorTree
from tlx.tui.panes.timeline import TimelinePane
from tlx.tui.widgets.table import Table
from tlx.tui.widgets.top_bar import TopBar

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
KEY_NAMES = {
    "question_mark": "?",
    "colon": ":",
    "full_stop": ".",
    "comma": ",",
    "slash": "/",
    "plus": "+",
    "minus": "-",
    "ampersand": "&",
    "right_square_bracket": "]",
    "left_square_bracket": "[",
    "equals_sign": "=",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "escape": "esc",
}
SPARE_KEYS = {"&", "f1", "pagedown", "pageup"}
"""Second keys for an action, which the help on screen tells and the README leaves out."""


def section(title: str) -> str:
    """The text below a heading of the README."""
    return README.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def command(name: str) -> list[str]:
    """The words of a marked command of the README."""
    block = README.split(f"<!-- {name} command -->\n```sh\n", 1)[1].split("```", 1)[0]
    return shlex.split(block)


def subcommands() -> dict[str, argparse.ArgumentParser]:
    """The parsers of all commands."""
    actions = arguments.parser()._actions
    return next(action.choices for action in actions if isinstance(action, argparse._SubParsersAction))


def test_open_command_is_valid() -> None:
    """The command that opens a log names a sample that is in the repository, with arguments that tlx takes."""
    words = command("open")
    options = arguments.parse(words[words.index(".venv/bin/tlx") + 1 :])
    assert options.command == "open"
    assert all((ROOT / file).is_file() for file in options.files)


def test_ci_runs_the_test_command() -> None:
    """What CI takes from the README is the command that runs pytest, in an environment of its own."""
    words = command("test")
    assert words[:4] == ["python3", "-m", "venv", ".venv"]
    assert words[-2:] == ["-m", "pytest"]
    assert "test command" in (ROOT / ".ci" / "run").read_text("utf-8")


def test_commands_are_documented() -> None:
    """Every command and every flag of it stands in the README's section on commands."""
    text = section("Commands")
    for name, parser in subcommands().items():
        assert f"`tlx {name} " in text
        for action in parser._actions:
            flags = [flag for flag in action.option_strings if flag not in ("-h", "--help")]
            assert not flags or any(flag in text for flag in flags), flags


@pytest.mark.parametrize(
    "owner",
    [
        TlxApp,
        Holding,
        Desk,
        TimelinePane,
        DurationsPane,
        BreakdownPane,
        InspectorPane,
        InspectorTree,
        Table,
        FilterOwner,
        Bar,
        FilterBar,
        TopBar,
    ],
)
def test_keys_are_documented(owner: type) -> None:
    """Every key of the app, its panes and its table stands in the README's section on keys."""
    text = section("Keys")
    for binding in owner.__dict__["BINDINGS"]:
        assert isinstance(binding, Binding)
        for key in binding.key.split(","):
            shown = KEY_NAMES.get(key, key)
            assert f"`{shown}`" in text or shown in SPARE_KEYS or shown in "1234", (owner.__name__, shown)


def test_filters_of_the_readme_work() -> None:
    """Every example of the README's section on filters is one that tlx understands."""
    examples = re.findall(r"^\| `(.+?)` \|", section("Filters"), re.MULTILINE)
    assert len(examples) > 5
    for example in examples:
        assert compile_filter(example).sql


def test_dialects_are_documented() -> None:
    """Every dialect stands in the README's section on formats, or in the list of samples, which comes with it."""
    text = section("Formats") + (ROOT / "sample_logs" / "README.md").read_text("utf-8")
    assert all(f"`{dialect.name}`" in text for dialect in DIALECTS)


def test_the_way_to_add_a_dialect_exists() -> None:
    """Every file and folder that one is told to touch is there, and every dialect has gone that way."""
    text = section("Adding a dialect to tlx")
    paths = {path.replace("NAME", "jupyter") for path in re.findall(r"`((?:src|tests|sample_logs)/.+?)`", text)}
    assert len(paths) > 8
    assert all((ROOT / path).exists() for path in paths)
    for dialect in DIALECTS:
        assert (ROOT / "src/tlx/dialects" / f"{dialect.name.replace('-', '_')}.py").is_file()


def test_settings_are_documented() -> None:
    """Every setting stands in the README by its flag or its variable."""
    for name in SETTINGS:
        word = name.replace("_", "-")
        assert f"--{word}" in README or f"--no-{word}" in README


def test_the_config_file_of_the_readme(tmp_path, monkeypatch) -> None:
    """The config file that the README shows can be used, and says what the README says of it."""
    text = section("Configuration").split("```toml\n", 1)[1].split("```", 1)[0]
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path().parent.mkdir()
    path().write_text(text, "utf-8")
    settings = load({}, {})
    assert (settings.theme, settings.max_memory, settings.mask) == ("tlx-light", 2 << 30, ("user.email",))
    compile_filter("late", Part(named=settings.filters).context())
    keymap.check(settings.keys)
    assert settings.keys == {"app.filter": "f,ctrl+f"}
    assert "`app.filter`" in section("Configuration")


def test_dependencies_are_justified() -> None:
    """Every package that tlx needs has its line in the README, and no other has."""
    project = (ROOT / "pyproject.toml").read_text("utf-8").split("dependencies = [", 1)[1].split("]", 1)[0]
    needed = set(re.findall(r'"([a-z]+)[>=]', project))
    assert set(re.findall(r"^\| ([a-z]+) \|", section("Dependencies"), re.MULTILINE)) - {"package"} == needed


def test_pictures_exist() -> None:
    """Every picture of the README is in the repository."""
    pictures = re.findall(r"!\[.+?\]\((.+?)\)", README)
    assert pictures
    assert all((ROOT / picture).is_file() for picture in pictures)
