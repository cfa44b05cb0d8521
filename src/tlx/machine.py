"""What the machine lets this process have: memory, and a place for files that may go at any time."""

from __future__ import annotations

import contextlib
import os
import resource
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

_GROUPS = Path("/sys/fs/cgroup")
_MEMBERSHIP = Path("/proc/self/cgroup")
_BACK = 10
"""So much nicer are threads that stand back: they get a tenth of what another one gets."""
_ADDRESSES = 512 << 20
"""Bytes of addresses that Python and DuckDB reserve and never use: stacks of threads, arenas of allocators."""


def memory(groups: Path = _GROUPS, membership: Path = _MEMBERSHIP) -> int:
    """Return the bytes that the process may hold: those of the machine, its control group or `ulimit`, the least.

    Control groups limit containers, batch jobs and services; `groups` is where they are mounted, `membership` names
    those of this process.
    """
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([machine, *_process_limits(), *_group_limits(groups, membership)])


def _process_limits() -> Iterator[int]:
    """Yield what `ulimit` leaves to this process."""
    for which, reserved in ((resource.RLIMIT_AS, _ADDRESSES), (resource.RLIMIT_DATA, 0)):
        limit = resource.getrlimit(which)[0]
        if limit != resource.RLIM_INFINITY:
            yield max(0, limit - reserved)


def _group_limits(groups: Path, membership: Path) -> Iterator[int]:
    """Yield the limits of every control group above this process, where the kernel tells any."""
    for folder, names in _own_groups(groups, _text(membership)):
        for name in names:
            text = _text(folder / name).strip()
            if text.isascii() and text.isdigit():  # otherwise it says "max", or there is no such file
                yield int(text)


def _own_groups(groups: Path, membership: str) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Yield the folders of the control groups of this process and of all above them, with the files that limit memory.

    In a container the path may be that of the host, which is not there: then only the root says something.
    """
    for line in membership.splitlines():
        controllers, _, path = line.partition(":")[2].partition(":")
        own = PurePosixPath(path.lstrip("/"))
        for above in (own, *own.parents):
            if not controllers:  # version 2: one tree for all controllers, beside those of version 1 where both are
                yield groups / above, ("memory.max", "memory.high")
                yield groups / "unified" / above, ("memory.max", "memory.high")
            elif "memory" in controllers.split(","):
                yield groups / "memory" / above, ("memory.limit_in_bytes",)


def _text(path: Path) -> str:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return path.read_text(encoding="ascii")
    return ""


def stand_back(threads: Iterable[int | None]) -> None:
    """Let threads have the processor where the others of this process leave it; by native ids, None where none runs."""
    if sys.platform == "linux":  # where a thread has a niceness of its own
        for thread in filter(None, threads):
            with contextlib.suppress(OSError):  # it has ended
                os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + _BACK)


def cache_folder() -> Path:
    """Return the folder for what may be deleted at any time; it need not exist."""
    from platformdirs import user_cache_path  # noqa: PLC0415  the command line alone has no need of it

    return user_cache_path("tlx", appauthor=False)
