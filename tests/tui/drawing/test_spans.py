from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tlx.tui.drawing.spans import Piece, blank, clipped, joined, plain, width_of

pieces = st.lists(st.builds(Piece, st.text(max_size=3), st.sampled_from(["", "a"]), st.sampled_from(["", "b"])))


def test_short_text_is_left_alone():
    """Text that has room is returned as it is, markup and all."""
    assert clipped("[bold]x[/]", 10) == "[bold]x[/]"


def test_long_text_ends_in_an_ellipsis():
    """Text that has no room loses its end, and says so."""
    assert clipped("cxx_compile foo.cpp", 12) == "cxx_compile…"
    assert clipped("cxx_compile foo.cpp", 12, ellipsis="~") == "cxx_compile~"


def test_space_before_the_ellipsis_is_dropped():
    """A cut after a space does not leave the space."""
    assert clipped("link it all", 6) == "link…"


def test_wide_characters_are_not_halved():
    """A character of two cells that has only one left is dropped whole."""
    assert clipped("设计设计", 6) == "设计…"


def test_controls_are_shown():
    """No control of the log reaches the terminal, whether it erases, reverses or is half a character."""
    assert clipped("\x1b[2J", 10) == "␛[2J"
    assert clipped("\u202eabc", 10) == "\\u202eabc"
    assert clipped("\ud800", 10) == "\\ud800"


@given(st.text(st.characters(), max_size=40), st.integers(0, 20))
def test_clipped_text_fits(text, width):
    """Whatever the log says, it takes no more cells than there are."""
    assert cell_len(clipped(text, width)) <= width


@given(st.text(min_size=200, max_size=300), st.integers(1, 6))
def test_far_too_long_text_fits(text, width):
    """Text that is not even read to its end fits too."""
    assert cell_len(clipped(text, width)) <= width


@given(pieces)
def test_joining_changes_no_cell(line):
    """Joined pieces say the same in the same styles, and no two neighbours could be joined further."""

    def cells(line):
        return [(character, style, behind) for text, style, behind in line for character in text]

    short = joined(line)
    assert cells(short) == cells(line)
    assert all(left[1:] != right[1:] for left, right in pairwise(short))
    assert all(piece.text for piece in short)


def test_blank_line():
    """A blank line takes its width, and one without width has no pieces."""
    assert (plain(blank(3)), width_of(blank(3)), blank(0)) == ("   ", 3, [])
