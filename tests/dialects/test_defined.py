"""Dialects that a person defines in a TOML file."""

from __future__ import annotations

import contextlib
import json
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlx.config.dialect_files import DialectFile
from tlx.dialects.defined.table import DefinitionError
from tlx.dialects.known import DIALECTS, breakdown, chosen, decoders
from tlx.loading.reopen import meaning
from tlx.model import EVENT_COLUMNS, Quantity
from tlx.store.ingest import Ingester

SECOND = 10**9
Read = Callable[..., list[dict[str, Any]]]
HOSTILE = ("'", '"', "\\", "');--", "$x", "?", "{}", "%s", "\x00", "\n", "[bold]", "\u202e", "é", "*", "", "a.b", "[0]")
anything = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=8))


def written(value: Any) -> str:
    """A value as TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{basic(key)} = {written(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return basic(value) if isinstance(value, str) else json.dumps(value)


def basic(text: str) -> str:
    """A text as TOML, all that may not stand there escaped."""
    return '"' + "".join(c if c.isalnum() and c.isascii() else f"\\U{ord(c):08x}" for c in text) + '"'


def toml(**tables: Any) -> bytes:
    """A file that says this."""
    return "\n".join(f"{key} = {written(value)}" for key, value in tables.items()).encode()


def definition(columns: Any, **more: Any) -> bytes:
    """A file that defines a dialect of lines with a key `shop`."""
    return toml(**{"name": "shop", "recognise": {"keys": ["shop"]}, "columns": columns, **more})


@pytest.fixture(scope="module")
def read(shelf: Any) -> Read:
    """A function that puts lines into a store which knows the dialects of files, and returns the events."""

    def into(file: bytes, *lines: bytes | dict[str, Any], forced: str | None = None) -> list[dict[str, Any]]:
        dialects = chosen(forced, [DialectFile("shop.toml", file)])
        before = shelf._ingester
        shelf._ingester = Ingester(shelf.database, [one.projection for one in dialects], decoders(dialects))
        try:
            kept = shelf.lines(*(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines))
        finally:
            shelf._ingester.close()
            shelf._ingester = before
        events: list[dict[str, Any]] = kept.events
        return events

    return into


def wrong(file: bytes) -> str:
    """What is said of a file that defines no dialect."""
    with pytest.raises(DefinitionError) as caught:
        chosen(None, [DialectFile("shop.toml", file)])
    return str(caught.value)


def test_every_column(read: Read) -> None:
    """Each column is what stands at its path, with its unit."""
    texts = (
        "event",
        "name",
        "category",
        "identifier",
        "kind",
        "execution_kind",
        "status",
        "level",
        "owner",
        "trace",
        "span",
    )
    columns = {**{key: f"in.{key}" for key in texts}, "time": "at", "start": {"path": "from", "unit": "s"}}
    columns |= {"duration": {"path": "long", "unit": "us"}, "input_materialization": {"path": "wait", "unit": "m"}}
    columns |= {"output_size": {"path": "out", "unit": "KiB"}}
    line = {"shop": 1, "in": {key: f"<{key}>" for key in texts}, "at": "2026-11-21T10:00:00.123456789+01:00"}
    (found,) = read(definition(columns), line | {"from": 1700000000.000000001, "long": 1.5, "wait": 2, "out": 3})
    assert {key: found[key] for key in texts} == line["in"]
    assert found["dialect"] == "shop"
    assert found["time"] == 1795251600 * SECOND + 123456789
    assert found["start"] // 1000 == 1700000000 * 10**6  # the nanosecond is lost where a number of JSON is a float
    assert (found["duration_ns"], found["input_materialization_ns"], found["output_size"]) == (1500, 120 * SECOND, 3072)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({"t": 10, "d": 3}, (7, 10, 3)),
        ({"s": 7, "d": 3}, (7, 10, 3)),
        ({"s": 7, "t": 10}, (7, 10, 3)),
        ({"s": 6, "t": 10, "d": 3}, (6, 10, 3)),
        ({"t": 10}, (None, 10, None)),
        ({"s": 7}, (7, 7, None)),
        ({"d": 3}, (None, None, 3)),
        ({"s": 10, "t": 7}, (10, 7, None)),
        ({"t": -1, "d": -1}, (None, None, None)),
        ({"s": 2**63 - 2, "d": 3}, (2**63 - 2, None, 3)),
        ({"t": "x", "s": [], "d": {}}, (None, None, None)),
    ],
)
def test_any_two_times_make_the_third(read: Read, line: dict[str, Any], expected: tuple[int | None, ...]) -> None:
    """Of start, end and duration any two make the third; what cannot be is left out."""
    columns = {"time": {"path": "t", "unit": "ns"}, "start": {"path": "s", "unit": "ns"}}
    (found,) = read(definition(columns | {"duration": {"path": "d", "unit": "ns"}}), {"shop": 1} | line)
    assert (found["start"], found["time"], found["duration_ns"]) == expected


@pytest.mark.parametrize(
    ("unit", "value", "ns"),
    [
        ("ns", 1795255200123456789, 1795255200123456789),
        ("us", 1795255200123456, 1795255200123456000),
        ("ms", "1795255200123", 1795255200123000000),
        ("s", 1795255200, 1795255200 * SECOND),
        ("auto", 1795255200, 1795255200 * SECOND),
        ("auto", "2026-11-21T10:00:00Z", 1795255200 * SECOND),
        ("s", 2**63, None),
        ("ns", "2026-11-21T10:00:00Z", None),
    ],
)
def test_units_of_times(read: Read, unit: str, value: Any, ns: int | None) -> None:
    """A time is read in its unit, without losing a digit."""
    file = definition({"time": {"path": "t", "unit": unit}})
    assert read(file, {"shop": 1, "t": value})[0]["time"] == ns


@pytest.mark.parametrize(
    ("form", "value", "ns"),
    [
        ("%d/%b/%Y:%H:%M:%S %z", "21/Nov/2026:10:00:00 +0100", 1795251600 * SECOND),
        ("%Y-%m-%d %H:%M:%S.%n", "2026-11-21 10:00:00.123456789", 1795255200123456789),
        ("%y%m%d %I:%M %p 100%%", "261121 10:00 PM 100%", 1795298400 * SECOND),
        ("%Y", "9999", None),
        ("%Y", "no year", None),
        ("%Y'", "2026'", 1767225600 * SECOND),
    ],
)
def test_formats_of_times(read: Read, form: str, value: str, ns: int | None) -> None:
    """A time is read as its format says, in UTC where it names no zone."""
    assert read(definition({"time": {"path": "t", "format": form}}), {"shop": 1, "t": value})[0]["time"] == ns


def test_words_for_values(read: Read) -> None:
    """A map gives other words for values and leaves the rest; a default stands where there is nothing."""
    status = {"path": ["level", "code"], "map": {"err": "failed", "200": "ok", "true": "ok"}, "default": "unknown"}
    lines = [{"level": "err"}, {"code": 200}, {"level": True}, {"level": "odd"}, {}, {"level": None, "code": "err"}]
    found = read(definition({"status": status}), *({"shop": 1} | line for line in lines))
    assert [event["status"] for event in found] == ["failed", "ok", "ok", "odd", "unknown", "failed"]


def test_paths(read: Read) -> None:
    """A path goes through objects and arrays, by keys of any kind; Timestamp and timestamp are two."""
    paths = {"name": "a.b-c.@d", "kind": 'list[1]."x.y"', "owner": '"q\\"\\\\z"', "trace": "list[-1].z", "span": "A"}
    line = {"a": {"b-c": {"@d": "1"}}, "A": "5", "list": [0, {"x.y": "2"}, {"z": 4}], 'q"\\z': "3", "shop": {}}
    (found,) = read(definition(paths), line)
    assert [found[key] for key in paths] == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    ("recognise", "taken"),
    [
        ({"keys": ["a.b"]}, [0, 1]),
        ({"keys": "a.b", "lacks": ["c"]}, [0]),
        ({"values": {"c": 7}}, [1]),
        ({"values": {"c": ["x", 7, True]}}, [1, 2]),
        ({"values": {"a.b": "null"}}, []),
        ({"keys": ["a", "c"], "values": {"c": True}}, [2]),
    ],
)
def test_recognising(read: Read, recognise: Any, taken: list[int]) -> None:
    """Lines are told by keys that are there, null or not, by keys that are not, and by values; others stay others'."""
    lines = [{"a": {"b": None}}, {"a": {"b": 1}, "c": 7}, {"a": 1, "c": True}, {"c": None}]
    found = read(definition({"name": "c"}, recognise=recognise), *lines)
    expected = ["shop" if number in taken else "generic" for number in range(len(lines))]
    assert [event["dialect"] for event in found] == expected


