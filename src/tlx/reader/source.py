"""A source: one log on disk, or standard input, read from the front. The only place that opens a log."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import stat
import sys
import threading
from pathlib import Path

from tlx.model import FileIdentity
from tlx.reader import proof

_PATIENCE = 0.1
"""Seconds between two looks at whether a waiting read is still wanted."""
_LAST = 64
"""So many of the bytes that were read last tell whether a file has been written anew."""
_FIRST_FREE = 3
"""The first descriptor that is not a standard stream: a process may be started without those."""
_CLOSED = -1
"""The descriptor of a file that is no longer open."""
STDIN = "-"
"""The path that stands for standard input."""


class SourceError(Exception):
    """A source cannot be read; the text says what, where and what to do."""


class Source:
    """One open log; `read_bytes` counts what was read so far, `size` is what there is, or None for a pipe."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.read_bytes = 0
        self.size: int | None = None
        self._cancel = threading.Event()
        self._fd = _open(path)
        mode = os.fstat(self._fd)
        self.file = (mode.st_dev, mode.st_ino)
        """What tells the open file from others, whatever its name."""
        self._pipe = not stat.S_ISREG(mode.st_mode)
        self._last = b""
        self._shrunk = False
        self.ended = False
        """Whether a pipe without a name has been closed by its writer: nothing will ever follow."""
        if not self._pipe:
            self.size = mode.st_size

    def read(self, limit: int) -> bytes:
        """Return the next bytes, at most `limit`, waiting for a pipe; none at the end.

        Raises:
            SourceError: the medium failed.
        """
        while not self._unwanted():
            data = self._take(limit)
            if data is not None:
                return data
        return b""

    def fresh(self, limit: int) -> bytes:
        """Return the next bytes, at most `limit`, if there are any now; none of a file that was `rewritten`.

        Raises:
            SourceError: the medium failed.
        """
        if self.cancelled or self.ended or self.idle():
            return b""
        last, at = self._last, self.read_bytes
        data = self._take(limit)
        if data is None:
            return b""
        self.ended = self._pipe and not data and self.path == STDIN
        if self._changed(last, at):  # what was just read may be of another text
            self.read_bytes, self._last = at, last
            return b""
        return data

    def _take(self, limit: int) -> bytes | None:
        """Return the next bytes; None where another process took what there was."""
        try:
            data = os.read(self._fd, limit)
        except BlockingIOError:
            return None
        except OSError as error:
            reason = error.strerror or str(error)
            raise SourceError(f"{self.path}: cannot be read past byte {self.read_bytes}: {reason}") from error
        self.read_bytes += len(data)
        if data:
            self._last = data[-_LAST:] if len(data) >= _LAST else (self._last + data)[-_LAST:]
        return data

    @property
    def rewritten(self) -> bool:
        """Whether the file no longer holds what was read last: it was cut off, and maybe written anew."""
        return self._changed(self._last, self.read_bytes)

    def _changed(self, last: bytes, at: int) -> bool:
        """Whether other bytes than `last` stand before the offset `at` by now."""
        try:
            return not self._pipe and os.pread(self._fd, len(last), at - len(last)) != last
        except OSError:  # the next read tells
            return False

    @property
    def lag(self) -> int:
        """Bytes that are there and have not been read; the size is looked up anew, as long as the file is open."""
        if self.size is not None:
            with contextlib.suppress(OSError):
                self.size = max(self.read_bytes, os.fstat(self._fd).st_size)
        return (self.size or 0) - self.read_bytes if self.size is not None else 0

    def idle(self) -> bool:
        """Whether the next read would have to wait, so that what is in hand should be shown now."""
        return self._pipe and not self._ready(0)

    @property
    def shrunk(self) -> bool:
        """Whether the file has been cut off since it was opened, until it was closed."""
        if self.size is not None and self._fd != _CLOSED:
            self._shrunk = os.fstat(self._fd).st_size < self.size
        return self._shrunk

    def identity(self) -> FileIdentity | None:
        """Return what the file is now; nothing where it is a pipe or standard input, which come but once."""
        return None if self._pipe or self.path == STDIN else proof.identity(self._fd, self.path)

    def digest(self, size: int) -> str | None:
        """Return a digest of the first `size` bytes; None if there are fewer, or when the source is cancelled."""
        return proof.digest_of_all(self._fd, size, lambda: not self.cancelled)

    def digest_of_ends(self, size: int) -> str | None:
        """Return a digest of the first and the last of the first `size` bytes; None if there are fewer."""
        return proof.digest_of_ends(self._fd, size)

    @property
    def cancelled(self) -> bool:
        """Whether nobody wants more of it."""
        return self._cancel.is_set()

    def cancel(self) -> None:
        """End the source here, even where a read waits for a pipe; any thread may call this."""
        self._cancel.set()

    def _unwanted(self) -> bool:
        """Wait for a pipe to have something, or for the word that nobody wants it any more."""
        while self._pipe and not self.cancelled:
            if self._ready(_PATIENCE):
                break
        return self.cancelled

    def _ready(self, patience: float) -> bool:
        """Whether a read would not wait, within so many seconds; select() knows no descriptors from 1024 on."""
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        return bool(poll.poll(1000 * patience))

    def close(self) -> None:
        """Let go of the file; to do so again does nothing."""
        if self._fd != _CLOSED:
            self._shrunk = self.shrunk
            fd, self._fd = self._fd, _CLOSED
            os.close(fd)


def _open(path: str) -> int:
    """Open `path` without waiting for a writer; stay clear of the standard streams, closed ones too."""
    try:
        if path == STDIN:
            if sys.stdin is None:
                raise SourceError("standard input is closed; name a log, or pipe one in")
            fd = fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE)
        else:
            low = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            fd = low
            if low < _FIRST_FREE:
                fd = fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE)
                os.close(low)
    except OSError as error:
        raise SourceError(f"{path}: {_reason(path, error)}") from error
    except ValueError as error:  # a NUL in the name
        raise SourceError(f"{path!r}: no such file") from error
    if refusal := _refusal(path, fd):
        os.close(fd)
        raise SourceError(f"{path}: {refusal}")
    return fd


def _refusal(path: str, fd: int) -> str | None:
    """Say why what is open is no log, if that is to be seen; a device that is piped in is taken at its word."""
    found = os.fstat(fd)
    if stat.S_ISDIR(found.st_mode):
        return "is a folder, not a log; name a file in it"
    device = stat.S_ISBLK(found.st_mode) or (stat.S_ISCHR(found.st_mode) and not os.isatty(fd))
    if device and path != STDIN and found.st_rdev != Path(os.devnull).stat().st_rdev:
        return "is a device, not a log"
    return None


def _reason(path: str, error: OSError) -> str:
    match error.errno:
        case errno.ENOENT:
            return "no such file; check the name"
        case errno.EACCES | errno.EPERM:
            return "no permission to read it"
        case errno.ENOTDIR:
            return "no such file: what stands before the last / is no folder"
        case errno.ENXIO if Path(path).is_socket():
            return "is a socket, not a log"
    return error.strerror or str(error)
