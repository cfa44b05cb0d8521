"""What the machine lets a process have, from what the kernel says of it."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tlx import machine

MEMORY = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def put(folder: Path, **files: object) -> None:
    """Write what the kernel says into a folder; `__` in a name stands for a dot."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(f"{text}\n", "ascii")


def limit(tmp_path: Path, membership: str) -> int:
    """The memory of a process with these lines in /proc/self/cgroup."""
    member = tmp_path / "member"
    member.write_text(membership, "ascii")
    return machine.memory(tmp_path / "groups", member)


def test_a_machine_without_limits(tmp_path: Path) -> None:
    """Where nothing limits the process, it may have all of the machine."""
    assert machine.memory(tmp_path / "nothing", tmp_path / "nothing either") == MEMORY


@pytest.mark.parametrize("mount", ["", "unified"])
@pytest.mark.parametrize(
    ("own", "above", "expected"),
    [
        ("max", "max", MEMORY),
        (700 << 20, "max", 700 << 20),
        ("max", 900 << 20, 900 << 20),
        (700 << 20, 500 << 20, 500 << 20),
        (MEMORY * 8, "max", MEMORY),
        ("", "nonsense", MEMORY),
    ],
)
def test_control_groups(tmp_path: Path, mount: str, own: object, above: object, expected: int) -> None:
    """The least limit of the own group and all above it counts, and none that is more than the machine has."""
    put(tmp_path / "groups" / mount / "user.slice" / "a b.scope", memory__max=own)
    put(tmp_path / "groups" / mount / "user.slice", memory__max=above)
    put(tmp_path / "groups" / mount / "other.slice", memory__max=1)
    assert limit(tmp_path, "0::/user.slice/a b.scope\n") == expected


def test_a_container_sees_its_group_as_the_root(tmp_path: Path) -> None:
    """Where the path is that of the host, the limit is found at the root."""
    put(tmp_path / "groups", memory__max=300 << 20)
    assert limit(tmp_path, "0::/docker/0123abcd\n") == 300 << 20
    assert limit(tmp_path, "0::/\n") == 300 << 20
    assert limit(tmp_path, "0::/../neighbour\n") == 300 << 20


def test_a_group_that_is_slowed_down(tmp_path: Path) -> None:
    """The limit above which the kernel slows a group down counts too."""
    put(tmp_path / "groups" / "job", memory__max=800 << 20, memory__high=600 << 20)
    assert limit(tmp_path, "0::/job\n") == 600 << 20


def test_control_groups_of_version_1(tmp_path: Path) -> None:
    """In version 1 the controller of memory has a tree of its own, and says a number beyond all memory for no limit."""
    put(tmp_path / "groups" / "memory", memory__limit_in_bytes=9223372036854771712)
    put(tmp_path / "groups" / "memory" / "batch", memory__limit_in_bytes=400 << 20)
    put(tmp_path / "groups" / "cpu" / "batch", memory__limit_in_bytes=1)
    assert limit(tmp_path, "5:cpu,cpuacct:/batch\n4:hugetlb,memory:/batch\n1:name=systemd:/\n0::/\n") == 400 << 20
    assert limit(tmp_path, "4:memory:/elsewhere\n") == MEMORY


@pytest.mark.parametrize("text", ["", "\n", "0\n", "0:\n", "::\n", ":::\n", "0::\n", "memory\n"])
def test_lines_that_say_nothing(tmp_path: Path, text: str) -> None:
    """What is no membership limits nothing."""
    assert limit(tmp_path, text) == MEMORY


def test_ulimit() -> None:
    """What `ulimit` allows counts; of addresses half a GiB is taken for what is reserved and never used."""
    code = (
        "import resource, sys; from pathlib import Path; from tlx import machine;"
        "resource.setrlimit(getattr(resource, sys.argv[1]), (int(sys.argv[2]),) * 2);"
        "print(machine.memory(Path('/nothing'), Path('/nothing')))"
    )

    def told(which: str, size: int) -> int:
        done = subprocess.run(
            [sys.executable, "-c", code, which, str(size)], capture_output=True, text=True, check=True
        )
        return int(done.stdout)

    assert resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY
    assert told("RLIMIT_DATA", 1 << 29) == 1 << 29
    assert told("RLIMIT_AS", 3 << 29) == min(1 << 30, MEMORY)
    assert told("RLIMIT_AS", 1 << 28) == 0


def test_the_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The cache folder is where the platform has it."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert machine.cache_folder() == tmp_path / "tlx"
