from __future__ import annotations

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle
from tlx.config.settings import Settings
from tlx.query import rejects
from tlx.query.ask import ALL, Asker, Scope
from tlx.query.language.compile import compile_filter
from tlx.session import Session
from tlx.store.database import Database

USER = b'{"StarlarkUserEvent":{"id":"x","metadata":{}},"epoch_millis":1771287109000}'
LINES = (USER, b"[1]", b"not json", b"", b'{"a": "\xff"}', b"\x1b[2J[bold]", "\u202eé".encode(), b"null", b"x" * 3000)


@pytest.fixture
def load():
    """A function that loads files through a session and returns an asker over them."""
    opened = []

    def loaded(*paths):
        session = Session([str(path) for path in paths], Settings())
        opened.append(session)
        session.start()
        session.wait()
        return Asker(session.database)

    yield loaded
    for session in opened:
        session.close()


def test_rejects_are_what_the_oracle_finds(load, tmp_path):
    """Of two logs every line that is no event comes with its line, its byte and the head of its text."""
    texts = [b"\n".join([*LINES, *LINES[::-1], b""]), b"\xef\xbb\xbf" + b"\n".join(LINES[2:])]
    for number, text in enumerate(texts):
        (tmp_path / str(number)).write_bytes(text)
    found = list(rejects.walk(load(tmp_path / "0", tmp_path / "1")))
    wanted = [(source, *reject) for source, text in enumerate(texts) for reject in oracle.read(text).rejects]
    assert len(wanted) == 20
    for gap, (source, line, offset, text) in zip(found, wanted, strict=True):
        decoded = text.decode("utf-8", "replace")
        assert (gap.sort, gap.source, gap.line, gap.offset) == ("reject", source, line, offset)
        assert (gap.text, gap.length) == (decoded[: rejects.HEAD], len(decoded))
        assert gap.reason
    assert all("no object" in gap.reason for gap in found if gap.text in ("[1]", "null"))


def test_damages_of_the_stored_bytes_are_told_apart(load, tmp_path):
    """A damage has its offset in the bytes as stored and neither line nor text; it stands before the rejects."""
    path = tmp_path / "log.gz"
    whole = gzip.compress(USER + b"\nbad\n")
    path.write_bytes(whole + b"garbage")
    damage, reject = rejects.walk(load(path))
    assert (damage.sort, damage.offset, damage.line, damage.text, damage.id) == ("damage", len(whole), None, None, None)
    assert damage.reason
    assert (reject.sort, reject.line, reject.offset, reject.text) == ("reject", 2, len(USER) + 1, "bad")


def test_a_long_text_is_fetched_by_itself(load, tmp_path):
    """A list holds the head of a text; the text itself comes when asked for, as much of it as is wanted."""
    path = tmp_path / "log"
    path.write_bytes(b"y" * 5000 + b"\n")
    asker = load(path)
    (gap,) = rejects.walk(asker)
    assert (len(gap.text), gap.length) == (rejects.HEAD, 5000)
    assert rejects.text(asker, gap.id, 9000) == "y" * 5000
    assert rejects.text(asker, gap.id, 10) == "y" * 10
    assert rejects.text(asker, 99, 10) == ""


@pytest.fixture(scope="module")
def asker():
    """An asker over a store with empty tables."""
    database = Database()
    asker = Asker(database)
    yield asker
    asker.close()
    database.close()


