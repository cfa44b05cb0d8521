"""What holds of every dialect."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlx.config.dialect_files import DialectFile
from tlx.config.settings import Settings
from tlx.dialects.base import Dialect
from tlx.dialects.known import DIALECTS, chosen
from tlx.model import EVENT_COLUMNS, PLACE_COLUMNS, Batch, Quantity
from tlx.query import runs
from tlx.query.ask import Asker
from tlx.session import Session
from tlx.text import Text

OWN = b"""
name = "own"
recognise = { keys = ["shop", "at"], lacks = ["event"] }
[columns]
time = "at"
duration = { path = "took.ms", unit = "ms" }
name = ["what", "shop"]
status = { path = "level", map = { bad = "failed" } }
owner = "by[0]"
"""
FILE = DialectFile("own.toml", OWN)
SAMPLES = (
    b'{"shop":"a","at":"2026-11-21T10:00:00Z","took":{"ms":1.5},"what":"sale","level":"bad","by":["x"]}',
    b'{"at":1795255200,"shop":"b"}',
)
SUBJECTS = (chosen(None, [FILE])[0]._replace(samples=SAMPLES), *DIALECTS)
"""The dialects that are built in, and before them one that a person has defined."""
each = pytest.mark.parametrize("dialect", SUBJECTS, ids=lambda dialect: dialect.name)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every path inside a record."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))


def replaced(line: bytes, path: tuple[Any, ...], value: Any) -> bytes:
    """The record with another value at `path`."""
    record = json.loads(line)
    inner = record
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return json.dumps(record).encode()


def test_names() -> None:
    """No two dialects share a name, and each can be typed on a command line."""
    names = [dialect.name for dialect in DIALECTS]
    assert len(set(names)) == len(names)
    assert all(name.replace("-", "").isalnum() and name == name.lower() for name in names)


def test_the_last_takes_anything() -> None:
    """Every JSON object finds a dialect: the last one takes what is left."""
    assert DIALECTS[-1].projection.recognise == "TRUE"


@each
def test_words(dialect: Dialect) -> None:
    """A dialect has a title, and its projection bears its name."""
    assert dialect.title
    assert dialect.projection.dialect == dialect.name


@each
def test_columns(dialect: Dialect) -> None:
    """A projection fills columns of the event model, and none that the store fills."""
    columns = set(dialect.projection.columns)
    assert columns <= set(EVENT_COLUMNS)
    assert not columns & set(PLACE_COLUMNS)


def test_keys_mean_the_same_to_all() -> None:
    """What a dialect is known by is read with the same type by those behind it, which must leave its lines alone."""
    for number, dialect in enumerate(DIALECTS):
        assert all(
            f"j.{key}" in dialect.projection.recognise or f'"{key}"' in dialect.projection.recognise
            for key in dialect.projection.marks
        )
        for other in DIALECTS[number:]:
            shared = dialect.projection.marks.keys() & other.projection.structure.keys()
            if other is not dialect or dialect.name != "buck2-user":
                assert {key: other.projection.structure[key] for key in shared} == {
                    key: dialect.projection.marks[key] for key in shared
                }


@each
def test_forced(dialect: Dialect, tmp_path: Path) -> None:
    """A dialect that is forced takes every record, those of others too."""
    log = tmp_path / "log"
    lines = [line for one in SUBJECTS for line in one.samples]
    log.write_bytes(b"\n".join([*lines, b"no JSON", b""]))
    session = Session([str(log)], Settings(dialect=dialect.name, dialect_file=(FILE,)))
    try:
        session.start()
        session.wait()
        asker = Asker(session.database)
        assert runs.counts(asker, "dialect") == {dialect.name: len(lines)}
        kinds = runs.line_kinds(asker)
        asker.close()
    finally:
        session.close()
    assert kinds == {
        "event": len(lines),
        "header": 0,
        "text": int(bool(dialect.texts)),
        "reject": int(not dialect.texts),
    }


def test_no_such_dialect() -> None:
    """A dialect that there is not is told with those that there are."""
    with pytest.raises(ValueError, match=r"no dialect 'bazel'; there are buck2-user, .*generic"):
        chosen("bazel")


@each
def test_samples(dialect: Dialect, shelves: Any) -> None:
    """A dialect recognises its own samples, and no one before it takes them."""
    assert dialect.samples
    kept = shelves(*SUBJECTS).lines(*dialect.samples)
    assert [event["dialect"] for event in kept.events] == [dialect.name] * len(dialect.samples)
    assert [event["raw"].encode() for event in kept.events] == list(dialect.samples)


@each
def test_samples_of_others(dialect: Dialect, shelves: Any) -> None:
    """Nor does it take those of others, whoever stands before it: alone with the last one it leaves them to that."""
    others = [line for one in SUBJECTS if one is not dialect for line in one.samples]
    known = (dialect, DIALECTS[-1]) if dialect is not DIALECTS[-1] else (dialect,)
    kept = shelves(*known).lines(*others)
    assert [event["dialect"] for event in kept.events] == [DIALECTS[-1].name] * len(others)


@given(data=st.data())
@settings(max_examples=12)
def test_mixed(shelves: Any, data: st.DataObject) -> None:
    """Lines of all dialects in any order, with what is no event between, cut anywhere: each is its own dialect's."""
    lines = [(line, one.name) for one in SUBJECTS for line in one.samples]
    lines += [(b"[1]", None), (b'{"torn":', None), (b"\xff", None), (b'"x"', None)]
    order = data.draw(st.lists(st.sampled_from(lines), min_size=1, max_size=25))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(order)), max_size=3)))
    begins = [0, *cuts]
    batches = [
        Batch(0, 1, begin + 1, begin + 1, 0, Text(b"\n".join(line for line, _ in order[begin:end])), end - begin)
        for begin, end in zip(begins, [*cuts, len(order)], strict=True)
        if end > begin
    ]
    kept = shelves(*SUBJECTS).put(*batches)
    # What is no event is a line of text where the dialect around it admits text; it is counted, and is not lost.
    events = [(event["line"], event["dialect"]) for event in kept.events if event["raw"][:1] == "{"]
    assert events == [(number, name) for number, (_, name) in enumerate(order, 1) if name]
    gone = sum(not name for _, name in order)
    assert (
        len(kept.rejects) + sum(event["raw"].count("\n") + 1 for event in kept.events if event["raw"][:1] != "{")
        == gone
    )


