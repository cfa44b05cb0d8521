from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

import tlx
from tlx.cli import main
from tlx.cli.arguments import COMMANDS, parse
from tlx.cli.commands import stats
from tlx.cli.printing.output import table
from tlx.cli.reading import Asked
from tlx.config.settings import load
from tlx.reader.source import Source, SourceError

SCREENS = ("open", "demo", "replay")
WITHOUT_LOGS = ("config", "demo", "registry", "completion")
LIMITED = ("events", "durations", "kinds", "timeline")
"""Commands that are asked for one row."""
BUILD = Path(__file__).parents[2] / "sample_logs" / "build.json-lines"
OWNER = "root//src/platform/chat:chat_client_headers (prelude//platforms:default#b42aeba648b8c415)"


def tlx_process(*arguments, environment=None, **options):
    """Start tlx as a shell would, with a plain environment."""
    settings = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "NO_COLOR", "FORCE_COLOR")}
    return subprocess.Popen(
        [sys.executable, "-m", "tlx", *arguments],
        stdin=options.pop("stdin", subprocess.DEVNULL),
        stdout=options.pop("stdout", subprocess.PIPE),
        stderr=subprocess.PIPE,
        env={**settings, "PYTHONIOENCODING": "utf-8", **(environment or {})},
        **options,
    )


@pytest.fixture
def log(tmp_path):
    """A function that writes a log and returns its path."""

    def written(*records):
        path = tmp_path / "x.json-lines"
        path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        return str(path)

    return written


def test_the_version_is_printed(capsys):
    """-V and --version print the version alone and end well."""
    for flag in ("-V", "--version"):
        assert main.run([flag]) == 0
        assert capsys.readouterr().out == f"tlx {tlx.__version__}\n"


def test_help_is_data(capsys):
    """Help that was asked for goes to standard output, whole, and ends well."""
    for arguments in (["-h"], ["open", "--help"], ["stats", "-h"], ["runs", "-h"], ["rejects", "--help"]):
        assert main.run(arguments) == 0
        captured = capsys.readouterr()
        assert captured.out.startswith("usage: tlx")
        assert captured.err == ""


@pytest.mark.parametrize("arguments", [[], *([name] for name in COMMANDS if name not in WITHOUT_LOGS)])
def test_nothing_to_read_prints_short_help(monkeypatch, capsys, arguments):
    """Without a file, with a person at standard input, the help is talk: on stderr, and exit 2."""
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    assert main.run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("usage: tlx")
    assert len(captured.err.splitlines()) <= 14 + len(COMMANDS)  # a line each, and what stands around them


def test_no_standard_input_at_all(monkeypatch, capsys):
    """A process without standard input is told what to type, rather than failing."""
    monkeypatch.setattr(sys, "stdin", None)
    assert main.run(["stats"]) == 2
    assert "usage: tlx" in capsys.readouterr().err


def test_a_file_is_short_for_open():
    """`tlx FILE…` means `tlx open FILE…`, whatever flags come first; `tlx` alone opens what is piped in."""
    assert parse(["a", "b"]) == parse(["open", "a", "b"])
    assert parse(["-w", "x", "a"]) == parse(["open", "-w", "x", "a"])
    assert parse(["--ascii", "stats"]).files == ["stats"]
    assert parse(["--", "-odd"]).files == ["-odd"]
    assert parse([]) == parse(["open"])
    assert parse(["stats", "a"]).command == "stats"
    assert parse(["./stats"]).command == "open"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["stats", "--nonsense"], "--nonsense"),
        (["--nonsense"], "--nonsense"),
        (["stats", "--format", "xml"], "xml"),
        (["stats", "--max-mem", "1GB"], "--max-mem"),
        (["open", "--where"], "-w/--where"),
        (["stats", "--max-memory", "lots", "x"], "--max-memory: 'lots' is no size"),
        (["stats", "--max-memory", "1MB", "x"], "at least 384MiB"),
        (["stats", "--run", "x", "x"], "--run: 'x' is not a run, as tlx runs numbers them, or last"),
        (["open", "--run", "0", "x"], "--run: '0' is not a run"),
        (["runs", "--run=-1", "x"], "--run: '-1' is not a run"),
        (["rejects", "--run", "9" * 40, "x"], "is not a run"),
        (["rejects", "--limit", "0", "x"], "--limit: '0' is not a number of lines"),
        (["rejects", "--limit", "ten", "x"], "--limit: 'ten' is not a number of lines"),
        (["rejects", "--format", "json", "x"], "jsonl"),
    ],
)
def test_bad_usage(capsys, arguments, words):
    """A flag or value that does not exist is named on stderr, and ends with 2."""
    assert main.run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert words in captured.err


