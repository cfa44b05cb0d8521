"""`tlx runs`, and --run of every command that prints."""

from __future__ import annotations

import json

import pytest

import oracle
from tlx.cli.main import run

USER = '{"StarlarkUserEvent":{"id":"x","metadata":{}},"epoch_millis":%d}'
ACTION = '{"ActionExecutionEvent":{"kind":"Run","execution_kind":"Local","duration_millis":%d},"epoch_millis":%d}'
AT = 1_771_287_109_000
LATER = {"command_line_args": ["buck2", "a b"], "working_dir": "/w", "trace_id": "t-2", "start_time": [AT // 1000, 7]}
EARLIER = {**LATER, "trace_id": "t-1", "start_time": [AT // 1000 - 60, 0]}


@pytest.fixture
def log(tmp_path):
    """A log of three runs, the first without a header, the last of which begins before the second."""
    lines = [
        ACTION % (5, AT - 80_000),
        "bad",
        json.dumps(LATER),
        USER % (AT + 2000),
        ACTION % (250, AT + 1500),
        ACTION % (250, AT + 1000),
        json.dumps(EARLIER),
        "[]",
        "[]",
    ]
    path = tmp_path / "log.json-lines"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def ask(capsys):
    """A function that runs a command and returns the JSON that it printed."""

    def printed(*arguments):
        assert run([str(argument) for argument in arguments]) == 0
        captured = capsys.readouterr()
        assert captured.err == ""
        return json.loads(captured.out)

    return printed


def test_runs_are_printed_for_a_program(ask, log):
    """Each run comes with its place, its times as RFC 3339 UTC and its numbers; what is not known is null."""
    headless, later, earlier = ask("runs", "--format", "json", log)["runs"]
    assert later == {
        "run": 2,
        "source": str(log),
        "line": 3,
        "dialect": "buck2-user",
        "command": "buck2 'a b'",
        "working_dir": "/w",
        "trace_id": "t-2",
        "start": "2026-02-17T00:11:49.000000007Z",
        "end": "2026-02-17T00:11:51Z",
        "wall_ns": 1_999_999_993,
        "events": 3,
        "actions": 2,
        "duration_ns": 500_000_000,
        "rejects": 0,
        "open": 0,
    }
    assert (earlier["run"], earlier["line"], earlier["events"], earlier["rejects"]) == (3, 7, 0, 2)
    assert (earlier["end"], earlier["wall_ns"]) == (None, None)
    assert (headless["command"], headless["trace_id"], headless["wall_ns"]) == (None, None, 5_000_000)


def test_runs_are_those_of_stats(ask, sample_logs):
    """Over several logs the runs are those that `tlx stats` prints, and those that Python counts."""
    paths = [sample_logs / name for name in ("three_runs.json-lines.zst", "build.json-lines", "torn.json-lines.zst")]
    found = ask("runs", "--format", "json", *paths)["runs"]
    for fact, wanted in zip(found, ask("stats", "--format", "json", *paths)["runs"], strict=True):
        assert {key: fact[key] for key in wanted} == wanted
    assert [fact["source"] for fact in found] == [str(paths[0])] * 3 + [str(paths[1]), str(paths[2])]


def test_stats_of_one_run_are_those_of_a_log_of_it_alone(ask, tmp_path, log):
    """`tlx stats --run N` prints what it prints of a log that holds only this run, but for the source."""
    lines = log.read_text("utf-8").splitlines(keepends=True)
    for number, part in ((1, lines[:2]), (2, lines[2:6]), (3, lines[6:])):
        alone = tmp_path / f"{number}.log"
        alone.write_text("".join(part), encoding="utf-8")
        answer = ask("stats", "--format", "json", "--run", number, log)
        assert [source["path"] for source in answer["sources"]] == [str(log)]
        assert [fact["run"] for fact in answer["runs"]] == [number]
        assert oracle.comparable(answer) == oracle.stats(alone.read_bytes())


def test_the_last_run_is_the_one_that_begins_last(ask, log, capsys):
    """`--run last` is the run that begins last, wherever it stands in the log."""
    assert [fact["run"] for fact in ask("runs", "--format", "json", "--run", "last", log)["runs"]] == [2]
    assert ask("stats", "--format", "json", "--run", "last", log)["events"] == 3
    assert run(["stats", "--run", "last", str(log)]) == 0
    assert "3 events  1 headers  0 rejects" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["stats", "runs", "rejects"])
def test_a_run_that_is_not_there_is_refused(capsys, tmp_path, log, command):
    """A run that does not exist ends with 2 and one line that says which there are; nothing is printed or written."""
    kept = tmp_path / "kept"
    kept.write_text("precious", encoding="utf-8")
    for output in ((), ("-o", str(kept))):
        assert run([command, "--run", "9", *output, str(log)]) == 2
        assert capsys.readouterr() == ("", "tlx: --run 9: there is no run 9, only runs 1 to 3\n")
    assert kept.read_text("utf-8") == "precious"


def test_no_log_no_run(capsys, tmp_path):
    """A log without events has no run to choose, and none to list."""
    empty = tmp_path / "empty"
    empty.touch()
    assert run(["stats", "--run", "last", str(empty)]) == 2
    assert capsys.readouterr().err == "tlx: --run last: there is no run last, for there are no events\n"
    assert run(["runs", "--format", "json", str(empty)]) == 0
    assert json.loads(capsys.readouterr().out) == {"runs": []}


def test_runs_are_printed_for_a_person(capsys, log):
    """The numbers stand in columns of 80 at most, and what a run is beneath them; text of the log is literal."""
    hostile = log.read_text("utf-8").replace("a b", "[bold]:cat:\\u001b[2J" + "w" * 200)
    log.write_text(hostile, encoding="utf-8")
    assert run(["runs", str(log)]) == 0
    output = capsys.readouterr().out
    assert max(map(len, output.splitlines())) <= 80
    lines = [line.split() for line in output.splitlines()]
    assert ["1", "2026-02-17T00:10:28.995Z", "5ms", "1", "1", "1"] in lines
    assert ["2", "2026-02-17T00:11:49Z", "2s", "3", "2", "0"] in lines
    assert ["3", "2026-02-17T00:10:49Z", "–", "0", "0", "2"] in lines
    joined = "".join(output.split())
    assert joined.count("[bold]:cat:␛[2J" + "w" * 200) == 2
    assert f"{log}line3,buck2-user" in joined
    assert "\x1b" not in output


@pytest.mark.parametrize("command", ["runs", "stats"])
def test_an_output_holds_what_would_be_printed(capsys, tmp_path, log, command):
    """With -o the data goes to the file, in either form, and nothing to standard output."""
    for form in ("table", "json"):
        assert run([command, "--format", form, str(log)]) == 0
        printed = capsys.readouterr().out
        output = tmp_path / "out"
        assert run([command, "--format", form, "-o", str(output), str(log)]) == 0
        assert capsys.readouterr() == ("", "")
        assert output.read_text("utf-8") == printed


def test_an_output_that_cannot_be_is_refused(capsys, tmp_path, log):
    """A folder, a missing one, and above all the log itself: one line and 2, before anything is read or lost."""
    before = log.read_bytes()
    link = tmp_path / "link"
    link.symlink_to(log)
    for output, words in (
        (tmp_path, "is a folder; name a file in it"),
        (tmp_path / "no" / "x", "there is no such folder; make it first"),
        (log, "is a log that is being read; name another file"),
        (link, "is a log that is being read; name another file"),
    ):
        assert run(["runs", "--output", str(output), str(log)]) == 2
        assert capsys.readouterr() == ("", f"tlx: -o {output}: {words}\n")
    assert log.read_bytes() == before


def test_open_spans_are_told(printed, log):
    """What has begun and not ended is counted for each run, and has a line of its own where there is any."""
    line = '{"timestamp":"2026-11-21T01:40:0%d+00:00","logger":"hephaestus.x","level":"INFO","message":"m",'
    line += '"event":"cli.x.%s","payload":{"operation_id":"%s"}}\n'
    log.write_text(line % (1, "start", "a") + line % (2, "start", "b") + line % (3, "complete", "a"))
    assert json.loads(printed("runs", "--format", "json", log).out)["runs"][0]["open"] == 1
    assert "\n      1 open: begun, and no end seen" in printed("runs", log).out.decode()
    log.write_text(line % (1, "start", "a") + line % (3, "complete", "a"))
    assert json.loads(printed("runs", "--format", "json", log).out)["runs"][0]["open"] == 0
    assert b"no end seen" not in printed("runs", log).out
