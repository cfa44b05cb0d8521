"""Places inside an open frame where another one may begin: what tells of each, and the text behind it."""

from __future__ import annotations

import codecs
from bisect import bisect_left
from collections.abc import Callable, Iterator
from enum import IntEnum

import orjson

PROBE_TEXT = 256
"""So many bytes of text tell whether it is that of a log."""
_HELD_BYTES = 1 << 20
"""Bytes behind a suspect after which is decided about it."""
_LOOK_BYTES = 1 << 10
"""Bytes behind a suspect after which it is looked at again for the first time."""
_HELD_TEXT = 64 << 20
"""The most text that is held back."""
_MOST_SUSPECTS = 64
_TEXT = 16
"""So many characters stand side by side in a text, and in nonsense hardly ever."""
_LINES = 8
"""So many lines a run may begin with before its first record."""
_CONTROLS = bytes({*range(0x20)} - {*b"\t\n\r\x1b"})
_LEADING = b" \t\r\n\xef\xbb\xbf"


class Verdict(IntEnum):
    """Whether a frame begins somewhere."""

    NO = 0
    STUB = 1
    """The begin of one that is cut by another before there is any text."""
    UNSURE = 2
    """There are too few bytes to tell."""
    YES = 3
    JSON = 4
    """Yes, and its text begins as JSON lines do."""


def judge(text: bytes, *, enough: bool) -> Verdict:
    """Judge a frame by the begin of its text; `enough` bytes have decoded well that it cannot be by chance."""
    if text.lstrip(_LEADING).startswith(b"{"):
        return Verdict.JSON
    if enough or (len(text) >= _TEXT and text.translate(None, _CONTROLS) == text and _is_utf8(text)):
        return Verdict.YES
    return Verdict.UNSURE


def begins_with_record(text: bytes) -> bool:
    """Whether one of the first lines of `text` is whole, and an object: nonsense is that never."""
    return any(_is_record(line) for line in text.lstrip(_LEADING).split(b"\n", _LINES)[:-1])


def _is_record(line: bytes) -> bool:
    if not line.startswith(b"{"):
        return False
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def _is_utf8(text: bytes) -> bool:
    """Whether `text` is UTF-8, but for a last character that is cut."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(text)
    except UnicodeDecodeError:
        return False
    return True


class HeldText:
    """The text behind each suspect, in order of their offsets."""

    def __init__(self, sure: Callable[[int], int] = lambda offset: offset) -> None:
        """Hold text of which that up to `sure(offset)` is right where the open frame ends at `offset`."""
        self._sure = sure
        self.offsets: list[int] = []
        self._works: dict[int, int] = {}
        self.trails: dict[int, tuple[int, int, int]] = {}
        """How far the codec has followed the suspects, in its own words."""
        self.proof = False
        """Whether bytes behind the last suspect speak for the open frame."""
        self._texts: list[list[bytes]] = []
        self._size = 0
        self._due = 0

    @property
    def room(self) -> int:
        """So many more suspects are taken."""
        return _MOST_SUSPECTS - len(self.offsets)

    def suspect(self, offset: int, work: int) -> None:
        """Hold the text from here on back, to which `work` led; of a crowd of suspects the later are passed over."""
        if self.room and offset not in self._works:
            self.offsets.append(offset)
            self._works[offset] = work
            self._texts.append([])
            self.proof = False
            self._due = 0

    def give(self, text: bytes) -> Iterator[bytes]:
        """Yield text of the open frame, unless it has to be held back."""
        if self.offsets:
            self._texts[-1].append(text)
            self._size += len(text)
        elif text:
            yield text

    def best(self, probe: Callable[[int], Verdict]) -> tuple[Verdict, int]:
        """Return the best verdict, and the first suspect that may be a frame: one after another may be torn."""
        found = [(probe(offset), offset) for offset in self.offsets]
        likely = [suspect for suspect in found if suspect[0]]
        return max(likely)[0] if likely else Verdict.NO, likely[0][1] if likely else 0

    def is_due(self, offset: int) -> bool:
        """Whether to look at the suspects again at `offset`: ever more seldom, for that takes time."""
        if not self.offsets or offset < self._due:
            return False
        self._due = offset + max(_LOOK_BYTES, offset - self.offsets[0])
        return True

    def is_full(self, offset: int) -> bool:
        """Whether there is no room for the text of the bytes behind `offset`."""
        return bool(self.offsets) and (self._size > _HELD_TEXT or offset - self.offsets[0] > _HELD_BYTES)

    def work(self, offset: int) -> int:
        """Return what work led to a suspect."""
        return self._works[offset]

    def show(self) -> list[bytes]:
        """Give back the text that is held; what comes is held back from the same suspects on."""
        texts = [text for texts in self._texts for text in texts]
        self._texts, self._size = [[] for _ in self.offsets], 0
        return texts

    def release(self, before: int | None = None) -> list[bytes]:
        """Give back the text that is right where the open frame ends at `before`, or all of it; forget the rest."""
        kept = self._texts if before is None else self._texts[: bisect_left(self.offsets, self._sure(before))]
        self.offsets, self._works, self.trails, self._texts, self._size = [], {}, {}, [], 0
        return [text for texts in kept for text in texts]
