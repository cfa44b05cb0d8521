"""Text on its way into the store: bytes in the pieces they came in, and looking for something in them.

To join the pieces of megabytes, and to look through them byte by byte, takes as long as to decompress them, and holds
Python's lock meanwhile. So they are joined only where somebody wants them as one, and looked through by a library that
reads many bytes at a time.

It is asked for bytes in a row alone, in one piece at a time: those Hyperscan 5.4.12 finds, but of what may repeat, such
as `,[ ]*}`, it misses much. Of several that it is asked for at once it misses some that end where a piece does: what
stands at the edges is looked at again, with more behind it.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

_Scan = Callable[[Iterable[bytes]], frozenset[bytes]]
"""Tells which of some patterns stand in any of the pieces."""
LARGE = 1 << 20
"""Bytes of a text from which on it pays to load the library."""
_SMALL_PIECE = 1 << 15
"""Pieces that are smaller than this on average are joined at once: each is a call of its own."""
_WINDOW = 1 << 17
"""So many bytes are looked through at a time: a copy of them stays near the processor, and none is made of the blocks
that zstd writes. The first ones tell how long the lines are."""
_BEHIND = bytes(64)
"""What is put behind the edges: NUL, which stands in nothing that is looked for; to C it is the end of a pattern."""
_LONG_LINES = 64
"""Bytes of a line from which on it is quicker to look for its end than to count bytes."""


class Text:
    """Bytes in pieces, none of them empty, that can be asked for as one."""

    __slots__ = ("__weakref__", "_known", "_pieces", "_read", "_seams", "_size")

    def __init__(self, *pieces: bytes) -> None:
        self._size = sum(map(len, pieces))
        small = len(pieces) > 1 + self._size // _SMALL_PIECE
        self._pieces = (b"".join(pieces),) if small else tuple(filter(None, pieces))
        self._read: Callable[[], bytes] | None = None
        self._seams: bytes | None = None
        self._known: dict[bytes, bool] = {}
        """Whether patterns that were looked for stand here."""

    def __len__(self) -> int:
        return self._size

    def __eq__(self, other: object) -> bool:
        """Whether the bytes are the same, however they are cut."""
        if not isinstance(other, Text | bytes):
            return NotImplemented
        return self.whole == (other.whole if isinstance(other, Text) else other)

    def __hash__(self) -> int:
        return hash(self.whole)

    def __repr__(self) -> str:
        return f"Text({self.whole!r})"

    @property
    def pieces(self) -> tuple[bytes, ...]:
        """The bytes as they are cut now."""
        self.fetch()
        return self._pieces

    @property
    def whole(self) -> bytes:
        """All bytes as one; they stay so."""
        if len(self.pieces) != 1:
            self._pieces = (b"".join(self.pieces),)
        return self._pieces[0]

    def lend(self, read: Callable[[], bytes]) -> None:
        """Hold no bytes until somebody asks for them: `read` gets them."""
        self._pieces, self._read = (), read

    def fetch(self) -> None:
        """Hold the bytes again that were lent."""
        if self._read is not None:
            self._pieces, self._read = (self._read(),), None

    def begin(self, size: int) -> bytes:
        """Return the first bytes, at most `size`."""
        return _joined(self.pieces, size)[:size]

    def end(self, size: int) -> bytes:
        """Return the last bytes, at most `size`."""
        last = _joined(reversed(self.pieces), size, backwards=True)
        return last[max(0, len(last) - size) :]

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing but blanks."""
        return all(not piece or piece.isspace() for piece in self.pieces)

    @property
    def is_ascii(self) -> bool:
        """Whether there is nothing but ASCII."""
        return all(map(bytes.isascii, self.pieces))

    @property
    def line_feeds(self) -> int:
        """How many there are."""
        if self.begin(_WINDOW).count(b"\n") * _LONG_LINES > min(self._size, _WINDOW):
            return sum(piece.count(b"\n") for piece in self.pieces)
        return sum(map(_line_feeds, self.pieces))

    def has(self, byte: bytes) -> bool:
        """Return whether a byte stands anywhere."""
        return any(byte in piece for piece in self.pieces)

    def holds(self, mark: bytes) -> bool:
        """Return whether `mark` stands anywhere: in one line, and in the line feed before it."""
        known = self._looked([re.escape(mark)] if _in_one_line(mark) else [])
        return mark in self.whole if known is None else known

    def has_row(self, *sets: bytes) -> bool:
        """Return whether bytes stand anywhere in a row, of one line, one from each of `sets`."""
        pattern = _row(sets)
        known = self._looked([pattern])
        return re.search(pattern, self.whole) is not None if known is None else known

    def look(self, marks: Iterable[bytes], *rows: Sequence[bytes]) -> None:
        """Look for marks, and for rows of one of each of some sets, all at once.

        Whoever asks for one of them later is told at once. To look for four takes as long as for three, one by one.
        """
        self._looked([*map(re.escape, filter(_in_one_line, marks)), *map(_row, rows)])

    def _looked(self, patterns: Sequence[bytes]) -> bool | None:
        """Whether the first of the patterns stands anywhere; None where the library does not tell."""
        new = tuple(dict.fromkeys(one for one in patterns if one not in self._known and b"\0" not in one))
        scan = _scan(new) if new and self._size >= LARGE else None
        if scan is not None:
            found = scan(self._looked_through(max(map(len, new))))
            self._known.update((one, one in found) for one in new)
        return self._known.get(patterns[0]) if patterns else None

    def _looked_through(self, longest: int) -> Sequence[bytes]:
        """All pieces, and their edges: the lines that stand in two of them, and the last bytes."""
        if self._seams is None:
            self._seams = _seams(self.pieces)
        if self._seams is None:
            return self.whole, self.end(longest) + _BEHIND
        return *self.pieces, self._seams + _BEHIND, self.end(longest) + _BEHIND


