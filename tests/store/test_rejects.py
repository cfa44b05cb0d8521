"""Rejects in any number: each has its place, its reason and the begin of its text."""

from __future__ import annotations

import random
import re
from typing import Any

import orjson
import pytest

import oracle
from tlx.model import Batch
from tlx.store import ingest, rejects
from tlx.text import Text

USER = b'{"StarlarkUserEvent":{"id":"x","metadata":{}},"epoch_millis":5}'
KINDS = {
    "text": b"10:00:00 INFO %d",
    "cut": b'{"a":%d',
    "comma": b'{"a":%d,}',
    "array": b"[%d]",
    "latin": b'{"a":"\xe4\xf6\xfc %d"}',
    "event": USER,
    "letters": '{"a":"äöü"}'.encode(),
    "blank": b" \t\r",
    "empty": b"",
}


def lines_of(seed: int, number: int, kinds: dict[str, bytes] = KINDS) -> list[bytes]:
    """So many lines of any kinds."""
    dice = random.Random(seed)  # noqa: S311  not cryptography
    patterns = list(kinds.values())
    return [pattern % n if b"%d" in pattern else pattern for n in range(number) for pattern in [dice.choice(patterns)]]


def check(shelf: Any, lines: list[bytes]) -> list[Any]:
    """Events and rejects of `lines` are those that Python finds, in their places; return the rejects."""
    text = b"\n".join(lines)
    expected = oracle.read(text)
    kept = shelf.put(Batch(3, 4, 101, 1, 0, Text(text), len(lines)))
    assert [event["line"] for event in kept.events] == [event.line for event in expected.events]
    assert [event["id"] for event in kept.events] == [event.line + 100 for event in expected.events]
    found = sorted(kept.rejects, key=lambda reject: reject.line)
    assert [(reject.line, reject.offset) for reject in found] == [reject[:2] for reject in expected.rejects]
    assert {(reject.source, reject.run) for reject in found} <= {(3, 4)}
    for reject, (_, _, line) in zip(found, expected.rejects, strict=True):
        assert len(reject.text) <= len(line)
        shown = line.decode("utf-8", "replace").replace("\ufffd", "?")
        assert re.sub("[\ufffd?]+", "?", reject.text) in (
            shown,
            re.sub(r"\?+", "?", re.sub(r"[^\x00-\x7f]", "?", shown)),
        )
    return found


@pytest.mark.parametrize("number", [1, 50, 999, 1000, 1001, 6000])
@pytest.mark.parametrize("seed", [1, 2])
def test_any_number(shelf: Any, seed: int, number: int) -> None:
    """Few rejects or very many among events: numbers, offsets and texts are those of Python."""
    check(shelf, lines_of(seed, number))


@pytest.mark.parametrize("kind", KINDS)
def test_one_kind(shelf: Any, kind: str) -> None:
    """A batch of one kind alone is what that kind is, however large."""
    for number in (900, 3000):
        found = check(shelf, lines_of(1, number, {kind: KINDS[kind]}))
        assert len(found) == (0 if kind in ("event", "letters", "blank", "empty") else number)


def test_reasons_of_many(shelf: Any) -> None:
    """Of very many rejects it is told what kind each is, of few exactly what is wrong."""
    many = {kind: check(shelf, lines_of(1, 2000, {kind: KINDS[kind]}))[0].reason for kind in list(KINDS)[:5]}
    assert many == {
        "text": "not JSON",
        "cut": "not JSON: an object that is cut or malformed",
        "comma": "not JSON: an object that is cut or malformed",
        "array": "JSON, but no object",
        "latin": "invalid UTF-8",
    }
    few = {kind: check(shelf, lines_of(1, 10, {kind: KINDS[kind]}))[0].reason for kind in list(KINDS)[:5]}
    for kind, reason in few.items():
        assert reason.startswith(many[kind].split(":")[0])
        assert len(reason) > len("not JSON: ")


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        (rb'{"a":1e999,"b":"\ud800"}', rb'\ud800"}'),
        (b'{"a":%s.5e7,"b":-1E+400,"c":[1,]}' % (b"9" * 400), b",]}"),
        (b'{"a":-Infinity,"b":nan,"c":INF,}', b",}"),
        (rb'{"a":NaN,"b":"\",NaN,1e999,\\","c":"d', b""),
        ('{"ä":NaN,"é":1 2}'.encode(), b"2}"),
        (b'{"a":NaN,"b":infinite}', b"infinite}"),
        (b'{"a":NaN,"b":01e999}', b"01e999}"),
        (b'{"a":NaN,"b":' + b"9" * 400 + b"x}", b"x}"),
    ],
)
def test_numbers_of_events_are_no_reason(line: bytes, wrong: bytes) -> None:
    """Of a line with numbers that an event may hold, past all bounds or none, it is told what else is wrong."""
    assert rejects.reason(line).endswith(f" at character {len(line.removesuffix(wrong).decode())}")


