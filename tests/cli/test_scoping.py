"""--where, --since, --until and --tz: which events a command is asked about."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from tlx.cli.zones import moment, zone

BEGAN = datetime(2026, 2, 17, 22, 30, tzinfo=UTC)
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def header(start):
    """The first line of a run."""
    return {"command_line_args": ["x"], "trace_id": "t", "start_time": [int(start.timestamp()), 0]}


def action(name, end, seconds=None):
    """An action that ends at a time, or an event of a moment."""
    millis = int(end.timestamp() * 1000)
    if seconds is None:
        return {"StarlarkUserEvent": {"id": name, "metadata": {}}, "epoch_millis": millis}
    body = {"kind": "Run", "name": {"category": name, "identifier": ""}, "duration_millis": int(seconds * 1000)}
    return {"ActionExecutionEvent": body, "epoch_millis": millis}


@pytest.fixture
def log(tmp_path):
    """A run from 22:30 to 0:40 UTC of the next day: instants every ten minutes, and one action of an hour."""
    lines = [header(BEGAN), *(action(f"i{n}", BEGAN + timedelta(minutes=10 * n)) for n in range(14))]
    lines.append(action("long", BEGAN + timedelta(minutes=95), 3600))
    return write(tmp_path / "log", lines)


@pytest.fixture
def two_runs(tmp_path):
    """Two runs that begin an hour apart, with an instant every ten seconds."""
    lines = []
    for run in (0, 1):
        start = BEGAN + timedelta(hours=run)
        lines += [header(start), *(action(f"r{run}s{n}", start + timedelta(seconds=n)) for n in range(0, 60, 10))]
    return write(tmp_path / "two", lines)


def write(path, records):
    """Write records as a log."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


@pytest.fixture
def names(rows):
    """A function that returns the names of the events that are printed."""
    return lambda *arguments: [record["name"] for record in rows("events", "--columns", "name", *arguments)]


def test_filters_must_all_hold(names, log):
    """Each --where is a filter of its own, an `or` in one of them included, and all of them hold."""
    assert names("-w", "i1 or i2", "-w", "not i1", log) == ["i2"]
    assert names("-w", "", "-w", " ", log) == names(log)
    assert names("-w", "exists(duration)", "--where", "long", log) == ["long"]


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["--since", "2026-02-18T00:30:00Z"], ["i12", "i13"]),
        (["--since", "2026-02-18T01:30:00+01:00"], ["i12", "i13"]),
        (["--since", "2026-02-18T01:30", "--tz", "Europe/Zurich"], ["i12", "i13"]),
        (["--since", "00:30"], ["i12", "i13"]),
        (["--since", "1:30", "--tz", "Europe/Zurich"], ["i12", "i13"]),
        (["--since", "+2h"], ["i12", "i13"]),
        (["--since", "+95m"], ["i10", "i11", "i12", "i13", "long"]),
        (["--until", "22:50"], ["i0", "i1"]),
        (["--until", "+35m"], ["i0", "i1", "i2", "i3"]),
        (["--until", "+35m1ms"], ["i0", "i1", "i2", "i3", "long"]),
        (["--since", "23:00", "--until", "+40m"], ["i3", "long"]),
        (["--since", "+1h", "--until", "+1h1ms"], ["i6", "long"]),
        (["--since", "2027-01-01"], []),
        (["--until", "2025-01-01"], []),
    ],
)
def test_times_limit_to_what_lies_between_them(printed, log, arguments, wanted):
    """From --since on, up to --until; spans that touch the time between are in; clock and offset are the run's."""
    done = printed("events", "--columns", "name", "--format", "jsonl", *arguments, log)
    assert [json.loads(line)["name"] for line in done.out.splitlines()] == wanted
    assert done.err == ("" if wanted else "tlx: no events match\n")


def test_a_time_before_now(names, tmp_path):
    """-3h lies three hours before now, and needs no = before it."""
    now = datetime.fromtimestamp(time.time(), UTC)
    path = write(tmp_path / "x", [action("old", now - timedelta(hours=4)), action("new", now - timedelta(hours=2))])
    assert names("--since", "-3h", path) == ["new"]
    assert names("--since=-5h", "--until", "-3h", path) == ["old"]


