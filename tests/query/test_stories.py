"""Stories: what belongs together, told in chapters and in order of time; counted anew in plain Python."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlx.config.settings import Settings
from tlx.dialects.known import DIALECTS
from tlx.dialects.samples import writers
from tlx.model import EVENT_COLUMNS
from tlx.query.ask import Asker, Scope
from tlx.query.language.compile import compile_filter
from tlx.query.rows import total
from tlx.query.whole import stories
from tlx.session import Session

SAMPLES = Path(__file__).parents[2] / "sample_logs"
RUN = "ci-20261120-003"


@pytest.fixture(scope="module")
def ask():
    """A function that gives what answers questions about a sample log."""
    sessions = {}

    def asked(name):
        if name not in sessions:
            sessions[name] = Session([str(SAMPLES / name)], Settings())
            sessions[name].start()
            sessions[name].wait()
        return Asker(sessions[name].database)

    yield asked
    for session in sessions.values():
        session.close()


def told(asker, value, name):
    """The story of a name that a value names, as an outline."""
    (one,) = [found for found in stories.named(asker, value) if found.story.name == name]
    return stories.outline(asker, one)


def nanoseconds(text):
    """A time of RFC 3339 to the microsecond, in ns since the epoch."""
    moment = datetime.fromisoformat(text) - datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    return round(moment.total_seconds() * 10**6) * 1000


def test_a_run_is_told_in_operations_and_events(ask):
    """A run of Hephaestus has a chapter for each operation: its events in order, gaps, and its outcome."""
    records = [json.loads(line) for line in (SAMPLES / "hephaestus.log").read_text().splitlines() if line[0] == "{"]
    records = [record for record in records if record["run_id"] == RUN]
    times = [nanoseconds(record["timestamp"]) for record in records]
    asker = ask("hephaestus.log")
    found = told(asker, RUN, "run")
    chapter, *lines = found.lines
    facts = stories.facts(asker, [line.id for line in lines])
    assert (chapter.depth, chapter.chapter.name) == (0, records[0]["payload"]["operation"])
    assert chapter.chapter.value == records[0]["payload"]["operation_id"]
    assert (chapter.chapter.begin, chapter.chapter.end) == (times[0], times[-1]) == (found.begin, found.end)
    assert (chapter.chapter.status, found.failed) == ("failed", 1)
    assert found.events == chapter.chapter.events == len(lines) == len(records) + 1
    assert [facts[line.id].name for line in lines[:-1]] == [record["event"] for record in records]
    assert facts[lines[-1].id].name.startswith("PermissionError")
    assert all(line.depth >= 1 for line in lines)
    assert [line.gap_ns for line in lines[1:-1] if line.depth == 1] == [
        after - before for before, after, line in zip(times, times[1:], lines[1:-1], strict=False) if line.depth == 1
    ]


def test_an_operator_holds_what_shares_its_traces(ask):
    """Events that name no operator belong to it by the trace of one that does, a chapter a trace."""
    records = [json.loads(line) for line in (SAMPLES / "beamlens.jsonl").read_text().splitlines()]
    traces = {record["metadata"]["trace_id"] for record in records if "operator" in record["metadata"]}
    wanted = [record for record in records if record["metadata"]["trace_id"] in traces]
    found = told(ask("beamlens.jsonl"), "Beamlens.Skill.Beam", "operator")
    chapters = {line.chapter.value: line.chapter.events for line in found.lines if line.chapter}
    counts = defaultdict(int)
    for record in wanted:
        counts[record["metadata"]["trace_id"]] += 1
    assert found.events == len(wanted) > sum("operator" in record["metadata"] for record in records)
    assert chapters == counts
    assert found.failed == sum(record["event"][-1] == "exception" for record in records)
    assert len(found.lines) == len(wanted) + len(traces)


@pytest.mark.parametrize("log", [*writers(), "normal.json-lines.zst"])
def test_every_event_is_in_its_stories(ask, log):
    """Each story of an event holds it once, and the filter of a story lets all of its events pass and no others."""
    asker = ask(log)
    ids = [row[0] for row in asker.rows("SELECT id FROM events ORDER BY hash(id) LIMIT 4")]
    seen = 0
    for event_id in ids:
        for one in stories.of_event(asker, event_id):
            found = stories.outline(asker, one)
            events = [line.id for line in found.lines if line.chapter is None]
            assert events.count(event_id) == 1
            assert len(set(events)) == len(events) == found.events
            clause = stories.clause(asker, one)
            assert total(asker, Scope(compile_filter(clause))) <= found.events
            if not one.story.through:
                assert total(asker, Scope(compile_filter(clause))) == found.events
            assert one in stories.named(asker, one.value)
            seen += 1
    assert seen >= len(ids)


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_a_story_is_what_python_tells(fill, data):
    """Of any log a trace's outline holds its events in order of time, and each chapter those of one span."""
    hostile = ("a", "b", "'; DROP TABLE events; --", "[b]x[/]", "")
    records = data.draw(
        st.lists(
            st.fixed_dictionaries(
                {"timestamp": st.integers(1, 30).map(lambda second: f"2026-01-01T00:00:{second:02}Z")},
                optional={
                    "trace_id": st.sampled_from(hostile),
                    "span_id": st.sampled_from(hostile),
                    "duration_ns": st.integers(0, 5 * 10**9),
                    "status": st.sampled_from(("ok", "failed", "odd")),
                },
            ),
            max_size=12,
        )
    )
    filled = fill([json.dumps(record) for record in records]) if records else fill()
    for value in hostile:
        own = [event for event in filled.events if event["trace"] == value]
        found = [one for one in stories.named(filled.asker, value) if one.story.key == "trace"]
        assert len(found) == bool(own)
        if not own:
            continue
        outline = stories.outline(filled.asker, found[0])
        begins = {event["id"]: event["start"] if event["start"] is not None else event["time"] for event in own}
        events = [line.id for line in outline.lines if line.chapter is None]
        assert sorted(events) == sorted(begins)
        assert (outline.events, outline.failed) == (len(own), sum(event["status"] == "failed" for event in own))
        assert (outline.begin, outline.end) == (min(begins.values()), max(event["time"] for event in own))
        for span in {event["span"] for event in own}:
            inside = [event["id"] for event in own if event["span"] == span]
            longs = {event["id"]: -1 if event["duration_ns"] is None else event["duration_ns"] for event in own}
            wanted = sorted(inside, key=lambda one: (begins[one], -longs[one], one))
            assert [one for one in events if one in inside] == wanted
            chapter = [line.chapter for line in outline.lines if line.chapter and line.chapter.value == span]
            assert [one.events for one in chapter] == ([] if span is None else [len(inside)])


