"""Spill folders: private, gone with their process, and never taken from one that lives."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tlx import machine
from tlx.store.memory import spill
from tlx.store.memory.spill import SpillError, SpillFolder, open_folder, sweep

OWNER = """
import sys
from pathlib import Path
from tlx.store.memory.spill import open_folder
folder = open_folder(sys.argv[1])
(folder.path / "spilled").write_text("rows")
print(folder.path, flush=True)
sys.stdin.read()
"""
RACER = """
import sys
from pathlib import Path
from tlx.store.memory.spill import open_folder, sweep
root, rounds = Path(sys.argv[1]), int(sys.argv[2])
for number in range(rounds):
    sweep(root)
    folder = open_folder(str(root))
    (folder.path / "spilled").write_text("rows")
    sweep(root)
    assert (folder.path / "spilled").read_text() == "rows", number
    if number % 3:
        folder.close()
        assert not folder.path.exists()
    else:
        folder._remove.detach()  # as if killed, but for the lock, which lives as long as the process
print("fine")
"""


@contextlib.contextmanager
def owner(root: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A process that has a folder in `root`; it ends when its standard input does."""
    command = [sys.executable, "-c", OWNER, str(root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        path = Path(process.stdout.readline().strip())
        assert (path / "spilled").exists()
        try:
            yield process, path
        finally:
            process.kill()


def killed(root: Path) -> Path:
    """What a killed process leaves in `root`."""
    with owner(root) as (process, path):
        kill(process)
    assert (path / "spilled").exists()
    return path


def kill(process: subprocess.Popen[str]) -> None:
    """End a process so that it can do nothing about it."""
    process.send_signal(signal.SIGKILL)
    process.wait()


def names(root: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(path.name for path in root.iterdir())


def test_a_folder_of_ones_own(tmp_path: Path) -> None:
    """The folder and its lock are for their owner alone, named after host and process, and gone when it is closed."""
    root = tmp_path / "a" / "b"
    folder = SpillFolder(root)
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    assert names(root) == [folder.path.name, f"{folder.path.name}.lock"]
    assert str(os.getpid()) in folder.path.name
    (folder.path / "deeper").mkdir()
    (folder.path / "deeper" / "file").write_text("rows")
    folder.close()
    folder.close()
    assert names(root) == []


def test_it_goes_with_its_process(tmp_path: Path) -> None:
    """A process that ends without closing its folder removes it all the same."""
    with owner(tmp_path) as (process, path):
        process.communicate()
    assert process.returncode == 0
    assert not path.exists()
    assert names(tmp_path) == []


def test_it_goes_when_an_exception_ends_the_process(tmp_path: Path) -> None:
    """An exception that nobody catches leaves no folder behind."""
    code = OWNER.replace("sys.stdin.read()", "1 / 0")
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    assert "ZeroDivisionError" in done.stderr
    assert names(tmp_path) == []


def test_a_forked_process_leaves_it(tmp_path: Path) -> None:
    """A process that was forked off has no right to the folder."""
    code = OWNER.replace("sys.stdin.read()", "import os\nif os.fork():\n  os.wait()\n  print(folder.path.exists())")
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "True"
    assert names(tmp_path) == []


def test_the_next_start_removes_what_a_killed_process_left(tmp_path: Path) -> None:
    """What was left by two killed processes is gone soon after the next start."""
    with owner(tmp_path) as (first, one), owner(tmp_path) as (second, other):
        kill(second)  # before the first: it might still be looking for what is left over
        kill(first)
    assert one.exists()
    assert other.exists()
    folder = open_folder(str(tmp_path))
    for thread in threading.enumerate():
        if thread.name == "tlx-sweep":
            thread.join()
    assert names(tmp_path) == [folder.path.name, f"{folder.path.name}.lock"]
    folder.close()


def test_a_start_with_nothing_to_remove(tmp_path: Path) -> None:
    """Where nothing is left over no thread is started."""
    before = threading.active_count()
    folder = open_folder(str(tmp_path))
    assert threading.active_count() == before
    folder.close()


def test_a_living_one_is_left_alone(tmp_path: Path) -> None:
    """Of two that live at once neither takes the folder of the other, whichever starts or ends first."""
    with owner(tmp_path) as (_, first), owner(tmp_path) as (second_process, second):
        sweep(tmp_path)
        assert (first / "spilled").exists()
        assert (second / "spilled").exists()
        second_process.communicate()
        assert not second.exists()
        sweep(tmp_path)
        assert (first / "spilled").exists()


def test_the_lock_tells_and_not_the_number(tmp_path: Path) -> None:
    """A leftover whose process number has been given to a living process again is removed."""
    left = killed(tmp_path)
    again = tmp_path / left.name.replace(left.name.split("-")[2], str(os.getpid()))
    left.rename(again)
    (tmp_path / f"{left.name}.lock").rename(tmp_path / f"{again.name}.lock")
    sweep(tmp_path)
    assert names(tmp_path) == []


@pytest.mark.parametrize("torn", ["folder", "lock"])
def test_what_was_killed_while_it_began_or_ended(tmp_path: Path, torn: str) -> None:
    """A lock without a folder is removed; a folder without a lock is nobody's that we know of, and stays."""
    left = killed(tmp_path)
    if torn == "folder":
        (left / "spilled").unlink()
        left.rmdir()
        sweep(tmp_path)
        assert names(tmp_path) == []
    else:
        (tmp_path / f"{left.name}.lock").unlink()
        sweep(tmp_path)
        assert names(tmp_path) == [left.name]


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    """Neither other names, nor other hosts' folders, nor what a link leads to, are touched."""
    left = killed(tmp_path)
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("kept")
    host = left.name.split("-")[1]
    for name in ("tlx-elsewhere-1-0123abcd", "tlx", f"tlx-{host}-1-0123abcdef", f"x-{host}-1-0123abcd"):
        (tmp_path / name).mkdir()
        (tmp_path / f"{name}.lock").write_text("")
    link = tmp_path / f"tlx-{host}-1-89abcdef"
    link.symlink_to(precious)
    (tmp_path / f"{link.name}.lock").write_text("")
    linked = tmp_path / f"tlx-{host}-1-99999999.lock"
    linked.symlink_to(precious / "file")
    before = set(names(tmp_path))
    sweep(tmp_path)
    assert before - set(names(tmp_path)) == {left.name, f"{left.name}.lock"}
    assert (precious / "file").read_text() == "kept"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_what_another_user_left_stays(tmp_path: Path) -> None:
    """A leftover of another user is left to that user."""
    left = killed(tmp_path)
    os.chown(tmp_path / f"{left.name}.lock", 12345, 12345)
    sweep(tmp_path)
    assert (left / "spilled").exists()


def test_starting_and_sweeping_at_once(tmp_path: Path) -> None:
    """However starts, ends and sweeps of several processes interleave, none loses its folder, and all is gone then."""
    command = [sys.executable, "-c", RACER, str(tmp_path), "60"]
    racers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [racer.communicate()[0] for racer in racers] == ["fine\n"] * 4
    assert names(tmp_path)  # what was left as if killed
    sweep(tmp_path)
    assert names(tmp_path) == []


def test_a_sweeper_between_lock_and_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that a sweeper removes before it could be locked is given up for another."""
    really = spill.fcntl.flock
    swept = []

    def flock(lock: int, how: int) -> None:
        if not swept:
            swept.extend(names(tmp_path))
            sweep_alone(tmp_path, monkeypatch, really)
            monkeypatch.setattr(spill.fcntl, "flock", flock)
        really(lock, how)

    monkeypatch.setattr(spill.fcntl, "flock", flock)
    folder = SpillFolder(tmp_path)
    assert len(swept) == 1
    assert names(tmp_path) == [folder.path.name, f"{folder.path.name}.lock"]
    assert folder.path.name + ".lock" not in swept
    folder.close()


def sweep_alone(root: Path, monkeypatch: pytest.MonkeyPatch, flock: object) -> None:
    """Sweep with the real lock."""
    monkeypatch.setattr(spill.fcntl, "flock", flock)
    sweep(root)
    assert names(root) == []


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("file", "File exists"),
        ("file/below", "Not a directory"),
        ("no\x00name", "no name"),
        ("no-utf8-\udcff", "no name"),
    ],
)
def test_a_place_that_cannot_be(tmp_path: Path, place: str, told: str) -> None:
    """Where no folder can be made, the error names the place and the reason."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SpillError, match=told) as caught:
        open_folder(str(tmp_path / place))
    assert str(caught.value).startswith((str(tmp_path), "PosixPath"))
    assert names(tmp_path) == ["file"]


def test_the_second_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the cache folder takes nothing, a folder of the user's own in the shared one does."""
    (tmp_path / "file").write_text("")
    (tmp_path / "shared").mkdir()
    monkeypatch.setattr(machine, "cache_folder", lambda: tmp_path / "file")
    monkeypatch.setattr(spill, "_SHARED", tmp_path / "shared")
    folder = open_folder()
    assert folder.path.parent == tmp_path / "shared" / f"tlx-{os.geteuid()}"
    assert stat.S_IMODE(folder.path.parent.stat().st_mode) == 0o700
    folder.close()


def test_a_place_that_others_may_write_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder in the shared one that somebody else has prepared is not trusted."""
    own = tmp_path / f"tlx-{os.geteuid()}"
    monkeypatch.setattr(machine, "cache_folder", lambda: tmp_path / "file" / "below")
    monkeypatch.setattr(spill, "_SHARED", tmp_path)
    (tmp_path / "file").write_text("")
    own.mkdir()
    own.chmod(0o777)
    with pytest.raises(SpillError, match="others may write to it"):
        open_folder()
    own.rmdir()
    (tmp_path / "theirs").mkdir()
    own.symlink_to(tmp_path / "theirs")
    with pytest.raises(SpillError, match="others may write to it"):
        open_folder()
    assert names(tmp_path / "theirs") == []
