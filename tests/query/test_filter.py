"""What filters select: each form of the language on a log, and what no log and no text may bring about."""

from __future__ import annotations

import json
from datetime import UTC, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlx.dialects.buck2_user import BUCK2_USER
from tlx.model import EVENT_COLUMNS, Quantity
from tlx.query import kinds, rows, timeline
from tlx.query.ask import Scope
from tlx.query.concurrency.slate import Stack
from tlx.query.fields import field
from tlx.query.grouping.groups import groups
from tlx.query.language.compile import ALIASES, FIELDS, ROOTS, Context, compile_filter
from tlx.query.language.parse import MOST_TERMS, MOST_VALUES, FilterError
from tlx.query.language.quote import clause, in_quotes

MS = 10**6
BEGIN = 1_771_287_108_000 * MS  # 2026-02-17T00:11:48Z


def select(filled, text, context=None):
    """Return the ids of the events that a filter selects."""
    scope = Scope(compile_filter(text, context))
    return [row[0] for row in rows.page(filled.asker, scope, ("id",), rows.Order("id"), (0, 10_000))]


def naive(filled, holds):
    """Return the ids of the events for which a condition holds."""
    return [event["id"] for event in filled.events if holds(event)]


def ns(event):
    """Return the duration of an event, or -1."""
    return -1 if event["duration_ns"] is None else event["duration_ns"]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("", lambda event: True),
        ("  \n ", lambda event: True),
        ('""', lambda event: True),
        ("rustc", lambda event: "rustc" in event["raw"].lower()),
        ("Cxx_Compile", lambda event: "Cxx_Compile" in event["raw"]),
        ('"a b"', lambda event: "a b" in event["raw"].lower()),
        ("rustc file_1", lambda event: "rustc" in event["raw"] and "file_1" in event["raw"]),
        ("kind = Run", lambda event: event["kind"] == "Run"),
        ("kind == run", lambda event: False),
        ("kind:run", lambda event: event["kind"] == "Run"),
        ("exec != local", lambda event: event["execution_kind"] not in (None, "Local")),
        ("exec *= cache", lambda event: "cache" in (event["execution_kind"] or "").lower()),
        ("identifier^=file_1", lambda event: event["identifier"].startswith("file_1")),
        ("id $= 1", lambda event: event["identifier"].endswith("1")),
        ("id ~ ^file_[12]$", lambda event: event["identifier"] in ("file_1", "file_2")),
        ('id !~ "[0-5]$"', lambda event: event["identifier"][-1] in "6789"),
        ("cat ~ CXX", lambda event: False),
        ("cat ~ cxx", lambda event: "cxx" in event["category"].lower()),
        (r'cat ~ "\Scxx"', lambda event: False),
        ('cat ~ "(?i)CXX"', lambda event: "cxx" in event["category"].lower()),
        ("kind in (Run, Copy)", lambda event: event["kind"] in ("Run", "Copy")),
        ("kind in (run, ensure)", lambda event: event["kind"] in ("Run", "ensure")),
        ("kind not in (Run, Copy)", lambda event: event["kind"] == "ensure"),
        ("not kind in (Run, Copy)", lambda event: event["kind"] in ("ensure", None)),
        ("line in (900, 3, 901)", lambda event: event["line"] in (900, 3, 901)),
        ("line not in (900, 3)", lambda event: event["line"] not in (900, 3)),
        ("duration in (20ms, 0.001s)", lambda event: ns(event) in (20 * MS, MS)),
        ("duration > 20", lambda event: ns(event) > 20 * MS),
        ("dur>=0.02s", lambda event: ns(event) >= 20 * MS),
        ("duration <= 1m30s", lambda event: ns(event) >= 0),
        ("duration < 1h", lambda event: ns(event) >= 0),
        ("duration_ns = .5ms", lambda event: ns(event) == MS // 2),
        ("duration 10ms..20ms", lambda event: 10 * MS <= ns(event) <= 20 * MS),
        ("duration = 10ms..20ms", lambda event: 10 * MS <= ns(event) <= 20 * MS),
        ("duration 10..", lambda event: ns(event) >= 10 * MS),
        ("duration ..10", lambda event: 0 <= ns(event) <= 10 * MS),
        ("size > 1.5kB", lambda event: (event["output_size"] or 0) > 1500),
        ("size >= 1KiB", lambda event: (event["output_size"] or 0) >= 1024),
        ("size < 1GiB", lambda event: event["output_size"] is not None),
        ("run = 2 line > 900", lambda event: event["run"] == 2 and event["line"] > 900),
        ("event_id = 7", lambda event: event["id"] == 7),
        ("time >= 2026-02-17T00:11:48.1Z", lambda event: (event["time"] or 0) >= BEGIN + 100 * MS),
        ("time >= 2026-02-17T01:11:48.1+01:00", lambda event: (event["time"] or 0) >= BEGIN + 100 * MS),
        ("time > 2026-02-17", lambda event: event["time"] is not None),
        ("owner = ''", lambda event: False),
        ("exists(owner)", lambda event: True),
        ("missing(kind)", lambda event: event["kind"] is None),
        ("cached", lambda event: event["status"] == "cached"),
        ("not cached", lambda event: event["status"] != "cached"),
        ("slow", lambda event: False),
        ("failed", lambda event: False),
        ("kind = Run or kind = Copy", lambda event: event["kind"] in ("Run", "Copy")),
        ("kind = Run and not (dur > 5 or rustc)", None),
        ("!(kind = Run) && (cat = rustc || cat = link)", None),
        ("name.category = rustc", lambda event: event["category"] == "rustc"),
        ("name.category == Rustc", lambda event: False),
        (".ActionExecutionEvent.name.category = link", lambda event: event["category"] == "link"),
        (".epoch_millis > 1771287108100", lambda event: (event["time"] or 0) > BEGIN + 100 * MS),
        ("raw ~ cxx_.*file_1", None),
    ],
)
def test_each_form_of_the_language(build, text, holds):
    """Every form of a term selects what it means, whether the payload's roots are known or not."""
    wanted = naive(build, holds or MEANINGS[text])
    assert select(build, text) == wanted
    assert select(build, text, Context(roots=(("ActionExecutionEvent",), ()))) == wanted
    assert select(build, text, Context(roots=None)) == wanted


