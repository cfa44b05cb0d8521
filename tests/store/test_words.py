"""Columns of few words are kept as numbers once no more events come, and nobody can tell."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlx.config.settings import Settings
from tlx.dialects.known import DIALECTS
from tlx.model import Batch
from tlx.session import Session
from tlx.store import schema, words
from tlx.store.database import Database
from tlx.store.ingest import Ingester
from tlx.store.words import Narrowing
from tlx.text import Text

USUAL = {one.projection.dialect: one.projection.usual for one in DIALECTS}
ACTION = {"kind": "Run", "execution_kind": "Local", "name": {"category": "link", "identifier": "a"}, "owner": "//:a"}
LINES = tuple(
    json.dumps(record).encode()
    for record in (
        {"ActionExecutionEvent": {**ACTION, "duration_millis": 1}, "epoch_millis": 5},
        {"ActionExecutionEvent": {**ACTION, "execution_kind": "ActionCache", "kind": ""}, "epoch_millis": 6},
        {"ActionExecutionEvent": {"name": {"category": "o'dd; DROP TABLE runs", "identifier": ""}}, "epoch_millis": 7},
        {"ActionExecutionEvent": {"kind": "nul \0 and \x1b[31m [bold]", "execution_kind": "名"}},
        {"StarlarkUserEvent": {"id": "x", "metadata": {}}, "epoch_millis": 5},
        {"event": "ActionExecutionEvent", "message": "hello", "level": "info", "status": "failed"},
        {"message": "of no event", "level": "Info"},
    )
)
TEXTS = st.none() | st.text(max_size=3) | st.sampled_from(("Run", "run", "", "~"))


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store of few events is worth it too."""
    monkeypatch.setattr(words, "_WORTH", 1)


@contextlib.contextmanager
def stored(lines: tuple[bytes, ...], usual: dict[str, str | None]) -> Iterator[Database]:
    """A store at rest with lines in it."""
    database = Database(usual_events=usual)
    ingester = Ingester(database, [one.projection for one in DIALECTS])
    ingester.add(Batch(0, 1, 1, 1, 0, Text(b"\n".join(lines)), len(lines)))
    ingester.commit()
    ingester.close()
    database.settle()
    yield database
    database.close()


def narrow(database: Database) -> frozenset[str]:
    """Narrow what can be."""
    return Narrowing(database, threading.Event()).narrow()


def asked(database: Database, sql: str, values: tuple[Any, ...] = ()) -> list[Any]:
    """The answer to a question."""
    return database.reader().execute(sql, values).fetchall()


def types(database: Database) -> dict[str, str]:
    """The types of the columns of words, as they are stored."""
    sql = "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'fresh_events'"
    return {name: kind.partition("(")[0] for name, kind in asked(database, sql) if name in schema.WORDS}


QUESTIONS = (
    "SELECT id, {} FROM events ORDER BY {} DESC NULLS LAST, id",
    "SELECT min({}), max({}), count(DISTINCT {}) FROM events",
    "SELECT {}, count(*) FROM events GROUP BY ALL ORDER BY ALL",
    "SELECT coalesce({}, ''), lower({}), {} || '!', length({}) FROM events ORDER BY id",
    "SELECT id FROM events WHERE {} IS NULL ORDER BY id",
    "SELECT id FROM events WHERE {} IN ('Run', 'of nobody', 'info', 'link') ORDER BY id",
    "SELECT id FROM events WHERE contains({}, 'o') ORDER BY id",
)
COMPARED = "SELECT id, {} = ?, {} <> ?, {} < ?, {} >= ?, {} IS DISTINCT FROM ? FROM events ORDER BY id"
"""A column with one word each."""


