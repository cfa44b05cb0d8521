"""Jupyter events against the schemas that the user gives; null in place of a value may be a redacted one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tlx.dialects.rules.finding import Finding, Given, Judged, Rules, Severity, mapping

_CAPSULE = ("__timestamp__", "__schema__", "__schema_version__", "__metadata_version__")
_LAUNCH = ("timestamp", "schema", "version")
"""The capsule of the archives of mybinder.org."""
_NOISE = "taskName"
"""Some versions of the logger end each line with this, as null."""


def _fields(judged: Judged) -> Mapping[str, Any]:
    return mapping(judged.record)


def _judge(judged: Judged, given: Given) -> Iterator[Finding]:
    if given.schemas is None:
        return
    record = mapping(judged.record)
    capsule = _CAPSULE if "__schema__" in record else _LAUNCH
    version = record.get(capsule[2])
    told = version if isinstance(version, str) else str(version)
    properties = {name: value for name, value in record.items() if name not in capsule}
    if properties.get(_NOISE, "") is None:
        del properties[_NOISE]
    errors = given.schemas.errors(judged.event or "", told, properties)
    if errors is None:
        yield Finding(Severity.WARNING, "unknown-schema", capsule[1], f"{judged.event} version {told}")
        return
    for error in errors:
        severity, rule = (Severity.INFORMATION, "redacted?") if error.is_null else (Severity.ERROR, error.rule)
        yield Finding(severity, rule, error.field, error.value)


RULES = Rules(_fields, _judge, needs_schemas=True)