@each
def test_samples_fill_something(dialect: Dialect, shelves: Any) -> None:
    """Between them, the samples of a dialect give names, and times, or durations where its system tells no times."""
    events = shelves(*SUBJECTS).lines(*dialect.samples).events
    filled = {column for event in events for column, value in event.items() if value is not None}
    assert "name" in filled
    assert filled & {"time", "duration_ns"}


@each
def test_headers(dialect: Dialect) -> None:
    """A dialect with headers has a cheap mark for them; its samples are events, not headers."""
    assert (dialect.header_mark is None) == (dialect.read_header is None)
    if dialect.read_header:
        assert all(dialect.read_header(json.loads(line)) is None for line in dialect.samples)
        assert dialect.read_header({}) is None


def check(events: Sequence[Mapping[str, Any]], number: int) -> None:
    """So many lines are an event each, whose columns are of their types or empty."""
    assert [event["line"] for event in events] == list(range(1, number + 1))
    for event in events:
        for column, quantity in EVENT_COLUMNS.items():
            expected = str if quantity is Quantity.TEXT else int
            assert event[column] is None or isinstance(event[column], expected)
        for column in ("duration_ns", "input_materialization_ns", "output_size", "time"):
            assert event[column] is None or event[column] >= 0


def sample_of(data: st.DataObject, dialect: Dialect) -> Any:
    """One of its samples that holds anything."""
    return json.loads(data.draw(st.sampled_from([line for line in dialect.samples if line != b"{}"])))


@each
@given(data=st.data())
@settings(max_examples=20)
def test_any_value_anywhere(dialect: Dialect, shelves: Any, data: st.DataObject) -> None:
    """Whatever stands in a known field, the line is one event, and its columns are of their types or empty."""
    lines = []
    for _ in range(data.draw(st.integers(1, 6))):
        record = sample_of(data, dialect)
        path = data.draw(st.sampled_from(list(places(record))))
        lines.append(replaced(json.dumps(record).encode(), path, data.draw(values)))
    check(shelves(*SUBJECTS).lines(*lines).events, len(lines))
    check(shelves(forced(dialect)).lines(*lines).events, len(lines))


@each
@given(data=st.data())
@settings(max_examples=10)
def test_missing_fields(dialect: Dialect, shelves: Any, data: st.DataObject) -> None:
    """Whatever fields are missing, the line is one event, and no column is made up: it is what it was, or empty."""
    record = sample_of(data, dialect)
    own = shelves(forced(dialect))
    (whole,) = own.lines(json.dumps(record).encode()).events
    for path in data.draw(st.lists(st.sampled_from(list(places(record))), min_size=1, max_size=4, unique=True)):
        inner = record
        for key in path[:-1]:
            inner = inner.get(key, {}) if isinstance(inner, dict) else {}
        if isinstance(inner, dict):
            inner.pop(path[-1], None)
    line = json.dumps(record).encode()
    check(shelves(*SUBJECTS).lines(line).events, 1)
    (left,) = own.lines(line).events
    check([left], 1)
    for column in ("duration_ns", "input_materialization_ns", "output_size"):
        assert left[column] in (None, 0, whole[column])


KEYS = sorted({key for one in SUBJECTS for line in one.samples for path in places(json.loads(line)) for key in path})


@given(
    records=st.lists(
        st.dictionaries(
            st.sampled_from(KEYS) | st.text(max_size=4),
            st.recursive(
                values | st.sampled_from(KEYS),
                lambda inner: st.dictionaries(st.sampled_from(KEYS), inner, max_size=3) | st.lists(inner, max_size=2),
                max_leaves=6,
            ),
            max_size=6,
        ),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=10)
def test_any_object(shelves: Any, records: list[dict[str, Any]]) -> None:
    """Any JSON object is one event of one dialect, and of any that is forced; none of them loses it."""
    lines = [json.dumps(record).encode() for record in records]
    check(shelves(*SUBJECTS).lines(*lines).events, len(lines))
    for dialect in SUBJECTS:
        found = shelves(forced(dialect)).lines(*lines).events
        check(found, len(lines))
        assert {event["dialect"] for event in found} == {dialect.name}


def forced(dialect: Dialect) -> Dialect:
    """The dialect as `--dialect` makes it."""
    return chosen(dialect.name, [FILE])[0]
