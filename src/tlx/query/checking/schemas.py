"""JSON Schemas that the user gives, as JSON or YAML. What they refer to is never fetched, not even from files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson
import yaml
from jsonschema import FormatChecker, exceptions
from referencing import Registry, Resource
from referencing.exceptions import NoSuchResource, Unresolvable
from referencing.jsonschema import DRAFT202012

from tlx.dialects.rules.finding import SchemaError
from tlx.query.checking.bounded import TooManyReferencesError, bounded, counted, is_simple, trouble
from tlx.query.checking.files import GivenFileError, content

_MOST_NODES = 100_000
"""So many values a schema may have: YAML can say more in few bytes than fits into any memory."""
_MOST_STEPS = 100 * _MOST_NODES
"""References of a draft's own schema that are followed to check one."""
_MISSING = re.compile(r"'(.*)' is a required property", re.DOTALL)
_NO_FORMATS = FormatChecker(formats=())
"""Which formats are known depends on what else is installed."""
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")


class SchemaBook:
    """Schemas by id and version."""

    def __init__(self, schemas: Mapping[str, Any]) -> None:
        """Take schemas by the path of their files.

        Raises:
            GivenFileError: one is no schema.
        """
        self._by_key: dict[tuple[str, str], Any] = {}
        self._registry = Registry()
        self.unchecked: list[str] = []
        """What of them is not checked, in words, a line each."""
        for path, schema in schemas.items():
            self.unchecked += _check(path, schema)
            resource = Resource.from_contents(schema, default_specification=DRAFT202012)
            self._registry = self._registry.with_resource(schema["$id"], resource)
        for path, schema in schemas.items():
            _refer(path, schema, self._registry)
            key = (schema["$id"], str(schema["version"]))
            self._by_key[key] = _validator(path, schema, self._registry)

    def __len__(self) -> int:
        return len(self._by_key)

    def errors(self, schema: str, version: str, record: Mapping[str, Any]) -> Iterable[SchemaError] | None:
        """Return where a record breaks its schema; None where that schema was not given."""
        validator = self._by_key.get((schema, version))
        return None if validator is None else _errors(validator, record)

    def schema(self, schema: str, version: str) -> Mapping[str, Any] | None:
        """Return a schema as it was given, if it was."""
        validator = self._by_key.get((schema, version))
        return None if validator is None else validator.schema


def read_schemas(paths: Sequence[str]) -> SchemaBook:
    """Return the schemas of files.

    Raises:
        GivenFileError: one cannot be read, or is no schema.
    """
    return SchemaBook({path: _parsed(path, content(path)) for path in paths})


