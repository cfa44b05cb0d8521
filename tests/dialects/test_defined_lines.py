"""Dialects that a person defines: lines that hold many events, and those that begin and end spans."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle
from tlx.cli.commands.stats import summary
from tlx.config.dialect_files import DialectFile
from tlx.config.settings import Settings
from tlx.dialects import known
from tlx.dialects.defined import unfolding
from tlx.loading.reopen import meaning
from tlx.model import Batch
from tlx.query import rows, runs
from tlx.query.ask import Asker, Scope
from tlx.session import Session
from tlx.store.database import Database
from tlx.store.ingest import Ingester
from tlx.store.spans.joiner import Joiner
from tlx.text import Text

SECOND = 10**9
UNFOLDED = b"""
name = "shop"
unfold = ["a.list", "a.list.inner"]
recognise = { keys = ["shop"], lacks = ["no"] }
columns = { name = "a.list.inner.name", owner = "a.list.name", kind = "shop" }
"""
SPANS = b"""
name = "shop"
recognise = { keys = ["shop"] }
columns = { name = "e", time = "t" }
[span]
begin = { e = "start", "x.y" = [1, true] }
end = { e = "stop" }
failed = { e = ["fail", "stop"], f = 1 }
id = ["id", "p.q"]
"""


def dialects(file: bytes, forced: str | None = None) -> tuple[Any, ...]:
    """The dialects with that of a file."""
    return known.chosen(forced, [DialectFile("shop.toml", file)])


class Store:
    """A store of lines of a file's dialect."""

    def __init__(self, file: bytes, forced: str | None = None) -> None:
        self.database = Database()
        self.cursor = self.database.cursor()
        self.known = dialects(file, forced)
        self.ingester = Ingester(self.database, [one.projection for one in self.known], known.decoders(self.known))

    def load(self, lines: Sequence[bytes], cut: int = 0) -> list[tuple[Any, ...]]:
        """Add lines in two pieces and join them; return what they became."""
        for table in ("fresh_events", "pairs", "unjoined", "tallies"):
            self.cursor.execute(f"DELETE FROM {table}")  # noqa: S608  our own words
        joining = Joiner(self.database, known.spans(self.known))
        next_id = first = 1
        for part in (lines[:cut], lines[cut:]):
            if part:
                text = Text(b"\n".join(part))
                batch = Batch(0, 1, next_id, first, 0, text, len(part), folded=known.is_folded(text, self.known))
                self.ingester.add(batch)
                next_id += batch.ids
                first += len(part)
                self.ingester.commit(partial(joining.join, end=next_id, dialects=self.ingester.dialects))
        return self.cursor.execute(
            "SELECT line, dialect, name, owner, status, duration_ns, raw FROM events ORDER BY id"
        ).fetchall()

    def close(self) -> None:
        """Free the store."""
        self.ingester.close()
        self.cursor.close()
        self.database.close()


@pytest.fixture(scope="module")
def unfolded() -> Any:
    """A store that unfolds."""
    made = Store(UNFOLDED)
    yield made
    made.close()


@pytest.fixture(scope="module")
def joined() -> Any:
    """A store that joins."""
    made = Store(SPANS)
    yield made
    made.close()


def test_what_is_open_is_listed_among_the_actions(joined: Any) -> None:
    """A span that has begun is work under way, in a dialect of one's own too."""
    lines = [b'{"shop": 1, "e": "start", "x": {"y": 1}, "id": "%d", "p": {"q": 1}}' % number for number in (1, 2)]
    joined.load([*lines, b'{"shop": 1, "e": "stop", "id": "1", "p": {"q": 1}}'])
    asker = Asker(joined.database)
    columns = rows.page(asker, Scope(actions_only=True), ["line", "status"], rows.Order("line"), (0, 9))
    asker.close()
    assert columns == [(2, "open")]


def objects(value: Any) -> list[Any] | None:
    """What an array of objects, and nothing else, holds."""
    good = isinstance(value, list) and len(value) > 0 and all(isinstance(one, dict) for one in value)
    return value if good else None


def events_of(record: Any) -> list[dict[str, Any]]:
    """The records in a line, by hand."""
    outer = objects(record["a"].get("list")) if isinstance(record.get("a"), dict) else None
    if outer is None or "no" in record or "shop" not in record:
        return [record]
    found = []
    for one in outer:
        for inner in objects(one.get("inner")) or [None]:
            item = one if inner is None else one | {"inner": inner}
            found.append(record | {"a": record["a"] | {"list": item}})
    return found