@pytest.mark.parametrize("line", [b"NaN", b"[-Infinity]", b"1e999", b'{"a" 1}', b'{"a":1 1e999}'])
def test_a_reason_is_told_where_nothing_else_is_wrong(line: bytes) -> None:
    """What is no event has a reason, even if that is a number."""
    with pytest.raises(orjson.JSONDecodeError) as told:
        orjson.loads(line)
    assert rejects.reason(line) == f"not JSON: {told.value.msg} at character {told.value.pos}"


def test_the_reason_may_be_known(shelf: Any) -> None:
    """What befell a line is the reason, if it is no event, and says nothing of one that is."""
    torn, sound = Text(b'{"a":'), Text(USER)
    kept = shelf.put(Batch(0, 1, 1, 1, 0, torn, 1, "torn: somewhere"), Batch(0, 1, 2, 2, 6, sound, 1, "torn: too"))
    assert [reject.reason for reject in kept.rejects] == ["torn: somewhere"]
    assert len(kept.events) == 1


LONG = {
    "text": b"x" * 140_000,
    "brackets": b"[" * 3_000_000,
    "undecodable": b'{"a":"\xff' + b"y" * 140_000,
    "letters": "ä".encode() * 140_000,
}


@pytest.mark.parametrize("kind", LONG)
@pytest.mark.parametrize("number", [1, 30])
def test_the_begin_is_kept(shelf: Any, monkeypatch: pytest.MonkeyPatch, kind: str, number: int) -> None:
    """Of a reject's text no more than the begin is kept; its place is exact."""
    monkeypatch.setattr(rejects, "_FEW", 20)
    line = LONG[kind][: 140_000 if number > 1 else None]
    lines = [USER, *[line] * number, b"no"]
    kept = shelf.put(Batch(0, 1, 1, 1, 0, Text(b"\n".join(lines)), len(lines)))
    found = sorted(kept.rejects, key=lambda reject: reject.line)
    assert len(found) == number + 1
    assert {len(reject.text) for reject in found[:-1]} == {rejects.HEAD}
    assert (found[-1].line, found[-1].offset) == (number + 2, len(USER) + 1 + number * (len(line) + 1))


def test_very_many_lines(shelf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch of more lines than are taken at once is taken in portions, each line in its place."""
    monkeypatch.setattr(ingest, "_MOST_LINES", 100)
    for lines in (
        lines_of(5, 3000),
        [b""] * 1000,
        [b"x"] * 1000,
        [*[b"{}"] * 500, b"y" * 5000],
        [b"y" * 5000, *[b"z"] * 300],
    ):
        check(shelf, lines)


@pytest.mark.parametrize("piece", [1, 2, 3, 5, 1000])
def test_text_is_decoded_in_pieces(shelf: Any, monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    """Wherever a piece ends, a character that goes on in the next one is sound, and one that is cut is not."""
    monkeypatch.setattr(rejects, "_PIECE", piece)
    sound = [f'{{"a":"{letter * 3}"}}'.encode() for letter in "aä€😀"]
    check(shelf, sound)
    for cut in (b'{"a":"\xe2\x82"}', b'{"a":"\xf0\x9f\x98', b'{"a":"\x80"}'):
        for lines in ([*sound, cut], [cut, *sound]):
            found = check(shelf, lines)
            assert [reject.reason.partition(" at ")[0] for reject in found] == ["invalid UTF-8"]
