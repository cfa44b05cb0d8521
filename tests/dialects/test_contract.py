"""What holds of every dialect."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlx.config import Settings
from tlx.dialects.base import Dialect
from tlx.dialects.known import DIALECTS, chosen
from tlx.model import EVENT_COLUMNS, PLACE_COLUMNS, Quantity
from tlx.query import runs
from tlx.query.ask import Asker
from tlx.session import Session

each = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
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
    lines = [line for one in DIALECTS for line in one.samples]
    log.write_bytes(b"\n".join([*lines, b"no JSON", b""]))
    session = Session([str(log)], Settings(dialect=dialect.name))
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
def test_samples(dialect: Dialect, shelf: Any) -> None:
    """A dialect recognises its own samples, and no one before it takes them."""
    assert dialect.samples
    kept = shelf.lines(*dialect.samples)
    assert [event["dialect"] for event in kept.events] == [dialect.name] * len(dialect.samples)
    assert [event["raw"].encode() for event in kept.events] == list(dialect.samples)


@each
def test_samples_fill_something(dialect: Dialect, shelf: Any) -> None:
    """Between them, the samples of a dialect give times and names."""
    events = shelf.lines(*dialect.samples).events
    assert {"time", "name"} <= {column for event in events for column, value in event.items() if value is not None}


@each
def test_headers(dialect: Dialect) -> None:
    """A dialect with headers has a cheap mark for them; its samples are events, not headers."""
    assert (dialect.header_mark is None) == (dialect.read_header is None)
    if dialect.read_header:
        assert all(dialect.read_header(json.loads(line)) is None for line in dialect.samples)
        assert dialect.read_header({}) is None


@each
@given(data=st.data())
@settings(max_examples=60)
def test_any_value_anywhere(dialect: Dialect, shelf: Any, data: st.DataObject) -> None:
    """Whatever stands in a known field, the line is one event, and its columns are of their types or empty."""
    lines = []
    for _ in range(data.draw(st.integers(1, 6))):
        sample = data.draw(st.sampled_from([line for line in dialect.samples if line != b"{}"]))
        path = data.draw(st.sampled_from(list(places(json.loads(sample)))))
        lines.append(replaced(sample, path, data.draw(values)))
    kept = shelf.lines(*lines)
    assert [event["line"] for event in kept.events] == list(range(1, len(lines) + 1))
    for event in kept.events:
        for column, quantity in EVENT_COLUMNS.items():
            expected = str if quantity is Quantity.TEXT else int
            assert event[column] is None or isinstance(event[column], expected)
        for column in ("duration_ns", "input_materialization_ns", "output_size", "time"):
            assert event[column] is None or event[column] >= 0
