"""`tlx validate`: what breaks the rules is printed a line each, and the exit code says whether anything did."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tlx.cli.main import run
from tlx.dialects.samples import writers

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
LINE = {"timestamp": "2026-11-21T01:40:32Z", "level": "INFO", "logger": "h", "message": "m"}
ERROR = {**LINE, "event": "cli.cleanup.failed", "payload": {"errs": 1}}
WARNING = {**LINE, "event": "my.own", "payload": {}}
NOTE = {**LINE, "event": "cli.cleanup.failed", "payload": {"errors": 1, "more": 1}}
CLEAN = {**LINE, "event": "cli.cleanup.failed", "payload": {"errors": 1}}
SCHEMA = {"$id": "x", "version": 1, "properties": {"a": {"type": "string"}}}
EVENT = {"__timestamp__": "2026-11-21T01:36:01Z", "__schema__": "x", "__schema_version__": "1"}


@pytest.fixture
def log(tmp_path):
    """A function that writes records, or lines, to a log and returns its path."""

    def written(*records, name="log.jsonl"):
        path = tmp_path / name
        path.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in records), "utf-8")
        return path

    return written


@pytest.fixture
def given(log):
    """A function that writes a file that events are held against."""
    return lambda record, name: log(record, name=name)


@pytest.mark.parametrize("name", sorted(writers()))
def test_the_samples_break_no_rule(sample_logs, name, capsys):
    """What the project writes itself is as the systems would write it, down to warnings."""
    assert run(["validate", str(sample_logs / name), "--strict"]) == 0
    assert not capsys.readouterr().out


@pytest.mark.parametrize(
    ("records", "flags", "code"),
    [
        ([CLEAN], [], 0),
        ([CLEAN], ["--strict"], 0),
        ([NOTE], [], 0),
        ([NOTE], ["--strict"], 0),
        ([WARNING], [], 0),
        ([WARNING], ["--strict"], 1),
        ([ERROR], [], 1),
        ([CLEAN, '{"broken'], [], 1),
        ([WARNING, CLEAN, ERROR], ["--limit", "1"], 1),
        ([CLEAN], ["--registry", "hephaestus-head"], 0),
        ([CLEAN], ["--registry", "no-such"], 2),
        ([CLEAN], ["--schema", "no-such"], 2),
        ([CLEAN], ["--allowlist", "no-such"], 2),
        ([CLEAN], ["--run", "7"], 2),
    ],
)
def test_exit_codes(printed, log, records, flags, code):
    """0 clean, 1 errors, warnings too where that is wanted, 2 for what cannot be used; each with a line of talk."""
    done = printed("validate", log(*records), *flags, code=code)
    assert done.err.startswith("tlx: ")
    assert (code != 2) or (done.out == b"" and done.err.count("\n") == 1)


def test_patterns_that_are_not_checked_are_told(printed, log, given):
    """One line says which; everything else of the schema is checked."""
    pattern = {"type": "string", "pattern": "^(?!x)"}
    schema = given(
        {**SCHEMA, "properties": {"a": pattern, "b": {"type": "string", "pattern": "(a+)+$"}}}, "schema.json"
    )
    done = printed("validate", log({**EVENT, "a": "x", "b": "a" * 50 + "!"}), "--schema", schema, code=1)
    assert done.out.count(b"schema-pattern") == 1
    assert [line for line in done.err.splitlines() if "^(?!x)" in line] == [
        f"tlx: {schema}: the pattern '^(?!x)' is not checked, for its time has no bound: invalid perl operator: (?!"
    ]


def test_what_cannot_be_read(printed, tmp_path):
    """A log that is not there ends with 3."""
    assert "none" in printed("validate", tmp_path / "none", code=3).err


def test_one_line_says_all(printed, log):
    """File, line, severity, event, rule, field and value; what is hostile is made visible and cut."""
    hostile = {**LINE, "event": "my.\x1b[31mown\u202e", "payload": {}}
    path = log(ERROR, hostile, {**NOTE, "payload": {"errors": 1, "more": "[bold]" + "\x9b" * 500}})
    done = printed("validate", path, code=1)
    lines = done.out.decode().splitlines()
    assert len(lines) == 5
    assert lines[1].split() == [str(path), "1", "error", "cli.cleanup.failed", "missing-field", "errors", "–"]
    assert "\x1b" not in done.out.decode()
    assert "\x9b" not in done.out.decode()
    assert "\u202e" not in done.out.decode()
    assert max(map(len, lines)) < 1000
    assert "1 missing-field (error), 1 unknown-event (warning), 2 extra-field (note) in 3 events" in done.err


def test_json(printed, log):
    """A program gets an array, in order of the log; the value is a text, null where there is none."""
    path = log(ERROR, WARNING, NOTE)
    found = json.loads(printed("validate", path, "--format", "json", code=1).out)
    assert [(one["line"], one["severity"], one["rule"], one["field"], one["value"]) for one in found] == [
        (1, "error", "missing-field", "errors", None),
        (1, "information", "extra-field", "errs", "1"),
        (2, "warning", "unknown-event", None, "my.own"),
        (3, "information", "extra-field", "more", "1"),
    ]
    assert {one["file"] for one in found} == {str(path)}
    assert json.loads(printed("validate", log(CLEAN), "--format", "json").out) == []


def test_several_files_and_one_run(printed, log):
    """Each violation names its file; with --run only those of one run are there."""
    first, second = log(ERROR, name="a.log"), log(CLEAN, ERROR, "no json", name="b.log")
    found = json.loads(printed("validate", first, second, "--format", "json", code=1).out)
    places = Counter((Path(one["file"]).name, one["line"], one["rule"]) for one in found)
    assert places == {
        ("a.log", 1, "missing-field"): 1,
        ("a.log", 1, "extra-field"): 1,
        ("b.log", 2, "missing-field"): 1,
        ("b.log", 2, "extra-field"): 1,
    }  # text behind a record belongs to it
    only = json.loads(printed("validate", first, second, "--run", "2", "--format", "json", code=1).out)
    assert {Path(one["file"]).name for one in only} == {"b.log"}


def test_schemas(printed, log, given, tmp_path):
    """Several behind one flag, or one behind each; without any, it is said that nothing was checked."""
    path = log({**EVENT, "a": "x"}, {**EVENT, "a": 1}, {**EVENT, "__schema__": "y"})
    one, other = given(SCHEMA, "one.json"), given({**SCHEMA, "$id": "y"}, "other.yaml")
    both = printed("validate", path, "--schema", one, other, "--format", "jsonl", code=1)
    again = printed("validate", path, "--schema", one, "--schema", other, "--format", "jsonl", code=1)
    assert both.out == again.out
    assert json.loads(both.out)["rule"] == "schema-type"
    assert "in 3 events against the schemas given" in both.err
    without = printed("validate", path)
    assert without.out == b""
    assert without.err == "tlx: 3 events of jupyter were not checked: name their schemas with --schema FILE\n"
    bad = given({**SCHEMA, "type": "strin"}, "bad.json")
    done = printed("validate", path, "--schema", bad, code=2)
    assert str(bad) in done.err
    assert "at type" in done.err


def test_a_list_of_what_may_be_told(printed, log, given):
    """With a list what is not on it is an error; no secret is printed, neither as a table nor as JSON."""
    event = {
        "id": "1",
        "timestamp": "2026-11-20T09:00:07Z",
        "feature": "search",
        "action": "submit",
        "parameters": {"privateMetadata": {"code": "s3cr3t"}},
    }
    metadata = {"identifier": {"licensedInstance": {"licenseKey": "s3cr3t-key"}}}
    path = log({"event": event, "metadata": metadata})
    for name, flags, code in (("a", [], 0), ("b", ["search::submit::code"], 0), ("c", ["search::view"], 1)):
        words = [word for text in flags for word in ("--allowlist", given(text, name))]
        for form in ("table", "jsonl"):
            done = printed("validate", path, *words, "--format", form, code=code)
            assert b"licence-key" in done.out
            assert (b"sensitive-data" in done.out) == (name != "b")
            assert b"s3cr3t" not in done.out + done.err.encode()


def test_dialects_without_rules_are_told(printed, log):
    """What nothing is known of breaks no rule, and it is said that nothing is known of it."""
    done = printed("validate", log({"a": 1}, CLEAN))
    assert "in 1 events against hephaestus-0.2.0" in done.err
    assert "there are no rules for 1 events of generic" in done.err


def test_no_library_is_loaded_that_is_not_needed(log):
    """Schemas, and what reads YAML, come only where schemas are given."""
    code = (
        "import sys; from tlx.cli.main import run; run(sys.argv[1:]);"
        "print([name for name in ('jsonschema', 'yaml', 'referencing', 'textual') if name in sys.modules])"
    )
    words = [sys.executable, "-c", code, "validate", str(log(CLEAN))]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


REAL = {
    "hephaestus/cli_v0.2.0.json.raw.log": {},
    "hephaestus/cli_v0.2.0.text.raw.log": {},
    "hephaestus/library_use_v0.2.0.json.log": {"unknown-event": 1},
    "hephaestus/library_use_v0.2.0.text.log": {"unknown-event": 1},
    "hephaestus/handbuilt_flat_doc_examples.jsonl": {},
    "beamlens/real_handler_dotted.jsonl": {},
    "beamlens/real_handler_array.jsonl": {},
    "beamlens/real_handler_jason.jsonl": {},
    "beamlens/real_handler_flat.jsonl": {},
    "beamlens/loggerjson_structured_basic.jsonl": {},
    "beamlens/default_logger_console.log": {},
    "buck2/my_genrule0.proto": {},
    "buck2/buildlog.meta-only.pb.zst": {},
    "buck2/handbuilt_user_log.json-lines": {"cut-number": 1},
    "sourcegraph/gateway_export.jsonl": {
        "bad-name": 2,
        "licence-key": 104,
        "sensitive-data": 60,
        "redaction-error": 4,
    },
    "jupyter/jupyter_telemetry_0.1.0.jsonl": {"unknown-schema": 1},
    "jupyter/jupyter_events_0.10.0.jsonl": {},
    "jupyter/jupyter_events_0.12.1.jsonl": {},
}
"""Real logs and how often each rule is broken: 30 private metadata and 30 marketing data make the 60."""


@pytest.mark.parametrize("name", REAL)
def test_real_logs(capfd, name):
    """What the systems themselves wrote breaks the rules only where their README says that it does."""
    path = SAMPLES / name
    if not path.exists():
        pytest.skip("no further samples beside the repository")
    folder = SAMPLES / "jupyter" / "schemas" / ("jupyter_telemetry_0.1.0" if "telemetry" in name else "jupyter_events")
    schemas = ["--schema", *folder.iterdir()] if "jupyter" in name else []
    run(["validate", str(path), *map(str, schemas), "--format", "jsonl"])
    lines = capfd.readouterr().out.splitlines()
    assert Counter(json.loads(line)["rule"] for line in lines) == REAL[name]
