"""The critical path of a build, step by step: a story, in the inspector, and as `tlx story` prints it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlx.cli.main import run as run_tlx
from tlx.config.settings import Settings
from tlx.query.ask import ACTIONS, Asker, Scope
from tlx.query.language.compile import compile_filter
from tlx.query.whole import stories
from tlx.query.whole.critical import course_of
from tlx.session import Session

HEADER = {"command_line_args": ["buck2", "build"], "working_dir": "/", "trace_id": "t", "start_time": [10, 0]}
SECOND = 10**9


def event(data: Any, at: int, span: int = 0) -> dict[str, Any]:
    """A record at a second."""
    return {"Event": {"timestamp": [at, 0], "trace_id": "t", "span_id": span, "parent_id": 0, "data": data}}


def action(span: int, at: int, seconds: int, *, failed: bool = False) -> list[dict[str, Any]]:
    """The start and the end of an action."""
    body = {"kind": "Run", "name": {"category": "cxx", "identifier": str(span)}}
    ended = {"duration_us": seconds * 10**6, "data": {"ActionExecution": {**body, "failed": failed}}}
    begun = event({"SpanStart": {"data": {"ActionExecution": body}}}, at - seconds, span)
    return [begun, event({"SpanEnd": ended}, at, span)]


def step(seconds: int, gain: int = 0, spans: tuple[int, ...] = ()) -> dict[str, Any]:
    """A step of a critical path."""
    entry = {"Load": {"package": f"root//p{seconds}"}}
    gained = {"potential_improvement_duration_us": gain * 10**6 or None}
    return {"duration_us": seconds * 10**6, "entry": entry, "span_ids": list(spans), **gained}


def graph(*steps: Any, at: int = 90) -> dict[str, Any]:
    """The instant that tells a critical path."""
    return event({"Instant": {"data": {"BuildGraphInfo": {"critical_path2": list(steps)}}}}, at)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Asker]]:
    """A function that loads records and returns what answers questions about them."""
    opened: list[Any] = []

    def load(*records: Any) -> Asker:
        path = tmp_path / "log"
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
        session = Session([str(path)], Settings())
        session.start()
        session.wait()
        opened.extend((session, Asker(session.database)))
        asker: Asker = opened[-1]
        return asker

    yield load
    for one in reversed(opened):
        one.close()


BUILD = (
    HEADER,
    *action(7, 20, 4),
    *action(8, 23, 2, failed=True),
    *action(9, 60, 9),
    graph(step(3), step(4, 2, (7,)), step(1), step(3, 1, (8, 77))),
)


def line_of(asker: Asker, name: str) -> int:
    """The id of an action that ended."""
    return int(
        asker.row("SELECT id FROM events WHERE own_name IS NULL AND identifier = ? AND duration_ns > 0", [name])[0]
    )


def test_the_steps_in_order(opened: Callable[..., Asker]) -> None:
    """Each step is a chapter as long as the path says, with its spans; one without any stands where it must."""
    asker = opened(*BUILD)
    told = stories.of_event(asker, line_of(asker, "7"))[0]
    assert (told.story.name, told.value) == ("critical path", "1")
    found = stories.outline(asker, told)
    chapters = [line.chapter for line in found.lines if line.chapter]
    assert [(one.value, one.name) for one in chapters] == [
        (f"step {number} of 4", f"Load root//p{seconds}") for number, seconds in enumerate((3, 4, 1, 3), 1)
    ]
    assert [((one.begin or 0) // SECOND, (one.end or 0) // SECOND) for one in chapters] == [
        *((13, 16), (16, 20), (20, 21), (21, 24))
    ]
    assert [(one.gain_ns // SECOND, one.events, one.status) for one in chapters] == [
        *((0, 0, None), (2, 1, "ok"), (0, 0, None), (1, 1, "failed"))
    ]
    own = [line.id for line in found.lines if line.chapter is None]
    assert own == [line_of(asker, "7"), line_of(asker, "8"), asker.row("SELECT max(id) FROM events")[0]]
    assert (found.events, found.failed) == (3, 1)
    scope = Scope(compile_filter(stories.clause(asker, told)))
    where, values = scope.where()
    assert [row[0] for row in asker.rows(f"SELECT id FROM events{where} ORDER BY id", values)] == sorted(own)  # noqa: S608


def test_what_is_not_on_it(opened: Callable[..., Asker]) -> None:
    """An action beside the path is in other stories; the event that tells the path is in it; nothing counts twice."""
    asker = opened(*BUILD)
    assert course_of(asker, line_of(asker, "9")) is None
    assert "critical path" not in [one.story.name for one in stories.of_event(asker, line_of(asker, "9"))]
    last = asker.row("SELECT max(id) FROM events")[0]
    assert next(one.story.name for one in stories.of_event(asker, last)) == "critical path"
    assert asker.row(f"SELECT count(*), sum(duration_ns) FROM events WHERE {ACTIONS}") == (3, 15 * SECOND)  # noqa: S608


def test_it_is_printed(opened: Callable[..., Asker], tmp_path: Path) -> None:
    """`tlx story LOG 1 --by run` prints the steps with what each could save, for people and for programs."""
    asker = opened(*BUILD)
    assert stories.named(asker, "1")[-1].story.course
    out = tmp_path / "out"
    command = ["story", str(tmp_path / "log"), "1", "--by", "run", "-o", str(out), "--format"]
    assert run_tlx([*command, "jsonl"]) == 0
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    steps = [row for row in rows if row["chapter"]]
    assert [(row["duration_ns"] // SECOND, row["gain_ns"]) for row in steps] == [
        *((3, None), (4, 2 * SECOND), (1, None), (3, SECOND))
    ]
    assert run_tlx([*command, "table"]) == 0
    assert "could save" in out.read_text()
    assert "[Load root//p4 step 2 of 4]" in out.read_text()
    assert run_tlx(["story", str(tmp_path / "log"), "2", "--by", "run"]) == 2


@settings(max_examples=15, deadline=None)
@given(
    paths=st.lists(
        st.tuples(st.integers(0, 9), st.integers(0, 3), st.lists(st.integers(1, 6), max_size=3).map(tuple)), max_size=6
    ),
    ended=st.lists(st.integers(1, 6), unique=True, max_size=6),
)
def test_any_path(tmp_path_factory: pytest.TempPathFactory, paths: list[Any], ended: list[int]) -> None:
    """However steps share spans, or name such as the log does not hold, each span stands in the first of its steps."""
    path = tmp_path_factory.mktemp("any") / "log"
    records = [
        HEADER,
        *(one for span in ended for one in action(span, 20 + span, span)),
        graph(*(step(*one) for one in paths)),
    ]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    session = Session([str(path)], Settings())
    try:
        session.start()
        session.wait()
        asker = Asker(session.database)
        told = [one for one in stories.named(asker, "1") if one.story.course]
        assert bool(told) == bool(paths)
        for one in told:
            found = stories.outline(asker, one)
            lines = [line for line in found.lines if line.chapter is None]
            on = {span for _, _, spans in paths for span in spans} & set(ended)
            assert sorted(line.id for line in lines[:-1]) == sorted(line_of(asker, str(span)) for span in on)
            for span in ended:
                numbers = [number for number, (_, _, spans) in enumerate(paths, 1) if span in spans]
                place = course_of(asker, line_of(asker, str(span)))
                assert (place[1] if place else []) == numbers
            steps = [line.chapter for line in found.lines if line.chapter]
            assert [line.gain_ns // SECOND for line in steps] == [gain for _, gain, _ in paths]
            assert on == set() or [((x.end or 0) - (x.begin or 0)) // SECOND for x in steps] == [x for x, _, _ in paths]
        asker.close()
    finally:
        session.close()
