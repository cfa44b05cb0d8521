"""The demo's normal log says what its user log says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tlx.cli.main import run
from tlx.demo.__main__ import NORMAL
from tlx.demo.build import simulate

SAMPLES = Path(__file__).parents[2] / "sample_logs"


@pytest.mark.parametrize("name", ["normal.json-lines.zst", "normal.pb.zst"])
def test_the_same_user_events(capsys: Any, name: str) -> None:
    """Turned back into a user log, either form holds the very events that it was made of."""
    assert run(["show-user", str(SAMPLES / name)]) == 0
    found = [json.dumps(json.loads(line), sort_keys=True) for line in capsys.readouterr().out.split("\n") if line]
    assert sorted(found) == sorted(json.dumps(record, sort_keys=True) for record in simulate(NORMAL))


def test_failures(capsys: Any) -> None:
    """Some actions failed, and say why."""
    where = "status == failed event == ActionExecution"
    assert run(["events", str(SAMPLES / "normal.pb.zst"), "--no-cache", "--raw", "-w", where]) == 0
    failed = [json.loads(line) for line in capsys.readouterr().out.split("\n") if line]
    ends = [record["Event"]["data"]["SpanEnd"]["data"]["ActionExecution"] for record in failed]
    assert ends
    assert all(end["failed"] for end in ends)
    assert all(end["commands"][-1]["details"]["signed_exit_code"] == 1 for end in ends)
    assert all("error:" in end["commands"][-1]["details"]["stderr"] for end in ends)