def test_beside_the_built_in_ones(read: Read) -> None:
    """Lines of every dialect keep theirs, in any order, and what is no JSON is none."""
    lines = [(sample, dialect.name) for dialect in DIALECTS for sample in dialect.samples]
    mixed = [line for sample, _ in lines for line in (sample, b'{"shop":1}', b"no JSON", b'{"shop":', b"[]", b" ")]
    found = read(definition({"name": "x"}), *mixed)
    assert [event["dialect"] for event in found if event["dialect"] != "shop"] == [name for _, name in lines]
    assert sum(event["dialect"] == "shop" for event in found) == len(lines)


def test_it_comes_first(read: Read) -> None:
    """What a person says goes before what is built in: a line that another dialect would take too is this one's."""
    file = definition({"name": "action"}, recognise={"keys": ["feature", "action"]})
    sample = next(one for one in DIALECTS if one.name == "sourcegraph").samples[2]
    (found,) = read(file, sample)
    assert (found["dialect"], found["name"]) == ("shop", "view")


def test_forced(read: Read) -> None:
    """By its name it reads every line."""
    found = read(definition({"name": "x"}), {"x": 1}, b'{"StarlarkUserEvent":{"id":"foo"}}', forced="shop")
    assert [(event["dialect"], event["name"]) for event in found] == [("shop", "1"), ("shop", None)]


