"""The outline: lines by number and numbers by place, against all lines made one by one."""

from hypothesis import given
from hypothesis import strategies as st

from tlx.query.whole.record import parsed, written
from tlx.tui.panes.inspector.outline import Entry, Outline, Sort
from tlx.tui.panes.inspector.search import beside, pattern, search

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=60),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=3), inner, max_size=6),
    max_leaves=30,
)


def flat(outline, place=()):
    """Every place in order, by going through what is open."""
    branch = outline._branch(place)
    for number in range(branch.count):
        yield (*place, number)
        if number in branch.open:
            yield from flat(outline, (*place, number))


@given(st.dictionaries(st.text(max_size=3), VALUES, max_size=6), st.lists(st.integers(0, 99), max_size=12))
def test_lines_and_numbers_agree(record, turns):
    """Whatever is opened and closed, each line is found by its number, and its number by its place."""
    outline = Outline([Entry("payload", record, Sort.PAYLOAD), Entry("raw", written(record), Sort.RAW)], 30)
    for turn in turns:
        line = outline.line(turn % len(outline))
        outline.turn(line.place, is_open=not line.is_open)
    places = list(flat(outline))
    assert len(outline) == len(places)
    for number, place in enumerate(places):
        assert outline.line(number).place == place
        assert outline.number(place) == number
    assert parsed(written(record)) == record


@given(VALUES, st.integers(-1, 80))
def test_a_place_is_revealed(value, offset):
    """A place in what is closed, or a character of a text, is opened and shown."""
    entries = [Entry("payload", {"deep": [{"k": value}]}, Sort.PAYLOAD), Entry("raw", "", Sort.RAW)]
    outline = Outline(entries, 30, {("payload",): False})
    assert len(outline) == 2
    place = outline.reveal((0, 0, 0, 0), offset if isinstance(value, str) and offset < len(value) else -1)
    line = outline.line(outline.number(place))
    assert line.place == place
    if line.is_piece:
        assert value[offset] in line.value
    else:
        assert line.value == value


def test_matches_are_walked_around_the_ends():
    """The match after a place is found, or the one before it; past the last is the first."""
    record = {"a": "xx", "b": ["x", {"x": 1}], "c": 2}
    matches = search([Entry("p", record, Sort.PAYLOAD)], pattern("x"), raw=False)
    assert matches == [((0, 0), 0), ((0, 0), 1), ((0, 1, 0), 0), ((0, 1, 1, 0), -1)]
    assert beside(matches, ((0, 1), -1, -1), 1) == 2
    assert beside(matches, ((0, 1), -1, -1), -1) == 1
    assert beside(matches, ((0, 2), -1, -1), 1) == 0
    assert beside(matches, ((0,), -1, -1), -1) == 3


def test_a_capital_makes_case_count():
    """As in filters."""
    entries = [Entry("p", {"a": "Foo foo"}, Sort.PAYLOAD)]
    assert len(search(entries, pattern("foo"), raw=False)) == 2
    assert search(entries, pattern("Foo"), raw=False) == [((0, 0), 0)]
