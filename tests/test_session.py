"""A session: loads logs in threads of its own, says how far it is, and leaves nothing behind."""

from __future__ import annotations

import errno
import gzip
import json
import os
import subprocess
import sys
import tempfile
import threading
import zlib
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle
from tlx.cli.commands.stats import summary
from tlx.config.settings import Settings
from tlx.query.ask import Asker
from tlx.reader.source import SourceError
from tlx.session import Progress, Session
from tlx.store.database import Database

USER = b'{"StarlarkUserEvent":{"id":"x","metadata":{}},"epoch_millis":1771287109000}\n'
HEADER = b'{"command_line_args":["buck2","bxl"],"working_dir":"/w","trace_id":"t-%d"}\n'
BIG = 60_000
"""Events of a log that takes several chunks."""

Write = Callable[..., str]


@pytest.fixture(autouse=True)
def nothing_left(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """After every test no thread of a session is left, and no spill folder."""
    spill = tmp_path_factory.mktemp("spill")
    monkeypatch.setattr(tempfile, "tempdir", str(spill))
    yield
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("tlx-")] == []
    assert list(spill.iterdir()) == []


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A function that writes bytes to a new file and returns its path."""
    numbers = iter(range(100))

    def to_file(data: bytes) -> str:
        path = tmp_path / f"{next(numbers)}.log"
        path.write_bytes(data)
        return str(path)

    return to_file


def big() -> bytes:
    """A log of several chunks, with a header in the middle."""
    events = [b'{"StarlarkUserEvent":{"id":"e%d","metadata":{}},"epoch_millis":%d}\n' % (n, n) for n in range(BIG)]
    return b"".join([HEADER % 0, *events[: BIG // 2], HEADER % 1, *events[BIG // 2 :]])


def load(*paths: str) -> tuple[dict[str, Any], dict[str, list[tuple[Any, ...]]]]:
    """The summary of `paths`, and the rows of the small tables and of the events' places."""
    session = Session(paths, Settings())
    session.start()
    try:
        session.wait()
        asker = Asker(session.database)
        questions = {
            "events": "SELECT id, source, run, line FROM events ORDER BY id",
            "rejects": "SELECT source, run, line, byte_offset, reason, text FROM rejects ORDER BY id",
            "runs": "SELECT run, source, line, has_header, trace FROM runs ORDER BY run",
            "ids": "SELECT id FROM events UNION ALL SELECT id FROM rejects ORDER BY id",
        }
        rows = {name: asker.rows(sql) for name, sql in questions.items()}
        answer = summary(asker)
        asker.close()
        return answer, rows
    finally:
        session.close()