def test_two_files() -> None:
    """Files may define many dialects, each with a name of its own."""
    one, two = definition({"name": "x"}), definition({"name": "x"}, name="other")
    known = chosen(None, [DialectFile("1", one), DialectFile("2", two)])
    assert [dialect.name for dialect in known][:3] == ["shop", "other", "buck2-user"]
    with pytest.raises(DefinitionError, match="2: name: there is a dialect shop already"):
        chosen(None, [DialectFile("1", one), DialectFile("2", one)])


def test_what_the_panes_begin_with() -> None:
    """A definition says what the panes begin with; else these are the columns that it fills."""
    chosen(None, [DialectFile("1", definition({"name": "x", "status": "y", "owner": "z"}))])
    usual = breakdown("shop")
    assert (usual.facets, usual.groups) == (("name", "status", "owner"), ("name", "owner"))
    assert (usual.columns, usual.series) == (("status", "owner"), "status")
    panes = {"breakdown": ["owner"], "groups": "status", "timeline": "kind", "words": {"owner": "user"}}
    chosen(None, [DialectFile("1", definition({"name": "x", "status": "y"}, panes=panes))])
    said = breakdown("shop")
    assert (said.facets, said.groups, said.columns) == (("owner",), ("status",), ("status",))
    assert (said.series, said.words) == ("kind", {"owner": "user"})


