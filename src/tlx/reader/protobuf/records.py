"""One record of a normal event log: from protobuf to the JSON line that Buck2 prints of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from tlx.reader.protobuf.schema import known
from tlx.reader.protobuf.wire import UNKNOWN, WireError, varint

MOST_RECORD = 64 << 20
"""Bytes of the longest record: Buck2's own are far below."""
_MOST_HEADER = 4 << 20
"""Bytes of the longest invocation record."""
_EVENT, _RESULT, _PARTIAL = 0x0A, 0x12, 0x1A
"""The first byte of a record that is no invocation: the tag of its only field."""
_ARGUMENT, _FOLDER, _TRACE, _START, _EXPANDED = 0x0A, 0x12, 0x1A, 0x22, 0x5A
_TIME_BYTES = 24


class BadRecordError(Exception):
    """What stands there is no record; the text says why."""


def line_of(record: bytes, *, invocation: bool) -> bytes:
    """Return a record as a JSON line, without the line feed.

    Raises:
        BadRecordError: it is none.
    """
    kind = known()["Invocation" if invocation else "CommandProgress"]
    try:
        found = kind.parse(record, 0, len(record))
        if not invocation:
            _name_unknown(found)
        return orjson.dumps(found)
    except IndexError as error:
        raise BadRecordError("a field is cut") from error
    except RecursionError as error:
        raise BadRecordError("its values are nested too deeply") from error
    except (WireError, orjson.JSONEncodeError) as error:
        raise BadRecordError(str(error)) from error


def _name_unknown(record: dict[str, Any]) -> None:
    """Let what happened have a name where its kind is of a later Buck2: the number of its field."""
    if len(record) != 1 or UNKNOWN in record:
        raise WireError("neither an event nor a result")
    data = (record.get("Event") or {}).get("data") or {}
    for happened in data.values():
        if happened.get("data") is None and UNKNOWN in happened:
            number = next(reversed(happened[UNKNOWN]))
            happened["data"] = {f"Unknown{number}": {UNKNOWN: happened.pop(UNKNOWN)}}


def begins_invocation(data: bytes | bytearray, at: int = 0) -> bool | None:
    """Return whether the record at `at` is an invocation; None while there are too few bytes to tell."""
    try:
        size, at = varint(data, at)
        stop = at + size
        return 0 < size <= _MOST_HEADER and _is_invocation(data, at, stop)
    except IndexError:
        return None
    except (WireError, UnicodeDecodeError):
        return False


def _is_invocation(data: bytes | bytearray, at: int, stop: int) -> bool:
    """Whether nothing but the fields of an invocation stands there, its folder among them."""
    found = set()
    while at < stop:
        tag = data[at]
        if tag not in (_ARGUMENT, _FOLDER, _TRACE, _START, _EXPANDED):
            return False
        found.add(tag)
        size, at = varint(data, at + 1)
        if at + size > stop or (tag == _START and size > _TIME_BYTES):
            return False
        if tag != _START and b"\0" in data[at : at + size]:
            return False
        if at + size > len(data):
            raise IndexError
        if tag != _START:
            data[at : at + size].decode()
        at += size
    return _FOLDER in found


def begins_progress(data: bytes | bytearray, at: int) -> bool | None:
    """Return whether the record at `at` is an event or a result, by the lengths at its begin; None as above."""
    try:
        size, at = varint(data, at)
        if not 0 < size <= MOST_RECORD or data[at] not in (_EVENT, _RESULT, _PARTIAL):
            return False
        inner, begin = varint(data, at + 1)
        if begin - at + inner != size:
            return False
        return not inner or data[at] != _EVENT or data[begin] in _EVENT_TAGS
    except IndexError:
        return None
    except WireError:
        return False


_EVENT_TAGS: Sequence[int] = (0x0A, 0x12, 0x18, 0x20, 0xA2, 0xAA, 0xB2, 0xBA)
"""What an event may begin with."""