leaf = st.one_of(st.none(), st.integers(-(2**63), 2**64 - 1), st.text(max_size=4), st.just([1, {"name": "x"}]))
inner = st.dictionaries(st.sampled_from(["name", '"', "inner"]), leaf, max_size=2)
outer = st.fixed_dictionaries({}, optional={"name": leaf, "inner": st.one_of(leaf, st.lists(inner, max_size=3))})
record = st.fixed_dictionaries(
    {},
    optional={
        "shop": leaf,
        "no": st.just(1),
        "a": st.one_of(leaf, st.fixed_dictionaries({"x": leaf}, optional={"list": st.lists(outer | leaf, max_size=3)})),
    },
) | st.builds(lambda found: {"shop": "s", "a": {"list": found}}, st.lists(outer, max_size=4))


@given(records=st.lists(record, min_size=1, max_size=6), cut=st.integers(0, 6))
@settings(max_examples=60)
def test_any_line_is_unfolded(unfolded: Store, records: list[dict[str, Any]], cut: int) -> None:
    """Each object of the innermost array is an event with what stands around it; other lines are as they were."""
    lines = [json.dumps(one).encode() for one in records]
    wanted = [(number, one) for number, line in enumerate(records, 1) for one in events_of(line)]
    found = unfolded.load(lines, cut)
    assert [(line, json.loads(raw)) for line, *_, raw in found] == wanted
    assert [dialect == "shop" for _, dialect, *_ in found] == ["shop" in one and "no" not in one for _, one in wanted]
    extra = unfolded.cursor.execute("SELECT coalesce(sum(extra), 0) FROM tallies").fetchone()
    assert extra == (len(wanted) - len(records),)


def test_where_it_stands(unfolded: Store) -> None:
    """Columns see an object in the place of its array; keys may be spelt by numbers of characters."""
    line = b'{"shop":1,"a":{"list":[{"name":"o","inner":[{"name":"x"},{"name":"y"}]},{"name":"p"}]}}'
    for spelt in (line, line.replace(b'"list"', b'"\\u006cist"')):
        assert [row[2:4] for row in unfolded.load([spelt])] == [("x", "o"), ("y", "o"), (None, "p")]


@pytest.mark.parametrize(
    "line",
    [
        b'{"shop":1,"a":{"list":[{"name":"x"},{"name":NaN}]}}',
        b'{"shop":1,"a":{"list":[{"name":"x"},{"name":"\xff"}]}}',
        b'{"shop":1,"a":{"list":[{"name":"x"},',
        b'{"shop":1,"a":{"list":' + b"[" * 5_000 + b"]" * 5_000 + b"}}",
        b'[{"shop":1,"a":{"list":[{"name":"x"}]}}]',
    ],
)
def test_hostile_lines(unfolded: Store, line: bytes) -> None:
    """What is no JSON, or hardly any, is one event or none, and those around it are what they are."""
    good = b'{"shop":1,"a":{"list":[{"name":"x"},{"name":"y"}]}}'
    found = unfolded.load([good, line, good])
    assert [row[0] for row in found if row[0] != 2] == [1, 1, 3, 3]
    assert sum(row[0] == 2 for row in found) <= 1