def test_the_cache_sees_a_change() -> None:
    """An index that was made with another definition is none for this one."""
    files = (definition({"name": "a"}), definition({"name": "b"}), definition({"name": "a", "status": "a"}))
    known = [chosen(None, [DialectFile("shop.toml", file)]) for file in files]
    meanings = {meaning([one.projection for one in dialects], None) for dialects in (DIALECTS, *known)}
    assert len(meanings) == 4


OK = {"name": "shop", "recognise": {"keys": ["a"]}, "columns": {"name": "a"}}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": None}, "shop.toml: name: is missing; give the dialect a name"),
        ({"name": 7}, "shop.toml: name: 7 is no text; put it between quotes"),
        ({"name": "Shop"}, "shop.toml: name: 'Shop' is no name; use small letters"),
        ({"name": "x' OR 1"}, 'shop.toml: name: "x\' OR 1" is no name'),
        ({"name": "a" * 41}, "40 at most"),
        ({"name": "generic"}, "shop.toml: name: there is a dialect generic already; choose another"),
        ({"title": "\x1b[1m"}, "shop.toml: title: '\\x1b[1m' is no title"),
        ({"colums": {}}, "shop.toml: colums: means nothing here; did you mean columns?"),
        ({"recognise": None}, "shop.toml: recognise.keys: is missing; name what every line"),
        ({"recognise": 1}, "shop.toml: recognise: 1 is no table; write [recognise] above"),
        ({"recognise": {"lacks": ["a"]}}, "shop.toml: recognise.keys: is missing"),
        ({"recognise": {"key": ["a"]}}, "shop.toml: recognise.key: means nothing here; did you mean keys?"),
        ({"recognise": {"keys": [1]}}, "shop.toml: recognise.keys: a list is neither a text nor an array of texts"),
        ({"recognise": {"keys": ["a..b"]}}, "shop.toml: recognise.keys: 'a..b' is no path; write it like user.id"),
        ({"recognise": {"keys": ["a\x00"]}}, "'a\\x00' is no path"),
        ({"recognise": {"keys": ["[0]"]}}, "'[0]' is no path"),
        ({"recognise": {"keys": ['a."*"']}}, "holds a key that cannot be asked for"),
        ({"recognise": {"keys": ["a" * 1001]}}, "is too long; 1000 are the most"),
        ({"recognise": {"keys": ["a" + ".a" * 64]}}, "a path of 65 keys is too long; 64 are the most"),
        ({"recognise": {"values": {"a": 1.5}}}, "shop.toml: recognise.values.a: 1.5 is neither a text, an integer"),
        ({"recognise": {"values": {"a": {"b": "c"}}}}, "put a path of several keys between quotes"),
        ({"recognise": {"values": {"a": []}}}, "shop.toml: recognise.values.a: names no value; write at least one"),
        ({"panes": {"breakdown": ["owners"]}}, "shop.toml: panes.breakdown: 'owners' is no column of texts; there are"),
        ({"panes": {"timeline": ["name", "kind"]}}, "shop.toml: panes.timeline: names more than one column"),
        ({"panes": {"words": {"x": "y"}}}, "shop.toml: panes.words.x: means nothing here"),
        ({"panes": {"facets": ["name"]}}, "shop.toml: panes.facets: means nothing here"),
        ({"sensitive": ["a..b"]}, "shop.toml: sensitive: 'a..b' is no path; write it like user.id"),
        ({"sensitive": ["(?i).*"]}, "shop.toml: sensitive: '(?i).*' is no path"),
        ({"sensitive": ["_"]}, "shop.toml: sensitive: '_' holds a key without letters or digits"),
        ({"sensitive": ["a"] * 101}, "shop.toml: sensitive: 101 paths are too many; 100 are the most"),
        ({"sensitive": 1}, "shop.toml: sensitive: 1 is neither a text nor an array"),
        ({"columns": None}, "shop.toml: columns: is missing; say where things stand"),
        ({"columns": {"nam": "a"}}, "shop.toml: columns.nam: means nothing here; did you mean name?"),
        ({"columns": {"raw": "a"}}, "shop.toml: columns.raw: means nothing here; there are event, name,"),
        ({"columns": {"name": []}}, "shop.toml: columns.name: is missing; write the path"),
        ({"columns": {"name": {}}}, "shop.toml: columns.name.path: is missing; write the path"),
        ({"columns": {"duration": "a"}}, "shop.toml: columns.duration: says no unit; write duration = { path"),
        ({"columns": {"duration": {"path": "a"}}}, "shop.toml: columns.duration.unit: is missing; write one of ns, us"),
        ({"columns": {"duration": {"path": "a", "unit": "sec"}}}, "columns.duration.unit: 'sec' is none of ns, us, ms"),
        ({"columns": {"time": {"path": "a", "unit": "h"}}}, "shop.toml: columns.time.unit: 'h' is none of auto, ns"),
        ({"columns": {"time": {"path": "a", "format": "%H:%M"}}}, "columns.time.format: '%H:%M' has no year"),
        ({"columns": {"time": {"path": "a", "format": "%Y %Q"}}}, "columns.time.format: '%Q' is no part of a time"),
        ({"columns": {"time": {"path": "a", "format": "%Y%"}}}, "columns.time.format: '%' is no part of a time"),
        ({"columns": {"time": {"path": "a", "format": "%Y", "unit": "s"}}}, "stands beside a format; leave one"),
        ({"columns": {"status": {"path": "a", "map": {"x": ["y"]}}}}, "columns.status.map.x: a list is neither"),
        ({"span": 1}, "shop.toml: span: 1 is no table; write [span] above its keys"),
        ({"span": {"id": "a"}}, "shop.toml: span.begin: is missing; write what such a line holds, like begin = {"),
        (
            {"span": {"begin": {"a": "b"}}},
            "shop.toml: span.end: is missing; write what such a line holds, like end = {",
        ),
        (
            {"span": {"begin": {"a": "b"}, "end": {"a": "c"}}},
            "shop.toml: span.id: is missing; write where both lines say",
        ),
        ({"span": {"begin": {"a": []}, "end": {"a": "c"}}}, "shop.toml: span.begin.a: names no value; write at least"),
        ({"span": {"begin": "a"}}, "shop.toml: span.begin: 'a' is no table"),
        ({"span": {"begin": {"a..": 1}, "end": {"a": 1}}}, "shop.toml: span.begin.a..: 'a..' is no path"),
        ({"span": {"begin": {"a": 1}, "end": {"a": 2}, "id": ["a"] * 11}}, "span.id: 11 paths are too many; 10 are"),
        ({"span": {"start": {"a": 1}}}, "shop.toml: span.start: means nothing here; there are begin, end, failed, id"),
        ({"unfold": 1}, "shop.toml: unfold: 1 is neither a text nor an array of texts"),
        ({"unfold": "[0]"}, "shop.toml: unfold: '[0]' is no path; write it like user.id"),
        ({"unfold": ["a.b", "a.c"]}, "shop.toml: unfold: each path must begin with the one before it"),
        ({"unfold": ["a", "a"]}, "shop.toml: unfold: each path must begin with the one before it"),
    ],
)
def test_what_makes_no_sense(change: dict[str, Any], said: str) -> None:
    """What is wrong is told with the file, the key and what to do."""
    file = toml(**{key: value for key, value in {**OK, **change}.items() if value is not None})
    assert said in wrong(file)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"", "shop.toml: name: is missing"),
        (b"name = ", "shop.toml: no TOML: Invalid value (at end of document); correct it there"),
        (b"\xff", "shop.toml: not UTF-8 at byte 0; save it as UTF-8"),
        (b"a = " + b"[" * 100_000, "shop.toml: no TOML"),
        (b"a = " + b"9" * 5_000, "shop.toml: no TOML that can be read"),
        (b"name = 1979-05-27", "shop.toml: name: a date is no text"),
    ],
)
def test_what_is_no_toml(file: bytes, said: str) -> None:
    """So is a file that is no TOML at all."""
    assert said in wrong(file)