def test_a_bad_variable_is_named(monkeypatch, capsys):
    """A setting from the environment that cannot be used is named as the variable it came from."""
    monkeypatch.setenv("TLX_MAX_MEMORY", "lots")
    assert main.run(["stats", "x"]) == 2
    assert capsys.readouterr().err == "tlx: TLX_MAX_MEMORY: 'lots' is no size; write it like 512MiB or 2GB\n"


def test_what_cannot_be_read(tmp_path, monkeypatch, capsys):
    """A missing file, a folder and a file without permission each end with 3 and one line on stderr."""
    secret = tmp_path / "secret"
    secret.touch()
    really_open = os.open

    def guarded(path, *arguments):
        if path == str(secret):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return really_open(path, *arguments)

    monkeypatch.setattr(os, "open", guarded)
    for path, words in (
        (tmp_path / "missing", "no such file"),
        (tmp_path, "is a folder"),
        (secret, "no permission"),
        (secret / "under", ""),
        ("a\0b", "no such file"),
    ):
        assert main.run(["stats", str(BUILD), str(path)]) == 3
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.count("\n") == 1
        assert captured.err.startswith("tlx: ")
        assert words in captured.err
        assert str(path).replace("\0", "") in captured.err.replace("\\x00", "")


def test_a_hostile_name_is_shown_harmlessly(capsys):
    """A name with escape sequences and line feeds is shown, in one line, and not obeyed."""
    assert main.run(["stats", "no\x1b]0;owned\x07\nsuch [bold]file[/]"]) == 3
    assert capsys.readouterr().err == "tlx: no␛]0;owned␇␊such [bold]file[/]: no such file; check the name\n"


