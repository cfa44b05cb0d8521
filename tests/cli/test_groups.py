"""`tlx durations`, `tlx kinds` and `tlx timeline` say what plain Python counts."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime

import pytest

import oracle
from tlx import units

KEYS = {
    "name": oracle.name,
    "category": lambda event: ((event.action or {}).get("name") or {}).get("category"),
    "kind": lambda event: (event.action or {}).get("kind"),
    "execution_kind": lambda event: (event.action or {}).get("execution_kind"),
    "owner": lambda event: (event.action or {}).get("owner"),
}


@pytest.fixture
def build(sample_logs):
    """The plain sample."""
    return sample_logs / "build.json-lines"


@pytest.fixture(scope="module")
def counted(sample_logs):
    """The plain sample as Python reads it."""
    return oracle.read((sample_logs / "build.json-lines").read_bytes())


def is_slow(event):
    """Whether an event passes the filter `duration > 300ms execution_kind in (Local, Remote)`."""
    kind = (event.action or {}).get("execution_kind")
    return event.duration is not None and event.duration > 300_000_000 and kind in ("Local", "Remote")


SLOW = ("-w", "duration > 300ms", "-w", "execution_kind in (Local, Remote)")


@pytest.mark.parametrize("by", KEYS)
def test_durations_of_groups(rows, build, counted, by):
    """Calls, times, wall, percentiles and share of each group, with and without a filter."""
    for arguments, keep in (((), lambda event: True), (SLOW, is_slow)):
        found = rows("durations", "--by", by, *arguments, build)
        wanted = oracle.durations([event for event in oracle.actions(counted) if keep(event)], KEYS[by])
        assert all(list(record) == ["group", *wanted[record["group"][by]]] for record in found)
        assert {record.pop("group")[by]: approximately(record) for record in found} == wanted
        assert len(found) == len(wanted)


def approximately(record):
    """A record with its fractions compared as such."""
    return {key: pytest.approx(value) if isinstance(value, float) else value for key, value in record.items()}


def test_durations_by_several_fields(rows, build, counted):
    """Groups may be of several fields, named together or one by one, each in the record's group."""
    wanted = oracle.durations(oracle.actions(counted), lambda event: (KEYS["category"](event), KEYS["kind"](event)))
    for by in (("--by", "category,kind"), ("--by", "category", "--by", "kind")):
        found = rows("durations", *by, build)
        assert all(list(record["group"]) == ["category", "kind"] for record in found)
        assert {tuple(record.pop("group").values()): approximately(record) for record in found} == wanted


def test_durations_are_sorted(rows, build):
    """By the total from the greatest on unless another column is named, with or without its unit, or a field."""
    assert_sorted(rows("durations", build), lambda record: -record["total_ns"])
    assert_sorted(rows("durations", "--sort", "p99", build), lambda record: -record["p99_ns"])
    assert_sorted(rows("durations", "--sort", "wall_ns:asc", build), lambda record: record["wall_ns"])
    assert_sorted(rows("durations", "--sort", "calls", build), lambda record: -record["calls"])
    found = rows("durations", "--by", "category,kind", "--sort", "kind:desc", build)
    assert [record["group"]["kind"] for record in found] == sorted(
        (record["group"]["kind"] for record in found), reverse=True
    )
    found = rows("durations", "--by", "category", "--sort", "label", build)
    assert_sorted(found, lambda record: record["group"]["category"])


def assert_sorted(found, key):
    """Rows come in an order."""
    values = [key(record) for record in found]
    assert len(set(values)) > 2
    assert values == sorted(values)


