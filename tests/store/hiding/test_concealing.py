"""What no dialect knows again once it is masked: it keeps its place, and says no more than its line does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tlx.config.settings import Settings
from tlx.query.ask import Asker
from tlx.session import Session

AT = 1_795_224_000_000_000_000
WRAPPED = {"event": {"feature": "search", "action": "submit", "timestamp": "2026-11-21T01:20:00Z"}, "metadata": {}}
LOGGED = {"time": "2026-11-21T01:20:00Z", "severity": "info", "message": "phoenix.endpoint.stop"}
LOGGED |= {"metadata": {"domain": ["elixir"], "measurements": {"duration": 1500}}}
RECORD = {"ts": AT // 1000, "name": "beamlens.llm.stop", "node": "n", "duration": 41_203_697, "trace_id": "50c7"}
STEP = {"timestamp": "2026-11-21T01:20:00Z", "level": "INFO", "logger": "x", "message": "m"}


def shown(folder: Path, record: dict[str, Any], *paths: str) -> tuple[Any, ...]:
    """The dialect of a record, its start, its end and its duration, with what stands at these paths masked."""
    log = folder / "log"
    log.write_text(json.dumps(record) + "\n")
    session = Session([str(log)], Settings(mask=paths))
    try:
        session.start(keep=False)
        session.wait()
        asker = Asker(session.database)
        ((raw, *told),) = asker.rows('SELECT raw, dialect, start, "time", duration_ns FROM events')
        asker.close()
        assert not paths or "masked:" in raw
        return tuple(told)
    finally:
        session.close()


@pytest.mark.parametrize(
    ("record", "paths"),
    [
        (WRAPPED, ("event",)),
        (LOGGED, ("metadata", "time")),
        (RECORD, ("name", "ts", "duration")),
        (STEP, ("level", "timestamp")),
    ],
)
def test_masked_times_are_not_shown(tmp_path, record, paths) -> None:
    """A time or a duration that stands in what is masked is not shown beside it."""
    dialect, *times = shown(tmp_path, record)
    assert dialect != "generic"
    assert any(times)
    assert shown(tmp_path, record, *paths) == (dialect, None, None, None)


@pytest.mark.parametrize(("record", "path"), [(RECORD, "name"), (STEP, "level"), (LOGGED, "message")])
def test_other_times_stay(tmp_path, record, path) -> None:
    """A time that is not masked is that of the event, though what made it one of its dialect is masked."""
    before = shown(tmp_path, record)
    assert any(before[1:])
    assert shown(tmp_path, record, path) == before


def test_what_is_left_of_a_duration_stays(tmp_path) -> None:
    """Of the times of one record that is shown which is not masked."""
    dialect, *_ = shown(tmp_path, RECORD)
    assert shown(tmp_path, RECORD, "name", "ts") == (dialect, None, None, RECORD["duration"])
