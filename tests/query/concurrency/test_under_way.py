"""What has begun and not ended is in flight up to the newest time of its run, in every question about flight."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tlx.config.settings import Settings
from tlx.query import rows, runs
from tlx.query.ask import ALL, Asker, Scope
from tlx.query.concurrency.gaps import paces
from tlx.query.concurrency.slate import Stack, slate
from tlx.query.concurrency.sweep import curve, means, peak, sweep
from tlx.query.language.compile import compile_filter
from tlx.session import Session

SECOND = 10**9
ZERO = 1_795_225_200 * SECOND


class Half(NamedTuple):
    """A start or an end of an operation, or what happens in it, at a second."""

    second: int
    operation: str
    what: str

    def line(self) -> str:
        """The line of a log that says so."""
        record = {
            "timestamp": f"2026-11-21T01:40:{self.second:02}+00:00",
            "logger": "hephaestus.x",
            "level": "INFO",
            "message": "m",
            "event": f"cli.x.{self.what}",
            "payload": {"operation_id": self.operation},
        }
        return json.dumps(record)


HALVES = st.builds(
    Half,
    st.integers(0, 59),
    st.sampled_from("abcd"),
    st.sampled_from(["start", "start", "complete", "failed", "note"]),
)


def flown(halves: list[Half]) -> list[tuple[int, int, str, bool]]:
    """Start, end, operation, and whether it is open: an end closes the oldest start, or waits for one as early."""
    begun: dict[str, deque[int]] = defaultdict(deque)
    ended: dict[str, deque[int]] = defaultdict(deque)
    found, last = [], max(half.second for half in halves)
    for second, operation, what in halves:
        own = ended[operation]
        while what == "start" and own and own[0] < second:
            own.popleft()
        if what == "start" and own:
            found.append((second, own.popleft(), operation, False))
        elif what == "start":
            begun[operation].append(second)
        elif what != "note" and begun[operation]:
            found.append((begun[operation].popleft(), second, operation, False))
        elif what != "note":
            own.append(second)
    found += [(second, last, operation, True) for operation, waiting in begun.items() for second in waiting]
    return [
        (ZERO + begin * SECOND, ZERO + end * SECOND, operation, is_open) for begin, end, operation, is_open in found
    ]


def averages(spans: list[tuple[int, int]], window: tuple[int, int], buckets: int) -> tuple[float, ...]:
    """How many are in flight in each slice of a window, on average."""
    begin, width = window[0], -(-(window[1] - window[0]) // buckets)
    lefts = range(begin, begin + width * buckets, width)
    areas = [sum(max(0, min(end, left + width) - max(start, left)) for start, end in spans) for left in lefts]
    return tuple(float(Fraction(area, width)) for area in areas)


def most(spans: list[tuple[int, int]]) -> int:
    """The most in flight at any moment."""
    return max((sum(start <= moment < end for start, end in spans) for moment, _ in spans), default=0)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """Where a log is written."""
    return tmp_path / "log"


def loaded(path: Path, halves: list[Half]) -> Session:
    """A session that has read a log of these."""
    path.write_text("".join(half.line() + "\n" for half in halves), "utf-8")
    session = Session([str(path)], Settings())
    session.start()
    session.wait()
    return session


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    halves=st.lists(HALVES, min_size=1, max_size=25).map(sorted),
    text=st.sampled_from(["", "span == a"]),
    edge=st.tuples(st.integers(0, 59), st.integers(1, 60)),
    buckets=st.integers(1, 9),
)
def test_everything_in_flight_is_what_python_counts(log, halves, text, edge, buckets):
    """The curve with its kinds of tables, the peak, the pace of the run and the count of runs, filtered or not."""
    session = loaded(log, halves)
    try:
        asker, scope = Asker(session.database), Scope(compile_filter(text))
        window = (ZERO + edge[0] * SECOND, ZERO + sum(edge) * SECOND)
        found = [one for one in flown(halves) if not text or one[2] == "a"]
        long = [(start, end) for start, end, *_ in found if start < end]
        held = slate(asker, scope, Stack("status", ("open", "other")))
        for of in (scope, held):
            kept = sweep(asker, of)
            assert means(asker, of, window, buckets) == averages(long, window, buckets)
            for seen in (curve(asker, of, window, buckets), curve(asker, of, window, buckets, kept)):
                assert seen.mean == averages(long, window, buckets)
                cut = [(max(start, window[0]), min(end, seen.window[1])) for start, end in long]
                assert seen.busiest == most([(start, end) for start, end in cut if start < end])
        highest = peak(asker, scope)
        assert (highest.level if highest else 0) == most(long)
        (pace,) = paces(asker, scope)
        assert pace.actions == len(found)
        assert pace.total_ns == sum(end - start for start, end, *_ in found)
        busy = {second for start, end in long for second in range(start // SECOND, end // SECOND)}
        assert pace.busy_ns == len(busy) * SECOND
        assert [run.unended for run in runs.runs(asker)] == [sum(one[3] for one in flown(halves))]
    finally:
        session.close()


def test_a_list_of_actions_has_those_that_are_open_last(log):
    """They have no duration, and stand behind those that have one, whichever way it is sorted."""
    halves = [Half(1, "a", "start"), Half(2, "b", "start"), Half(5, "b", "complete"), Half(9, "c", "note")]
    session = loaded(log, halves)
    try:
        asker, scope = Asker(session.database), Scope(actions_only=True)
        columns = ("event", "duration_ns", "status")
        for descending in (False, True):
            order = rows.Order("duration_ns", descending)
            assert rows.total(asker, scope) == 2
            assert rows.page(asker, scope, columns, order, (0, 9)) == [
                ("cli.x.complete", 3 * SECOND, "ok"),
                ("cli.x.start", None, "open"),
            ]
    finally:
        session.close()


def test_stages_of_buck2_are_no_actions_while_they_are_open(log):
    """Of its normal log, what is open counts only where it is an action; all count as open spans."""

    def begun(span: int, data: dict) -> str:
        event = {"timestamp": [1758580987 + span, 0], "trace_id": "t", "span_id": span}
        return json.dumps({"Event": {**event, "data": {"SpanStart": {"data": data}}}})

    action = {"ActionExecution": {"kind": 3, "name": {"category": "c", "identifier": "i"}}}
    lines = [begun(1, {"Command": {"metadata": {}}}), begun(2, action), begun(3, {"Analysis": {}})]
    log.write_text("\n".join(lines) + "\n", "utf-8")
    session = Session([str(log)], Settings())
    try:
        session.start()
        session.wait()
        asker = Asker(session.database)
        assert rows.total(asker, Scope(actions_only=True)) == 1
        assert peak(asker, ALL).level == 1
        assert [run.unended for run in runs.runs(asker)] == [3]
    finally:
        session.close()
