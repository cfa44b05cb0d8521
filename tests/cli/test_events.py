"""`tlx events` prints what a filter lets through, and `--raw` prints it byte for byte."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from datetime import datetime

import pytest

import oracle
from tlx.model import EVENT_COLUMNS
from tlx.query import walk

HOSTILE = "\x1b[2J\x1b]0;owned\x07, \"q\" 'a'\r\n\t[bold]x[/] \u202e\x9b\u2028 \x7f \x00 漢 =1+1"


@pytest.fixture
def build(sample_logs):
    """The plain sample."""
    return sample_logs / "build.json-lines"


@pytest.fixture
def log(tmp_path):
    """A function that writes a log of lines and returns its path."""

    def written(*lines):
        path = tmp_path / "x.jsonl"
        path.write_bytes(b"".join(lines))
        return path

    return written


def user(name, number=0, **metadata):
    """An event of a user, ending so many ms after the first."""
    record = {"StarlarkUserEvent": {"id": name, "metadata": metadata}, "epoch_millis": 1_771_287_109_000 + number}
    return json.dumps(record).encode() + b"\n"


def is_slow_local(line):
    """Whether a line is an action that ran locally for more than two seconds."""
    action = json.loads(line).get("ActionExecutionEvent") or {}
    return action.get("execution_kind") == "Local" and action.get("duration_millis", 0) > 2000


def test_raw_lines_are_those_of_the_log(printed, build):
    """With --raw a filter is a structured grep: exactly the lines that Python finds, as they are, in order."""
    lines = build.read_bytes().splitlines(keepends=True)
    wanted = [line for line in lines if is_slow_local(line)]
    assert 10 < len(wanted) < len(lines)
    done = printed("events", "--raw", "-w", "execution_kind == Local", "-w", "duration > 2s", build)
    assert done.out == b"".join(wanted)
    assert done.err == ""


@pytest.mark.parametrize("name", ["three_runs.json-lines.zst", "torn.json-lines.zst", "build.json-lines.gz"])
def test_all_raw_lines_are_the_log_but_for_headers_and_rejects(printed, sample_logs, name):
    """Without a filter every event's line comes back, of whatever compression, runs and torn ends."""
    _, text = oracle.text_of(sample_logs / name)
    numbers = {event.line for event in oracle.read(text).events}
    wanted = [line + b"\n" for number, line in enumerate(text.split(b"\n"), 1) if number in numbers]
    assert len(wanted) > 2000
    assert printed("events", "--raw", sample_logs / name).out == b"".join(wanted)


def test_odd_raw_lines_keep_every_byte(printed, log):
    """Blanks, tabs, carriage returns, escapes and characters of any kind stay; the last line gets its line feed."""
    lines = [
        b' {"ts":1, "event":"a"} \r\n',
        b'\t{"ts":2,"event":"\\u001b[31m\xc2\x9b\xe2\x80\xae"}\n',
        b'{"ts":3,"event":"\xf0\x9f\x98\x80","event":"b"}',
    ]
    path = log(lines[0], b"no event\n\n", *lines[1:])
    assert printed("events", "--raw", path).out == b"".join(lines) + b"\n"


def test_lines_are_looked_up_in_parts(printed, log, monkeypatch):
    """However little is looked up at once, all come, in order."""
    lines = [user(f"e{number}", number, text="x" * (number * 37 % 500)) for number in range(100)]
    path = log(*lines)
    for most_rows, most_bytes in ((7, 1 << 20), (100, 700), (1, 1)):
        monkeypatch.setattr(walk, "_PAGE", most_rows)
        monkeypatch.setattr(walk, "_PAGE_BYTES", most_bytes)
        assert printed("events", "--raw", path).out == b"".join(lines)
        done = printed("events", "--raw", "--sort", "time:desc", path)
        assert done.out == b"".join(reversed(lines))


