"""The committed logs of other systems hold what they promise."""

from __future__ import annotations

from pathlib import Path

import pytest

from tlx.config import Settings
from tlx.query import runs
from tlx.query.ask import Asker
from tlx.session import Session


@pytest.mark.parametrize(
    ("name", "headers", "texts"),
    [("sourcegraph.jsonl", 15, 0), ("jupyter.jsonl", 0, 0), ("hephaestus.log", 0, 3), ("beamlens.jsonl", 0, 0)],
)
def test_every_line_is_read(sample_logs: Path, name: str, headers: int, texts: int) -> None:
    """Each is of one dialect, and nothing in it is rejected."""
    path = sample_logs / name
    session = Session([str(path)], Settings())
    try:
        session.start()
        session.wait()
        asker = Asker(session.database)
        kinds = runs.line_kinds(asker)
        assert list(runs.counts(asker, "dialect")) == [path.stem]
        asker.close()
    finally:
        session.close()
    lines = path.read_bytes().count(b"\n")
    assert kinds == {"event": lines - headers - texts, "header": headers, "text": texts, "reject": 0}
