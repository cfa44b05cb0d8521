"""The config file in commands: filters with names, `tlx config`, and what is told of mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tlx.cli.arguments import parser
from tlx.config.file import path
from tlx.config.settings import SETTINGS
from tlx.reader.lines import MAX_LINE
from tlx.state import State
from tlx.tui.themes import DARK

BUILD = str(Path(__file__).parents[2] / "sample_logs" / "build.json-lines")


@pytest.fixture
def config(tmp_path, monkeypatch):
    """Write the config file; no state of others is seen."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def write(text):
        path().parent.mkdir(parents=True, exist_ok=True)
        path().write_text(text)
        return path()

    return write


def rows(printed, *words):
    """What `tlx config` says, by part and name."""
    found = json.loads(printed("config", *words, "--format", "json").out)
    return {(row["part"], row["name"]): row for row in found}


def ids(printed, *words):
    """What events a command prints."""
    return printed("events", BUILD, "--format", "jsonl", "--columns", "event_id", *words).out


@pytest.mark.parametrize("command", ["events", "durations", "kinds", "timeline", "insights"])
def test_named_filters(config, printed, command):
    """A filter with a name in the config file means what it says, also in another and beside further clauses."""
    config('[filters]\nlate = "duration > 2s and not cached"\nworse = "late category = rustc"\n')
    whole = printed(command, BUILD, "-w", "worse kind = Run", "--format", "json").out
    assert (
        whole
        == printed(command, BUILD, "-w", "duration > 2s not cached category = rustc kind = Run", "--format", "json").out
    )
    assert whole != printed(command, BUILD, "-w", "kind = Run", "--format", "json").out


def test_times_keep_their_filters(config, printed):
    """A filter with a name stands beside times and runs."""
    config('[filters]\nlate = "duration > 2s"\n')
    assert ids(printed, "-w", "late", "--since", "+5s") == ids(printed, "-w", "duration > 2s", "--since", "+5s") != b""
    assert ids(printed, "-w", "late", "--run", "1") == ids(printed, "-w", "duration > 2s", "--run", "1")


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        (
            'late = "durtion > 2s"',
            "late",
            "--where, column 1: in the filter late, column 1: there is no field 'durtion'",
        ),
        ('a = "b"\nb = "a"', "a", "the filter a names itself"),
        ('"two words" = "x"', "x", "filters.two words: a name begins with a letter or _"),
        ('cached = "x"', "x", "filters.cached: cached is a name that every log has: status == cached"),
        ('not = "x"', "x", "filters.not: not is a word of the language"),
        ('"\x1b" = "x"'.replace("\x1b", "\\u001b"), "x", "a name begins with a letter or _"),
    ],
)
def test_filters_that_cannot_be(config, printed, text, where, said):
    """A name that cannot be one is told at once, a filter that cannot be understood where it is used."""
    config(f"[filters]\n{text}\n")
    done = printed("events", BUILD, "-w", where, code=2)
    assert said in done.err
    assert "\x1b" not in done.err


def test_a_wrong_filter_disturbs_none_that_does_not_use_it(config, printed):
    """What a filter of the file says counts where it is named; `tlx config` looks at all of them."""
    place = config('[filters]\nlate = "durtion > 2s"\n')
    assert ids(printed, "-w", "rustc")
    done = printed("config", code=2)
    assert done.err.startswith(f"tlx: {place}: in the filter late, column 1: there is no field")


def test_a_name_of_the_screen_is_told(config, printed):
    """A name that was given on the screen is text for commands, and they say so; what the file names is not told."""
    State.of_user().add_name("slowest", "duration > 5s")
    State.of_user().add_name("late", "duration > 1s")
    place = config('[filters]\nlate = "duration > 2s"\n')
    done = printed("events", BUILD, "-w", "slowest or (not late)", "--limit", "1")
    said = f"tlx: slowest is a filter on the screen alone, and text to look for here; name it in {place}\n"
    assert done.err.count(said) == 1
    assert "late is" not in done.err
    config('[filters]\nworse = "not slowest"\n')
    assert printed("events", BUILD, "-w", "worse", "--limit", "1").err.count(said) == 1


