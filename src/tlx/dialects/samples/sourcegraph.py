"""Sourcegraph's telemetry, as its gateway streams and exports it."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from tlx.dialects.samples.writing import compact, moments

FILE = "sourcegraph.jsonl"
_STREAMED = 15
"""So many of Sourcegraph's requests are a stream, the others exported."""
_CLIENTS: Sequence[Mapping[str, Mapping[str, str]]] = (
    {"client": {"name": "VSCode.Cody", "version": "1.32.0"}},
    {"client": {"name": "server.web"}},
    {"client": {"name": "JetBrains.Cody", "version": "1.10.2"}},
    {},
)
"""What sends events; what the server itself records names none."""


def lines(seed: int) -> Iterator[str]:
    """Yield a stream of requests: a line of metadata, then one with some events; at the end exported events."""
    dice = random.Random(seed)
    words = (
        ("search", "submit"),
        ("cody.chat-question", "executed"),
        ("repo", "view"),
        ("cody.completion", "accepted"),
    )
    instance = {"unlicensedInstance": {"instanceId": "demo-instance", "externalUrl": "https://sourcegraph.example"}}
    for number in range(20):
        metadata = {"requestId": f"{dice.getrandbits(128):032x}", "identifier": instance}
        events: list[Mapping[str, object]] = []
        for now in moments(dice, dice.randrange(1, 5)):
            feature, action = dice.choice(words)
            events.append(
                {
                    "id": f"{dice.getrandbits(128):032x}",
                    "timestamp": (now + timedelta(minutes=number)).isoformat().replace("+00:00", "Z"),
                    "feature": feature,
                    "action": action,
                    "source": {"server": {"version": "5.9.0"}, **_CLIENTS[len(events) % len(_CLIENTS)]},
                    "parameters": {"metadata": {"durationMs": dice.randrange(5, 3_000)}},
                    "user": {"userId": str(dice.randrange(1_000, 1_006))},
                    "interaction": {"traceId": f"{dice.getrandbits(128):032x}"},
                }
            )
        if number < _STREAMED:
            yield compact({"metadata": metadata})
            yield compact({"events": {"events": events}})
        else:
            yield from (compact({"event": event, "metadata": metadata}) for event in events)
