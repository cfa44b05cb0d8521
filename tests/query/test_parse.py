from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlx.query.language.compile import Condition, compile_filter
from tlx.query.language.parse import MOST_TERMS, Comparison, FilterError, Text, parse
from tlx.query.language.quote import clause, quoted, unquoted


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", ()),
        ("libfoo", (Text("libfoo"),)),
        ('a "b c"', (Text("a"), Text("b c"))),
        ("kind=Run", (Comparison("kind", "=", "Run", 0, 5),)),
        ("kind == Run", (Comparison("kind", "==", "Run", 0, 8),)),
        ('x  kind : "a\\"b"', (Text("x"), Comparison("kind", ":", 'a"b', 3, 10))),
        ("a\nkind != b", (Text("a"), Comparison("kind", "!=", "b", 2, 10))),
        ("kind = =", (Comparison("kind", "=", "=", 0, 7),)),
        ("size<=1KiB", (Comparison("size", "<=", "1KiB", 0, 6),)),
        ("root//a:b", (Text("root//a:b"),)),
        ('"a\\\nb"', (Text("a\nb"),)),
        ("(a) or 'b'", (Text("(a)"), Text("or"), Text("'b'"))),
    ],
)
def test_terms(text, terms):
    """Text is cut into words, phrases and comparisons, which know their columns."""
    assert parse(text) == terms


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("durtion > 2s", 0, "did you mean duration?"),
        ("rustc  exc = Local", 7, "did you mean exec?"),
        ("a\nb\n exc = Local", 5, "did you mean exec?"),
        ("zzzzzz = 1", 0, 'put text to look for in quotes: "…"'),
        ("https://example.org", 0, "in quotes"),
        ('name = "abc', 7, "this quote is never closed"),
        ('rustc "abc', 6, "this quote is never closed"),
        ('a\nname = "abc', 9, "this quote is never closed"),
        ('"', 0, "this quote is never closed"),
        ("name =", 6, "expected a value here"),
        ("rustc name = ", 13, "expected a value here"),
        ("a\nname =", 8, "expected a value here"),
        ("duration > 2x", 11, "a duration such as 2s, 500ms or 1m30s"),
        ("duration > s", 11, "a duration such as"),
        ('duration > "2 s"', 11, "a duration such as"),
        ("a\nduration > 2x", 13, "a duration such as"),
        ("size >= 10QiB", 8, "a size such as"),
        ("line = 1.5", 7, "a whole number"),
        ("line = -1", 7, "a whole number"),
        ("line = ²", 7, "a whole number"),
        ("time > 10:30", 7, "a time such as"),
        ("time > 2026-13-01", 7, "a time such as"),
        ("duration *= 2", 12, "duration is no text: use = != < <= > or >="),
        ("name > x", 7, "name is text: use = != *= ^= or $="),
        ("duration > 999999999999h", 11, "too large"),
        (f"duration > {'9' * 400}", 11, "too large"),
        (f"line = {2**63}", 7, "too large"),
        (f"size = {2**64}", 7, "too large"),
        ("metadata.x = 3", 11, "a field"),
        ("= 3", 0, "a field"),
        ('rustc "x" =x', 10, "a field"),
        ("name = a\udcff", 8, "no text"),
        ("rustc \ud800", 6, "no text"),
    ],
)
def test_errors_say_where_and_what(text, column, words):
    """An error stands under the character that is wrong and says what was expected there."""
    with pytest.raises(FilterError) as caught:
        compile_filter(text)
    assert caught.value.column == column
    assert words in str(caught.value)


def test_a_filter_has_its_limit():
    """A filter of more terms than the store plans at once is refused, at the first term too many."""
    assert len(parse("kind = x " * MOST_TERMS)) == MOST_TERMS
    with pytest.raises(FilterError, match="too many terms") as caught:
        parse("ab " * MOST_TERMS + "kind = x")
    assert caught.value.column == 3 * MOST_TERMS


def test_no_filter_is_no_condition():
    """Without a term every event passes, and no SQL is made."""
    assert compile_filter("  ") == Condition()


def test_no_filter_costs_no_parser():
    """An empty filter, which every start of the screen compiles, does not load the parser."""
    use = "from tlx.query.language.compile import compile_filter; compile_filter('')"
    code = f"import sys; {use}; print('lark' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@settings(deadline=None, max_examples=100)
@given(value=st.text(max_size=12))
def test_quoting_comes_back(value):
    """Any text that is quoted parses back to itself, as a word and as the value of a field."""
    assert parse(quoted(value)) == (Text(value),)
    (term,) = parse(clause("name", "==", value))
    assert (term.field, term.operator, term.value) == ("name", "==", value)
    assert quoted(value).isprintable()


@settings(deadline=None, max_examples=100)
@given(values=st.lists(st.text(max_size=8), max_size=5))
def test_clauses_stand_side_by_side(values):
    """Clauses joined by blanks stay the clauses they were."""
    terms = parse(" ".join(clause("owner", "!=", value) for value in values))
    assert [term.value for term in terms] == values


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Run", "Run"),
        ("root//a", "root//a"),
        ("a b", '"a b"'),
        ("", '""'),
        ("=", '"="'),
        ('say "x"', '"say \\"x\\""'),
        ("\x1b[31m", '"\\U0000001b[31m"'),
        ("a\nb", '"a\\U0000000ab"'),
        ("é", '"é"'),
    ],
)
def test_values_are_quoted_only_where_they_must(value, text):
    """Plain values stay bare; others are quoted, and what cannot be printed is escaped."""
    assert quoted(value) == text
    assert unquoted(text.strip('"')) == value or '"' in value
