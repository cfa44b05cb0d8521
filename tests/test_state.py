"""What is remembered between sessions: whole, private, bounded, and never lost to a file that is not tlx's."""

import json
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlx.state import Filters, State, StateError


@pytest.fixture
def folder(tmp_path):
    """A folder that is not there yet."""
    return tmp_path / "state" / "tlx"


def test_what_was_typed_is_there_the_next_time(folder):
    """Filters come back in the order typed, each once; names as they were given last."""
    first = State(folder)
    for text in ("a", "b", "a", 'name = "[bold]\\""'):
        first.add_typed(text)
    first.add_name("slow_local", "duration > 1s")
    first.add_name("gone", "x")
    first.add_name("gone", "")
    again = State(folder).filters
    assert again == first.filters == Filters(("b", "a", 'name = "[bold]\\""'), {"slow_local": "duration > 1s"})


def test_two_sessions_do_not_lose_each_others_filters(folder):
    """What another session has written meanwhile stays."""
    one, two = State(folder), State(folder)
    assert one.filters == two.filters == Filters()
    one.add_typed("a")
    two.add_typed("b")
    two.add_name("n", "b")
    one.add_typed("c")
    assert State(folder).filters == Filters(("a", "b", "c"), {"n": "b"})


def test_nobody_else_can_read_it(folder):
    """The file and its folder are for their owner alone, and nothing else lies beside it."""
    State(folder).add_typed("a")
    (path,) = folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_it_is_bounded(folder):
    """The oldest go, and what is longer than any filter a person types is left out."""
    state = State(folder)
    for number in range(205):
        state._filters = state.filters.with_typed(str(number))
    state.add_typed("x" * 100_000)
    assert state.filters.typed == tuple(str(number) for number in range(5, 205))


@pytest.mark.parametrize("content", [b"", b"[]", b'{"typed": 1}', b'{"typed": [1], "named": {}}', b"\xff", b"[" * 9999])
def test_what_tlx_has_not_written_is_left_alone(folder, content):
    """It is told once in a line that names the file, and then nothing is written over it."""
    folder.mkdir(parents=True)
    path = folder / "filters.json"
    path.write_bytes(content)
    state = State(folder)
    with pytest.raises(StateError, match=r"filters\.json"):
        _ = state.filters
    assert state.filters == Filters()
    state.add_typed("a")
    assert state.filters.typed == ("a",)
    assert path.read_bytes() == content


def test_a_link_is_not_followed(folder, tmp_path):
    """A link in the place of the file leads nowhere."""
    folder.mkdir(parents=True)
    (tmp_path / "other").write_text(json.dumps({"typed": ["a"], "named": {}}))
    (folder / "filters.json").symlink_to(tmp_path / "other")
    with pytest.raises(StateError, match="filters are not kept"):
        _ = State(folder).filters


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    """Filters are remembered in this session then."""
    (tmp_path / "file").write_text("")
    state = State(tmp_path / "file" / "tlx")
    with pytest.raises(StateError, match="not kept"):
        state.add_typed("a")
    state.add_typed("b")


@given(texts=st.lists(st.text(max_size=20).filter(bool), max_size=8))
def test_without_a_folder_it_is_kept_for_the_session(texts):
    """The same texts are there, each once, by the time typed last."""
    state = State(None)
    for text in texts:
        state.add_typed(text)
    assert list(state.filters.typed) == list(dict.fromkeys(reversed(texts)))[::-1]