def meaning_of_kinds(event):
    """Run, and neither long nor rustc."""
    return event["kind"] == "Run" and not (ns(event) > 5 * MS or "rustc" in event["raw"].lower())


MEANINGS = {
    "kind = Run and not (dur > 5 or rustc)": meaning_of_kinds,
    "!(kind = Run) && (cat = rustc || cat = link)": lambda event: (
        event["kind"] != "Run" and event["category"] in ("rustc", "link")
    ),
    "raw ~ cxx_.*file_1": lambda event: "cxx_" in event["raw"].lower() and "file_1" in event["raw"],
}


def test_a_missing_value_holds_for_neither(fill, action):
    """A comparison with a missing value is false, and so is its negation by operator; `not` is plain negation."""
    filled = fill([action(owner=None, output_size=None, duration=None, end=None), action(owner="x", output_size=1)])
    context = Context(run_starts={1: BEGIN})
    for text in (
        *("owner = x", "owner != x", "owner ~ x", "owner !~ x", "owner in (x)", "owner not in (y)", "owner *= x"),
        *("size = 1", "size != 1", "size in (1)", "size not in (2)", "size 0..2", "dur >= 0", "dur < 9h"),
        *("time > 2000-01-01", "time != +0s", "time > -1s", "start not in (+5s)"),
        *("m.x = 1", "m.x != 1", "m.x ~ x", "m.x !~ x", "m.x in (1)", "m.x not in (1)", "m.x > 1", "m.x 1..2"),
    ):
        assert 2 not in select(filled, text, context), text
        assert 2 in select(filled, f"not ({text})", context), text
        both = select(filled, text, context) + select(filled, f"not {text}", context)
        assert sorted(both) == [2, 3], text


def test_aliases_mean_their_fields(build):
    """Each alias selects as its field does, and every column can be named."""
    for alias, named in ALIASES.items():
        value = "Local" if EVENT_COLUMNS[named] is Quantity.TEXT else "5"
        if named != "id":  # which is the alias of another field
            assert select(build, f"{alias} = {value}") == select(build, f"{named} = {value}")
    assert set(EVENT_COLUMNS) < set(FIELDS)


