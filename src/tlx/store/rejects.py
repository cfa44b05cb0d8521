"""Lines that are no events, into their table, each with its place and why it is none.

Why exactly costs far more than to find it out: of a batch full of such lines it is said in fewer words, by SQL.
"""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import orjson

from tlx.model import NO_MASKS, Batch, Masks
from tlx.store.decoding.rows import numbered
from tlx.text import Text

HEAD = 1 << 16
"""So many characters are kept of a reject's text; the rest stands in the log."""
_FORGIVEN = r",[ \t\r]*[}\]]"
"""A comma before a bracket, which the parser forgives outside a text."""
FORGIVABLE = (b", \t\r", b"}]")
"""What ends with one that is or may be forgiven: a byte of the first, and one of the second behind it."""
_MAY_BE_FORGIVEN = f"regexp_matches(line, '{_FORGIVEN}')"
_IS_FORGIVEN = f"""regexp_matches(regexp_replace(line, '"(?:[^"\\\\]|\\\\.)*"', '0', 'g'), '{_FORGIVEN}')"""
IS_STRICT = f"CASE WHEN {_MAY_BE_FORGIVEN} THEN NOT {_IS_FORGIVEN} ELSE TRUE END"
"""SQL: whether `line`, which the parser takes for JSON, has no comma before a bracket, which the parser forgives.

Within a CASE both sides of an OR are computed, and the second takes longer than to parse.
"""
HAS_BRACE = (
    "CASE WHEN starts_with(line, '{') THEN TRUE WHEN ascii(line) > 32 THEN FALSE"
    " ELSE starts_with(ltrim(line, ' ' || chr(9) || chr(13)), '{') END"
)
"""SQL: whether `line` begins with a brace, which may stand behind blanks: if it is JSON it is an object."""
IS_OBJECT = f"CASE WHEN {HAS_BRACE} THEN json_valid(line) AND {IS_STRICT} ELSE FALSE END"
"""SQL: whether `line` is a record, told by its brace and then by parsing it once."""
SPLIT = "(SELECT unnest(string_split(decode($text), chr(10))) AS line)"
"""SQL: the lines of a text."""
_LINES = f"(SELECT line, row_number() OVER () - 1 AS no FROM {SPLIT})"
_BLANK = (
    "CASE WHEN ascii(line) > 32 THEN FALSE ELSE trim(line, ' ' || chr(9) || chr(11) || chr(12) || chr(13)) = '' END"
)
_REJECTED = f"NOT ({_BLANK}) AND NOT ({IS_OBJECT})"
_SOME = f"SELECT no FROM {_LINES} WHERE {_REJECTED} ORDER BY no LIMIT $limit"
_RECORDS = f"SELECT count(*) FROM {SPLIT} WHERE {IS_OBJECT}"
_FEW = 1_000
"""So many lines of a batch are looked at one by one."""
_LONG = 1 << 20
_ROWS = "SELECT unnest($ids), $source, $run, unnest($lines), unnest($offsets), unnest($reasons), unnest($texts) AS text"
_ALL_ROWS = (
    "SELECT $first_id + no, $source, $run, $first_line + no, $offset + before, CASE"
    " WHEN $reason <> '' THEN $reason"
    " WHEN starts_with(ltrim(line), '{') THEN 'not JSON: an object that is cut or malformed'"
    f" WHEN json_valid(line) THEN 'JSON, but no object' ELSE 'not JSON' END, left(line, {HEAD}) AS text"
    " FROM (SELECT line, no, coalesce(sum(strlen(line) + 1) OVER"
    " (ORDER BY no ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::BIGINT AS before"
    f" FROM {_LINES}) WHERE CASE WHEN $reason <> '' THEN NOT ({_BLANK}) ELSE {_REJECTED} END"
)
_MASKED = "'masked: ' || length(text) || ' characters'"
_JSON_NAMES = {
    list: "an array",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "a boolean",
    type(None): "null",
}

_TAKEN = re.compile(
    r'("(?:[^"\\]++|\\.)*+"?)|-?(?:(?:0|[1-9]\d*+)(?:\.\d++)?(?:[eE][+-]?\d++)?|(?i:nan|inf(?:inity)?)\b)', re.DOTALL
)
"""A text, or a number as events may hold it: past all bounds, or none at all."""
_ASCII = bytes(range(0x80)) + b"?" * 0x80
"""A question mark for each byte that is no ASCII."""
_PIECE = 1 << 16
"""So many bytes are decoded at a time: a whole batch would take up to four times its size, only to be looked at."""