def _joined(pieces: Iterable[bytes], size: int, *, backwards: bool = False) -> bytes:
    """As many pieces as one as have `size` bytes."""
    found: list[bytes] = []
    for piece in pieces:
        if size <= 0:
            break
        found.append(piece)
        size -= len(piece)
    return b"".join(reversed(found) if backwards else found)


def _seams(pieces: Sequence[bytes]) -> bytes | None:
    """The lines that stand in two pieces, each behind the line feed before it; None where one stands in more."""
    found: list[bytes] = []
    for number, (piece, after) in enumerate(itertools.pairwise(pieces)):
        begin, end = piece.rfind(b"\n"), after.find(b"\n")
        if begin < 0 < number:
            return None
        found.append(piece[max(begin, 0) :] + (after if end < 0 else after[:end]))
    return b"".join(found)


def _line_feeds(piece: bytes) -> int:
    """Count those of long lines, in a third of the time that `count` takes."""
    windows = (piece[at : at + _WINDOW] for at in range(0, len(piece), _WINDOW))
    return len(piece) - sum(len(window.replace(b"\n", b"")) for window in windows)


def prepare() -> None:
    """Load the library, so that nothing has to wait for it later; any thread may do so."""
    _scan((b"x",))


def _in_one_line(mark: bytes) -> bool:
    return b"\n" not in mark[1:]


def _row(sets: Iterable[bytes]) -> bytes:
    return b"".join(b"[%s]" % re.escape(one) for one in sets)


_own = threading.local()


def _scan(patterns: tuple[bytes, ...]) -> _Scan | None:
    """How the calling thread looks for bytes in a row; None where this machine cannot."""
    scans: dict[tuple[bytes, ...], _Scan | None] = _own.__dict__.setdefault("scans", {})
    if patterns not in scans:
        scans[patterns] = _made(patterns)
    return scans[patterns]


def _made(patterns: tuple[bytes, ...]) -> _Scan | None:
    """A scan with memory of its own, which is for one thread at a time."""
    try:
        import hyperscan  # noqa: PLC0415  only where texts are large
    except ImportError:  # no such processor
        return None
    count = len(patterns)
    try:
        database: Any = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        once = [hyperscan.HS_FLAG_SINGLEMATCH] * count
        database.compile(expressions=list(patterns), ids=list(range(count)), elements=count, flags=once)
        scratch = hyperscan.Scratch(database)
    except hyperscan.HyperscanError:  # it lacks what the library needs
        return None
    found: set[int] = set()

    def note(number: int, *_match: object) -> bool:
        found.add(number)
        return len(found) == count  # no more is to be found

    def scan(pieces: Iterable[bytes]) -> frozenset[bytes]:
        found.clear()
        with contextlib.suppress(hyperscan.ScanTerminated):
            for piece in pieces:
                database.scan(piece, match_event_handler=note, scratch=scratch)
        return frozenset(patterns[number] for number in found)

    return scan
