"""Texts pass to the line reader through files in memory, and hold no bytes meanwhile."""

from __future__ import annotations

import errno
import gc
from collections.abc import Iterator

import pytest

from tlx.store import handover
from tlx.store.database import Database
from tlx.store.handover import Handover
from tlx.text import Text

_PIECE = b"x" * (1 << 16) + b"\n"


@pytest.fixture
def file() -> Iterator[Handover]:
    """A file in memory."""
    (made,) = handover.handovers(1)
    yield made
    made.close()


def held(text: Text) -> int:
    """The bytes that a text holds itself."""
    return sum(map(len, text._pieces))


def test_a_text_holds_nothing_that_the_file_holds(file: Handover) -> None:
    """It reads what it is asked for, and holds it again from then on."""
    whole = _PIECE + b"y" + _PIECE
    text = Text(_PIECE, b"y", _PIECE)
    assert file.put(text)
    assert (held(text), len(text)) == (0, len(whole))
    assert text.end(3) == b"xx\n"
    assert (held(text), text.whole) == (len(whole), whole)


def test_a_text_has_its_bytes_back_before_they_go(file: Handover) -> None:
    """Another text in the same file, the same one once more, or the end of the file: nothing is lost."""
    first, second = Text(_PIECE, b"first"), Text(b"second")
    assert file.put(first)
    assert file.put(second)
    assert held(first) == len(_PIECE) + 5
    assert (first, second) == (_PIECE + b"first", b"second")
    assert file.put(second)
    assert second == b"second"
    assert file.put(first)
    file.close()
    assert first == _PIECE + b"first"


def test_a_text_that_is_gone_is_not_read_again(file: Handover, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody wants it: that is how it is with every batch of a sound log."""
    assert file.put(Text(_PIECE))
    gc.collect()
    monkeypatch.setattr(handover.os, "pread", lambda *_: pytest.fail("read again"))
    assert file.put(Text(b"y"))


@pytest.mark.parametrize("text", [b"a\0b", b"a\r\nb", b"\xef\xbb\xbfa", b"x" * ((16 << 20) + 1)], ids=len)
def test_what_the_line_reader_would_not_take_as_it_is(file: Handover, text: bytes) -> None:
    """It is refused, and the text keeps it."""
    refused = Text(text)
    assert not file.put(refused)
    assert held(refused) == len(text)


@pytest.mark.parametrize("call", ["ftruncate", "pwritev"])
def test_a_system_that_lets_no_file_grow(file: Handover, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """The text keeps its bytes, and goes another way."""

    def fail(*_arguments: object) -> None:
        raise OSError(errno.EFBIG, "File too large")

    monkeypatch.setattr(handover.os, call, fail)
    text = Text(_PIECE, b"y")
    assert not file.put(text)
    assert held(text) == len(_PIECE) + 1


def test_a_system_that_writes_in_parts(file: Handover, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every byte arrives all the same."""
    write, pieces = handover.os.pwrite, handover.os.pwritev
    monkeypatch.setattr(handover.os, "pwritev", lambda fd, parts, at: pieces(fd, [parts[0][:7]], at))
    monkeypatch.setattr(handover.os, "pwrite", lambda fd, rest, at: write(fd, bytes(rest)[:40_000], at))
    text = Text(_PIECE, b"a\n", _PIECE, b"bc")
    assert file.put(text)
    assert text == _PIECE + b"a\n" + _PIECE + b"bc"


def test_lines_are_read_as_they_are(file: Handover) -> None:
    """Pieces make no difference, nor do quotes and commas; an empty line is none."""
    database = Database()
    own = database.handover()
    assert own is not None
    assert own.put(Text(b'{"a":"x,y"}\n\n', _PIECE, b"'\"\\"))
    lines = database.reader().execute(f"FROM {own.lines}").fetchall()
    assert lines == [('{"a":"x,y"}',), (None,), ("x" * (1 << 16),), ("'\"\\",)]
    database.close()