def test_a_terminal_gets_no_control_character(log, tmp_path):
    """On a terminal, raw lines and CSV show their control characters; nothing acts on the terminal."""
    pty = pytest.importorskip("pty")
    path = log('{"ts":1,"event":"\x9b31m\u202e\x7f"}\n'.encode())
    for arguments in (("--raw",), ("--format", "csv"), ("--format", "json"), ()):
        leader, follower = pty.openpty()
        command = [sys.executable, "-m", "tlx", "events", *arguments, str(path)]
        environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "TERM": "dumb"}
        subprocess.run(command, stdout=follower, stdin=subprocess.DEVNULL, env=environment, check=True, timeout=60)
        os.close(follower)
        text = os.read(leader, 65536).decode()
        os.close(leader)
        assert "31m" in text
        assert not {"\x9b", "\u202e", "\x7f", "\x1b"} & set(text)


def test_records_hold_every_column(rows, build):
    """A program gets every column but the line: what Python reads in the log, times RFC 3339, missing ones null."""
    found = rows("events", build)
    events = oracle.read(build.read_bytes()).events
    assert len(found) == len(events) == 6000
    names = ["event_id" if name == "id" else name for name in EVENT_COLUMNS if name != "raw"]
    assert all(list(record) == names for record in found)
    for record, event in zip(found, events, strict=True):
        action = event.action or {}
        assert record["line"] == event.line
        assert record["event"] == event.type
        assert record["source"] == str(build)
        assert record["duration_ns"] == event.duration
        assert record["execution_kind"] == action.get("execution_kind")
        assert record["output_size"] == action.get("output_size")
        assert record["owner"] == action.get("owner")
        for key, time in (("start", event.start), ("time", event.end)):
            assert (record[key] is None) == (time is None)
            if time is not None:
                assert round(datetime.fromisoformat(record[key]).timestamp() * 1000) == time // 10**6


def test_columns_are_chosen(rows, log):
    """Columns by any of their names and payload paths, in the order named; null and missing differ."""
    path = log(user("a", n=3, deep=[{"k": None}]), user("b"))
    found = rows("events", "--columns", 'name,metadata.n,metadata."no, such"', "--columns", "metadata.deep[0].k", path)
    none = 'metadata."no, such"'
    assert found == [
        {"name": "a", "metadata.n": "3", none: None, "metadata.deep[0].k": "null"},
        {"name": "b", "metadata.n": None, none: None, "metadata.deep[0].k": None},
    ]
    assert rows("events", "--columns", "id,event_id,dur,raw", path)[1] == {
        "identifier": None,
        "event_id": 2,
        "duration_ns": None,
        "raw": user("b").decode().strip(),
    }


def test_events_are_sorted(rows, build):
    """By any column, both ways: durations from the longest on, names from the least, missing ones last."""
    events = oracle.read(build.read_bytes()).events
    longest = sorted((event.duration or 0 for event in events), reverse=True)
    found = [record["duration_ns"] for record in rows("events", "--sort", "duration", build)]
    assert [value or 0 for value in found] == longest
    assert found[-1] is None
    shortest = [record["duration_ns"] for record in rows("events", "--sort", "duration:asc", build)]
    known = [value for value in found if value is not None]
    assert shortest == known[::-1] + [None] * (len(found) - len(known))
    names = [record["name"] for record in rows("events", "--sort", "name", build)]
    assert names == sorted(names, key=str.encode)


def test_a_cut_is_announced(printed, build):
    """With --limit the first are printed, in every format, and standard error says of how many."""
    whole = printed("events", "--raw", "-w", "category == rustc", build).out.splitlines()
    words = f"tlx: the first 3 of {len(whole)} events; a larger --limit, or none, shows more\n"
    for form, lines in (("jsonl", 3), ("csv", 4), ("table", 4), ("json", 5)):
        done = printed("events", "-w", "category == rustc", "--limit", 3, "--format", form, build)
        assert len(done.out.splitlines()) == lines
        assert done.err == words
    done = printed("events", "-w", "category == rustc", "--limit", 3, "--raw", build)
    assert (done.out.splitlines(), done.err) == (whole[:3], words)
    assert printed("events", "-w", "category == rustc", "--limit", len(whole), "--raw", build).err == ""


