"""`tlx stats` says of every sample what plain Python counts in it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import oracle
from tlx.cli.main import run
from tlx.dialects.samples import writers

SAMPLES = (
    "build.json-lines",
    "build.json-lines.gz",
    "build.json-lines.zst",
    "large.json-lines.zst",
    "three_runs.json-lines.zst",
    "torn.json-lines.zst",
)
NORMAL = ("normal.json-lines.zst", "normal.pb.zst")
USER = '{"StarlarkUserEvent":{"id":"x","metadata":{}},"epoch_millis":1771287109000}\n'

Stats = Callable[..., dict[str, Any]]


@pytest.fixture
def stats(capsysbinary: pytest.CaptureFixture[bytes]) -> Stats:
    """A function that runs `tlx stats --format json` over paths and returns what it printed."""

    def ask(*paths: Path | str) -> dict[str, Any]:
        assert run(["stats", "--format", "json", *map(str, paths)]) == 0
        printed = capsysbinary.readouterr()
        assert printed.err == b""
        return json.loads(printed.out)

    return ask


def check(answer: dict[str, Any], *paths: Path) -> None:
    """Compare an answer with what the oracle counts in the same logs."""
    decoded = [oracle.text_of(path) for path in paths]
    assert oracle.comparable(answer) == oracle.stats(*(text for _, text in decoded))
    for source, path, (codec, text) in zip(answer["sources"], paths, decoded, strict=True):
        assert source["path"] == str(path)
        assert source["codec"] == codec
        assert source["bytes"] == path.stat().st_size
        assert source["decompressed_bytes"] == len(text)
        assert source["lines"] == oracle.lines(text)


@pytest.mark.parametrize("name", SAMPLES)
def test_samples(stats: Stats, sample_logs: Path, name: str) -> None:
    """The numbers of every committed sample are those that Python counts."""
    check(stats(sample_logs / name), sample_logs / name)


def test_every_sample_is_tested(sample_logs: Path) -> None:
    """No committed sample is left out; those of other systems are tested where they are made."""
    assert {path.name for path in sample_logs.iterdir()} - {"README.md"} == {*SAMPLES, *NORMAL, *writers()}


def test_normal_samples(stats: Stats, sample_logs: Path) -> None:
    """The committed normal log says the same in both its forms."""
    answers = [stats(sample_logs / name) for name in NORMAL]
    for answer in answers:
        del answer["sources"]
    assert answers[0] == answers[1]
    assert answers[0]["line_kinds"] == {"event": 2_810, "header": 1, "text": 0, "reject": 0}
    assert answers[0]["dialects"] == {"buck2": 2_810}
    types = answers[0]["event_types"]
    assert types["ActionExecution"] == types["ActionExecutionStart"] > 800


def test_all_at_once(stats: Stats, sample_logs: Path) -> None:
    """Several sources are counted together, in the order in which they are named."""
    paths = [sample_logs / name for name in ("torn.json-lines.zst", "build.json-lines.gz", "three_runs.json-lines.zst")]
    answer = stats(*paths)
    check(answer, *paths)
    assert [one["run"] for one in answer["runs"]] == [1, 2, 3, 4, 5]


def test_each_encoding_says_the_same(stats: Stats, sample_logs: Path) -> None:
    """The same log plain, gzip and zstd differs in path, codec and stored bytes alone."""
    answers = [stats(sample_logs / f"build.json-lines{ending}") for ending in ("", ".gz", ".zst")]
    for answer, codec in zip(answers, ("plain", "gzip", "zstd"), strict=True):
        source = answer["sources"][0]
        assert (source.pop("codec"), source["state"]) == (codec, "complete")
        del source["path"], source["bytes"]
    assert answers[0] == answers[1] == answers[2]


def test_three_runs(stats: Stats, sample_logs: Path) -> None:
    """Runs appended to one log are three, the warm one without an event among them."""
    answer = stats(sample_logs / "three_runs.json-lines.zst")
    assert [one["events"] for one in answer["runs"]] == [3000, 600, 0]
    assert len({one["trace_id"] for one in answer["runs"]}) == 3
    assert answer["sources"][0]["state"] == "complete"


def test_torn(stats: Stats, sample_logs: Path) -> None:
    """A torn log says so, and shows every line that was flushed."""
    path = sample_logs / "torn.json-lines.zst"
    answer = stats(path)
    whole_lines = oracle.text_of(path)[1].count(b"\n")
    assert answer["sources"][0]["state"] == "torn"
    assert answer["line_kinds"]["event"] + answer["line_kinds"]["header"] == whole_lines > 2000


def test_more_samples(stats: Stats, shared_buck2: Path) -> None:
    """The numbers of further logs beside the repository are those that Python counts."""
    paths = sorted({*shared_buck2.glob("*.show-user.json-lines"), *shared_buck2.glob("handbuilt_user_log*")})
    assert len(paths) >= 6
    for path in paths:
        check(stats(path), path)
    check(stats(*paths), *paths)


@pytest.mark.parametrize(
    ("name", "lines", "kinds"),
    [
        ("my_genrule0.proto", 2_377, {"Simple": 2, "ActionCache": 1}),
        ("my_genrule1.proto", 45, {}),
        ("buildlog.meta-only.pb.zst", 70, {"Local": 1}),
    ],
)
def test_normal_logs(stats: Stats, shared_buck2: Path, name: str, lines: int, kinds: dict[str, int]) -> None:
    """A normal log in protobuf is read whole, by the same numbers as its rendering in JSON."""
    answer = stats(shared_buck2 / name)
    assert answer["line_kinds"] == {"event": lines - 1, "header": 1, "text": 0, "reject": 0}
    assert answer["dialects"] == {"buck2": lines - 1}
    assert answer["event_types"].get("ActionExecution", 0) == sum(kinds.values())
    assert {kind["execution_kind"]: kind["count"] for kind in answer["execution_kinds"]} == kinds
    assert [run["dialect"] for run in answer["runs"]] == ["buck2"]
    rendering = stats(shared_buck2 / f"{name.partition('.')[0]}.derived.json-lines")
    same = ("runs", "events", "line_kinds", "event_types", "execution_kinds", "duration_ns", "cache")
    assert {key: rendering[key] for key in same} == {key: answer[key] for key in same}


@pytest.mark.parametrize("path", ["build.json-lines.zst", "-"])
def test_as_a_program(sample_logs: Path, path: str) -> None:
    """The program itself prints the same, of a file and of standard input."""
    sample = sample_logs / "build.json-lines.zst"
    done = subprocess.run(
        [sys.executable, "-m", "tlx", "stats", "--format", "json", path],
        input=sample.read_bytes(),
        capture_output=True,
        cwd=sample_logs,
        check=True,
        timeout=60,
    )
    answer = json.loads(done.stdout)
    assert oracle.comparable(answer) == oracle.stats(oracle.text_of(sample)[1])
    assert (answer["sources"][0]["path"], answer["sources"][0]["bytes"]) == (path, sample.stat().st_size)
    assert done.stderr == b""


def test_an_empty_log(stats: Stats, tmp_path: Path) -> None:
    """A log of no byte is open, with nothing in it."""
    path = tmp_path / "x"
    path.touch()
    answer = stats(path)
    check(answer, path)
    assert (answer["runs"], answer["cache"]["rate"]) == ([], None)
    assert (answer["sources"][0]["state"], answer["sources"][0]["lines"]) == ("open", 0)


def test_sums_past_64_bits(stats: Stats, tmp_path: Path) -> None:
    """Sums that no 64-bit integer holds are printed whole, in JSON and in tables."""
    action = {"kind": "Run", "duration_millis": 9_223_372_036_854, "output_size": 2**64 - 1, "execution_kind": "Local"}
    path = tmp_path / "x"
    path.write_text((json.dumps({"ActionExecutionEvent": action, "epoch_millis": 9_223_372_036_854}) + "\n") * 3)
    answer = stats(path)
    check(answer, path)
    assert answer["duration_ns"] == 3 * 9_223_372_036_854_000_000
    assert answer["execution_kinds"][0]["output_size"] == 3 * (2**64 - 1)
    assert run(["stats", str(path)]) == 0


def test_odd_names(stats: Stats, tmp_path: Path) -> None:
    """A path that is no UTF-8 is shown with replacement characters, and the log is read."""
    path = tmp_path / "a\udcff [red].json-lines"
    path.write_text(USER)
    answer = stats(path)
    assert answer["sources"][0]["path"].endswith("a\ufffd [red].json-lines")
    assert answer["events"] == 1


def test_hostile_text_in_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Markup and escape sequences of a log are printed as they are, and never obeyed."""
    action = {"kind": "Run", "name": {"category": "c", "identifier": ""}, "execution_kind": "[bold]\x1b[31mX[/bold]"}
    path = tmp_path / "x"
    header = {"command_line_args": ["a\x1b]0;t\x07", "[/red]"]}
    path.write_text(json.dumps(header) + "\n" + json.dumps({"ActionExecutionEvent": action}) + "\n")
    assert run(["stats", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert "[bold]␛[31mX[/bold]" in printed
    assert "[/red]" in printed


def test_a_missing_log(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A log that cannot be opened ends in one line and the exit code for inputs; nothing else is printed."""
    assert run(["stats", "--format", "json", str(tmp_path / "no")]) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert "no such file" in printed.err


def test_a_start_stands_in_one_line(
    sample_logs: Path, stats: Stats, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a table of 80 columns times are told to the second, unbroken, and leave room for the command."""
    path = sample_logs / "three_runs.json-lines.zst"
    starts = [facts["start"] for facts in stats(path)["runs"]]
    assert len(starts) == 3
    monkeypatch.setenv("COLUMNS", "80")
    assert run(["stats", str(path)]) == 0
    printed = capsysbinary.readouterr().out.decode()
    for start in starts:
        assert f" {start[:19]}Z " in printed
    assert max(map(len, printed.splitlines())) <= 80


def test_a_log_of_no_build_lists_its_types_of_events(sample_logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where no execution kind is, the table is of what happened, with the numbers of the JSON."""
    path = str(sample_logs / "hephaestus.log")
    assert run(["stats", path, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)["event_types"]
    assert run(["stats", path]) == 0
    printed = capsys.readouterr().out
    rows = [line.split() for line in printed.splitlines() if line.startswith((" cleanup.", " cli."))]
    assert {row[0]: int(row[1]) for row in rows} == found
    assert "cache hits" not in printed