def questions(column: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """What may be asked of a column, of words that it holds and of others."""
    yield from ((one.replace("{}", column), ()) for one in QUESTIONS)
    for word in ("Run", "", "ActionExecutionEvent", "buck2-user", "of nobody", "failed"):
        yield COMPARED.replace("{}", column), (word,) * COMPARED.count("?")
        yield f"SELECT id FROM events WHERE {column} = ? ORDER BY id", (word,)  # noqa: S608  our own words


@pytest.mark.parametrize("usual", [USUAL, {}], ids=["usual events known", "none known"])
def test_questions_are_answered_as_before(usual: dict[str, str | None]) -> None:
    """Whatever is asked of a narrowed column, or of all of them, the answer is that of the texts."""
    asks = [question for column in schema.WORDS for question in questions(column)]
    asks += [("SELECT * EXCLUDE (rowid) FROM events ORDER BY id", ()), ("SELECT id, rowid FROM events ORDER BY id", ())]
    with stored(LINES, usual) as database:
        before = [asked(database, *question) for question in asks]
        assert narrow(database) == {*schema.WORDS} - ({"dialect"} if usual else set())
        assert set(types(database).values()) == {"ENUM"}
        for question, answer in zip(asks, before, strict=True):
            assert asked(database, *question) == answer, question


@given(kinds=st.lists(TEXTS, min_size=1, max_size=8), word=st.text(max_size=3) | st.just("Run"))
def test_any_words(kinds: list[str | None], word: str) -> None:
    """Words are any texts: they are the same afterwards, in the same order, and compare as Python's bytes do."""
    with pytest.MonkeyPatch.context() as patch, contextlib.closing(Database()) as database:
        patch.setattr(words, "_WORTH", 1)
        cursor = database.cursor()
        for number, kind in enumerate(kinds):
            cursor.execute("INSERT INTO fresh_events (id, kind) VALUES (?, ?)", [number, kind])
        database.settle()
        assert "kind" in narrow(database)
        key = [(kind is not None, (kind or "").encode(), number) for number, kind in enumerate(kinds)]
        shown = asked(database, "SELECT id, kind FROM events ORDER BY kind NULLS FIRST, id")
        assert shown == [(number, kinds[number]) for _, _, number in sorted(key)]
        same = asked(database, "SELECT id FROM events WHERE kind = ? ORDER BY id", (word,))
        assert same == [(number,) for number, kind in enumerate(kinds) if kind == word]


def test_many_words_stay_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A column of more than some thousand words is left alone, and the others are not."""
    monkeypatch.setattr(words, "_MOST", 2)
    with stored(LINES, USUAL) as database:
        before = asked(database, "SELECT * EXCLUDE (rowid) FROM events ORDER BY id")
        assert narrow(database) == {"event", "category", "status", "level"}
        assert {name for name, kind in types(database).items() if kind == "VARCHAR"} == {"kind", "execution_kind"}
        assert asked(database, "SELECT * EXCLUDE (rowid) FROM events ORDER BY id") == before


def test_few_events_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where questions are quick, nothing is done; the same where events may still come."""
    with stored(LINES, USUAL) as database:
        monkeypatch.setattr(words, "_WORTH", len(LINES) + 1)
        assert not narrow(database)
        monkeypatch.setattr(words, "_WORTH", len(LINES))
        database.final = None
        assert not narrow(database)
        database.final = len(LINES)
        assert narrow(database)


@pytest.mark.parametrize("at", range(5))
def test_stopped_at_any_step(at: int) -> None:
    """Where it is stopped, or a step fails for want of room, all is as it was."""

    class Stop(threading.Event):
        left = at

        def is_set(self) -> bool:
            self.left -= 1
            return self.left < 0

    with stored(LINES, USUAL) as database:
        before, were = asked(database, "SELECT * FROM events ORDER BY id"), types(database)
        assert not Narrowing(database, Stop()).narrow()
        with pytest.MonkeyPatch.context() as patch:
            steps = schema.narrowed(schema.WORDS[1:], USUAL)
            patch.setattr(schema, "narrowed", lambda *_: (*steps[:at], "SELECT error('no room')"))
            assert not narrow(database)
        assert (asked(database, "SELECT * FROM events ORDER BY id"), types(database)) == (before, were)
        assert narrow(database)


def test_questions_meanwhile() -> None:
    """One who reads while it goes on, or knows what was masked, reads on."""
    with stored(LINES, USUAL) as database:
        database.revealed = True
        reader = database.reader()
        sql = "SELECT id, kind, event FROM events ORDER BY id"
        before = reader.execute(sql).fetchall()
        reader.execute("BEGIN")
        assert reader.execute(sql).fetchall() == before
        assert narrow(database)
        assert reader.execute(sql).fetchall() == before
        reader.execute("COMMIT")
        assert reader.execute(sql).fetchall() == before


@pytest.mark.parametrize(("keep", "follow"), [(True, False), (False, False), (True, True)])
def test_a_session_that_stays(tmp_path: Path, *, keep: bool, follow: bool) -> None:
    """A session for a screen narrows once the log is read; one that ends soon does not, nor one whose log may grow."""
    log = tmp_path / "log"
    log.write_bytes(b"\n".join((*LINES, b"")))
    session = Session([str(log)], Settings(cache=False), follow=follow, revealable=True)
    try:
        session.start(keep=keep)
        if follow:
            assert session.wait_for_catch_up(20)
        else:
            session.wait()
            session._thread.join()
        assert (types(session.database)["kind"] == "ENUM") is (keep and not follow)
        assert asked(session.database, "SELECT count(*) FROM events") == [(len(LINES),)]
    finally:
        session.close()
