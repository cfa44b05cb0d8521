"""`tlx show-user` prints what `buck2 log show-user` prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import wire as hand
from tlx.cli.main import run

LOGS = {
    "my_genrule0.proto": "my_genrule0",
    "my_genrule1.proto": "my_genrule1",
    "buildlog.meta-only.pb.zst": "buildlog",
    "my_genrule0.derived.json-lines": "my_genrule0",
    "my_genrule1.derived.json-lines": "my_genrule1",
    "buildlog.derived.json-lines": "buildlog",
}


def normalised(text: str | bytes) -> bytes:
    """The same JSON with its keys in order."""
    lines = text.encode().splitlines() if isinstance(text, str) else text.splitlines()
    return b"\n".join(json.dumps(json.loads(line), sort_keys=True).encode() for line in lines)


def shown(*words: str, capsys: Any) -> tuple[list[Any], str]:
    """What is printed, and what is said."""
    assert run(["show-user", *words]) == 0
    out, err = capsys.readouterr()
    return [json.loads(line) for line in out.split("\n") if line], err


@pytest.mark.parametrize("log", LOGS)
def test_real_logs(log: str, shared_buck2: Path, tmp_path: Path) -> None:
    """Of real logs, in protobuf and in JSON, it is what Buck2 prints, byte for byte once keys are in order."""
    assert run(["show-user", str(shared_buck2 / log), "-o", str(tmp_path / "out")]) == 0
    expected = (shared_buck2 / f"{LOGS[log]}.derived.show-user.json-lines").read_bytes()
    assert normalised((tmp_path / "out").read_bytes()) == normalised(expected)


def test_all_user_events(tmp_path: Path, capsys: Any) -> None:
    """Actions, a script's own events and its waiting come through; all else stays away."""
    user = hand.message((1, "phase"), (2, hand.message((1, "n"), (2, hand.message((2, 3))))))
    waited = hand.event(21, hand.message((2, hand.message((2, 3_999_999))), (83, b"")))
    label = hand.message((1, hand.message((1, "root//a"), (2, "b"))), (2, hand.message((2, "cfg"))))
    name = hand.message((1, "cxx"), (2, "x.o"))
    action = hand.action((1, hand.message((2, label))), (4, 3), (5, name), (6, True), (22, 3), (24, 9))
    records = [
        hand.invocation("buck2", "bxl"),
        hand.said("no"),
        hand.event(22, hand.message((30, user))),
        waited,
        action,
    ]
    path = tmp_path / "log.pb"
    path.write_bytes(hand.framed(*records))
    header, *events = shown(str(path), capsys=capsys)[0]
    assert header["command_line_args"] == ["buck2", "bxl"]
    millis = 1_758_580_987_058
    assert events == [
        {"StarlarkUserEvent": {"id": "phase", "metadata": {"n": 3}}, "epoch_millis": millis},
        {"BxlEnsureArtifactsEvent": {"duration_millis": 3}, "epoch_millis": millis},
        {
            "ActionExecutionEvent": {
                "kind": "Run",
                "name": {"category": "cxx", "identifier": "x.o"},
                "duration_millis": 3134,
                "output_size": 9,
                "input_materialization_duration_millis": 0,
                "execution_kind": "ActionCache",
                "owner": "root//a:b (cfg)",
            },
            "epoch_millis": millis,
        },
    ]


def test_what_buck2_gives_up_on(tmp_path: Path, capsys: Any) -> None:
    """An action of 2022, a torn end and rubbish do not end it; what a record does not say is not made up."""
    action = {"kind": "Run", "name": {"category": "c", "identifier": ""}, "commands": [{"details": {}}], "key": 5}
    end = {"duration": [1, 999_999_999], "data": {"ActionExecution": action}}
    event = json.dumps({"Event": {"timestamp": [1_660_000_000, 1_999_999], "data": {"SpanEnd": end}}})
    path = tmp_path / "log"
    path.write_text(f'{{"command_line_args":["x"],"working_dir":"/"}}\n{event}\n[]\nrubbish\n{{"Event":7}}\n{{"Ev')
    found, said = shown(str(path), capsys=capsys)
    assert found[1:] == [
        {
            "ActionExecutionEvent": {"kind": "Run", "name": action["name"], "duration_millis": 1999},
            "epoch_millis": 1_660_000_000_001,
        }
    ]
    assert said == "tlx: 3 lines are no records, and were left out; `tlx rejects` lists them\n"


def test_a_missing_log(capsys: Any) -> None:
    """A log that is not there is an error in one line."""
    assert run(["show-user", "/nowhere/log.pb"]) == 3
    assert "no such file" in capsys.readouterr().err


@pytest.mark.parametrize("flag", [True, False])
def test_what_is_named_to_be_masked_is_masked(flag: bool, monkeypatch: Any, capsys: Any) -> None:  # noqa: FBT001
    """By the flag or the environment; all else stays as it is."""
    log = str(Path(__file__).parents[2] / "sample_logs" / "normal.json-lines.zst")
    plain, _ = shown(log, capsys=capsys)
    if not flag:
        monkeypatch.setenv("TLX_MASK", "owner")
    masked, _ = shown(log, *(("--mask", "owner") if flag else ()), capsys=capsys)
    owners = [record["ActionExecutionEvent"].pop("owner") for record in masked if "ActionExecutionEvent" in record]
    before = [record["ActionExecutionEvent"].pop("owner") for record in plain if "ActionExecutionEvent" in record]
    assert masked == plain
    assert owners
    assert all(owner.startswith("masked:") for owner in owners)
    assert len(set(zip(owners, before, strict=True))) == len(set(owners)) == len(set(before)) > 5
