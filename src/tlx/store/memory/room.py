"""The room that the store has, in memory and on disk, and what is said where it is too little."""

from __future__ import annotations

import re
from pathlib import Path

from tlx import units

_OVER_LIMIT = r"(?i)(?:could not|failed to) (?:allocate|pin|create).* used\)"
_NO_MEMORY = r"(?i)bad[ _]alloc|cannot allocate memory"
_DISK_FULL = "max_temp_directory_size"
_NO_FILE = r'(?:file|directory) "(?P<path>[^"]+)"[^\n]*: (?P<why>[^:\n]+)'


class StoreError(Exception):
    """The store has no room; the text says what, where and what to do."""


class Room:
    """What the store may take: `memory` bytes of the process, and a folder to spill to, or the reason why none."""

    def __init__(self, memory: int, folder: Path | None, reason: str = "") -> None:
        self.full: StoreError | None = None
        """Why nothing more can be written, once that is so."""
        self._memory = memory
        self._folder = folder
        self._reason = reason

    def shortage(self, error: Exception) -> StoreError | None:
        """Return what to say of `error` where want of room made it, else nothing.

        DuckDB's text is what tells: its class is lost where a COMMIT wraps it.
        """
        text = str(error)
        if _DISK_FULL in text:
            return self._no_disk("No space left on device")
        found = re.search(_NO_FILE, text)
        if found and self._folder and Path(found["path"]).is_relative_to(self._folder):
            return self._no_disk(found["why"])
        if re.search(_OVER_LIMIT, text):
            return self._no_memory()
        if isinstance(error, MemoryError) or re.search(_NO_MEMORY, text):
            return StoreError(
                "the system has no more memory to give (ulimit -v, or the limit of a container); allow more, or have"
                f" more spilled with --max-memory (now {units.size(self._memory)})"
            )
        return None

    def _no_disk(self, why: str) -> StoreError:
        assert self._folder is not None
        return StoreError(
            f"no room to spill to in {self._folder.parent}: {why}; make some, name a folder on another disk with"
            f" --spill-folder, or give more memory with --max-memory (now {units.size(self._memory)})"
        )

    def _no_memory(self) -> StoreError:
        if self._folder is None:
            return StoreError(
                f"{units.size(self._memory)} of memory is too little, and there is no folder to spill to"
                f" ({self._reason}); name one with --spill-folder, or give more memory with --max-memory"
            )
        return StoreError(f"{units.size(self._memory)} of memory is too little; give more with --max-memory")
