"""`tlx registry`: what events mean, and how often logs hold each."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from tlx.cli.main import run
from tlx.dialects.known import registries
from tlx.dialects.rules.registry import load

HEPHAESTUS = '{"timestamp": "2026-11-21T01:40:32Z", "level": "INFO", "logger": "h", "message": "m", "event": "%s"}\n'


def test_without_words_all_registries_are_listed(rows):
    """Each has its name, its dialect and how many events it knows."""
    found = rows("registry")
    assert [one["registry"] for one in found] == [name for names in registries().values() for name in names]
    events = {one["registry"]: one["events"] for one in found}
    assert events["hephaestus-0.2.0"] == 37
    assert events["hephaestus-head"] == 47
    assert events["beamlens-0.3.1"] == 44
    assert events["beamlens-0.4.0"] == 55


def test_a_registry_is_listed_by_its_name_and_by_its_dialect(rows):
    """A dialect stands for every version of what it may write; where there is no log nothing was counted."""
    head = rows("registry", "hephaestus-head")
    assert len(head) == 47
    assert "seen" not in head[0]
    by_event = {one["event"]: one for one in head}
    assert by_event["release.sanitize.failed"]["required"] == ["root"]
    assert by_event["release.sanitize.failed"]["optional"] == ["artefacts", "error"]
    assert by_event["release.sanitize.failed"]["registered"] is True
    both = rows("registry", "hephaestus")
    assert Counter(one["registry"] for one in both) == {"hephaestus-0.2.0": 37, "hephaestus-head": 47}


def test_events_of_a_log_are_counted(rows, sample_logs):
    """Seen ones are counted, never seen ones are there with 0; the numbers are those of the lines."""
    path = sample_logs / "jupyter.jsonl"
    lines = Counter(json.loads(line)["__schema__"] for line in path.read_bytes().splitlines())
    found = rows("registry", "jupyter", path)
    assert {one["event"]: one["seen"] for one in found if one["seen"]} == lines
    assert {one["event"] for one in found if not one["seen"]} == set(load("jupyter").events) - set(lines)


def test_what_is_in_no_registry_is_told(rows, tmp_path):
    """Events that were seen though nobody registered them stand behind the others; of two versions the fitting one."""
    path = tmp_path / "log"
    path.write_text(HEPHAESTUS % "cli.cleanup.failed" + HEPHAESTUS % "my.own" * 2, "utf-8")
    found = rows("registry", path)
    assert {one["registry"] for one in found} == {"hephaestus-0.2.0"}
    assert [(one["event"], one["seen"]) for one in found if not one["registered"]] == [("my.own", 2)]
    assert [one["event"] for one in found if one["seen"]] == ["cli.cleanup.failed", "my.own"]
    path.write_text(HEPHAESTUS % "cli.cleanup.failed" + HEPHAESTUS % "release.sanitize.start", "utf-8")
    assert {one["registry"] for one in rows("registry", path)} == {"hephaestus-head"}
    assert {one["registry"] for one in rows("registry", "hephaestus-0.2.0", path)} == {"hephaestus-0.2.0"}


def test_one_run_alone(rows, sample_logs):
    """With --run only its events count."""
    path = sample_logs / "three_runs.json-lines.zst"
    every = {one["event"]: one["seen"] for one in rows("registry", path)}
    runs = [
        {one["event"]: one["seen"] for one in rows("registry", "buck2-user", path, "--run", number)}
        for number in (1, 2, 3)
    ]
    assert every == {event: sum(one[event] for one in runs) for event in every}
    assert sum(every.values()) == 3600


def test_mixed_logs_list_every_dialect(rows, tmp_path, sample_logs):
    """Each dialect that is there has its registry; others have none."""
    path = tmp_path / "log"
    path.write_bytes(
        (sample_logs / "jupyter.jsonl").read_bytes().split(b"\n")[0] + b'\n{"a": 1}\n' + HEPHAESTUS.encode() % b"x"
    )
    assert {one["registry"] for one in rows("registry", path)} == {"jupyter", "hephaestus-0.2.0"}


def test_tables_and_csv(printed, tmp_path):
    """A person gets words for what is no registered event; lists of a CSV are JSON."""
    path = tmp_path / "log"
    path.write_text(HEPHAESTUS % "my\\u001b[31m.own", "utf-8")
    table = printed("registry", "hephaestus", path).out.decode()
    line = next(line for line in table.splitlines() if "my" in line)
    assert "not in the registry" in line
    assert "\x1b" not in line
    csv = printed("registry", "hephaestus-0.2.0", "--format", "csv").out.decode()
    assert '"[""removed"",""skipped"",""errors""]"' in csv


@pytest.mark.parametrize("word", ["hephestus", "registry"])
def test_a_name_that_is_none(capsys, word):
    """One line says so and which there are."""
    assert run(["registry", word]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "hephaestus-0.2.0" in said
    assert run(["registry", "no/such/file"]) == 3


def test_a_log_of_nothing_but_text(printed, tmp_path):
    """Where no line tells the type of an event, none was seen."""
    log = tmp_path / "log"
    log.write_text("INFO a: b\nINFO a: c\n")
    found = json.loads(printed("registry", "hephaestus-head", log, "--format", "json").out)
    assert {one["seen"] for one in found} == {0}
    printed("validate", log)
