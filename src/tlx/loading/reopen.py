"""Reopening: what of a session's logs the index cache holds, proved, and what it is to hold for the next time.

A log counts as known if its file is the very one that was indexed, told by its identity, or else has the same content.
One that was appended to is known up to a line, from which on it is read again. Only regular files are ever cached.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import tlx
from tlx import machine
from tlx.config.settings import Settings
from tlx.dialects.base import Dialect
from tlx.dialects.known import spans, told
from tlx.model import NO_MASKS, Above, Bookmark, FileIdentity, Joins, Masks, Projection
from tlx.reader.source import Source
from tlx.store import schema
from tlx.store.cache.entries import CacheFolder, Entry, KnownLog
from tlx.store.cache.index import Counts, Making, Part, attach, paths_to_make, paths_to_read
from tlx.store.database import ENGINE, Database
from tlx.store.memory.spill import SpillFolder

_NEW = "index.duckdb"
_WORTH_SECONDS = 2.0
"""What is indexed in less time is not cached."""
_QUIET_NS = 2 * 10**9
"""A file that has changed so shortly before it was opened might change again and keep its time of change."""
_MOST_ABOVE = 1 << 16
"""A log is read again whole if what its lines mean for those that are appended takes more bytes than this."""


_NO_RULES: Joins = {}


class Stand(NamedTuple):
    """How a source was read: where its lines end, up to where they stay as they are, and the seconds that it took."""

    settled: Bookmark
    end: Bookmark
    seconds: float = 0.0


def meaning(projections: Sequence[Projection], max_line: int | None, told: Sequence[object] = ()) -> str:
    """Return a fingerprint of all that decides what lines become: versions, code, tables, dialects and limits.

    What is `told` of dialects, and of masks, beside their projections can be written as JSON.
    """
    import hashlib  # noqa: PLC0415  needed where there is a cache

    root = Path(tlx.__file__).parent
    folders = ("dialects", "loading", "masking", "reader", "store")
    code = sorted([*root.glob("*.py"), *(path for name in folders for path in (root / name).rglob("*.py"))])
    stats = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in code]
    said = [
        tlx.__version__,
        ENGINE,
        stats,
        schema.statements("made"),
        [projection._asdict() for projection in projections],
        max_line,
        told,
    ]
    return hashlib.blake2b(json.dumps(said).encode(), digest_size=16).hexdigest()


def reopening(sources: Sequence[Source], dialects: Sequence[Dialect], settings: Settings, masks: Masks) -> Reopening:
    """Return what the cache of the machine holds of logs as they would be read now; nothing where it is off."""
    if not settings.cache:
        return Reopening(sources, None)
    masked = [[one.sensitive for one in dialects], settings.mask]
    known = meaning([one.projection for one in dialects], settings.max_line, [*told(dialects), masked])
    return Reopening(sources, machine.cache_folder() / "index", known, spans(dialects), masks)


class Reopening:
    """The cache as one session sees it; belongs to one thread but for `stop`."""

    def __init__(
        self,
        sources: Sequence[Source],
        folder: Path | None,
        meaning: str = "",
        rules: Joins = _NO_RULES,
        masks: Masks = NO_MASKS,
    ) -> None:
        """Look at the files of a session before they are read; `meaning` says how they will be, `rules` join spans.

        Without a folder nothing is known and nothing kept. What is masked comes from the cache with the pseudonyms of
        the same key alone, and goes there only where `masks` keep what it was, so that it can be revealed.
        """
        self._masks = masks
        self.known: list[Stand] = []
        """How the leading sources were read of which all lines are in the cache."""
        self.rest: Bookmark | None = None
        """Where the reading of the source behind those begins, if some of its lines are in the cache too."""
        self._sources = sources
        self._rules = rules
        self._identities = [source.identity() if folder else None for source in sources]
        self._opened_ns = time.time_ns()
        self._folder = CacheFolder(folder or Path(), meaning)
        self._entry: Entry | None = None
        self._workshop: SpillFolder | None = None
        self._making: Making | None = None
        self._stop = threading.Event()

    def find(self) -> None:
        """Find what the cache holds of the logs, and prove it."""
        first = next(iter(self._identities), None)
        entry = self._folder.find(first) if first else None
        entry = None if entry and entry.key not in ("", self._masks.key()) else entry
        for log, source, identity in zip(entry.logs if entry else (), self._sources, self._identities, strict=False):
            if identity is None or not _proved(log, source, identity):
                break
            if identity.size > log.identity.size:
                # What is masked may be changed by what follows, and what it was is not to be changed where it lies.
                self.rest = log.settled if log.settled.line > 1 and entry and not entry.key else None
                break
            self.known.append(Stand(log.settled, log.end))
        if entry and (self.known or self.rest) and entry.intact():
            self._entry = entry
        else:
            self._forget()

    def prepare(self) -> None:
        """Make a place for a new index, if there can be one."""
        if self._identities[0]:
            with contextlib.suppress(OSError):
                self._workshop = self._folder.workshop()

    @property
    def paths(self) -> list[str]:
        """The files that the store must be able to reach."""
        read = paths_to_read(self._entry.index_path) if self._entry else []
        return read + (paths_to_make(self._workshop.path / _NEW) if self._workshop else [])

    def attach(self, database: Database) -> Counts:
        """Let an empty store hold what is known; say how much that is."""
        counts = None
        if self._entry:
            last = self.rest or self.known[-1].end
            part = Part(len(self.known), last.next_id, last.run)
            counts = attach(database, self._entry.index_path, part, self._rules)
            if counts is None:
                self._forget()
        return counts or Counts(0, 0, 0)

    def keep(self, database: Database, stands: Sequence[Stand], most: int) -> None:
        """Note that the cache was of use; make a new index if what was read anew is worth it.

        The whole cache then takes no more than `most` bytes.
        """
        quiet = self._quiet()
        if self._entry:
            self._folder.used(self._entry, quiet[: len(self.known)])
        stands = stands[: len(quiet)]
        key = self._masks.key() if database.masks_any() else ""
        can_be_kept = not database.masks_any() or (self._masks.hide and key)
        if self._workshop:
            with contextlib.suppress(OSError):  # a full disk, a folder that is gone
                if can_be_kept and stands and sum(stand.seconds for stand in stands) >= _WORTH_SECONDS:
                    self._make(database, self._workshop.path / _NEW, (stands, key), most)
                self._folder.tidy(most)

    def _make(self, database: Database, index: Path, made: tuple[Sequence[Stand], str], most: int) -> None:
        stands, key = made
        end = stands[-1].end
        self._making = Making(database, index, self._stop)
        if not self._making.make(Part(len(stands), end.next_id, end.run), most):
            return
        logs = [*map(_known, self._sources, self._identities, stands)]
        if len(self._quiet()) >= len(logs) and all(logs):
            self._folder.add(index, [log for log in logs if log], key, self._stop)

    def stop(self) -> None:
        """Let an index that is being made go; any thread may call this."""
        self._stop.set()
        if self._making:
            self._making.interrupt()

    def close(self) -> None:
        """Remove what is not finished."""
        if self._workshop:
            self._workshop.close()

    def _forget(self) -> None:
        self.known, self.rest, self._entry = [], None, None

    def _quiet(self) -> list[FileIdentity]:
        """The leading files that are what they were when they were opened, and that had not changed shortly before."""
        found = []
        for source, identity in zip(self._sources, self._identities, strict=True):
            if identity is None or identity.ctime_ns > self._opened_ns - _QUIET_NS or source.identity() != identity:
                break
            found.append(identity)
        return found


def _known(source: Source, identity: FileIdentity | None, stand: Stand) -> KnownLog | None:
    """What there is to be kept of a log; None if it could not be read again."""
    if identity is None:
        return None
    content, ends = source.digest(identity.size), source.digest_of_ends(identity.size)
    above = stand.settled.above
    is_short = len(above.line) + len(above.record) + len(above.told) <= _MOST_ABOVE
    settled = stand.settled if is_short else stand.settled._replace(line=1, above=Above())
    end = stand.end._replace(above=Above())  # nothing goes on there
    return KnownLog(identity, content, ends, settled, end) if content and ends else None


def _proved(log: KnownLog, source: Source, identity: FileIdentity) -> bool:
    """Whether a file, or the begin of it, holds what a log held."""
    size = log.identity.size
    if identity._replace(path="") == log.identity._replace(path="") and source.digest_of_ends(size) == log.ends:
        return True
    return identity.size >= size and source.digest(size) == log.content
