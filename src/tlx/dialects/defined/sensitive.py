"""What a person names as sensitive: keys and paths, in a file that defines a dialect or with `--mask`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tlx.dialects.defined.table import path_in, shown
from tlx.model import Sensitive

_WORD = re.compile(r"[A-Z]*[a-z]+|[A-Z]+|[0-9]+")
_BETWEEN = re.compile(r'(?:[^,"]|"(?:\\.|[^"\\])*"?)+')
_MOST = 100


def named(texts: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Return the paths that texts spell, key by key as words, whether they are spelt cardNumber or card_number.

    One text may spell several, with commas between them.

    Places in arrays count for nothing: of an array all is masked.

    Raises:
        ValueError: one spells none, or there are too many; the text says what to do.
    """
    found = [path.group().strip() for text in texts for path in _BETWEEN.finditer(text)]
    if len(found) > _MOST:
        raise ValueError(f"{len(found)} paths are too many; {_MOST} are the most")
    if not all(text.strip(", ") for text in texts):
        raise ValueError("names no path; write it like user.email or cardNumber")
    return tuple(tuple(_words(text, key) for key in path_in(text) if isinstance(key, str)) for text in found)


def sensitive(paths: Sequence[tuple[str, ...]], looks: str = "") -> Sensitive:
    """Return what is masked at these paths; `looks` tells lines that hold some, quoted keys where there is none."""
    if not looks:
        spelt = "|".join(_loosely(path[-1]) for path in paths)
        looks = f'(?i)"(?:{spelt})"'
    keys = tuple(path[0] for path in paths if len(path) == 1)
    return Sensitive(looks, keys=keys, places=tuple(path for path in paths if len(path) > 1))


def _words(text: str, key: str) -> str:
    """A key as words of letters and digits, in any spelling; one that has others, behind a `=`, as it is."""
    if not key.strip("_-"):
        raise ValueError(f"{shown(text)} holds a key without letters or digits, which cannot be masked; leave it out")
    words = _WORD.findall(key)
    is_plain = re.fullmatch("[_-]?".join(words), key) is not None
    return " ".join(words).lower() if is_plain else f"={key}"


def _loosely(words: str) -> str:
    return re.escape(words[1:]) if words.startswith("=") else words.replace(" ", "[ _-]?")
