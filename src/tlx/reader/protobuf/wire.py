"""Protobuf's wire format: messages to plain values, by field numbers alone.

A message is described by lines of `NUMBER[MARK] NAME TYPE`, of which `GROUP.NAME` is a member of a oneof and becomes
`"GROUP": {"NAME": …}`. Marks: `*` repeated, `?` null where it is not set, `-` absent where it is not set. Fields that
are not described stand below UNKNOWN by their numbers: numbers as they are, anything else in base64.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

UNKNOWN = "unknown_fields"
_MASK = (1 << 64) - 1
_SIGN = 1 << 63
_MOST_SHIFT = 63
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

Reader = Callable[[bytes, int, int], tuple[Any, int]]
"""Reads a value that begins at an offset, in a message that ends at another; returns it and the offset behind it."""


class WireError(Exception):
    """Bytes are no message; the text says why."""


def varint(data: bytes | bytearray, at: int) -> tuple[int, int]:
    """Return the number at `at` and the offset behind it.

    Raises:
        IndexError: it is cut.
        WireError: it is longer than any.
    """
    byte = data[at]
    if byte < 0x80:  # noqa: PLR2004  the high bit says that more follows
        return byte, at + 1
    number, shift = byte & 0x7F, 7
    while True:
        at += 1
        byte = data[at]
        number |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004
            return number & _MASK, at + 1
        shift += 7
        if shift > _MOST_SHIFT:
            raise WireError("a number without end")


def _span(data: bytes, at: int, end: int) -> tuple[int, int]:
    """The begin and the end of what stands behind its length."""
    size = data[at]
    at += 1
    if size > 0x7F:  # noqa: PLR2004
        size, at = varint(data, at - 1)
    if at + size > end:
        raise WireError("a field that is longer than its message")
    return at, at + size


def _text(data: bytes, at: int, end: int) -> tuple[str, int]:
    at, stop = _span(data, at, end)
    return data[at:stop].decode("utf-8", "replace"), stop


def _hex(data: bytes, at: int, end: int) -> tuple[str, int]:
    at, stop = _span(data, at, end)
    return data[at:stop].hex(), stop


def _base64(data: bytes, at: int, end: int) -> tuple[str, int]:
    at, stop = _span(data, at, end)
    return base64.b64encode(data[at:stop]).decode(), stop


def _unsigned(data: bytes, at: int, _: int) -> tuple[int, int]:
    return varint(data, at)


def _signed(data: bytes, at: int, _: int) -> tuple[int, int]:
    number, at = varint(data, at)
    return number - 2 * _SIGN if number >= _SIGN else number, at


def _zigzag(data: bytes, at: int, _: int) -> tuple[int, int]:
    number, at = varint(data, at)
    return (number >> 1) ^ -(number & 1), at


def _bool(data: bytes, at: int, _: int) -> tuple[bool, int]:
    number, at = varint(data, at)
    return number != 0, at


def _double(data: bytes, at: int, end: int) -> tuple[float, int]:
    if at + 8 > end:
        raise WireError("a field that is longer than its message")
    return struct.unpack_from("<d", data, at)[0], at + 8


def _parts(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Seconds and nanoseconds, and the offset behind them."""
    at, stop = _span(data, at, end)
    found = [0, 0, 0]
    while at < stop:
        tag = data[at]
        if tag not in (0x08, 0x10):
            raise WireError("a time of other parts than seconds and nanoseconds")
        found[tag >> 3], at = _signed(data, at + 1, stop)
    return found[1], found[2], stop


def _null(data: bytes, at: int, end: int) -> tuple[None, int]:
    return None, _span(data, at, end)[1]


def _time(data: bytes, at: int, end: int) -> tuple[list[int], int]:
    seconds, nanos, at = _parts(data, at, end)
    return [seconds, nanos], at


def _micros(data: bytes, at: int, end: int) -> tuple[int, int]:
    seconds, nanos, at = _parts(data, at, end)
    return seconds * 10**6 + nanos // 1000, at


_SCALARS: Mapping[str, tuple[int, Reader, Any]] = {
    "str": (_BYTES, _text, ""),
    "hex": (_BYTES, _hex, ""),
    "base64": (_BYTES, _base64, ""),
    "uint": (_VARINT, _unsigned, 0),
    "int": (_VARINT, _signed, 0),
    "sint": (_VARINT, _zigzag, 0),
    "bool": (_VARINT, _bool, False),
    "double": (_FIXED64, _double, 0.0),
    "null": (_BYTES, _null, None),
    "time": (_BYTES, _time, None),
    "micros": (_BYTES, _micros, None),
}
"""Types with how they are written, read, and what they are where they are not set."""


class _Field:
    """One field of a message: where its value goes, and how it is read."""

    __slots__ = ("blank", "group", "key", "name", "read", "repeated")

    def __init__(self, name: str, read: Reader) -> None:
        self.group, _, self.name = name.rpartition(".")
        self.read = read
        self.repeated = False
        self.key = False
        """Whether it is an entry of a map."""
        self.blank: Any = None
        """What an entry without a value has."""