def test_events_that_would_repeat_too_much(unfolded: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of which little is of the objects themselves stays one event where that would take much room."""
    monkeypatch.setattr(unfolding, "_MOST_BYTES", 10_000)
    lines = [json.dumps({"shop": "x" * size, "a": {"list": [{}] * 9}}).encode() for size in (1_000, 2_000)]
    assert [row[0] for row in unfolded.load(lines)] == [1] * 9 + [2]


def test_forced() -> None:
    """By its name every line is unfolded; without it what the dialect does not know is left alone."""
    lines = [b'{"a":{"list":[{},{}]}}', b'{"feature":1}']
    for forced, numbers in (("shop", [1, 1, 2]), (None, [1, 2])):
        store = Store(UNFOLDED, forced)
        assert [row[0] for row in store.load(lines)] == numbers
        store.close()


def test_counts(tmp_path: Path) -> None:
    """Lines count once, whatever they hold, and the log is the same out of its pieces and while others stand in it."""
    lines = [
        b'{"shop":1,"a":{"list":[{"inner":[{},{}]},{}]}}',
        b"no JSON",
        b'{"StarlarkUserEvent":{"id":"foo","metadata":{}},"epoch_millis":1}',
        b'{"shop":1,"a":{"list":[]}}',
    ]
    file, log = tmp_path / "shop.toml", tmp_path / "log"
    file.write_bytes(UNFOLDED)
    log.write_bytes(b"\n".join(lines) + b"\n")
    session = Session([str(log)], Settings(dialect_file=(DialectFile(str(file), UNFOLDED),)))
    try:
        session.start()
        session.wait()
        asker = Asker(session.database)
        assert runs.line_kinds(asker) == {"event": 3, "header": 0, "text": 0, "reject": 1}
        assert summary(asker)["dialects"] == {"shop": 4, "buck2-user": 1}
        asker.close()
    finally:
        session.close()


def test_the_cache_sees_a_change() -> None:
    """An index that was made with other spans or other arrays is none for this one."""
    files = (UNFOLDED, UNFOLDED.replace(b"inner", b"other"), SPANS, SPANS.replace(b'"stop"', b'"halt"'))
    found = {meaning([one.projection for one in used], None, known.told(used)) for used in map(dialects, files)}
    assert len(found) == 4


def halves(records: list[dict[str, Any]]) -> list[oracle.Half]:
    """The starts and ends among lines, by hand."""
    found = []
    for number, one in enumerate(records, 1):
        xy = one["x"].get("y") if isinstance(one.get("x"), dict) else None
        starts = one.get("e") == "start" and (xy is True or xy in (1, "1", "true"))
        ends = one.get("e") == "stop" or (one.get("e") == "fail" and one.get("f") in (1, "1"))
        name, place = one.get("id"), one["p"].get("q") if isinstance(one.get("p"), dict) else None
        if (starts or ends) and name is not None and place is not None:
            time = None if one.get("t") is None else one["t"] * SECOND
            found.append(oracle.Half(number, json.dumps([str(name), str(place)]), starts, time))
    return found


part = st.sampled_from(["a", "a", "b", "1 a", "", 1, None])
span_line = st.fixed_dictionaries(
    {"shop": st.just(1), "e": st.sampled_from(["start", "start", "stop", "fail", "other", None])},
    optional={
        "x": st.sampled_from([{"y": 1}, {"y": 1}, {"y": True}, {"y": 2}, {}, []]),
        "f": st.sampled_from([1, 2]),
        "id": part,
        "p": st.fixed_dictionaries({"q": part}),
        "t": st.integers(1_000, 1_009),
    },
) | st.builds(
    lambda e, second, name: {"shop": 1, "e": e, "x": {"y": 1}, "f": 1, "id": name, "p": {"q": "z"}, "t": second},
    st.sampled_from(["start", "stop", "fail"]),
    st.integers(1_000, 1_009),
    st.sampled_from("ab"),
)


@given(records=st.lists(span_line, max_size=20), cut=st.integers(0, 20))
@settings(max_examples=80)
def test_any_lines_are_joined(joined: Store, records: list[dict[str, Any]], cut: int) -> None:
    """What begins and ends in whatever order is joined as the oracle joins it; failures are told."""
    found = joined.load([json.dumps(one).encode() for one in records], cut)
    wanted = oracle.joined(halves(records))
    assert {row[0]: row[5] for row in found if row[5] is not None} == wanted.lengths
    assert [row[0] for row in found if row[4] == "open"] == wanted.open
    assert joined.cursor.execute("SELECT start_id, end_id FROM pairs ORDER BY ALL").fetchall() == wanted.pairs
    for one, row in zip(records, found, strict=True):
        failed = one["e"] in ("fail", "stop") and one.get("f") == 1
        if row[4] != "open":
            assert row[4] == ("failed" if failed else "ok" if one["e"] == "stop" else None)


HOSTILE = ("'", '"', "\\", "');--", "$begin", "?", "{}", "%s", "\n", "[bold]", "\u202e", "é", "a.b", "*x")


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_files(value: str) -> None:
    """Whatever stands in a file is compared as it is, be it a key or a value."""
    key = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    file = (
        f'name = "shop"\nrecognise.keys = ["s"]\ncolumns.name = "s"\nunfold = {json.dumps(f"{key}.{key}")}\n'
        f"[span]\nbegin = {{ {json.dumps(key)} = {json.dumps(value)} }}\nend.s = {json.dumps(value)}\n"
        f'id = {json.dumps(key)}\nfailed.s = "x"\n'
    ).encode()
    assert tomllib.loads(file.decode())["span"]["end"]["s"] == value
    store = Store(file)
    lines = [{"s": 1, value: value}, {"s": value, value: value}, {"s": 2, value: {value: [{}, {}]}}]
    found = store.load([json.dumps(one).encode() for one in lines])
    assert [row[0] for row in found] == [1, 2, 3, 3]
    # The second line begins one too: what begins a span ends none.
    assert [row[4] for row in found] == ["open", "open", None, None]
    assert {row[1] for row in found} == {"shop"}
    store.close()