class Rejecter:
    """Keeps the rejects of batches, within the transaction of a cursor."""

    def __init__(
        self, cursor: Any, tables: tuple[str, str] = ("rejects", "hidden_rejects"), masks: Masks = NO_MASKS
    ) -> None:
        """Keep them in the first table; with `masks`, those of logs with something to mask are masked.

        The second takes what these were.
        """
        self._cursor = cursor
        self._table, self._hidden = tables
        self._masks = masks

    def keep_undecodable(self, batch: Batch) -> tuple[Text, int]:
        """Keep the lines that are no UTF-8; return their number, and the text with blanks for their bytes."""
        if batch.text.is_ascii or _decodable(batch.text.pieces):
            return batch.text, 0
        lines = batch.text.whole.split(b"\n")
        bad = {number for number, line in enumerate(lines) if not _decodable([line])}
        if len(bad) <= _FEW or batch.folded:
            self._keep(batch, bad)
        else:
            others = (line.translate(_ASCII) if n in bad else b" " * len(line) for n, line in enumerate(lines))
            self._keep_all(batch, b"\n".join(others), "invalid UTF-8")
        sound = b"\n".join(b" " * len(line) if number in bad else line for number, line in enumerate(lines))
        return Text(sound), len(bad)

    def keep_rest(self, batch: Batch, text: bytes) -> int:
        """Keep the lines of `text`, that of the batch as far as it is UTF-8, which are no records; return how many."""
        numbers = self.left(text, None if batch.folded else _FEW + 1)
        if len(numbers) > _FEW and not batch.folded:
            return self._keep_all(batch, text, batch.flaw)
        self._keep(batch, numbers)
        return len(numbers)

    def records(self, text: bytes) -> int:
        """Return how many lines of `text` are records."""
        row = self._cursor.execute(_RECORDS, {"text": text}).fetchone()
        return int(row[0]) if row else 0

    def left(self, text: bytes, limit: int | None = None) -> set[int]:
        """Return the indices, from 0, of lines of `text` that are neither blank nor records; the first ones alone."""
        most = text.count(b"\n") + 1 if limit is None else limit
        return {row[0] for row in self._cursor.execute(_SOME, {"text": text, "limit": most}).fetchall()}

    def _keep(self, batch: Batch, numbers: Collection[int]) -> None:
        """Keep the lines of these `numbers`, from 0, and say exactly what is wrong with each."""
        columns: dict[str, list[Any]] = {name: [] for name in ("ids", "lines", "offsets", "reasons", "texts")}
        offset = batch.offset
        for number, row, line in numbered(batch) if numbers else ():
            if number in numbers:
                columns["ids"].append(row)
                columns["lines"].append(batch.first_line + number)
                columns["offsets"].append(offset)
                columns["reasons"].append(batch.flaw or reason(line))
                columns["texts"].append(line.decode("utf-8", "replace")[:HEAD])
            offset += len(line) + 1
        if numbers:
            masked = batch.sensitive or self._looks(text.encode("utf-8", "replace") for text in columns["texts"])
            self._put(_ROWS, {"source": batch.source, "run": batch.run, **columns}, masked=masked)

    def _looks(self, texts: Iterable[bytes]) -> bool:
        return bool(self._masks.dialects) and any(map(self._masks.looks, texts))

    def _keep_all(self, batch: Batch, text: bytes, reason: str) -> int:
        """Keep all lines of `text` that are neither blank nor records, or with a `reason` all that are not blank."""
        place = {"first_id": batch.first_id, "first_line": batch.first_line, "offset": batch.offset}
        values = {"text": text, "reason": reason, "source": batch.source, "run": batch.run, **place}
        return self._put(_ALL_ROWS, values, masked=batch.sensitive or self._looks([text]))

    def _put(self, rows: str, values: dict[str, Any], *, masked: bool) -> int:
        """Insert rows, with their texts masked where that is to be; return how many."""
        if not (masked and self._masks.dialects):
            return self._count(f"INSERT INTO {self._table} {rows}", values)
        if self._masks.hide:
            self._count(f"INSERT INTO {self._hidden} {rows}", values)
        number = self._count(f"INSERT INTO {self._table} SELECT * REPLACE ({_MASKED} AS text) FROM ({rows})", values)
        self._cursor.execute("INSERT INTO masked VALUES (?, 0, ?)", [values["source"], number])
        return number

    def _count(self, sql: str, values: dict[str, Any]) -> int:
        row = self._cursor.execute(sql, values).fetchone()
        assert row is not None
        return int(row[0])


def masked_text(text: str) -> str:
    """Return what is shown in the place of a reject's text."""
    return f"masked: {len(text)} characters"


def _decodable(pieces: Sequence[bytes]) -> bool:
    """Whether the pieces are UTF-8 together."""
    try:
        if sum(map(len, pieces)) <= _PIECE:
            b"".join(pieces).decode()
            return True
        decoder = codecs.getincrementaldecoder("utf-8")()
        for piece in pieces:
            for begin in range(0, len(piece), _PIECE):
                decoder.decode(piece[begin : begin + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def reason(line: bytes) -> str:
    """Say in one line why `line` is no event; to say it exactly of a very long one would take too much memory."""
    try:
        line.decode()
    except UnicodeDecodeError as error:
        return f"invalid UTF-8 at byte {error.start} of the line"
    if len(line) > _LONG:
        return "not JSON: an object that is cut or malformed" if line.lstrip().startswith(b"{") else "no JSON object"
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        error = _beside_numbers(line.decode(), error)
        return f"not JSON: {error.msg} at character {error.pos}"
    return f"JSON, but no object: {_JSON_NAMES.get(type(value), 'value')}"


def _beside_numbers(text: str, error: orjson.JSONDecodeError) -> orjson.JSONDecodeError:
    """Return what else is wrong with a text where the first error may be a number that is no reason to reject it."""
    found = _TAKEN.match(text, error.pos)
    if not found or found[1] or math.isfinite(float(found[0])):
        return error
    try:
        orjson.loads(_TAKEN.sub(lambda found: found[1] or "0".ljust(len(found[0])), text))
    except orjson.JSONDecodeError as other:
        return other
    return error