def put(asker, found, damages):
    """Put rejects (id, run) and damages (source, offset) into the store; run n is in source n - 1."""
    for table in ("rejects", "damages", "runs"):
        asker.rows(f"DELETE FROM {table}")  # noqa: S608  the names above
    for run in (1, 2, 3):
        asker.rows("INSERT INTO runs (run, source) VALUES (?, ?)", [run, run - 1])
    for number, run in found:
        row = [number, run - 1, run, number, 10 * number, "why" * (number % 5), f"text {number}"]
        asker.rows("INSERT INTO rejects VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    for source, offset in damages:
        asker.rows("INSERT INTO damages VALUES (?, ?, ?)", [source, offset, f"d{offset}"])


@settings(max_examples=60)
@given(data=st.data())
def test_any_page_of_any_list_is_what_python_cuts(asker, data):
    """Damages by place, then rejects by arrival: any page, of a run or of all, and any place in it, is as in Python."""
    ids = data.draw(st.lists(st.integers(0, 40), unique=True, max_size=12))
    found = [(number, data.draw(st.integers(1, 3))) for number in ids]
    damages = data.draw(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), unique=True, max_size=4))
    put(asker, found, damages)
    run = data.draw(st.sampled_from((None, 1, 2)))
    first = data.draw(st.integers(0, 18))
    inside = sorted(number for number, of in found if run in (None, of))
    broken = sorted(damage for damage in damages if run in (None, damage[0] + 1))
    wanted = [("damage", *damage) for damage in broken] + [("reject", number) for number in inside]

    def shown(gaps):
        return [
            ("damage", gap.source, gap.offset) if gap.sort is rejects.Sort.DAMAGE else ("reject", gap.id)
            for gap in gaps
        ]

    end = first + data.draw(st.integers(1, 20))
    assert shown(rejects.page(asker, (first, end), run)) == wanted[first:end]
    assert shown(rejects.walk(asker, run)) == wanted
    totals = rejects.totals(asker, run)
    assert (totals.rejects, totals.damages, totals.rows) == (len(inside), len(broken), len(wanted))
    widths = rejects.widths(asker, run)
    assert widths.line == max(inside, default=0)
    assert widths.offset == 10 * max(inside, default=0)
    assert widths.reason == max((3 * (number % 5) for number in inside), default=0)
    assert widths.damage == max((offset for _, offset in broken), default=0)
    if inside:
        check_places(asker, run, inside, len(broken), data.draw(st.integers(0, 40)))


def check_places(asker, run, inside, before, event):
    """Compare the rows of rejects, and of those beside an event, with where Python finds them."""
    for row, number in enumerate(inside, before):
        assert rejects.row_of(asker, number, run) == row
    after = [row for row, number in enumerate(inside, before) if number >= event]
    earlier = [row for row, number in enumerate(inside, before) if number < event]
    assert rejects.row_beside(asker, event, 1, run) == (after or earlier[-1:])[0]
    assert rejects.row_beside(asker, event, -1, run) == (earlier or after[:1])[-1]


def test_many_pages_are_walked_without_a_gap(asker, monkeypatch):
    """However many rejects there are, the walk gives each once and in order, little by little."""
    monkeypatch.setattr(rejects, "_PAGE", 3)
    put(asker, [(number, 1 + number % 2) for number in (*range(40, 20, -1), *range(20))], [])
    assert [gap.id for gap in rejects.walk(asker)] == [*range(20), *range(21, 41)]
    assert [gap.id for gap in rejects.walk(asker, 1)] == [*range(0, 20, 2), *range(22, 41, 2)]


def test_trouble_is_what_failed_and_what_is_no_event(tmp_path):
    """Going on from any arrival number, either way and around, visits every failed event and every reject in order."""
    path = tmp_path / "log.jsonl"
    words = ["ok", "failed", "", "ok", "ERROR", "", "fatal"]
    path.write_text("".join(f'{{"ts": {n}, "status": "{word}"}}\n' if word else "?\n" for n, word in enumerate(words)))
    session = Session([str(path)], Settings())
    session.start()
    session.wait()
    asker = Asker(session.database)
    wanted = [2, 3, 5, 6, 7]
    for direction in (1, -1):
        here, found = None, []
        for _ in range(len(wanted) + 1):
            trouble = rejects.trouble_beside(asker, ALL, here, direction)
            here = trouble.id
            found.append(trouble)
        assert [one.id for one in found[:-1]] == wanted[::direction]
        assert found[-1].id == wanted[::direction][0]
        assert all(wanted[one.number - 1] == one.id and one.total == len(wanted) for one in found)
        assert {one.id for one in found if one.is_reject} == {3, 6}
    only = Scope(compile_filter("status = ok"))
    assert rejects.trouble_beside(asker, only, 3, 1).id == 6
    assert rejects.trouble_beside(asker, Scope(compile_filter("status = ok"), run=99), None, 1) is None
    asker.close()
    session.close()