class TestPlaces:
    """Every line gets its arrival number, its run and its source."""

    def test_several_chunks(self, write: Write) -> None:
        """Ids grow with the lines, across chunks and workers, and none is given twice."""
        answer, rows = load(write(big()))
        assert oracle.comparable(answer) == oracle.stats(big())
        lines = [line for line in range(2, BIG + 3) if line != BIG // 2 + 2]
        assert [row[3] for row in rows["events"]] == lines
        ids = [row[0] for row in rows["events"]]
        assert all(one < other for one, other in pairwise(ids))
        assert [row[2] for row in rows["events"]] == [1] * (BIG // 2) + [2] * (BIG // 2)

    def test_many_headers(self, write: Write) -> None:
        """A log of nothing but headers and single events has that many runs."""
        text = b"".join(HEADER % number + USER * (number % 2) for number in range(500))
        answer, rows = load(write(text))
        assert oracle.comparable(answer) == oracle.stats(text)
        assert [row[0] for row in rows["runs"]] == list(range(1, 501))
        assert [row[2] for row in rows["events"]] == list(range(2, 501, 2))

    def test_several_sources(self, write: Write) -> None:
        """Sources are loaded in order; a headless one gets a run of its own, not that of the source before."""
        texts = [HEADER % 1 + USER + b"no\n", USER * 2 + HEADER % 2 + USER, b"", USER]
        answer, rows = load(*map(write, texts))
        assert oracle.comparable(answer) == oracle.stats(*texts)
        assert [row[1:] for row in rows["events"]] == [(0, 1, 2), (1, 2, 1), (1, 2, 2), (1, 3, 4), (3, 4, 1)]
        assert [row[:3] for row in rows["rejects"]] == [(0, 1, 3)]
        assert [row[:4] for row in rows["runs"]] == [
            (1, 0, 1, True),
            (2, 1, 1, False),
            (3, 1, 3, True),
            (4, 3, 1, False),
        ]
        assert [source["lines"] for source in answer["sources"]] == [3, 4, 0, 1]

    def test_torn_headers(self, write: Write) -> None:
        """A fragment glued to a header is a reject of the run above, with its place; the header begins a run."""
        text = HEADER % 1 + USER + USER[:20] + HEADER % 2 + USER + b"\n" + b"\xff{" + HEADER % 3
        answer, rows = load(write(text))
        assert oracle.comparable(answer) == oracle.stats(text)
        assert [(row[1], row[2], row[3], row[5]) for row in rows["rejects"]] == [
            (1, 3, len(HEADER % 1 + USER), USER[:20].decode()),
            (2, 6, text.index(b"\xff"), "\ufffd{"),
        ]
        assert all(row[4].startswith("torn") for row in rows["rejects"])
        assert [(row[2], row[4]) for row in rows["runs"]] == [(1, "t-1"), (3, "t-2"), (6, "t-3")]
        assert len(set(rows["ids"])) == len(rows["ids"]) == 4

    @pytest.mark.parametrize(
        ("tail", "state", "events", "rejects"),
        [
            (b"", "complete", 1, 0),
            (USER[:-1], "complete", 2, 0),
            (USER[:30], "torn", 1, 1),
            (b" ", "complete", 1, 0),
            ((HEADER % 2)[:-1], "complete", 1, 0),
            ((HEADER % 2)[:-9], "torn", 1, 1),
            (b"\xc3", "torn", 1, 1),
        ],
    )
    def test_last_line(self, write: Write, tail: bytes, state: str, events: int, rejects: int) -> None:
        """A last line without line feed counts if it is whole; else it is a reject, and the source is torn."""
        answer, _ = load(write(HEADER % 1 + USER + tail))
        assert answer["sources"][0]["state"] == state
        assert (answer["line_kinds"]["event"], answer["line_kinds"]["reject"]) == (events, rejects)

    @pytest.mark.parametrize("codec", ["gzip", "zstd"])
    def test_killed_then_appended(self, write: Write, codec: str) -> None:
        """Of a killed run and the one appended behind it, everything flushed is loaded."""
        text = HEADER % 1 + USER * 50

        def pack(text: bytes) -> bytes:
            return gzip.compress(text) if codec == "gzip" else zstandard.ZstdCompressor(level=9).compress(text)

        if codec == "gzip":
            packer, sync = zlib.compressobj(wbits=31), zlib.Z_SYNC_FLUSH
        else:
            packer, sync = zstandard.ZstdCompressor().compressobj(), zstandard.COMPRESSOBJ_FLUSH_BLOCK
        killed = packer.compress(text) + packer.flush(sync)
        torn = packer.compress(USER * 9 + b'{"a":"%s"}' % os.urandom(300).hex().encode()) + packer.flush(sync)
        for data in (killed, killed + torn[: len(torn) // 2]):
            answer, _ = load(write(data + pack(HEADER % 2 + USER * 31)))
            found = [(run["trace_id"], run["events"]) for run in answer["runs"]]
            assert [trace for trace, _ in found] == ["t-1", "t-2"]
            assert found[0][1] >= 50
            assert found[1][1] == 31

    def test_byte_order_mark(self, write: Write) -> None:
        """A mark at the begin is no part of the first line, but counts as bytes."""
        answer, rows = load(write(b"\xef\xbb\xbf" + HEADER % 1 + b"no\n"))
        assert answer["line_kinds"] == {"event": 0, "header": 1, "text": 0, "reject": 1}
        assert rows["rejects"][0][3] == 3 + len(HEADER % 1)


junk = st.one_of(
    st.binary(max_size=10),
    st.sampled_from(
        [HEADER % 7, HEADER[:9], USER, USER[:-1], USER[:30], b"\n", b" \r\n", b"[1]\n", b"\xff\n", b"{}\n"]
    ),
)


@given(st.lists(junk, max_size=12), st.sampled_from(["plain", "gzip", "zstd"]))
@settings(max_examples=40)
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, parts: list[bytes], codec: str) -> None:
    """Whatever bytes a log holds, its lines are counted as Python counts them, and none is lost."""
    text = b"".join(parts)
    packed = {"plain": bytes, "gzip": gzip.compress, "zstd": zstandard.ZstdCompressor().compress}[codec](text)
    path = tmp_path_factory.mktemp("any") / "x"
    path.write_bytes(packed)
    answer, rows = load(str(path))
    if codec == "plain" and answer["sources"][0]["codec"] != "plain":
        return  # junk that begins as a compressed log does
    assert oracle.comparable(answer) == oracle.stats(text)
    assert answer["sources"][0]["lines"] == oracle.lines(text)
    assert [(row[2], row[3]) for row in rows["rejects"]] == [reject[:2] for reject in oracle.read(text).rejects]
    assert len(set(rows["ids"])) == len(rows["ids"])


class TestProgress:
    """A session says how far it is."""

    def test_monotone(self, write: Write) -> None:
        """No number of the progress ever falls, and the last one says everything."""
        text = big() + b"no\n"
        session = Session([write(text)], Settings())
        seen: list[Progress] = []
        session.listen(lambda: seen.append(session.progress()))
        session.start()
        session.wait()
        session.close()
        for earlier, later in pairwise(seen):
            for name in ("read_bytes", "events", "headers", "rejects", "done"):
                assert getattr(earlier, name) <= getattr(later, name)
        last = session.progress()
        assert (last.read_bytes, last.total_bytes) == (len(text), len(text))
        assert (last.events, last.headers, last.rejects, last.done) == (BIG, 2, 1, True)
        assert last.seconds_left is None
        assert last.rate > 0
        assert session.progress() == last

    def test_growth_is_told(self, write: Write) -> None:
        """Whoever listens hears of the first rows before the end, and of the end last."""
        session = Session([write(big())], Settings())
        heard: list[tuple[int, bool]] = []
        session.listen(lambda: heard.append((session.progress().events, session.done)))
        session.start()
        session.wait()
        session.close()
        assert heard[0][0] > 0
        assert heard[-1] == (BIG, True)
        assert [done for _, done in heard[:-1]] == [False] * (len(heard) - 1)

    def test_committed_when_told(self, write: Write) -> None:
        """What the progress counts can be asked for."""
        session = Session([write(big())], Settings())
        short: list[bool] = []

        def look() -> None:
            counted = session.progress().events
            cursor = session.database.cursor()
            row = cursor.execute("SELECT count(*) FROM events").fetchone()
            cursor.close()
            assert row is not None
            short.append(row[0] < counted)

        session.listen(look)
        session.start()
        session.wait()
        session.close()
        assert short
        assert not any(short)

    @pytest.mark.skipif(sys.platform != "linux", reason="threads have no niceness of their own")
    @pytest.mark.parametrize("follow", [False, True])
    def test_once_rows_are_shown_loading_stands_back(self, write: Write, *, follow: bool) -> None:
        """The user's questions have the processor before what loads; what follows a log does not wait either."""
        session = Session([write(big())], Settings(), follow=follow)
        shown = threading.Event()
        session.listen(shown.set)
        session.start(first_rows_first=True)
        try:
            assert shown.wait(60)
            before = {
                thread.name: (thread.native_id or 0, os.getpriority(os.PRIO_PROCESS, thread.native_id or 0))
                for thread in threading.enumerate()
            }
            session.resume()
            back = {name for name, (number, nice) in before.items() if os.getpriority(os.PRIO_PROCESS, number) > nice}
            assert back == {"tlx-ingest"} | (set() if follow else {"tlx-load"})
        finally:
            session.close()

    def test_first_rows_first(self, write: Write) -> None:
        """A screen may have the first rows alone, and then let the loading go on."""
        session = Session([write(big())], Settings())
        session.start(first_rows_first=True)
        session.resume()
        session.wait()
        assert session.progress().events == BIG
        session.close()

    @pytest.mark.parametrize(
        ("read", "total", "done", "left"),
        [
            (0, 100, False, None),
            (25, 100, False, 6.0),
            (50, None, False, None),
            (100, 100, True, None),
            (150, 100, False, 0),
        ],
    )
    def test_seconds_left(self, read: int, total: int | None, done: bool, left: float | None) -> None:  # noqa: FBT001
        """The time left is reckoned from the bytes left, where there is any ground for it."""
        assert Progress(read, total, 10, 0, 0, 2.0, done).seconds_left == left
        assert Progress(read, total, 10, 0, 0, 2.0, done).rate == 5.0


def closed(session: Session, number: int, look: Callable[[], object]) -> list[object]:
    """Close a session in so many threads at once; return what each saw when it went on."""
    begin = threading.Barrier(number)
    found: list[object] = []

    def close() -> None:
        begin.wait()
        try:
            session.close()
        except Exception as error:  # noqa: BLE001  told by the test
            found.append(error)
        else:
            found.append(look())

    threads = [threading.Thread(target=close) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


class TestEnds:
    """However a session ends, it tells, and leaves nothing behind (which every test here checks)."""

    def test_missing(self, write: Write, tmp_path: Path) -> None:
        """A source that cannot be opened is known at once, and the others are closed again."""
        before = len(list(Path("/dev/fd").iterdir()))
        with pytest.raises(SourceError, match="no such file"):
            Session([write(USER), str(tmp_path / "no")], Settings())
        assert len(list(Path("/dev/fd").iterdir())) == before

    def test_failing_medium(self, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
        """A source that fails on the way is told by `wait`; what came before it and the other sources stay."""
        read, calls = os.read, iter(range(100))

        def failing(fd: int, limit: int) -> bytes:
            if next(calls) == 1:
                raise OSError(errno.EIO, "Input/output error")
            return read(fd, limit)

        monkeypatch.setattr("tlx.reader.source.os.read", failing)
        session = Session([write(USER * 3), write(USER)], Settings())
        try:
            session.start()
            with pytest.raises(SourceError, match="Input/output error"):
                session.wait()
            assert session.done
            assert session.progress().events == 4
        finally:
            session.close()

    def test_failing_store(self, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
        """A store that cannot be made is told by `wait` and by `database`."""

        def failing(*_: object) -> None:
            raise MemoryError("no room")

        monkeypatch.setattr("tlx.session.Database", failing)
        session = Session([write(USER)], Settings())
        session.start()
        with pytest.raises(MemoryError, match="no room"):
            session.wait()
        with pytest.raises(RuntimeError, match="could not be made"):
            _ = session.database
        session.close()

    def test_failing_worker(self, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
        """A worker that fails ends the loading, and `wait` tells why."""

        def failing(*_: object) -> None:
            raise MemoryError("no room")

        monkeypatch.setattr("tlx.loading.workers.Ingester.add", failing)
        session = Session([write(big())], Settings())
        session.start()
        with pytest.raises(MemoryError, match="no room"):
            session.wait()
        session.close()

    def test_closed_before_it_began(self, write: Write) -> None:
        """A session that was never started can be closed."""
        before = len(list(Path("/dev/fd").iterdir()))
        session = Session([write(USER)], Settings())
        session.close()
        assert len(list(Path("/dev/fd").iterdir())) == before

    def test_closed_at_once(self, write: Write) -> None:
        """A session that was just started can be closed."""
        session = Session([write(big())], Settings())
        session.start()
        session.close()
        assert session.done

    def test_closed_while_loading(self, write: Write) -> None:
        """A session can be closed after the first rows, in the middle of the loading."""
        session = Session([write(big() * 4)] * 3, Settings())
        grew = threading.Event()
        session.listen(grew.set)
        session.start()
        assert grew.wait(30)
        session.close()
        assert session.done
        assert session.failure is None

    @pytest.mark.parametrize("follow", [False, True])
    def test_closed_by_two_at_once(self, write: Write, tmp_path: Path, *, follow: bool) -> None:
        """Of two threads that close a session at once neither fails, and to each all is over when it goes on."""
        spill = tmp_path / "spill"
        log = write(USER)
        left: list[object] = []
        turn = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            for _ in range(30):
                session = Session([log] * 3, Settings(spill_folder=str(spill)), follow=follow)
                session.start()
                left += closed(session, 2, lambda: list(spill.iterdir()))
        finally:
            sys.setswitchinterval(turn)
        assert left == [[]] * 60

    def test_closed_while_it_is_closed(self, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
        """Who closes a session that another thread is closing takes no part in it, and waits for its end."""
        session = Session([write(USER)], Settings())
        session.start()
        session.wait()
        met, really_close = threading.Barrier(2), session.database.close
        meetings: list[bool] = []

        def close() -> None:
            try:
                met.wait(0.5)
                meetings.append(True)
            except threading.BrokenBarrierError:
                meetings.append(False)
            really_close()

        monkeypatch.setattr(session.database, "close", close)
        assert closed(session, 2, lambda: len(meetings) > 0) == [True, True]
        assert meetings == [False, False]

    def test_closed_while_a_pipe_is_silent(self, tmp_path: Path) -> None:
        """A session can be closed while it waits for a pipe, of which all whole lines are shown."""
        path = tmp_path / "pipe"
        os.mkfifo(path)
        keep = os.open(path, os.O_RDWR)
        os.write(keep, USER + USER[:9])
        session = Session([str(path)], Settings())
        grew = threading.Event()
        session.listen(grew.set)
        session.start()
        assert grew.wait(30)
        assert session.progress().events == 1
        assert session.progress().total_bytes is None
        session.close()
        os.close(keep)

    def test_spill_folder_of_a_failed_store(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A store that fails while it is made takes its spill folder along."""

        def failing(**_: object) -> tuple[str, ...]:
            return ("CREATE nonsense",)

        monkeypatch.setattr("tlx.store.database.schema.statements", failing)
        with pytest.raises(Exception, match="nonsense"):
            Database()


class TestStdin:
    """`-` is standard input."""

    PROGRAM = (
        "import sys\n"
        "from tlx.config.settings import Settings\n"
        "from tlx.session import Session\n"
        "session = Session(['-'], Settings())\n"
        "session.listen(lambda: print(session.progress().events, flush=True))\n"
        "session.start()\n"
        "session.wait()\n"
        "progress = session.progress()\n"
        "session.close()\n"
        "print('end', progress.events, progress.total_bytes, progress.read_bytes, flush=True)\n"
    )

    def test_a_pipe(self) -> None:
        """Lines show while the pipe is open, gzip is known by its magic, and the end is noticed."""
        with subprocess.Popen(
            [sys.executable, "-c", self.PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=False
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(gzip.compress(HEADER % 1 + USER * 3))
            process.stdin.flush()
            assert process.stdout.readline() == b"3\n"
            process.stdin.write(gzip.compress(USER * 2))
            process.stdin.close()
            rest = process.stdout.read().splitlines()
        size = len(gzip.compress(HEADER % 1 + USER * 3) + gzip.compress(USER * 2))
        assert rest[-1] == f"end 5 None {size}".encode()
        assert process.returncode == 0

    def test_a_file(self, write: Write) -> None:
        """Standard input that is a file has a size."""
        path = Path(write(USER * 4))
        with path.open("rb") as file:
            done = subprocess.run(
                [sys.executable, "-c", self.PROGRAM], stdin=file, capture_output=True, check=True, timeout=60
            )
        assert done.stdout.splitlines()[-1] == f"end 4 {4 * len(USER)} {4 * len(USER)}".encode()

    def test_beside_a_file(self, sample_logs: Path) -> None:
        """Standard input may be one of several sources."""
        done = subprocess.run(
            [sys.executable, "-m", "tlx", "stats", "--format", "json", "torn.json-lines.zst", "-"],
            input=USER * 2,
            capture_output=True,
            check=True,
            cwd=sample_logs,
            timeout=60,
        )
        answer = json.loads(done.stdout)
        assert [source["path"] for source in answer["sources"]] == ["torn.json-lines.zst", "-"]
        assert answer["sources"][1]["lines"] == 2


def test_blank_lines_above_a_header_make_no_run(tmp_path: Path) -> None:
    """The first run is number 1 even where blank lines stand above its header, and keeps its line number."""
    log = tmp_path / "blank.json-lines"
    log.write_text('\n\r\n{"command_line_args":["buck2"]}\n{"StarlarkUserEvent":{"id":"a"},"epoch_millis":1}\n')
    session = Session([str(log)], Settings())
    session.start()
    session.wait()
    cursor = session.database.cursor()
    runs = cursor.execute("SELECT run, line, has_header FROM runs").fetchall()
    events = cursor.execute("SELECT run, line FROM events").fetchall()
    cursor.close()
    session.close()
    assert (runs, events) == ([(1, 3, True)], [(1, 4)])
