"""The database: its spill folder, its limits and its locks; the small tables."""

from __future__ import annotations

import stat
import tempfile
from pathlib import Path

import pytest

from tlx.model import EVENT_COLUMNS, Damage, Header, Run, SourceFacts, SourceState
from tlx.store.database import Database
from tlx.store.runs import RunWriter


@pytest.fixture
def spill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which spill folders are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_spill_folder(spill: Path) -> None:
    """The spill folder is for its owner's eyes alone, and gone after the store is closed."""
    database = Database()
    (folder,) = spill.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    database.close()
    assert list(spill.iterdir()) == []


def test_memory_limit(spill: Path) -> None:
    """The given memory is the store's limit."""
    database = Database(256 << 20)
    assert database.cursor().execute("SELECT current_setting('memory_limit')").fetchone() == ("256.0 MiB",)
    database.close()


def test_no_checkpoints(spill: Path) -> None:
    """No commit merges row groups: that would take the memory of the whole table, and its time, once more."""
    database = Database()
    assert database.cursor().execute("SELECT current_setting('wal_autocheckpoint')").fetchone() == ("931.3 GiB",)
    database.close()


def test_more_than_memory(spill: Path) -> None:
    """More than the memory holds goes to the spill folder, and can be asked for."""
    database = Database(64 << 20)
    cursor = database.cursor()
    cursor.execute("CREATE TABLE t AS SELECT i, md5(i::VARCHAR) || md5((i + 1)::VARCHAR) AS s FROM range(2000000) r(i)")
    assert cursor.execute("SELECT count(*), count(s) FROM t").fetchone() == (2_000_000, 2_000_000)
    assert list(spill.rglob("*.tmp"))
    database.close()
    assert list(spill.iterdir()) == []


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
