"""A folder for a log that is wanted only as long as it is looked at."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tlx.config import ConfigError
from tlx.config.settings import Settings
from tlx.store.memory.spill import SpillError, open_folder


@contextlib.contextmanager
def private_folder(settings: Settings) -> Iterator[Path]:
    """A folder of the user's alone, where the store would spill to; it goes in the end, or with the next start.

    Raises:
        ConfigError: none can be made.
    """
    try:
        folder = open_folder(settings.spill_folder)
    except SpillError as error:
        raise ConfigError(f"there is no folder for the log: {error}; name one with --spill-folder") from error
    try:
        yield folder.path
    finally:
        folder.close()
