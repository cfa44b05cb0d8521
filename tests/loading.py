"""Logs through the whole engine, reader to store, and what became of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tlx.config.settings import Settings
from tlx.query.ask import Asker
from tlx.reader import log as reading
from tlx.reader.lines import LineSplitter
from tlx.session import Session


class Loaded:
    """What became of logs."""

    def __init__(self, session: Session) -> None:
        asker = Asker(session.database)
        self.events = asker.rows("SELECT source, run, line, raw FROM events ORDER BY id")
        self.rejects = asker.rows("SELECT source, line, byte_offset, reason, text FROM rejects ORDER BY id")
        self.runs = asker.rows("SELECT source, line, trace FROM runs WHERE has_header ORDER BY run")
        self.damages = asker.rows("SELECT source, byte_offset, reason FROM damages ORDER BY source, byte_offset")
        self.sources = asker.rows("SELECT codec, state, bytes, decompressed_bytes FROM sources ORDER BY source")
        self.ids = asker.rows("SELECT id FROM events UNION ALL SELECT id FROM rejects ORDER BY 1")
        asker.close()

    @property
    def counted(self) -> int:
        """How many lines were made something of."""
        return len(self.events) + len(self.rejects) + len(self.runs)


def load(*paths: Path, **options: Any) -> Loaded:
    """Load logs."""
    session = Session([str(path) for path in paths], Settings(**options))
    try:
        session.start()
        session.wait()
        return Loaded(session)
    finally:
        session.close()


@contextmanager
def pieces(read: int, chunk: int) -> Iterator[None]:
    """Read and cut in pieces of these sizes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_READ", read)
        patch.setattr(reading, "LineSplitter", partial(LineSplitter, first_chunk=chunk, chunk=chunk))
        yield