def test_config_prints_where_values_come_from(config, printed, monkeypatch):
    """Flags, variables, the file and defaults are told apart; what is left open has no value for a program."""
    place = config('theme = "nord"\nwatch = "poll"\nmask = ["a"]\n[filters]\nlate = "duration > 2s"\n')
    monkeypatch.setenv("TLX_ASCII", "1")
    State.of_user().add_name("slowest", "duration > 5s")
    found = rows(printed, "--theme", "dracula", "--mask", "b", "--no-history")
    assert {name for part, name in found if part == "setting"} == {name.replace("_", "-") for name in SETTINGS}
    told = {name: (row["value"], row["from"]) for (_, name), row in found.items()}
    assert told["theme"] == ("dracula", "--theme")
    assert told["watch"] == ("poll", f"{place}: watch")
    assert told["ascii"] == (True, "TLX_ASCII")
    assert told["history"] == (False, "--no-history")
    assert told["mask"] == (["b", "a"], f"--mask, {place}: mask")
    assert told["max-memory"] == (None, "default")
    assert told["cache"] == (True, "default")
    assert told["cached"] == ("status == cached", "default")
    assert told["late"] == ("duration > 2s", f"{place}: filters.late")
    assert "slowest" not in told
    assert rows(printed)["filter", "slowest"]["from"] == str(State.of_user().path)
    table = printed("config").out.decode()
    assert "half of what there is" in table
    assert table.endswith(f"The config file is {place}.\n")


def test_config_without_a_file(config, printed):
    """Where there is no file it says where it would be."""
    assert printed("config").out.decode().endswith(f"The config file is {path()}, which is not there.\n")


def test_defaults_are_told_as_they_are():
    """What the table calls the default is what holds."""
    assert SETTINGS["max_line"].default == f"{MAX_LINE >> 20} MiB"
    assert SETTINGS["theme"].default == DARK.name


def test_keys(config, printed):
    """`tlx config keys` lists every binding with its id; without it those that are changed are told."""
    place = config('[keys]\n"app.filter" = "ctrl+f"\n')
    whole = rows(printed, "keys")
    assert len(whole) > 150
    assert whole["key", "app.insights"] == {
        "part": "key",
        "name": "app.insights",
        "value": "i",
        "from": "default",
        "about": "The facts that explain what is shown",
    }
    assert whole["key", "app.filter"]["value"] == "ctrl+f"
    assert [row for (part, _), row in rows(printed).items() if part == "key"] == [whole["key", "app.filter"]]
    assert whole["key", "app.filter"]["from"] == f"{place}: keys.app.filter"


@pytest.mark.parametrize("words", [("config",), ("config", "keys")])
def test_keys_that_cannot_be(config, printed, words):
    """A key that is none is told with the file and the id."""
    place = config('[keys]\n"app.fliter" = "x"\n')
    done = printed(*words, code=2)
    assert done.err == f"tlx: {place}: keys.app.fliter: nothing has this id; did you mean app.filter?\n"


def test_a_theme_that_does_not_exist(config, printed):
    """`tlx config` knows the themes, of Textual as well."""
    place = config('theme = "norc"\n')
    done = printed("config", code=2)
    assert done.err == f"tlx: {place}: theme: there is no theme 'norc'; did you mean nord?\n"
    for theme in ("nord", "tlx-light"):
        assert rows(printed, "--theme", theme)["setting", "theme"]["value"] == theme


def test_every_setting_has_its_flag():
    """A setting is a flag of `tlx config` as well, or the opposite of one."""
    commands = next(action.choices for action in parser()._actions if action.dest == "command")
    flags = {flag for action in commands["config"]._actions for flag in action.option_strings}
    for name in SETTINGS:
        word = name.replace("_", "-")
        assert flags & {f"--{word}", f"--no-{word}"}, word
