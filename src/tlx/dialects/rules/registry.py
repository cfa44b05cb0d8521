"""Registries: which types of events a system may write, and what they and their fields mean, from files in `data`.

A file is JSON: `events` by name, each with what it is `about` and its `required` and `optional` fields; `fields` by
name with type, unit and meaning; `values` of fields that have a set of them; `forms` are what a log holds beside
registered events. One may extend another and says the differences alone. Nothing is read before it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import orjson

_FOLDER = Path(__file__).parents[1] / "data"
_ANY = "(event)"
"""The form that stands for events of any name."""


class Field(NamedTuple):
    """What a field holds: a type as the system calls it, a unit where it measures something, the meaning in words."""

    type: str
    about: str
    unit: str = ""


class Entry(NamedTuple):
    """What a type of event is, and which fields it has; `own` are those that mean something else in it."""

    about: str
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    own: Mapping[str, Field] = {}  # never written to


class Registry(NamedTuple):
    """The types of events that one version of a system may write."""

    name: str
    dialect: str
    version: str
    title: str
    about: str
    events: Mapping[str, Entry]
    forms: Mapping[str, Entry]
    """What is in logs too, though no event of a registry: lines of text, headers, events of any name."""
    fields: Mapping[str, Field]
    values: Mapping[str, Mapping[str, str]]
    """What the values of a field mean, by the field's name, or by event and field with a dot between."""
    context: frozenset[str]
    """Fields that any event may have, for they belong to what goes on around it."""

    def entry(self, event: str | None) -> Entry | None:
        """Return what is known of a type of event."""
        return self.events.get(event or "") or self.forms.get(event or "") or (self.forms.get(_ANY) if event else None)

    def knows(self, event: str) -> bool:
        """Return whether an event of this type is no surprise."""
        return event in self.events or event in self.forms or _ANY in self.forms

    def field(self, event: str | None, name: str) -> Field | None:
        """Return what a field means in an event of a type."""
        entry = self.entry(event)
        return (entry.own.get(name) if entry else None) or self.fields.get(name)

    def value(self, event: str | None, name: str, value: str) -> str | None:
        """Return what a value of a field means."""
        known = self.values.get(f"{event}.{name}") or self.values.get(name)
        return known.get(value) if known else None


@cache
def load(name: str) -> Registry:
    """Return the registry of a name, as a dialect gives it."""
    return made(name, orjson.loads((_FOLDER / f"{name}.json").read_bytes()))


def made(name: str, said: Mapping[str, Any]) -> Registry:
    """Return the registry that a file says."""
    base = load(said["extends"]) if "extends" in said else None
    return Registry(
        name,
        said["dialect"],
        said["version"],
        said["title"],
        said["about"],
        {**(base.events if base else {}), **_entries(said.get("events", {}))},
        {**(base.forms if base else {}), **_entries(said.get("forms", {}))},
        {**(base.fields if base else {}), **_fields(said.get("fields", {}))},
        {**(base.values if base else {}), **said.get("values", {})},
        (base.context if base else frozenset()) | frozenset(said.get("context", ())),
    )


def imported(name: str, said: Any) -> Registry:
    """Return the registry that a file of somebody else says: one as above, or the bare lists that systems print.

    Those have events by name, each with lists of `required` and `optional` fields, or objects of fields with their
    types, or `measurements` and `metadata`.

    Raises:
        ValueError: it is none of these.
    """
    if not isinstance(said, dict) or not said:
        raise ValueError("holds no events by name")
    try:
        if "events" in said and "dialect" in said:
            return made(name, {"version": "", "title": name, "about": name, **said})
        return _bare(name, said)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"its events are not as registries have them: {error}") from error
    except OSError as error:
        raise ValueError(f"extends {said['extends']!r}, which there is not") from error


def _bare(name: str, said: Mapping[str, Any]) -> Registry:
    telemetry = all("measurements" in one or "metadata" in one for one in said.values())
    groups = ("measurements", "metadata") if telemetry else ()
    entries = {}
    for event, one in said.items():
        if groups:
            entries[event] = Entry("", tuple(f"{group}.{field}" for group in groups for field in one.get(group, ())))
        elif isinstance(one["required"], list | dict):
            entries[event] = Entry("", tuple(one["required"]), tuple(one.get("optional", ())))
        else:
            raise TypeError(f"what {event} requires is no list")
    base = load("beamlens-0.3.1" if groups else "hephaestus-0.2.0")
    return base._replace(name=name, version="", title=name, about="", events=entries)


def _entries(said: Mapping[str, Any]) -> dict[str, Entry]:
    return {
        name: Entry(
            one["about"], tuple(one.get("required", ())), tuple(one.get("optional", ())), _fields(one.get("fields", {}))
        )
        for name, one in said.items()
    }


def _fields(said: Mapping[str, Any]) -> dict[str, Field]:
    return {name: Field(one["type"], one["about"], one.get("unit", "")) for name, one in said.items()}