def test_offsets_count_from_each_run(names, two_runs):
    """What begins with + is another time in each run, unless one is alone."""
    assert names("--since", "+40s", two_runs) == ["r0s40", "r0s50", "r1s40", "r1s50"]
    assert names("--until", "+20s", two_runs) == ["r0s0", "r0s10", "r1s0", "r1s10"]
    assert names("--since", "+50s", "--run", "2", two_runs) == ["r1s50"]
    assert names("--since", "23:30:50", two_runs) == ["r1s50"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--since", "25:99"], "--since: '25:99' is no time; write 2026-11-20T10:00:00Z, 10:30, -3h"),
        (["--until", "soon"], "--until: 'soon' is no time"),
        (["--until", ""], "--until: '' is no time"),
        (["--since", "+99999999999999h"], "is no time"),
        (["--since", "23:00", "--until", "22:50"], "--until: '22:50' does not lie behind --since '23:00'"),
        (["--since"], "expected one argument"),
    ],
)
def test_bad_times_are_named(printed, log, arguments, words):
    """A time that cannot be understood ends with 2 and a line that says what can be written."""
    done = printed("events", log, *arguments, code=2)
    assert done.out == b""
    assert words in done.err


@pytest.mark.parametrize("command", ["events", "durations", "kinds", "timeline"])
def test_a_bad_filter_is_shown(printed, command):
    """A filter that goes wrong is told with what was expected and a caret below the place, before any log is read."""
    done = printed(command, "-w", "long", "-w", "duration > 2s durtion > 2x", "/nowhere", code=2)
    reason, text, caret = done.err.splitlines()
    assert reason == "tlx: --where, column 15: there is no field 'durtion'; did you mean duration?"
    assert text == "  duration > 2s durtion > 2x"
    assert caret == "  " + " " * 14 + "^"
    assert done.out == b""


def test_a_caret_stands_below_its_place(printed, monkeypatch):
    """Wide and control characters before the place, and filters longer than the terminal, do not move it."""
    monkeypatch.setenv("COLUMNS", "60")
    for before, shown in (("漢字\x1b", "漢字␛"), ("x" * 500, "x" * 10)):
        done = printed("events", "-w", f"{before} durtion > 2", "/nowhere", code=2)
        _, text, caret = done.err.splitlines()
        assert shown in text
        wide = sum(character in "漢字" for character in text)
        assert text.index("durtion") + wide == caret.index("^")
        assert len(text) <= 62


def test_times_are_shown_in_the_zone(printed, log):
    """Tables show times in the zone of --tz with its distance from UTC; programs get UTC."""
    for name, shown in (("utc", "2026-02-17T22:30:00.000Z"), ("Asia/Kolkata", "2026-02-18T04:00:00.000+05:30")):
        done = printed("events", "--limit", "1", "--tz", name, log)
        assert shown in done.out.decode()
        done = printed("events", "--limit", "1", "--tz", name, "--format", "csv", "--columns", "time", log)
        assert done.out == b"time\n2026-02-17T22:30:00Z\n"


def test_the_local_zone_knows_summer(monkeypatch):
    """`local` is the machine's zone at the time that is shown, not now."""
    monkeypatch.setenv("TZ", "Europe/Zurich")
    time.tzset()
    try:
        for when, shown in (
            (NOON, "2026-07-01T14:00:00.000+02:00"),
            (NOON - timedelta(days=180), "2026-01-02T13:00:00.000+01:00"),
        ):
            ns = int(when.timestamp()) * 10**9
            assert moment(ns, zone("local")) == moment(ns, zone("Europe/Zurich")) == shown
    finally:
        monkeypatch.undo()
        time.tzset()


def test_times_at_the_ends_are_shown():
    """Whatever 64 bits hold is shown in any zone, and nothing as missing."""
    assert moment(None, None) == "–"
    for ns in (-(2**63), 2**63 - 1, -1, 0):
        for name in ("utc", "local", "America/St_Johns"):
            assert moment(ns, zone(name))[:4].isdigit()