@pytest.fixture
def payloads(fill):
    """Events with payloads of all shapes, from id 2."""
    metadata = (
        {"n": 3, "t": "Foo", "list": [1, {"x": "deep"}], "odd key": {"0": "zero"}, "when_ms": 1500, "bytes": 2048},
        {"n": "3", "t": "foo", "list": [], "a.b": 1, "": {"": "empty"}, "*": "star", 'q"\\': "quote"},
        {"n": 3.5, "t": None, "n2": "x3", "nan": "NaN"},
        {"n": True, "t": "null", "n2": "-7.5e1"},
        {"n": 9007199254740993},
        {"n": 9007199254740992},
        {},
    )
    user = [json.dumps({"StarlarkUserEvent": {"id": "x", "metadata": each}, "epoch_millis": 5}) for each in metadata]
    return fill(
        [*user, '{"metadata":{"n":4,"list":[7]},"n":5,"in":{"n":{"n":6}}}', '{"a":{"n":{"n":1}},"b":{"n":{"n":2}}}']
    )


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("metadata.n = 3", [2, 3]),
        ("metadata.n == 3", [2, 3]),
        ("metadata.n = 3.0", [2, 3]),
        ("metadata.n == 3.0", []),
        ("metadata.n != 3", [4, 5, 6, 7, 9]),
        ("metadata.n > 3", [4, 6, 7, 9]),
        ("metadata.n >= 3 metadata.n < 5", [2, 3, 4, 9]),
        ("metadata.n 3..4", [2, 3, 4, 9]),
        ("metadata.n in (3.5, true)", [4, 5]),
        ("metadata.n not in (3.5, TRUE)", [2, 3, 5, 6, 7, 9]),
        ("metadata.n = 9007199254740993", [6]),
        ("metadata.n > 9007199254740992", [6]),
        ("metadata.n in (9007199254740993, 3)", [2, 3, 6]),
        ("metadata.n = tRUE", []),
        ("metadata.n = true", [5]),
        ("metadata.n *= 3", [2, 3, 4, 6]),
        ("metadata.n ~ ^[0-9]$", [2, 3, 9]),
        ("metadata.n2 < 0", [5]),
        ("metadata.nan > 0", []),
        ("metadata.nan != 3", [4]),
        ("metadata.t = foo", [2, 3]),
        ("metadata.t = Foo", [2]),
        ("metadata.t != foo", [5]),
        ("metadata.t = null", [4, 5]),
        ("metadata.t == null", [4, 5]),
        ("metadata.t in (null, Foo)", [2, 4, 5]),
        ("metadata.t != null", [2, 3]),
        ("metadata.t not in (null)", [2, 3]),
        ("metadata.t = NULL", []),
        ("exists(metadata.t)", [2, 3, 4, 5]),
        ("missing(metadata.t)", [6, 7, 8, 9, 10]),
        ("exists(metadata)", [2, 3, 4, 5, 6, 7, 8, 9]),
        ("missing(.metadata)", [2, 3, 4, 5, 6, 7, 8, 10]),
        ("metadata *= deep", [2]),
        ("metadata = {}", [8]),
        ("metadata.list = []", [3]),
        ("metadata.list[0] = 1", [2]),
        ("metadata.list[-1].x = deep", [2]),
        ("metadata.list[5] = 1", []),
        ("exists(metadata.list[0])", [2, 9]),
        ('metadata."odd key".0 = zero', [2]),
        ('metadata."odd key"[0] = zero', []),
        ('metadata."a.b" = 1', [3]),
        ("metadata.a.b = 1", []),
        ('metadata.""."" = empty', [3]),
        ('exists(metadata."")', [3]),
        ('metadata."*" = star', [3]),
        ('exists(metadata."*")', [3]),
        ('metadata."q\\"\\\\" = quote', [3]),
        ("metadata.when_ms > 1s", [2]),
        ("metadata.when_ms 1499..1.5s", [2]),
        ("metadata.bytes >= 2KiB", [2]),
        (".n = 5", [9]),
        (".metadata.n = 4", [9]),
        (".StarlarkUserEvent.metadata.n = 3", [2, 3]),
        ("in.n = 5", []),
        ("n.n = 6", []),
        (".in.n.n = 6", [9]),
    ],
)
def test_payload_paths(payloads, text, ids):
    """A path reaches any value of a payload, whatever its keys; numbers are compared where there are numbers."""
    assert select(payloads, text) == ids


