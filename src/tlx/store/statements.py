"""The SQL that makes events of lines, for the projection of one dialect among others."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

import orjson

from tlx.model import EVENT_COLUMNS, PLACE_COLUMNS, Projection
from tlx.store.hiding.concealing import STAGED
from tlx.store.rejects import HAS_BRACE, IS_OBJECT, IS_STRICT, SPLIT
from tlx.store.schema import stored_name

_IS_JSON = "j IS NOT NULL"
_ASKS_FOR_KEYS = re.compile(r"j\.\w+ IS NOT NULL(?: OR j\.\w+ IS NOT NULL)*")
_CHECKED = f"CASE WHEN {IS_OBJECT} THEN line END"
_PLACE = {"id": "$first_id + no", "source": "$source", "run": "$run", "line": "$first_line + no", "raw": "line"}
_LISTED_PLACE = {**_PLACE, "id": "list_extract($ids, no + 1)", "line": "list_extract($numbers, no + 1)"}
_GIVEN_PLACE = {"id": "id", "source": "$source", "run": "$run", "line": "number", "raw": "raw"}
_TIMES = ("start", "time", "duration_ns")
_GIVEN = "unnest($records) AS line, unnest($raws) AS raw, unnest($ids) AS id, unnest($numbers) AS number"


class Statement:
    """The INSERTs of one projection, each written when it is first needed: most logs are of one dialect.

    `quick` expects only JSON, `quickest` also that nothing in it need be forgiven; `guarded` checks every line first.
    `handed` takes records that are at hand. What is to be masked is staged by these; `masked` takes records that are,
    `masked_lines` their lines by the line reader, `hidden` what they were. All take `values`. `kept` takes those masked
    records that the dialect would not know again, and `kept_by`.
    """

    def __init__(
        self,
        projections: Sequence[Projection],
        number: int,
        lines: str,
        tables: tuple[str, str],
        masked: Collection[str],
    ) -> None:
        self._own, self._earlier = projections[number], projections[:number]
        self.number = number
        """The place of its projection among all."""
        self._lines = lines
        self._table, self._hidden = tables
        self.dialect = self._own.dialect
        self.is_masked = self.dialect in masked
        self._into = f"INSERT INTO {STAGED if self.is_masked else self._table} "

    @cached_property
    def quick(self) -> str:
        """SQL for lines that are JSON, one each."""
        return self._into + _rows(self._own, self._taken, self._parsed)

    @cached_property
    def quickest(self) -> str:
        """SQL for lines that are JSON, one each, in which no comma stands before a bracket."""
        if _ASKS_FOR_KEYS.fullmatch(self._own.recognise):  # only an object has any
            return self._into + _rows(self._own, self._recognise.removeprefix(f"{_IS_JSON} AND "), self._parsed)
        return self._into + _rows(self._own, f"{HAS_BRACE} AND {self._recognise}", self._parsed)

    @cached_property
    def guarded(self) -> str:
        """SQL for lines of any kind."""
        return self._into + _rows(self._own, self._recognise, self._checked)

    @cached_property
    def handed(self) -> str:
        """SQL for records that are at hand."""
        return self._into + self._given

    @cached_property
    def masked(self) -> str:
        """SQL for records that have been masked."""
        return f"INSERT INTO {self._table} {self._given}"

    @cached_property
    def masked_lines(self) -> str:
        """SQL for the same by the line reader."""
        return f"INSERT INTO {self._table} {_rows(self._own, self._taken, self._parsed, _LISTED_PLACE)}"

    @cached_property
    def hidden(self) -> str:
        """SQL for what they were."""
        return f"INSERT INTO {self._hidden} {self._given}"

    @cached_property
    def kept(self) -> str:
        """SQL for where masked records stood, and when as far as they still say so; their `events` are given."""
        told = {name: self._own.columns[name] for name in _TIMES if name in self._own.columns}
        own = self._own._replace(columns={**told, "event": "kept_event"})
        given = self._parsed_given(", unnest($events) AS kept_event")
        return f"INSERT INTO {self._table} {_rows(own, 'TRUE', given, _GIVEN_PLACE)}"

    @cached_property
    def kept_by(self) -> dict[str, Any]:
        """The parameters of `kept` that a person wrote."""
        return self._used(self.kept)

    @cached_property
    def sorting(self) -> str:
        """SQL for how many records are of each projection, by its number, up to this one; it takes `sorted_by`."""
        cases = "".join(f" WHEN {one.recognise} THEN {n}" for n, one in enumerate((*self._earlier, self._own)))
        return f"SELECT CASE{cases} END AS number, count(*) FROM ({self._checked}) WHERE {_IS_JSON} GROUP BY number"

    @cached_property
    def sorted_by(self) -> dict[str, Any]:
        """The parameters of `sorting`."""
        return self._used(self.sorting)

    @cached_property
    def values(self) -> dict[str, Any]:
        """The parameters that a person wrote; DuckDB takes none that a statement does not name."""
        return self._used(self.guarded)

    def _used(self, sql: str) -> dict[str, Any]:
        used = set(re.findall(r"\$(\w+)", sql))
        return {
            name: value for one in (*self._earlier, self._own) for name, value in one.values.items() if name in used
        }

    @cached_property
    def _keys(self) -> str:
        structure: dict[str, Any] = {}
        for projection in reversed(self._earlier):
            structure.update(projection.marks)
        return orjson.dumps({**structure, **self._own.structure}).decode()

    @cached_property
    def _recognise(self) -> str:
        others = (f"NOT ({one.recognise})" for one in self._earlier)
        return " AND ".join([_IS_JSON, f"({self._own.recognise})", *others])

    @property
    def _taken(self) -> str:
        # An array would pass for an object without keys.
        return f"{HAS_BRACE} AND {IS_STRICT} AND {self._recognise}"

    @property
    def _parsed(self) -> str:
        return _numbered(f"TRY(json_transform(line, '{self._keys}'))", self._lines)

    @property
    def _checked(self) -> str:
        return _numbered(f"json_transform({_CHECKED}, '{self._keys}')", SPLIT)

    @property
    def _given(self) -> str:
        return _rows(self._own, self._recognise, self._parsed_given(), _GIVEN_PLACE)

    def _parsed_given(self, more: str = "") -> str:
        return f"SELECT json_transform({_CHECKED}, '{self._keys}') AS j, * FROM (SELECT {_GIVEN}{more})"


def _numbered(parsed: str, lines: str) -> str:
    """SQL for lines, parsed and numbered from 0."""
    # The rows are numbered after parsing: a condition is not pushed below a window, where it would parse once more.
    return f"SELECT j, line, row_number() OVER () - 1 AS no FROM (SELECT {parsed} AS j, line FROM {lines})"


def _rows(own: Projection, recognise: str, records: str, place: Mapping[str, str] = _PLACE) -> str:
    """SQL for the columns that are filled, and what with."""
    columns = {
        **place,
        "dialect": f"'{own.dialect}'",
        **{name: own.columns.get(name, "NULL") for name in EVENT_COLUMNS if name not in PLACE_COLUMNS},
    }
    names = ", ".join(f'"{stored_name(name)}"' for name in EVENT_COLUMNS)
    values = ", ".join(columns[name] for name in EVENT_COLUMNS)
    rows = f"SELECT * FROM ({records}) WHERE {recognise}"
    for level in _levels(own.shorthands):
        rows = f"SELECT *{''.join(f', {sql} AS {name}' for name, sql in level.items())} FROM ({rows})"
    return f"({names}) SELECT {values} FROM ({rows})"


def _levels(shorthands: Mapping[str, str]) -> list[dict[str, str]]:
    """Shorthands in order, cut so that none is made of one beside it, which would be computed again each time."""
    levels: list[dict[str, str]] = [{}]
    for name, sql in shorthands.items():
        if levels[-1].keys() & set(re.findall(r"\w+", sql)):
            levels.append({})
        levels[-1][name] = sql
    return levels