def test_limit_among_texts(printed, log):
    """Where rows of text alone are among those that are counted, they are not called events."""
    line = b'{"timestamp": "2026-11-20T10:00:00Z", "level": "ERROR", "logger": "hephaestus.cli", "message": "failed"}\n'
    path = log(line, b"Traceback (most recent call last):\nKeyError: 1\n", line)
    for words in ((), ("-w", "KeyError or failed")):
        assert "the first 1 of 3 events and texts;" in printed("events", *words, "--limit", 1, path).err
    assert "the first 1 of 2 events;" in printed("events", "-w", "not KeyError", "--limit", 1, path).err


def test_nothing_found_is_said(printed, build, tmp_path):
    """Where nothing matches the data is empty and well-formed, and standard error says why."""
    for form, out in (("table", b""), ("jsonl", b""), ("json", b"[]\n"), ("csv", b"name\n")):
        done = printed("events", "-w", "nowhere_to_be_found", "--columns", "name", "--format", form, build)
        assert (done.out, done.err) == (out, "tlx: no events match\n")
    (tmp_path / "empty").touch()
    done = printed("events", tmp_path / "empty")
    assert (done.out, done.err) == (b"", "tlx: there are no events\n")


def test_only_events_of_the_run_are_printed(rows, sample_logs):
    """--run limits to one run by its number, or to the last one."""
    path = sample_logs / "three_runs.json-lines.zst"
    runs = oracle.read(oracle.text_of(path)[1]).runs
    for wanted, run in ((1, runs[0]), (2, runs[1])):
        found = rows("events", "--columns", "line,run", "--run", wanted, path)
        assert [record["line"] for record in found] == [event.line for event in run.events]
        assert {record["run"] for record in found} == {wanted}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--raw", "--columns", "name"], "--raw prints lines as they were"),
        (["--raw", "--format", "csv"], "--raw prints lines as they were"),
        (["--columns", "name,durtion"], "--columns, column 6: there is no field durtion; did you mean duration?"),
        (["--columns", "a b"], "--columns, column"),
        (["--sort", "durtion"], "--sort: there is no column 'durtion'; did you mean duration?"),
        (["--sort", "xyz\x1b:desc"], "--sort: there is no column 'xyz"),
        (["--limit", "0"], "--limit: '0' is not a number"),
        (["--tz", "Mars/Olympus"], "--tz: there is no zone 'Mars/Olympus'"),
        (["--tz", "../../etc/passwd"], "--tz: there is no zone"),
        (["--tz", ""], "--tz: there is no zone"),
        (["--run", "7"], "--run 7: there is no run 7, only run 1"),
    ],
)
def test_bad_usage_is_told_before_anything_is_printed(printed, build, arguments, words):
    """What cannot be done ends with 2, named on standard error, and nothing on standard output."""
    done = printed("events", *arguments, build, code=2)
    assert done.out == b""
    assert words in done.err
    assert "\x1b" not in done.err
    assert done.err.startswith("tlx: ")


@pytest.mark.parametrize("arguments", [("--raw",), ("--format", "jsonl"), ("--format", "csv"), ()])
def test_a_closed_pipe_ends_quietly(build, arguments):
    """When whoever reads the output has gone, tlx ends without a word and without blame."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "tlx", "events", *arguments, str(build)]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False, timeout=60)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def test_an_output_file_holds_the_same(printed, build, tmp_path):
    """With -o the data goes to the file, and nothing to standard output."""
    out = printed("events", "--raw", "-w", "rustc", build).out
    done = printed("events", "--raw", "-w", "rustc", "-o", tmp_path / "found", build)
    assert (done.out, done.err) == (b"", "")
    assert (tmp_path / "found").read_bytes() == out != b""
    done = printed("events", "--raw", "-o", build, build, code=2)
    assert "is a log that is being read" in done.err


def test_any_order_of_a_large_log_is_complete(rows, tmp_path, monkeypatch):
    """A walk in an order of many equals meets every event once."""
    monkeypatch.setattr(walk, "_PAGE", 64)
    dice = random.Random(3)  # noqa: S311  the same log each time
    path = tmp_path / "x"
    path.write_bytes(b"".join(user(dice.choice("abc"), dice.randrange(9)) for _ in range(1000)))
    for column in ("name", "time", "duration", "line"):
        assert sorted(record["line"] for record in rows("events", "--sort", column, path)) == list(range(1, 1001))
