"""The cache's files: an index holds what the store held, an entry is whole or none, the folder keeps its bounds."""

from __future__ import annotations

import binascii
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tlx.dialects.known import DIALECTS
from tlx.model import Batch, Bookmark, Damage, FileIdentity, Header, Run, SourceFacts, SourceState
from tlx.store import schema
from tlx.store.cache import index as module
from tlx.store.cache.entries import _MARK, CacheFolder, Entry, KnownLog
from tlx.store.cache.index import Counts, Making, Part, attach, paths_to_make, paths_to_read
from tlx.store.database import Database
from tlx.store.ingest import Ingester
from tlx.store.runs import RunWriter
from tlx.text import Text

ALL = 1 << 40
USER = b'{"StarlarkUserEvent":{"id":"x","metadata":{}},"epoch_millis":5}'
ACTION = (
    b'{"ActionExecutionEvent":{"kind":"Run","name":{"category":"cc","identifier":"%d"},"duration_millis":7,'
    b'"output_size":18446744073709551615,"execution_kind":"Local","owner":"//a:b"},"epoch_millis":5}'
)
PLAIN = (
    '{"message":"höl\\u0000lo","level":"info","time":"2026-11-20T10:00:00Z","duration_ms":3,"trace_id":"t"}'.encode()
)
LONG = b'{"message":"' + b"x" * 3_000_000 + b'"}'
STEP = 2048


class Store:
    """A store with lines, or an empty one."""

    def __init__(self, *paths: str) -> None:
        self.database = Database(None, None, paths)

    def fill(self, lines: list[bytes], first: int = 1, source: int = 0, run: int = 1) -> None:
        """Add lines, and a run that they belong to."""
        writer = RunWriter(self.database)
        writer.add_run(Run(run, source, first, Header("d", "a 'b'", "t", 7, "/w"), "{}" * 9))
        writer.set_source(SourceFacts(source, f"p{source}", "zstd", 1, 2, SourceState.TORN, (Damage(3, "r"),)))
        writer.add_reject((first, source, run, first, 0, "torn", "text"))
        ingester = Ingester(self.database, [dialect.projection for dialect in DIALECTS])
        text = b"\n".join(lines)
        ingester.add(Batch(source, run, first + 1, first + 1, 0, Text(text), len(lines)))
        ingester.commit()
        ingester.close()
        writer.close()

    def rows(self) -> dict[str, list[Any]]:
        """All rows of all tables, in order."""
        with_order = {"runs": "run", "sources": "source", "damages": "ALL", **dict.fromkeys(schema.LARGE, "id")}
        cursor = self.database.cursor()
        columns = "COLUMNS(lambda name: name <> 'rowid')"
        found = {
            table: cursor.execute(f"SELECT {columns} FROM {table} ORDER BY {order}").fetchall()  # noqa: S608  our own words
            for table, order in with_order.items()
        }
        cursor.close()
        return found

    def columns(self) -> list[Any]:
        """The columns of the events with their types."""
        cursor = self.database.cursor()
        found = cursor.execute("DESCRIBE events").fetchall()
        cursor.close()
        return [row[:2] for row in found if row[0] != "rowid"]