def test_an_internal_error_saves_its_trace(monkeypatch, capsys, tmp_path):
    """An error of our own ends with 4, in one line that names the file with the trace."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def fail(*_):
        raise RuntimeError("two\nlines \x1b and \udcff")

    monkeypatch.setattr(stats, "print_stats", fail)
    assert main.run(["stats", "x", "--reveal"]) == 4
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("tlx: internal error: RuntimeError: two␊lines ␛ and \\udcff; the trace is in ")
    assert captured.err.count("\n") == 1
    saved = Path(captured.err.strip().rpartition(" ")[2]).read_text(encoding="utf-8")
    assert saved.startswith("Traceback")
    assert "RuntimeError: two" in saved


def test_an_internal_error_where_nothing_can_be_saved(monkeypatch, capsys):
    """Where the trace cannot be saved, the error is told all the same."""

    def fail(*_):
        raise RuntimeError("odd")

    monkeypatch.setattr(stats, "print_stats", fail)
    monkeypatch.setattr("tempfile.tempdir", "/nowhere/at/all")
    assert main.run(["stats", "x", "--reveal"]) == 4
    assert "internal error: RuntimeError: odd; the trace could not be saved" in capsys.readouterr().err


def test_a_failing_medium_is_no_internal_error(monkeypatch, capsys):
    """A source that fails while it is read ends with 3."""

    def fail(*_):
        raise SourceError("x: cannot be read past byte 7: Input/output error")

    monkeypatch.setattr(Source, "read", fail)
    assert main.run(["stats", str(BUILD)]) == 3
    assert capsys.readouterr().err == "tlx: x: cannot be read past byte 7: Input/output error\n"


def test_an_interrupt_is_130(monkeypatch, capsys):
    """Ctrl+C ends with 130 and without a word."""

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(stats, "print_stats", interrupt)
    assert main.run(["stats", "x"]) == 130
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("form", ["table", "json"])
def test_a_closed_pipe_ends_quietly(form):
    """When whoever reads the output has gone, tlx ends without a word and without blame."""
    reading, writing = os.pipe()
    os.close(reading)
    process = tlx_process("stats", "--format", form, str(BUILD), stdout=writing)
    os.close(writing)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, b"")


def test_a_log_can_be_piped_in():
    """Without a file, or as -, the log is read from standard input."""
    for arguments in (("stats",), ("stats", "-")):
        process = tlx_process(*arguments, "--format", "json", stdin=subprocess.PIPE)
        output, errors = process.communicate(BUILD.read_bytes(), timeout=60)
        assert (process.returncode, errors) == (0, b"")
        assert json.loads(output)["events"] == 6000


def test_an_output_of_few_letters_still_prints():
    """Where the output cannot encode a character a question mark stands for it; nothing fails."""
    process = tlx_process("stats", str(BUILD), environment={"PYTHONIOENCODING": "ascii"})
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, b"")
    assert b"ActionCache" in output


def test_text_of_a_log_is_printed_literally(log, capsys):
    """Markup, escapes, line feeds and emoji names in commands, paths and kinds appear as text, and act on nothing."""
    header = {"command_line_args": ["[bold red]x[/]", ":smile:", "\x1b[2J", "\u202e"], "trace_id": "t"}
    action = {"kind": "Run", "execution_kind": "[red]K[/]\x1b\n\x9b", "name": {"category": "c", "identifier": ""}}
    path = log(header, {"ActionExecutionEvent": action, "epoch_millis": 5})
    path = str(Path(path).rename(path.replace("x.json", "[bold]\x1b[31m:cat:.json")))
    assert main.run(["stats", path]) == 0
    output = capsys.readouterr().out
    joined = "".join(output.split())
    for words in (
        "[boldred]x[/]",
        ":smile:",
        "␛[2J",
        "\\u202e",
        "[red]K[/]␛␊\\u009b",
        "[bold]␛[31m:cat:",
    ):
        assert words in joined, words
    assert not {"\x1b", "\x9b", "\u202e"} & set(output)


def test_a_pipe_of_80_columns_keeps_every_number(log):
    """However long commands and kinds are, they fold and the numbers stay whole within 80 columns."""
    header = {"command_line_args": ["buck2", "x" * 300], "start_time": [1_771_287_108, 507_237_050], "trace_id": "t"}
    kinds = ["K" * 200, "short"]
    records = [
        {
            "ActionExecutionEvent": {
                "kind": "Run",
                "execution_kind": kind,
                "duration_millis": 123_456_789,
                "output_size": 987_654_321_987,
                "name": {"category": "c", "identifier": str(number)},
            },
            "epoch_millis": 1_771_287_109_000 + number,
        }
        for number, kind in enumerate(kinds * 600)
    ]
    process = tlx_process("stats", log(header, *records))
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, b"")
    lines = output.decode().splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" not in output.decode()
    (short,) = (line.split() for line in lines if line.split()[:1] == ["short"])
    assert short == ["short", "600", "857d08h", "50%", "539", "TiB"]
    assert output.decode().count("K") == 200 + 2  # and two sizes in KiB
    assert any("1,200" in line.split() for line in lines)


def test_a_table_keeps_its_numbers_whole(capsys):
    """Columns of numbers never fold or shrink while there is text beside them to fold."""
    drawn = table(("what", "a", "b"), [("w" * 100, "1,234,567,890", "12m03s"), ("v", "5", "–")], left=(0,))
    Console(width=40, highlight=False).print(drawn)
    output = capsys.readouterr().out
    assert "1,234,567,890   12m03s" in output
    assert output.count("w") == 101
    assert max(map(len, output.splitlines())) <= 40


def test_no_command_that_prints_loads_the_screen(tmp_path):
    """Every command that draws nothing leaves Textual alone, and the parser of filters where it needs none."""
    words = [
        [name, str(BUILD), *(["--limit", "1"] if name in LIMITED else [])] for name in COMMANDS if name not in SCREENS
    ]
    alone = {"completion": ["completion", "bash"], "config": ["config"]}
    words = [alone.get(typed[0], typed) for typed in words]
    more = {"redact": ["-o", str(tmp_path / "copy")], "story": [OWNER]}
    words = [[*typed, *more.get(typed[0], ())] for typed in words]
    code = (
        "import sys; from tlx.cli.main import run\n"
        "loaded = lambda: [name for name in ('textual', 'lark') if name in sys.modules]\n"
        f"codes = [(run(words), loaded()) for words in {words}]\n"
        "print(codes, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert words[-1][0] == "insights"
    expected = [(0, [])] * (len(words) - 1) + [(0, ["lark"])]  # insights write filters
    assert done.stderr.splitlines()[-1] == str(expected)
    assert len(words) > 7


def test_the_version_is_printed_without_the_parser():
    """The program itself prints its version before it loads even the parser of arguments."""
    code = (
        "import sys; sys.argv[1:] = ['--version']; from tlx.__main__ import main\n"
        "main(); print('argparse' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"tlx {tlx.__version__}\nFalse\n"


def test_settings_reach_the_command(monkeypatch):
    """Flags become the settings of the command."""
    seen = []
    monkeypatch.setattr(stats, "print_stats", lambda *arguments: seen.append(arguments))
    assert main.run(["stats", "--max-memory", "1GiB", "--format", "json", "a", "b"]) == 0
    assert seen == [(Asked(["a", "b"], form="json"), load({"max_memory": "1GiB"}))]
