"""The rules of Sourcegraph's telemetry gateway, and what it would not let out: an audit of sensitive data.

Keys are camelCase or snake_case, and some capitals differ: they are compared without capitals and underscores.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from tlx.dialects.rules.finding import Finding, Given, Judged, Rules, Severity, amount, mapping

_NAME = re.compile(r"[a-z][a-zA-Z\-.]+\Z")
_MOST_NAME = 64
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)\Z", re.ASCII)
_NUMBERS = ("NaN", "Infinity", "-Infinity")
_WHOLE = re.compile(r"-?[0-9]{1,19}\Z")
_REPLACED = "ERROR: value of allowlisted key was not a string"
"""What the exporter writes where it could not let a value out."""
_OUTSIDE = ("licensedinstance", "unlicensedinstance")
"""Instances of customers: what of theirs must not be told leaves the house here."""


def _plain(key: str) -> str:
    return key.replace("_", "").lower()


def _get(value: Any, *path: str) -> Any:
    """What stands at a path, however its keys are spelt; None where nothing does."""
    for key in path:
        found = mapping(value)
        value = found.get(key)
        if value is None:
            wanted = _plain(key)
            value = next((inner for name, inner in found.items() if _plain(name) == wanted), None)
    return value


def _body(judged: Judged) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The event and the metadata of its batch."""
    record = mapping(judged.record)
    wrapped = _get(record, "Attributes", "message")
    if isinstance(wrapped, str):
        try:
            record = mapping(orjson.loads(wrapped))
        except orjson.JSONDecodeError:
            return {}, {}
    if isinstance(record.get("event"), dict):
        return record["event"], mapping(record.get("metadata"))
    return ({}, {}) if "SeverityText" in record else (record, {})


def _fields(judged: Judged) -> Mapping[str, Any]:
    event, metadata = _body(judged)
    found = {}
    for name in _PATHS:
        root, path = (metadata, name.partition(".")[2]) if name.startswith("metadata.") else (event, name)
        value = _get(root, *path.split("."))
        if value is not None:
            found[name] = value
    return found


_PATHS = (
    *("id", "timestamp", "feature", "action", "source.server.version", "source.client.name", "source.client.version"),
    *("parameters.version", "parameters.metadata", "parameters.legacyMetadata", "parameters.privateMetadata"),
    *("parameters.billingMetadata.product", "parameters.billingMetadata.category", "user.userId"),
    *("user.anonymousUserId", "user.samsExternalId", "featureFlags.flags", "marketingTracking", "interaction.traceId"),
    *("interaction.interactionId", "interaction.geolocation.countryCode", "metadata.requestId", "metadata.identifier"),
    "metadata.identifier.licensedInstance.licenseKey",
)


def _judge(judged: Judged, given: Given) -> Iterator[Finding]:
    event, metadata = _body(judged)
    if not event:
        return
    yield from _named(event)
    yield from _required(event)
    yield from _counted(event)
    yield from _audited(event, metadata, given)


def _named(event: Mapping[str, Any]) -> Iterator[Finding]:
    """Features and actions: the gateway's pattern and length."""
    for key in ("feature", "action"):
        name = event.get(key)
        if not isinstance(name, str) or not name:
            yield Finding(Severity.ERROR, "missing-field", key, name)
        elif len(name) > _MOST_NAME:
            yield Finding(Severity.ERROR, "name-too-long", key, name)
        elif not _NAME.match(name):
            yield Finding(Severity.ERROR, "bad-name", key, name)


def _required(event: Mapping[str, Any]) -> Iterator[Finding]:
    """Id and time, which the server gives: what a client sends has neither."""
    is_input = isinstance(_get(event, "parameters", "metadata"), list) or isinstance(
        _get(event, "source", "client"), str
    )
    for key in ("id", "timestamp"):
        if not event.get(key) and not is_input:
            yield Finding(Severity.ERROR, "missing-field", key, event.get(key))
    when = event.get("timestamp")
    if when and not (isinstance(when, str) and _TIME.match(when)):
        yield Finding(Severity.ERROR, "bad-time", "timestamp", when)
    user = _get(event, "user", "userId")
    if user is not None and not (isinstance(user, int) or (isinstance(user, str) and _WHOLE.match(user))):
        yield Finding(Severity.ERROR, "wrong-type", "user.userId", user)


def _counted(event: Mapping[str, Any]) -> Iterator[Finding]:
    """Metadata holds numbers alone."""
    metadata = _get(event, "parameters", "metadata")
    if isinstance(metadata, list):  # as clients send it
        pairs = [(str(_get(one, "key")), _get(one, "value")) for one in metadata]
    elif isinstance(metadata, dict):
        pairs = list(metadata.items())
    else:
        pairs = []
        if metadata is not None:
            yield Finding(Severity.ERROR, "wrong-type", "parameters.metadata", metadata)
    for key, value in pairs:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (number or value in _NUMBERS or (isinstance(value, str) and _WHOLE.match(value))):
            yield Finding(Severity.ERROR, "wrong-type", f"parameters.metadata.{key}", value)
    for key, value in mapping(_get(event, "parameters", "legacyMetadata")).items():
        if not (isinstance(value, str) and _WHOLE.match(value)) and not isinstance(value, int):
            yield Finding(Severity.ERROR, "wrong-type", f"parameters.legacyMetadata.{key}", value)


def _audited(event: Mapping[str, Any], metadata: Mapping[str, Any], given: Given) -> Iterator[Finding]:
    """What is sensitive: a warning, an error where the user says what may be told, a word in a managed service."""
    instance = next(iter(mapping(_get(metadata, "identifier"))), "")
    severity = Severity.WARNING if given.allowed is None else Severity.ERROR
    if instance and _plain(instance) not in _OUTSIDE:
        severity = Severity.INFORMATION
    yield from _private(event, severity, given)
    marketing = _get(event, "marketingTracking")
    if marketing:
        yield Finding(severity, "sensitive-data", "marketingTracking", amount(marketing), hidden=True)
    key = _get(metadata, "identifier", "licensedInstance", "licenseKey")
    if key:
        field = "metadata.identifier.licensedInstance.licenseKey"
        yield Finding(Severity.WARNING, "licence-key", field, amount(key), hidden=True)


def _private(event: Mapping[str, Any], severity: Severity, given: Given) -> Iterator[Finding]:
    private = _get(event, "parameters", "privateMetadata")
    if not private:
        return
    field = "parameters.privateMetadata"
    allowed = (given.allowed or {}).get(f"{event.get('feature')}::{event.get('action')}")
    if not isinstance(private, dict):
        yield Finding(severity, "sensitive-data", field, amount(private), hidden=True)
        return
    replaced = sum(value == _REPLACED for value in private.values())
    if replaced:
        yield Finding(Severity.INFORMATION, "redaction-error", field, _REPLACED, hidden=True)
    let = 0 if allowed is None else sum(not allowed or key in allowed for key in private)  # keys may be made of data
    if replaced + let < len(private):
        yield Finding(severity, "sensitive-data", field, amount(private), hidden=True)


RULES = Rules(_fields, _judge)
