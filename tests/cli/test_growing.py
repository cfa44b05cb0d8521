"""`tlx events -f`: lines as they come, in a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

TLX = [sys.executable, "-m", "tlx", "events", "-f"]
_PATIENCE = 30


def user(name: str) -> str:
    """A line of a log."""
    return json.dumps({"StarlarkUserEvent": {"id": name, "metadata": {}}, "epoch_millis": 1_770_000_000_000}) + "\n"


def append(path: Path, *names: str) -> None:
    """Write behind what is there."""
    with path.open("a") as log:
        log.write("".join(map(user, names)))


Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start tlx with these arguments; kill it in the end if it still runs."""
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: object) -> subprocess.Popen[str]:
        command = [*TLX, *map(str, arguments)]
        started.append(
            subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
            )
        )
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def line(stream: IO[str] | None) -> str:
    """The next line of a stream."""
    assert stream is not None
    return stream.readline().rstrip("\n")


@pytest.mark.timeout(_PATIENCE)
def test_matching_events_come_line_by_line(tmp_path, start):
    """Each event that matches is printed as soon as it is written, the others never; what was there comes first."""
    path = tmp_path / "log"
    append(path, "yes 1", "no 1")
    process = start(path, "-w", "yes", "--format", "jsonl", "--columns", "name,line")
    assert line(process.stdout) == '{"name":"yes 1","line":1}'
    append(path, "no 2")
    append(path, "yes 2")
    assert line(process.stdout) == '{"name":"yes 2","line":4}'
    process.send_signal(signal.SIGINT)
    assert process.wait() == 130


@pytest.mark.timeout(_PATIENCE)
@pytest.mark.parametrize("form", [["--format", "csv", "--columns", "name"], ["--raw"], ["--columns", "name"]])
def test_forms(tmp_path, start, form):
    """CSV, lines as they were, and a table come as they are written as well, each with its title once."""
    path = tmp_path / "log"
    append(path, "one")
    process = start(path, *form)
    title = [] if form == ["--raw"] else [line(process.stdout).strip()]
    found = [line(process.stdout).strip()]
    append(path, "two")
    found.append(line(process.stdout).strip())
    assert title in ([], ["name"])
    assert found == ([user("one").strip(), user("two").strip()] if form == ["--raw"] else ["one", "two"])


@pytest.mark.timeout(_PATIENCE)
def test_a_log_that_is_not_there_is_waited_for_with_a_word(tmp_path, start):
    """What is waited for is said once, beside the data."""
    path = tmp_path / "log"
    process = start(path, "--format", "jsonl", "--columns", "name", "--limit", "2")
    assert line(process.stderr) == f"tlx: waiting for {path}"
    append(path, "a", "b", "c")
    assert [line(process.stdout) for _ in range(2)] == ['{"name":"a"}', '{"name":"b"}']
    assert process.wait() == 0


@pytest.mark.timeout(_PATIENCE)
def test_a_pipe_that_nobody_reads_ends_it_quietly(tmp_path, start):
    """Even if no event comes any more."""
    path = tmp_path / "log"
    append(path, "a")
    process = start(path, "--raw")
    line(process.stdout)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.wait() == 0
    assert process.stderr.read() == ""


@pytest.mark.timeout(_PATIENCE)
def test_standard_input_ends(start):
    """A pipe is read as it is written, and its end ends the command."""
    process = start("-", "--raw")
    assert process.stdin is not None
    process.stdin.write(user("a"))
    assert line(process.stdout) == user("a").strip()
    out, err = process.communicate(user("b").strip())
    assert (out, err, process.returncode) == (user("b"), "", 0)


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (["--sort", "time"], "--sort needs all events", 2),
        (["--format", "json"], "--format json needs all events", 2),
        (["-w", "duration >"], "--where", 2),
    ],
)
def test_what_cannot_be_followed(tmp_path, printed, arguments, words, code):
    """What needs all events, and what cannot be understood, is refused at once."""
    (tmp_path / "log").touch()
    done = printed("events", "-f", tmp_path / "log", *arguments, code=code)
    assert words in done.err
    assert done.out == b""


def test_a_folder_is_no_log(tmp_path, printed):
    """What is there and can never be a log is an error, and nothing to wait for."""
    assert "is a folder" in printed("events", "-f", tmp_path, code=3).err
    assert list(tmp_path.iterdir()) == []