NUMBERS = ("12", " 12 ", "\t12\n", "+12", "012", "12.", "12.0", "1.2e1", "120E-1", ".12e+2")
NO_NUMBERS = ("0x0c", "0b1100", "0o14", "1_2", "12_", "_12", "1_2.0", "1.2e0_1", "+-12", "-+12", "++12", "+ 12", "1 2")
NO_NUMBERS += (
    "12,0",
    "12ms",
    "12e",
    "e12",
    ".",
    "",
    "\u0661\u0662",
    "12\xa0",
    "nan",
    "inf",
    "-Infinity",
    "1e999",
    "true",
)


@pytest.mark.parametrize(
    "question",
    [
        "= 12",
        "in (12)",
        "in (12, 9223372036854775807)",
        "11..13",
        "> 11.5",
        "< 9223372036854775808",
        "> -9223372036854775808",
    ],
)
def test_which_texts_are_numbers(fill, question):
    """Digits with a sign, a point and an exponent, blanks around them; not all that the store could read as one."""
    filled = fill([json.dumps({"event": "x", "n": text}) for text in (*NUMBERS, *NO_NUMBERS)])
    assert select(filled, f".n {question}") == [event["id"] for event in filled.events[: len(NUMBERS)]]


def test_known_roots_are_tried_in_their_order(payloads):
    """Where it is known in what payloads lie, paths begin there and nowhere else; or in any object of the record."""
    assert select(payloads, "n.n > 0", Context(roots=(("b",), ("a",)))) == [10]
    assert select(payloads, "n.n = 2", Context(roots=(("b",), ("a",)))) == [10]
    assert select(payloads, "n.n = 1 or n.n = 6", Context(roots=None)) == [9, 10]
    assert select(payloads, "n.n = 2", Context(roots=None)) == []
    assert select(payloads, "metadata.n = 3", Context(roots=None)) == [2, 3]
    assert select(payloads, "metadata.n = 3", Context(roots=((),))) == []
    assert select(payloads, "metadata.n > 3", Context(roots=((), ("StarlarkUserEvent",)))) == [4, 6, 7, 9]
    assert select(payloads, "exists(n)", Context(roots=(("metadata",),), payload=frozenset("n"))) == [9]


def test_null_is_no_value_of_a_field(fill):
    """A field that is null in the line is missing, as in groups; a path to the same place tells it from nothing."""
    with_owner = {"kind": "Run", "duration_millis": 1, "owner": "x"}
    lines = [with_owner, with_owner | {"owner": None}, {"kind": "Run", "duration_millis": 1}]
    filled = fill([json.dumps({"ActionExecutionEvent": line, "epoch_millis": 5}) for line in lines])
    (x, null, absent) = (event["id"] for event in filled.events)
    assert (select(filled, "exists(owner)"), select(filled, "missing(owner)")) == ([x], [null, absent])
    assert select(filled, "exists(.ActionExecutionEvent.owner)") == [x, null]
    assert select(filled, "missing(.ActionExecutionEvent.owner)") == [absent]
    by = field("owner")
    for group in groups(filled.asker, Scope(), [by]).rows:
        assert len(select(filled, by.clause(group.values[0]))) == group.calls


def test_lines_that_are_no_json_have_no_payload(build):
    """A line that is no JSON, as in logs of text, is searched as text and has no paths; nothing fails."""
    build.asker.rows(
        "UPDATE fresh_events SET raw = CASE id % 3 WHEN 0 THEN 'plain x.y text' WHEN 1 THEN '{torn' ELSE ' 	{}' END"
    )
    assert select(build, "exists(x.y) or x.y != 3 or .x ~ a") == []
    assert select(build, 'exists(x."") or x."*" = 3 or exists(."*".x)') == []
    assert select(build, "not exists(x.y)") == naive(build, lambda event: True)
    assert select(build, '"plain x.y"') == naive(build, lambda event: event["id"] % 3 == 0)


