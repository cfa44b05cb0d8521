"""`tlx demo`: a simulated build is followed on the screen while it runs, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import orjson
import pytest
import zstandard

from tlx.cli import main
from tlx.cli.live import demo
from tlx.cli.live.words import speed, times
from tlx.config import ConfigError
from tlx.config.settings import Settings
from tlx.tui.app import TlxApp

QUICK = ["--speed", "1000", "--events", "60"]
SEEN = {}
"""What an app that was run found: its title and where the log lay."""


@pytest.fixture
def spill(tmp_path, monkeypatch):
    """The folder in which private folders are made, here and by the processes that are started."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "tlx" / "spill"


def test_without_a_terminal_it_needs_a_file(capsys, spill):
    """Where there is neither a terminal nor a file to write to it ends with 2 and says what to type."""
    assert main.run(["demo"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "tlx demo -o FILE" in captured.err
    assert not spill.exists()


@pytest.mark.parametrize(
    ("name", "words", "magic"),
    [
        ("x.json-lines.zst", [], b"\x28\xb5\x2f\xfd"),
        ("x.json-lines.gz", [], b"\x1f\x8b\x08"),
        ("x.json-lines", [], b'{"command_line_args"'),
        ("x.zst", [], b'{"command_line_args"'),
        ("x.log", ["--encoding", "zstd"], b"\x28\xb5\x2f\xfd"),
        ("x.json-lines.zst", ["--encoding", "plain"], b'{"command_line_args"'),
    ],
)
def test_without_a_terminal_it_writes_the_file(tmp_path, capsys, name, words, magic):
    """The log is written at its pace to a file, encoded as Buck2 does for its name, or as was asked for."""
    path = tmp_path / name
    assert main.run(["demo", *QUICK, *words, "-o", str(path)]) == 0
    assert capsys.readouterr() == ("", "")
    assert path.read_bytes().startswith(magic)
    assert list(tmp_path.iterdir()) == [path]


def test_the_log_is_that_of_a_build_of_now(tmp_path):
    """It has as many events as were asked for, begun when the command was; another seed is another build."""
    found = []
    for seed in ("7", "7", "8"):
        path = tmp_path / f"{len(found)}.json-lines"
        assert main.run(["demo", *QUICK, "--seed", seed, "-o", str(path)]) == 0
        header, *events = map(orjson.loads, path.read_bytes().splitlines())
        assert len(events) == 60
        assert abs(path.stat().st_mtime - header["start_time"][0]) < 60
        found.append([{**event, "epoch_millis": 0} for event in events])
    assert found[0] == found[1] != found[2]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--speed", "fast"], "--speed: 'fast' is no speed"),
        (["--speed", "0"], "--speed"),
        (["--speed", "-1"], "--speed"),
        (["--speed", "nan"], "--speed"),
        (["--speed", "9999999"], "--speed"),
        (["--events", "many"], "--events: 'many'"),
        (["--events", "10000001"], "10000000"),
        (["--seed", "x"], "--seed: 'x'"),
        (["-o", "no/such/folder/x"], "there is no such folder"),
        (["-o", "."], "is there already"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line(capsys, words, told):
    """What cannot be understood or written to ends with 2 and one line that names it."""
    assert main.run(["demo", *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert told in captured.err
    assert captured.err.count("\n") == 1


def test_a_file_that_is_there_stays_as_it_is(tmp_path, capsys):
    """A log is never written over, nor what a link leads to that leads nowhere yet."""
    path = tmp_path / "x.json-lines"
    path.write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "none")
    for name in ("x.json-lines", "link"):
        assert main.run(["demo", *QUICK, "-o", str(tmp_path / name)]) == 2
        assert "is there already" in capsys.readouterr().err
    assert path.read_text() == "mine"
    assert not (tmp_path / "none").exists()


def test_a_writer_that_fails_is_told_of(tmp_path, capsys):
    """Where the log could not be written, that is said in one line, with the exit code of bad usage."""
    if os.geteuid() == 0:
        words = demo._writer(["/proc/none/x", *QUICK])
    else:
        (tmp_path / "closed").mkdir(mode=0o500)
        words = demo._writer([str(tmp_path / "closed" / "x"), *QUICK])
    with pytest.raises(ConfigError, match="cannot be written: "), words as process:
        demo._wait(process)


def test_speeds():
    """A speed may be a fraction, with or without its sign; it is said in as few characters as tell it."""
    assert [speed(text) for text in ("10", "0.5", ".5", "4x", "2×")] == [10.0, 0.5, 0.5, 4.0, 2.0]
    assert [times(value) for value in (1.0, 10.0, 0.5, 1000.0, 2.25)] == ["1x", "10x", "0.5x", "1000x", "2.25x"]


@pytest.fixture
def terminal(monkeypatch, capsys):
    """Stand in for a terminal, on which the app leaves once the log has events; return the writers."""
    writers, really = [], subprocess.Popen

    def start(*arguments, **how):
        writers.append(really(*arguments, **how))
        return writers[-1]

    def run(app, loop):
        while app._session.progress().events < 5:
            assert app._session.failure is None
        SEEN.update(title=app.sub_title, path=Path(app._session.paths[0]), follows=app._session.follows)
        assert writers[-1].poll() is None
        SEEN["mode"] = SEEN["path"].parent.stat().st_mode & 0o777

    monkeypatch.setattr(demo.subprocess, "Popen", start)
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda stream: True)
    monkeypatch.setattr("tlx.cli.open._take_terminal", lambda files: None)
    monkeypatch.setattr(TlxApp, "run", run)
    return writers


def test_it_is_followed_and_leaves_nothing(terminal, spill, capsys):
    """The screen follows the log in a folder of the user's own; when it is left, writer and folder are gone."""
    assert main.run(["demo", "--events", "3000", "--speed", "2"]) == 0
    assert (SEEN["title"], SEEN["path"].name) == ("simulated build · 2x", "demo.json-lines.zst")
    assert SEEN["follows"]
    assert SEEN["path"].is_relative_to(spill)
    assert SEEN["mode"] == 0o700
    assert [writer.returncode for writer in terminal] == [0]
    assert list(spill.iterdir()) == []


def test_a_named_log_is_followed_and_stays(terminal, spill, tmp_path):
    """With -o the log that was followed stays, closed, with all that was written until the user left."""
    path = tmp_path / "x.json-lines.zst"
    assert main.run(["demo", "--events", "3000", "-o", str(path)]) == 0
    assert SEEN["path"] == path
    decoder = zstandard.ZstdDecompressor().decompressobj()
    assert decoder.decompress(path.read_bytes()).count(b"\n") > 5
    assert decoder.eof


def test_what_goes_wrong_on_the_screen_ends_the_writer(terminal, spill, monkeypatch, capsys):
    """A failure of the screen is told as ever, and leaves neither writer nor folder."""

    def fail(app, loop):
        raise RuntimeError("broken pane")

    monkeypatch.setattr(TlxApp, "run", fail)
    monkeypatch.setattr("tempfile.tempdir", str(spill.parents[1]))
    (spill.parents[1]).mkdir()
    assert main.run(["demo"]) == 4
    assert terminal[0].returncode is not None
    assert list(spill.iterdir()) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_signals_end_the_writer_too(tmp_path, number, code):
    """However the command is ended, its writer closes the log and ends."""
    path = tmp_path / "x.json-lines.zst"
    command = [sys.executable, "-m", "tlx", "demo", "--events", "3000", "-o", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while not path.exists() or not path.stat().st_size:
            assert process.poll() is None
        process.send_signal(number)
        assert process.communicate() == (b"", b"")
        assert process.returncode == code
    decoder = zstandard.ZstdDecompressor().decompressobj()
    with path.open("rb") as file:
        while not decoder.eof:
            decoder.decompress(file.read())


def test_a_log_without_a_name_has_a_folder_of_its_own():
    """Without -o the log lies in a private folder, called as Buck2 would for its encoding, and goes with it."""
    with demo._log(Namespace(output=None, encoding="gzip"), Settings()) as path:
        assert path.name == "demo.json-lines.gz"
        assert path.parent.is_dir()
    assert not path.parent.exists()
