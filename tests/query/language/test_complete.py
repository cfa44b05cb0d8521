"""Where a cursor stands in a filter, and what is offered there."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlx.query.ask import Asker
from tlx.query.language import seen
from tlx.query.language.compile import Context, compile_filter
from tlx.query.language.complete import Suggestion, Words, complete, find_place
from tlx.query.language.nodes import Path
from tlx.query.language.parse import FilterError
from tlx.query.language.seen import SeenInLog


class Fake:
    """A log that has seen the same words everywhere, and notes what it was asked for."""

    def __init__(self):
        self.asked = []

    def values(self, path, typed):
        """Return two values."""
        self.asked.append(("values", path.keys, path.root, typed))
        return Words((("Local", 7), ("a b", 2)))

    def keys(self, path, typed):
        """Return two keys."""
        self.asked.append(("keys", path.keys, path.root, typed))
        return Words((("foo", 7), ("odd key", 2)), partly=True)


def offered(text, cursor=None, context=None):
    """Return the words that are offered at a cursor, by default the end."""
    found = complete(text, len(text) if cursor is None else cursor, context or Context(), Fake())
    return [word.text for word in found.suggestions]


@pytest.mark.parametrize(
    ("text", "begin", "asked"),
    [
        ("kind =", 6, ("values", ("kind",), False, "")),
        ("kind = ", 7, ("values", ("kind",), False, "")),
        ("kind = Lo", 7, ("values", ("kind",), False, "Lo")),
        ("kind=Lo", 5, ("values", ("kind",), False, "Lo")),
        ("kind =Lo", 6, ("values", ("kind",), False, "Lo")),
        ('kind = "a b', 7, ("values", ("kind",), False, "a b")),
        ('kind = "say \\"x', 7, ("values", ("kind",), False, 'say "x')),
        ("kind = a.b", 7, ("values", ("kind",), False, "a.b")),
        ("a (kind !~ x", 11, ("values", ("kind",), False, "x")),
        ("kind in (", 9, ("values", ("kind",), False, "")),
        ("kind not in (a,Lo", 15, ("values", ("kind",), False, "Lo")),
        ('kind in (a, "x', 12, ("values", ("kind",), False, "x")),
        ("metadata.foo = b", 15, ("values", ("metadata", "foo"), False, "b")),
        ('.a."odd key"[0] > ', 18, ("values", ("a", "odd key", 0), True, "")),
        ("metadata.", 0, ("keys", ("metadata",), False, "")),
        ("a metadata.fo", 2, ("keys", ("metadata",), False, "fo")),
        ('(metadata."od', 1, ("keys", ("metadata",), False, "od")),
        ('metadata."odd key".x', 0, ("keys", ("metadata", "odd key"), False, "x")),
        ("metadata.list[0].", 0, ("keys", ("metadata", "list", 0), False, "")),
        (".", 0, ("keys", (), True, "")),
        (".Star", 0, ("keys", (), True, "Star")),
        ("!.Star.", 1, ("keys", ("Star",), True, "")),
        ("a||m.x", 3, ("keys", ("m",), False, "x")),
        ("exists(metadata.", 7, ("keys", ("metadata",), False, "")),
    ],
)
def test_values_and_keys_are_asked_for_where_they_may_stand(text, begin, asked):
    """A value is asked for behind an operator, a key behind a dot, with what is typed of it."""
    fake = Fake()
    found = complete(text, len(text), Context(), fake)
    assert (found.begin, fake.asked) == (begin, [asked])


def test_what_is_offered_can_be_typed():
    """Values and keys are offered as they must be typed, with their counts."""
    found = complete("kind = ", 7, Context(), Fake()).suggestions
    assert found == (Suggestion("Local", "value", 7), Suggestion('"a b"', "value", 2))
    found = complete("(.x.", 4, Context(), Fake()).suggestions
    assert found == (Suggestion(".x.foo", "key", 7, at_least=True), Suggestion('.x."odd key"', "key", 2, at_least=True))


def test_fields_come_first():
    """Where a clause may begin, fields are offered, then named filters and words; first those that begin so."""
    assert offered("")[0] == "event"
    assert set(offered("")) > {"duration", "cached", "not", "exists(", "metadata"}
    assert offered("ki") == ["kind", "execution_kind"]
    assert offered("KI") == ["kind", "execution_kind"]
    assert offered("dur") == ["duration"]
    assert offered("sl") == ["slow"]
    assert offered("my", context=Context(filters={"mine": "a", "my_own": "a", "tiny": "a"})) == ["my_own"]
    assert offered("not (k")[0] == "kind"
    assert offered("!k")[0] == "kind"
    assert offered("kind = a || k")[0] == "kind"
    assert offered("exists(k")[0] == "kind"
    assert "not" not in offered("exists(")
    assert offered("zzz") == []


def test_operators_come_behind_a_field():
    """Behind a field and a blank the operators are offered that it takes, then what may begin a clause."""
    assert offered("kind ")[:5] == ["=", "!=", "*=", "^=", "$="]
    assert offered("duration ")[:6] == ["=", "!=", "<", "<=", ">", ">="]
    assert set(offered("metadata.x ")[:14]) >= {"<", "~", "in ("}
    assert offered("kind i")[0] == "in ("
    assert offered("kind !") == ["!=", "!~"]
    assert offered("libfoo ")[:3] == ["and", "or", "event"]
    assert "~" not in offered("duration ")


def test_connectives_come_behind_a_clause():
    """`and` and `or` are offered where something stands that they can join."""
    assert {"and", "or"} <= set(offered("kind = a "))
    assert not {"and", "or"} & set(offered("kind = a and "))
    assert not {"and", "or"} & set(offered("("))


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("kind = Local ", ["and", "or", "event"]),
        ("kind in (Local, Remote) ", ["and", "or", "event"]),
        ('kind = "a b" ', ["and", "or", "event"]),
        ("duration 1s..2s ", ["and", "or", "event"]),
        ("exists(owner) ", ["and", "or", "event"]),
        ("(kind = Run) ", ["and", "or", "event"]),
        ("kind = Local and ", ["event", "name"]),
        ("kind = Local or not ", ["event", "name"]),
        ("kind = Local && (", ["event", "name"]),
        ("kind = Local and kind ", ["=", "!="]),
        ("kind = Local and kind in (", ["Local", '"a b"']),
    ],
)
def test_words_behind_a_finished_clause(text, first):
    """Behind one that is finished, what joins it to another comes first; behind that, fields; offered unasked."""
    assert offered(text)[: len(first)] == first
    place = find_place(text, len(text))
    assert place.joins or place.operand or place.value_of


@pytest.mark.parametrize("text", ["", "   ", "kind = Local", "kind = Local and k", "libfoo ", "libfoo bar "])
def test_nothing_is_offered_unasked_between_words(text):
    """Who types words to look for is not stopped at each blank."""
    assert not find_place(text, len(text)).joins


def test_a_set_is_not_offered_what_it_has():
    """A value that stands in the set is not offered for it again; in another set it is."""
    assert offered("kind in (Local, ") == ['"a b"']
    assert offered('kind in (x "a b" ') == ["Local"]
    assert offered('kind in (Local, "a b") or kind in (') == ["Local", '"a b"']
    assert offered("kind in (Loc") == ["Local", '"a b"']


def test_no_word_is_glued_to_a_parenthesis():
    """Right behind the end of a set, a blank comes first."""
    for text in ("kind in (Local)", "exists(owner)", "(kind = Run)"):
        assert offered(text) == []


CLAUSES = (
    "libfoo",
    '"a b"',
    "kind = Run",
    'owner ~ "x y"',
    "exec in (a, b)",
    "exists(owner)",
    "dur 1..2",
    "cached",
    "(a or b)",
)
JOINTS = (" ", " and ", " or ", " && ", " || ", " and not ", " or (", " not (")


def finished(text, word):
    """What is typed with a word, and the least that such a word has to have behind it."""
    if word.note == "operator":
        value = "+1s" if text.rpartition(" ")[0].endswith(("time", "start")) else "1"
        return f"{text}{word.text}{value}" if word.text.endswith("(") else f"{text}{word.text} {value}"
    rest = {"payload": ".x = 1", "word": "owner" if word.text.endswith("(") else " x"}
    return text + word.text + rest.get(word.note, "")


@settings(max_examples=60, deadline=None)
@given(
    clauses=st.lists(st.tuples(st.sampled_from(CLAUSES), st.sampled_from(JOINTS)), max_size=3),
    begun=st.sampled_from(("", "k", "kind ", "duration ", "time ", "metadata.x ", "kind = ", "a", "no")),
)
def test_no_word_makes_a_filter_wrong(clauses, begun):
    """Whatever is offered, wherever it is: with what it needs behind it, the filter is one."""
    text = "".join(part for clause in clauses for part in clause) + begun
    found = complete(text, len(text), Context(payload=("metadata",), filters={"mine": "a"}), Fake())
    assert found.suggestions
    for word in found.suggestions:
        whole = finished(text[: found.begin], word)
        whole += ")" * (whole.count("(") - whole.count(")"))
        compile_filter(whole, Context(payload=("metadata",), filters={"mine": "a"}))


@pytest.mark.parametrize(
    "text",
    [
        "a)",
        "a) k",
        "exists(a b",
        "kind in ((",
        "x in (a) )",
        '"',
        'a "k',
        "kind = a) or ",
        "kind = \ud800",
        "a" * 99_999,
    ],
)
def test_nothing_is_offered_where_nothing_can_follow(text):
    """Behind what is wrong, and within a phrase, nothing is offered, and nothing fails."""
    assert offered(text) == []


def test_only_what_stands_before_the_cursor_counts():
    """What is behind the cursor, right or wrong, changes nothing."""
    text = "kind = Lo ) and ((("
    assert offered(text, 9) == ["Local", '"a b"']
    assert offered(text, 2) == ["kind", "execution_kind"]
    assert find_place(text, 9).begin == 7


def refusal(text):
    """Return why a filter is refused, or None."""
    try:
        compile_filter(text)
    except FilterError as error:
        return error
    return None


PIECES = (
    "kind",
    " ",
    "=",
    "in (",
    "(",
    ")",
    '"',
    "\\",
    ".",
    "[0]",
    "a",
    "!",
    "or",
    "&&",
    ",",
    "metadata",
    "1..2",
    "exists(",
    "\n",
    "é",
)


@settings(max_examples=150)
@given(text=st.lists(st.sampled_from(PIECES), max_size=8).map("".join), data=st.data())
def test_any_cursor_in_any_text(text, data):
    """At any cursor in any text there is a place, and whatever is offered for a field can be put there."""
    cursor = data.draw(st.integers(0, len(text)))
    found = complete(text, cursor, Context(), Fake())
    assert 0 <= found.begin <= cursor
    place = find_place(text, cursor)
    for word in found.suggestions[:3]:
        if word.note in ("value", "key"):
            written = text[: found.begin] + word.text + (" = 1" if word.note == "key" and not place.field else "")
            closed = written + ")" * (written.count("(") - written.count(")"))
            trouble = refusal(closed)
            right = trouble is None or trouble.column < found.begin
            assert right or "never closed" in str(trouble) or "is no text" in str(trouble), closed


@pytest.fixture
def log(fill, action):
    """A log of actions and a few user events with payloads."""
    users = [
        json.dumps({"StarlarkUserEvent": {"id": "x", "metadata": metadata}, "epoch_millis": 5})
        for metadata in ({"foo": "a b", "list": [{"deep": 1}], "": 0}, {"foo": "b", "Fox": None}, {"foo": "b"})
    ]
    return fill(
        [action(execution_kind=kind, duration=n) for n, kind in enumerate(("Local",) * 3 + ("Remote", "local"))] + users
    )


def words(found):
    """Return words with their counts."""
    return list(found.counted)


def test_values_of_the_log(log):
    """Values are those of the log with how many events have them; of measures, what marks their spread."""
    asker = SeenInLog(log.asker)
    assert words(asker.values(Path(("exec",)), "")) == [("Local", 3), ("Remote", 1), ("local", 1)]
    assert words(asker.values(Path(("execution_kind",)), "LO")) == [("Local", 3), ("local", 1)]
    assert words(asker.values(Path(("kind",)), "r")) == [("Run", 5), ("user", 3)]
    assert words(asker.values(Path(("run",)), "")) == [("1", 8)]
    assert words(asker.values(Path(("duration",)), "")) == [("2ms", 3), ("4ms", 1)]
    assert words(asker.values(Path(("time",)), ""))[0] == ("1970-01-01T00:00:00.005Z", 3)
    assert words(asker.values(Path(("output_size",)), "")) == []
    assert words(asker.values(Path(("raw",)), "")) == []
    assert words(asker.values(Path(("metadata", "foo")), "")) == [("b", 2), ("a b", 1)]
    assert words(asker.values(Path(("metadata", "foo")), "A")) == [("a b", 1)]
    assert words(asker.values(Path(("metadata", "nothing")), "")) == []
    assert words(asker.values(Path(("StarlarkUserEvent", "id"), root=True), "")) == [("x", 3)]
    with_counts = complete("exec = ", 7, Context(), asker).suggestions
    assert with_counts[0] == Suggestion("Local", "value", 3)


def test_percentiles_offered_are_reached_by_as_many_as_is_said(build):
    """Each duration that is offered is reached by the number of events that stands beside it."""
    durations = [event["duration_ns"] for event in build.events if event["duration_ns"] is not None]
    offered = words(SeenInLog(build.asker).values(Path(("duration",)), ""))
    assert len(offered) == 4
    for text, count in offered:
        (bound,) = compile_filter(f"duration >= {text}").values
        assert sum(duration >= bound for duration in durations) == count


def test_keys_of_the_log(log):
    """Keys are those of the objects at a path, wherever payloads begin."""
    asker = SeenInLog(log.asker)
    assert words(asker.keys(Path(("metadata",)), "")) == [("foo", 3), ("", 1), ("Fox", 1), ("list", 1)]
    assert words(asker.keys(Path(("metadata",)), "fo")) == [("foo", 3), ("Fox", 1)]
    assert words(asker.keys(Path(("metadata", "list", 0)), "")) == [("deep", 1)]
    assert words(asker.keys(Path(("metadata", "foo")), "")) == []
    assert words(asker.keys(Path((), root=True), "e")) == [
        ("epoch_millis", 8),
        ("ActionExecutionEvent", 5),
        ("StarlarkUserEvent", 3),
    ]
    known = SeenInLog(log.asker, Context(roots=(("StarlarkUserEvent",),)))
    assert words(known.keys(Path(("metadata",)), "f")) == [("foo", 3), ("Fox", 1)]


def test_a_long_log_is_looked_into_in_part(build, monkeypatch):
    """In a long log the first and the last lines of each type are looked into, and that is said; more lines, anew."""
    monkeypatch.setattr(seen, "_ALL_LINES", 100)
    monkeypatch.setattr(seen, "_CHOSEN", seen._CHOSEN.replace(str(seen._LINES_OF_A_TYPE), "20"))
    asker = SeenInLog(build.asker)
    found = asker.values(Path(("name", "category")), "")
    assert found.partly
    assert sum(count for _, count in found.counted) == 40
    some = Counter(event["category"] for event in (*build.events[:20], *build.events[-20:]))
    assert dict(found.counted) == {word: some[word] for word in some}
    assert not asker.values(Path(("category",)), "").partly
    cleaner = build.database.cursor()
    cleaner.execute("DELETE FROM fresh_events WHERE id % 2 = 0")
    assert sum(count for _, count in asker.values(Path(("name", "category")), "").counted) == 40


def test_an_empty_log_offers_nothing(fill):
    """Where nothing was seen nothing is offered."""
    asker = SeenInLog(fill([]).asker)
    for text in ("kind = ", "duration > ", "time > ", "metadata.", "."):
        assert complete(text, len(text), Context(), asker).suggestions == ()
    assert isinstance(fill([]).asker, Asker)