@pytest.mark.parametrize("year", [1969, 1971])
def test_the_outcome_of_a_chapter_is_that_of_the_last_that_has_one(fill, year):
    """What ends last tells how a chapter ended, in whatever year; what has no time only where nothing else does."""
    seconds = [("00", "odd"), ("02", "ok"), ("03", None)]
    records = [{"timestamp": f"{year}-01-01T00:00:{at}Z", "status": status} for at, status in seconds]
    filled = fill(
        [json.dumps({**record, "trace_id": "t", "span_id": "s"}) for record in [{"status": "late"}, *records]]
    )
    (line,) = [line for line in told(filled.asker, "t", "trace").lines if line.chapter]
    assert line.chapter.status == "ok"


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_stories_name_columns(dialect):
    """Every dialect tells stories, by columns that events have."""
    assert dialect.stories
    for story in dialect.stories:
        assert {story.key, story.calls, *story.levels, story.through or "name"} <= set(EVENT_COLUMNS)


def test_nothing_is_told_of_what_is_not_there(fill):
    """An unknown id names nothing, and an event that is gone or says nothing of others is in no story."""
    filled = fill(['{"timestamp":"2026-01-01T00:00:00Z"}'])
    assert stories.named(filled.asker, "x") == []
    assert stories.of_event(filled.asker, filled.events[0]["id"]) == stories.of_event(filled.asker, 10**6) == []
    assert stories.names(filled.asker) == ["trace (trace)", "span (span)", "events of one name (name)"]
