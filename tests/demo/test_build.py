"""What the simulated build tells must look like a build, and its records like Buck2's."""

from collections import Counter
from itertools import pairwise

import orjson
import pytest

from tlx.demo.build import PART, SMALLEST, Run, simulate

EVENTS = 6_000
ACTION_KEYS = [
    "kind",
    "name",
    "duration_millis",
    "output_size",
    "input_materialization_duration_millis",
    "execution_kind",
    "owner",
]
HEADER_KEYS = ["command_line_args", "expanded_command_line_args", "working_dir", "trace_id", "start_time"]
EXECUTIONS = {
    "NotSet",
    "Local",
    "Remote",
    "ActionCache",
    "Simple",
    "Deferred",
    "LocalDepFile",
    "LocalWorker",
    "RemoteDepFileCache",
    "LocalActionCache",
    "RemoteWorker",
}
KINDS = {"Copy", "DownloadFile", "Run", "SymlinkedDir", "Write", "WriteMacrosToFile", "CasArtifact"}
CACHED = {"ActionCache", "RemoteDepFileCache", "LocalDepFile", "LocalActionCache"}


@pytest.fixture(scope="module")
def log():
    """Return the records of a log like the committed one."""
    return list(simulate(Run(7, EVENTS)))


@pytest.fixture(scope="module")
def big():
    """Return the records of a log of several parts."""
    return list(simulate(Run(11, 50_000)))


def actions(records):
    """Return (start, end, action) of every action, in milliseconds since the epoch."""
    return [
        (record["epoch_millis"] - action["duration_millis"], record["epoch_millis"], action)
        for record in records
        if (action := record.get("ActionExecutionEvent"))
    ]


def began(header):
    """Return the milliseconds since the epoch at which a run began."""
    seconds, nanoseconds = header["start_time"]
    return seconds * 1000 + nanoseconds // 1_000_000


def running(records):
    """Return how many actions run in the middle of each second of the run."""
    spans = actions(records)
    first, last = began(records[0]), max(end for _, end, _ in spans)
    moments = range(first + 500, last, 1000)
    return [sum(start <= moment < end for start, end, _ in spans) for moment in moments]


def whole(value):
    """Tell whether a value is a non-negative integer, and no bool."""
    return type(value) is int and value >= 0


def test_same_seed_same_log(log):
    """A seed stands for one log, key order included."""
    assert [orjson.dumps(record) for record in simulate(Run(7, EVENTS))] == list(map(orjson.dumps, log))


def test_seeds_differ(log):
    """Another seed is another invocation of another build."""
    other = list(simulate(Run(8, EVENTS)))
    assert other[0]["trace_id"] != log[0]["trace_id"]
    assert {action["owner"] for *_, action in actions(other)} != {action["owner"] for *_, action in actions(log)}


@pytest.mark.parametrize("events", [0, 1, 17, SMALLEST - 1, SMALLEST, SMALLEST + 1, 1_234, PART, PART + 1])
def test_exact_count(events):
    """A log holds as many events as asked for, after one invocation record."""
    assert sum(1 for _ in simulate(Run(3, events))) == 1 + events


@pytest.mark.parametrize("events", [50, 300, 600])
def test_exact_count_after_edit(events):
    """A run after an edit holds as many events as asked for, too."""
    assert sum(1 for _ in simulate(Run(3, 3_000, 1, edited=events))) == 1 + events


def test_header(log):
    """The first record is the invocation, not wrapped and without a time of its own."""
    header = log[0]
    assert list(header) == HEADER_KEYS
    assert [len(part) for part in header["trace_id"].split("-")] == [8, 4, 4, 4, 12]
    assert header["trace_id"][14] == "4"
    assert all(map(whole, header["start_time"]))
    assert header["start_time"][1] < 1_000_000_000


def test_shape_of_events(log):
    """Every event has its tag first and its time last; actions have all their fields, in Buck2's order."""
    for record in log[1:]:
        tag, last = record
        assert last == "epoch_millis"
        assert whole(record["epoch_millis"])
        event = record[tag]
        if tag == "ActionExecutionEvent":
            assert list(event) == ACTION_KEYS
            assert list(event["name"]) == ["category", "identifier"]
            assert whole(event["duration_millis"])
            assert whole(event["output_size"])
            assert whole(event["input_materialization_duration_millis"])
        elif tag == "StarlarkUserEvent":
            assert list(event) == ["id", "metadata"]
            assert_metadata(event["metadata"])
        else:
            assert tag == "BxlEnsureArtifactsEvent"
            assert whole(event["duration_millis"])
            assert list(event) == ["duration_millis"]


def assert_metadata(value):
    """Assert that a value is of the kinds Buck2 can log: no floats, no null, integers of 32 bits."""
    assert isinstance(value, str | bool | int | list | dict)
    if type(value) is int:
        assert -(2**31) <= value < 2**31
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        assert_metadata(item)


def test_kinds(big):
    """A big log has every kind of execution and of action that Buck2 writes today."""
    told = [action for *_, action in actions(big)]
    assert {action["execution_kind"] for action in told} == EXECUTIONS
    assert {action["kind"] for action in told} == KINDS


