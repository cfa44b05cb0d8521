"""The begin of a log is read ahead, and is what it would have been without."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard

from tlx.config.settings import Settings
from tlx.loading.opening import Ahead
from tlx.reader.lines import CHUNK, FIRST_CHUNK, LineChunk
from tlx.reader.log import LogReader
from tlx.reader.source import SourceError
from tlx.session import Session
from tlx.text import LARGE, Text

_LINE = b'{"StarlarkUserEvent":{"id":"%07d","metadata":{}},"epoch_millis":1771287109000}\n'


def read(reader: Any) -> list[tuple[LineChunk, bool]]:
    """All chunks, each with whether it was steady when it was given."""
    return [(chunk, reader.steady) for chunk in reader.chunks()]


@pytest.mark.parametrize("size", [0, 10, FIRST_CHUNK + 1, CHUNK, 3 * CHUNK])
def test_a_log_is_the_same_with_its_begin_read_ahead(tmp_path: Path, size: int) -> None:
    """The same chunks come, and the same is said of each."""
    path = tmp_path / "log"
    path.write_bytes(b"".join(_LINE % n for n in range(size // len(_LINE))))
    plain, reader = LogReader(str(path), 0), LogReader(str(path), 0)
    ahead = Ahead(reader)
    assert read(ahead) == read(plain)
    ahead.close()
    plain.close()
    reader.close()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("size", "wanted"), [(FIRST_CHUNK // 2, False), (4 * FIRST_CHUNK, None), (LARGE * 2, True)])
def test_what_looks_through_large_texts_is_loaded_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, *, wanted: bool | None, packed: bool
) -> None:
    """A small log need not wait for it; a large text may stand in few bytes."""
    calls: list[bool] = []
    monkeypatch.setattr("tlx.text.prepare", lambda: calls.append(True))
    path = tmp_path / "log"
    text = _LINE % 1 * (size // len(_LINE))
    path.write_bytes(zstandard.compress(text) if packed else text)
    reader = LogReader(str(path), 0)
    ahead = Ahead(reader)
    ahead.close()
    assert any(calls) == (not packed if wanted is None else wanted)
    reader.close()


class _Failing:
    steady, size, read_bytes = True, 0, 0

    def chunks(self) -> Iterator[LineChunk]:
        yield LineChunk(Text(_LINE), 1, 0, 1)
        raise SourceError("the medium failed")


def test_what_fails_ahead_fails_where_it_is_asked_for() -> None:
    """What came before is given first."""
    reader: Any = _Failing()
    ahead = Ahead(reader)
    found = ahead.chunks()
    assert next(found).text == _LINE
    with pytest.raises(SourceError, match="the medium failed"):
        next(found)
    ahead.close()


@pytest.mark.parametrize("waits", [True, False])
def test_nothing_is_read_ahead_of_a_screen(tmp_path: Path, *, waits: bool) -> None:
    """A screen that is being drawn has the machine to itself; nothing else has to wait."""
    path = tmp_path / "log"
    path.write_bytes(_LINE % 1)
    session = Session([str(path)], Settings())
    session.start(first_rows_first=waits)
    assert session.begun.wait(20)
    assert (session._ahead is None) == waits
    session.resume()
    session.wait()
    assert session.progress().events == 1
    session.close()


def test_a_store_that_cannot_be_made_leaves_no_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even one that waits for a pipe."""

    def fail(*_arguments: object) -> None:
        raise OSError("no store")

    monkeypatch.setattr("tlx.session.Database", fail)
    os.mkfifo(tmp_path / "pipe")
    end = os.open(tmp_path / "pipe", os.O_RDWR)
    session = Session([str(tmp_path / "pipe")], Settings())
    session.start()
    with pytest.raises(OSError, match="no store"):
        session.wait()
    session.close()
    assert session._ahead is not None
    assert not session._ahead._thread.is_alive()
    os.close(end)
