"""The database: its spill folder, its limits and its locks; the small tables."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tlx import machine
from tlx.model import EVENT_COLUMNS, Damage, Header, Run, SourceFacts, SourceState
from tlx.store import database as store
from tlx.store.database import Database, store_memory
from tlx.store.memory import spill as spilling
from tlx.store.memory.room import StoreError
from tlx.store.runs import RunWriter

FILL = "INSERT INTO t SELECT i, md5(i::VARCHAR) || md5((i + 1)::VARCHAR) FROM range({}) r(i)"


@pytest.fixture
def spill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which spill folders are made."""
    monkeypatch.setattr(machine, "cache_folder", lambda: tmp_path)
    return tmp_path / "spill"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that needs little to be full."""
    monkeypatch.setattr(store, "_LEAST", 32 << 20)


def memory_limit(database: Database) -> str:
    """What DuckDB keeps to."""
    row = database.cursor().execute("SELECT current_setting('memory_limit')").fetchone()
    assert row is not None
    return str(row[0])


def test_spill_folder(spill: Path) -> None:
    """The spill folder is for its owner's eyes alone, and gone after the store is closed."""
    database = Database()
    (folder,) = (path for path in spill.iterdir() if path.is_dir())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(spill.stat().st_mode) == 0o700
    database.close()
    database.close()
    assert list(spill.iterdir()) == []


def test_spill_folder_of_ones_own(spill: Path, tmp_path: Path) -> None:
    """A folder that is named takes the place of the cache folder."""
    database = Database(spill_folder=str(tmp_path / "scratch"))
    assert len(list((tmp_path / "scratch").iterdir())) == 2
    database.close()
    assert list((tmp_path / "scratch").iterdir()) == []
    assert not spill.exists()


def test_a_store_that_cannot_be_made_leaves_nothing(spill: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the store cannot be made, its spill folder goes as well."""
    monkeypatch.setattr(store.schema, "statements", lambda **_: ("no SQL",))
    with pytest.raises(Exception, match="syntax"):
        Database()
    assert list(spill.iterdir()) == []


def test_memory_is_that_of_the_process(spill: Path) -> None:
    """The store gets what the rest of the process leaves of the given memory."""
    database = Database(1 << 30)
    assert memory_limit(database) == "704.0 MiB"
    database.close()


@pytest.mark.parametrize(("memory", "expected"), [(8 << 30, "3.3 GiB"), (0, "160.0 MiB"), (1 << 29, "160.0 MiB")])
def test_default_memory(spill: Path, monkeypatch: pytest.MonkeyPatch, memory: int, expected: str) -> None:
    """Without a limit tlx takes half of what the machine lets it have, but never too little to load at all."""
    monkeypatch.setattr(machine, "memory", lambda: memory)
    database = Database()
    assert memory_limit(database) == expected
    database.close()


def test_store_memory() -> None:
    """More memory is more for the store, and something is always left beside it."""
    shares = [store_memory(memory << 20) for memory in range(384, 8192)]
    assert shares == sorted(shares)
    assert all((memory << 20) - share >= 192 << 20 for memory, share in zip(range(384, 8192), shares, strict=True))


def test_no_checkpoints(spill: Path) -> None:
    """No commit merges row groups: that would take the memory of the whole table, and its time, once more."""
    database = Database()
    assert database.cursor().execute("SELECT current_setting('wal_autocheckpoint')").fetchone() == ("931.3 GiB",)
    database.close()


def test_more_than_memory(spill: Path, small: None) -> None:
    """More than the memory holds goes to the spill folder, and can be asked for."""
    database = Database(1)
    cursor = database.cursor()
    cursor.execute("CREATE TABLE t (i BIGINT, s VARCHAR)")
    cursor.execute(FILL.format(1_000_000))
    assert cursor.execute("SELECT count(*), count(s) FROM t").fetchone() == (1_000_000, 1_000_000)
    (folder,) = (path for path in spill.iterdir() if path.is_dir())
    assert sum(path.stat().st_size for path in folder.iterdir()) > 10 << 20
    database.close()
    assert list(spill.iterdir()) == []


class TestNoRoom:
    """Where the store has no room it says so in one line, and keeps what it holds."""

    def fill(self, database: Database) -> tuple[str, int]:
        """Commit rows until there is no room; return what is said, and how many there are."""
        cursor = database.cursor()
        cursor.execute("CREATE TABLE t (i BIGINT, s VARCHAR)")
        with pytest.raises(StoreError) as caught:  # noqa: PT012  whichever of them it is that has no room
            for statement in ["BEGIN", FILL.format(20_000), "COMMIT"] * 100:
                cursor.execute(statement)
        row = database.cursor().execute("SELECT count(*) FROM t").fetchone()
        assert row is not None
        return str(caught.value), row[0]

    def ask(self, database: Database, rows: int) -> None:
        """Look at every row, more than once."""
        assert rows > 100_000
        for _ in range(2):
            text = "SELECT count(*), count(DISTINCT i), count(*) FILTER (WHERE length(s) = 64) FROM t"
            assert database.cursor().execute(text).fetchone() == (rows, 20_000, rows)

    def test_no_folder(self, spill: Path, small: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Where no folder can be made, what fits into memory can still be loaded; then it is said why no more."""
        spill.write_text("in the way")
        monkeypatch.setattr(spilling, "_SHARED", tmp_path / "spill" / "below a file")
        database = Database(1)
        told, rows = self.fill(database)
        assert told.startswith("1 B of memory is too little, and there is no folder to spill to")
        assert str(spill) in told
        assert "below a file" in told
        assert "--spill-folder" in told
        assert "\n" not in told
        self.ask(database, rows)
        database.close()

    def test_a_folder_that_went_away(self, spill: Path, small: None) -> None:
        """Where the folder cannot be written to any more, that is said, and what is loaded stays."""
        database = Database(1)
        (folder,) = (path for path in spill.iterdir() if path.is_dir())
        folder.rmdir()
        folder.write_text("in the way")
        told, rows = self.fill(database)
        assert told.startswith(f"no room to spill to in {spill}: ")
        assert "\n" not in told
        self.ask(database, rows)
        database.close()

    def test_nothing_is_written_after_that(self, spill: Path, small: None) -> None:
        """Every later attempt to write ends in the same words, without another try."""
        database = Database(1)
        (folder,) = (path for path in spill.iterdir() if path.is_dir())
        folder.rmdir()
        folder.write_text("in the way")
        other = database.cursor()
        told, rows = self.fill(database)
        for statement in ("BEGIN", "INSERT INTO t VALUES (1, 'a')", "COMMIT"):
            with pytest.raises(StoreError) as caught:
                other.execute(statement)
            assert str(caught.value) == told
        with pytest.raises(StoreError) as caught:
            other.repeat("INSERT INTO t VALUES ($i, 'a')", {"i": 1})
        assert str(caught.value) == told
        self.ask(database, rows)
        database.close()

    def test_a_question_too_large(self, spill: Path, small: None) -> None:
        """A question that needs too much memory fails alone: the loading goes on."""
        database = Database(1)
        (folder,) = (path for path in spill.iterdir() if path.is_dir())
        folder.rmdir()
        folder.write_text("in the way")
        cursor = database.cursor()
        with pytest.raises(StoreError, match=r"no room to spill to|too little"):
            cursor.execute("SELECT list(i || md5(i::VARCHAR)) FROM range(3000000) r(i)").fetchall()
        cursor.execute("CREATE TABLE t (i BIGINT)")
        cursor.execute("INSERT INTO t VALUES (1)")
        assert cursor.execute("SELECT * FROM t").fetchall() == [(1,)]
        database.close()

    def test_other_errors_pass(self, spill: Path) -> None:
        """What has nothing to do with room stays what it is."""
        database = Database()
        with pytest.raises(Exception, match="Conversion") as caught:
            database.cursor().execute("SELECT 'x'::INT").fetchall()
        assert not isinstance(caught.value, StoreError)
        database.close()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('x.txt')",
        "SELECT * FROM 'x.csv'",
        "COPY (SELECT 1) TO 'x.csv'",
        "ATTACH 'x.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
    ],
)
@pytest.mark.parametrize("settled", [False, True])
def test_nothing_outside(spill: Path, sql: str, settled: bool) -> None:  # noqa: FBT001  drawn
    """No question reaches a file, another database, an extension or the network."""
    database = Database()
    if settled:
        database.settle()
    with pytest.raises(Exception, match=r"(?i)disabled|cannot|external|not allowed|locked"):
        database.cursor().execute(sql)
    database.close()


