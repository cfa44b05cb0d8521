"""What an event, its fields and their values mean, in the words of the registry that knows it best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tlx.dialects.known import registries, rules
from tlx.dialects.rules.finding import Judged, Schemas
from tlx.dialects.rules.registry import Field, Registry, load
from tlx.query.whole.record import parsed


class Meaning(NamedTuple):
    """One event beside a registry; `present` are its fields as that names them."""

    registry: Registry
    event: str
    present: Mapping[str, Any]

    def of_event(self) -> str:
        """Return what the event is; of one that nobody registered, that nobody did."""
        entry = self.registry.entry(self.event)
        return entry.about if entry else f"No registered event of {self.registry.title}."

    def of_column(self, column: str, value: object) -> str:
        """Return what a value of a column means, or an empty text."""
        said = self.registry.value(self.event, column, value) if isinstance(value, str) else None
        return f"{value}: {said}" if said else ""

    def of_path(self, keys: Sequence[str | int], value: object) -> str:
        """Return what a field of the record and its value mean, or an empty text."""
        names = [key for key in keys if isinstance(key, str)]
        for begin in range(len(names)):
            name = ".".join(names[begin:])
            if found := self._field(name):
                return " ".join(filter(None, (self._words(*found), self.of_column(found[0], value))))
        return ""

    def fields(self) -> dict[str, str]:
        """Return what each field of such an event means, those that are absent marked, the required ones first."""
        entry = self.registry.entry(self.event)
        found = {}
        for name in (*entry.required, *entry.optional) if entry else ():
            meaning = self.registry.field(self.event, name)
            words = self._words(name, meaning) if meaning else ""
            found[name.removeprefix(f"{self.event}.")] = words if name in self.present else f"(absent) {words}"
        return found

    def _field(self, name: str) -> tuple[str, Field] | None:
        """A field by its name, however that is spelt."""
        if found := self.registry.field(self.event, name):
            return name, found
        plain = name.replace("_", "").lower()
        for known, field in self.registry.fields.items():
            if known.replace("_", "").lower() == plain:
                return known, field
        return None

    def _words(self, name: str, field: Field) -> str:
        entry = self.registry.entry(self.event)
        kind = f"{field.type} in {field.unit}" if field.unit else field.type
        required = ", required" if entry and name in entry.required else ""
        return f"{kind}{required}: {field.about}"


def meaning(dialect: str, event: str | None, raw: str, schemas: Schemas | None = None) -> Meaning | None:
    """Return what an event of a dialect means; None where nothing is known of it.

    What `schemas` say goes before registries. Of several registries it is that of which no required field is absent,
    else the oldest that knows the event.
    """
    names, own = registries().get(dialect, ()), rules(dialect)
    if not names or event is None or own is None:
        return None
    judged = Judged(event, parsed(raw), raw)
    fields = own.fields(judged)
    if schemas is not None and own.described and (said := own.described(judged, schemas)):
        return Meaning(said, event, fields)
    known = [one for one in map(load, names) if one.entry(event)] or [load(names[-1])]
    fit = next((one for one in known if _holds(one, event, fields)), known[0])
    return Meaning(fit, event, fields)


def _holds(registry: Registry, event: str, fields: Mapping[str, Any]) -> bool:
    entry = registry.entry(event)
    return entry is None or set(entry.required) <= fields.keys()
