"""Reopening: what comes out of the cache is what reading the log afresh would give, or the cache is not used."""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import oracle
from tlx.cli.commands.stats import summary
from tlx.config.settings import Settings
from tlx.query.ask import Asker
from tlx.reader.lines import LineSplitter
from tlx.session import Progress, Session
from tlx.store.cache.index import Making

USER = b'{"StarlarkUserEvent":{"id":"x","metadata":{"n":%d}},"epoch_millis":1771287109000}\n'
ACTION = (
    b'{"ActionExecutionEvent":{"kind":"Run","name":{"category":"cc","identifier":"%d"},"duration_millis":7,'
    b'"output_size":5,"execution_kind":"Local","owner":"//a:b"},"epoch_millis":%d}\n'
)
HEADER = b'{"command_line_args":["buck2","bxl"],"working_dir":"/w","trace_id":"t-%d"}\n'


ABOVE = {
    "a stream's metadata": (
        b'{"metadata":{"requestId":"r","identifier":{"managedService":{"serviceId":"svc"}}}}\n',
        b'{"events":{"events":[{"id":"%d","timestamp":"2026-11-20T09:00:07Z","feature":"f","action":"a"}]}}\n',
    ),
    "a date above clocks": (
        b"09:00:00.000 [info] [beamlens.llm.start] trace_id=t system_time=1795224675751412532\n",
        b"09:00:01.000 [info] [beamlens.llm.stop] trace_id=t%d duration=5\n",
    ),
    "a record above text": (
        b'{"timestamp":"2026-11-21T01:40:32Z","level":"INFO","logger":"a","message":"m"}\n',
        b"  a traceback, line %d\n",
    ),
}
"""Lines that say something of those below, and those."""


def framed(compress: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """A function that packs bytes in several members or frames, so that they do not all come in one piece."""
    return lambda data: b"".join(compress(data[at : at + 5000]) for at in range(0, max(1, len(data)), 5000))


PACK: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": framed(gzip.compress),
    "zstd": framed(zstandard.ZstdCompressor().compress),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of its own, in which everything is worth its place at once; small reads and chunks."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("tlx.loading.reopen._WORTH_SECONDS", 0)
    monkeypatch.setattr("tlx.loading.reopen._QUIET_NS", 0)
    monkeypatch.setattr("tlx.reader.log._READ", 500)
    monkeypatch.setattr("tlx.reader.log.LineSplitter", lambda limit: LineSplitter(limit, first_chunk=1000, chunk=8000))
    return tmp_path / "cache" / "tlx" / "index"


@pytest.fixture(autouse=True)
def nothing_left(folder: Path) -> Iterator[None]:
    """After every test no thread of a session is left, and nothing unfinished in the cache."""
    yield
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("tlx-")] == []
    if folder.is_dir():
        assert {path.suffix for path in folder.iterdir()} <= {".json", ".duckdb"}


