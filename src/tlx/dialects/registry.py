"""All dialects, in the order in which a line is offered to them, and the finding of headers in text."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from tlx.dialects.base import Dialect
from tlx.dialects.buck2_user import BUCK2_USER
from tlx.dialects.generic import GENERIC
from tlx.model import Header

DIALECTS: tuple[Dialect, ...] = (BUCK2_USER, GENERIC)


def expected(dialect: str, event: str | None) -> tuple[str, ...]:
    """Return the columns that events of a type have in a dialect, as far as that is known."""
    return next((one.expected.get(event or "", ()) for one in DIALECTS if one.name == dialect), ())


_BOM = b"\xef\xbb\xbf"
"""Before a header it begins a file that was appended to another."""


class HeaderLine(NamedTuple):
    """A header found in a text: `begin` and `end` are bytes of its line, without the line feed.

    Where `torn` is true, the line begins in the middle of a physical one: a writer was killed inside a line, and the
    next run's header was appended right behind it.
    """

    begin: int
    end: int
    header: Header
    torn: bool = False


def find_headers(text: bytes) -> Iterator[HeaderLine]:
    """Yield the header lines of `text` (whole lines) in order; next to nothing where there are none."""
    for dialect in DIALECTS:
        if dialect.header_mark and dialect.header_mark in text:
            yield from _headers_of(dialect, dialect.header_mark, text)


def _headers_of(dialect: Dialect, mark: bytes, text: bytes) -> Iterator[HeaderLine]:
    at = text.find(mark)
    while at >= 0:
        begin = text.rfind(b"\n", 0, at) + 1
        end = text.find(b"\n", at)
        end = len(text) if end < 0 else end
        if found := _header(dialect, text, begin, end) or _torn_header(dialect, mark, text, begin, end):
            yield found
        at = text.find(mark, end)


def _header(dialect: Dialect, text: bytes, begin: int, end: int, *, torn: bool = False) -> HeaderLine | None:
    assert dialect.read_header is not None
    record = _record(text[begin:end].removeprefix(_BOM))
    header = dialect.read_header(record) if isinstance(record, dict) else None
    return HeaderLine(begin, end, header, torn) if header else None


def _record(line: bytes) -> Any:
    """Return what `line` holds, or None if it is no JSON; NaN and numbers past all bounds are read, as in events."""
    with contextlib.suppress(orjson.JSONDecodeError):
        return orjson.loads(line)
    import json  # noqa: PLC0415  hardly ever needed

    try:
        record = json.loads(line.decode())
        json.dumps(record, ensure_ascii=False).encode()  # half a character is none
    except (ValueError, RecursionError):
        return None
    return record


def _torn_header(dialect: Dialect, mark: bytes, text: bytes, begin: int, end: int) -> HeaderLine | None:
    """The header glued to a torn line, if the line is no record as a whole; inside strings its quotes are escaped."""
    at = text.rfind(b"{" + mark, begin, end)
    return _header(dialect, text, at, end, torn=True) if at > begin else None
