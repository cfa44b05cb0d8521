"""Real logs beside the repository: all that they hold is read, and counted as their README counts it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import oracle
from tlx.cli.commands.stats import summary
from tlx.config.settings import Settings
from tlx.model import SourceState
from tlx.query import runs
from tlx.query.ask import Asker
from tlx.session import Session

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
EXPECTED: dict[str, tuple[dict[str, int], tuple[int, int, int]]] = {
    "buck2/my_genrule0.proto": ({"buck2": 2376}, (2376, 1, 0)),
    "buck2/my_genrule0.derived.json-lines": ({"buck2": 2376}, (2376, 1, 0)),
    "buck2/my_genrule0.derived.show-user.json-lines": ({"buck2-user": 3}, (3, 1, 0)),
    "buck2/my_genrule1.proto": ({"buck2": 44}, (44, 1, 0)),
    "buck2/my_genrule1.derived.json-lines": ({"buck2": 44}, (44, 1, 0)),
    "buck2/my_genrule1.derived.show-user.json-lines": ({}, (0, 1, 0)),
    "buck2/buildlog.meta-only.pb.zst": ({"buck2": 69}, (69, 1, 0)),
    "buck2/buildlog.derived.json-lines": ({"buck2": 69}, (69, 1, 0)),
    "buck2/buildlog.derived.show-user.json-lines": ({"buck2-user": 1}, (1, 1, 0)),
    "buck2/handbuilt_user_log.json-lines": ({"buck2-user": 26}, (26, 1, 0)),
    "buck2/handbuilt_user_log_two_runs.json-lines.zst": ({"buck2-user": 30}, (30, 2, 0)),
    "buck2/handbuilt_user_log_two_runs.json-lines.gz": ({"buck2-user": 30}, (30, 2, 0)),
    "sourcegraph/gateway_export.jsonl": ({"sourcegraph": 120}, (120, 0, 0)),
    "sourcegraph/events_only.jsonl": ({"sourcegraph": 120}, (120, 0, 0)),
    "sourcegraph/record_events_requests.jsonl": ({"sourcegraph": 39}, (23, 24, 0)),
    "sourcegraph/gateway_export_snake_case.jsonl": ({"sourcegraph": 30}, (30, 0, 0)),
    "sourcegraph/client_event_input.jsonl": ({"sourcegraph": 50}, (50, 0, 0)),
    "hephaestus/cli_v0.2.0.json.raw.log": ({"hephaestus": 131}, (131, 0, 97)),
    "hephaestus/cli_v0.2.0.jsonl": ({"hephaestus": 131}, (131, 0, 0)),
    "hephaestus/cli_v0.2.0.text.raw.log": ({"hephaestus": 131}, (131, 0, 97)),
    "hephaestus/library_use_v0.2.0.json.log": ({"hephaestus": 20}, (20, 0, 0)),
    "hephaestus/library_use_v0.2.0.text.log": ({"hephaestus": 20}, (20, 0, 6)),
    "hephaestus/handbuilt_flat_doc_examples.jsonl": ({"hephaestus": 20}, (20, 0, 0)),
    "jupyter/jupyter_telemetry_0.1.0.jsonl": ({"jupyter": 51}, (51, 0, 0)),
    "jupyter/jupyter_events_0.10.0.jsonl": ({"jupyter": 47}, (47, 0, 0)),
    "jupyter/jupyter_events_0.12.1.jsonl": ({"jupyter": 47}, (47, 0, 0)),
    "jupyter/jupyter_telemetry_master_categories.jsonl": ({"jupyter": 55}, (55, 0, 0)),
    "beamlens/real_handler_dotted.jsonl": ({"beamlens": 162}, (162, 0, 0)),
    "beamlens/real_handler_array.jsonl": ({"beamlens": 162}, (162, 0, 0)),
    "beamlens/real_handler_jason.jsonl": ({"beamlens": 162}, (162, 0, 0)),
    "beamlens/real_handler_flat.jsonl": ({"beamlens": 162}, (162, 0, 0)),
    "beamlens/loggerjson_structured_basic.jsonl": ({"beamlens": 162, "generic": 1}, (163, 0, 0)),
    "beamlens/default_logger_console.log": ({"beamlens": 162}, (162, 0, 21)),
}
"""The events of each dialect, and the lines that hold events, headers and text."""
NO_LOGS = {
    *(f"hephaestus/registry_{name}.json" for name in ("seed_doc", "v0.2.0", "head")),
    *(f"beamlens/registry_{name}.json" for name in ("v0.3.1", "v0.4.0")),
}
"""What lies beside the logs, and the schemas: documents of many lines, for `tlx registry` and `tlx validate`."""
NORMAL = {"AnalysisStart": 514, "Analysis": 514, "ActionExecution": 3, "ActionExecutionStart": 3, "Result": 1}
LLM = {"beamlens.llm.start": 30, "beamlens.llm.stop": 28, "beamlens.llm.exception": 1}
OF_TYPES = {
    "buck2/my_genrule0.proto": NORMAL,
    "buck2/my_genrule0.derived.json-lines": NORMAL,
    "buck2/my_genrule1.proto": {"ActionExecution": 0, "Result": 1},
    "buck2/buildlog.meta-only.pb.zst": {"ActionExecution": 1, "ExecutorStage": 6, "ExecutorStageStart": 6, "Result": 1},
    "sourcegraph/gateway_export.jsonl": {"CodeSearch.Search": 1},
    "buck2/handbuilt_user_log.json-lines": {
        "ActionExecutionEvent": 16,
        "StarlarkUserEvent": 8,
        "BxlEnsureArtifactsEvent": 2,
    },
    **{f"beamlens/{name}": LLM for name in ("real_handler_dotted.jsonl", "real_handler_array.jsonl")},
    **{f"beamlens/{name}": LLM for name in ("real_handler_jason.jsonl", "real_handler_flat.jsonl")},
    **{f"beamlens/{name}": LLM for name in ("loggerjson_structured_basic.jsonl", "default_logger_console.log")},
}
"""How many events there are of some types."""
TYPES = {
    "sourcegraph/gateway_export.jsonl": 12,
    "sourcegraph/events_only.jsonl": 12,
    "hephaestus/cli_v0.2.0.json.raw.log": 29,
    "hephaestus/cli_v0.2.0.jsonl": 29,
    "hephaestus/cli_v0.2.0.text.raw.log": 29,
    **{name: 34 for name in EXPECTED if name.startswith("beamlens/")},
}
"""How many types of events there are."""
LATE = {
    "buck2/my_genrule0.proto": 480,
    "buck2/my_genrule0.derived.json-lines": 480,
    "buck2/handbuilt_user_log.json-lines": 4,
    "beamlens/real_handler_array.jsonl": 1,
    "beamlens/real_handler_dotted.jsonl": 0,
    "beamlens/real_handler_jason.jsonl": 0,
    "beamlens/real_handler_flat.jsonl": 0,
}
"""How many events are earlier than the one above."""
ACTIONS = {
    "buck2/my_genrule0.proto": [
        ("SymlinkedDir", "Simple", "ok", 70_000),
        ("Write", "Simple", "ok", 205_000),
        ("Run", "ActionCache", "cached", 1_470_901_000),
    ],
    "buck2/my_genrule0.derived.show-user.json-lines": [
        ("SymlinkedDir", "Simple", None, 0),
        ("Write", "Simple", None, 0),
        ("Run", "ActionCache", "cached", 1_470_000_000),
    ],
    "buck2/my_genrule1.proto": [],
    "buck2/buildlog.meta-only.pb.zst": [("Run", "Local", "ok", 3_134_187_000)],
}
"""The actions: kind, execution kind, status, duration."""


@contextmanager
def opened(name: str) -> Iterator[tuple[Asker, Session]]:
    """What answers questions about a sample."""
    path = SAMPLES / name
    if not path.exists():
        pytest.skip("no further samples beside the repository")
    session = Session([str(path)], Settings(reveal=True))
    try:
        session.start()
        session.wait()
        asker = Asker(session.database)
        yield asker, session
        asker.close()
    finally:
        session.close()


def records(asker: Asker) -> list[dict[str, Any]]:
    """The events as they stand in the log."""
    return [json.loads(raw) for (raw,) in asker.rows("SELECT raw FROM events ORDER BY id")]


def test_every_file() -> None:
    """Every file beside the repository is a log that is tested here, or known to be none."""
    if not SAMPLES.exists():
        pytest.skip("no further samples beside the repository")
    found = {path.relative_to(SAMPLES).as_posix() for path in SAMPLES.glob("*/*") if path.is_file()}
    assert found == {*EXPECTED, *NO_LOGS}
    for name in NO_LOGS:
        json.loads((SAMPLES / name).read_text("utf-8"))


def check_facts(name: str, asker: Asker) -> None:
    """Types of events, actions and what is out of order are as many as the README says."""
    types = runs.counts(asker, "event")
    wanted = OF_TYPES.get(name, {})
    assert {event: types.get(event, 0) for event in wanted} == wanted
    found = asker.rows(
        "SELECT CASE WHEN ends_with(event, '.iteration_start') THEN coalesce(start, time) ELSE time END, event, dialect"
        " FROM events ORDER BY id"
    )
    named = {event for _, event, dialect in found if event not in (None, "(text)") and dialect != "generic"}
    assert len(named) == TYPES.get(name, len(named))
    times = [time for time, _, _ in found if time is not None]
    assert sum(one > two for one, two in pairwise(times)) == LATE.get(name, 0) or name not in LATE
    actions = "SELECT kind, execution_kind, status, duration_ns FROM events WHERE event LIKE 'ActionExecution%'"
    if name in ACTIONS:
        assert asker.rows(actions + " AND event NOT LIKE '%Start' ORDER BY id") == ACTIONS[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_counts(name: str) -> None:
    """Nothing is a reject; every line is counted once; each event has an arrival number of its own."""
    path = SAMPLES / name
    with opened(name) as (asker, session):
        dialects, (events, headers, texts) = EXPECTED[name]
        assert runs.counts(asker, "dialect") == dialects
        assert runs.line_kinds(asker) == {"event": events, "header": headers, "text": texts, "reject": 0}
        assert runs.events(asker) == sum(dialects.values()) == session.progress().events
        source = runs.sources(asker)[0]
        assert source.lines == events + headers + texts
        assert source.state == SourceState.COMPLETE
        assert not asker.rows("SELECT * FROM damages")
        ids = [row[0] for row in asker.rows("SELECT id FROM events ORDER BY line, id")]
        assert ids == sorted(set(ids))
        check_facts(name, asker)
        if name.startswith("buck2/"):
            return
        lines = [line for line in path.read_bytes().split(b"\n") if line.strip()]
        assert len(lines) == events + headers + texts
        raws = b"\n".join(row[0].encode() for row in asker.rows("SELECT raw FROM events ORDER BY id"))
        assert texts == 0 or [line for line in raws.split(b"\n") if line.strip()] == lines


SPANS = {
    "hephaestus/cli_v0.2.0.json.raw.log": (24, 4),
    "hephaestus/cli_v0.2.0.jsonl": (24, 4),
    "hephaestus/cli_v0.2.0.text.raw.log": (24, 4),
    "beamlens/real_handler_dotted.jsonl": (80, 2),
    "beamlens/real_handler_array.jsonl": (80, 2),
    "beamlens/real_handler_jason.jsonl": (80, 2),
    "beamlens/real_handler_flat.jsonl": (80, 2),
    "beamlens/loggerjson_structured_basic.jsonl": (80, 2),
    "beamlens/default_logger_console.log": (53, 1),  # texts name no operators
    "buck2/my_genrule0.proto": (1176, 0),
    "buck2/my_genrule0.derived.json-lines": (1176, 0),
    "buck2/buildlog.meta-only.pb.zst": (20, 0),
}
"""Spans with both ends, and those that were never ended."""


def _hephaestus(text: bytes) -> oracle.Joined:
    return oracle.joined(oracle.hephaestus(text))


ORACLES = {
    "hephaestus/cli_v0.2.0.json.raw.log": _hephaestus,
    "hephaestus/cli_v0.2.0.jsonl": _hephaestus,
    "beamlens/real_handler_dotted.jsonl": oracle.beamlens_joined,
}


@pytest.mark.parametrize("name", SPANS)
def test_spans(name: str) -> None:
    """Starts and ends are joined in every form of a log; what was never ended is open."""
    with opened(name) as (asker, _):
        pairs, still_open = SPANS[name]
        assert asker.row("SELECT count(*) FROM pairs") == (pairs,)
        assert asker.row("SELECT count(*) FROM events WHERE status = 'open' AND duration_ns IS NULL") == (still_open,)


@pytest.mark.parametrize("name", ORACLES)
def test_durations(name: str) -> None:
    """The durations are those that an oracle finds, and their sum is what `stats` prints."""
    with opened(name) as (asker, _):
        expected = ORACLES[name]((SAMPLES / name).read_bytes())
        found = asker.rows("SELECT line, duration_ns FROM events WHERE duration_ns IS NOT NULL")
        assert dict(found) == expected.lengths
        assert [row[0] for row in asker.rows("SELECT line FROM events WHERE status = 'open'")] == expected.open
        assert summary(asker)["duration_ns"] == sum(expected.lengths.values()) > 0


def test_handbuilt_user_log() -> None:
    """Sixteen actions of eleven execution kinds, four of them hits; one number was cut to 32 bits."""
    with opened("buck2/handbuilt_user_log.json-lines") as (asker, _):
        actions = "SELECT execution_kind, status, duration_ns FROM events WHERE event = 'ActionExecutionEvent'"
        found = asker.rows(actions)
        assert len(found) == 16
        assert len({kind for kind, _, _ in found}) == 11
        assert sum(status == "cached" for _, status, _ in found) == 4
        assert sum(duration for _, _, duration in found) == 8_712_000_000
        assert sum("2147483647" in json.dumps(record) for record in records(asker)) == 1


@pytest.mark.parametrize("packing", ["zst", "gz"])
def test_two_runs(packing: str) -> None:
    """The second run stands in a frame or a member of its own, with four events."""
    with opened(f"buck2/handbuilt_user_log_two_runs.json-lines.{packing}") as (asker, _):
        assert [(run.line, run.events) for run in runs.runs(asker)] == [(1, 26), (28, 4)]


def test_a_build_that_went_well() -> None:
    """A build that its command calls no success, but whose result holds no errors, went well; so did its action."""
    for name, stages in (("buck2/buildlog.meta-only.pb.zst", 6), ("buck2/my_genrule0.proto", 3)):
        with opened(name) as (asker, _):
            assert asker.rows("SELECT status FROM events WHERE event = 'Result'") == [("ok",)]
            assert not asker.rows("SELECT event FROM events WHERE status IN ('failed', 'error')")
            assert asker.rows("SELECT count(*) FROM events WHERE event = 'ExecutorStage'") == [(stages,)]


def test_sourcegraph() -> None:
    """Identifiers, sensitive fields, fractions of times and numbers that are none are as many as the README says."""
    with opened("sourcegraph/gateway_export.jsonl") as (asker, _):
        found = records(asker)
        identifiers = Counter(next(iter(one["metadata"]["identifier"])) for one in found)
        assert identifiers == {"licensedInstance": 104, "unlicensedInstance": 7, "managedService": 9}
        parameters = [one["event"].get("parameters", {}) for one in found]
        private = [one["privateMetadata"] for one in parameters if "privateMetadata" in one]
        assert len(private) == 34
        assert sum(len(one) == 1 and "ERROR" in str(one) for one in private) == 4
        assert sum("legacyMetadata" in one for one in parameters) == 5
        assert sum("marketingTracking" in one["event"] for one in found) == 30
        numbers = {str(value) for one in parameters for value in one.get("metadata", {}).values()}
        assert {"NaN", "Infinity"} <= numbers
        assert len({one["metadata"]["requestId"] for one in found}) == 7
        texts = [one["event"]["timestamp"] for one in found]
        fractions = [text.rstrip("Z").partition(".")[2] for text in texts]
        assert set(map(len, fractions)) == {0, 3, 6, 9}
        times = [time for (time,) in asker.rows("SELECT time FROM events ORDER BY id")]
        assert [f"{time % 10**9:09}" for time in times] == [fraction.ljust(9, "0") for fraction in fractions]
    with opened("sourcegraph/events_only.jsonl") as (asker, _):
        assert not any("identifier" in json.dumps(record.get("metadata", {})) for record in records(asker))


def test_hephaestus() -> None:
    """Eleven runs of the program and thirteen operations; a log of text has no times but the same events."""
    with opened("hephaestus/cli_v0.2.0.jsonl") as (asker, _):
        assert asker.rows("SELECT count(DISTINCT trace), count(DISTINCT span) FROM events") == [(11, 13)]
        events = runs.counts(asker, "event")
    with opened("hephaestus/cli_v0.2.0.text.raw.log") as (asker, _):
        assert {event: number for event, number in runs.counts(asker, "event").items() if event != "(text)"} == events
        assert asker.rows("SELECT count(time) FROM events") == [(0,)]


@pytest.mark.parametrize(
    ("name", "version", "zones"),
    [
        ("jupyter_telemetry_0.1.0", int, {"Z": 49, "+00:00Z": 1, "+05:30Z": 1}),
        ("jupyter_events_0.10.0", int, {"+00:00Z": 45, "-03:00Z": 1, "Z": 1}),
        ("jupyter_events_0.12.1", str, {"+00:00Z": 45, "-03:00Z": 1, "Z": 1}),
        ("jupyter_telemetry_master_categories", int, {"Z": 55}),
    ],
)
def test_jupyter(name: str, version: type, zones: dict[str, int]) -> None:
    """Versions are numbers or texts, and times of every form are read, the offset before the Z."""
    with opened(f"jupyter/{name}.jsonl") as (asker, _):
        found = records(asker)
        assert {type(one["__schema_version__"]) for one in found} == {version}
        texts = [one["__timestamp__"] for one in found]
        forms = Counter(re.sub(r"^.*?(([+-]\d\d:\d\d)?Z)$", r"\1", text) for text in texts)
        assert forms == zones
        times = [time for (time,) in asker.rows("SELECT time FROM events ORDER BY id")]
        plain = [re.sub(r"([+-]\d\d:\d\d)Z$", r"\1", text) for text in texts]
        assert times == [round(datetime.fromisoformat(text).timestamp() * 10**6) * 1000 for text in plain]


def test_beamlens() -> None:
    """Of thirty calls of a model 28 stop, one fails and one is open; every form of the run holds the same events."""
    counts = []
    for name in ("dotted", "array", "jason", "flat"):
        with opened(f"beamlens/real_handler_{name}.jsonl") as (asker, _):
            counts.append(runs.counts(asker, "event"))
    assert counts[1:] == counts[:1] * 3
    assert LLM["beamlens.llm.start"] - LLM["beamlens.llm.stop"] - LLM["beamlens.llm.exception"] == 1
    with opened("beamlens/loggerjson_structured_basic.jsonl") as (asker, _):
        (report,) = asker.rows("SELECT raw FROM events WHERE dialect = 'generic'")
        assert "error" in report[0]
