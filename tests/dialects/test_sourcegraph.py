"""Sourcegraph's telemetry in all its forms."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tlx.dialects.known import DIALECTS, below, is_folded
from tlx.model import Above, Batch
from tlx.text import Text

NS = 1_795_165_207_470_511_123
EVENT = {
    "id": "1",
    "timestamp": "2026-11-20T09:00:07.470511123Z",
    "feature": "search",
    "action": "submit",
    "user": {"userId": "9007199254740993"},
    "interaction": {"traceId": "t", "interactionId": "i"},
}
SNAKE = {**EVENT, "user": {"user_id": "9007199254740993"}, "interaction": {"trace_id": "t", "interaction_id": "i"}}
METADATA = {"requestId": "r", "identifier": {"unlicensedInstance": {"instanceId": "home"}}}
LOG = {"SeverityText": "DEBUG", "Timestamp": NS, "InstrumentationScope": "pubsub", "Body": "Publish"}
ANONYMOUS = {"feature": "search", "action": "submit"}


def line(record: Any) -> bytes:
    """A record as the gateway writes it."""
    return json.dumps(record, separators=(",", ":")).encode()


def folded(*lines: bytes, above: bytes = b"") -> Batch:
    """A batch of lines that may hold many events."""
    text = b"\n".join(lines)
    assert is_folded(Text(text), DIALECTS)
    return Batch(0, 1, 10, 5, 0, Text(text), len(lines), above=Above(line=above), folded=True)


@pytest.mark.parametrize(
    "record",
    [
        {"event": EVENT, "metadata": METADATA},
        {"metadata": METADATA, "event": SNAKE},
        EVENT,
        SNAKE,
        {**LOG, "Attributes": {"message": json.dumps({"event": EVENT, "metadata": METADATA})}},
    ],
    ids=["export", "snake case", "bare", "bare snake case", "debug log"],
)
def test_forms(shelf: Any, record: Any) -> None:
    """The same event is read from each form, to the nanosecond; a user is a text of any length."""
    found = shelf.event(line(record))
    columns = ("dialect", "event", "name", "kind", "owner", "time", "duration_ns", "trace", "span")
    assert [found[name] for name in columns] == [
        *("sourcegraph", "search.submit", "search.submit", "search", "9007199254740993", NS, None, "t", "i")
    ]


def test_owner_without_user(shelf: Any) -> None:
    """Where nobody is named, the instance is the owner."""
    assert shelf.event(line({"event": ANONYMOUS, "metadata": METADATA}))["owner"] == "home"


def test_log_lines(shelf: Any) -> None:
    """A line of the debug log that wraps no event tells what it says, and when."""
    found = shelf.event(line(LOG))
    assert (found["dialect"], found["name"], found["time"]) == ("sourcegraph", "Publish", NS)


def test_others_are_left_alone(shelf: Any) -> None:
    """OpenTelemetry's own logs and events of other products are none of Sourcegraph's."""
    for record in ({**LOG, "InstrumentationScope": {"Name": "x"}}, {"event": {"a": 1}}, {"feature": "x"}):
        assert shelf.event(line(record))["dialect"] == "generic"


def test_streams(shelf: Any) -> None:
    """A line holds many events; each has a number and the metadata of the last line above that has some."""
    batch = folded(
        line({"events": {"events": [ANONYMOUS]}}),
        line({"metadata": METADATA}),
        line({"events": {"events": [ANONYMOUS, EVENT, ANONYMOUS]}}),
        b"",
        line({"event": EVENT}),
        b"torn {",
        line({"events": {"events": []}}),
        line({"metadata": {"identifier": 1}}),
        above=line({"metadata": {"identifier": {"managedService": {"serviceId": "cody"}}}}),
    )
    kept = shelf.put(batch)
    user = "9007199254740993"
    assert [event["owner"] for event in kept.events[:-1]] == ["cody", "home", user, "home", user]
    assert [event["line"] for event in kept.events] == [5, 7, 7, 7, 9, 12]
    assert json.loads(kept.events[2]["raw"]) == {"event": EVENT, "metadata": METADATA}
    ids = [event["id"] for event in kept.events]
    assert ids == sorted(set(ids))
    assert all(batch.first_id <= number < batch.first_id + batch.ids for number in ids)
    assert [(reject.line, reject.text) for reject in kept.rejects] == [(10, "torn {")]
    assert [tuple(outcome) for outcome in kept.outcomes] == [(6, 1, 1, 0)]


def test_what_a_stream_hands_down() -> None:
    """The last line of metadata in a text counts for the lines below it, and through texts without one."""
    first, last = line({"metadata": METADATA}), line({"metadata": {**METADATA, "requestId": "s"}})
    events = line({"events": {"events": [EVENT]}})
    above = below(Text(b"\n".join([first, events, last, events])), Above(), DIALECTS, folded=True)
    assert above.line == last
    assert below(Text(events), above, DIALECTS, folded=True).line == last
    assert below(Text(line(EVENT)), above, DIALECTS, folded=False).line == last
