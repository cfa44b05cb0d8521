"""What proves that a file still holds what was read from it, and what of a log is read alike once it has grown."""

from __future__ import annotations

import gzip
import os
import random
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tlx.reader.lines import LineChunk, LineSplitter, from_line
from tlx.reader.log import LogReader
from tlx.reader.source import Source
from tlx.text import Text


def identity(path: Path):
    """The identity of a file, opened anew."""
    source = Source(str(path))
    found = source.identity()
    source.close()
    return found


class TestIdentity:
    """What a file is."""

    def test_what_changes_it(self, tmp_path: Path) -> None:
        """Bytes, times, another file at the path and another path each give another identity."""
        path = tmp_path / "a"
        path.write_bytes(b"one\n")
        first = identity(path)
        assert first == identity(path)
        os.utime(path, ns=(5, 5))
        touched = identity(path)
        other = tmp_path / "b"
        other.write_bytes(b"one\n")
        os.utime(other, ns=(5, 5))
        copied = identity(other)
        with path.open("ab") as file:
            file.write(b"two\n")
        grown = identity(path)
        other.replace(path)
        assert len({first, touched, copied, grown, identity(path)}) == 5

    def test_links_lead_to_the_same(self, tmp_path: Path) -> None:
        """A log has one identity, whatever link it is opened by."""
        path = tmp_path / "a"
        path.write_bytes(b"one\n")
        (tmp_path / "link").symlink_to(path)
        assert identity(tmp_path / "link") == identity(path)

    def test_a_pipe_has_none(self, tmp_path: Path) -> None:
        """What comes but once cannot be known again."""
        path = tmp_path / "pipe"
        os.mkfifo(path)
        keep = os.open(path, os.O_RDWR)
        assert identity(path) is None
        os.close(keep)

    def test_standard_input_has_none(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Standard input has none even where it is a file."""
        (tmp_path / "a").write_bytes(b"one\n")
        file = os.open(tmp_path / "a", os.O_RDONLY)
        monkeypatch.setattr("tlx.reader.source.fcntl.fcntl", lambda *_: os.dup(file))
        source = Source("-")
        assert source.size == 4
        assert source.identity() is None
        source.close()
        os.close(file)


class TestDigest:
    """What a file holds."""

    def test_every_byte_counts(self, tmp_path: Path) -> None:
        """Any other byte gives another digest; bytes behind the given size do not."""
        path = tmp_path / "a"
        text = os.urandom(3_000_000)
        path.write_bytes(text)
        source = Source(str(path))
        whole = source.digest(len(text))
        head = source.digest(2_000_000)
        assert head != whole
        for at in (0, 1_048_575, 1_048_576, 2_999_999):
            path.write_bytes(text[:at] + bytes([text[at] ^ 1]) + text[at + 1 :])
            assert source.digest(len(text)) != whole
            assert (source.digest(2_000_000) == head) is (at >= 2_000_000)
        source.close()

    def test_the_ends(self, tmp_path: Path) -> None:
        """The digest of the ends sees the first and the last bytes, of a small file all of them."""
        path = tmp_path / "a"
        for size in (0, 1, 4_000, 5_000, 100_000):
            text = os.urandom(size)
            path.write_bytes(text + b"more")
            source = Source(str(path))
            ends = source.digest_of_ends(size)
            assert ends == source.digest_of_ends(size)
            for at in {0, size - 1} if size else ():
                path.write_bytes(text[:at] + bytes([text[at] ^ 1]) + text[at + 1 :])
                assert source.digest_of_ends(size) != ends
            source.close()

    def test_too_short(self, tmp_path: Path) -> None:
        """A file that has fewer bytes has no digest."""
        path = tmp_path / "a"
        path.write_bytes(b"12345")
        source = Source(str(path))
        assert source.digest(5)
        assert source.digest(6) is None
        assert source.digest_of_ends(6) is None
        source.close()

    def test_cancelled(self, tmp_path: Path) -> None:
        """Nothing more is read once nobody wants it."""
        path = tmp_path / "a"
        path.write_bytes(b"12345")
        source = Source(str(path))
        source.cancel()
        assert source.digest(5) is None
        source.close()


@given(st.lists(st.sampled_from([b"", b"a", b"bc", b"  "]), min_size=1, max_size=8), st.integers(1, 12))
def test_from_a_line_on(parts: list[bytes], line: int) -> None:
    """What of a chunk stands from a line on has the number, place and count of its lines."""
    chunk = LineChunk(Text(b"\n".join(parts)), 3, 100, len(parts))
    found = from_line(chunk, line)
    wanted = parts[max(0, line - 3) :]
    if not wanted:
        assert found is None
        return
    assert found is not None
    before = parts[: len(parts) - len(wanted)]
    assert found.text == b"\n".join(wanted)
    assert found.line_count == len(wanted)
    assert found.first_line == 3 + len(before)
    assert found.offset == 100 + sum(len(part) + 1 for part in before)


def chunks(path: Path) -> tuple[list[LineChunk], int]:
    """The chunks of a log, and how many of them are steady."""
    reader = LogReader(str(path), 0)
    found, steady = [], 0
    for chunk in reader.chunks():
        found.append(chunk)
        steady += reader.steady
    reader.close()
    return found, steady


@pytest.mark.parametrize("codec", ["plain", "gzip", "zstd"])
@given(seed=st.integers(0, 2**32))
@settings(max_examples=25)
def test_steady_chunks_stay(tmp_path_factory: pytest.TempPathFactory, codec: str, seed: int) -> None:
    """Chunks that are called steady come alike, cut alike, whatever is appended to the log: damage, text or frames."""
    dice = random.Random(seed)  # noqa: S311  not cryptography

    def text() -> bytes:
        lines = [b'{"n":%d,"s":"%s"}' % (dice.randrange(10**9), dice.randbytes(9).hex().encode()) for _ in range(40)]
        return b"\n".join(lines) + b"\n"

    def packed() -> bytes:
        data = {"plain": bytes, "gzip": gzip.compress, "zstd": zstandard.ZstdCompressor().compress}[codec](text())
        return data[: dice.randrange(len(data))] if dice.random() < 0.4 else data  # killed

    data = b"".join(packed() for _ in range(4)) + dice.choice([b"", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"junk"])
    path = tmp_path_factory.mktemp("steady") / "x"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tlx.reader.log._READ", dice.choice([64, 500, 2000]))
        patch.setattr(
            "tlx.reader.log.LineSplitter", lambda max_line: LineSplitter(max_line, first_chunk=200, chunk=1000)
        )
        path.write_bytes(data)
        grown, _ = chunks(path)
        path.write_bytes(data[: dice.randrange(len(data))])
        before, steady = chunks(path)
    assert before[:steady] == grown[:steady]


def test_most_chunks_are_steady(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a log that is read in many steps, all chunks but the last are steady; so the test above is about something."""
    monkeypatch.setattr("tlx.reader.log._READ", 1000)
    monkeypatch.setattr("tlx.reader.log.LineSplitter", lambda limit: LineSplitter(limit, first_chunk=100, chunk=100))
    path = tmp_path / "a"
    path.write_bytes(b'{"a":1}\n' * 5000)
    found, steady = chunks(path)
    assert (len(found), steady) == (40, 40)
    path.write_bytes(b'{"a":1}\n' * 5001)
    found, steady = chunks(path)
    assert (len(found), steady) == (41, 40)


def test_chunks_from_a_line_on(tmp_path: Path) -> None:
    """A reader leaves out the lines before the one that is asked for; all bytes are read all the same."""
    path = tmp_path / "a"
    path.write_bytes(b"".join(b'{"n":%d}\n' % number for number in range(100_000)))
    reader = LogReader(str(path), 0)
    text = b"\n".join(chunk.text.whole for chunk in reader.chunks(70_001))
    assert text.splitlines()[0] == b'{"n":70000}'
    assert len(text.splitlines()) == 30_000
    assert reader.facts().decompressed_bytes == path.stat().st_size
    reader.close()


def test_passed_over(tmp_path: Path) -> None:
    """A log whose lines are known counts as read."""
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    reader = LogReader(str(path), 0)
    reader.pass_over()
    assert (reader.read_bytes, reader.size) == (5, 5)
    reader.close()
