"""Several logs with shuffled events, opened together: what is shown by time is in the order of time."""

from __future__ import annotations

import json
import random

import pytest

import oracle
from tlx.config.settings import Settings
from tlx.query import rows, runs, timeline
from tlx.query.ask import ALL, Asker, Scope
from tlx.session import Session

BEGIN_MS = 1_771_287_108_000


def records(dice, count):
    """Actions, instants and records of no known product, at few moments so that there are many ties."""
    found = []
    for number in range(count):
        end = BEGIN_MS + dice.randrange(60)
        found.append(
            dice.choice(
                (
                    {
                        "ActionExecutionEvent": {"kind": "Run", "duration_millis": dice.randrange(40)},
                        "epoch_millis": end,
                    },
                    {"StarlarkUserEvent": {"id": f"u{number}", "metadata": {}}, "epoch_millis": end},
                    {"timestamp": f"2026-02-17T00:11:48.{dice.randrange(1000):03}Z", "message": "hello"},
                    {"message": "no time"},
                )
            )
        )
    return found


def log(dice, *runs_of_it):
    """The text of a log: runs of so many events, each below a header, or without where the count is negative."""
    lines = []
    for count in runs_of_it:
        if count >= 0:
            start = [BEGIN_MS // 1000 + dice.randrange(9), 5]
            lines.append({"command_line_args": ["buck2"], "trace_id": str(count), "start_time": start})
        lines += records(dice, abs(count))
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


@pytest.fixture(scope="module")
def merged(tmp_path_factory):
    """An asker over three logs, and what the oracle reads in them."""
    dice = random.Random(11)  # noqa: S311  the same logs each time
    texts = [log(dice, 80, 40), log(dice, -90), log(dice, 30, 0)]
    folder = tmp_path_factory.mktemp("merged")
    paths = [folder / f"{number}.log" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_bytes(text)
    session = Session([str(path) for path in paths], Settings())
    session.start()
    session.wait()
    yield Asker(session.database), [oracle.read(text) for text in texts]
    session.close()


def arrivals(logs):
    """Every event with its place, as they arrive."""
    return [((number, event.line), event) for number, log in enumerate(logs) for event in log.events]


def begin(event):
    """When an event starts; one without a length when it ends."""
    return event.end if event.start is None else event.start


def in_order(found, key, *, descending=False):
    """Places by a key, missing ones last, ties as they arrived."""
    timed = [item for item in found if key(item[1]) is not None]
    timed.sort(key=lambda item: key(item[1]), reverse=descending)
    return [place for place, _ in timed] + [place for place, event in found if key(event) is None]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(("column", "key"), [("start", begin), ("time", lambda event: event.end)])
def test_rows_of_several_logs_are_by_time(merged, column, key, descending):
    """Sorted by a time, the events of all logs stand in the order of time, equal ones in order of arrival."""
    asker, logs = merged
    wanted = in_order(arrivals(logs), key, descending=descending)
    assert len(set(wanted)) == 240
    order = rows.Order(column, descending)
    assert rows.page(asker, ALL, ("source", "line"), order, (0, 999)) == wanted
    assert rows.page(asker, ALL, ("source", "line"), order, (100, 130)) == wanted[100:130]


def test_steps_on_the_timeline_are_by_time(merged):
    """The next event on the timeline is the one that starts next in any log."""
    asker, logs = merged
    wanted = in_order([item for item in arrivals(logs) if item[1].end is not None], begin)
    places = {row[0]: row[1:] for row in asker.rows("SELECT id, source, line FROM events")}
    steps, here = [], None
    while found := timeline.neighbour(asker, ALL, here, 1):
        here = found.id
        steps.append(places[here])
    assert steps == wanted
    spans = [item for item in arrivals(logs) if item[1].duration is not None]
    marks = timeline.marks(asker, ALL, timeline.extent(asker, ALL), 999)
    assert [places[mark.id] for mark in marks] == in_order(spans, begin)


def test_every_log_is_a_run_at_least(merged):
    """Each header makes a run, and so does a log without one; start and end are the first and last times in it."""
    asker, logs = merged
    found = runs.runs(asker)
    wanted = [(number, run) for number, log in enumerate(logs) for run in log.runs]
    assert [facts.run for facts in found] == [1, 2, 3, 4, 5]
    for facts, (source, run) in zip(found, wanted, strict=True):
        assert (facts.source, facts.line, facts.events) == (source, run.line, len(run.events))
        assert facts.actions == sum(event.duration is not None for event in run.events)
        seconds, nanos = (run.record or {}).get("start_time", (None, None))
        begins = [begin(event) for event in run.events if event.end is not None]
        assert facts.start == (min(begins) if seconds is None else seconds * 10**9 + nanos)
        assert facts.end == max((event.end for event in run.events if event.end is not None), default=None)


def test_a_run_alone_is_by_time(merged):
    """The events of one run alone stand in the order of time too."""
    asker, logs = merged
    scope, inside = Scope(run=3), arrivals(logs)[120:210]
    assert rows.page(asker, scope, ("source", "line"), rows.Order("start"), (0, 99)) == in_order(inside, begin)
    ends = [event.end for _, event in inside if event.end is not None]
    starts = [begin(event) for _, event in inside if event.end is not None]
    assert timeline.extent(asker, scope) == (min(starts), max(ends) + 1)
