"""`-o`: the file is there once it is whole, and whatever happens before that, nothing is left of it."""

from __future__ import annotations

import os
import resource
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

import pytest

from tlx.cli.printing import writing as printing

TLX = [sys.executable, "-m", "tlx"]
COMMANDS = [
    ("events", "--raw"),
    ("events", "--format", "jsonl"),
    ("durations", "--format", "csv"),
    ("kinds",),
    ("timeline", "--format", "json"),
    ("stats",),
    ("stats", "--format", "json"),
    ("runs",),
    ("rejects",),
    ("rejects", "--format", "jsonl"),
    ("insights",),
    ("show-user",),
    ("validate", "--format", "jsonl"),
]


@pytest.fixture
def torn(sample_logs: Path) -> Path:
    """A log with rejects."""
    return sample_logs / "torn.json-lines.zst"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with nothing but a file of before."""
    made = tmp_path / "here"
    made.mkdir()
    (made / "out").write_text("before")
    return made


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in folder.iterdir())


class _Ending:
    """A stream during whose first write a signal comes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
        os.kill(os.getpid(), signal.SIGTERM)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a signal come as soon as a command prints; afterwards signals do what they did before."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)}
    monkeypatch.setattr(printing, "watched", _Ending)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("ending")
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("name", ["out", "new"])
def test_a_signal_leaves_nothing(printed, folder, torn, command, name) -> None:
    """Where a signal ends a command before its file is whole, nothing of that stays, and what was there does."""
    printed(*command, torn, "-o", folder / name, code=143)
    assert names(folder) == ["out"]
    assert (folder / "out").read_text() == "before"


@pytest.mark.parametrize("name", ["out", "new"])
def test_a_full_disk_leaves_nothing(folder, torn, name) -> None:
    """Where a file may grow no further that is told, nothing of it stays, and what was there does."""

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    command = [*TLX, "events", "--raw", str(torn), "-o", str(folder / name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, preexec_fn=limited)
    told = f"tlx: {folder / name}: cannot be written: File too large\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", told)
    assert names(folder) == ["out"]
    assert (folder / "out").read_text() == "before"


@pytest.mark.parametrize("mode", [0o640, 0o606])
def test_what_was_there_lends_its_mode(printed, folder, torn, mode) -> None:
    """A file that is replaced has the mode of the one before; a new one that of any new file."""
    (folder / "out").chmod(mode)
    before = os.umask(0o027)
    try:
        for name in ("out", "new"):
            printed("events", "--raw", torn, "-o", folder / name)
    finally:
        os.umask(before)
    assert [stat.S_IMODE((folder / name).stat().st_mode) for name in ("out", "new")] == [mode, 0o640]
    assert names(folder) == ["new", "out"]


@pytest.mark.parametrize("command", [("events", "--raw"), ("redact",)], ids=" ".join)
@pytest.mark.parametrize("name", ["out", "new"])
def test_links_are_followed(printed, folder, torn, command, name) -> None:
    """What a symbolic link leads to is written, be it there or not, and the link stays."""
    link = folder.with_name("link")
    link.symlink_to(Path("here") / name)
    printed(*command, torn, "-o", link)
    assert link.is_symlink()
    assert (folder / name).stat().st_size > 1000
    assert names(folder) == sorted({name, "out"})


def test_a_file_with_two_names_keeps_both(printed, folder, torn) -> None:
    """A file that has another name too is written where it is."""
    (folder / "other").hardlink_to(folder / "out")
    printed("events", "--raw", torn, "-o", folder / "out")
    assert (folder / "other").samefile(folder / "out")
    assert (folder / "other").stat().st_size > 1000


@pytest.mark.parametrize("command", [("events", "--raw"), ("redact",)], ids=" ".join)
def test_what_is_open_already_is_written(folder, torn, command) -> None:
    """By /dev/stdout, or what else leads there, the very file is written that standard output is."""
    link = folder.with_name("stdout")
    link.symlink_to("/proc/self/fd/1")
    with (folder / "out").open("r+b") as out:
        subprocess.run([*TLX, *command, str(torn), "-o", str(link)], stdout=out, check=True, timeout=60)
        assert len(out.read()) > 1000
    assert names(folder) == ["out"]


def test_a_pipe_with_a_name_is_written(printed, folder, torn) -> None:
    """What is written to a pipe goes through it."""
    os.mkfifo(folder / "pipe")
    read: list[bytes] = []
    reading = threading.Thread(target=lambda: read.append((folder / "pipe").read_bytes()), daemon=True)
    reading.start()
    printed("events", "--raw", torn, "-o", folder / "pipe")
    reading.join(60)
    assert read == [printed("events", "--raw", torn).out]
    assert names(folder) == ["out", "pipe"]


def test_what_may_not_be_written_is_not_replaced(printed, folder, torn, monkeypatch) -> None:
    """A file that may not be written is refused, though another could take its place; so is a name of a folder."""
    really_open = os.open

    def guarded(path: Any, *arguments: Any) -> int:
        if str(path) == str(folder / "out"):
            raise PermissionError(13, "Permission denied", path)
        return really_open(path, *arguments)

    monkeypatch.setattr(os, "open", guarded)
    out = f"{folder / 'out'}"
    assert f"{out}: cannot be written: Permission denied" in printed("stats", torn, "-o", out, code=2).err
    assert f"{out}/: cannot be written: Not a directory" in printed("stats", torn, "-o", f"{out}/", code=2).err
    new = f"{folder / 'new'}/"
    assert f"{new}: cannot be written: Is a directory" in printed("stats", torn, "-o", new, code=2).err
    assert names(folder) == ["out"]


def test_a_name_as_long_as_any(printed, folder, torn) -> None:
    """The longest name that there can be is no longer while the file is made."""
    name = "ü" * 127
    printed("stats", torn, "-o", folder / name)
    assert name in names(folder)


def test_what_is_followed_is_there_at_once(folder) -> None:
    """What is printed as a log grows is looked for where it is to go, line by line, and stays."""
    with printing.writing(str(folder / "out"), exact=True, live=True) as stream:
        stream.write("one\n")
        assert (folder / "out").read_text() == "one\n"
    assert names(folder) == ["out"]
    assert (folder / "out").read_text() == "one\n"


def test_a_folder_that_takes_no_more_files(folder, monkeypatch) -> None:
    """Where nothing can be put beside a file, it is written where it is."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    inode = (folder / "out").stat().st_ino
    with printing.writing(str(folder / "out"), exact=True) as stream:
        stream.write("now")
    assert ((folder / "out").stat().st_ino, (folder / "out").read_text()) == (inode, "now")
