"""`tlx rejects`: every line that is no event, and every damage, told harmlessly."""

from __future__ import annotations

import errno
import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import oracle
from tlx.cli.main import run
from tlx.cli.printing.writing import json_text

USER = b'{"StarlarkUserEvent":{"id":"x","metadata":{}},"epoch_millis":1771287109000}'
HEADER = b'{"command_line_args":["x"],"trace_id":"t","start_time":[1771287108,0]}'
HOSTILE = (
    b"[bold red]x[/] [@click=app.quit]",
    b"\x1b[2J\x1b]0;owned\x07",
    b"\xc2\x9b31m \xe2\x80\xae \xe2\x80\xa8 \x7f \x00 \r",
    '"\U000e0041\U0001f600é\ud7ff'.encode(),
    b"\xff\xfe",
    b'"' + b"\\u001b" * 900,
)


@pytest.fixture
def log(tmp_path):
    """A log with two runs and hostile lines in both."""
    path = tmp_path / "log"
    path.write_bytes(b"\n".join([USER, *HOSTILE[:3], HEADER, USER, *HOSTILE[3:], b""]))
    return path


def records(output: bytes):
    """The records of JSON lines, cut at line feeds alone."""
    assert output.endswith(b"\n")
    return [json.loads(line) for line in output.split(b"\n")[:-1]]


def test_every_reject_is_printed_for_a_program(capfdbinary, log):
    """One line of JSON each, with source, line, byte, reason and head; nothing in it can act on a terminal."""
    assert run(["rejects", "--format", "jsonl", str(log)]) == 0
    captured = capfdbinary.readouterr()
    assert captured.err == b""
    found, wanted = records(captured.out), oracle.read(log.read_bytes()).rejects
    assert len(wanted) == len(HOSTILE)
    for record, (line, offset, text) in zip(found, wanted, strict=True):
        decoded = text.decode("utf-8", "replace")
        reason = record.pop("reason")
        assert isinstance(reason, str)
        assert reason
        assert record == {
            "kind": "reject",
            "source": str(log),
            "line": line,
            "byte_offset": offset,
            "text": decoded[:1000],
            "text_length": len(decoded),
        }
    assert all(character.isprintable() or character == "\n" for character in captured.out.decode())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.dictionaries(st.text(), st.one_of(st.text(), st.integers(), st.none())))
def test_json_holds_any_text_and_shows_only_what_prints(value):
    """Any text comes back from the JSON that is printed of it, whose every character prints."""
    text = json_text(value)
    assert json.loads(text) == value
    assert text.isprintable()


def test_rejects_are_printed_for_a_person(capsys, log):
    """A line for each, its text literal and cut where it is long, no control character among it."""
    assert run(["rejects", str(log)]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    title, heads, *lines = captured.out.splitlines()
    assert title == "6 rejects: lines of the text that are no events"
    assert heads.split() == ["line", "byte", "reason", "text"]
    places = [[str(line), str(offset)] for line, offset, _ in oracle.read(log.read_bytes()).rejects]
    assert [line.split()[:2] for line in lines] == places
    assert lines[0].endswith("[bold red]x[/] [@click=app.quit]")
    assert lines[1].endswith("␛[2J␛]0;owned␇")
    assert lines[5].endswith("…")
    assert max(map(len, lines)) < 400
    assert not {"\x1b", "\x9b", "\u202e", "\x7f", "\x00"} & set(captured.out)


def test_damages_are_told_apart(capsys, tmp_path, log):
    """Damages of the compressed bytes stand before the rejects, with the byte of the file, in either form."""
    damaged = tmp_path / "damaged.gz"
    whole = gzip.compress(USER + b"\nbad\n")
    damaged.write_bytes(whole + b"garbage")
    assert run(["rejects", "--format", "jsonl", str(log), str(damaged)]) == 0
    first, *others, last = records(capsys.readouterr().out.encode())
    assert (first["kind"], first["source"], first["byte_offset"]) == ("damage", str(damaged), len(whole))
    assert (first["line"], first["text"], first["text_length"]) == (None, None, None)
    assert {record["kind"] for record in others} == {"reject"}
    assert (last["source"], last["line"], last["byte_offset"], last["text"]) == (str(damaged), 2, 76, "bad")
    assert run(["rejects", str(log), str(damaged)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "1 damage: bytes of the file that could not be read"
    assert lines[2].split()[:2] == [str(damaged), str(len(whole))]
    assert lines[3] == "7 rejects: lines of the text that are no events"
    assert lines[-1].split() == [str(damaged), "2", "76", *lines[-1].split()[3:-1], "bad"]


def test_a_cut_is_announced(capsys, log):
    """With --limit no more are printed, and stderr says how many there are; a limit that cuts nothing says nothing."""
    for form in ("table", "jsonl"):
        assert run(["rejects", "--format", form, "--limit", "2", str(log)]) == 0
        captured = capsys.readouterr()
        assert captured.out.count("click=app.quit") == 1
        assert captured.out.count("owned") == 1
        assert len(captured.out.splitlines()) == (2 if form == "jsonl" else 4)
        assert captured.err == "tlx: the first 2 of 6; a larger --limit, or none, shows more\n"
        assert run(["rejects", "--format", form, "--limit", "6", str(log)]) == 0
        assert capsys.readouterr().err == ""


def test_a_log_without_rejects_says_so(capsys, tmp_path):
    """Where every line is an event nothing is printed, and stderr says why."""
    path = tmp_path / "good"
    path.write_bytes(USER + b"\n")
    for form in ("table", "jsonl"):
        assert run(["rejects", "--format", form, str(path)]) == 0
        assert capsys.readouterr() == ("", "tlx: every line is an event, and no byte is damaged\n")


def test_rejects_of_one_run(capsys, log):
    """With --run only the rejects below its header are printed."""
    for wanted, lines in (("1", [2, 3, 4]), ("2", [7, 8, 9])):
        assert run(["rejects", "--format", "jsonl", "--run", wanted, str(log)]) == 0
        assert [record["line"] for record in records(capsys.readouterr().out.encode())] == lines


def test_an_output_that_is_full_is_told(log):
    """Where the output takes no more, it ends with 2 and one line, and Python adds nothing."""
    if not Path("/dev/full").exists():
        pytest.skip("no device that is always full")
    for form in ("table", "jsonl"):
        for output in ((), ("-o", "/dev/full")):
            command = [sys.executable, "-m", "tlx", "rejects", "--format", form, *output, str(log)]
            with open("/dev/full", "wb") as full:  # noqa: PTH123  a device
                done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
            name = "/dev/full" if output else "standard output"
            words = os.strerror(errno.ENOSPC)
            assert (done.returncode, done.stderr.decode()) == (2, f"tlx: {name}: cannot be written: {words}\n")


def test_a_terminal_gets_lines_that_fit(monkeypatch, log):
    """On a terminal the text takes what the other columns leave, and wide characters count twice."""
    log.write_bytes("é[漢".encode() * 100 + b"\n")

    class Terminal(io.StringIO):
        """A standard output that says it is a terminal."""

        def isatty(self):
            """Say so."""
            return True

    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setenv("COLUMNS", "120")
    assert run(["rejects", str(log)]) == 0
    line = terminal.getvalue().splitlines()[2]
    assert line.endswith("…")
    assert len(line) + line.count("漢") in (119, 120)
