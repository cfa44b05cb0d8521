"""What the store holds shorter than it shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from tlx.dialects.known import DIALECTS, decoders
from tlx.loading.masks import masks
from tlx.model import Batch, UsualEvents
from tlx.store.database import Database
from tlx.store.ingest import Ingester
from tlx.text import Text

LINES = (
    b'{"StarlarkUserEvent":{"id":"x","metadata":{}},"epoch_millis":5}',
    b'{"ActionExecutionEvent":{"kind":"Run","duration_millis":1},"epoch_millis":5}',
    b'{"BxlEnsureArtifactsEvent":{"duration_millis":3},"epoch_millis":9}',
    b'{"ActionExecutionEvent":{}}',
    b'{"event":"ActionExecutionEvent","message":"hello"}',
    b'{"message":"of no event"}',
)
USUAL = {one.projection.dialect: one.projection.usual for one in DIALECTS}
ODD = "o'dd; DROP TABLE runs"


def filled(usual: UsualEvents, lines: Sequence[bytes] = LINES) -> Database:
    """A store with the lines in it."""
    database = Database(usual_events=usual)
    ingester = Ingester(database, [one.projection for one in DIALECTS])
    ingester.add(Batch(0, 1, 1, 1, 0, Text(b"\n".join(lines)), len(lines)))
    ingester.commit()
    ingester.close()
    return database


@pytest.fixture(scope="module")
def stores() -> Iterator[tuple[Database, Database]]:
    """One that knows what is usual, and one that does not."""
    both = filled({**USUAL, ODD: ODD}), filled({})
    yield both
    for one in both:
        one.close()


@pytest.mark.parametrize(
    "question",
    [
        "SELECT * EXCLUDE (rowid) FROM events ORDER BY id",
        "SELECT id FROM events ORDER BY dialect DESC, event, id",
        "SELECT min(dialect), max(dialect), min(event), max(event) FROM events",
        "SELECT dialect, event, count(*) FROM events GROUP BY ALL ORDER BY ALL",
        "SELECT id FROM events WHERE dialect = 'of nobody' OR event = 'of nobody'",
        "SELECT id FROM events WHERE event = 'ActionExecutionEvent' ORDER BY id",
        "SELECT id FROM events WHERE event IS NULL ORDER BY id",
        "SELECT id FROM events WHERE dialect < 'c' AND upper(dialect) <> 'X' ORDER BY id",
    ],
)
def test_shown_alike(stores: tuple[Database, Database], question: str) -> None:
    """Whatever is asked, a store that leaves out what is usual answers like one that does not."""
    knowing, other = (store.cursor().execute(question).fetchall() for store in stores)
    assert knowing == other


def test_compared_with_any_text(stores: tuple[Database, Database]) -> None:
    """A name that no dialect has is no error."""
    for store in stores:
        found = store.cursor().execute("SELECT count(*) FROM events WHERE dialect <> ?", ["nobody's"]).fetchone()
        assert found == (len(LINES),)


@pytest.mark.parametrize("lines", [LINES, LINES[5:], LINES[1:2], LINES[0:1], LINES[4:5]])
@pytest.mark.parametrize(
    "question",
    [
        "SELECT id FROM events WHERE event = 'x' ORDER BY id",
        "SELECT id FROM events WHERE event <> 'x' ORDER BY id",
        "SELECT id FROM events WHERE event < 'x' ORDER BY id",
        "SELECT id FROM events WHERE event = 'ActionExecutionEvent' ORDER BY id",
        "SELECT id FROM events WHERE event IN ('x', 'ActionExecutionEvent') ORDER BY id",
    ],
)
def test_event_compared(lines: Sequence[bytes], question: str) -> None:
    """The type of an event is compared with anything, whether some, all or none of the events are of the usual one."""
    found = []
    for usual in (USUAL, {}):
        database = filled(usual, lines)
        found.append(database.cursor().execute(question).fetchall())
        database.close()
    assert found[0] == found[1]


def test_left_out(stores: tuple[Database, Database]) -> None:
    """The usual event of a dialect is not stored, and each other one is."""
    sql = "SELECT count(event) FROM fresh_events WHERE dialect = 'buck2-user'"
    for store, expected in zip(stores, (2, 4), strict=True):
        assert store.cursor().execute(sql).fetchone() == (expected,)


def test_usual_of_some() -> None:
    """There is a dialect with a usual event, and its events are never joined: that looks at what is stored."""
    usual = [one for one in DIALECTS if one.projection.usual]
    assert usual
    assert not any(one.spans for one in usual)


@pytest.mark.parametrize("mask", [False, True])
def test_numbers_past_16_bits(*, mask: bool) -> None:
    """A log may be the 65,536th: one that was rotated that often, or of so many."""
    database = Database()
    how = decoders(DIALECTS)._replace(masks=masks(DIALECTS, hide=mask, paths=["message"] if mask else []))
    ingester = Ingester(database, [one.projection for one in DIALECTS], how)
    text = b"\n".join((*LINES, b"no event"))
    sources = (1 << 16) - 1, 1 << 16, 1 << 31
    for number, source in enumerate(sources):
        ingester.add(Batch(source, 1 << 31, 1 + 10 * number, 1, 0, Text(text), len(LINES) + 1))
    ingester.commit()
    ingester.close()
    found = database.cursor().execute("SELECT source, run, count(*) FROM events GROUP BY ALL ORDER BY ALL").fetchall()
    assert found == [(source, 1 << 31, len(LINES)) for source in sources]
    left = database.cursor().execute("SELECT source FROM rejects ORDER BY source").fetchall()
    assert left == [(source,) for source in sources]
    hidden = database.cursor().execute("SELECT DISTINCT source FROM hidden_events ORDER BY ALL").fetchall()
    assert hidden == ([(source,) for source in sources] if mask else [])
    database.close()