class Message:
    """A kind of message: turns its bytes into a dictionary."""

    def __init__(self) -> None:
        self._fields: dict[int, _Field] = {}
        self._blank: dict[str, Any] = {}
        self._fresh: list[tuple[str, type]] = []
        """Fields that hold a list or a map of their own each time."""
        self.stand_in = ""
        """The field whose value stands for the whole message; with a dot behind it the oneof."""

    def add(self, number: int, mark: str, name: str, kind: _Kind) -> None:
        """Describe a field."""
        field = _Field(name, kind.read)
        self._fields[number << 3 | kind.wire] = field
        if mark == "*":
            field.repeated = True
            self._fresh.append((name, list))
            if kind.wire == _VARINT:
                self._fields[number << 3 | _BYTES] = packed = _Field(name, _packed(kind.read))
                packed.repeated = True
        elif kind.entries:
            field.key = True
            field.blank = kind.blank
            self._fresh.append((name, dict))
        elif field.group:
            self._blank.setdefault(field.group, None)
        elif mark != "-":
            self._blank[name] = None if mark == "?" else kind.blank

    def read(self, data: bytes, at: int, end: int) -> tuple[Any, int]:
        """Read the message behind its length.

        Raises:
            WireError: it is none.
            IndexError: it is cut.
        """
        at, stop = _span(data, at, end)
        return self.parse(data, at, stop), stop

    def parse(self, data: bytes, at: int, end: int) -> Any:
        """Read the message that stands between two offsets.

        Raises:
            WireError: it is none.
            IndexError: it is cut.
        """
        found = self._blank.copy()
        for name, kind in self._fresh:
            found[name] = kind()
        fields = self._fields
        while at < end:
            tag = data[at]
            at += 1
            if tag > 0x7F:  # noqa: PLR2004
                tag, at = varint(data, at - 1)
            field = fields.get(tag)
            if field is None:
                at = _keep_unknown(found, data, at, end, tag)
                continue
            try:
                value, behind = field.read(data, at, end)
            except WireError:  # what is described here may be another Buck2's
                at = _keep_unknown(found, data, at, end, tag)
                continue
            _store(found, field, value)
            at = behind
        if at != end:
            raise WireError("a field that is longer than its message")
        return _stand_in(found, self.stand_in) if self.stand_in else found


def _stand_in(found: Mapping[str, Any], name: str) -> Any:
    """The value that stands for a whole message."""
    if not name.endswith("."):
        return found[name]
    return next(iter((found[name[:-1]] or {None: None}).values()))


def _store(found: dict[str, Any], field: _Field, value: Any) -> None:
    if field.group:
        found[field.group] = {field.name: value}
    elif field.key:
        found[field.name][value.get("key", "")] = value.get("value", field.blank)
    elif not field.repeated:
        found[field.name] = value
    elif isinstance(value, _Packed):
        found[field.name] += value
    else:
        found[field.name].append(value)


class _Packed(list[Any]):
    """Several values of one field."""


def _packed(read: Reader) -> Reader:
    def read_all(data: bytes, at: int, end: int) -> tuple[_Packed, int]:
        at, stop = _span(data, at, end)
        found = _Packed()
        while at < stop:
            value, at = read(data, at, stop)
            found.append(value)
        return found, at

    return read_all


def _keep_unknown(found: dict[str, Any], data: bytes, at: int, end: int, tag: int) -> int:
    """Keep a field that is not described; return the offset behind it."""
    value: int | str
    match tag & 7:
        case 0:
            value, at = varint(data, at)
        case 1 | 5 as wire:
            size = 8 if wire == _FIXED64 else 4
            value, at = int.from_bytes(data[at : at + size], "little"), at + size
        case 2:
            value, at = _base64(data, at, end)
        case other:
            raise WireError(f"a field of wire type {other}")
    if tag >> 3 == 0:
        raise WireError("a field of number 0")
    found.setdefault(UNKNOWN, {})[str(tag >> 3)] = value
    return at


class _Kind:
    """A type of fields: how it is written and read, what it is where it is not set."""

    def __init__(self, wire: int, read: Reader, blank: Any, *, entries: bool = False) -> None:
        self.wire = wire
        self.read = read
        self.blank = blank
        self.entries = entries


def messages(described: str, enums: Mapping[str, Sequence[str]]) -> dict[str, Message]:
    """Return the messages that are described: a name at the begin of a line, its fields indented below it.

    A message of the form `Name=field` is nothing but the value of that field; with a dot behind it, of that oneof. The
    values of `enums` are their words, from 0.
    """
    scalars = dict(_SCALARS) | {name: (_VARINT, _word(words), words[0]) for name, words in enums.items()}
    found: dict[str, Message] = {}
    fields: list[tuple[Message, list[str]]] = []
    for line in filter(None, (line.partition("#")[0].rstrip() for line in described.splitlines())):
        if line.startswith(" "):
            message = found[next(reversed(found))]
            fields += [(message, part.split()) for part in line.split(",") if part.strip()]
        else:
            name, _, stand_in = line.partition("=")
            found[name] = Message()
            found[name].stand_in = stand_in
    for message, (number, name, kind) in fields:
        digits = number.rstrip("*?-")
        message.add(int(digits), number[len(digits) :], name, _kind(kind, found, scalars))
    return found


def _word(words: Sequence[str]) -> Reader:
    def read(data: bytes, at: int, _: int) -> tuple[str, int]:
        number, at = varint(data, at)
        return words[number] if number < len(words) else str(number), at

    return read


def _kind(name: str, known: Mapping[str, Message], scalars: Mapping[str, tuple[int, Reader, Any]]) -> _Kind:
    base, _, of = name.partition(":")
    if base == "map":
        entry = Message()
        value = _kind(of, known, scalars)
        entry.add(1, "-", "key", _kind("str", known, scalars))
        entry.add(2, "-", "value", value)
        return _Kind(_BYTES, entry.read, value.blank, entries=True)
    if name in scalars:
        return _Kind(*scalars[name])
    return _Kind(_BYTES, known[name].read, None)
