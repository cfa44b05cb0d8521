"""Every dialect's lines, events, types, times and durations are those that plain Python tells, however they are cut."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import dialect_oracle
import oracle
from loading import pieces
from tlx.cli.main import run
from tlx.config.settings import Settings
from tlx.dialects.known import DIALECTS
from tlx.dialects.samples import writers
from tlx.query import runs
from tlx.query.ask import Asker
from tlx.session import Session

ROOT = Path(__file__).parents[2]
BESIDE = ROOT.parent / "shared" / "samples"
OURS = (*writers(), "normal.json-lines.zst")
THEIRS = (
    *(f"sourcegraph/{name}.jsonl" for name in ("gateway_export", "events_only", "record_events_requests")),
    *(f"sourcegraph/{name}.jsonl" for name in ("gateway_export_snake_case", "client_event_input")),
    *(f"jupyter/jupyter_{name}.jsonl" for name in ("telemetry_0.1.0", "events_0.10.0", "events_0.12.1")),
    "jupyter/jupyter_telemetry_master_categories.jsonl",
    *(f"hephaestus/{name}" for name in ("cli_v0.2.0.json.raw.log", "cli_v0.2.0.jsonl", "cli_v0.2.0.text.raw.log")),
    *(f"hephaestus/library_use_v0.2.0.{name}.log" for name in ("json", "text")),
    "hephaestus/handbuilt_flat_doc_examples.jsonl",
    *(f"beamlens/real_handler_{name}.jsonl" for name in ("dotted", "array", "jason", "flat")),
    *(f"beamlens/{name}" for name in ("loggerjson_structured_basic.jsonl", "default_logger_console.log")),
    *(f"buck2/{name}.derived.json-lines" for name in ("my_genrule0", "my_genrule1", "buildlog")),
    *(f"buck2/{name}.derived.show-user.json-lines" for name in ("my_genrule0", "buildlog")),
    "buck2/handbuilt_user_log.json-lines",
)
JOINED = {"beamlens", "hephaestus"}
"""Dialects of which some spans tell no duration: it is the time between two lines, which another oracle tells."""
IN_TURN = {"beamlens.operator.iteration_start", "beamlens.coordinator.iteration_start"}
"""Spans that stand at their start."""


def check(path: Path) -> None:
    """Compare what tlx says of a log with what the oracle says."""
    meaning = dialect_oracle.read(oracle.text_of(path)[1])
    assert meaning.events
    session = Session([str(path)], Settings())
    try:
        session.start()
        session.wait()
        asker = Asker(session.database)
        assert runs.line_kinds(asker) == {kind: meaning.kinds[kind] for kind in ("event", "header", "text", "reject")}
        assert runs.counts(asker, "dialect") == meaning.dialects
        assert runs.counts(asker, "event") == meaning.types
        rows = asker.rows(
            "SELECT line, dialect, event, time, duration_ns, start FROM events WHERE event IS DISTINCT FROM '(text)'"
            " ORDER BY line, id"
        )
        asker.close()
    finally:
        session.close()
    for event, (line, dialect, kind, ended, duration, began) in zip(meaning.events, rows, strict=True):
        assert (line, dialect, kind) == (event.line, event.dialect, event.type)
        in_turn = kind in IN_TURN and duration is not None  # its own time is that of its begin
        time = began if in_turn else ended
        if event.time is None and event.clock is not None:
            assert time % dialect_oracle.DAY == event.clock, line
        else:
            assert time == event.time, line
        assert duration == event.duration or (event.duration is None and dialect in JOINED), line


@pytest.mark.parametrize("name", OURS)
def test_samples(name: str, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """What tlx tells of each committed sample is what Python tells, and `tlx stats` prints that."""
    path = ROOT / "sample_logs" / name
    check(path)
    meaning = dialect_oracle.read(oracle.text_of(path)[1])
    assert run(["stats", "--format", "json", str(path)]) == 0
    printed = json.loads(capsysbinary.readouterr().out)
    assert {kind: number for kind, number in printed["line_kinds"].items() if number} == meaning.kinds
    assert (printed["dialects"], printed["event_types"]) == (meaning.dialects, meaning.types)
    assert printed["events"] == len(meaning.events)


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("sizes", [(301, 3_000), (4_000, 20_000)])
def test_samples_in_pieces(name: str, sizes: tuple[int, int]) -> None:
    """So it is in whatever pieces the log is read and cut."""
    factor = 10 if name.startswith("normal") else 1  # it is long
    with pieces(*(size * factor for size in sizes)):
        check(ROOT / "sample_logs" / name)


@pytest.mark.parametrize("name", THEIRS)
def test_samples_beside(name: str) -> None:
    """And of those beside the repository, where there are any."""
    if not (BESIDE / name).exists():
        pytest.skip("no further samples beside the repository")
    check(BESIDE / name)


@pytest.mark.parametrize("name", [name for name in THEIRS if "genrule0" not in name][1::4])
def test_samples_beside_in_pieces(name: str) -> None:
    """These too in small pieces."""
    if not (BESIDE / name).exists():
        pytest.skip("no further samples beside the repository")
    with pieces(2_000, 8_000):
        check(BESIDE / name)


def test_mixed(tmp_path: Path) -> None:
    """The samples that each dialect brings mean the same to both, whatever stands around them."""
    lines = [sample for one in DIALECTS for sample in one.samples]
    path = tmp_path / "all"
    path.write_bytes(b"\n".join([*lines, *reversed(lines), b""]))
    check(path)
    with pieces(100, 300):
        check(path)


def test_the_oracle_finds_every_dialect() -> None:
    """The comparison means something: the oracle tells every dialect apart, and every kind of line."""
    dialects: set[Any] = set()
    for one in DIALECTS:
        found = dialect_oracle.read(b"\n".join(one.samples))
        assert set(found.dialects) == {one.name}
        dialects |= set(found.dialects)
    assert len(dialects) == len(DIALECTS)
