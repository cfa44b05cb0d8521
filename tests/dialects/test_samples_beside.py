"""Real logs beside the repository: all that they hold is read, and counted as their README counts it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tlx.config import Settings
from tlx.query import runs
from tlx.query.ask import Asker
from tlx.session import Session

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
EXPECTED = {
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


@pytest.mark.parametrize("name", EXPECTED)
def test_counts(name: str) -> None:
    """Nothing is a reject; every line is counted once; each event has an arrival number of its own."""
    path = SAMPLES / name
    if not path.exists():
        pytest.skip("no further samples beside the repository")
    session = Session([str(path)], Settings())
    try:
        session.start()
        session.wait()
        asker = Asker(session.database)
        dialects, (events, headers, texts) = EXPECTED[name]
        assert runs.counts(asker, "dialect") == dialects
        assert runs.line_kinds(asker) == {"event": events, "header": headers, "text": texts, "reject": 0}
        assert runs.events(asker) == sum(dialects.values()) == session.progress().events
        lines = [line for line in path.read_bytes().split(b"\n") if line.strip()]
        assert runs.sources(asker)[0].lines == len(lines) == events + headers + texts
        ids = [row[0] for row in asker.rows("SELECT id FROM events ORDER BY line, id")]
        assert ids == sorted(set(ids))
        raws = b"\n".join(row[0].encode() for row in asker.rows("SELECT raw FROM events ORDER BY id"))
        assert texts == 0 or [line for line in raws.split(b"\n") if line.strip()] == lines
        asker.close()
    finally:
        session.close()