@settings(max_examples=12)
@given(data=st.data())
def test_a_clause_selects_exactly_its_value(fill, data):
    """A clause written for any text selects exactly the events that have it: quotes, escapes, controls and all."""
    any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    odd = st.text("\"\\'\n\r\t\x00\x1b\u2028U0a é(", max_size=6)
    values = data.draw(st.lists(st.one_of(odd, any_text), min_size=1, max_size=3))
    filled = fill([json.dumps({"status": value, "more": {"of": value}}) for value in values])
    for value in values:
        exact = [event["id"] for event in filled.events if event["status"] == value]
        for path in ("status", ".more.of"):
            assert select(filled, clause(path, "==", value)) == exact
            assert set(exact) <= set(select(filled, clause(path, "=", value)))
            assert set(exact) <= set(select(filled, clause(path, "*=", value)))
            assert set(exact) <= set(select(filled, f"{path} in ({in_quotes(value)}, {in_quotes(value)})"))
            others = [event["id"] for event in filled.events if event["status"] != value]
            assert set(select(filled, clause(path, "!=", value))) <= set(others)
        assert set(exact) <= set(select(filled, in_quotes(value)))


@settings(max_examples=20)
@given(data=st.data())
def test_any_key_is_only_a_key(fill, data):
    """A path through any keys at all reaches the value that lies there, and no other."""
    odd = st.sampled_from(("", "*", "$", "[0]", "#-1", "a.b", '"', "\\", "~", "/", "?"))
    any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
    path = data.draw(st.lists(st.one_of(odd, any_text), min_size=1, max_size=4))
    value = "here"
    for key in reversed(path):
        value = {key: value, key + "'": "elsewhere"}
    filled = fill([json.dumps({"metadata": value}), '{"metadata":{}}'])
    written = "".join("." + in_quotes(key) for key in path)
    for text in (f"metadata{written} == here", f".metadata{written} == here", f"exists(metadata{written})"):
        assert select(filled, text) == [2], text
        assert select(filled, text, Context(roots=((),))) == [2], text


@pytest.mark.parametrize(
    "value", ["İ", "ΟΔΟΣ", "οδος", "ß", "ẞ", "Ǆ", "\ua7cb", "\U00010d50", "ﬁ", "\u017f", "K", "😀"]
)
def test_text_equals_itself_whatever_its_case(fill, value):
    """Smart case never keeps a value from matching itself, even letters whose case Python and the store see apart."""
    filled = fill([json.dumps({"status": value}, ensure_ascii=escaped) for escaped in (False, True)])
    for operator in ("=", ":", "==", "*=", "^=", "$=", "~"):
        assert select(filled, clause("status", operator, value)) == [2, 3], operator
    assert select(filled, f"status in ({value})") == [2, 3]
    assert select(filled, in_quotes(value)) == [2, 3]
    assert select(filled, in_quotes(value * 500)) == []


def test_a_phrase_is_found_as_the_log_escapes_it(fill):
    """A phrase is found in the text of an event also where JSON had to escape it, or did without need."""
    filled = fill(
        [
            json.dumps({"message": 'say "hi" to C:\\tmp'}),
            json.dumps({"message": "déjà vu"}),
            json.dumps({"message": "DÉJÀ VU"}, ensure_ascii=False),
            json.dumps({"message": "one\ntwo"}),
            '{"message":"\\/\\/app:lib"}',
            '{"message":"d\\u00C9j\\u00e0"}',
        ]
    )
    assert select(filled, in_quotes('say "hi"')) == [2]
    assert select(filled, in_quotes("C:\\tmp")) == [2]
    assert select(filled, "déjà") == [3, 4, 7]
    assert select(filled, "DÉJÀ") == [4]
    assert select(filled, in_quotes("one\ntwo")) == [5]
    assert select(filled, "//app") == [6]
    assert select(filled, "É") == [4, 7]


def test_long_text_is_looked_for_all_the_same(fill):
    """Text of any length is found: it never becomes a pattern too large for the store."""
    long = "ab/é" * 5000
    filled = fill([json.dumps({"message": long}, ensure_ascii=False), "{}"])
    assert select(filled, long) == [2]
    assert select(filled, in_quotes(long.upper())) == []
    assert select(filled, clause("name", "=", long)) == [2]


def test_times_and_durations_are_exact_to_the_nanosecond(fill):
    """Nanoseconds are compared as typed: no float comes between."""
    time, long = 1_771_287_108_507_237_051, 9_007_199_254_740_993
    filled = fill([json.dumps({"timestamp": time}), json.dumps({"timestamp": time + 1})])
    assert select(filled, "time = 2026-02-17T00:11:48.507237051Z") == [2]
    assert select(filled, "time > 2026-02-17T00:11:48.507237051Z") == [3]
    for text in (f"{long}ns", "9007199.254740993s", "9007199254.740993", "2501h59m59.254740993s"):
        assert compile_filter(f"duration = {text}").values == (long,), text
    assert compile_filter("size = 9007199254740993B").values == (long,)


