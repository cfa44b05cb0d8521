"""Private folders for what memory has no room for, removed when their process ends, or else when the next one starts.

A folder stands beside a lock file of its name, which its process holds locked as long as it lives: the kernel lets go
of the lock however the process ends. Whoever gets the lock of another's folder may therefore remove it. The lock is
there before the folder and goes after it, so no folder is ever without one.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import shutil
import threading
import weakref
from pathlib import Path

from tlx import machine

_LOCK = ".lock"
_NAME = r"tlx-(?P<host>.+)-[0-9]+-[0-9a-f]{8}\.lock"
_SHARED = Path("/var/tmp")  # noqa: S108  only a folder in it that is ours and no one else's is used
"""Where the cache folder cannot be written to. Unlike /tmp it is never memory, which would defeat the purpose."""
_ATTEMPTS = 100


class SpillError(OSError):
    """There is no folder to spill to; the text names it and says why."""


class SpillFolder:
    """A folder that only its owner can read; `close` removes it, and so does the end of the process."""

    def __init__(self, root: Path, *, shared: bool = True) -> None:
        """Make a folder in `root`, which is made where it is missing; unless `shared`, it must be the user's own.

        Raises:
            SpillError: `root` cannot be written to or belongs to somebody else.
        """
        try:
            self.path, lock = _claim(_made(root, shared=shared))
        except ValueError as error:  # a NUL, or bytes that are no UTF-8
            raise SpillError(f"{root!r}: no name of a folder that can be spilled to") from error
        except OSError as error:
            raise SpillError(f"{root}: {error.strerror or error}") from error
        self._remove = weakref.finalize(self, _give_back, self.path, lock, os.getpid())

    def close(self) -> None:
        """Remove the folder and all that is in it."""
        self._remove()


def open_folder(root: str | None = None) -> SpillFolder:
    """Return a folder in `root`; where none is named, in the user's cache folder or below /var/tmp.

    What dead processes have left there is removed by the way, in a thread of its own.

    Raises:
        SpillError: none can be made; the text names each place.
    """
    if root:
        places = [(Path(root).expanduser().absolute(), True)]
    else:
        places = [(machine.cache_folder() / "spill", False), (_SHARED / f"tlx-{os.geteuid()}", False)]
    reasons = []
    for place, shared in places:
        try:
            folder = SpillFolder(place, shared=shared)
        except SpillError as error:
            reasons.append(str(error))
            continue
        sweep_beside(place, 1)
        return folder
    raise SpillError("; ".join(reasons))


def sweep_beside(root: Path, own: int = 0) -> None:
    """Sweep `root` in a thread of its own, if there are more folders in it than so many of this process's own."""
    if len(_locks(root)) > own:
        threading.Thread(target=sweep, args=(root,), name="tlx-sweep", daemon=True).start()


def sweep(root: Path) -> None:
    """Remove what dead processes of this user on this host have left in `root`."""
    for name in _locks(root):
        with contextlib.suppress(OSError):
            lock = os.open(root / name, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                if os.fstat(lock).st_uid == os.geteuid():
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails where the owner lives or another sweeps
                    _remove((root / name).with_suffix(""))
            finally:
                os.close(lock)


def _made(root: Path, *, shared: bool) -> Path:
    """Make `root` where it is missing; return it."""
    str(root).encode()  # DuckDB takes no other names
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = root.lstat()
    if not shared and (found.st_uid != os.geteuid() or found.st_mode & 0o022):
        raise PermissionError(errno.EACCES, "others may write to it")
    return root


def _claim(root: Path) -> tuple[Path, int]:
    """Make a folder in `root`; return it and its lock, locked.

    A sweeper may come upon the lock before it is locked, and remove it: then this begins anew.
    """
    for _ in range(_ATTEMPTS):
        path = root / f"tlx-{_host()}-{os.getpid()}-{os.urandom(4).hex()}"
        lock = os.open(_lock_of(path), os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(lock).st_nlink:
                path.mkdir(mode=0o700)
                return path, lock
        except BlockingIOError:
            pass
        except OSError:
            os.close(lock)
            _lock_of(path).unlink(missing_ok=True)
            raise
        os.close(lock)
    raise FileNotFoundError(errno.ENOENT, "every lock that is made in it vanishes")


def _give_back(path: Path, lock: int, pid: int) -> None:
    """Remove a folder and let go of its lock; a forked process has inherited this duty, but not the right."""
    if os.getpid() == pid:
        _remove(path)
        os.close(lock)


def _remove(path: Path) -> None:
    """Remove a folder, then its lock; whoever calls holds that."""
    shutil.rmtree(path, ignore_errors=True)
    if not os.path.lexists(path):
        with contextlib.suppress(OSError):
            _lock_of(path).unlink()


def _lock_of(path: Path) -> Path:
    return path.with_name(path.name + _LOCK)


def _locks(root: Path) -> list[str]:
    """Return the names of the locks in `root` that were made on this host: those of others cannot always be seen."""
    with contextlib.suppress(OSError), os.scandir(root) as found:
        matches = [re.fullmatch(_NAME, one.name) for one in found if one.name.endswith(_LOCK)]
        return [match[0] for match in matches if match and match["host"] == _host()]
    return []


def _host() -> str:
    return re.sub(r"[^A-Za-z0-9.]", "_", os.uname().nodename) or "localhost"
