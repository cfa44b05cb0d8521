"""A source: one log on disk, or standard input, read from the front. The only place that opens a log."""

from __future__ import annotations

import errno
import os
import select
import stat
import threading
from pathlib import Path

_PATIENCE = 0.1
"""Seconds between two looks at whether a waiting read is still wanted."""
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
        self._fd = _open(path)
        mode = os.fstat(self._fd)
        self._cancel = threading.Event()
        self._pipe = not stat.S_ISREG(mode.st_mode)
        if not self._pipe:
            self.size = mode.st_size

    def read(self, limit: int) -> bytes:
        """Return the next bytes, at most `limit`; none at the end.

        Raises:
            SourceError: the medium failed.
        """
        try:
            data = b"" if self._cancelled() else os.read(self._fd, limit)
        except OSError as error:
            raise SourceError(f"{self.path}: cannot be read past byte {self.read_bytes}: {error.strerror}") from error
        self.read_bytes += len(data)
        return data

    def idle(self) -> bool:
        """Whether the next read would have to wait, so that what is in hand should be shown now."""
        return self._pipe and not select.select([self._fd], [], [], 0)[0]

    def cancel(self) -> None:
        """End the source here, even where a read waits for a pipe; any thread may call this."""
        self._cancel.set()

    def _cancelled(self) -> bool:
        """Wait for a pipe to have something, or for the word that nobody wants it any more."""
        while self._pipe and not self._cancel.is_set():
            if select.select([self._fd], [], [], _PATIENCE)[0]:
                break
        return self._cancel.is_set()

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._fd)


def _open(path: str) -> int:
    if path == STDIN:
        return os.dup(0)
    try:
        if Path(path).is_dir():
            raise SourceError(f"{path}: is a folder, not a log; name a file in it")
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise SourceError(f"{path}: {_reason(error)}") from error
    except ValueError as error:  # a NUL in the name
        raise SourceError(f"{path!r}: no such file") from error


def _reason(error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return "no such file; check the name"
    if error.errno in (errno.EACCES, errno.EPERM):
        return "no permission to read it"
    return error.strerror or str(error)
