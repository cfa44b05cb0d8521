"""The folder of the cache: for each log an index, and a record that says what it is of and how it can be proved.

A record is replaced as a whole, and before its index comes: an index that no record names is waste. What cannot be
read, was made by another version or does not fit its checksum is no entry, and the next one takes its place.
"""

from __future__ import annotations

import binascii
import contextlib
import errno
import json
import os
import re
import stat
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from tlx.model import Above, Bookmark, FileIdentity
from tlx.store.memory.spill import SpillFolder, sweep, sweep_beside

_MARK = "tlx index 1"
"""How a record begins; the number is that of its form."""
_STEP = 1 << 20
_RECORD = r"[0-9a-f]{32}\.json"
_INDEX = r"[0-9a-f]{32}-[0-9a-f]{16}\.duckdb"


class KnownLog(NamedTuple):
    """One log as it was indexed: what proves that it is the same, and where its lines end."""

    identity: FileIdentity
    content: str
    """The digest of all its bytes."""
    ends: str
    """That of its first and last bytes."""
    settled: Bookmark
    """Up to here the lines stay as they are, whatever is appended to the log."""
    end: Bookmark


class Entry(NamedTuple):
    """An index with the logs that it is of, in their order."""

    record: Path
    index_path: Path
    size: int
    checksum: int
    logs: tuple[KnownLog, ...]
    key: str = ""
    """Where anything in it is masked: what tells the key of the pseudonyms."""

    def intact(self) -> bool:
        """Whether the index has the bytes that were written."""
        with contextlib.suppress(OSError):
            return (self.size, self.checksum) == _sum(self.index_path)
        return False


class CacheFolder:
    """The entries in a folder; those with another `meaning` were made in another way, and are not seen."""

    def __init__(self, path: Path, meaning: str) -> None:
        self._path = path
        self._meaning = meaning

    def find(self, first: FileIdentity) -> Entry | None:
        """Return the entry of a session whose first log has this path, if there is one.

        What killed processes have left is removed by the way, in a thread of its own: most who ask make no workshop.
        """
        if not self._private():
            return None
        sweep_beside(self._path)
        meaning, entry = _read(self._record(first)) or (None, None)
        return entry if meaning == self._meaning else None

    def workshop(self) -> SpillFolder:
        """Return a private folder in which an index can be made; it is removed with all that is still in it.

        What killed processes have left in theirs is removed by the way.

        Raises:
            OSError: there can be none.
        """
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._path.stat().st_uid == os.geteuid():
            self._path.chmod(0o700)
        sweep(self._path)
        return SpillFolder(self._path, shared=False)

    def add(self, made: Path, logs: Sequence[KnownLog], key: str, stop: threading.Event) -> None:
        """Move an index in from its workshop; a `key` made the pseudonyms that are in it.

        If `stop` is set meanwhile, nothing is added.

        Raises:
            OSError: it could not be written.
        """
        made.chmod(0o600)
        sums = _sum(made, stop)
        if sums is None:
            return
        record = self._record(logs[0].identity)
        index = record.with_name(f"{record.stem}-{os.urandom(8).hex()}.duckdb")
        self._write(Entry(record, index, *sums, tuple(logs), key), made.parent)
        made.rename(index)

    def used(self, entry: Entry, identities: Sequence[FileIdentity]) -> None:
        """Note that an entry was of use, and the identities that its leading logs have now."""
        now = [log._replace(identity=identity) for log, identity in zip(entry.logs, identities, strict=False)]
        logs = (*now, *entry.logs[len(now) :])
        with contextlib.suppress(OSError):
            if logs == entry.logs:
                os.utime(entry.record)
            else:
                with contextlib.closing(self.workshop()) as workshop:
                    self._write(entry._replace(logs=logs), workshop.path)

    def _private(self) -> bool:
        """Whether nobody else could have put something into the folder."""
        try:
            found = self._path.lstat()
        except (OSError, ValueError):
            return False
        return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022

    def _record(self, first: FileIdentity) -> Path:
        import hashlib  # noqa: PLC0415  of most logs no index is kept

        name = hashlib.blake2b(os.fsencode(first.path), digest_size=16).hexdigest()
        return self._path / f"{name}.json"

    def _write(self, entry: Entry, workshop: Path) -> None:
        """Replace a record."""
        body = json.dumps({"meaning": self._meaning, "entry": _said(entry)})
        made = workshop / entry.record.name
        with made.open("w", encoding="ascii") as file:
            file.write(f"{_MARK} {binascii.crc32(body.encode()):08x}\n{body}")
            file.flush()
            os.fsync(file.fileno())
        made.chmod(0o600)
        made.replace(entry.record)

    def tidy(self, most: int) -> None:
        """Remove waste, entries of logs that are gone, and those used longest ago of more than `most` bytes.

        Raises:
            OSError: something could not be removed.
        """
        kept: set[Path] = set()
        for _, entry in sorted(self._entries(), reverse=True, key=lambda found: found[0]):
            if all(os.path.lexists(log.identity.path) for log in entry.logs):
                most -= entry.size
                if most >= 0:
                    kept |= {entry.record, entry.index_path}
        for path in list(self._path.iterdir()):
            if re.fullmatch(f"{_RECORD}|{_INDEX}", path.name) and path not in kept:
                path.unlink(missing_ok=True)

    def _entries(self) -> Iterator[tuple[int, Entry]]:
        """Yield every entry, of any meaning, with the time of its last use."""
        for path in list(self._path.iterdir()):
            if re.fullmatch(_RECORD, path.name) and (found := _read(path)):
                with contextlib.suppress(FileNotFoundError):
                    yield path.stat().st_mtime_ns, found[1]


