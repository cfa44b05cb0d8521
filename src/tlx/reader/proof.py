"""Proof that a file still holds what was read from it: its identity, and digests of its bytes."""

from __future__ import annotations

import os
from collections.abc import Callable

from tlx.model import FileIdentity

_STEP = 1 << 20
_END = 1 << 12
"""Bytes at either end of a file that are looked at where its identity says that nothing has changed."""


def identity(fd: int, path: str) -> FileIdentity:
    """Return what the open file is now."""
    found = os.fstat(fd)
    return FileIdentity(
        os.path.realpath(path), found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
    )


def digest_of_all(fd: int, size: int, wanted: Callable[[], bool]) -> str | None:
    """Return a digest of the first `size` bytes; None if there are fewer or they are no longer `wanted`."""
    return _digest(fd, [(0, size)], wanted)


def digest_of_ends(fd: int, size: int) -> str | None:
    """Return a digest of the first and the last of the first `size` bytes; None if there are fewer."""
    return _digest(fd, [(0, min(_END, size)), (max(0, size - _END), size)], lambda: True)


def _digest(fd: int, spans: list[tuple[int, int]], wanted: Callable[[], bool]) -> str | None:
    import hashlib  # noqa: PLC0415  a log that nothing is known of needs no proof

    hasher = hashlib.blake2b(digest_size=32)
    try:
        for begin, end in spans:
            at = begin
            while at < end:
                data = os.pread(fd, min(_STEP, end - at), at)
                if not data or not wanted():
                    return None
                hasher.update(data)
                at += len(data)
    except OSError:  # whoever reads the log will tell
        return None
    return hasher.hexdigest()
