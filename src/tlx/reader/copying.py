"""A new file in the codec that its name says, private, and there only once it is whole."""

from __future__ import annotations

import contextlib
import os
import secrets
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

_GZIP = 16 + zlib.MAX_WBITS


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
        """Write what is held back, down to the disk.

        Raises:
            OSError: there is no room for it.
        """
        if self._compressor is not None:
            self._put(self._compressor.flush())
        os.fsync(self._descriptor)

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
    wanted = Path(path)
    made = wanted.with_name(f".{wanted.name}.{secrets.token_hex(4)}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        try:
            file = NewFile(descriptor, _compressor(wanted.suffix))
            yield file
            file.finish()
        finally:
            os.close(descriptor)
        made.replace(wanted)
    except BaseException:
        made.unlink(missing_ok=True)
        raise


def _compressor(suffix: str) -> _Compressor | None:
    if suffix == ".gz":
        return zlib.compressobj(6, zlib.DEFLATED, _GZIP)
    if suffix == ".zst":
        import zstandard  # noqa: PLC0415  only for such a file

        return zstandard.ZstdCompressor(level=9).compressobj()
    return None