HOUR = 3600 * 10**9
NIGHT = 1_771_370_000 * 10**9  # 2026-02-17T23:13:20Z


@pytest.mark.parametrize(
    ("text", "zone", "ids"),
    [
        ("time >= +1h", UTC, [3, 4, 6]),
        ("time < +1h", UTC, [2, 5]),
        ("time +1h..+2h", UTC, [3, 6]),
        ("time >= +60:00", UTC, [3, 4, 6]),
        ("time >= +1:00:00.5", UTC, [4]),
        ("time = +0", UTC, [2, 5]),
        ("time > -1s", UTC, [2, 3, 4, 5, 6]),
        ("time 23:00..23:30", UTC, [2, 5]),
        ("time 23:13:20..+1h", UTC, [2, 3, 5, 6]),
        ("time >= 00:13", UTC, [3, 4, 6]),
        ("time >= 1:13", timezone(timedelta(hours=1)), [3, 4, 6]),
        ("time < 18:13:21", ZoneInfo("America/New_York"), [2, 5]),
        ("time 23:30..0:30", UTC, [3, 6]),
        ("time >= 2026-02-18T01:13", ZoneInfo("Europe/Berlin"), [3, 4, 5, 6]),
        ("time >= 2026-02-18T00:13Z", ZoneInfo("Europe/Berlin"), [3, 4, 5, 6]),
        ("time 2026-02-18T00:13Z..+2m", UTC, [3]),
        ('time < "2026-02-18 00:13"', UTC, [2]),
        ("time in (+0s, 00:13:20)", UTC, [2, 3, 5, 6]),
        ("time not in (+0s, 00:13:20)", UTC, [4]),
        ("time > 0001-01-01", UTC, [2, 3, 4, 5, 6]),
    ],
)
def test_times_are_those_of_the_run_and_of_the_zone(fill, text, zone, ids):
    """Clock times and times from the start are those of each event's own run, in the zone that is shown."""
    first = [NIGHT, NIGHT + HOUR, NIGHT + 3 * HOUR]
    second = [NIGHT + 48 * HOUR, NIGHT + 49 * HOUR]
    lines = [[json.dumps({"timestamp": at}) for at in run] for run in (first, second)]
    filled = fill(lines[0][:3], lines[1])
    numbered = {event["id"]: number for number, event in enumerate(filled.events, 2)}
    context = Context(zone=zone, run_starts={1: NIGHT, 2: NIGHT + 48 * HOUR})
    condition = compile_filter(text, context)
    assert [numbered[found] for found in select(filled, text, context)] == ids
    assert condition.by_run == ("-" not in text or "-1s" in text)


def test_times_of_a_run_that_is_not_known_hold_for_none_of_its_events(fill):
    """Where a run starts may not be known yet: then its clock is not either, and nothing fails."""
    filled = fill(['{"timestamp":5}'], ['{"timestamp":5}'])
    for starts in ({}, {1: 0}, {7: 0}, {1: -(2**63) + 1}, {1: 2**63 - 1}):
        context = Context(run_starts=starts, zone=ZoneInfo("Asia/Kathmandu"))
        for text in ("time > +1s", "time >= 10:30", "time 10:30..+1h", "time in (+1s)", "time 10:30..9:30"):
            assert 4 not in select(filled, text, context)
    assert select(filled, "time < +9s", Context(run_starts={1: 0})) == [2]


def test_named_filters(build):
    """A bare word that names a filter means it; between quotes it is text; and filters may name filters."""
    mine = {"mine": "kind = Run", "both": "mine cached or kind = Copy", "all": "  ", "odd": "(", "Local": "kind = x"}
    context = Context(filters=mine | {"cached": "status = cached"})
    expected = naive(
        build, lambda event: (event["kind"] == "Run" and event["status"] == "cached") or event["kind"] == "Copy"
    )
    assert select(build, "both", context) == expected
    assert select(build, "not both", context) == naive(build, lambda event: event["id"] not in expected)
    assert select(build, "all", context) == naive(build, lambda event: True)
    assert select(build, "not all", context) == []
    assert select(build, '"mine"', context) == []
    assert select(build, "Local", context) == []
    assert select(build, "local", context) == naive(build, lambda event: "local" in event["raw"].lower())
    with pytest.raises(FilterError, match=r"in the filter odd, column 2: expected something") as caught:
        compile_filter("a odd", context)
    assert caught.value.column == 2


