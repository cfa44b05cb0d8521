"""A disk that fills up while events spill to it, for real: one line, the right code, nothing left."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHILD = """
import resource, sys
from tlx.cli import main
from tlx.store import database
if sys.argv[1] != "-":
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
database.store_memory = lambda memory: 160 << 20
sys.exit(main.run(sys.argv[2:]))
"""
LINES = 260_000


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log that does not fit, of texts that do not compress well."""
    numbers = random.Random(7)  # noqa: S311  no secret
    texts = [numbers.randbytes(450).hex() for _ in range(500)]
    path = tmp_path_factory.mktemp("large") / "log.jsonl"
    with path.open("w", encoding="ascii") as file:
        for number in range(LINES):
            text = texts[number % 500]
            file.write(f'{{"n":{number},"text":"{text[number % 97 :]}{number}{text}"}}\n')
    return path


def run(folder: Path, limit: str, log: Path, *before: str) -> subprocess.CompletedProcess[str]:
    """Print the numbers of a log that has to spill to `folder`; no file may grow beyond `limit` bytes."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder)}
    command = [*before, sys.executable, "-c", CHILD, limit, "stats", str(log)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_room_enough(tmp_path: Path, log: Path) -> None:
    """With room on the disk the log is read whole, and its spill goes in the end."""
    done = run(tmp_path, "-", log)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{LINES:,} events" in done.stdout
    assert list((tmp_path / "tlx" / "spill").iterdir()) == []


def test_files_that_may_not_grow(tmp_path: Path, log: Path) -> None:
    """Where the system lets no file grow further, that is said with the place and what to do."""
    done = run(tmp_path, str(12 << 20), log)
    assert done.returncode == 3, done.stderr
    assert done.stderr.startswith(f"tlx: no room to spill to in {tmp_path}/tlx/spill: File too large; ")
    assert "--max-memory" in done.stderr
    assert done.stderr.count("\n") == 1
    assert list((tmp_path / "tlx" / "spill").iterdir()) == []


def test_a_full_disk(tmp_path: Path, log: Path) -> None:
    """Where the disk is full, that is said with the place and what to do."""
    within = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    mount = f"mount -t tmpfs -o size=12m tmpfs '{tmp_path}'"
    if not shutil.which("unshare") or subprocess.run([*within, mount], capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    done = run(tmp_path, "-", log, *within, f'{mount} && "$@"; code=$?; ls -A {tmp_path}/tlx/spill; exit $code', "sh")
    assert done.returncode == 3, done.stderr
    assert done.stderr.startswith(f"tlx: no room to spill to in {tmp_path}/tlx/spill: No space left on device; ")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
