from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tlx.cli import main
from tlx.cli import open as opening
from tlx.tui.app import TlxApp

BUILD = str(Path(__file__).parents[2] / "sample_logs" / "build.json-lines")


@pytest.fixture
def terminal(monkeypatch, capsys):
    """Stand in for a terminal; return the apps that were run on it."""
    ran = []

    def run(app, loop):
        ran.append(app)

    monkeypatch.setattr(type(sys.stdout), "isatty", lambda stream: True)
    monkeypatch.setattr(opening, "_take_terminal", lambda files: None)
    monkeypatch.setattr(TlxApp, "run", run)
    return ran


def test_no_terminal_gets_a_hint(capsys):
    """Where standard output is no terminal nothing is drawn: the hint says what to type, and it ends with 2."""
    for arguments in ([BUILD], ["open", BUILD], ["open", BUILD, "--theme", "nord"]):
        assert main.run(arguments) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert "tlx stats FILE" in captured.err


def test_a_hint_costs_no_textual():
    """To say that there is no terminal, neither Textual nor the store is loaded."""
    code = (
        "import sys; from tlx.cli.main import run; code = run(['x'])\n"
        "print(code, [name for name in ('textual', 'duckdb', 'lark') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "2 []\n"


def test_a_terminal_gets_the_app(terminal):
    """On a terminal the app runs over the files, with the filters of all --where together."""
    assert main.run([BUILD, "-w", "rustc", "-w", 'kind = "Run"', "--ascii"]) == 0
    (app,) = terminal
    assert app.scope.condition.text == 'rustc kind = "Run"'


def test_threads_wait_little_for_the_screen(terminal, monkeypatch):
    """While the app runs, its threads need not wait for the screen's as long as usual; afterwards all is as before."""
    seen = []
    monkeypatch.setattr(TlxApp, "run", lambda app, loop: seen.append(sys.getswitchinterval()))
    before = sys.getswitchinterval()
    assert main.run([BUILD]) == 0
    assert seen[0] < before == sys.getswitchinterval()


def test_a_known_theme_is_taken(terminal):
    """Themes of Textual and of tlx can be asked for by name."""
    for theme in ("nord", "textual-light"):
        assert main.run(["--theme", theme, BUILD]) == 0
    assert [app.theme for app in terminal] == ["nord", "textual-light"]


@pytest.mark.parametrize(
    ("theme", "words"),
    [("norc", "did you mean nord?"), ("zzzzzz\x1b", "there are "), ("", "there are ")],
)
def test_an_unknown_theme_is_refused(terminal, capsys, theme, words):
    """A theme that does not exist ends with 2, in one line that helps, and nothing is drawn."""
    assert main.run(["--theme", theme, BUILD]) == 2
    error = capsys.readouterr().err
    assert error.startswith("tlx: --theme: there is no theme ")
    assert words in error
    assert (error.count("\n"), terminal) == (1, [])


@pytest.mark.parametrize(
    ("where", "words"),
    [
        (
            ["durtion > 2s"],
            "--where, column 1: there is no field 'durtion'; did you mean duration?\n  durtion > 2s\n  ^\n",
        ),
        (["rustc", "duration > 2x"], "--where, column 12: expected a duration"),
        (["name ="], "column 7: expected a value here\n  name =\n        ^\n"),
        (['"abc'], 'column 1: this quote is never closed\n  "abc\n  ^\n'),
        (["owner", "= x"], "column 1: expected a field"),
        (["a\udcff"], "column 2: half a character"),
        (["a " * 150, "b " * 150], "too many terms"),
    ],
)
def test_a_bad_filter_is_refused(terminal, capsys, where, words):
    """A filter that cannot be understood ends with 2, shown with a caret, and nothing is drawn."""
    assert main.run([BUILD, *(part for text in where for part in ("-w", text))]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert (error.count("\n"), terminal) == (3, [])


def test_a_bad_filter_is_named_without_a_terminal_too(capsys):
    """A bad filter is told before anything is said of the terminal."""
    assert main.run([BUILD, "-w", "name ="]) == 2
    assert "column 7" in capsys.readouterr().err


def test_what_cannot_be_read_is_told_before_anything_is_drawn(terminal, tmp_path, capsys):
    """A missing file and a folder end with 3 and one line, even behind a good one."""
    for path in (tmp_path / "missing", tmp_path):
        assert main.run([BUILD, str(path)]) == 3
        captured = capsys.readouterr()
        assert (captured.err.count("\n"), captured.out) == (1, "")
    assert terminal == []


def test_a_failure_on_the_screen_is_an_internal_error(terminal, monkeypatch, tmp_path, capsys):
    """What went wrong while the app ran ends with 4, the trace saved."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(TlxApp, "failure", property(lambda app: RuntimeError("broken pane")))
    assert main.run([BUILD, "--reveal"]) == 4
    assert "internal error: RuntimeError: broken pane; the trace is in" in capsys.readouterr().err


def test_no_keys_without_a_terminal(capsys, monkeypatch):
    """Where no terminal can be opened for the keys it ends with 2 and says so."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    really_open = os.open

    def guarded(path, *arguments):
        if path == "/dev/tty":
            raise OSError(6, "No such device or address", path)
        return really_open(path, *arguments)

    monkeypatch.setattr(os, "open", guarded)
    assert main.run([BUILD]) == 2
    assert "no terminal to read keys from" in capsys.readouterr().err
