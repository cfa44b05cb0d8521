"""Headers found in text: whole lines, torn ones, and what only looks like one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlx.dialects.known import DIALECTS, HeaderLine, find_headers, is_folded, marks
from tlx.model import Header
from tlx.text import Text

EVENT = b'{"StarlarkUserEvent":{"id":"foo","metadata":{}},"epoch_millis":1}'
HEADER = b'{"command_line_args":["buck2","build"],"working_dir":"/w","trace_id":"t"}'
READ = Header("buck2-user", "buck2 build", "t", None, "/w")


def found(text: bytes) -> list[tuple[bytes, bool]]:
    """The lines of the headers in `text`, and whether each is torn off another line."""
    return [(text[header.begin : header.end], header.torn) for header in find_headers(Text(text))]


def test_none() -> None:
    """A text without headers has none."""
    assert found(b"") == []
    assert found(EVENT + b"\n" + EVENT) == []


def test_anywhere() -> None:
    """Headers are found first, last, in the middle and side by side, with the bytes of their lines."""
    text = b"\n".join([HEADER, EVENT, HEADER, HEADER, EVENT, EVENT, HEADER])
    places = [0, len(HEADER + EVENT) + 2, len(HEADER + EVENT + HEADER) + 3, len(text) - len(HEADER)]
    assert list(find_headers(Text(text))) == [HeaderLine(at, at + len(HEADER), READ) for at in places]


def test_behind_the_mark_of_an_appended_file() -> None:
    """A byte order mark before a header is no fragment of another line: it begins an appended file."""
    line = b"\xef\xbb\xbf" + HEADER
    assert found(EVENT + b"\n" + line) == [(line, False)]


@pytest.mark.parametrize("line", [b" " + HEADER, HEADER + b"\r", json.dumps(json.loads(HEADER), indent=None).encode()])
def test_white_space(line: bytes) -> None:
    """White space inside or around a header does not hide it."""
    assert found(EVENT + b"\n" + line + b"\n" + EVENT) == [(line, False)]


def test_the_key_may_stand_anywhere() -> None:
    """A header is told by its key, wherever in the record it stands."""
    line = b'{"working_dir":"/w","command_line_args":[]}'
    assert found(line) == [(line, False)]


@pytest.mark.parametrize(
    "fragment",
    [EVENT[:1], EVENT[:40], EVENT[:-1], b"\xff\xfe", b'{"command_line_args":["bu', HEADER[:-1], b"null", EVENT],
    ids=["brace", "middle", "all but one", "not UTF-8", "torn header", "nearly a header", "value", "whole event"],
)
def test_glued_to_a_fragment(fragment: bytes) -> None:
    """A header right behind the line inside which its writer was killed is found, and marked as torn off."""
    text = EVENT + b"\n" + fragment + HEADER + b"\n" + EVENT
    assert found(text) == [(HEADER, True)]


@pytest.mark.parametrize(
    "line",
    [
        b'{"StarlarkUserEvent":{"id":"command_line_args","metadata":{}},"epoch_millis":1}',
        b'{"StarlarkUserEvent":{"id":"x","metadata":{"command_line_args":["a"]}},"epoch_millis":1}',
        b'{"StarlarkUserEvent":{"id":"x","metadata":{"m":{"command_line_args":["a"]}}},"epoch_millis":1}',
        json.dumps({"StarlarkUserEvent": {"id": HEADER.decode(), "metadata": {}}, "epoch_millis": 1}).encode(),
        json.dumps({"StarlarkUserEvent": {"id": "x", "metadata": {"a": HEADER.decode()}}}).encode(),
        b'["command_line_args"]',
        b'"command_line_args"',
        b'[{"command_line_args":[]}]',
        b'{"a":[{"command_line_args":[]}]}',
        b'{"command_line_args":["torn',
        b'"command_line_args": and no JSON',
        b'\xff"command_line_args"',
        b'{"x":"\xff","command_line_args":[]}',
    ],
)
def test_not_believed(line: bytes) -> None:
    """The mark inside strings, metadata, arrays and torn lines makes no header, nor hides one behind it."""
    assert found(line) == []
    assert found(line + b"\n" + HEADER) == [(HEADER, False)]


@pytest.mark.parametrize("value", [b"NaN", b"-Infinity", b'[NaN,"x"]', b'"NaN"', b"1e999", b"9" * 400])
def test_numbers_that_are_none(value: bytes) -> None:
    """A header may hold NaN and Infinity, as an event may; in a line that is no JSON all the same they help nothing."""
    line = b'{"command_line_args":["a"],"trace_id":' + value + b"}"
    assert found(line) == [(line, False)]
    assert found(EVENT[:40] + line) == [(line, True)]
    for broken in (line[:-1], line + b"}", b'{"command_line_args":["\\ud800"],"x":NaN}', line.replace(b'"a"', b"\xff")):
        assert found(broken) == []


def test_a_mark_twice_in_a_line() -> None:
    """A line counts once, however often the mark stands in it."""
    line = json.dumps({"command_line_args": ['"command_line_args"'], "x": {"command_line_args": 1}}).encode()
    assert found(line + b"\n" + HEADER) == [(line, False), (HEADER, False)]


_BEGINS = tuple(begin for one in DIALECTS if one.folds for begin in one.folds.begins)


@given(
    st.lists(st.tuples(st.sampled_from((*_BEGINS, b"", b"{", b'{"', b'x{"events"')), st.binary(max_size=9)), max_size=9)
)
def test_folded_is_where_a_line_begins_as_one_that_folds(lines: list[tuple[bytes, bytes]]) -> None:
    """It is told of a text whether any of its lines begins so, the first as any other."""
    text = b"\n".join(begin + rest for begin, rest in lines)
    assert is_folded(Text(text), DIALECTS) == any(line.startswith(_BEGINS) for line in text.split(b"\n"))


def test_all_that_a_text_is_asked_for_can_be_looked_for_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mark that was left out would take a pass of its own."""
    text = Text((EVENT + b"\n") * (1 << 15))
    text.look(marks(DIALECTS))
    monkeypatch.setattr("tlx.text._scan", pytest.fail)
    assert (list(find_headers(text)), is_folded(text, DIALECTS)) == ([], False)
