from __future__ import annotations

import json
from itertools import pairwise

import pytest

from tlx.config.settings import Settings
from tlx.query import runs
from tlx.query.ask import Asker, Scope
from tlx.query.event import event, longest
from tlx.session import Session

HEADER = {"command_line_args": ["buck2", "bxl", "a b"], "trace_id": "t-1", "start_time": [1_771_287_108, 500]}
USER = '{"StarlarkUserEvent":{"id":"x","metadata":{}},"epoch_millis":1771287109000}'
ENSURE = '{"BxlEnsureArtifactsEvent":{"duration_millis":30},"epoch_millis":1771287110000}'
GENERIC = '{"timestamp":"2026-11-20T10:00:00Z","message":"hello"}'


@pytest.fixture
def ask(tmp_path):
    """A function that loads logs through a session and returns an asker over them."""
    opened = []

    def load(*logs):
        paths = []
        for number, text in enumerate(logs):
            path = tmp_path / f"log{number}.json-lines"
            path.write_text(text, encoding="utf-8")
            paths.append(str(path))
        session = Session(paths, Settings())
        opened.append(session)
        session.start()
        session.wait()
        return Asker(session.database)

    yield load
    for session in opened:
        session.close()


def test_runs_are_cut_at_headers(ask):
    """Each header begins a run with its command, trace and start; its end is the last time seen."""
    asker = ask("\n".join([json.dumps(HEADER), USER, ENSURE, json.dumps({**HEADER, "trace_id": "t-2"}), USER]) + "\n")
    first, second = runs.runs(asker)
    assert (first.run, first.trace_id, first.command) == (1, "t-1", "buck2 bxl 'a b'")
    assert (first.start, first.end) == (1_771_287_108_000_000_500, 1_771_287_110_000_000_000)
    assert (first.events, first.dialect) == (2, "buck2-user")
    assert (second.run, second.trace_id, second.events) == (2, "t-2", 1)


def test_events_without_a_header_make_a_run(ask):
    """Events above any header make a run that starts with the first of them; without events there is none."""
    asker = ask(f"{ENSURE}\n{USER}\n")
    (run,) = runs.runs(asker)
    assert (run.command, run.trace_id, run.events, run.dialect) == (None, None, 2, "buck2-user")
    assert (run.start, run.end) == (1_771_287_109_000_000_000, 1_771_287_110_000_000_000)
    assert runs.runs(ask("")) == []


def test_a_run_that_only_began_is_still_a_run(ask):
    """A header without events is a run that has a start and no end."""
    (run,) = runs.runs(ask(json.dumps(HEADER) + "\n"))
    assert (run.events, run.start, run.end) == (0, 1_771_287_108_000_000_500, None)


def test_runs_of_two_sources_are_apart(ask):
    """A second source begins a run of its own, even where its first lines have no header."""
    asker = ask(f"{json.dumps(HEADER)}\n{USER}\n", f"{USER}\n{ENSURE}\n")
    assert [(run.source, run.events) for run in runs.runs(asker)] == [(0, 1), (1, 2)]


def test_sources_count_their_lines(ask):
    """A source counts its non-empty lines: events, headers and rejects."""
    text = f"{json.dumps(HEADER)}\n{USER}\n\n[1]\nnot json\n{GENERIC}\n"
    asker = ask(text, GENERIC + "\n")
    first, second = runs.sources(asker)
    assert (first.lines, second.lines) == (5, 1)
    assert (first.codec, first.bytes, first.decompressed_bytes) == ("plain", len(text), len(text))
    assert first.path.endswith("log0.json-lines")
    assert runs.line_kinds(asker) == {"event": 3, "header": 1, "text": 0, "reject": 2}


def test_counts_by_dialect_and_event(ask):
    """Events are counted by dialect and by type, the most frequent first; what has no type is unknown."""
    asker = ask(f"{USER}\n{USER}\n{ENSURE}\n{GENERIC}\n")
    assert list(runs.counts(asker, "dialect").items()) == [("buck2-user", 3), ("generic", 1)]
    assert list(runs.counts(asker, "event").items()) == [
        ("StarlarkUserEvent", 2),
        ("BxlEnsureArtifactsEvent", 1),
        ("unknown", 1),
    ]
    assert runs.total_duration(asker) == 30_000_000


