"""One event, and what it is made of."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tlx.config.settings import Settings
from tlx.query.ask import Asker
from tlx.query.event import Span, event, parts
from tlx.session import Session

MS = 10**6
STAGE = {"ExecutorStage": {}}


def record(time: int, span: int, parent: int, data: Any) -> str:
    """A line of a normal event log of Buck2, at a millisecond of its run."""
    told = {"timestamp": [100, time * MS], "trace_id": "t", "span_id": span, "parent_id": parent, "data": data}
    return json.dumps({"Event": told})


def start(time: int, span: int, parent: int, what: Any) -> str:
    """The begin of a span."""
    return record(time, span, parent, {"SpanStart": {"data": what}})


def end(time: int, span: int, parent: int, what: Any, millis: int) -> str:
    """The end of a span."""
    return record(time, span, parent, {"SpanEnd": {"duration_us": millis * 1000, "data": what}})


ACTION = {"ActionExecution": {"kind": "Run", "name": {"category": "cxx", "identifier": "x"}}}
LINES = [
    start(0, 7, 0, ACTION),
    start(1, 8, 7, {"ExecutorStage": {"stage": {"Re": {"stage": {"Queue": {}}}}}}),
    end(5, 8, 7, STAGE, 4),
    "no JSON",
    '{"timestamp":"1970-01-01T00:01:40.005Z","logger":"x","level":"INFO","message":"m"}',
    "of a traceback",
    start(5, 9, 7, {"ExecutorStage": {"stage": {"Re": {"stage": {"Execute": {}}}}}}),
    start(5, 10, 9, {"ExecutorStage": {"stage": {"Prepare": {}}}}),
    end(6, 10, 9, STAGE, 1),
    end(9, 9, 7, STAGE, 4),
    end(9, 11, 7, STAGE, 1),
    end(10, 7, 0, ACTION, 10),
    start(20, 12, 7, {"ExecutorStage": {"stage": {"Prepare": {}}}}),
    end(21, 12, 7, STAGE, 1),
]


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Callable[..., Asker]]:
    """A function that loads lines and returns what answers questions about them."""
    opened: list[Any] = []

    def loaded(*lines: str) -> Asker:
        path = tmp_path / "log"
        path.write_text("\n".join(lines) + "\n")
        session = Session([str(path)], Settings())
        session.start()
        session.wait()
        asker = Asker(session.database)
        opened.extend((session, asker))
        return asker

    yield loaded
    for one in reversed(opened):
        one.close()


def test_stages_have_the_names_of_their_begin(load: Callable[..., Asker]) -> None:
    """The end of a stage does not say which one it was: it is called as its begin is; without one by its type."""
    asker = load(*LINES)
    found = asker.rows("SELECT name, duration_ns FROM events WHERE event = 'ExecutorStage' ORDER BY time, id")
    assert found == [
        ("ExecutorStage Re Queue", 4 * MS),
        ("ExecutorStage Prepare", MS),
        ("ExecutorStage Re Execute", 4 * MS),
        ("ExecutorStage", MS),
        ("ExecutorStage Prepare", MS),
    ]
    assert asker.rows("SELECT name FROM events WHERE event = 'ActionExecution'") == [("cxx x",)]


def test_what_an_action_is_made_of(load: Callable[..., Asker]) -> None:
    """The stages of an action are those right within it, in order, while it ran; nothing else is made of any."""
    asker = load(*LINES)
    (action,) = asker.rows("SELECT id FROM events WHERE event = 'ActionExecution'")
    found = event(asker, action[0])
    assert found is not None
    assert parts(asker, found.columns) == [
        Span("ExecutorStage Re Queue", 4 * MS),
        Span("ExecutorStage Re Execute", 4 * MS),
        Span("ExecutorStage", MS),
    ]
    for (other,) in asker.rows("SELECT id FROM events WHERE event NOT IN ('ActionExecution', 'ExecutorStage')"):
        found = event(asker, other)
        assert found is not None
        assert parts(asker, found.columns) == []
