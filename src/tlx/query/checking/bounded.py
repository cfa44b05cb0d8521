"""Validators of JSON Schemas that come to an end: patterns in time linear in the text, references so many times.

Patterns are run by the engine of the store, as those of filters are: classes of digits and words are ASCII, `$` is the
end, as in ECMA 262, which JSON Schema means. What it cannot run, such as lookaround, is not checked.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import local
from typing import Any

from jsonschema import Draft202012Validator, exceptions, validators

from tlx.store.pattern import matches, pattern_trouble

_MOST_REFERENCES = 20_000
"""So many references are followed in one record: a few that refer to one another twice each make billions."""
_KEPT = 50_000
"""So many answers of patterns are remembered."""
_LONGEST_KEPT = 200
_ATOM = r"(?:[A-Za-z0-9_ :/@#,;=~%&!<>-]|\\[./-]|\[[A-Za-z0-9_.:/-]+\])"
_SIMPLE = re.compile(rf"\^(?:{_ATOM}(?:\{{[0-9]{{1,3}}\}})?)*(?:{_ATOM}[*+](?:{_ATOM}(?:\{{[0-9]{{1,3}}\}})?)*)?\$?")
"""Begins at the begin, with at most one part of any length: nothing to go back to. Both engines mean the same by it."""
_CODE = re.compile(r"((?<!\\)(?:\\\\)*)\\u([0-9a-fA-F]{4})")
_state = local()


class TooManyReferencesError(Exception):
    """A schema refers to itself so often that no record can be held against it."""


def trouble(pattern: str) -> str | None:
    """Return why a pattern cannot be run in linear time; None where it can."""
    return pattern_trouble(_translated(pattern), "c")


def is_simple(pattern: str) -> bool:
    """Return whether any engine runs a pattern in linear time, and all alike."""
    return _SIMPLE.fullmatch(pattern) is not None and "--" not in pattern


def bounded(schema: Mapping[str, Any]) -> Any:
    """Return the class that validates by a schema, of the draft that it names."""
    _register()
    return validators.validator_for(schema, default=_bounded(Draft202012Validator))


@contextmanager
def counted(limit: int = _MOST_REFERENCES) -> Iterator[None]:
    """Let so many references be followed in this thread; without it there is no limit, for others may validate too."""
    before, _state.left = getattr(_state, "left", None), limit
    try:
        yield
    finally:
        _state.left = before


@functools.cache
def _register() -> None:
    """Let every part of a schema that names a draft have a bounded validator too."""
    for name in ("3", "4", "6", "7", "201909", "202012"):
        kind = getattr(validators, f"Draft{name}Validator")
        validators.validates(f"bounded {name}")(_bounded(kind))


@functools.cache
def _bounded(kind: Any) -> Any:
    own: dict[str, Callable[..., Any]] = {"pattern": _pattern, "patternProperties": _properties}
    for keyword in ("additionalProperties", "$ref", "$dynamicRef", "$recursiveRef"):
        if keyword in kind.VALIDATORS:
            wrap = _additional if keyword == "additionalProperties" else _counting
            own[keyword] = wrap(kind.VALIDATORS[keyword])
    extend: Any = validators.extend
    return extend(kind, own)


def _pattern(validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[Any]:
    if validator.is_type(instance, "string") and trouble(pattern) is None and not _search(pattern, instance):
        yield exceptions.ValidationError(f"does not match {pattern!r}")


def _properties(validator: Any, patterns: Mapping[str, Any], instance: Any, _schema: Any) -> Iterator[Any]:
    if validator.is_type(instance, "object"):
        for pattern, inner in patterns.items():
            for key, value in instance.items():
                if _search(pattern, key):
                    yield from validator.descend(value, inner, path=key, schema_path=pattern)


def _additional(stock: Callable[..., Any]) -> Callable[..., Any]:
    """Give the stock keyword what patterns match as named properties."""

    def keyword(validator: Any, said: Any, instance: Any, schema: Any) -> Any:
        patterns = schema.get("patternProperties")
        if patterns and validator.is_type(instance, "object"):
            named: dict[str, Any] = {key: {} for key in instance if any(_search(one, key) for one in patterns)}
            rest = {key: value for key, value in schema.items() if key != "patternProperties"}
            schema = {**rest, "properties": {**named, **schema.get("properties", {})}}
        return stock(validator, said, instance, schema)

    return keyword


def _counting(stock: Callable[..., Any]) -> Callable[..., Any]:
    def keyword(validator: Any, reference: str, instance: Any, schema: Any) -> Iterator[Any]:
        left = getattr(_state, "left", None)
        if left is not None:
            _state.left = left - 1
            if left <= 0:
                raise TooManyReferencesError
        yield from stock(validator, reference, instance, schema) or ()

    return keyword


def _search(pattern: str, text: str) -> bool:
    if is_simple(pattern):
        return re.search(_python(pattern), text) is not None
    return _kept(pattern, text) if len(text) <= _LONGEST_KEPT else matches(_translated(pattern), text)


@functools.lru_cache(_KEPT)
def _kept(pattern: str, text: str) -> bool:
    return matches(_translated(pattern), text)


@functools.lru_cache(1_000)
def _python(pattern: str) -> str:
    return pattern[:-1] + r"\Z" if pattern.endswith("$") else pattern


@functools.lru_cache(1_000)
def _translated(pattern: str) -> str:
    """Return a pattern as RE2 spells it."""
    return _CODE.sub(r"\1\\x{\2}", pattern)
