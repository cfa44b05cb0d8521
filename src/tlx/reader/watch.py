"""Waking up when files change. A hint only: what was read so far tells what is new, and looking now and then is enough.

The system tells of changes on most disks, and on none that another machine may write to.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path

from tlx.reader.source import STDIN

_OFTEN = 0.05
"""Seconds between two looks where nobody tells of changes."""
_SELDOM = 0.25
"""Seconds between two looks where somebody does, in case the word gets lost."""
_STEP_MS = 10
_DEBOUNCE_MS = 40
"""Changes that come so close together are told at once."""
_TURN_MS = 500
"""So often the watcher looks whether it should watch elsewhere."""
_REMOTE = {"9p", "afs", "ceph", "cifs", "drvfs", "gfs2", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs"}
"""File systems that another machine writes to, of which this one hears nothing; and all that live in a process."""
_ESCAPES = {r"\040": " ", r"\011": "\t", r"\012": "\n", r"\134": "\\"}
_MOUNTS = Path("/proc/self/mounts")


class Watching(StrEnum):
    """How to learn of changes."""

    AUTO = "auto"
    """Be told where that works, look often elsewhere."""
    NOTIFY = "notify"
    POLL = "poll"


class Wake:
    """Wakes whoever follows `paths`, which may change; `wait` belongs to one thread."""

    def __init__(self, paths: Callable[[], Iterable[str]], how: Watching = Watching.AUTO) -> None:
        self._paths = paths
        self._how = how
        self._changed = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.told = False
        """Whether the system tells of changes to all that is followed."""

    def start(self) -> None:
        """Begin to watch, in a thread."""
        if self._how != Watching.POLL:
            self._thread = threading.Thread(target=self._watch, name="tlx-watch", daemon=True)
            self._thread.start()

    def wait(self) -> None:
        """Return when something may have changed."""
        self._changed.wait(_SELDOM if self.told else _OFTEN)
        self._changed.clear()

    def wake(self) -> None:
        """Let `wait` return; any thread may call this."""
        self._changed.set()

    def close(self) -> None:
        """Stop watching."""
        self._stop.set()
        self._changed.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        while not self._stop.is_set():
            folders = self._folders()
            named = [path for path in self._paths() if path != STDIN and not Path(path).is_fifo()]
            local = self._how == Watching.NOTIFY or not any(is_remote(folder) for folder in folders)
            self.told = bool(folders) and local and len(named) == len(list(self._paths()))
            if not folders or not self._turn(folders):
                self.told = False
                self._stop.wait(_TURN_MS / 1000)

    def _turn(self, folders: frozenset[str]) -> bool:
        """Watch until other folders are wanted; return whether that worked."""
        import watchfiles  # noqa: PLC0415  loaded only where something is followed

        inodes = _inodes(folders)
        try:
            for changes in watchfiles.watch(
                *folders,
                watch_filter=None,
                debounce=_DEBOUNCE_MS,
                step=_STEP_MS,
                stop_event=self._stop,
                rust_timeout=_TURN_MS,
                yield_on_timeout=True,
                raise_interrupt=False,
                recursive=False,
                ignore_permission_denied=True,
                force_polling=False,
            ):
                if changes:
                    self._changed.set()
                if self._folders() != folders or _inodes(folders) != inodes:
                    break
        except (OSError, RuntimeError):
            return False
        return True

    def _folders(self) -> frozenset[str]:
        """The folders in which the followed names stand, and those that symbolic links lead to, if they exist."""
        names = [Path(path) for path in self._paths() if path != STDIN]
        found = {
            str(folder) for path in names for folder in (path.absolute().parent, Path(os.path.realpath(path)).parent)
        }
        return frozenset(folder for folder in found if Path(folder).is_dir())


def _inodes(folders: Iterable[str]) -> list[tuple[int, int] | None]:
    """What the folders are: one that was deleted and made again is watched no more."""
    found: list[tuple[int, int] | None] = []
    for folder in sorted(folders):
        try:
            stat = os.stat(folder)  # noqa: PTH116  a name that is no path stays as it is
            found.append((stat.st_dev, stat.st_ino))
        except OSError:
            found.append(None)
    return found


def is_remote(folder: str, mounts: str | None = None) -> bool:
    """Whether another machine or a process may change the files in `folder` without a word, by the table of mounts."""
    if mounts is None:
        try:
            mounts = _MOUNTS.read_text("utf-8", "surrogateescape")
        except OSError:
            return False
    place, kind = "", ""
    for line in mounts.splitlines():
        _, where, sort, *_ = [*line.split(" "), "", "", ""]
        for code, character in _ESCAPES.items():
            where = where.replace(code, character)
        inside = where in ("/", folder) or (where and folder.startswith(where + "/"))
        if inside and len(where) >= len(place):
            place, kind = where, sort
    return kind in _REMOTE or kind.startswith("fuse.")