def test_owners(big):
    """Owners are configured targets, anonymous ones and functions; some have several configurations."""
    owners = {action["owner"] for *_, action in actions(big)}
    configured = {owner for owner in owners if owner.endswith(")")}
    configurations = Counter(owner.partition(" ")[0] for owner in configured)
    assert max(configurations.values()) > 1
    assert any("@" in owner for owner in owners - configured)
    assert any(".bxl:" in owner for owner in owners - configured)
    assert any("(<unspecified>)" in owner for owner in configured)


def test_actions_are_unique(big):
    """Category and identifier name one action of an owner."""
    keys = [(action["owner"], action["name"]["category"], action["name"]["identifier"]) for *_, action in actions(big)]
    assert len(set(keys)) == len(keys)


def test_few_owners_have_most(log):
    """Owners are as uneven as in a real repository: a tenth of them has over a third of the actions."""
    counts = sorted(Counter(action["owner"] for *_, action in actions(log)).values(), reverse=True)
    assert sum(counts[: len(counts) // 10]) > sum(counts) / 3


def test_arrival(log, big):
    """Between a tenth and three tenths of the events are earlier than the one before them."""
    for records in (log, big):
        times = [record["epoch_millis"] for record in records[1:]]
        earlier = sum(after < before for before, after in pairwise(times))
        assert 0.1 < earlier / len(times) < 0.3


def test_spans_lie_within_the_run(log):
    """No action begins before its run does."""
    assert min(start for start, *_ in actions(log)) >= began(log[0])


def test_believable_durations(big):
    """Caches answer in their usual time, inline work takes hardly any, commands take seconds."""
    by_execution: dict[str, list[int]] = {}
    for *_, action in actions(big):
        if action["kind"] != "DownloadFile":
            by_execution.setdefault(action["execution_kind"], []).append(action["duration_millis"])
    medians = {name: sorted(durations)[len(durations) // 2] for name, durations in by_execution.items()}
    assert 60 <= medians["ActionCache"] <= 150
    assert max(by_execution["LocalDepFile"] + by_execution["LocalActionCache"]) <= 10
    assert max(by_execution["Simple"]) <= 2
    assert 800 <= medians["Local"] <= 5_000
    assert 800 <= medians["Remote"] <= 5_000


def test_materialization(big):
    """No cache hit materializes inputs; a few remote commands report more of it than they lasted."""
    told = [action for *_, action in actions(big)]
    waits = "input_materialization_duration_millis"
    assert not any(action[waits] for action in told if action["execution_kind"] in CACHED)
    longer = [action for action in told if action[waits] > action["duration_millis"]]
    assert longer
    assert {action["execution_kind"] for action in longer} <= {"Remote", "RemoteWorker"}


def test_sizes(big):
    """Symlinked directories have no size, nor have the few commands that failed."""
    told = [action for *_, action in actions(big)]
    assert not any(action["output_size"] for action in told if action["kind"] == "SymlinkedDir")
    failed = [action for action in told if action["kind"] == "Run" and not action["output_size"]]
    assert 0 < len(failed) < len(told) / 100


def test_waves(log):
    """Actions under way rise and fall with each wave, and drop to none for a while before the last."""
    levels = running(log)
    peak = max(levels)
    assert peak > 30
    high = False
    dips = 0
    for level in levels:
        dips += high and level < peak / 5
        high = level > peak / 2 or (high and level >= peak / 5)
    assert dips >= 3
    idle = "".join("." if level else "0" for level in levels).strip("0").split(".")
    assert 5 <= max(map(len, idle)) <= 20


def test_plateau_and_tail(log):
    """Executors are full for a third of the time, and the last tenth of it waits for a few long commands."""
    levels = running(log)
    peak = max(levels)
    assert sum(level > peak * 0.6 for level in levels) > len(levels) / 3
    tail = levels[-len(levels) // 10 : -1]
    assert 1 <= max(tail) < peak / 10
    assert 120 < len(levels) < 400


def test_hostile_names(log):
    """Every log has names that markup, terminals and line splitting trip over."""
    names = {action["name"]["identifier"] for *_, action in actions(log)}
    assert {"[bold red]x[/]", "[@click=app.quit]x[/]", "clear\u001b[2Jscreen", "表示/画面.cpp (pic)"} <= names
    assert any("\u2028" in name for name in names)


def test_clamped_metadata(log):
    """A number too large for Buck2 appears as the largest it can write."""
    told = [record["StarlarkUserEvent"]["metadata"] for record in log if "StarlarkUserEvent" in record]
    assert any(2_147_483_647 in metadata.values() for metadata in told)


def test_metadata_keys_are_unordered(log):
    """The same event tells its keys in one order now, in another one then."""
    told = [record["StarlarkUserEvent"] for record in log if "StarlarkUserEvent" in record]
    assert len({tuple(event["metadata"]) for event in told if event["id"] == "phase"}) > 1


def test_edited_run_repeats_actions():
    """A run after an edit is later, does a part of what the cold one did, and finds most of it in caches."""
    cold = list(simulate(Run(5, 3_000)))
    edited = list(simulate(Run(5, 3_000, 1, edited=600)))

    def keys(records):
        return {(action["owner"], *action["name"].values()) for *_, action in actions(records)}

    assert keys(edited) < keys(cold)
    assert began(edited[0]) > max(end for _, end, _ in actions(cold))
    executions = [action["execution_kind"] for *_, action in actions(edited) if action["kind"] == "Run"]
    assert sum(execution in CACHED for execution in executions) > len(executions) / 2