def _parsed(path: str, data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        pass
    try:
        return yaml.safe_load(data.decode("utf-8-sig"))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f", line {mark.line + 1}" if mark else ""
        raise GivenFileError(f"{path}{place}: is neither JSON nor YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        words = str(error).partition("\n")[0]
        raise GivenFileError(f"{path}: is neither JSON nor YAML: {words or 'it is nested too deeply'}") from error


def _check(path: str, schema: Any) -> list[str]:
    """Find out whether this is a schema that events can be held against; return what of it is not checked.

    Raises:
        GivenFileError: it is none.
    """
    if not isinstance(schema, dict):
        raise GivenFileError(f"{path}: holds no object; a schema begins with its $id and version")
    if not isinstance(schema.get("$id"), str) or not schema["$id"]:
        raise GivenFileError(f"{path}: has no $id, by which events name their schema; add it")
    if not isinstance(schema.get("version"), str | int | float) or isinstance(schema["version"], bool):
        raise GivenFileError(f"{path}: has no version; add it as a text or a number")
    unchecked = _patterns(path, schema)
    try:
        with counted(_MOST_STEPS):
            bounded(schema).check_schema(schema, format_checker=_NO_FORMATS)
    except exceptions.SchemaError as error:
        place = error.json_path.removeprefix("$").lstrip(".") or "its top"
        raise GivenFileError(f"{path}: is no JSON Schema at {place}: {error.message[:200]}") from error
    except (RecursionError, TooManyReferencesError) as error:
        raise GivenFileError(f"{path}: is nested too deeply") from error
    return unchecked


def _patterns(path: str, schema: Any) -> list[str]:
    """Return a line for each pattern that is not checked, because its time would have no bound.

    Raises:
        GivenFileError: one is no pattern, or nothing can be told without it.
    """
    unchecked = dict[str, None]()
    names = []
    looks_back = False
    for key, value in _inside(path, schema):
        if key == "pattern" and isinstance(value, str) and (why := _trouble(path, value)):
            unchecked[f"{path}: the pattern {value[:80]!r} is not checked, for its time has no bound: {why}"] = None
        elif key == "patternProperties" and isinstance(value, dict):
            names += list(value)
        looks_back = looks_back or key == "unevaluatedProperties"
    for name in names:
        why = _trouble(path, name)
        if not why and looks_back and not is_simple(name):
            why = "beside unevaluatedProperties it must begin with ^, and have one + or * at most"
        if why:
            raise GivenFileError(
                f"{path}: the pattern {name[:80]!r} for names of properties cannot be run in bounded time: {why}"
            )
    return list(unchecked)


def _trouble(path: str, pattern: str) -> str | None:
    """Return why a pattern cannot be run in bounded time, if it is one at all.

    Raises:
        GivenFileError: it is none.
    """
    why = trouble(pattern)
    if why is not None:
        try:
            re.compile(pattern)
        except (re.error, RecursionError, OverflowError) as error:
            raise GivenFileError(f"{path}: has a pattern that is none, {pattern[:80]!r}: {error}") from error
    return why


def _inside(path: str, schema: Any) -> Iterator[tuple[str, Any]]:
    """Yield every key with its value, at any depth.

    Raises:
        GivenFileError: there are too many, or a key is no text.
    """
    todo, seen = [schema], 0
    while todo:
        seen += 1
        if seen > _MOST_NODES:
            raise GivenFileError(f"{path}: holds more than {_MOST_NODES:,} values, or holds itself")
        value = todo.pop()
        if isinstance(value, dict):
            for key, inner in value.items():
                if not isinstance(key, str):
                    raise GivenFileError(f"{path}: the key {key!r} is no text; put it into quotes")
                yield key, inner
            todo += value.values()
        elif isinstance(value, list):
            todo += value


def _refer(path: str, schema: Any, registry: Registry) -> None:
    """Find out whether all that a schema refers to is there.

    Raises:
        GivenFileError: something is not.
    """
    resolver = registry.resolver(schema["$id"])
    for key, value in _inside(path, schema):
        if key not in _REFERENCES or not isinstance(value, str):
            continue
        try:
            resolver.lookup(value)
        except (Unresolvable, NoSuchResource, ValueError) as error:
            raise GivenFileError(
                f"{path}: refers to {value[:200]!r}, which is not in the schemas given; tlx fetches nothing:"
                " give that schema too"
            ) from error


def _validator(path: str, schema: Any, registry: Registry) -> Any:
    """Make what validates, and try it: a schema may refer to itself for ever.

    Raises:
        GivenFileError: it does.
    """
    made = bounded(schema)(schema, registry=registry)
    try:
        with counted():
            list(made.iter_errors({}))
    except (RecursionError, TooManyReferencesError) as error:
        raise GivenFileError(f"{path}: refers to itself without end, or too deeply or too often to check") from error
    except Unresolvable as error:
        raise GivenFileError(f"{path}: refers to what is not in the schemas given: {error}") from error
    return made


def _errors(validator: Any, record: Mapping[str, Any]) -> Iterator[SchemaError]:
    try:
        with counted():
            for error in validator.iter_errors(record):
                found = _MISSING.fullmatch(error.message) if error.validator == "required" else None
                field = _place([*error.absolute_path, *([found[1]] if found else [])])
                value = None if found else error.instance
                yield SchemaError(f"schema-{error.validator}", field, value, _is_null(error))
    except (RecursionError, TooManyReferencesError, Unresolvable):
        yield SchemaError("schema-recursion", "", None, is_null=False)


def _is_null(error: Any) -> bool:
    """Whether null stands where something else should, in the value or in each of the schemas that it may follow."""
    if error.context:
        return any(_is_null(one) for one in error.context)
    return error.instance is None


def _place(keys: Sequence[str | int]) -> str:
    words = (f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return "".join(words).lstrip(".")
