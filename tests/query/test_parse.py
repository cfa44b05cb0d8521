"""Filter text to a tree and back, and what is said of text that is no filter."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlx.query.language.compile import Condition, compile_filter
from tlx.query.language.nodes import And, Comparison, Not, OneOf, Or, Path, Phrase, Presence, Range, Word
from tlx.query.language.parse import DEEPEST, MOST_CHARACTERS, MOST_TERMS, MOST_VALUES, FilterError, parse
from tlx.query.language.quote import clause, in_quotes, quoted, show, unquoted


def path(*keys, root=False):
    """Return a path without a place."""
    return Path(keys, root)


def equal(name, value):
    """Return `name = value`."""
    return Comparison(path(name), "=", value)


A, B, C = Word("a"), Word("b"), Word("c")
KIND = path("kind")


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("", None),
        (" \n ", None),
        ("libfoo", Word("libfoo")),
        ("lib.so", Phrase("lib.so")),
        ("root//a:b", Phrase("root//a:b")),
        ("[x]", Phrase("[x]")),
        ("a..b", Phrase("a..b")),
        ("é", Phrase("é")),
        ("'b'", Phrase("'b'")),
        ('"a b"', Phrase("a b")),
        ('"a"', Phrase("a")),
        ('a "b c"', And((A, Phrase("b c")))),
        ('"a"b', And((Phrase("a"), B))),
        ('"say \\"x\\" \\\\ \\d \\U0000000a"', Phrase('say "x" \\ \\d \n')),
        ("a b", And((A, B))),
        ("a and b AND c", And((A, B, C))),
        ("a&&b", And((A, B))),
        ("a or b", Or((A, B))),
        ("a || b", Or((A, B))),
        ("a||b", Or((A, B))),
        ("a | b & c", And((A, Phrase("|"), B, Phrase("&"), C))),
        ("a b or c", Or((And((A, B)), C))),
        ("a (b or c)", And((A, Or((B, C))))),
        ("(a b) c", And((And((A, B)), C))),
        ("((a))", A),
        ("not a b", And((Not(A), B))),
        ("NOT (a b)", Not(And((A, B)))),
        ("not(a)", Not(A)),
        ("a or(b)", Or((A, B))),
        ("a&&(b)", And((A, B))),
        ("(a)(b)", And((A, B))),
        ("! a", Not(A)),
        ("!a !b", And((Not(A), Not(B)))),
        ("not not a", Not(Not(A))),
        ("android notx orx", And((Word("android"), Word("notx"), Word("orx")))),
        ("kind=Run", equal("kind", "Run")),
        ("kind:Run", equal("kind", "Run")),
        ("kind == Run", Comparison(KIND, "==", "Run")),
        ("kind!=Run", Comparison(KIND, "!=", "Run")),
        ('kind : "a\\"b"', equal("kind", 'a"b')),
        ("kind = and", equal("kind", "and")),
        ("kind = =", equal("kind", "=")),
        ("kind = => x", And((equal("kind", "=>"), Word("x")))),
        ('kind =">" x', And((equal("kind", ">"), Word("x")))),
        ("kind =<module>", equal("kind", "<module>")),
        ("kind=~/x", equal("kind", "~/x")),
        ("kind = !x", equal("kind", "!x")),
        ("kind = a,b", equal("kind", "a,b")),
        ("not kind = a", Not(equal("kind", "a"))),
        ("kind ~ a|b", Comparison(KIND, "~", "a|b")),
        ("kind !~ ^a.*b$", Comparison(KIND, "!~", "^a.*b$")),
        (
            "kind*=a kind ^= b kind$=c",
            And(tuple(Comparison(KIND, f"{o}=", v) for o, v in zip("*^$", "abc", strict=True))),
        ),
        ("kind in (a)", OneOf(KIND, ("a",))),
        ('kind IN(a,"b c" d , e,)', OneOf(KIND, ("a", "b c", "d", "e"))),
        ("kind not in (a, b)", OneOf(KIND, ("a", "b"), negated=True)),
        ("kind in (a or)", OneOf(KIND, ("a", "or"))),
        ("error in module", And((Word("error"), Phrase("in"), Word("module")))),
        ("duration 500ms..2s", Range(path("duration"), "500ms", "2s")),
        ("duration ..2s a", And((Range(path("duration"), None, "2s"), A))),
        ("time 2026-11-20T10:00Z..+5m", Range(path("time"), "2026-11-20T10:00Z", "+5m")),
        ("time -5m..", Range(path("time"), "-5m", None)),
        ("a 1.5...5", Range(path("a"), "1.5", ".5")),
        ("exists(kind)", Presence(KIND, present=True)),
        ("Missing (metadata.a)", Presence(path("metadata", "a"), present=False)),
        ("exists", Phrase("exists")),
        ("metadata.a.b = c", Comparison(path("metadata", "a", "b"), "=", "c")),
        ('metadata."odd key"[0][-1] > 3', Comparison(path("metadata", "odd key", 0, -1), ">", "3")),
        ('m."".x="y"', Comparison(path("m", "", "x"), "=", "y")),
        ('m."a\\"b" = 1', Comparison(path("m", 'a"b'), "=", "1")),
        (".a.b = c", Comparison(path("a", "b", root=True), "=", "c")),
        ('."a b" = c', Comparison(path("a b", root=True), "=", "c")),
        (".@timestamp = c", Comparison(path("@timestamp", root=True), "=", "c")),
        ("metadata.x-y.0 = c", Comparison(path("metadata", "x-y", "0"), "=", "c")),
        (".gitignore", Phrase(".gitignore")),
        ("not.x = 3", Comparison(path("not", "x"), "=", "3")),
        ("exists = 3", equal("exists", "3")),
    ],
)
def test_what_is_read(text, node):
    """Each form of the language is read as what it is, and what it prints as is read as the same."""
    assert parse(text) == node
    assert parse(show(node)) == node


def test_nodes_know_their_columns():
    """Nodes say where they stood, so that an error about their meaning can point at it."""
    node = parse('  a  kind in (x, "y z")  duration 1..2')
    word, one_of, between = node.parts
    assert (word.at, one_of.path.at, one_of.at, between.path.at, between.at) == (2, 5, (14, 17), 25, 34)
    assert parse("  kind = a").at == 9


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("durtion > 2s", 0, "there is no field 'durtion'; did you mean duration?"),
        ("rustc  exc = Local", 7, "did you mean exec?"),
        ("a\nb\n exc = Local", 5, "did you mean exec?"),
        ("metdata = 1", 0, "did you mean metadata?"),
        ("user = bob", 0, "a key of the record is .user"),
        ("https://example.org", 0, "text to look for stands in quotes"),
        ("exists(ownr)", 7, "did you mean owner?"),
        ("a not (b or ownr in (x))", 12, "did you mean owner?"),
        ('name = "abc', 7, "this quote is never closed"),
        ('rustc "abc', 6, "this quote is never closed"),
        ('name in (a, "b', 12, "this quote is never closed"),
        ('a\nname = "abc', 9, "this quote is never closed"),
        ('"', 0, "this quote is never closed"),
        ("name =", 6, "expected a value here"),
        ("rustc name = ", 13, "expected a value here"),
        ("a\nname =", 8, "expected a value here"),
        ("name = (a)", 7, "expected a value here; text with ( or ) needs quotes"),
        ("owner ~ ^(?:a|b)", 9, "text with ( or ) needs quotes"),
        ("a f(x)", 3, "text with ( or ) needs quotes"),
        ("name = && b", 7, "expected a value here"),
        ("(a", 0, "this ( is never closed"),
        ("a (b (c)", 2, "this ( is never closed"),
        ("a)", 1, "this ) closes nothing"),
        ("a) b", 1, "this ) closes nothing"),
        (")", 0, "this ) closes nothing"),
        ("a or )", 5, "this ) closes nothing"),
        ("()", 1, "something to filter by before this )"),
        ("(a or )", 6, "something to filter by before this )"),
        ("a and", 5, "something to filter by here"),
        ("not", 3, "something to filter by here"),
        ("a !", 3, "something to filter by here"),
        ("or a", 0, "something to filter by before or"),
        ("a and or b", 6, "something to filter by before or"),
        ("(and a)", 1, "something to filter by before and"),
        ("|| a", 0, "something to filter by before ||"),
        ("a && && b", 5, "something to filter by before &&"),
        ("kind in Local", 7, "expected ( behind in: kind in (A, B)"),
        ("a kind not in Local", 13, "expected ( behind in"),
        ("kind in (", 9, "expected a value of the set here"),
        ("kind in ()", 9, "expected a value of the set here"),
        ("kind in (,a)", 9, "expected a value of the set here"),
        ("kind in (a", 10, "expected , or ) here"),
        ("kind in (a (b))", 11, "expected , or ) here"),
        ("exists()", 7, "expected a field or path here"),
        ("exists(", 7, "expected a field or path here"),
        ('exists("a")', 7, "expected a field or path here"),
        ("exists(kind", 6, "this ( is never closed"),
        ("exists(kind owner)", 12, "expected ) here"),
        ("= 3", 0, "expected a field before this"),
        ('rustc "x" =x', 10, "expected a field before this"),
        ("not = 5", 4, "expected a field before this"),
        ("kind !== Run", 5, "write != for !==; a value that begins with = needs quotes"),
        ("kind === Run", 5, "write == for ==="),
        ('kind==="Run"', 4, "write == for ==="),
        ("a kind!==Run", 6, "write != for !=="),
        ("duration => 2s", 9, "write >= for =>; a value that begins with > needs quotes"),
        ("metadata.n=>2", 10, "write >= for =>"),
        ("metadata.n =< 2", 11, "write <= for =<"),
        ("metadata.n <> 2", 11, "write != for <>"),
        ("owner =~ x", 6, "write ~ for =~"),
        ("owner=~", 5, "write ~ for =~"),
        ("owner ~= x", 6, "write ~ for ~="),
        ("duration > 2x", 11, "a duration such as 2s, 500ms or 1m30s"),
        ("duration > s", 11, "a duration such as"),
        ('duration > "2 s"', 11, "a duration such as"),
        ("a\nduration > 2x", 13, "a duration such as"),
        ("duration in (1s, 2x)", 17, "a duration such as"),
        ("duration 1s..2x", 9, "a duration such as"),
        ("duration 2s..1s", 9, "ends before it begins"),
        ("duration = 2s..1s", 11, "ends before it begins"),
        ("duration = ..", 11, "a duration such as"),
        ("size >= 10QiB", 8, "a size such as"),
        ("line = 1.5", 7, "a whole number"),
        ("line = -1", 7, "a whole number"),
        ("line = ²", 7, "a whole number"),
        ("time > 25:30", 7, "a time such as"),
        ("time > 2026-13-01", 7, "a time such as"),
        ("time > +", 7, "a time such as"),
        ("time 2026-11-20..2026-11-19", 5, "ends before it begins"),
        ("time +5m..+1m", 5, "ends before it begins"),
        ("time 10:30..-5m", 5, "ends before it begins"),
        ("time > 2300-01-01", 7, "too large"),
        ("duration *= 2", 12, "this is no text: use = != < <= > >= in (…) or a range, not *="),
        ("line ~ 2", 7, "this is no text"),
        ("name > x", 7, "text has no order: use = == != *= ^= $= ~ !~ or in (…)"),
        ("name 1..2", 5, "a range needs a duration, size, time or number before it"),
        ("duration > 999999999999h", 11, "too large"),
        (f"duration > {'9' * 400}", 11, "too large"),
        (f"line = {2**63}", 7, "too large"),
        (f"size = {2**64}", 7, "too large"),
        ("metadata.x > abc", 13, "expected a number or a size"),
        ("metadata.x > 2s", 13, "a duration needs a key that tells its unit"),
        ("metadata.x 1..2x", 11, "expected a number or a size"),
        ('owner ~ "("', 8, "not a regular expression: missing ): ("),
        ("owner !~ [a", 9, "not a regular expression: missing ]"),
        (r"owner ~ a\1", 8, "not a regular expression: invalid escape sequence"),
        ("a metadata.x ~ a{2000}", 15, "not a regular expression: invalid repetition size"),
        ('owner ~ "(?=a)"', 8, "not a regular expression"),
        ("name = a\udcff", 8, "no text"),
        ("rustc \ud800", 6, "no text"),
    ],
)
def test_errors_say_where_and_what(text, column, words):
    """An error stands under the character that is wrong and says in one line what was expected there."""
    with pytest.raises(FilterError) as caught:
        compile_filter(text)
    assert words in str(caught.value)
    assert caught.value.column == column
    assert str(caught.value).isprintable()


def test_a_filter_has_its_limits():
    """A filter that the store would plan for seconds is refused, with the place where it goes too far."""
    assert len(parse("kind = x " * MOST_TERMS).parts) == MOST_TERMS
    with pytest.raises(FilterError, match="too many terms") as caught:
        parse("ab " * MOST_TERMS + "kind = x")
    assert caught.value.column == 3 * MOST_TERMS
    values = "a, " * MOST_VALUES
    assert len(parse(f"kind in ({values})").values) == MOST_VALUES
    with pytest.raises(FilterError, match="too many values") as caught:
        parse(f"kind in ({values}b)")
    assert caught.value.column == len(f"kind in ({values}")
    assert parse("x" * MOST_CHARACTERS)
    with pytest.raises(FilterError, match="too long"):
        parse("x" * (MOST_CHARACTERS + 1))


@pytest.mark.parametrize("deeper", ["not ", "!", "x (a or ", "(a or (b "])
def test_a_filter_is_only_so_deep(deeper):
    """However deep its parentheses and negations go, a filter is read or refused: no stack overflows."""
    closing = ")" * deeper.count("(")
    parse(deeper * 5 + "x" + closing * 5)
    with pytest.raises(FilterError, match=f"{DEEPEST} are the most"):
        parse(deeper * 3000 + "x" + closing * 3000)


def test_no_filter_is_no_condition():
    """Without a term every event passes, and no SQL is made."""
    assert compile_filter("  ") == Condition()


def test_no_filter_costs_no_parser():
    """An empty filter, which every start of the screen compiles, loads neither the parser nor an engine."""
    use = "from tlx.query.language.compile import compile_filter; compile_filter('')"
    code = f"import sys; {use}; print([name for name in ('lark', '_duckdb', 'difflib') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@settings(max_examples=100)
@given(value=st.text(max_size=12))
def test_quoting_comes_back(value):
    """Any text that is quoted parses back to itself, as a phrase and as the value of a field."""
    assert parse(in_quotes(value)) == Phrase(value)
    node = parse(clause("name", "==", value))
    assert (node.path, node.operator, node.value) == (path("name"), "==", value)
    assert quoted(value).isprintable()


@settings(max_examples=100)
@given(values=st.lists(st.text(max_size=8), min_size=2, max_size=5))
def test_clauses_stand_side_by_side(values):
    """Clauses joined by blanks stay the clauses they were."""
    node = parse(" ".join(clause("owner", "!=", value) for value in values))
    assert [term.value for term in node.parts] == values


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Run", "Run"),
        ("root//a:b", "root//a:b"),
        ("+90s", "+90s"),
        ("a b", '"a b"'),
        ("", '""'),
        ("=", '"="'),
        ("a,b", '"a,b"'),
        ("f(x)", '"f(x)"'),
        ('say "x"', '"say \\"x\\""'),
        ("\\d", '"\\\\d"'),
        ("\x1b[31m", '"\\U0000001b[31m"'),
        ("a\nb", '"a\\U0000000ab"'),
        ("é", '"é"'),
    ],
)
def test_values_are_quoted_only_where_they_must(value, text):
    """Plain values stay bare; others are quoted, and what cannot be printed is escaped."""
    assert quoted(value) == text
    assert unquoted(text.strip('"')) == value or '"' in value