@pytest.mark.parametrize("by", [None, "category", "owner", "kind"])
def test_kinds_of_events(rows, build, counted, by):
    """Count, time, share, bytes and cache hits of each value of a field; of actions alone by their execution kind."""
    key = KEYS[by or "execution_kind"]
    for arguments, keep in (((), lambda event: True), (SLOW, is_slow)):
        found = rows("kinds", *(("--by", by) if by else ()), *arguments, build)
        events = [event for event in counted.events if keep(event) and (by or event.action is not None)]
        if by == "kind":  # other events have kinds of their own
            found = [record for record in found if record["group"]["kind"] not in ("ensure", "user")]
            wanted = {value: facet for value, facet in oracle.facets(events, key).items() if value is not None}
        else:
            wanted = oracle.facets(events, key)
        assert {record.pop("group")[by or "execution_kind"]: approximately(record) for record in found} == wanted


def test_kinds_of_a_payload_path(rows, build, counted):
    """Any path of the payload can be counted; what has none comes last."""
    found = rows("kinds", "--by", "metadata.name", build)
    lines = build.read_bytes().split(b"\n")
    names = [
        ((json.loads(lines[event.line - 1]).get("StarlarkUserEvent") or {}).get("metadata") or {}).get("name")
        for event in counted.events
    ]
    assert {record["group"]["metadata.name"]: record["count"] for record in found} == {
        name: names.count(name) for name in set(names)
    }
    assert found[-1]["group"] == {"metadata.name": None}


