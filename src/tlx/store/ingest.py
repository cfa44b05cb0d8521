"""Batches of lines into events, in SQL: DuckDB parses the JSON with the GIL released.

A batch is first read as the dialect that took the last one whole. Only if lines are left over are the others asked, and
then the rejects found, so that a log of one dialect is parsed once.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from tlx.model import EVENT_COLUMNS, PLACE_COLUMNS, Batch, Projection
from tlx.store.database import Database
from tlx.store.schema import stored_name

_SPLIT = "(SELECT unnest(string_split(decode($text), chr(10))) AS line)"
_HANDED = (
    "(SELECT line FROM read_csv('{}', columns = {{line: 'VARCHAR'}}, delim = '', quote = '', escape = '',"
    " new_line = '\\n', header = false, auto_detect = false, max_line_size = {}))"
)
"""Lines as they are, an empty one as NULL, in a third of the time that it takes to split a parameter. The reader knows
no quotes, but takes NUL for a delimiter, CR for the end of a line and a BOM for nothing."""
_LINES = f"(SELECT line, row_number() OVER () - 1 AS no FROM {_SPLIT})"
_IS_OBJECT = "CASE WHEN json_valid(line) THEN json_type(line) END = 'OBJECT'"
_BLANK = "trim(line, ' ' || chr(9) || chr(11) || chr(12) || chr(13)) = ''"
_REJECTED = f"SELECT no, json_valid(line) FROM {_LINES} WHERE NOT {_BLANK} AND ({_IS_OBJECT}) IS NOT TRUE ORDER BY no"
_INSERT_REJECTS = (
    "INSERT INTO rejects SELECT unnest($ids), $source, $run, unnest($lines), unnest($offsets), unnest($reasons),"
    " unnest($texts)"
)
_LONGEST = 16 << 20
"""Bytes of a text that DuckDB's line reader takes, whose buffers are made for lines as long."""

_SHORT_LINES = 1 << 16
"""A batch of more lines than this is checked before it is parsed: a failed parse costs much more than a check."""
_BOM = b"\xef\xbb\xbf"
_COMMIT_SECONDS = 0.5
_COMMIT_LINES = 122_880
"""A row group of DuckDB: whole ones are merged into the table without another copy."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the lines of one batch; blank lines are neither."""

    events: int
    rejects: int


class Ingester:
    """Appends batches through a cursor of its own; one for each worker thread.

    Several batches share a transaction: they show when it is committed, which `due` tells.
    """

    def __init__(self, database: Database, projections: Sequence[Projection]) -> None:
        self._cursor = database.cursor()
        self._handover = database.handover()
        lines = _HANDED.format(self._handover.path, _LONGEST) if self._handover else _SPLIT
        self._statements = [_Statement(projections, number, lines) for number in range(len(projections))]
        self._suspicious = True
        self._begun: float | None = None
        self._uncommitted = 0

    def add(self, batch: Batch) -> Outcome:
        """Append a batch; say how many events and rejects it held."""
        if self._begun is None:
            self._cursor.execute("BEGIN")
            self._begun = time.monotonic()
        self._uncommitted += batch.lines
        rejects = 0
        text, undecodable = _decode(batch.text)
        if undecodable:
            self._reject(batch, undecodable)
            rejects += len(undecodable)
        events = self._events(batch, text, batch.lines - rejects)
        if events + rejects < batch.lines:
            found = self._cursor.execute(_REJECTED, {"text": text}).fetchall()
            self._reject(batch, dict(found))
            rejects += len(found)
        self._suspicious = rejects > 0
        return Outcome(events, rejects)

    def _events(self, batch: Batch, text: bytes, wanted: int) -> int:
        """Append the events of a text, dialect after dialect until there are as many as `wanted`; return how many."""
        place = {
            "source": batch.source,
            "run": batch.run,
            "first_id": batch.first_id,
            "first_line": batch.first_line,
        }
        events = 0
        quick = not self._suspicious and batch.lines <= _SHORT_LINES and self._hand_over(text)
        for statement in tuple(self._statements):
            if quick:
                found = self._count(statement.quick, place)
            else:
                found = self._count(statement.guarded, {**place, "text": text})
            if found == wanted:
                self._statements.remove(statement)
                self._statements.insert(0, statement)
            events += found
            if events == wanted:
                break
            quick = False
        return events

    def _hand_over(self, text: bytes) -> bool:
        """Hand a text to DuckDB's line reader; false where it would not see the lines as they are."""
        if not self._handover or len(text) > _LONGEST or b"\0" in text or b"\r" in text or text.startswith(_BOM):
            return False
        self._handover.put(text)
        return True

    @property
    def due(self) -> bool:
        """Whether what was added should be committed now."""
        if self._begun is None:
            return False
        return self._uncommitted >= _COMMIT_LINES or time.monotonic() - self._begun >= _COMMIT_SECONDS

    def commit(self) -> None:
        """Let every reader of the store see what was added."""
        if self._begun is not None:
            self._cursor.execute("COMMIT")
            self._begun = None
            self._uncommitted = 0

    def close(self) -> None:
        """Let go of the cursor; what is not committed is lost."""
        self._cursor.close()

    def _count(self, sql: str, place: Mapping[str, Any]) -> int:
        row = self._cursor.execute(sql, place).fetchone()
        assert row is not None
        return int(row[0])

    def _reject(self, batch: Batch, numbers: Mapping[int, bool]) -> None:
        """Keep the lines of `numbers` (from 0, in order; true where they are JSON) with their places and reasons."""
        if not numbers:
            return
        rejects = _Rejects()
        offset = batch.offset
        wanted = iter(numbers)
        following = next(wanted)
        for number, line in enumerate(batch.text.split(b"\n")):
            if number == following:
                rejects.add(batch, number, offset, line)
                following = next(wanted, -1)
            offset += len(line) + 1
        self._cursor.execute(_INSERT_REJECTS, {"source": batch.source, "run": batch.run, **rejects.columns()})


