"""Runs, sources and damages into their tables: few rows, written one by one."""

from __future__ import annotations

from collections.abc import Sequence

from tlx.model import NO_MASKS, Header, Masks, Run, SourceFacts
from tlx.store.database import Database
from tlx.store.rejects import masked_text

_NO_HEADER = Header(dialect="", command=None, trace=None, start_ns=None)


class RunWriter:
    """Writes what the reading thread learns; each call is visible at once."""

    def __init__(self, database: Database) -> None:
        self._cursor = database.cursor()
        self._rejects, self._hidden = database.live("rejects"), database.live("hidden_rejects")

    def add_run(self, run: Run, hidden: Run | None = None) -> None:
        """Note that a run begins; where something of it is masked, `hidden` is what it was."""
        self._add(run, "runs")
        if hidden:
            self._cursor.execute("INSERT INTO masked VALUES (?, 0, 1)", [run.source])
            self._add(hidden, "hidden_runs")

    def _add(self, run: Run, table: str) -> None:
        header = run.header or _NO_HEADER
        self._cursor.execute(
            f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                run.run,
                run.source,
                run.line,
                run.header is not None,
                header.dialect or None,
                header.command,
                header.trace,
                header.start_ns,
                header.working_dir,
                run.raw,
            ],
        )

    def set_source(self, facts: SourceFacts) -> None:
        """Replace what is known of a source."""
        self._cursor.execute("BEGIN")
        self._cursor.execute("DELETE FROM sources WHERE source = ?", [facts.source])
        self._cursor.execute("DELETE FROM damages WHERE source = ?", [facts.source])
        self._cursor.execute(
            "INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?)",
            [facts.source, _stored(facts.path), facts.codec, facts.bytes, facts.decompressed_bytes, facts.state.value],
        )
        for damage in facts.damages:
            self._cursor.execute("INSERT INTO damages VALUES (?, ?, ?)", [facts.source, damage.offset, damage.reason])
        self._cursor.execute("COMMIT")

    def set_path(self, source: int, path: str) -> None:
        """Say by what path a source was opened of which the rest is known."""
        self._cursor.execute("UPDATE sources SET path = ? WHERE source = ?", [_stored(path), source])

    def add_reject(self, row: Sequence[object], *, masks: Masks = NO_MASKS) -> None:
        """Keep one reject: id, source, run, line, offset, reason, text; with `masks`, the text is masked."""
        if masks.dialects:
            if masks.hide:
                self._cursor.execute(f"INSERT INTO {self._hidden} VALUES (?, ?, ?, ?, ?, ?, ?)", list(row))
            self._cursor.execute("INSERT INTO masked VALUES (?, 0, 1)", [row[1]])
            row = [*row[:-1], masked_text(str(row[-1]))]
        self._cursor.execute(f"INSERT INTO {self._rejects} VALUES (?, ?, ?, ?, ?, ?, ?)", list(row))

    def close(self) -> None:
        """Let go of the cursor."""
        self._cursor.close()


def _stored(path: str) -> str:
    """A path as text that any store takes: bytes of a name that are not UTF-8 become replacement characters."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
