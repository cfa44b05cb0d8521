"""Opening and reading a log: what is told of it, and what ends it."""

from __future__ import annotations

import errno
import gzip
import math
import os
import random
import resource
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from tlx.model import SourceFacts, SourceState
from tlx.reader.log import LogReader
from tlx.reader.source import Source, SourceError

TEXT = b'{"a":1}\n{"a":2}\n'


def read(path: Path) -> tuple[bytes, SourceFacts]:
    """All lines of a log, and what is known of it at its end."""
    reader = LogReader(str(path), 7)
    try:
        text = b"".join(chunk.text.whole + b"\n" for chunk in reader.chunks())
        return text, reader.facts()
    finally:
        reader.close()


@pytest.mark.parametrize("name", ["x.json", "x.json-lines.gz", "x.zst", "x", "x.pb.gz", "x.zip"])
@pytest.mark.parametrize(
    ("codec", "data"),
    [("plain", TEXT), ("gzip", gzip.compress(TEXT, mtime=0)), ("zstd", zstandard.ZstdCompressor().compress(TEXT))],
)
def test_names_that_lie(tmp_path: Path, name: str, codec: str, data: bytes) -> None:
    """The first bytes decide about the codec, never the name."""
    path = tmp_path / name
    path.write_bytes(data)
    assert read(path) == (TEXT, SourceFacts(7, str(path), codec, len(data), len(TEXT), SourceState.COMPLETE))


@pytest.mark.parametrize("data", [b"", b"{", b"{}", b"{}\n", b"\x1f", b"\x28\xb5\x2f", b"\n\n\n"])
def test_hardly_a_byte(tmp_path: Path, data: bytes) -> None:
    """A file of no or few bytes is read as plain text; an empty one may just have been made."""
    path = tmp_path / "x"
    path.write_bytes(data)
    text, facts = read(path)
    assert text.removesuffix(b"\n") == data.removesuffix(b"\n")
    assert (facts.codec, facts.state) == ("plain", SourceState.COMPLETE if data else SourceState.OPEN)


PACKERS = {"gzip": gzip.compress, "zstd": zstandard.ZstdCompressor().compress}


@pytest.mark.parametrize(
    ("codec", "cut", "place"),
    [("gzip", b"\x1f", 0), ("gzip", b"\x1f\x8b", 2), *(("zstd", b"\x28\xb5\x2f"[:size], 0) for size in (1, 2, 3))],
)
def test_killed_inside_the_first_magic(tmp_path: Path, codec: str, cut: bytes, place: int) -> None:
    """A run behind one that was killed inside its magic is read, and the damage is told; also while the log grows."""
    path = tmp_path / "x"
    data = cut + PACKERS[codec](TEXT)
    path.write_bytes(data)
    text, facts = read(path)
    assert text == TEXT
    assert (facts.codec, facts.decompressed_bytes, facts.state) == (codec, len(TEXT), SourceState.COMPLETE)
    assert [damage.offset for damage in facts.damages] == [place]
    for first in range(1, 10):
        path.write_bytes(data[:first])
        reader = LogReader(str(path), 7)
        assert [*reader.advance(), *reader.settle()] == []
        with path.open("ab") as file:
            file.write(data[first:])
        assert [chunk.text for chunk in reader.advance()] == [TEXT[:-1]]
        assert reader.facts().damages == facts.damages
        reader.close()


@pytest.mark.parametrize(
    "text",
    [b"((", b"(((\n", b"(\n", b"((\xb5\n", b"(\xb5/", b"(\xb5/(\xb5/\n", b"(\xb5/(\xb5", b"\x1f\x1f\n", b"((\xb5/"],
)
def test_nearly_a_second_magic(tmp_path: Path, text: bytes) -> None:
    """Text that begins as a cut magic does, and that no whole one follows, is text."""
    path = tmp_path / "x"
    path.write_bytes(text)
    found, facts = read(path)
    assert (found.removesuffix(b"\n"), facts.codec) == (text.removesuffix(b"\n"), "plain")
    reader = LogReader(str(path), 7)
    chunks = list(reader.advance())
    with path.open("ab") as file:
        file.write(b"more\n{}\n")
    chunks += reader.advance()
    assert b"\n".join(chunk.text.whole for chunk in chunks) == text + b"more\n{}"
    reader.close()


@pytest.mark.parametrize("codec", PACKERS)
@pytest.mark.parametrize("hole", [1, 1600, 600_000])
def test_a_hole_at_the_begin(tmp_path: Path, codec: str, hole: int) -> None:
    """A compressed log is read behind the zeros of a crash, and damages have the offsets of the file."""
    path = tmp_path / "x"
    packed = PACKERS[codec](TEXT)
    path.write_bytes(bytes(hole) + packed + b"rubbish")
    text, facts = read(path)
    assert (text, facts.codec, facts.decompressed_bytes) == (TEXT, codec, len(TEXT))
    assert [damage.offset for damage in facts.damages] == [0, hole + len(packed)]


@pytest.mark.parametrize("hole", [1, 1600, 600_000])
@pytest.mark.parametrize("text", [b"", TEXT])
def test_a_hole_before_text(tmp_path: Path, text: bytes, hole: int) -> None:
    """The zeros of a crash before plain text stand in its first line."""
    path = tmp_path / "x"
    path.write_bytes(bytes(hole) + text)
    found, facts = read(path)
    assert found.removesuffix(b"\n") == bytes(hole) + text.removesuffix(b"\n")
    assert (facts.codec, facts.decompressed_bytes, facts.state) == ("plain", hole + len(text), SourceState.COMPLETE)