@pytest.mark.parametrize("number", [1, 7, 60])
def test_timeline(rows, build, counted, number):
    """Each slice counts the events that end in it, by execution kind, and the actions in flight."""
    begin, end = extent(counted)
    width = -(-(end - begin) // number)
    for arguments, keep in (((), lambda event: True), (SLOW, is_slow)):
        found = rows("timeline", "--buckets", number, *arguments, build)
        assert len(found) == number
        for record, wanted in zip(found, oracle.timeline(counted, (begin, end), width, keep), strict=True):
            record["execution_kinds"] = {kind: n for kind, n in record["execution_kinds"].items() if n}
            assert approximately(record) == wanted
        assert sum(record["events"] for record in found) == sum(map(keep, counted.events))


def extent(log):
    """From the start of the first run, or its first event where that is earlier, to behind the last end."""
    headers = [run.record["start_time"] for run in log.runs if run.record]
    begin = min(
        *(time for event in log.events for time in (event.start, event.end) if time is not None),
        *(seconds * 10**9 + rest for seconds, rest in headers),
    )
    return begin, max(event.end for event in log.events if event.end is not None) + 1


def test_timeline_of_a_part(rows, build, counted):
    """Between --since and --until lie the slices, and what reaches out of them counts for its part."""
    run = counted.runs[0].record["start_time"]
    begin = run[0] * 10**9 + run[1] + 20 * 10**9
    found = rows("timeline", "--buckets", 5, "--since", "+20s", "--until", "+30s", build)
    assert [datetime.fromisoformat(record["begin"][:26] + "+00:00").second for record in found]
    wanted = oracle.timeline(counted, (begin, begin + 10 * 10**9), 2 * 10**9, lambda event: True)
    for record, slice_ in zip(found, wanted, strict=True):
        record["execution_kinds"] = {kind: n for kind, n in record["execution_kinds"].items() if n}
        assert approximately(record) == slice_
    assert sum(record["events"] for record in found) > 0


def test_slices_are_no_shorter_than_a_nanosecond(rows, tmp_path):
    """Of less time than slices are wanted for, there are as many as there are nanoseconds."""
    path = tmp_path / "x"
    lines = ({"timestamp": 1_771_287_109_000_000_000 + ns, "event": "a"} for ns in (5, 7))
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = rows("timeline", "--buckets", 100_000, path)
    assert [record["events"] for record in found] == [1, 0, 1]


def test_one_action_was_in_flight(printed, tmp_path):
    """Of one action it is said that it was."""
    path = tmp_path / "log.jsonl"
    path.write_text('{"ts": 1771287109, "event": "a", "duration_s": 1}\n')
    assert "at most 1 action was in flight at once" in printed("timeline", "--buckets", 1, path).out.decode()


def test_tables_show_the_same(printed, rows, build):
    """What a person gets holds the figures of the records, and beneath them what they mean."""
    record = rows("durations", "--by", "category", build)[0]
    done = printed("durations", "--by", "category", build)
    lines = done.out.decode().splitlines()
    assert lines[0].split()[:5] == ["category", "calls", "total", "wall", "mean"]
    assert lines[1].split()[:2] == [record["group"]["category"], f"{record['calls']:,}"]
    assert "nearest rank" in lines[-2]
    lines = printed("kinds", build).out.decode().splitlines()
    assert "cached Run actions / all Run actions" in lines[-1]
    lines = printed("timeline", "--buckets", 3, build).out.decode().splitlines()
    assert len(lines) == 7
    assert "actions were in flight at once" in lines[-3]
    said = {record["name"]: record for record in rows("insights", build)}
    idle, tail = said["idle"]["values"], said["tail"]["values"]
    assert lines[-2] == (
        f"idle: no action ran for {units.duration(idle['idle_ns'])}, in {idle['gaps']} gaps,"
        f" the longest {units.duration(idle['length_ns'])}"
    )
    assert lines[-1] == f"tail: at most one action ran in the last {units.duration(tail['tail_ns'])}"


def test_csv_is_flat(printed, rows, build):
    """In CSV each field of a group and each execution kind has a column of its own."""
    done = printed("durations", "--by", "category,kind", "--format", "csv", build)
    table = list(csv.reader(io.StringIO(done.out.decode(), newline="")))
    assert table[0][:4] == ["category", "kind", "calls", "total_ns"]
    assert len(table) == 1 + len(rows("durations", "--by", "category,kind", build))
    done = printed("timeline", "--buckets", 2, "--format", "csv", build)
    assert b"execution_kinds.Local," in done.out.splitlines()[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("durations", "--by", "category"), "groups of actions"),
        (("kinds", "--by", "category"), "values of category"),
        (("timeline",), "slices"),
    ],
)
def test_a_cut_is_announced(printed, build, arguments, words):
    """With --limit the first rows are printed, and standard error says of how many."""
    rows = printed(*arguments, "--format", "jsonl", build).out.splitlines()
    done = printed(*arguments, "--format", "jsonl", "--limit", 2, build)
    assert done.out.splitlines() == rows[:2]
    assert done.err == f"tlx: the first 2 of {len(rows)} {words}; a larger --limit, or none, shows more\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("durations",), "no groups of actions match"),
        (("kinds",), "no values of execution_kind match"),
    ],
)
def test_nothing_found_is_said(printed, build, arguments, words):
    """Where nothing matches, the data is an empty list and standard error says why."""
    done = printed(*arguments, "--format", "json", "-w", "nowhere_to_be_found", build)
    assert (done.out, done.err) == (b"[]\n", f"tlx: {words}\n")


def test_a_log_without_times_has_no_timeline(printed, tmp_path):
    """Where no event has a time there are no slices, and standard error says why."""
    path = tmp_path / "x"
    path.write_text('{"event":"a"}\n')
    done = printed("timeline", "--format", "json", path)
    assert (done.out, done.err) == (b"[]\n", "tlx: there are no events with a time\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("durations", "--by", "categry"), "--by, column 1: there is no field categry; did you mean category?"),
        (("durations", "--by", ""), "--by"),
        (("durations", "--sort", "p98"), "--sort: there is no column 'p98'; did you mean p"),
        (("kinds", "--by", "category,kind"), "--by: kinds are of one field"),
        (("timeline", "--buckets", "0"), "--buckets: '0' is not a number of slices"),
        (("timeline", "--buckets", "1000000"), "--buckets: 1000000 are too many"),
    ],
)
def test_bad_usage(printed, build, arguments, words):
    """What cannot be done ends with 2 and is named, nothing on standard output."""
    done = printed(*arguments, build, code=2)
    assert done.out == b""
    assert words in done.err
