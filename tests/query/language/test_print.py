"""What a filter prints as is read as the same filter."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tlx.query.language.nodes import And, Comparison, Not, OneOf, Or, Path, Phrase, Presence, Range, Word
from tlx.query.language.parse import FilterError, parse
from tlx.query.language.quote import is_name, show

any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
texts = st.one_of(
    any_text,
    st.sampled_from(("and", "OR", "in", "a,b", "(x)", "..", "1..2", "&&", "!", "!=", "=", "a b", '"', "\\", "'")),
)
names = st.one_of(
    st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,6}", fullmatch=True), st.sampled_from(("exists", "missing", "inner"))
)
first_keys = names.filter(lambda name: name.lower() not in ("and", "or", "not"))
keys = st.one_of(texts, st.integers(-99, 99))
paths = st.one_of(
    st.builds(lambda name: Path((name,)), first_keys),
    st.builds(lambda name, rest: Path((name, *rest)), first_keys, st.lists(keys, min_size=1, max_size=3)),
    st.builds(lambda name, rest: Path((name, *rest), root=True), texts, st.lists(keys, max_size=3)),
)
OPERATORS = ("=", "==", "!=", "<", "<=", ">", ">=", "~", "!~", "*=", "^=", "$=")
ends = st.from_regex(r"[+-]?[.]?[0-9][0-9a-zA-Z:+-]{0,5}", fullmatch=True)
terms = st.one_of(
    st.builds(Word, names.filter(is_name)),
    st.builds(Phrase, texts),
    st.builds(Comparison, paths, st.sampled_from(OPERATORS), texts),
    st.builds(OneOf, paths, st.lists(texts, min_size=1, max_size=4).map(tuple), st.booleans()),
    st.builds(Range, paths, ends, ends),
    st.builds(Range, paths, st.none(), ends),
    st.builds(Range, paths, ends, st.none()),
    st.builds(Presence, paths, st.booleans()),
)


def several(kind, inner):
    """Return nodes of at least two parts."""
    return st.lists(inner, min_size=2, max_size=4).map(lambda parts: kind(tuple(parts)))


nodes = st.recursive(
    terms, lambda inner: st.one_of(several(And, inner), several(Or, inner), inner.map(Not)), max_leaves=8
)


@settings(max_examples=150)
@given(node=nodes)
def test_every_filter_prints_as_itself(node):
    """Any filter that can be built prints as one line of printable text that is read as the same filter."""
    text = show(node)
    assert parse(text) == node
    assert text.isprintable()


PIECES = (
    *(
        "a",
        "kind",
        "kind = ",
        "metadata.x",
        '."odd key"[0]',
        "~",
        "!=",
        "in (",
        "not in (",
        "1..2",
        "exists(",
        "missing(",
    ),
    *(
        "(",
        ")",
        " ",
        ",",
        '"',
        '"a b"',
        "\\",
        "and",
        " or ",
        "not ",
        "!",
        "&&",
        "||",
        "in",
        "..",
        ".",
        "=",
        "\n",
        "é",
        "#",
    ),
)


@settings(max_examples=150)
@given(text=st.one_of(st.text(max_size=12), st.lists(st.sampled_from(PIECES), max_size=8).map("".join)))
def test_whatever_is_read_prints_as_itself(text):
    """Any text that is a filter is read, printed and read again as the same, and printing it again changes nothing."""
    try:
        node = parse(text)
    except FilterError:
        return
    assert parse(show(node)) == node
    assert show(parse(show(node))) == show(node)