def _sum(path: Path, stop: threading.Event | None = None) -> tuple[int, int] | None:
    """Return the size of a file and a checksum against damage that nobody has wrought on purpose; None when stopped."""
    checksum = 0
    with _file(path) as file:
        while data := file.read(_STEP):
            if stop is not None and stop.is_set():
                return None
            checksum = binascii.crc32(data, checksum)
        return file.tell(), checksum


def _file(path: Path) -> BinaryIO:
    """Open a file to be read, and nothing else: a pipe in its place would wait for a writer.

    Raises:
        OSError: it cannot be read, or is no file.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "is no file", str(path))
    return os.fdopen(handle, "rb")


def _said(entry: Entry) -> dict[str, Any]:
    """What the record says of an entry: all but where it stands."""
    logs = [
        {
            **log._asdict(),
            "identity": log.identity._asdict(),
            "settled": _marked(log.settled),
            "end": _marked(log.end),
        }
        for log in entry.logs
    ]
    return {**entry._asdict(), "record": None, "index_path": entry.index_path.name, "logs": logs}


def _read(record: Path) -> tuple[str, Entry] | None:
    """Return the meaning and the entry in a record, or nothing if it holds none."""
    try:
        with _file(record) as file:
            mark, _, body = file.read().decode("ascii").partition("\n")
        if mark != f"{_MARK} {binascii.crc32(body.encode()):08x}":
            return None
        said = json.loads(body)
        entry = said["entry"]
        return said["meaning"], Entry(
            record,
            record.with_name(entry["index_path"]),
            entry["size"],
            entry["checksum"],
            tuple(map(_log, entry["logs"])),
            entry["key"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _log(said: dict[str, Any]) -> KnownLog:
    return KnownLog(
        FileIdentity(**said["identity"]),
        said["content"],
        said["ends"],
        _bookmark(said["settled"]),
        _bookmark(said["end"]),
    )


def _marked(bookmark: Bookmark) -> dict[str, Any]:
    """What the record says of a bookmark; bytes as letters, one each."""
    name, *lines = bookmark.above
    return {**bookmark._asdict(), "above": [name, *(line.decode("latin-1") for line in lines)]}


def _bookmark(said: dict[str, Any]) -> Bookmark:
    name, *lines = said["above"]
    return Bookmark(**{**said, "above": Above(name, *(line.encode("latin-1") for line in lines))})
