"""Following one name: nothing lost and nothing twice, whatever happens to the file behind it."""

import gzip
import os
import zlib
from functools import partial
from pathlib import Path
from random import Random

import pytest
import zstandard

from tlx.reader.follow import Follower, Liveness
from tlx.reader.log import LogReader


class Clock:
    """A time that passes only when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


class Followed:
    """A follower of one path, and what it gave."""

    def __init__(self, path: Path) -> None:
        self.clock = Clock()
        self.readers: list[LogReader] = []
        self.follower = Follower(str(path), self._open, self.clock)

    def _open(self, path: str, regrown: bool) -> LogReader:  # noqa: FBT001  a callback
        self.readers.append(LogReader(path, len(self.readers), regrown=regrown))
        return self.readers[-1]

    def step(self) -> list[tuple[int, str]]:
        """What comes now: the number of its source, and the line."""
        return self._lines(self.follower.step())

    @staticmethod
    def _lines(found) -> list[tuple[int, str]]:
        return [(reader.number, line) for reader, chunk in found for line in chunk.text.whole.decode().split("\n")]

    @property
    def liveness(self) -> Liveness:
        """How the log is."""
        return self.follower.standing.liveness


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the log is to be."""
    return tmp_path / "run.json-lines"


@pytest.fixture
def follow(path: Path):
    """Follow the path; close all files at the end."""
    made: list[Followed] = []

    def followed(other: Path | None = None) -> Followed:
        made.append(Followed(other or path))
        return made[-1]

    yield followed
    for one in made:
        for reader in one.readers:
            reader.close()


def append(path: Path, text: str | bytes) -> None:
    """Write behind what is there."""
    with path.open("ab") as file:
        file.write(text.encode() if isinstance(text, str) else text)


class TestGrowth:
    """A file that grows."""

    def test_whole_lines_come_and_parts_wait(self, path, follow):
        """Whole lines come and parts wait."""
        path.write_text("one\ntw")
        log = follow()
        assert log.step() == [(0, "one")]
        assert log.step() == []
        append(path, "o\nthree\nfo")
        assert log.step() == [(0, "two"), (0, "three")]
        append(path, "u")
        assert log.step() == []
        append(path, "r\n")
        assert log.step() == [(0, "four")]

    def test_a_file_that_is_not_there_is_waited_for(self, path, follow):
        """A file that is not there is waited for."""
        log = follow()
        assert log.step() == []
        assert log.liveness is Liveness.WAITING
        path.touch()
        assert log.step() == []
        assert log.liveness is Liveness.LIVE
        append(path, "a\n")
        assert log.step() == [(0, "a")]

    @pytest.mark.parametrize("codec", ["gzip", "zstd"])
    def test_each_flush_inside_an_open_frame_shows(self, path, follow, codec):
        """A compressed log is read flush by flush, and the magic bytes may come one at a time."""
        if codec == "zstd":
            packer = zstandard.ZstdCompressor().compressobj()
            flush = partial(packer.flush, zstandard.COMPRESSOBJ_FLUSH_BLOCK)
        else:
            packer = zlib.compressobj(wbits=31)
            flush = partial(packer.flush, zlib.Z_SYNC_FLUSH)
        log = follow()
        for number in range(4):
            data = packer.compress(f"line {number}\npart".encode()) + flush()
            for place in range(len(data)):
                append(path, data[place : place + 1])
                found = log.step()
                assert found == [] or place == len(data) - 1 or codec == "gzip"
            assert found == [(0, f"{'part' * bool(number)}line {number}")] or codec == "gzip"
            assert log.readers[0].state == "open"
        append(path, packer.flush())
        assert log.step() == []
        log.clock.now += 100
        assert log.liveness is Liveness.FINISHED
        again = zstandard.compress(b"ial\nnew\n") if codec == "zstd" else gzip.compress(b"ial\nnew\n")
        append(path, again)
        assert log.step() == [(0, "partial"), (0, "new")]
        assert log.liveness is Liveness.LIVE

    @pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress, bytes])
    def test_bytes_come_one_by_one(self, path, follow, pack):
        """However a file grows, the lines are those of the whole."""
        text = b"".join(b"line %d\n" % number for number in range(30))
        log = follow()
        path.touch()
        found = []
        for byte in pack(text):
            append(path, bytes([byte]))
            found += log.step()
        assert [line for _, line in found] == text.decode().splitlines()

    def test_a_very_long_line_in_many_pieces(self, path, follow):
        """A line that comes in thousands of pieces is not looked through again with each."""
        log = follow()
        with path.open("ab", buffering=0) as file:
            for _ in range(3000):
                file.write(b"x" * 100)
                assert log.step() == []
            file.write(b"\n")
        assert [len(line) for _, line in log.step()] == [300_000]