def test_a_run_is_told_whole(ask):
    """A run says where it stands, what was worked in it, and how many of its lines are rejects."""
    action = '{"ActionExecutionEvent":{"kind":"Run","duration_millis":250},"epoch_millis":1771287111000}'
    head = json.dumps({**HEADER, "working_dir": "/home/dev"})
    asker = ask(f"bad\n{USER}\n\n{head}\n{ENSURE}\n{action}\n{action}\n[]\nbad\n")
    above, run = runs.runs(asker)
    assert (above.run, above.line, above.events, above.actions, above.rejects) == (1, 1, 1, 0, 1)
    assert (run.run, run.line, run.working_dir) == (2, 4, "/home/dev")
    assert (run.events, run.actions, run.duration_ns, run.rejects) == (3, 2, 500_000_000, 2)
    assert run.wall_ns == 1_771_287_111_000_000_000 - 1_771_287_108_000_000_500
    assert runs.runs(ask(json.dumps(HEADER) + "\n"))[0].wall_ns is None


def test_counts_can_be_of_one_run(ask):
    """Lines, events and durations are counted in one run as they would be in a log that holds nothing else."""
    first, second = [json.dumps(HEADER), USER, ENSURE, "bad"], [json.dumps(HEADER), GENERIC, ENSURE, ENSURE]
    both = ask("\n".join(first + second) + "\n")
    for run, lines in enumerate((first, second), 1):
        alone, scope = ask("\n".join(lines) + "\n"), Scope(run=run)
        assert runs.line_kinds(both, run) == runs.line_kinds(alone)
        assert runs.total_duration(both, scope) == runs.total_duration(alone)
        for column in ("dialect", "event"):
            assert runs.counts(both, column, scope) == runs.counts(alone, column)
    assert runs.line_kinds(both, 9) == {"event": 0, "header": 0, "text": 0, "reject": 0}


def test_an_event_is_shown_whole(ask):
    """One event comes with every column, its raw line and the path of its source; a stranger is None."""
    asker = ask(f"{json.dumps(HEADER)}\n{ENSURE}\n")
    found = event(asker, 2)
    assert found.raw == ENSURE
    assert (found.columns["line"], found.columns["run"], found.columns["duration_ns"]) == (2, 1, 30_000_000)
    assert found.path.endswith("log0.json-lines")
    assert event(asker, 99) is None


def test_the_longest_event_is_where_the_cursor_begins(ask):
    """The longest span is found, the first to arrive among equals; without any event there is none."""
    asker = ask(f"{USER}\n{ENSURE}\n{ENSURE}\n")
    assert longest(asker, "", []) == 2
    assert longest(asker, " WHERE run = ?", [5]) is None


def facts(run, start):
    """A run that begins at a time."""
    return runs.RunFacts(run, 0, run, None, None, None, None, start, None, 0, 0, 0, 0)


def test_the_last_run_is_the_one_that_begins_last():
    """Not the last in the file, and of equals the later met; one whose start is unknown comes before all."""
    found = [facts(1, 50), facts(2, 90), facts(3, 90), facts(4, 70), facts(5, None)]
    assert runs.find(found, "last").run == 3
    assert runs.find(found[-1:], "last").run == 5
    assert [runs.find(found, number).run for number in (1, 5)] == [1, 5]


@pytest.mark.parametrize(
    ("numbers", "wanted", "words"),
    [
        ((1, 2, 3), 7, "there is no run 7, only runs 1 to 3"),
        ((2,), 1, "there is no run 1, only run 2"),
        ((), "last", "there is no run last, for there are no events"),
        ((), 1, "there is no run 1, for there are no events"),
    ],
)
def test_a_run_that_is_not_there_is_named(numbers, wanted, words):
    """Who asks for a run that does not exist is told which there are."""
    with pytest.raises(runs.NoSuchRunError) as caught:
        runs.find([facts(number, number) for number in numbers], wanted)
    assert str(caught.value) == words


def test_the_run_beside_is_the_next_to_begin():
    """From run to run it goes by their starts; beyond the first and the last there is none."""
    found = [facts(1, 50), facts(2, 10), facts(3, 50), facts(4, None)]
    order = [4, 2, 1, 3]
    for here, following in pairwise(order):
        assert runs.beside(found, here, 1).run == following
        assert runs.beside(found, following, -1).run == here
    assert runs.beside(found, 4, -1) is None
    assert runs.beside(found, 3, 1) is None
    assert runs.beside([], 1, 1) is None


def test_a_traceback_is_no_event_of_its_run(ask):
    """Text behind an event stands among the events, but neither the run nor the log counts it as one."""
    line = {"timestamp": "2026-11-20T10:00:00Z", "level": "ERROR", "logger": "hephaestus.cli", "message": "failed"}
    asker = ask(f"{json.dumps(line)}\nTraceback (most recent call last):\nKeyError: 1\n{json.dumps(line)}\n")
    assert [run.events for run in runs.runs(asker)] == [runs.events(asker)] == [2]
    assert asker.row("SELECT count(*) FROM events") == (3,)