@given(data=st.data())
@settings(max_examples=15)
def test_hostile_definitions(read: Read, data: st.DataObject) -> None:
    """Whatever stands in a file that is accepted, it is compared as it is, and lines are events as before."""
    keys = anything.filter(lambda key: key not in ("", "*"))
    quoted = keys.map(lambda key: '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"')
    path = st.lists(quoted, min_size=1, max_size=3).map(".".join)
    told = st.one_of(path, st.lists(path, min_size=1, max_size=3))
    words = st.fixed_dictionaries({"path": told}, optional={"map": st.dictionaries(anything, anything, max_size=3)})
    key, value = data.draw(quoted), data.draw(anything)
    file = toml(
        name="shop",
        recognise={"keys": data.draw(st.lists(path, max_size=2)), "values": {key: [value]}},
        columns={
            "name": data.draw(told),
            "owner": data.draw(words),
            "time": {"path": data.draw(told), "format": data.draw(st.sampled_from(("%Y", "%Y'", "%Y?$1{}")))},
            "status": {"path": key, "map": {value: data.draw(anything)}},
        },
    )
    said = tomllib.loads(file.decode())["columns"]["status"]["map"][value]
    plain = json.loads(json.dumps(key))[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    lines = [{plain: value}, {"other": "2026", "shop": value}]
    found = read(file, *lines, forced="shop")
    assert [event["dialect"] for event in found] == ["shop", "shop"]
    assert found[0]["status"] == said
    events = read(file, *lines, b"'); DROP TABLE events;--", b'{"a":')
    assert {event["dialect"] for event in events} <= {"shop", "generic"}
    assert [json.loads(event["raw"]) for event in events] == lines


@given(data=st.data())
@settings(max_examples=60)
def test_any_text_is_read_or_refused(data: st.DataObject) -> None:
    """A file of anything defines a dialect or is refused with its name, and nothing else happens."""
    keys = st.sampled_from(("name", "title", "recognise", "columns", "keys", "values", "time", "path", "unit", "map"))
    leaves = st.one_of(anything, st.integers(), st.floats(), st.booleans())
    value = st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys | anything, inner, max_size=4)
    )
    tables = data.draw(st.dictionaries(keys | anything, value, max_size=5))
    file = "\n".join(f"{basic(key)} = {written(inner)}" for key, inner in tables.items()).encode()
    with contextlib.suppress(DefinitionError):
        assert len(chosen(None, [DialectFile("shop.toml", file)])) == len(DIALECTS) + 1


@given(
    record=st.recursive(
        st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("tsdowk"), inner, max_size=4),
        max_leaves=12,
    )
)
@settings(max_examples=25)
def test_any_record(read: Read, record: Any) -> None:
    """Whatever stands at its paths, a line is one event, and its columns are of their types or empty."""
    columns = {
        "time": ["t", "o.t"],
        "start": {"path": ["s", "w[0]"], "unit": "us"},
        "duration": {"path": ["d", "o.d"], "unit": "h"},
        "input_materialization": {"path": "w", "unit": "s"},
        "output_size": {"path": ["o", "w[1].o"], "unit": "GiB"},
        "name": "o",
        "status": {"path": "k", "map": {"true": "ok"}},
    }
    line = {"shop": 1} | (record if isinstance(record, dict) else {"t": record, "s": record, "o": record, "w": record})
    (found,) = read(definition(columns), line)
    assert found["dialect"] == "shop"
    for column, quantity in EVENT_COLUMNS.items():
        expected = str if quantity is Quantity.TEXT else int
        assert found[column] is None or isinstance(found[column], expected)
    for column in ("duration_ns", "input_materialization_ns", "output_size", "time"):
        assert found[column] is None or found[column] >= 0