class TestKilled:
    """A writer that is killed inside a frame, and another one that appends."""

    @pytest.mark.parametrize("codec", ["gzip", "zstd"])
    def test_a_short_run_behind_a_killed_one_shows_soon(self, path, follow, codec):
        """A few lines behind an open frame do not wait for more, although that frame has not shown to be broken."""
        shown = 0
        for seed in range(40):
            dice = Random(seed)  # noqa: S311  no secret
            text = b"".join(b'{"a": "%d"}\n' % dice.getrandbits(200) for _ in range(30))
            if codec == "zstd":
                packer = zstandard.ZstdCompressor().compressobj()
                data = packer.compress(text) + packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
                data += packer.compress(text[::-1]) + packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
            else:
                packer = zlib.compressobj(wbits=31)
                data = packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH)
                data += packer.compress(text[::-1]) + packer.flush(zlib.Z_SYNC_FLUSH)
            last = zstandard.compress(b'{"b": 1}\n') if codec == "zstd" else gzip.compress(b'{"b": 1}\n')
            path.unlink(missing_ok=True)
            path.write_bytes(data[: len(data) - dice.randint(1, 200)] + last)
            log = follow()
            found = log.step()
            log.clock.now += 1
            found += log.step()
            lines = [line for _, line in found]
            assert lines[:30] == text.decode().splitlines()
            shown += '{"b": 1}' in lines
        assert shown == 40


class TestOtherFiles:
    """A name that leads to another file, or to the same one begun anew."""

    def test_a_renamed_file_is_read_on_beside_the_new_one(self, path, follow):
        """A renamed file is read on beside the new one."""
        path.write_text("a\n")
        log = follow()
        assert log.step() == [(0, "a")]
        old = path.with_suffix(".1")
        with path.open("ab", buffering=0) as writer:
            writer.write(b"b\n")
            path.rename(old)
            path.write_text("c\n")
            assert log.step() == [(0, "b"), (1, "c")]
            writer.write(b"late\n")
            append(path, "d\n")
            assert log.step() == [(0, "late"), (1, "d")]
            writer.write(b"torn")
        assert log.step() == []
        log.clock.now += 9
        assert log.step() == []
        log.clock.now += 9
        assert log.step() == [(0, "torn")]
        assert log.follower.standing.generation == 2

    def test_a_file_that_is_cut_off_begins_again(self, path, follow):
        """A file that is cut off begins again."""
        path.write_text("one\ntwo\npart")
        log = follow()
        assert log.step() == [(0, "one"), (0, "two")]
        os.truncate(path, 0)
        append(path, "x\n")
        assert log.step() == [(0, "part"), (1, "x")]
        assert log.readers[0].state == "torn"

    def test_a_file_that_is_written_anew_to_more_than_before_begins_again(self, path, follow):
        """A file that is written anew to more than before begins again."""
        path.write_text("one\ntwo\n")
        log = follow()
        assert log.step() == [(0, "one"), (0, "two")]
        path.write_text("other\nlines\nand more\n")
        assert log.step() == [(1, "other"), (1, "lines"), (1, "and more")]

    def test_a_writer_that_goes_on_where_it_stood_leaves_a_hole(self, path, follow):
        """Cut off under a writer that does not append: zeros stand before its next line, and belong to none."""
        with path.open("wb", buffering=0) as writer:
            writer.write(b"one\ntwo\n")
            log = follow()
            assert log.step() == [(0, "one"), (0, "two")]
            os.truncate(path, 0)
            assert log.step() == []
            writer.write(b"three\n")
            assert log.step() == [(1, "three")]
            writer.write(b"four\n")
            assert log.step() == [(1, "four")]

    @pytest.mark.parametrize("codec", ["plain", "gzip", "zstd"])
    @pytest.mark.parametrize("hole", [5, 1600, 600_000])
    def test_the_hole_counts(self, path, follow, codec, hole):
        """Offsets behind a hole are those of the file: of lines if it is plain, of damages if it is compressed."""
        pack = {"plain": bytes, "gzip": gzip.compress, "zstd": zstandard.ZstdCompressor().compress}[codec]
        path.write_bytes(b"x" * 9 + b"\n")
        log = follow()
        log.step()
        with path.open("r+b", buffering=0) as writer:
            writer.truncate(0)
            log.step()
            writer.seek(hole)
            writer.write(pack(b"one\n"))
            writer.write(pack(b"two\n"))
            packed = 2 * len(pack(b"one\n"))
            writer.write(b"bad\n")
            chunks = [chunk for _, chunk in log.follower.step()]
        chunks += log.readers[1].end()
        begin = hole if codec == "plain" else 0
        assert b"\n".join(chunk.text.whole for chunk in chunks).startswith(b"one\ntwo")
        assert chunks[0].offset == begin
        facts = log.readers[1].facts()
        assert (facts.codec, log.readers[1].read_bytes) == (codec, hole + packed + 4)
        assert facts.decompressed_bytes == begin + 8 + (4 if codec == "plain" else 0)
        assert [damage.offset for damage in facts.damages] == ([] if codec == "plain" else [hole + packed])

    def test_a_deleted_file_is_read_to_its_end_and_a_new_one_begins(self, path, follow):
        """A deleted file is read to its end and a new one begins."""
        path.write_text("a\n")
        log = follow()
        assert log.step() == [(0, "a")]
        with path.open("ab", buffering=0) as writer:
            path.unlink()
            writer.write(b"b\n")
            assert log.step() == [(0, "b")]
            assert log.liveness is Liveness.GONE
        path.write_text("c\n")
        assert log.step() == [(1, "c")]
        assert log.liveness is Liveness.LIVE

    @pytest.mark.parametrize("how", ["rotated", "cut off"])
    def test_what_nobody_writes_to_any_more_is_not_held_open(self, path, follow, how):
        """Of a hundred files that were in its place, none is open once nothing more can come of them."""
        path.write_bytes(b"first\n")
        followed = follow(path)
        followed.step()
        open_files = len(os.listdir("/dev/fd"))  # noqa: PTH208  names alone
        for number in range(100):
            if how == "rotated":
                path.unlink()
            path.write_bytes(b"%d\n" % number)
            followed.step()
        followed.clock.now += 60
        assert followed.step() == []
        assert len(followed.readers) == 101
        assert len(os.listdir("/dev/fd")) == open_files  # noqa: PTH208  the same
        assert [reader.facts().bytes for reader in followed.readers] == [len(b"first\n"), *[2] * 10, *[3] * 90]

    def test_a_symbolic_link_that_is_replaced(self, tmp_path, follow):
        """A symbolic link that is replaced."""
        for name in "ab":
            (tmp_path / name).write_text(f"{name}\n")
        link = tmp_path / "last"
        link.symlink_to("a")
        log = follow(link)
        assert log.step() == [(0, "a")]
        other = tmp_path / "other"
        other.symlink_to("b")
        other.rename(link)
        append(tmp_path / "a", "still\n")
        assert log.step() == [(0, "still"), (1, "b")]

    def test_a_folder_that_vanishes_and_returns(self, tmp_path, follow):
        """A folder that vanishes and returns."""
        folder = tmp_path / "folder"
        folder.mkdir()
        path = folder / "log"
        path.write_text("a\n")
        log = follow(path)
        assert log.step() == [(0, "a")]
        path.unlink()
        folder.rmdir()
        assert log.step() == []
        assert log.liveness is Liveness.GONE
        folder.mkdir()
        path.write_text("a\n")
        assert log.step() == [(1, "a")]

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_file_without_permission_is_waited_for(self, path, follow):
        """A file without permission is waited for."""
        log = follow()
        path.write_text("a\n")
        path.chmod(0)
        assert log.step() == []
        assert "no permission" in log.follower.standing.trouble
        path.chmod(0o600)
        assert log.step() == [(0, "a")]

    def test_a_folder_in_its_place_is_trouble(self, path, follow):
        """A folder in its place is trouble."""
        log = follow()
        path.mkdir()
        assert log.step() == []
        assert "is a folder" in log.follower.standing.trouble