@pytest.fixture
def stores() -> Iterator[Any]:
    """A function that makes stores, which are closed after the test."""
    made: list[Store] = []

    def make(*paths: str) -> Store:
        made.append(Store(*paths))
        return made[-1]

    yield make
    for store in made:
        store.database.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where an index is made: a name that has to be quoted."""
    folder = tmp_path / "it's"
    folder.mkdir()
    return folder / "index.duckdb"


def make(store: Store, index: Path, part: Part, most: int = ALL) -> bool:
    """Make an index of a part of a store, on a locked configuration as in life."""
    store.database.settle()
    return Making(store.database, index, threading.Event()).make(part, most)


class TestIndex:
    """What was put into an index comes out of it."""

    LINES = (USER, ACTION % 1, PLAIN, b"no", LONG, b"", b"\xff", b"{}", *(ACTION % n for n in range(5000)), b"[1]")

    @pytest.fixture
    def full(self, stores: Any, path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
        """A store with every kind of line, in several steps."""
        monkeypatch.setattr(module, "_MOST_ROWS", STEP)
        store = stores(*paths_to_make(path))
        store.fill(list(self.LINES))
        store.fill([USER, b"no"], first=6001, source=1, run=2)
        return store

    def test_all(self, stores: Any, path: Path, full: Any) -> None:
        """The whole index gives the same rows, of the same types, and says how many there are."""
        assert make(full, path, Part(2, 6004, 2))
        other = stores(*paths_to_read(path))
        counts = attach(other.database, path, Part(2, 6004, 2))
        assert other.rows() == full.rows()
        assert other.columns() == full.columns()
        assert counts == Counts(len(full.rows()["events"]), 2, len(full.rows()["rejects"]))
        assert counts.events > 2 * STEP
        assert counts.rejects == 6

    @pytest.mark.parametrize("part", [Part(1, 6001, 1), Part(0, 2500, 1), Part(0, 3, 1), Part(0, 1, 0)])
    @pytest.mark.parametrize("made_whole", [True, False])
    def test_a_part(self, stores: Any, path: Path, full: Any, part: Part, made_whole: bool) -> None:  # noqa: FBT001  drawn
        """A part has the leading ids, runs and whole sources, whether the index was made of all or of that part."""
        assert make(full, path, Part(2, 6004, 2) if made_whole else part)
        other = stores(*paths_to_read(path))
        assert attach(other.database, path, part) is not None
        expected = full.rows()
        found = other.rows()
        for table in schema.LARGE:
            assert found[table] == [row for row in expected[table] if row[0] < part.next_id]
        assert found["runs"] == [row for row in expected["runs"] if row[0] <= part.run]
        assert found["sources"] == [row for row in expected["sources"] if row[0] < part.sources]
        assert found["damages"] == [row for row in expected["damages"] if row[0] < part.sources]

    def test_what_is_fresh(self, stores: Any, path: Path, full: Any) -> None:
        """New lines stand behind those of the index, and an index can be made of both."""
        assert make(full, path, Part(1, 6001, 1))
        second = path.with_name("second.duckdb")
        other = stores(*paths_to_read(path), *paths_to_make(second))
        attach(other.database, path, Part(1, 6001, 1))
        other.fill([USER, b"no"], first=6001, source=1, run=2)
        assert other.rows() == full.rows()
        assert make(other, second, Part(2, 6004, 2))
        third = stores(*paths_to_read(second))
        attach(third.database, second, Part(2, 6004, 2))
        assert third.rows() == full.rows()

    def test_of_nothing(self, stores: Any, path: Path) -> None:
        """An empty store makes an index too."""
        assert make(stores(*paths_to_make(path)), path, Part(0, 1, 0))
        other = stores(*paths_to_read(path))
        assert attach(other.database, path, Part(0, 1, 0)) == Counts(0, 0, 0)

    @pytest.mark.parametrize("content", [None, b"", b"no database", b"\0" * 50_000])
    def test_no_index(self, stores: Any, path: Path, content: bytes | None) -> None:
        """What is no index is told; the store stays empty and takes lines."""
        if content is not None:
            path.write_bytes(content)
        store = stores(*paths_to_read(path))
        assert attach(store.database, path, Part(1, 5, 1)) is None
        assert not store.database.cached
        store.fill([USER])
        assert len(store.rows()["events"]) == 1

    def test_another_database(self, stores: Any, path: Path) -> None:
        """A DuckDB file with other tables is no index."""
        other = stores(*paths_to_make(path))
        cursor = other.database.bare_cursor()
        cursor.execute(f"ATTACH '{str(path).replace(chr(39), chr(39) * 2)}' AS a")
        cursor.execute("CREATE TABLE a.events (id BIGINT)")
        cursor.execute("DETACH a")
        cursor.close()
        store = stores(*paths_to_read(path))
        assert attach(store.database, path, Part(1, 5, 1)) is None
        store.fill([USER])
        assert len(store.rows()["events"]) == 1

    def test_too_large(self, path: Path, full: Any) -> None:
        """An index that would take more than it may is given up; the store is none the worse."""
        before = full.rows()
        assert not make(full, path, Part(2, 6004, 2), most=1000)
        assert full.rows() == before

    def test_stopped(self, path: Path, full: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """The making stops at each step where it is told to, and can be done again."""
        copy, stop, steps = Making._copy, threading.Event(), []

        def copying(self: Making, begin: int, end: int) -> None:
            copy(self, begin, end)
            steps.append(begin)
            stop.set()

        monkeypatch.setattr(Making, "_copy", copying)
        full.database.settle()
        assert not Making(full.database, path, stop).make(Part(2, 6004, 2), ALL)
        assert steps == [0]
        path.unlink()
        monkeypatch.setattr(Making, "_copy", copy)
        assert Making(full.database, path, threading.Event()).make(Part(2, 6004, 2), ALL)

    def test_interrupted(self, path: Path, full: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """An interrupt ends the step that is under way; after the end it does nothing."""
        full.database.settle()
        making = Making(full.database, path, threading.Event())

        def copying(self: Making, *_: int) -> None:
            threading.Timer(0.05, self.interrupt).start()
            self._cursor.execute("SELECT count(*) FROM range(100000000000)")

        monkeypatch.setattr(Making, "_copy", copying)
        assert not making.make(Part(2, 6004, 2), ALL)
        making.interrupt()
        assert full.rows()["events"]

    def test_not_allowed(self, tmp_path: Path, path: Path, full: Any) -> None:
        """An index is made and read at the given paths alone."""
        assert not make(full, tmp_path / "elsewhere.duckdb", Part(2, 6004, 2))
        assert list(tmp_path.iterdir()) == [path.parent]

    def test_nothing_else_is_reached(self, stores: Any, tmp_path: Path, path: Path, full: Any) -> None:
        """With an index in use, SQL reaches no file but that one, and does not change it."""
        assert make(full, path, Part(2, 6004, 2))
        secret = path.with_name("secret.duckdb")
        secret.write_bytes(path.read_bytes())
        (tmp_path / "secret.txt").write_text("secret")
        before = path.read_bytes()
        store = stores(*paths_to_read(path))
        attach(store.database, path, Part(2, 6004, 2))
        cursor = store.database.bare_cursor()
        folder = str(path.parent).replace("'", "''")
        at = f"SELECT * FROM read_text('{folder}"  # noqa: S608  a path
        for sql in (
            f"ATTACH '{folder}/secret.duckdb' AS b",
            f"ATTACH '{folder}/new.duckdb' AS b",
            f"{at}/../secret.txt')",
            f"{at}/index.duckdb/../../secret.txt')",
            f"{at}/*')",
            f"COPY (SELECT 1) TO '{folder}/new.csv'",
            "DELETE FROM cached.events",
            "INSERT INTO cached.runs (run) VALUES (1)",
        ):
            with pytest.raises(Exception, match=r"(?i)disabled|read.only"):
                cursor.execute(sql)
        cursor.close()
        assert path.read_bytes() == before
        assert {found.name for found in path.parent.iterdir()} == {"index.duckdb", "secret.duckdb"}


def log(path: Path, **more: Any) -> KnownLog:
    """What is known of a log at a path."""
    mark = Bookmark(1, 0, begun=False, line=1)
    return KnownLog(
        FileIdentity(str(path), 1, 2, 3, 4, 5), **{"content": "c", "ends": "e", **more}, settled=mark, end=mark
    )


class TestEntries:
    """Entries in their folder."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> CacheFolder:
        """A folder that is yet to be made."""
        return CacheFolder(tmp_path / "cache" / "index", "meaning")

    def add(self, folder: CacheFolder, *logs: KnownLog, size: int = 100, most: int = ALL) -> Entry | None:
        """Add an entry; return what is found of it."""
        workshop = folder.workshop()
        made = workshop.path / "made"
        made.write_bytes(os.urandom(size))
        folder.add(made, logs, "", threading.Event())
        workshop.close()
        folder.tidy(most)
        return folder.find(logs[0].identity)

    def logs(self, tmp_path: Path, *names: str) -> list[KnownLog]:
        """Logs that are there."""
        for name in names:
            (tmp_path / name).touch()
        return [log(tmp_path / name) for name in names]

    def names(self, folder: CacheFolder) -> set[str]:
        """What is in the folder, as suffixes."""
        return {path.suffix for path in folder._path.iterdir()}

    def test_found_again(self, folder: CacheFolder, tmp_path: Path) -> None:
        """An entry is found by the path of its first log, says what it was given, and is intact."""
        assert folder.find(log(tmp_path / "a").identity) is None
        logs = self.logs(tmp_path, "a", "b")
        entry = self.add(folder, *logs)
        assert entry is not None
        assert entry.logs == tuple(logs)
        assert entry.intact()
        assert folder.find(logs[1].identity) is None
        assert CacheFolder(folder._path, "other meaning").find(logs[0].identity) is None

    def test_private(self, folder: CacheFolder, tmp_path: Path) -> None:
        """Nobody else can look into the folder or its files; and nothing is believed that others could have written."""
        logs = self.logs(tmp_path, "a")
        folder._path.mkdir(parents=True, mode=0o755)
        entry = self.add(folder, *logs)
        assert entry is not None
        assert stat.S_IMODE(folder._path.stat().st_mode) == 0o700
        assert [stat.S_IMODE(path.stat().st_mode) for path in (entry.record, entry.index_path)] == [0o600] * 2
        folder._path.chmod(0o770)
        assert folder.find(logs[0].identity) is None

    def test_names_of_any_bytes(self, folder: CacheFolder, tmp_path: Path) -> None:
        """A log may have a name that is no UTF-8."""
        (known,) = self.logs(tmp_path, os.fsdecode(b"a\xff"))
        entry = self.add(folder, known)
        assert entry is not None
        assert entry.logs == (known,)

    def test_replaced(self, folder: CacheFolder, tmp_path: Path) -> None:
        """A newer entry takes the place of the one before, which leaves nothing behind."""
        (first,) = self.logs(tmp_path, "a")
        before = self.add(folder, first)
        after = self.add(folder, log(tmp_path / "a", content="d"))
        assert before is not None
        assert after is not None
        assert after.logs[0].content == "d"
        assert len(list(folder._path.iterdir())) == 2
        assert not before.intact()

    @pytest.mark.parametrize("kind", ["record", "index_path"])
    @pytest.mark.parametrize("written", [True, False], ids=["a writer", "no writer"])
    def test_a_pipe_in_its_place(self, folder: CacheFolder, tmp_path: Path, kind: str, written: bool) -> None:  # noqa: FBT001
        """A pipe that stands where a record or an index stood is none, and nobody waits for it."""
        (known,) = self.logs(tmp_path, "a")
        entry = self.add(folder, known)
        assert entry is not None
        pipe = getattr(entry, kind)
        pipe.unlink()
        os.mkfifo(pipe)
        writer = os.open(pipe, os.O_RDWR) if written else None
        found: list[bool] = []
        looking = threading.Thread(
            target=lambda: found.append(entry.intact() and folder.find(known.identity) is not None), daemon=True
        )
        looking.start()
        looking.join(60)
        assert found == [False]
        folder.tidy(ALL)
        assert (not pipe.exists()) == (kind == "record")
        if writer is not None:
            os.close(writer)

    @pytest.mark.parametrize("at", [0, 5, 15, 30, 60, 150, -1])
    def test_damaged_record(self, folder: CacheFolder, tmp_path: Path, at: int) -> None:
        """A record with one other bit, or cut anywhere, is none."""
        (known,) = self.logs(tmp_path, "a")
        entry = self.add(folder, known)
        assert entry is not None
        text = entry.record.read_bytes()
        damaged = bytearray(text)
        damaged[at] ^= 1
        for content in (bytes(damaged), text[:at]):
            entry.record.write_bytes(content)
            assert folder.find(known.identity) is None
        assert self.add(folder, known) is not None

    @pytest.mark.parametrize(
        "body", ["[]", "{}", '{"meaning":"meaning"}', '{"meaning":"meaning","entry":{"index":"../a"}}']
    )
    def test_foreign_record(self, folder: CacheFolder, tmp_path: Path, body: str) -> None:
        """A record that is well-formed but says something else is none."""
        (known,) = self.logs(tmp_path, "a")
        entry = self.add(folder, known)
        assert entry is not None
        entry.record.write_text(f"{_MARK} {binascii.crc32(body.encode()):08x}\n{body}")
        assert folder.find(known.identity) is None

    def test_damaged_index(self, folder: CacheFolder, tmp_path: Path) -> None:
        """An index is intact as it was written, and else not."""
        (known,) = self.logs(tmp_path, "a")
        entry = self.add(folder, known, size=2_500_000)
        assert entry is not None
        content = entry.index_path.read_bytes()
        for at in (0, 1_048_576, 2_499_999):
            entry.index_path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
            assert not entry.intact()
        for other in (content[:-1], content + b"\0", b""):
            entry.index_path.write_bytes(other)
            assert not entry.intact()
        entry.index_path.write_bytes(content)
        assert entry.intact()
        entry.index_path.unlink()
        assert not entry.intact()

    def test_the_longest_unused_goes_first(self, folder: CacheFolder, tmp_path: Path) -> None:
        """Of more than the folder may hold, the entries used longest ago are removed."""
        logs = self.logs(tmp_path, *"abcd")
        for number, known in enumerate(logs[:3]):
            entry = self.add(folder, known)
            assert entry is not None
            os.utime(entry.record, (number, number))
        first = folder.find(logs[0].identity)
        assert first is not None
        folder.used(first, [logs[0].identity])
        self.add(folder, logs[3], most=250)
        assert [folder.find(known.identity) is not None for known in logs] == [True, False, False, True]
        assert len(list(folder._path.iterdir())) == 4
        assert self.add(folder, logs[1], size=300, most=250) is None

    def test_gone_logs(self, folder: CacheFolder, tmp_path: Path) -> None:
        """The index of a log that is gone goes too."""
        logs = self.logs(tmp_path, *"abc")
        entry = self.add(folder, *logs[:2])
        (tmp_path / "b").unlink()
        assert self.add(folder, logs[2])
        assert folder.find(logs[0].identity) is None
        assert entry is not None
        assert not entry.index_path.exists()

    def test_leftovers(self, folder: CacheFolder, tmp_path: Path) -> None:
        """What a killed process has left is removed by the next entry; what is not the cache's own is left alone."""
        (known,) = self.logs(tmp_path, "a")
        self.add(folder, known)
        code = (
            "import os, sys\nfrom pathlib import Path\nfrom tlx.store.cache.entries import CacheFolder\n"
            "workshop = CacheFolder(Path(sys.argv[1]), '').workshop()\n"
            "(workshop.path / 'index.duckdb').write_text('x')\nprint(workshop.path, flush=True)\nos._exit(9)\n"
        )
        killed = subprocess.run([sys.executable, "-c", code, folder._path], capture_output=True, text=True, check=False)
        left = Path(killed.stdout.strip())
        assert (left / "index.duckdb").exists()
        waste = folder._path / f"{'0' * 32}-{'1' * 16}.duckdb"
        waste.touch()
        (folder._path / f"{'0' * 32}.json").touch()
        (folder._path / "mine.txt").touch()
        assert self.add(folder, known)
        assert not left.exists()
        assert not waste.exists()
        assert sorted(path.suffix for path in folder._path.iterdir()) == [".duckdb", ".json", ".txt"]

    def test_new_identities(self, folder: CacheFolder, tmp_path: Path) -> None:
        """An entry takes the identities that its logs have now."""
        logs = self.logs(tmp_path, "a", "b")
        entry = self.add(folder, *logs)
        assert entry is not None
        now = FileIdentity(str(tmp_path / "a"), 9, 9, 3, 9, 9)
        folder.used(entry, [now])
        found = folder.find(now)
        assert found is not None
        assert [known.identity for known in found.logs] == [now, logs[1].identity]
        assert found.intact()
        assert len(list(folder._path.iterdir())) == 2

    def test_no_folder(self, tmp_path: Path) -> None:
        """Where there can be no folder, there is no entry; to make one is an OSError."""
        (tmp_path / "file").touch()
        folder = CacheFolder(tmp_path / "file" / "cache", "meaning")
        assert folder.find(log(tmp_path / "a").identity) is None
        with pytest.raises(OSError, match="file"):
            folder.workshop()

    def test_stopped(self, folder: CacheFolder, tmp_path: Path) -> None:
        """An entry that is no longer wanted is not added."""
        (known,) = self.logs(tmp_path, "a")
        workshop = folder.workshop()
        (workshop.path / "made").write_bytes(b"x")
        stop = threading.Event()
        stop.set()
        folder.add(workshop.path / "made", [known], "", stop)
        workshop.close()
        assert list(folder._path.iterdir()) == []
