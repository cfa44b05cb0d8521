"""Spans without an end: counted, the longest told, and where they stand in the facts that explain a log."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tlx.config.settings import Settings
from tlx.query.ask import ALL, Asker, Scope
from tlx.query.concurrency.unended import number, unended
from tlx.query.event import event
from tlx.query.insights.insights import insights
from tlx.query.language.compile import compile_filter
from tlx.query.rows import total
from tlx.session import Session

SECOND = 10**9
ZERO = 1_795_225_200 * SECOND
Ask = Callable[..., Asker]


def half(operation: str, event: str, second: int) -> str:
    """A line that starts or ends a span."""
    record = {
        "timestamp": f"2026-11-21T01:40:{second:02}+00:00",
        "level": "INFO",
        "logger": "hephaestus.x",
        "message": "m",
        "event": event,
        "payload": {"operation_id": operation},
    }
    return json.dumps(record)


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Ask]:
    """Load lines, and return what answers questions about them."""
    sessions: list[Session] = []

    def loaded(*lines: str) -> Asker:
        path = tmp_path / "log"
        path.write_text("\n".join(lines) + "\n", "utf-8")
        sessions.append(Session([str(path)], Settings()))
        sessions[-1].start()
        sessions[-1].wait()
        return Asker(sessions[-1].database)

    yield loaded
    for session in sessions:
        session.close()


def test_none(ask: Ask) -> None:
    """Where all has ended there is nothing to say."""
    asker = ask(half("a", "cli.x.start", 1), half("a", "cli.x.complete", 2))
    assert number(asker, ALL) is None
    assert unended(asker, ALL, 10) == []
    assert "unended" not in {one.name for one in insights(asker, ALL)}


@pytest.mark.parametrize(("events", "found"), [(("start",), True), (("start", "complete"), False)])
def test_known_for_good(ask: Ask, events: tuple[str, ...], found: bool) -> None:  # noqa: FBT001  a parameter
    """Once there will be no more events it is known whether any span has no end: nobody looks again."""
    asker = ask(*(half("a", f"cli.x.{event}", second) for second, event in enumerate(events)))
    assert bool(asker.rows("SELECT id FROM unjoined WHERE starts")) == found
    asker.rows("INSERT INTO unjoined (starts) VALUES (TRUE)" if not found else "DELETE FROM unjoined")
    assert asker.has_unended() == found


def test_some(ask: Ask) -> None:
    """What began first has been open longest, up to the last event of the run; the filter leads to what is open."""
    asker = ask(
        half("a", "cli.x.start", 1),
        half("b", "cli.y.start", 4),
        half("b", "cli.z.start", 2),
        half("a", "cli.x.complete", 7),
        '{"status": "open", "message": "another word for an issue"}',
    )
    found = number(asker, ALL)
    assert found is not None
    assert (found.spans, found.id, found.name, found.open_ns) == (2, 3, "cli.z.start", 5 * SECOND)
    assert [(one.id, one.start) for one in unended(asker, ALL, 10)] == [(3, ZERO + 2 * SECOND), (2, ZERO + 4 * SECOND)]
    assert len(unended(asker, ALL, 1)) == 1
    (told,) = (one for one in insights(asker, ALL) if one.name == "unended")
    assert told.text == "2 spans never ended in this log; longest open is cli.z.start: 5s"
    assert told.jump.event == 3
    condition = compile_filter(f"{told.jump.filter} dialect = hephaestus")
    assert total(asker, Scope(condition)) == 2
    there = Scope(compile_filter("name = cli.y.start"))
    one = number(asker, there)
    assert one is not None
    assert (one.spans, one.id) == (1, 2)


def test_without_times(ask: Ask) -> None:
    """A log of text has no times, but what was never ended is known."""
    asker = ask("INFO a.b: x | event=cli.x.start run_id=r operation=o operation_id=op-1")
    (told,) = (one for one in insights(asker, ALL) if one.name == "unended")
    assert told.text == "1 span never ended in this log"
    assert unended(asker, ALL, 10) == []


def test_an_event_knows_its_other_half(ask: Ask) -> None:
    """A start says where it ends, or that no end was seen; an end needs nothing more."""
    asker = ask(half("a", "cli.x.start", 1), half("b", "cli.x.start", 1), half("a", "cli.x.failed", 3))
    found = [event(asker, number) for number in (1, 2, 3)]
    assert [(one.is_open, one.ended) for one in found if one] == [(False, 3), (True, None), (False, None)]
