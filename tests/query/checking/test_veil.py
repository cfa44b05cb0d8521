"""What must not be shown is judged as it is, and told as it is masked."""

from __future__ import annotations

import pytest

from tlx.dialects.known import DIALECTS
from tlx.loading.masks import masks
from tlx.query.checking.schemas import SchemaBook

PLANTED = "s3cr3t-value"
WHEN = "2026-11-21T01:40:32Z"
HEPHAESTUS = {"timestamp": WHEN, "level": "INFO", "logger": "hephaestus.x", "message": "m"}
SCHEMA = {
    "$id": "x",
    "version": 1,
    "additionalProperties": False,
    "properties": {"username": {"type": "string", "maxLength": 3}, "n": {"type": "integer"}},
}


@pytest.mark.parametrize(
    ("record", "rules"),
    [
        (
            {"timestamp": WHEN, "principal": [PLANTED], "operation": "x", "status": "maybe"},
            ["unknown-value"],
        ),
        (
            {**HEPHAESTUS, "event": "cli.cleanup.failed", "payload": {"errors": f"https://u:{PLANTED}@h/?q={PLANTED}"}},
            ["wrong-type"],
        ),
        (
            {**HEPHAESTUS, "event": "cli.cleanup.failed", "payload": {"errors": 1, "key_id": PLANTED, "n": 7}},
            ["extra-field", "extra-field"],
        ),
        (
            {"__timestamp__": WHEN, "__schema__": "x", "__schema_version__": 1, "username": PLANTED, "n": PLANTED},
            ["schema-maxLength", "schema-type"],
        ),
        (
            {"__timestamp__": WHEN, "__schema__": "x", "__schema_version__": 1, "other": {PLANTED: PLANTED}},
            ["schema-additionalProperties"],
        ),
        (
            {"event": {"id": "1", "timestamp": WHEN, "feature": "a", "action": "sub", "user": {"userId": PLANTED}}},
            ["bad-name", "wrong-type"],
        ),
        (
            {
                "timestamp": WHEN,
                "event": "beamlens.operator.think",
                "measurements": {"system_time": 1.5},
                "metadata": {"operator": "o", "trace_id": "t", "thought": PLANTED},
            },
            ["wrong-type"],
        ),
    ],
)
def test_planted_secrets_are_not_told(judged, record, rules):
    """The rules that are broken are those of the event as it is; no part of what is told holds the secret."""
    found = judged(record, schemas=SchemaBook({"f": SCHEMA}), masks=masks(DIALECTS, hide=False))
    assert sorted(one.rule for one in found) == sorted(rules)
    assert PLANTED not in repr(found)
    assert PLANTED in repr(record)


def test_lines_that_are_no_events_are_told_without_their_text(judged):
    """A broken line may hold anything."""
    found = judged({**HEPHAESTUS, "event": "my.own"}, f'{{"broken {PLANTED}', masks=masks(DIALECTS, hide=False))
    assert [one.rule for one in found] == ["unknown-event", "malformed"]
    assert PLANTED not in repr(found)


def test_what_is_not_masked_is_told(judged):
    """A value beside masked ones is told as it stands."""
    payload = {"errors": "three", "url": f"https://u:{PLANTED}@h/"}
    record = {**HEPHAESTUS, "event": "cli.cleanup.failed", "payload": payload}
    found = judged(record, masks=masks(DIALECTS, hide=False))
    assert {one.field: one.value for one in found}["errors"] == "three"
    assert PLANTED not in repr(found)
