"""What a text looks like tells whether lines in it are masked, in letters of any size."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlx.dialects.known import DIALECTS
from tlx.loading.masks import _pattern, masks

_LOOKS = [one.sensitive.looks for one in DIALECTS if one.sensitive]
_PARTS = (
    *(
        '"__schema__"',
        "__Schema__",
        "binderhub.jupyter.org",
        "binderhub-jupyter",
        "private",
        "Metadata",
        "_",
        "LICENSE",
    ),
    *(
        "key",
        "beamlens.",
        '"Beamlens"',
        "beamlensx",
        "hephaestus.",
        '"principal"',
        '"event": "api.',
        '"Event":"CLI.',
        "x",
    ),
    *('"event":  "', "\\", "\n", "ä", "k"),
)


def like(looks: str, text: bytes) -> bool:
    """Whether a text looks like this, told one by one."""
    return re.search(looks.removeprefix("(?i)").encode(), text, re.IGNORECASE) is not None


@given(
    st.lists(st.sampled_from(_PARTS), max_size=8).map("".join), st.sampled_from((str, str.upper, str.lower, str.title))
)
def test_a_text_looks_like_any_of_the_known(text: str, written: type[str]) -> None:
    """All are looked for at once, as each would be alone."""
    line = written(text).encode()
    assert masks(DIALECTS, hide=False).looks(line) == any(like(looks, line) for looks in _LOOKS)


@pytest.mark.parametrize("looks", [("(?i)apiKey|Token", r"x\S\.Y"), (r"[^\s\S]",), ("größe", r"\bA\B")])
@given(text=st.lists(st.sampled_from((b"apikey", b"APIKEY", b"tok", b"en", b"TOKEN", *"x y.Yaäöß A!")), max_size=6))
def test_letters_of_any_size_are_the_same(looks: tuple[str, ...], text: list[bytes | str]) -> None:
    """What is escaped means what it says, and letters beyond ASCII stand for themselves."""
    line = b"".join(one.encode() if isinstance(one, str) else one for one in text)
    assert (_pattern(looks).search(line.lower()) is not None) == any(like(one, line) for one in looks)


@pytest.mark.parametrize("path", ["Token", "größe", "a.B"])
@pytest.mark.parametrize("line", [b'{"a":{"TOKEN":1}}', b"{}", b""])
def test_all_lines_look_like_ones_with_a_path_that_was_asked_for(path: str, line: bytes) -> None:
    """Whatever stands in them: what is masked at a path bears no mark."""
    assert masks(DIALECTS, hide=False, paths=[path]).looks(line)