class _Rejects:
    """Rejects of one batch, by column."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.lines: list[int] = []
        self.offsets: list[int] = []
        self.reasons: list[str] = []
        self.texts: list[str] = []

    def add(self, batch: Batch, number: int, offset: int, line: bytes) -> None:
        self.ids.append(batch.first_id + number)
        self.lines.append(batch.first_line + number)
        self.offsets.append(offset)
        self.reasons.append(batch.flaw or _reason(line))
        self.texts.append(line.decode("utf-8", "replace"))

    def columns(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("ids", "lines", "offsets", "reasons", "texts")}


def _reason(line: bytes) -> str:
    """Say in one line why `line` is no event."""
    try:
        line.decode()
    except UnicodeDecodeError as error:
        return f"invalid UTF-8 at byte {error.start} of the line"
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return f"not JSON: {error.msg} at character {error.pos}"
    return f"JSON, but no object: {_JSON_NAMES.get(type(value), 'value')}"


_JSON_NAMES = {
    list: "an array",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "a boolean",
    type(None): "null",
}


def _decode(text: bytes) -> tuple[bytes, dict[int, bool]]:
    """Return the text with its undecodable lines made blank, and their numbers from 0."""
    if text.isascii() or _decodable(text):
        return text, {}
    lines = text.split(b"\n")
    bad = {number: False for number, line in enumerate(lines) if not _decodable(line)}
    return b"\n".join(b"" if number in bad else line for number, line in enumerate(lines)), bad


def _decodable(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


class _Statement:
    """The two INSERTs of one projection: `quick` expects only JSON, `guarded` checks every line first."""

    def __init__(self, projections: Sequence[Projection], number: int, handed: str) -> None:
        own = projections[number]
        earlier = projections[:number]
        structure: dict[str, Any] = dict(own.structure)
        for projection in earlier:
            structure = {**dict.fromkeys(projection.structure, "VARCHAR"), **structure}
        keys = orjson.dumps(structure).decode()
        recognise = " AND ".join(["j IS NOT NULL", f"({own.recognise})", *(f"NOT ({p.recognise})" for p in earlier)])
        # An array would pass for an object without keys; an object behind blanks is found by the guarded statement.
        self.quick = _insert(
            own, f"starts_with(line, '{{') AND {recognise}", f"TRY(json_transform(line, '{keys}'))", handed
        )
        checked = f"CASE WHEN {_IS_OBJECT} THEN line END"
        self.guarded = _insert(own, recognise, f"json_transform({checked}, '{keys}')", _SPLIT)


def _insert(own: Projection, recognise: str, parsed: str, lines: str) -> str:
    columns = {
        "id": "$first_id + no",
        "source": "$source",
        "run": "$run",
        "line": "$first_line + no",
        "dialect": f"'{own.dialect}'",
        "raw": "line",
        **{name: own.columns.get(name, "NULL") for name in EVENT_COLUMNS if name not in PLACE_COLUMNS},
    }
    names = ", ".join(f'"{stored_name(name)}"' for name in EVENT_COLUMNS)
    values = ", ".join(columns[name] for name in EVENT_COLUMNS)
    shorthands = "".join(f", {sql} AS {name}" for name, sql in own.shorthands.items())
    # The rows are numbered after parsing: a condition is not pushed below a window, where it would parse once more.
    return (
        f"INSERT INTO events ({names}) SELECT {values} FROM (SELECT j, line, no{shorthands} FROM"
        f" (SELECT j, line, row_number() OVER () - 1 AS no FROM (SELECT {parsed} AS j, line FROM {lines}))"
        f" WHERE {recognise})"
    )
