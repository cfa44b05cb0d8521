"""What filters select, measured against a naive evaluator that shares no code with the compiler."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlx.model import EVENT_COLUMNS, Quantity
from tlx.query import rows
from tlx.query.ask import Scope
from tlx.query.language.compile import ALIASES, FIELDS, compile_filter
from tlx.query.language.parse import MOST_TERMS, FilterError
from tlx.query.language.quote import clause, quoted

TEXT_FIELDS = tuple(
    name for name in EVENT_COLUMNS if EVENT_COLUMNS[name] is Quantity.TEXT and name not in ("raw", "dialect")
)
SPELLINGS = {
    "duration_ns": ("duration_ns", "duration", "dur"),
    "input_materialization_ns": ("input_materialization_ns", "input_materialization", "mat"),
    "output_size": ("output_size", "size"),
    "execution_kind": ("execution_kind", "exec"),
    "category": ("category", "cat"),
}
MS = 10**6
ORDERED = {
    "=": lambda a, b: a == b,
    "==": lambda a, b: a == b,
    ":": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
ON_TEXT = {
    "=": lambda a, b: a == b,
    ":": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "*=": lambda a, b: b in a,
    "^=": lambda a, b: a.startswith(b),
    "$=": lambda a, b: a.endswith(b),
}


def lowered(text):
    """Return text in lower case, character by character."""
    return "".join(character.lower()[0] for character in text)


def text_holds(field, operator, value):
    """Return what a comparison with text means for an event."""

    def holds(event):
        found = event[field]
        if found is None:
            return False
        if operator == "==":
            return found == value
        return ON_TEXT[operator](*((found, value) if any(c.lower() != c for c in value) else (lowered(found), value)))

    return holds


def number_holds(field, operator, value):
    """Return what a comparison with a number means for an event."""
    return lambda event: event[field] is not None and ORDERED[operator](event[field], value)


def word_holds(value):
    """Return what a bare word or a phrase means for an event."""
    if any(character.lower() != character for character in value):
        return lambda event: value in event["raw"]
    return lambda event: value in lowered(event["raw"])


def select(filled, text):
    """Return the ids of the events that a filter selects."""
    return [
        row[0] for row in rows.page(filled.asker, Scope(compile_filter(text)), ("id",), rows.Order("id"), (0, 10_000))
    ]


def naive(filled, *conditions):
    """Return the ids of the events for which all conditions hold."""
    return [event["id"] for event in filled.events if all(holds(event) for holds in conditions)]


letters = st.text("aAbBéÉжЖ_/:. \"\\'%\n\x1b", max_size=3)
WORDS = st.sampled_from(("rust", "RUSTC", "Cxx", "file_1", "a b", "", "root//", "cfg", "local", "Run"))


@st.composite
def terms(draw, events):
    """Return a filter term as text, and the naive meaning of it."""
    kind = draw(st.sampled_from(("word", "text", "text", "text", "duration", "size", "number", "time")))
    blank = draw(st.sampled_from(("", " ", "  ")))
    if kind == "word":
        value = draw(st.one_of(WORDS, st.sampled_from(("epoch_millis", "StarlarkUserEvent", "starlark"))))
        return quoted(value), word_holds(value)
    if kind == "text":
        field = draw(st.sampled_from(TEXT_FIELDS))
        present = [event[field] for event in events if event[field] is not None]
        seen = st.sampled_from(present) if present else letters
        changed = st.tuples(seen, st.integers(0, 4), st.integers(0, 8)).map(lambda t: t[0][t[1] : t[2]])
        value = draw(st.one_of(seen, seen.map(lowered), changed, letters, WORDS))
        operator = draw(st.sampled_from((*ON_TEXT, "==")))
        spelled = draw(st.sampled_from(SPELLINGS.get(field, (field,))))
        return f"{spelled}{blank}{operator}{blank}{quoted(value)}", text_holds(field, operator, value)
    field, written, value = draw(numbers(kind, events))
    operator = draw(st.sampled_from(tuple(ORDERED)))
    spelled = draw(st.sampled_from(SPELLINGS.get(field, (field,))))
    return f"{spelled}{blank}{operator}{blank}{written}", number_holds(field, operator, value)


@st.composite
def numbers(draw, kind, events):
    """Return a field that measures, a value as it may be typed, and the value."""
    fields = {
        "duration": ("duration_ns", "input_materialization_ns"),
        "size": ("output_size",),
        "number": ("id", "line", "run", "source"),
        "time": ("start", "time"),
    }[kind]
    field = draw(st.sampled_from(fields))
    present = [event[field] for event in events if event[field] is not None and event[field] < 2**63]
    value = draw(st.one_of(st.sampled_from(present or [0]), st.integers(0, 50 * MS), st.integers(0, 60)))
    if kind == "number":
        return field, str(value), value
    if kind == "time":
        value = max(0, value)
        zone = draw(st.sampled_from((UTC, timezone(timedelta(hours=2)), timezone(timedelta(hours=-3, minutes=-30)))))
        moment = datetime.fromtimestamp(value // 10**9, zone)
        stamp = moment.strftime(f"%Y-%m-%dT%H:%M:%S.{value % 10**9:09}%z")
        return field, stamp[:-2] + ":" + stamp[-2:] if zone is not UTC else stamp[:-5] + "Z", value
    if kind == "size":
        unit, factor = draw(st.sampled_from((("", 1), ("B", 1), ("KiB", 1024), ("kb", 1000), ("MiB", 1024**2))))
        value = value // factor * factor
        return field, f"{value // factor}{unit}", value
    unit, factor = draw(
        st.sampled_from((("ns", 1), ("us", 1000), ("µs", 1000), ("ms", MS), ("", MS), ("s", 1000 * MS)))
    )
    whole, rest = divmod(value, factor)
    fraction = f".{rest * 10**9 // factor:09}" if rest else ""
    if Fraction(f"{whole}{fraction or '.0'}") * factor != value:
        return field, f"{value}ns", value
    return field, f"{whole}{fraction}{unit}", value


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_a_filter_selects_what_it_says(fill, generate, data):
    """Any terms over any events select those for which every term holds by naive reading."""
    filled = fill(*data.draw(generate.logs()))
    chosen = data.draw(st.lists(terms(filled.events), min_size=1, max_size=3))
    text = data.draw(st.sampled_from((" ", "   ", "\n", "\t"))).join(term for term, _ in chosen)
    assert select(filled, text) == naive(filled, *(holds for _, holds in chosen))


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("", lambda event: True),
        ("  \n ", lambda event: True),
        ('""', lambda event: True),
        ("rustc", word_holds("rustc")),
        ("Cxx_Compile", word_holds("Cxx_Compile")),
        ('"a b"', word_holds("a b")),
        ("rustc file_1", lambda event: "rustc" in event["raw"] and "file_1" in event["raw"]),
        ("kind = Run", text_holds("kind", "==", "Run")),
        ("kind == run", text_holds("kind", "==", "run")),
        ("kind:run", text_holds("kind", "==", "Run")),
        ("exec != local", lambda event: event["execution_kind"] not in (None, "Local")),
        ("exec *= cache", lambda event: "cache" in (event["execution_kind"] or "").lower()),
        ("identifier^=file_1", lambda event: event["identifier"].startswith("file_1")),
        ("identifier $= 1", lambda event: event["identifier"].endswith("1")),
        ("duration > 20", number_holds("duration_ns", ">", 20 * MS)),
        ("dur>=0.02s", number_holds("duration_ns", ">=", 20 * MS)),
        ("duration <= 1m30s", number_holds("duration_ns", "<=", 90_000 * MS)),
        ("duration < 1h", number_holds("duration_ns", "<", 3_600_000 * MS)),
        ("duration_ns = .5ms", number_holds("duration_ns", "=", MS // 2)),
        ("size > 1.5kB", number_holds("output_size", ">", 1500)),
        ("size >= 1KiB", number_holds("output_size", ">=", 1024)),
        ("size < 1GiB", number_holds("output_size", "<", 1024**3)),
        ("run = 2 line > 900", lambda event: event["run"] == 2 and event["line"] > 900),
        ("time >= 2026-02-17T00:11:48.1Z", number_holds("time", ">=", 1_771_287_108_100 * MS)),
        ("time >= 2026-02-17T01:11:48.1+01:00", number_holds("time", ">=", 1_771_287_108_100 * MS)),
        ("time > 2026-02-17", number_holds("time", ">", 1_771_286_400_000 * MS)),
        ("owner = ''", lambda event: False),
    ],
)
def test_each_form_of_the_language(build, text, holds):
    """Every form of a term selects what it means."""
    assert select(build, text) == naive(build, holds)


def test_a_missing_value_holds_for_neither(fill, action):
    """A comparison with a missing value is false, and so is its negation."""
    filled = fill([action(owner=None, output_size=None, duration=None, end=None), action(owner="x", output_size=1)])
    for text in ("owner = x", "owner != x", "size = 1", "size != 1", "dur >= 0", "dur < 9h", "time > 2000-01-01"):
        assert 2 not in select(filled, text), text
        assert 3 in select(filled, text) or "!=" in text, text


def test_aliases_mean_their_fields(build):
    """Each alias selects as its field does, and every field can be named."""
    for alias, field in ALIASES.items():
        value = "Local" if EVENT_COLUMNS[field] is Quantity.TEXT else "5"
        assert select(build, f"{alias} = {value}") == select(build, f"{field} = {value}")
    assert set(EVENT_COLUMNS) - {"raw"} < set(FIELDS)


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_a_clause_selects_exactly_its_value(fill, data):
    """A clause written for any text selects exactly the events that have it: quotes, escapes, controls and all."""
    any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    odd = st.text("\"\\'\n\r\t\x00\x1b\u2028U0a é(", max_size=6)
    values = data.draw(st.lists(st.one_of(odd, any_text), min_size=1, max_size=6))
    filled = fill([json.dumps({"status": value}) for value in values])
    for value in values:
        exact = [event["id"] for event in filled.events if event["status"] == value]
        assert select(filled, clause("status", "==", value)) == exact
        assert set(exact) <= set(select(filled, clause("status", "=", value)))
        assert set(exact) <= set(select(filled, clause("status", "*=", value)))
        others = [event["id"] for event in filled.events if event["status"] != value]
        assert set(select(filled, clause("status", "!=", value))) <= set(others)


@pytest.mark.parametrize("value", ["İ", "ΟΔΟΣ", "οδος", "ß", "ẞ", "Ǆ", "\ua7cb", "\U00010d50", "ﬁ", "\u017f", "K"])
def test_text_equals_itself_whatever_its_case(fill, value):
    """Smart case never keeps a value from matching itself, even letters whose case Python and the store see apart."""
    filled = fill([json.dumps({"status": value}, ensure_ascii=False)])
    for operator in ("=", ":", "==", "*=", "^=", "$="):
        assert select(filled, clause("status", operator, value)) == [2], operator
    assert select(filled, quoted(value)) == [2]


def test_a_phrase_is_found_as_the_log_escapes_it(fill):
    """A phrase is found in the text of an event also where JSON had to escape it."""
    filled = fill(
        [
            json.dumps({"message": 'say "hi" to C:\\tmp'}),
            json.dumps({"message": "déjà vu"}),
            json.dumps({"message": "déjà vu"}, ensure_ascii=False),
            json.dumps({"message": "one\ntwo"}),
        ]
    )
    assert select(filled, quoted('say "hi"')) == [2]
    assert select(filled, quoted("C:\\tmp")) == [2]
    assert select(filled, "déjà") == [3, 4]
    assert select(filled, quoted("one\ntwo")) == [5]


def test_times_and_durations_are_exact_to_the_nanosecond(fill):
    """Nanoseconds are compared as typed: no float comes between."""
    time, long = 1_771_287_108_507_237_051, 9_007_199_254_740_993
    filled = fill([json.dumps({"timestamp": time}), json.dumps({"timestamp": time + 1})])
    assert select(filled, "time = 2026-02-17T00:11:48.507237051Z") == [2]
    assert select(filled, "time > 2026-02-17T00:11:48.507237051Z") == [3]
    for text in (f"{long}ns", "9007199.254740993s", "9007199254.740993", "2501h59m59.254740993s"):
        assert compile_filter(f"duration = {text}").values == (long,), text
    assert compile_filter("size = 9007199254740993B").values == (long,)


def test_sizes_go_as_far_as_the_logs(fill, action):
    """The largest size that a log can hold, an unsigned 64-bit integer, can be asked for."""
    filled = fill([action(output_size=2**64 - 1), action(output_size=5)])
    assert select(filled, f"size = {2**64 - 1}") == [2]
    assert select(filled, f"size < {2**64 - 1}") == [3]


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE events; --",
        '"\'; DROP TABLE events; --"',
        "name = \"x' OR '1'='1\"",
        'name == "\') OR true --"',
        'name *= "%"',
        "name = read_text('/etc/passwd')",
        "kind = (SELECT sql FROM duckdb_tables())",
        "kind = $1 ? $text",
        "status ^= \"a', 1) OR contains('\"",
    ],
)
def test_a_filter_is_only_ever_text(fill, text):
    """SQL in a filter is text to look for: nothing is run, dropped or let in by it."""
    filled = fill(['{"status":"plain","level":"info","message":"harmless"}'])
    assert select(filled, text) == []
    assert select(filled, "harmless") == [2]


@settings(deadline=None, max_examples=120)
@given(
    text=st.one_of(
        st.text(max_size=20),
        st.lists(
            st.sampled_from(
                (
                    *("name", "dur", "size", "time", "id", "owner", "metadata.x", "durtion", "raw"),
                    *("=", "==", ":", "!=", "<", ">=", "*=", "^=", "$=", "~", "!", "(", ")", "in", "and"),
                    *('"', '"a b"', "\\", "1", "-1", "2s", "1e9", "9" * 500, "10:30", "2026-02-17", "+90s", "'"),
                    *(" ", "\n", "\x00", "\ud800", "²", "٣", "1" * 5000 + ".5s", "0001-01-01T00:00:00+23:59"),
                )
            ),
            max_size=6,
        ).map("".join),
    )
)
def test_any_text_filters_or_is_refused(fill, text):
    """Any text at all either runs on the store or is refused with a place inside it and a reason."""
    filled = fill(['{"status":"plain","timestamp":5}'])
    refusal = None
    try:
        condition = compile_filter(text)
    except FilterError as error:
        refusal = error
    if refusal is None:
        assert rows.total(filled.asker, Scope(condition)) in (0, 1)
    else:
        assert 0 <= refusal.column <= len(text)
        assert str(refusal).isprintable()


def test_the_longest_filter_runs(fill, action):
    """A filter of as many terms as there may be overflows neither a stack nor the store."""
    filled = fill([action(owner="x"), action(owner="y")])
    assert select(filled, "owner = x " * MOST_TERMS) == [2]
