"""Definitions as dialects. What a file says reaches SQL as parameters only: the SQL itself holds tlx's own words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from tlx.config.dialect_files import DialectFile
from tlx.dialects.base import Breakdown, Dialect, length, moment, since_epoch, whole
from tlx.dialects.defined.definition import LENGTHS, SIZES, TEXTS, Definition, Told, read
from tlx.dialects.defined.sensitive import sensitive
from tlx.dialects.defined.spanning import holds, json_path, outcome_of, spans
from tlx.dialects.defined.unfolding import folds
from tlx.model import Projection

_MOST_NS = 2**63 - 1


def defined(files: Sequence[DialectFile], taken: Collection[str]) -> tuple[Dialect, ...]:
    """Return the dialects that files define, none of which may have a name that is `taken`.

    Raises:
        DefinitionError: one of them defines none.
    """
    found: list[Dialect] = []
    for number, file in enumerate(files):
        names = (*taken, *(dialect.name for dialect in found))
        found.append(_dialect(read(file.path, file.data, names), f"own{number}"))
    return tuple(found)


def _dialect(definition: Definition, prefix: str) -> Dialect:
    recognise, values = _recognise(definition, prefix)
    columns = _Columns(definition.columns, prefix)
    if definition.span:
        outcome, wanted = outcome_of(definition.span, prefix, columns.columns.get("status", "NULL"))
        columns.columns["status"] = outcome
        values |= wanted
    return Dialect(
        name=definition.name,
        title=definition.title,
        projection=Projection(
            dialect=definition.name,
            structure={"_": "BOOLEAN"},  # nothing of it is read: paths may be such that a structure cannot hold them
            recognise=recognise,
            shorthands=columns.shorthands,
            columns=columns.columns,
            values={**values, **columns.values},
        ),
        samples=(),
        folds=folds(definition),
        spans=(spans(definition.span, prefix),) if definition.span else (),
        sensitive=sensitive(definition.sensitive) if definition.sensitive else None,
        breakdown=Breakdown(
            facets=definition.panes.breakdown,
            groups=definition.panes.groups,
            columns=definition.panes.columns,
            series=definition.panes.timeline,
            words=definition.panes.words,
        ),
    )


def _recognise(definition: Definition, prefix: str) -> tuple[str, dict[str, Any]]:
    """SQL that tells the lines of a dialect, and its parameters; a line that is no JSON is none."""
    conditions: list[str] = []
    values: dict[str, Any] = {}
    for paths, name, sql in (
        (definition.there, f"{prefix}_there", "list_bool_and(json_exists(line, {}))"),
        (definition.lacks, f"{prefix}_lacks", "NOT list_bool_or(json_exists(line, {}))"),
    ):
        if paths:
            conditions.append(sql.format(f"${name}"))
            values[name] = [json_path(path) for path in paths]
    if definition.values:
        sql, more = holds(definition.values, f"{prefix}_value", "line")
        conditions.append(sql)
        values |= more
    sql = f"TRY(coalesce({' AND '.join(conditions)}, FALSE))"
    return f"CASE WHEN j IS NULL THEN FALSE ELSE coalesce({sql}, FALSE) END", values


class _Columns:
    """The columns of a dialect, as SQL over the texts at its paths, all of which are found at once."""

    def __init__(self, told: Mapping[str, Told], prefix: str) -> None:
        self._prefix = prefix
        self._told = told
        paths = dict.fromkeys(path for one in told.values() for path in one.paths)
        self._places = {path: number for number, path in enumerate(paths, 1)}
        self.values: dict[str, Any] = {f"{prefix}_at": [json_path(path) for path in paths]}
        self.shorthands = {"told": f"TRY(json_extract_string(line, ${prefix}_at))", **dict(self._times())}
        self.columns = {
            **{key: self._text(key) for key in TEXTS if key in told},
            **{key: self._size(told[key]) for key in SIZES if key in told},
            **{f"{key}_ns": self._length(key) for key in LENGTHS if key in told},
            "time": "ended_ns",
            "start": "began_ns",
            "duration_ns": "lasted_ns",
        }

    def _times(self) -> Iterator[tuple[str, str]]:
        """What is said of the time of an event; of start, duration and end any two make the third."""
        for name, key in (("end_ns", "time"), ("start_ns", "start")):
            yield name, since_epoch(f"({self._moment(key)})") if key in self._told else "NULL::BIGINT"
        yield "long_ns", self._length("duration") if "duration" in self._told else "NULL::BIGINT"
        added = f"CASE WHEN start_ns <= {_MOST_NS} - long_ns THEN start_ns + long_ns END"
        yield "ended_ns", f"coalesce(end_ns, {added}, CASE WHEN long_ns IS NULL THEN start_ns END)"
        yield "lasted_ns", "coalesce(long_ns, CASE WHEN end_ns >= start_ns THEN end_ns - start_ns END)"
        yield "began_ns", "coalesce(start_ns, ended_ns - lasted_ns)"

    def _each(self, told: Told) -> list[str]:
        """SQL for the texts at the paths of a column."""
        return [f"told[{self._places[path]}]" for path in told.paths]

    def _text(self, key: str) -> str:
        told, name = self._told[key], f"{self._prefix}_{key}"
        sql = f"coalesce({', '.join((*self._each(told), 'NULL'))})"
        if told.words:
            self.values |= {f"{name}_of": list(told.words), f"{name}_to": list(told.words.values())}
            sql = f"coalesce(${name}_to[list_position(${name}_of, {sql})], {sql})"
        if told.otherwise is not None:
            self.values[f"{name}_otherwise"] = told.otherwise
            sql = f"coalesce({sql}, ${name}_otherwise)"
        return sql

    def _moment(self, key: str) -> str:
        told, name = self._told[key], f"${self._prefix}_{key}_format"
        if told.format:
            self.values[name.removeprefix("$")] = told.format
            found = [f"TRY(epoch_ns(try_strptime({text}, {name})))" for text in self._each(told)]
        elif told.unit == "auto":
            found = [moment(text) for text in self._each(told)]
        else:
            found = [_scaled(text, told.factor) for text in self._each(told)]
        return f"coalesce({', '.join((*found, 'NULL'))})"

    def _length(self, key: str) -> str:
        told = self._told[key]
        exact = [whole(text) for text in self._each(told)] if told.factor == 1 else []
        return f"coalesce({', '.join((*exact, *(length(text, told.factor) for text in self._each(told)), 'NULL'))})"

    def _size(self, told: Told) -> str:
        most = (2**64 - 1) // told.factor
        found = (
            f"CASE WHEN TRY_CAST({text} AS HUGEINT) BETWEEN 0 AND {most}"
            f" THEN CAST(TRY_CAST({text} AS HUGEINT) * {told.factor} AS UBIGINT) END"
            for text in self._each(told)
        )
        return f"coalesce({', '.join((*found, 'NULL'))})"


def _scaled(text: str, unit: int) -> str:
    """SQL for a time in units of so many ns, no digit of which is lost."""
    number = f"TRY_CAST({text} AS DECIMAL(38, 9))"
    return f"CASE WHEN {number} BETWEEN 0 AND {_MOST_NS // unit} THEN TRY_CAST({number} * {unit} AS BIGINT) END"