def test_named_filters_do_not_name_themselves():
    """A filter that names itself, by whatever way, is refused, and so is one that would grow without end."""
    context = Context(filters={"a": "b", "b": "x or c", "c": "a", "self": "self"})
    with pytest.raises(
        FilterError, match='the filter self names itself; put the word in quotes to look for it: "self"'
    ):
        compile_filter("self", context)
    with pytest.raises(FilterError, match="the filter a names itself") as caught:
        compile_filter("rustc a", context)
    assert caught.value.column == 6
    growing = {f"n{number}": f"n{number + 1} " * 9 for number in range(6)}
    with pytest.raises(FilterError, match="too many terms"):
        compile_filter("n0", Context(filters=growing))
    long = {f"n{number}": f"not ({'(' * 30}n{number + 1}{')' * 30})" for number in range(300)}
    with pytest.raises(FilterError, match="too many named filters in one another"):
        compile_filter("n0", Context(filters=long))


def test_sizes_go_as_far_as_the_logs(fill, action):
    """The largest size that a log can hold, an unsigned 64-bit integer, can be asked for."""
    filled = fill([action(output_size=2**64 - 1), action(output_size=5)])
    assert select(filled, f"size = {2**64 - 1}") == [2]
    assert select(filled, f"size in ({2**64 - 1}, 5)") == [2, 3]
    assert select(filled, f"size < {2**64 - 1}") == [3]


@pytest.mark.parametrize(
    "text",
    [
        '"\'; DROP TABLE events; --"',
        "name = \"x' OR '1'='1\"",
        'name == "\') OR true --"',
        'name *= "%"',
        "name = \"read_text('/etc/passwd')\"",
        'kind = "(SELECT sql FROM duckdb_tables())"',
        "kind = $1 ? $text",
        "status ^= \"a', 1) OR contains('\"",
        'metadata."x\') OR true --" = 1',
        'metadata."x\\"\') OR true --" != 1',
        '."$.*" != 1 ."\'" ~ "\'"',
        'status in ("\'", "]) OR true --")',
        "status ~ \"', 'i'[)] OR true --\"",
        'exists(."x\')) OR true --")',
    ],
)
def test_a_filter_is_only_ever_text(fill, text):
    """SQL in a filter is text to look for: nothing is run, dropped or let in by it."""
    filled = fill(['{"status":"plain","level":"info","message":"harmless"}'])
    assert select(filled, text) == []
    assert select(filled, "harmless") == [2]


PIECES = (
    *(
        "name",
        "dur",
        "size",
        "time",
        "id",
        "owner",
        "metadata.x",
        ".x",
        "durtion",
        "raw",
        'm."*"',
        "x[0]",
        'a.""',
        "cached",
    ),
    *(
        "=",
        "==",
        ":",
        "!=",
        "<",
        ">=",
        "*=",
        "^=",
        "$=",
        "~",
        "!~",
        "!",
        "(",
        ")",
        " in ",
        " not in (",
        "and",
        "or",
        "not",
    ),
    *(
        '"',
        '"a b"',
        "\\",
        "1",
        "-1",
        "2s",
        "1e9",
        "9" * 500,
        "10:30",
        "2026-02-17",
        "+90s",
        "..",
        "1..2",
        "'",
        "exists(",
    ),
    *(
        " ",
        "\n",
        "\x00",
        "\ud800",
        "²",
        "٣",
        "1" * 5000 + ".5s",
        "0001-01-01T00:00:00+23:59",
        ",",
        "&&",
        "||",
        ".*",
        "[",
        "e999",
    ),
)


@settings(max_examples=100)
@given(text=st.one_of(st.text(max_size=20), st.lists(st.sampled_from(PIECES), max_size=7).map("".join)))
def test_any_text_filters_or_is_refused(fill, text):
    """Any text at all either runs on the store or is refused with a place inside it and a reason in one line."""
    filled = fill(['{"status":"plain","timestamp":5,"metadata":{"x":"1e999","*":[null]},"x":["NaN"]}'])
    refusal = None
    try:
        condition = compile_filter(text, Context(run_starts={1: 5}))
    except FilterError as error:
        refusal = error
    if refusal is None:
        assert rows.total(filled.asker, Scope(condition)) in (0, 1)
    else:
        assert 0 <= refusal.column <= len(text)
        assert str(refusal).isprintable()


