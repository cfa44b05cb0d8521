"""New files, there only once they are whole; copies of logs are private, and in the codec that their name says."""

from __future__ import annotations

import contextlib
import os
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

_GZIP = 16 + zlib.MAX_WBITS
_MOST_NAME = 48
"""So many characters of its name tell whose partial file one is: with more it might be too long to be a name."""
_MOST_LINKS = 40


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


class NewFile:
    """A file that is being written."""

    def __init__(self, descriptor: int, compressor: _Compressor | None) -> None:
        self._descriptor = descriptor
        self._compressor = compressor

    def write(self, text: bytes) -> None:
        """Append text.

        Raises:
            OSError: there is no room for it.
        """
        self._put(text if self._compressor is None else self._compressor.compress(text))

    def finish(self) -> None:
        """Write what is held back.

        Raises:
            OSError: there is no room for it.
        """
        if self._compressor is not None:
            self._put(self._compressor.flush())

    def _put(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._descriptor, data) :]


@contextlib.contextmanager
def new_file(path: str) -> Iterator[NewFile]:
    """Yield a file that takes the name `path` once the work is done; else nothing is left of it.

    Only its owner can read it. Its text is compressed where the name ends in .gz or .zst.

    Raises:
        OSError: it cannot be written.
    """
    with whole(path, private=True) as descriptor:
        file = NewFile(descriptor, _compressor(Path(path).suffix))
        yield file
        file.finish()


@contextlib.contextmanager
def whole(path: str, *, private: bool = False) -> Iterator[int]:
    """Yield a descriptor for what takes the name `path` once the work is done; else nothing is left of it.

    It is written beside what `path` leads to, and has its mode and group unless it is `private`: then only its owner
    can read it. What cannot be replaced like that, such as a pipe, is written where it is.

    Raises:
        OSError: it cannot be written.
    """
    there = _there(path)
    if not _is_replaceable(path, there, private=private):
        with straight(path) as descriptor:
            yield descriptor
        return
    wanted = Path(os.path.realpath(path))
    made = wanted.with_name(f".{wanted.name[:_MOST_NAME]}.{os.urandom(4).hex()}")
    try:
        mode = 0o600 if private or there else 0o666
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        try:
            if there and not private:
                os.fchown(descriptor, -1, there.st_gid)
                os.fchmod(descriptor, stat.S_IMODE(there.st_mode))
            yield descriptor
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        made.replace(wanted)
    except BaseException:
        made.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def straight(path: str) -> Iterator[int]:
    """Yield a descriptor for what is written at `path` as it comes.

    Raises:
        OSError: it cannot be written.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _there(path: str) -> os.stat_result | None:
    """What is known of the file that a name leads to, if there is one."""
    try:
        return os.stat(path)  # noqa: PTH116  a Path would lose the slash at its end, which says that it is a folder
    except FileNotFoundError:
        return None


def _is_replaceable(path: str, there: os.stat_result | None, *, private: bool) -> bool:
    """Whether another file can take the place of what is `there`, and nobody loses sight of it.

    Raises:
        OSError: it may not be written.
    """
    if _is_open(path) or path.endswith(os.sep) or (there and not stat.S_ISREG(there.st_mode)):
        return False
    if private:
        return True
    if there:
        os.close(os.open(path, os.O_WRONLY | os.O_CLOEXEC))
        groups = {there.st_gid} if os.geteuid() == 0 else {os.getegid(), *os.getgroups()}
        if there.st_nlink > 1 or there.st_uid != os.geteuid() or there.st_gid not in groups:
            return False
    return os.access(Path(os.path.realpath(path)).parent, os.W_OK | os.X_OK)


def _is_open(path: str) -> bool:
    """Whether a name is of what a process has open, such as /dev/stdout: who opened it looks nowhere else."""
    one = Path(path)
    for _ in range(_MOST_LINKS):
        folder = Path(os.path.realpath(one.parent))
        if folder.is_relative_to("/proc") or folder == Path("/dev/fd"):
            return True
        if not one.is_symlink():
            break
        one = folder / one.readlink()
    return False


def _compressor(suffix: str) -> _Compressor | None:
    if suffix == ".gz":
        return zlib.compressobj(6, zlib.DEFLATED, _GZIP)
    if suffix == ".zst":
        import zstandard  # noqa: PLC0415  only for such a file

        return zstandard.ZstdCompressor(level=9).compressobj()
    return None
