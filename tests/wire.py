"""Protobuf by hand, from the description of its wire format; nothing of tlx is used."""

from __future__ import annotations


def varint(number: int) -> bytes:
    """A number, seven bits a byte."""
    found = bytearray()
    number &= (1 << 64) - 1
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def message(*fields: tuple[int, int | bool | str | bytes]) -> bytes:
    """A message of fields: numbers and truths as varints, all else behind its length."""
    found = b""
    for number, value in fields:
        if isinstance(value, int):
            found += varint(number << 3) + varint(int(value))
        else:
            text = value.encode() if isinstance(value, str) else value
            found += varint(number << 3 | 2) + varint(len(text)) + text
    return found


def framed(*records: bytes) -> bytes:
    """Records, each behind its length."""
    return b"".join(varint(len(record)) + record for record in records)


def invocation(*arguments: str, folder: str = "/home/dev/project", trace: str = "d2d60ed5") -> bytes:
    """The first record of a run."""
    start = message((1, 1_758_580_983), (2, 652_229_323))
    return message(*((1, one) for one in arguments), (2, folder), (3, trace), (4, start))


def event(kind: int, happened: bytes, *, span: int = 0, seconds: int = 1_758_580_987) -> bytes:
    """An event: `kind` is 20 for the begin of a span, 21 for its end, 22 for an instant."""
    time = message((1, seconds), (2, 58_969_660))
    return message((1, message((1, time), (2, "d2d60ed5"), *([(3, span)] if span else []), (kind, happened))))


def said(text: str) -> bytes:
    """An instant: a message on the console."""
    return event(22, message((3, message((1, text)))))


def action(*fields: tuple[int, int | bool | str | bytes], micros: int = 3_134_187, span: int = 12) -> bytes:
    """The end of the span of an action with these fields."""
    duration = message((1, micros // 10**6), (2, micros % 10**6 * 1000))
    return event(21, message((2, duration), (51, message(*fields))), span=span)