def test_damages_are_told(tmp_path: Path) -> None:
    """What could not be read is told with its place, and the rest is there."""
    path = tmp_path / "x"
    path.write_bytes(gzip.compress(TEXT) + b"rubbish" + gzip.compress(b"{}\n"))
    text, facts = read(path)
    assert text == TEXT + b"{}\n"
    assert [damage.offset for damage in facts.damages] == [len(gzip.compress(TEXT))]


def test_swallowed_run(tmp_path: Path) -> None:
    """A run that a torn block announced for its own bytes is among the chunks."""
    packer = zstandard.ZstdCompressor(level=9).compressobj()
    data = packer.compress(TEXT) + packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    torn = packer.compress(os.urandom(5000)) + packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    path = tmp_path / "x"
    path.write_bytes(data + torn[:3] + zstandard.ZstdCompressor().compress(b'{"b":3}\n'))
    assert read(path)[0] == TEXT + b'{"b":3}\n'


@pytest.mark.parametrize(
    ("name", "words"),
    [("missing", "no such file"), ("folder", "folder"), ("a\0b", "no such file")],
)
def test_what_cannot_be_opened(tmp_path: Path, name: str, words: str) -> None:
    """A source that cannot be opened is an error that says why."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(SourceError, match=words):
        LogReader(str(tmp_path / name), 0)


def test_a_failing_medium(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read that fails is an error with the place, after all that was read before."""
    path = tmp_path / "x"
    path.write_bytes(TEXT)
    answers = iter([TEXT])

    def failing(fd: int, limit: int) -> bytes:
        try:
            return next(answers)
        except StopIteration:
            raise OSError(errno.EIO, "Input/output error") from None

    reader = LogReader(str(path), 0)
    monkeypatch.setattr("tlx.reader.source.os.read", failing)
    chunks = reader.chunks()
    assert next(chunks).text == TEXT[:-1]
    with pytest.raises(SourceError, match=f"past byte {len(TEXT)}: Input/output error"):
        next(chunks)
    monkeypatch.undo()
    reader.close()


def test_size(tmp_path: Path) -> None:
    """The size of a file is known before it is read, that of a pipe is not."""
    path = tmp_path / "x"
    path.write_bytes(TEXT)
    source = Source(str(path))
    assert (source.size, source.read_bytes) == (len(TEXT), 0)
    assert source.read(3) == TEXT[:3]
    assert (source.read_bytes, source.idle()) == (3, False)
    source.close()


def test_a_pipe(tmp_path: Path) -> None:
    """Lines of a pipe come as soon as they are whole, before its end."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    keep = os.open(path, os.O_RDWR)
    reader = LogReader(str(path), 0)
    os.write(keep, b'{"a":1}\n{"a"')
    chunks = reader.chunks()
    assert next(chunks).text == b'{"a":1}'
    assert reader.size is None
    os.write(keep, b":2}")
    os.close(keep)
    assert [(chunk.text, chunk.tail) for chunk in chunks] == [(b'{"a":2}', True)]
    reader.close()


def test_a_pipe_among_many_files(tmp_path: Path) -> None:
    """A pipe is read where a thousand files are open already, and one that is silent does not hold anybody up."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096) if hard > 0 else 4096, hard))
    path = tmp_path / "pipe"
    os.mkfifo(path)
    keep = os.open(path, os.O_RDWR)
    held = [os.dup(keep)]
    while held[-1] < 1024:
        held.append(os.dup(keep))
    source = Source(str(path))
    try:
        assert source.idle()
        assert source.fresh(9) == b""
        os.write(keep, TEXT)
        assert not source.idle()
        assert source.read(3) == TEXT[:3]
    finally:
        source.close()
        for file in (keep, *held):
            os.close(file)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_cancelled(tmp_path: Path) -> None:
    """A log that is no longer wanted ends, even where its pipe is silent."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    keep = os.open(path, os.O_RDWR)
    reader = LogReader(str(path), 0)
    os.write(keep, b'{"a":1}\n')
    chunks = reader.chunks()
    assert next(chunks).text == b'{"a":1}'
    reader.cancel()
    assert list(chunks) == []
    reader.close()
    os.close(keep)


class TestLinesLeft:
    """How many lines are still to come."""

    @pytest.mark.parametrize("compress", [bytes, zstandard.ZstdCompressor(level=1).compress])
    def test_of_a_file(self, tmp_path: Path, compress: Callable[[bytes], bytes]) -> None:
        """Of lines that are alike it is told about right from the first ones on, and in the end that there are none."""
        path = tmp_path / "x"
        total = 60_000
        dice = random.Random(1)  # noqa: S311  not cryptography
        path.write_bytes(compress(b"".join(b'{"a":"%0128x"}\n' % dice.getrandbits(512) for _ in range(total))))
        reader = LogReader(str(path), 0)
        assert reader.lines_left == math.inf
        known = [(chunk.first_line + chunk.line_count - 1, reader.lines_left) for chunk in reader.chunks()]
        reader.close()
        assert len(known) > 1
        assert all(left == pytest.approx(total - line, rel=0.15, abs=2_500) for line, left in known)
        assert reader.lines_left == 0

    def test_of_a_pipe(self) -> None:
        """Nobody knows."""
        read, write = os.pipe()
        os.write(write, TEXT)
        os.close(write)
        reader = LogReader(f"/proc/self/fd/{read}", 0)
        assert [reader.lines_left for _ in reader.chunks()] == [math.inf]
        reader.close()
        os.close(read)
