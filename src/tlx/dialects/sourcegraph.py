"""Sourcegraph's telemetry: what the gateway exports, bare events, streams of requests, what clients send, debug logs.

An event stands alone, under `event`, in a list under `events`, or as a text in `Attributes.message`. Its keys are
camelCase or snake_case in each of these. It is an instant: `durationMs` is a number that some callers add.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson

from tlx.dialects.base import Breakdown, Dialect, Story, first, moment, since_epoch
from tlx.model import Folds, Projection, Sensitive, Unfolded

if TYPE_CHECKING:
    from tlx.dialects.rules.finding import Rules


def _unfold(record: Any, above: bytes) -> Unfolded | None:
    """The events of one request, each with the metadata of the line above; that line itself holds none."""
    match record:
        case {"events": {"events": [*found]}} if all(isinstance(one, dict) for one in found):
            metadata = _metadata(above)
            return Unfolded([{"event": one, **metadata} for one in found])
        case {"metadata": {"identifier": dict()}} if not record.keys() & {"event", "events", "measurements"}:
            return Unfolded((), above=True)
    return None


def _metadata(line: bytes) -> Mapping[str, Any]:
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    return {"metadata": record["metadata"]} if isinstance(record, dict) and "metadata" in record else {}


def _either(path: str) -> tuple[str, ...]:
    """A path in camelCase, as it is and in snake_case."""
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in path)
    return (path,) if snake == path else (path, snake)


def _told(*paths: str) -> str:
    """SQL for the first of these that the event says: inside of `body`, or at the top of the record."""
    found = []
    for path in (spelt for one in paths for spelt in _either(one)):
        top, _, inner = path.partition(".")
        found += [f"body->>'$.{path}'", f"(j.\"{top}\"->>'$.{inner}')" if inner else f"(j.\"{top}\"->>'$')"]
    return first(*found)


def _identified(*paths: str) -> str:
    """SQL for the first of these that the identifier of an instance says."""
    return first(*(f"origin->>'$.identifier.{one}'" for path in paths for one in _either(path)))


_CLIENT = "CASE json_type(j.source, '$.client') WHEN 'VARCHAR' THEN j.source->>'$.client' END"
"""SQL for the client as clients themselves say it."""


def _rules() -> Rules:
    from tlx.dialects.rules.sourcegraph import RULES  # noqa: PLC0415  only where events are checked

    return RULES


SOURCEGRAPH = Dialect(
    name="sourcegraph",
    title="Sourcegraph telemetry",
    projection=Projection(
        dialect="sourcegraph",
        structure={
            **dict.fromkeys(("event", "feature", "action", "user", "interaction", "parameters", "metadata"), "JSON"),
            "source": "JSON",
            **dict.fromkeys(("SeverityText", "Body", "timestamp"), "VARCHAR"),
            **dict.fromkeys(("InstrumentationScope", "Attributes"), "JSON"),
        },
        marks={
            **dict.fromkeys(("event", "feature", "action", "InstrumentationScope"), "JSON"),
            **dict.fromkeys(("SeverityText", "Body"), "VARCHAR"),
        },
        recognise=(
            "coalesce((json_type(j.event) = 'OBJECT'"
            " AND (json_exists(j.event, '$.feature') OR json_exists(j.event, '$.action')))"
            " OR (json_type(j.feature) = 'VARCHAR' AND json_type(j.action) = 'VARCHAR')"
            " OR (j.SeverityText IS NOT NULL AND j.Body IS NOT NULL"
            " AND json_type(j.InstrumentationScope) = 'VARCHAR'), FALSE)"
        ),
        shorthands={
            "logged": "j.Attributes->>'$.message'",
            "wrapped": "CASE WHEN starts_with(logged, '{') AND json_valid(logged) THEN logged::JSON END",
            "body": "coalesce(wrapped->'$.event', CASE WHEN json_type(j.event) = 'OBJECT' THEN j.event END)",
            "origin": "coalesce(wrapped->'$.metadata', j.metadata)",
            "feature": _told("feature"),
            "action": _told("action"),
            "at_ns": first(
                moment("coalesce(body->>'$.timestamp', j.timestamp)"),
                # Keys of a structure differ by more than their capitals.
                "CASE WHEN j.SeverityText IS NOT NULL THEN TRY_CAST(line::JSON->>'$.Timestamp' AS BIGINT) END",
            ),
        },
        columns={
            "event": "coalesce(feature || '.' || action, feature, action, 'log')",
            "name": "coalesce(feature || '.' || action, feature, action, j.Body)",
            "kind": "coalesce(feature, j.SeverityText)",
            "category": first(_told("source.client.name"), _CLIENT),
            "level": "j.SeverityText",
            "owner": first(
                _told("user.userId", "user.anonymousUserId", "user.samsExternalId"),
                _identified("licensedInstance.instanceId", "unlicensedInstance.instanceId", "managedService.serviceId"),
            ),
            "time": since_epoch("at_ns"),
            "trace": _told("interaction.traceId"),
            "span": _told("interaction.interactionId", "parameters.interactionID"),
        },
    ),
    samples=(
        (
            b'{"event":{"id":"01a1f82f-3bae-7d4c-8eec-9cd36e8434b3","timestamp":"2026-11-20T09:00:07.470511Z",'
            b'"feature":"search","action":"submit","source":{"server":{"version":"5.3.1"},"client":{"name":"Cli"}},'
            b'"parameters":{"version":1,"metadata":{"durationMs":1384,"score":"NaN"}},"user":{"userId":"1018"},'
            b'"interaction":{"traceId":"b4715d47ddd300cb1523626db78a3dc8","interactionId":"i-1"}},'
            b'"metadata":{"requestId":"r-1","identifier":{"licensedInstance":{"licenseKey":"k","instanceId":"n"}}}}'
        ),
        (
            b'{"event":{"id":"1","timestamp":"2026-11-20T09:00:07Z","feature":"cody.chat","action":"executed",'
            b'"user":{"anonymous_user_id":"3f1c"},"interaction":{"trace_id":"b4","interaction_id":"i-2"}},'
            b'"metadata":{"request_id":"r-2","identifier":{"managed_service":{"service_id":"cody-gateway"}}}}'
        ),
        b'{"id":"2","timestamp":"2026-11-20T09:00:07.470511123Z","feature":"repo","action":"view","parameters":{}}',
        (
            b'{"feature":"search","action":"submit","source":{"client":"VSCode.Cody","clientVersion":"1.10.2"},'
            b'"parameters":{"version":0,"interactionID":"i-0","metadata":[{"key":"durationMs","value":0}]}}'
        ),
        (
            b'{"SeverityText":"DEBUG","Timestamp":1795224675678914656,"InstrumentationScope":"telemetry-gateway.pubsub",'
            b'"Caller":"pubsub/topic.go:80","Function":"publish","Body":"Publish","Resource":{},"Attributes":{'
            b'"message":"{\\"event\\":{\\"timestamp\\":\\"2026-11-20T09:00:00Z\\",\\"feature\\":\\"search\\",'
            b'\\"action\\":\\"submit\\"},\\"metadata\\":{}}","attributes":{}}}'
        ),
    ),
    folds=Folds(begins=(b'{"metadata"', b'{"events"'), unfold=_unfold),
    registry=("sourcegraph",),
    rules=_rules,
    breakdown=Breakdown(
        title="Features",
        facets=("name", "category", "kind", "owner"),
        groups=("name", "kind", "category", "owner"),
        columns=("category", "owner"),
        series="kind",
        words={
            "name": "feature.action",
            "kind": "feature",
            "category": "client",
            "owner": "user",
            "trace": "trace id",
            "span": "interaction",
        },
        instants="a Sourcegraph event is an instant: none says how long it took",
    ),
    stories=(
        Story("interaction", "span"),
        Story("trace", "trace"),
        Story("user", "owner", levels=("span",)),
    ),
    sensitive=Sensitive(
        looks="(?i)private_?metadata|marketing_?tracking|license_?key",
        keys=(
            *("private metadata", "marketing tracking", "license key", "external url"),
            *("user id", "anonymous user id", "sams external id"),
        ),
        names=(
            *("url", "first source url", "last source url", "cohort id", "referrer", "device session id"),
            *("session referrer", "session first url"),
        ),
        grouped=("user id", "anonymous user id", "sams external id"),
    ),
)