class TestStandings:
    """What is said of a log that grows or does not."""

    @pytest.mark.parametrize(
        ("data", "liveness"),
        [
            (b"a\n", Liveness.IDLE),
            (zstandard.compress(b"a\n"), Liveness.FINISHED),
            (zstandard.compress(b"a\n")[:-3], Liveness.TORN),
            (gzip.compress(b"a\n", mtime=0)[:-3], Liveness.TORN),
        ],
    )
    def test_liveness_after_a_while(self, path, follow, data: bytes, liveness: Liveness):
        """Liveness after a while."""
        path.write_bytes(data)
        log = follow()
        log.step()
        assert log.liveness is Liveness.LIVE
        log.clock.now += 4
        log.step()
        standing = log.follower.standing
        assert (standing.liveness, standing.idle, standing.read_bytes) == (liveness, 4.0, len(data))

    def test_lag_is_what_is_there_and_not_read(self, path, follow):
        """Lag is what is there and not read."""
        path.write_text("a\n")
        log = follow()
        log.step()
        append(path, "12345")
        assert log.follower.standing.lag == 5
        log.step()
        assert log.follower.standing.lag == 0

    def test_a_pipe_is_read_as_writers_come_and_go(self, path, follow):
        """A pipe is read as writers come and go."""
        os.mkfifo(path)
        log = follow()
        assert log.step() == []
        for text in (b"one\nt", b"wo\n"):
            writer = os.open(path, os.O_WRONLY)
            os.write(writer, text)
            os.close(writer)
            found = log.step()
        assert found == [(0, "two")]