@dataclass(eq=False)
class Visit:
    """What a session found in its logs."""

    answer: dict[str, Any]
    rows: dict[str, list[tuple[Any, ...]]]
    progress: Progress
    known: int
    """So many logs came out of the cache, whole."""
    resumed: bool
    """One more was read from the middle on."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Visit) and (self.answer, self.rows) == (other.answer, other.rows)


def visit(*paths: Path | str, cache: bool = True, keep: bool = True, **more: Any) -> Visit:
    """Open logs, look at everything, and let what is to be kept be kept."""
    session = Session([str(path) for path in paths], Settings(cache=cache, **more))
    session.start(keep=keep)
    try:
        session.wait()
        asker = Asker(session.database)
        columns = "COLUMNS(lambda name: name <> 'rowid')"  # what an index answers for has none
        rows = {
            table: asker.rows(f"SELECT {columns} FROM {table} ORDER BY {order}")  # noqa: S608  our own words
            for table, order in {
                "events": "id",
                "rejects": "id",
                "runs": "run",
                "sources": "source",
                "damages": "ALL",
                "pairs": "ALL",
                "unjoined": "id",
            }.items()
        }
        answer = summary(asker)
        asker.close()
        reopening = session._reopening
        session._thread.join()
        return Visit(answer, rows, session.progress(), len(reopening.known), reopening.rest is not None)
    finally:
        session.close()


def text(events: int = 100, run: int = 1) -> bytes:
    """A log of one run, with rejects."""
    dice = random.Random(run)  # noqa: S311  not cryptography; else it would be too easy to compress
    lines = [ACTION % (n, dice.randrange(10**12)) if n % 3 else USER % dice.getrandbits(60) for n in range(events)]
    return b"".join([HEADER % run, *lines, b"no event\n", b"\xff\n"])


def operation(number: int, last: str, second: int) -> bytes:
    """A line that starts or ends a span."""
    record = {
        "timestamp": f"2026-11-21T01:40:{second:02}+00:00",
        "level": "WARNING" if number % 2 else "INFO",
        "logger": "hephaestus.x",
        "message": "m",
        "event": f"cli.x.{last}",
        "payload": {"operation_id": f"op-{number}"},
    }
    return json.dumps(record).encode() + b"\n"


def iteration(operator: str, name: str, second: int) -> bytes:
    """A line that starts or ends an iteration or a run of an operator, or both."""
    record = {
        "timestamp": f"2026-11-21T01:40:{second:02}Z",
        "event": f"beamlens.operator.{name}",
        "measurements": {},
        "metadata": {"operator": operator},
    }
    return json.dumps(record).encode() + b"\n"


def half(dice: random.Random) -> bytes:
    """A start or an end of one of a few spans, or some other line."""
    if dice.random() < 0.2:
        return USER % 0
    if dice.random() < 0.4:
        return iteration(
            dice.choice("AB"), dice.choice(["started", *["iteration_start"] * 3, "done"]), dice.randrange(60)
        )
    return operation(dice.randrange(8), dice.choice(["start", "complete", "failed"]), dice.randrange(60))


def write(path: Path, data: bytes) -> Path:
    """Write a file; return its path."""
    path.write_bytes(data)
    return path


class TestReopened:
    """A log that has not changed."""

    @pytest.mark.parametrize("codec", PACK)
    def test_the_same(self, tmp_path: Path, codec: str) -> None:
        """All tables are the same, to the last column, and the oracle agrees; nothing of the log is read."""
        whole = USER % 0 + text() + text(50, run=2) + USER[:30]
        log = write(tmp_path / "log", PACK[codec](whole))
        fresh = visit(log, cache=False)
        first = visit(log)
        again = visit(log)
        assert (first.known, again.known) == (0, 1)
        assert fresh == first == again
        assert oracle.comparable(again.answer) == oracle.stats(whole)

    def test_damaged_logs(self, tmp_path: Path) -> None:
        """Damage, a torn tail and a byte order mark come out of the cache as they were found."""
        killed = zlib.compressobj(wbits=31)
        data = gzip.compress(b"\xef\xbb\xbf" + text()) + killed.compress(text()) + killed.flush(zlib.Z_SYNC_FLUSH)
        log = write(tmp_path / "log", data + gzip.compress(text()) + b"junk" + gzip.compress(text())[:-20])
        fresh = visit(log, cache=False)
        visit(log)
        again = visit(log)
        assert again.known == 1
        assert fresh == again
        assert len(again.rows["damages"]) > 1
        assert again.answer["sources"][0]["state"] == "torn"

    def test_progress(self, tmp_path: Path) -> None:
        """A log out of the cache counts as read, its lines as indexed, and the end is told as ever."""
        log = write(tmp_path / "log", text())
        first = visit(log).progress
        session = Session([str(log)], Settings(cache=True))
        heard: list[Progress] = []
        session.listen(lambda: heard.append(session.progress()))
        session.start()
        session.wait()
        session.close()
        last = heard[-1]
        assert (last.read_bytes, last.total_bytes) == (log.stat().st_size,) * 2
        assert (last.events, last.headers, last.rejects, last.done) == (100, 1, 2, True)
        assert (first.events, first.headers, first.rejects) == (100, 1, 2)
        assert [progress.events for progress in heard] == [100] * len(heard)

    def test_another_way_to_the_log(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A log keeps its index whatever path leads to it; it is called by the path that was given."""
        log = write(tmp_path / "log", text())
        visit(log)
        monkeypatch.chdir(tmp_path)
        Path("link").symlink_to(log)
        for path in ("log", "link"):
            again = visit(path)
            assert again.known == 1
            assert again.answer["sources"][0]["path"] == path

    def test_touched_and_copied(self, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A log with the same content is the same, and once that is proved its new identity counts."""
        log = write(tmp_path / "log", text())
        visit(log)
        write(tmp_path / "copy", text()).replace(log)
        os.utime(log, ns=(5, 5))
        assert visit(log).known == 1
        monkeypatch.setattr("tlx.reader.source.Source.digest", lambda *_: None)
        assert visit(log).known == 1
        assert len(list(folder.iterdir())) == 2


class TestChanged:
    """A log that is another one now."""

    @pytest.mark.parametrize(
        ("change", "codec"),
        zip(
            ["middle", "head", "tail", "cut", "emptied", "other", "head and grown"],
            [*PACK, *PACK, "plain"],
            strict=True,
        ),
    )
    def test_not_used(self, tmp_path: Path, codec: str, change: str) -> None:
        """The index of a log with any other bytes is not used, even where size and time of change are the same."""
        before = text(300)
        after = {
            "middle": before.replace(b'"identifier":"151"', b'"identifier":"999"'),
            "head": before.replace(b"t-1", b"t-9"),
            "tail": before.replace(b"no event", b"no evenx"),
            "cut": before[: len(before) // 2],
            "emptied": b"",
            "other": text(299, run=7),
            "head and grown": before.replace(b"t-1", b"t-9") + text(5),
        }[change]
        assert before != after
        log = write(tmp_path / "log", PACK[codec](before))
        visit(log)
        times = log.stat()
        write(log, PACK[codec](after))
        os.utime(log, ns=(times.st_atime_ns, times.st_mtime_ns))
        again = visit(log)
        assert (again.known, again.resumed) == (0, False)
        assert again == visit(log, cache=False)
        assert oracle.comparable(again.answer) == oracle.stats(after)

    def test_read_in_another_way(self, tmp_path: Path) -> None:
        """An index that was made with another limit of lines is not used."""
        log = write(tmp_path / "log", text())
        visit(log)
        shorter = visit(log, max_line=100)
        assert shorter.known == 0
        assert shorter == visit(log, max_line=100, cache=False)
        assert visit(log, max_line=100).known == 1

    def test_other_code(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """An index of another version is not used."""
        log = write(tmp_path / "log", text())
        visit(log)
        for name, value in (("tlx.__version__", "9.9"), ("tlx.loading.reopen.ENGINE", "9.9")):
            with monkeypatch.context() as patch:
                patch.setattr(name, value)
                assert visit(log, keep=False).known == 0
        assert visit(log).known == 1

    def test_changed_while_it_was_kept(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        """A log that changes before its index is made is not cached."""
        log = write(tmp_path / "log", text())
        make = Making.make

        def making(*args: Any) -> bool:
            with log.open("ab") as file:
                file.write(b"{}\n")
            return make(*args)

        monkeypatch.setattr(Making, "make", making)
        visit(log)
        assert list(folder.iterdir()) == []

    def test_changed_just_before(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        """A log that changed so shortly before it was opened that a later change might not show is not cached."""
        monkeypatch.setattr("tlx.loading.reopen._QUIET_NS", 10**12)
        visit(write(tmp_path / "log", text()))
        assert list(folder.iterdir()) == []


class TestGrown:
    """A log that was appended to."""

    @pytest.mark.parametrize("codec", PACK)
    def test_continued(self, tmp_path: Path, codec: str) -> None:
        """What was there comes out of the cache, and what follows is read: all is as if it were read afresh."""
        data = PACK[codec](b"\xef\xbb\xbf" + text(600))
        log = write(tmp_path / "log", data)
        visit(log)
        for run in range(2, 5):
            with log.open("ab") as file:
                file.write(PACK[codec](text(100, run)))
            grown = visit(log)
            assert grown.resumed
            assert grown == visit(log, cache=False)
            assert grown.progress.read_bytes == log.stat().st_size
            assert grown.answer["events"] == grown.progress.events == 600 + 100 * (run - 1)
        assert visit(log).known == 1

    def test_torn_line_completed(self, tmp_path: Path) -> None:
        """A last line that was torn, or seemed to be whole, is read again when there is more of it."""
        whole = text(500) + b'{"a":1}' + b' {"b":2}\n' + text(10)
        for cut in (whole.index(b'{"a"') + 4, whole.index(b' {"b"'), whole.index(b'"epoch', len(text(400)))):
            log = write(tmp_path / f"log{cut}", whole[:cut])
            visit(log)
            with log.open("ab") as file:
                file.write(whole[cut:])
            grown = visit(log)
            assert grown.resumed
            assert grown == visit(log, cache=False)
            assert oracle.comparable(grown.answer) == oracle.stats(whole)

    @pytest.mark.parametrize("codec", PACK)
    @given(seed=st.integers(0, 2**32))
    @settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_any_growth(self, tmp_path_factory: pytest.TempPathFactory, codec: str, seed: int) -> None:
        """However a log is cut, damaged and continued: with the cache it is what it is without."""
        dice = random.Random(seed)  # noqa: S311  not cryptography

        def piece() -> bytes:
            made = PACK[codec](text(dice.randrange(60), dice.randrange(9)) + dice.choice([b"", b"\n\n", USER[:20]]))
            return made[: dice.randrange(len(made))] if dice.random() < 0.3 else made

        data = b"".join(piece() for _ in range(5)) + dice.choice([b"", b"junk", b"\x1f\x8b", b"\x28\xb5\x2f\xfd\x04"])
        log = tmp_path_factory.mktemp("any") / "log"
        for size in (*sorted(dice.sample(range(len(data)), 2)), len(data)):
            write(log, data[:size])
            found = visit(log)
        assert found == visit(log, cache=False)
        again = visit(log)
        assert again.known == 1
        assert again == found

    @pytest.mark.parametrize("codec", ["plain", "zstd"])
    @given(seed=st.integers(0, 2**32))
    @settings(max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_spans_go_on(self, tmp_path_factory: pytest.TempPathFactory, codec: str, seed: int) -> None:
        """What is open in the cache is closed by what follows, and open again where its end is read anew."""
        # Of a log in which anything is masked no index is kept.
        dice = random.Random(seed)  # noqa: S311  not cryptography

        def piece() -> bytes:
            lines = [half(dice) for _ in range(dice.randrange(60))]
            return PACK[codec](b"".join(lines) + dice.choice([b"", b"\n", half(dice)[:-1]]))

        data = b"".join(piece() for _ in range(5))  # with torn lines, which would be masked: no index is kept then
        log = tmp_path_factory.mktemp("any") / "log"
        for size in (*sorted(dice.sample(range(len(data)), 2)), len(data)):
            write(log, data[:size])
            found = visit(log, reveal=True)
            assert found == visit(log, cache=False, reveal=True)
        again = visit(log, reveal=True)
        assert again.known == 1
        assert again == found

    def test_spans_are_open_until_their_end_is_read(self, tmp_path: Path) -> None:
        """A whole log, its end cut off by hand: the cache knows of pairs, one half of which it does not hold."""
        lines = [operation(n, "start", 1) for n in range(100)] + [operation(n, "failed", 3) for n in range(100)]
        log = write(tmp_path / "log", b"".join(lines) + operation(0, "start", 4)[:-1])
        assert visit(log).answer["duration_ns"] == 100 * 2 * 10**9
        with log.open("ab") as file:
            file.write(b"\n" + operation(0, "complete", 9))
        grown = visit(log)
        assert grown.resumed
        assert grown.answer["duration_ns"] == (100 * 2 + 5) * 10**9
        assert grown == visit(log, cache=False)

    def test_iterations_go_on_until_the_next(self, tmp_path: Path) -> None:
        """Of a span that stands at its start the cache knows the length, and forgets it where its end is read anew."""
        lines = [iteration("A", "started", 0), *(iteration("A", "iteration_start", n) for n in range(30))]
        log = write(tmp_path / "log", b"".join(lines) + iteration("A", "done", 40)[:-1])
        whole = (29 + 11 + 40) * 10**9
        assert visit(log, reveal=True).answer["duration_ns"] == whole
        with log.open("ab") as file:
            file.write(b"\n" + iteration("A", "iteration_start", 50))
        grown = visit(log, reveal=True)
        assert grown.resumed
        assert grown.answer["duration_ns"] == whole
        assert grown == visit(log, cache=False, reveal=True)

    @pytest.mark.parametrize("name", ["a stream's metadata", "a date above clocks", "a record above text"])
    def test_what_stands_above_still_counts(self, tmp_path: Path, name: str) -> None:
        """What lines say of those below them, they say of those that are appended too."""
        head, line = ABOVE[name]
        log = write(tmp_path / "log", head + b"".join(line % number for number in range(200)))
        visit(log)
        with log.open("ab") as file:
            file.write(b"".join(line % number for number in range(200, 220)))
        grown = visit(log)
        assert grown.resumed
        assert grown == visit(log, cache=False)

    def test_small_growth_is_not_kept(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        """An index stays as it is until what was appended takes long to read."""
        log = write(tmp_path / "log", text(600))
        visit(log)
        before = sorted(folder.iterdir())
        monkeypatch.setattr("tlx.loading.reopen._WORTH_SECONDS", 100)
        for _ in range(2):
            with log.open("ab") as file:
                file.write(text(20))
            assert visit(log).resumed
        assert sorted(folder.iterdir()) == before


class TestSeveral:
    """Several logs in one session."""

    @pytest.fixture
    def logs(self, tmp_path: Path) -> list[Path]:
        """Three logs, the last one without a header."""
        return [
            write(tmp_path / name, data)
            for name, data in {
                "a": text(1000),
                "b": gzip.compress(text(700, 2) + USER[:20]),
                "c": USER % 1 * 500,
            }.items()
        ]

    def test_leading_ones(self, logs: list[Path]) -> None:
        """Of logs that were opened together, any leading ones come out of the cache; others are read."""
        a, b, c = logs
        visit(a, b, c)
        for paths, known in (((a, b, c), 3), ((a, b), 2), ((a,), 1), ((a, c), 1), ((a, a), 1), ((b, c), 0)):
            found = visit(*paths, keep=False)
            assert found.known == known, paths
            assert found == visit(*paths, cache=False)

    @pytest.mark.parametrize("number", [0, 1, 2])
    def test_one_has_grown(self, logs: list[Path], number: int) -> None:
        """One that has grown is continued; those behind it are read."""
        visit(*logs)
        more = text(100, 9)
        with logs[number].open("ab") as file:
            file.write(gzip.compress(more) if number == 1 else more)
        found = visit(*logs)
        assert (found.known, found.resumed) == (number, True)
        assert found == visit(*logs, cache=False)
        assert visit(*logs).known == 3

    @pytest.mark.parametrize("number", [0, 1, 2])
    def test_one_has_changed(self, logs: list[Path], number: int) -> None:
        """One that has changed is read, and so are those behind it."""
        visit(*logs)
        write(logs[number], text(3, 9))
        found = visit(*logs)
        assert (found.known, found.resumed) == (number, False)
        assert found == visit(*logs, cache=False)

    def test_a_pipe_among_them(self, logs: list[Path], tmp_path: Path, folder: Path) -> None:
        """A pipe is never cached; the files before it are, but not those behind it."""
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)

        def with_pipe(*paths: Path, **more: Any) -> Visit:
            writer = threading.Thread(target=lambda: pipe.write_bytes(text(50, 5)))
            writer.start()
            found = visit(*paths, **more)
            writer.join()
            return found

        assert with_pipe(pipe, logs[0]).known == 0
        assert not folder.exists() or list(folder.iterdir()) == []
        first = with_pipe(logs[0], pipe, logs[1])
        again = with_pipe(logs[0], pipe, logs[1])
        assert (first.known, again.known) == (0, 1)
        assert first == again == with_pipe(logs[0], pipe, logs[1], cache=False)


class TestTrouble:
    """A cache that is damaged, or cannot be written, is none; nobody hears of it."""

    def entry(self, folder: Path) -> tuple[Path, Path]:
        """The files of the only entry."""
        record, index = sorted(folder.iterdir(), key=lambda path: path.suffix, reverse=True)
        return record, index

    @pytest.mark.parametrize("harm", ["flip", "cut", "gone", "empty", "zeros", "record", "no record", "another"])
    def test_damaged(self, tmp_path: Path, folder: Path, harm: str) -> None:
        """Whatever has befallen an entry, the log is read, and the next entry is sound."""
        log = write(tmp_path / "log", text(500))
        first = visit(log)
        record, index = self.entry(folder)
        content = index.read_bytes()
        if harm == "flip":
            index.write_bytes(content[:5000] + bytes([content[5000] ^ 1]) + content[5001:])
        elif harm == "cut":
            index.write_bytes(content[: len(content) // 2])
        elif harm == "gone":
            index.unlink()
        elif harm in ("empty", "zeros"):
            index.write_bytes(b"" if harm == "empty" else b"\0" * len(content))
        elif harm == "record":
            record.write_bytes(record.read_bytes()[:-1])
        elif harm == "no record":
            record.unlink()
        else:
            other = write(tmp_path / "other", text(3))
            visit(other)
            index.write_bytes(next(path for path in folder.glob("*.duckdb") if path != index).read_bytes())
            other.unlink()
        again = visit(log)
        assert again.known == 0
        assert again == first
        assert visit(log).known == 1
        assert len(list(folder.iterdir())) == 2

    def test_no_folder(self, tmp_path: Path) -> None:
        """Where the cache folder cannot be, logs are read as ever."""
        (tmp_path / "cache").mkdir()
        (tmp_path / "cache" / "tlx").write_text("in the way")
        log = write(tmp_path / "log", text())
        for _ in range(2):
            assert visit(log).known == 0

    def test_folder_of_others(self, tmp_path: Path, folder: Path) -> None:
        """An index that somebody else could have written is not believed."""
        log = write(tmp_path / "log", text())
        visit(log)
        folder.chmod(0o777)
        assert visit(log, keep=False).known == 0

    def test_full_disk(self, tmp_path: Path, folder: Path) -> None:
        """Where there is no room for an index, the log is read, and nothing is said or left."""
        log = write(tmp_path / "log", text(600))
        code = (
            "import resource, sys\nimport tlx.loading.reopen as reopen\n"
            "from tlx.config.settings import Settings\nfrom tlx.session import Session\n"
            "reopen._WORTH_SECONDS = reopen._QUIET_NS = 0\n"
            "session = Session([sys.argv[1]], Settings(cache=True))\nsession.start(keep=True)\nsession.wait()\n"
            "size = int(sys.argv[2])\nresource.setrlimit(resource.RLIMIT_FSIZE, (size, size))\n"
            "session._thread.join()\nprint(session.progress().events)\nsession.close()\n"
        )
        for size in (0, 20_000, 200_000):
            done = subprocess.run(
                [sys.executable, "-c", code, str(log), str(size)], capture_output=True, text=True, check=False
            )
            assert (done.returncode, done.stdout, done.stderr) == (0, "600\n", "")
            assert list(folder.iterdir()) == []

    def test_bounded(self, tmp_path: Path, folder: Path) -> None:
        """All indexes together stay below the limit: those used longest ago go, one that is too large never comes."""
        logs = [write(tmp_path / name, text(200)) for name in "abc"]
        visit(logs[0])
        size = self.entry(folder)[1].stat().st_size
        for log in logs[1:]:
            visit(log, cache_size=2 * size + size // 2)
        assert [visit(log, keep=False).known for log in logs] == [0, 1, 1]
        visit(write(tmp_path / "d", text(200)), cache_size=size // 2)
        assert visit(tmp_path / "d", keep=False).known == 0

    def test_closed_while_it_is_kept(self, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A session that is closed while an index is made leaves nothing of it, and no thread."""
        log = write(tmp_path / "log", text(500))
        begun, copy = threading.Event(), Making._copy

        def copying(self: Making, *args: int) -> None:
            copy(self, *args)
            begun.set()
            self._cursor.execute("SELECT count(*) FROM range(100000000000)")

        monkeypatch.setattr(Making, "_copy", copying)
        session = Session([str(log)], Settings(cache=True))
        session.start(keep=True)
        assert begun.wait(30)
        assert session.done
        session.close()
        assert not session._thread.is_alive()
        assert list(folder.iterdir()) == []


OWNER = """
import sys
from pathlib import Path
from tlx.store.cache.entries import CacheFolder
workshop = CacheFolder(Path(sys.argv[1]), "").workshop()
(workshop.path / "index.duckdb").write_text("x")
print(workshop.path, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def open_elsewhere(folder: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Another process that is about to make an index, and where."""
    command = [sys.executable, "-c", OWNER, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process, Path(process.stdout.readline().strip())
        process.communicate()


class TestLeftovers:
    """What a killed process was about to keep goes with the next one that looks into the cache, whatever it does."""

    def look(self, tmp_path: Path, *, keep: bool) -> None:
        """Ask something of a log, as commands do, or let it be kept, as the screen does."""
        visit(write(tmp_path / "log", text()), keep=keep)
        for thread in threading.enumerate():
            if thread.name == "tlx-sweep":
                thread.join()

    @pytest.mark.parametrize("keep", [False, True])
    def test_killed(self, tmp_path: Path, open_elsewhere: tuple[subprocess.Popen[str], Path], *, keep: bool) -> None:
        """A workshop goes once its process was killed, and with it its lock."""
        process, workshop = open_elsewhere
        process.kill()
        process.wait()
        assert (workshop / "index.duckdb").exists()
        self.look(tmp_path, keep=keep)
        assert not workshop.exists()
        assert not workshop.with_name(f"{workshop.name}.lock").exists()

    @pytest.mark.parametrize("keep", [False, True])
    def test_alive(self, tmp_path: Path, open_elsewhere: tuple[subprocess.Popen[str], Path], *, keep: bool) -> None:
        """That of a living process stays."""
        self.look(tmp_path, keep=keep)
        assert (open_elsewhere[1] / "index.duckdb").exists()

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
    def test_of_others(self, tmp_path: Path, open_elsewhere: tuple[subprocess.Popen[str], Path]) -> None:
        """That of another user stays."""
        process, workshop = open_elsewhere
        process.kill()
        process.wait()
        lock = workshop.with_name(f"{workshop.name}.lock")
        os.chown(lock, 12345, 12345)
        self.look(tmp_path, keep=False)
        assert (workshop / "index.duckdb").exists()
        os.chown(lock, os.geteuid(), -1)
        self.look(tmp_path, keep=False)
        assert not workshop.exists()


class TestWhen:
    """When the cache is used, and when it is filled."""

    def test_only_what_takes_long(self, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A log that is read in no time is not kept."""
        monkeypatch.setattr("tlx.loading.reopen._WORTH_SECONDS", 100)
        visit(write(tmp_path / "log", text()))
        assert list(folder.iterdir()) == []

    def test_only_where_it_is_wanted(self, tmp_path: Path, folder: Path) -> None:
        """Without the setting nothing is kept or used; commands that print and end use it, but keep nothing."""
        log = write(tmp_path / "log", text())
        visit(log, cache=False)
        visit(log, keep=False)
        assert not folder.exists() or list(folder.iterdir()) == []
        visit(log)
        assert visit(log, cache=False).known == 0
        assert visit(log, keep=False).known == 1

    @pytest.mark.parametrize("form", ["table", "json"])
    def test_commands(self, tmp_path: Path, form: str) -> None:
        """`tlx stats` prints the same with and without the cache, and leaves it as it is."""
        log = write(tmp_path / "log", text(500) + USER[:9])
        visit(log)

        def stats(*flags: str, **environment: str) -> bytes:
            done = subprocess.run(
                [sys.executable, "-m", "tlx", "stats", "--format", form, *flags, log],
                capture_output=True,
                check=True,
                env={**os.environ, **environment},
            )
            assert done.stderr == b""
            return done.stdout

        used = stats()
        assert used == stats("--no-cache") == stats(TLX_CACHE="0")
        assert b"500" in used
        if form == "json":
            assert oracle.comparable(json.loads(used)) == oracle.stats(log.read_bytes())