def test_the_longest_filters_run(fill, action):
    """A filter of as many terms, values and parentheses as there may be overflows neither a stack nor the store."""
    filled = fill([action(owner="x"), action(owner="y")])
    assert select(filled, "owner = x " * MOST_TERMS) == [2]
    assert select(filled, "owner = x or " * (MOST_TERMS - 1) + "owner = y") == [2, 3]
    assert select(filled, f"owner in ({'z, ' * (MOST_VALUES - 1)} y)") == [3]
    assert select(filled, f"line in ({'9, ' * (MOST_VALUES - 1)} 2)") == [2]
    assert select(filled, f"m.x in ({'9, ' * (MOST_VALUES // 2)} {'z, ' * (MOST_VALUES // 2)})") == []
    assert select(filled, "not (kind = a or " * 19 + "owner = x" + ")" * 19) == [3]


def test_every_pane_takes_every_form(build):
    """Conditions stand in the questions of all panes: sets, paths, negations and times of a run."""
    text = "kind in (Run, Copy) not (name.category = rustc) !(owner ~ nothing) (time >= -1h or time >= 00:00)"
    scope = Scope(compile_filter(text, Context(run_starts={1: BEGIN, 2: BEGIN})))
    number = rows.total(build.asker, scope)
    assert 0 < number < 1000
    assert sum(kind.count for kind in kinds.kinds(build.asker, scope)) == number
    window = timeline.extent(build.asker, scope)
    assert timeline.density(build.asker, scope, window, 10, Stack("execution_kind", ("Local", ""))).busiest > 0
    assert timeline.marks(build.asker, scope, window, 10)
    assert groups(build.asker, scope, [field("owner")]).rows
    assert timeline.nearest(build.asker, scope, window[0])
    assert timeline.neighbour(build.asker, scope, None, 1)
    assert (
        rows.rank(
            build.asker,
            scope,
            rows.Order("duration_ns"),
            select(build, text, Context(run_starts={1: BEGIN, 2: BEGIN}))[0],
        )
        is not None
    )


def test_the_roots_are_the_tags_of_a_user_log():
    """Payloads begin inside the one tag that a record of a Buck2 user log has, and else in the record itself."""
    assert set(ROOTS) == {
        (),
        *((name,) for name, inside in BUCK2_USER.projection.structure.items() if inside != "BIGINT"),
    }


@pytest.mark.parametrize("roots", [None, ROOTS])
def test_no_payload_makes_a_filter_fail(fill, roots):
    """Nesting without end, text without end and numbers that nothing can hold are compared, or are false."""
    filled = fill(["{}"] * 4 + ['{"metadata":{"n":1},"metadata":{"n":2}}'])
    odd = (
        '{"metadata":' + '{"a":' * 100_000 + "1" + "}" * 100_001,
        '{"metadata":' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"metadata":{"a":"' + "x" * 1_000_000 + '","n":null}}',
        '{"metadata":{"n":1e999999,"k":' + "9" * 5000 + "}}",
    )
    for number, line in enumerate(odd, 2):
        filled.asker.rows("UPDATE fresh_events SET raw = ? WHERE id = ?", [line, number])
    context = Context(roots=roots)
    for text, ids in (
        ("metadata.a.a.a *= a", [2]),
        ("metadata.a = x", []),
        ("metadata.a ~ ^x", [4]),
        ("metadata[0][0] *= a", []),
        ("exists(metadata[0][0])", [3]),
        ("metadata.n > 0", [6]),
        ("metadata.n = 1", [6]),
        ("metadata.n = null", [4]),
        ("metadata.n != 3", [5, 6]),
        ("metadata.k > 0", []),
        ("metadata.k *= 999", [5]),
        ('exists(metadata."".a) or metadata."*" = 9007199254740993', []),
        ("not metadata.a.a.a *= a", [3, 4, 5, 6]),
        ("xxxx", [4]),
    ):
        assert select(filled, text, context) == ids, text
