"""`tlx insights` says what explains a run, in words and numbers, with the flags that lead there."""

from __future__ import annotations

import csv
import io
import json
import shlex
from collections import Counter

import pytest

import oracle

CATEGORY = {"category": lambda event: ((event.action or {}).get("name") or {}).get("category")}


@pytest.fixture
def build(sample_logs):
    """The plain sample."""
    return sample_logs / "build.json-lines"


@pytest.fixture(scope="module")
def counted(sample_logs):
    """The plain sample as Python reads it."""
    return oracle.read((sample_logs / "build.json-lines").read_bytes())


def by_name(rows):
    """Records by the name of their insight, which stands once."""
    assert max(Counter(record["name"] for record in rows).values()) == 1
    return {record["name"]: record for record in rows}


def test_the_numbers_are_those_of_the_log(rows, build, counted):
    """What took the most time, the slowest action and the cache rate are what Python counts."""
    found = by_name(rows("insights", build))
    actions = oracle.actions(counted)
    groups = oracle.durations(actions, CATEGORY["category"])
    most = max(groups, key=lambda name: groups[name]["total_ns"])
    values = found["most_time"]["values"]
    assert (values["group"], values["total_ns"], values["calls"]) == (
        most,
        groups[most]["total_ns"],
        groups[most]["calls"],
    )
    assert values["share"] == pytest.approx(groups[most]["share"])
    longest = max(actions, key=lambda event: event.duration)
    assert found["slowest"]["values"]["name"] == oracle.name(longest)
    assert found["slowest"]["values"]["duration_ns"] == longest.duration
    cache = oracle.stats(build.read_bytes())["cache"]
    assert found["cache_rate"]["values"] == {**cache, "rate": pytest.approx(cache["rate"])}
    assert len(found) >= 8


def test_a_filter_narrows_what_is_explained(rows, build, counted):
    """With a filter only its events are explained."""
    found = by_name(rows("insights", "-w", "category == rustc", build))
    actions = [event for event in oracle.actions(counted) if CATEGORY["category"](event) == "rustc"]
    assert found["most_time"]["values"]["calls"] == len(actions)
    assert found["most_time"]["values"]["share"] == pytest.approx(1)


def test_flags_lead_to_what_is_spoken_of(printed, rows, build):
    """The flags beneath a line are taken by other commands, and show events that it speaks of."""
    lines = printed("insights", build).out.decode().split("\n\n")[0].splitlines()
    flags = [shlex.split(line) for line in lines if line.startswith("    ")]
    records = [record for record in rows("insights", build) if record["jump"]["filter"] or record["jump"]["since"]]
    assert len(flags) == len(records) >= 6
    for words, record in zip(flags, records, strict=True):
        found = rows("events", "--columns", "event_id", *words, build)
        if record["jump"]["filter"]:
            assert found, words
        if record["jump"]["event_id"] and record["jump"]["filter"]:
            assert {"event_id": record["jump"]["event_id"]} in found


def test_a_person_is_told_what_the_log_does_not_hold(printed, build, counted):
    """Beneath the facts stands what a Buck2 user log lacks, with the command that has it for this very run."""
    text = " ".join(printed("insights", build).out.decode().split())
    trace = counted.runs[0].record["trace_id"]
    assert "Not in this log:" in text
    assert f"buck2 log what-failed --trace-id {trace}" in text
    assert f"no critical path: buck2 log critical-path --trace-id {trace}" in text
    assert f"waited for which other: buck2 log critical-path --trace-id {trace}" in text


def test_every_format_holds_the_same(printed, rows, build):
    """JSON and CSV say what the JSON lines say; the numbers stand as JSON in CSV."""
    records = rows("insights", build)
    assert json.loads(printed("insights", "--format", "json", build).out) == records
    table = list(csv.DictReader(io.StringIO(printed("insights", "--format", "csv", build).out.decode(), newline="")))
    assert [row["name"] for row in table] == [record["name"] for record in records]
    assert [json.loads(row["values"]) for row in table] == [record["values"] for record in records]
    assert [row["filter"] or None for row in table] == [record["jump"]["filter"] for record in records]


def test_hostile_names_are_shown_harmlessly(printed, tmp_path):
    """Names of a log in sentences and filters are shown literally, their control characters visible."""
    name = {"category": "\x1b[2J\u202e[red]x[/]\n' $(id)", "identifier": "\x9b"}
    body = {"kind": "Run", "execution_kind": "Local", "name": name, "duration_millis": 5}
    (tmp_path / "x").write_text(json.dumps({"ActionExecutionEvent": body, "epoch_millis": 1_771_287_109_000}) + "\n")
    text = printed("insights", "--color", "never", tmp_path / "x").out.decode()
    assert "␛[2J\\u202e[red]x[/]␊' $(id)" in text
    assert not {"\x1b", "\x9b", "\u202e"} & set(text)


def test_a_cut_and_an_empty_log_are_told(printed, rows, build, tmp_path):
    """What --limit leaves out is told, and so is that there is nothing to explain."""
    records = rows("insights", build)
    done = printed("insights", "--format", "jsonl", "--limit", 2, build)
    assert len(done.out.splitlines()) == 2
    assert done.err == f"tlx: the first 2 of {len(records)} insights; a larger --limit, or none, shows more\n"
    (tmp_path / "empty").touch()
    for form, out in (("table", b""), ("json", b"[]\n")):
        done = printed("insights", "--format", form, tmp_path / "empty")
        assert (done.out, done.err) == (out, "tlx: there are no insights\n")


def test_who_filters_for_failures_is_told_where_they_are(printed, build, counted, tmp_path):
    """On stderr, with the command; the data on stdout is not touched, and of another dialect nothing is said."""
    trace = counted.runs[0].record["trace_id"]
    done = printed("events", "-w", "failed", "--format", "json", build)
    assert json.loads(done.out) == []
    assert "does not say which actions failed" in done.err
    assert f"buck2 log what-failed --trace-id {trace}\n" in done.err
    assert "buck2 log" not in printed("events", "-w", "category = rustc", build).err
    log = tmp_path / "log.jsonl"
    log.write_text('{"ts":1,"level":"error","event":"a"}\n')
    assert printed("events", "-w", "failed", log).err == ""