def test_settled(spill: Path) -> None:
    """After loading the configuration is locked."""
    database = Database()
    database.settle()
    with pytest.raises(Exception, match="locked"):
        database.cursor().execute("SET threads = 1")
    database.close()


def test_repeated(spill: Path) -> None:
    """What is put again has the values of this time, and sees the tables as they are, whatever failed before."""
    database = Database()
    cursor = database.cursor()
    cursor.execute("CREATE TABLE t AS SELECT 1::BIGINT AS i")
    sql = "INSERT INTO t SELECT i + $more::INT FROM t"
    assert cursor.repeat(sql, {"more": 10}).fetchone() == (1,)
    with pytest.raises(Exception, match="Conversion"):
        cursor.repeat(sql, {"more": "x"}).fetchone()
    assert cursor.repeat(sql, {"more": "200"}).fetchone() == (2,)
    cursor.execute("ALTER TABLE t ALTER i TYPE VARCHAR")
    cursor.execute("UPDATE t SET i = '5'")
    cursor.execute("ALTER TABLE t ALTER i TYPE INTEGER")
    assert cursor.repeat(sql, {"more": 2}).fetchone() == (4,)
    assert cursor.execute("SELECT i, count(*) FROM t GROUP BY i ORDER BY i").fetchall() == [(5, 4), (7, 4)]
    database.close()


def test_tables(spill: Path) -> None:
    """Every column of the event model can be asked for by its name."""
    database = Database()
    columns = ", ".join(f'"{name}"' for name in EVENT_COLUMNS)
    assert database.cursor().execute(f"SELECT {columns} FROM events").fetchall() == []  # noqa: S608  our own words
    database.close()


def test_runs_and_sources(spill: Path) -> None:
    """Runs are kept with and without header; a source's facts replace the ones before."""
    database = Database()
    writer = RunWriter(database)
    writer.add_run(Run(1, 0, 1, None, None))
    writer.add_run(Run(2, 0, 5, Header("d", "a 'b'", "t", 7, "/w"), "{}"))
    for state in (SourceState.OPEN, SourceState.TORN):
        writer.set_source(SourceFacts(0, "p", "zstd", 1, 2, state, (Damage(3, "r"), Damage(4, "s"))))
    cursor = database.cursor()
    assert cursor.execute("SELECT * FROM runs ORDER BY run").fetchall() == [
        (1, 0, 1, False, None, None, None, None, None, None),
        (2, 0, 5, True, "d", "a 'b'", "t", 7, "/w", "{}"),
    ]
    assert cursor.execute("SELECT * FROM sources").fetchall() == [(0, "p", "zstd", 1, 2, "torn")]
    assert cursor.execute("SELECT * FROM damages ORDER BY ALL").fetchall() == [(0, 3, "r"), (0, 4, "s")]
    writer.close()
    database.close()
