"""Jupyter events against the schemas that the user gives; null in place of a value may be a redacted one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tlx.dialects.rules.finding import Finding, Given, Judged, Rules, Schemas, Severity, mapping
from tlx.dialects.rules.registry import Entry, Field, Registry, load

_CAPSULE = ("__timestamp__", "__schema__", "__schema_version__", "__metadata_version__")
_LAUNCH = ("timestamp", "schema", "version")
"""The capsule of the archives of mybinder.org."""
_REGISTRY = "jupyter"
_NOISE = "taskName"
"""Some versions of the logger end each line with this, as null."""


def _fields(judged: Judged) -> Mapping[str, Any]:
    return mapping(judged.record)


def _version(record: Mapping[str, Any]) -> tuple[Sequence[str], str]:
    """The keys that are no properties, and the version of the schema."""
    capsule = _CAPSULE if "__schema__" in record else _LAUNCH
    version = record.get(capsule[2])
    return capsule, version if isinstance(version, str) else str(version)


def _judge(judged: Judged, given: Given) -> Iterator[Finding]:
    if given.schemas is None:
        return
    record = mapping(judged.record)
    capsule, told = _version(record)
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


def _described(judged: Judged, schemas: Schemas) -> Registry | None:
    """What the schema of an event says of it: title, description, properties; its capsule as it always is."""
    capsule, version = _version(mapping(judged.record))
    event = judged.event or ""
    said = schemas.schema(event, version)
    if said is None:
        return None
    properties = {name: mapping(one) for name, one in mapping(said.get("properties")).items()}
    required = [name for name in _listed(said.get("required")) if isinstance(name, str)]
    optional = [name for name in properties if name not in required]
    about = " ".join(str(said[key]).strip() for key in ("title", "description") if said.get(key))
    base = load(_REGISTRY)
    return base._replace(
        name=event,
        title=f"schema {event} version {version}",
        events={event: Entry(about or f"An event of {event}.", (*capsule, *required), tuple(optional))},
        fields={**base.fields, **{name: Field(_type(one), _about(one)) for name, one in properties.items()}},
        values={},
    )


def _type(said: Mapping[str, Any]) -> str:
    kind = said.get("type")
    return kind if isinstance(kind, str) else " or ".join(map(str, _listed(kind))) or "any"


def _about(said: Mapping[str, Any]) -> str:
    one_of = [str(value) for value in _listed(said.get("enum"))]
    words = [str(said[key]).strip() for key in ("title", "description") if said.get(key)]
    return " ".join([*words, *([f"One of {', '.join(one_of)}."] if one_of else [])]) or "Nothing is said of it."


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


RULES = Rules(_fields, _judge, described=_described, needs_schemas=True)
