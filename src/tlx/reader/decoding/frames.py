"""The walk from frame to frame that gzip and zstd share; a gzip member counts as a frame here.

A writer may be killed inside a frame and the next run's frame be appended right there. What the open frame then takes
for its own bytes gives nonsense, at times with whole earlier lines copied from its window. So each place inside an open
frame that looks like the begin of another one is a suspect, and the text from there on is held back until the frame
proves sound: then it is text. If the frame fails instead, reading goes on at the suspect, and the held text is dropped.
Hostile bytes may make each suspect one of those that fail far behind: how much is decoded again has a bound.

That a frame goes on well is no proof by itself: a torn block may end by chance just where a block of the next run does,
and deflate falls in step with it; from there on the open frame reads that run's blocks as its own. So a suspect that
leads to where the open frame stands is a frame: what merely stands in the text of another one ends inside it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from tlx.model import Damage, SourceState
from tlx.reader.decoding.suspects import HeldText, Verdict

_AGAIN_FREE = 1 << 30
_AGAIN_SHARE = 1 << 13
"""So much work may lead to nothing, and so much more for each byte; a log of killed runs needs a small part of it.

It is told in bytes of text that take the same time."""
_AGAIN_ONCE = 1 << 14
"""What it takes to go back."""
_MOST_DAMAGES = 1000
"""So many damages are listed; hostile bytes may hold one in each dozen of them."""


class Seam(NamedTuple):
    """A place between two pieces of text: another frame begins, or there is `damage`, which ends the line before."""

    damage: Damage | None = None


class BadFrameError(Exception):
    """No frame begins where one should; the text says why."""


class Damages(list[Damage]):
    """The places that could not be read, in order; of very many the last one says how many follow it."""

    def __init__(self) -> None:
        super().__init__()
        self._more = 0

    def note(self, damage: Damage) -> None:
        """Add a place."""
        if len(self) < _MOST_DAMAGES:
            self.append(damage)
            return
        self._more += 1
        self[-1] = Damage(self[-1].offset, f"this and {self._more} later places could not be read")


class FrameDecoder(ABC):
    """Frames one after another, fed in pieces of any size; a codec says what a frame is.

    The walk stands at `_at` in the bytes in hand, `_data`, the first of which has the offset `_base`. It is inside a
    frame (`_open`), or searches for one after damage (`_lost`), or is between two.
    """

    codec: ClassVar[str]
    noun: ClassVar[str]
    """What one frame is called."""
    magic: ClassVar[bytes]
    _insides: ClassVar[dict[int, str]] = {}
    """What else than a frame may be a suspect, by its first byte."""

    def __init__(self, begin: int = 0) -> None:
        """Decode what stands in a source from the offset `begin` on."""
        self.damages = Damages()
        self._data = b""
        self._base = begin
        self._at = 0
        self._open = False
        self._lost = False
        self._held = HeldText()
        self._lasting: dict[int, Verdict] = {}
        self._passing: dict[tuple[int, bool], Verdict] = {}
        """Verdicts by offset: those that hold whatever comes, and those that hold until more bytes do."""
        self._known_most = 0
        self._reach = 0
        """The most bytes that were worked off before the walk went back."""
        self._work = 0
        self._again = 0
        """What all decoding was, told in bytes of text that take the same time, and what of it led to nothing."""

    @property
    def position(self) -> int:
        """Bytes worked off so far."""
        return self._base + self._at

    def feed(self, data: bytes) -> Iterator[bytes | Seam]:
        """Yield what `data` decompresses to, in pieces of bounded size, and the seams between frames."""
        self._data += data
        self._passing.clear()
        if not any(self._probe(offset - self._base) for offset in self._held.offsets):
            yield from self._held.release()
        yield from self._walk(final=False)
        worked_off = max(self._at - len(self.magic) + 1, 0)
        kept = min([self._base + worked_off, *self._held.offsets]) - self._base
        self._data = self._data[kept:]
        self._base += kept
        self._at -= kept
        if len(self._lasting) > self._known_most:
            self._lasting = {at: verdict for at, verdict in self._lasting.items() if at >= self._base}
            self._known_most = 2 * len(self._lasting)

    def settle(self, *, final: bool = False) -> Iterator[bytes | Seam]:
        """Once no bytes have come for a while: yield the frames that an open one swallowed, as far as is to be seen.

        The writer of the open frame was killed then, for another one would hardly stand behind it else.
        """
        while self._open:
            for place in places(self._data, self.magic, self._at, len(self._data)):
                if not self._held.room:
                    break
                self._held.suspect(self._base + place, self._work)
            best, offset = self._held.best(lambda offset: self._stands(offset - self._base, final=True))
            if best < Verdict.YES or not self._may_go_back:
                break
            yield from self._resume(offset)
            yield from self._walk(final=final)
        # The end of a flush may look like the begin of a magic: who reads it need not wait for more.
        begins = (self._base + len(self._data) - offset < len(self.magic) for offset in self._held.offsets)
        if not final and all(begins):
            yield from self._held.show()

    def rescue(self) -> Iterator[bytes | Seam]:
        """At the end of the bytes: yield the text that was held back, and the frames that an open one swallowed."""
        yield from self._walk(final=True)
        yield from self.settle(final=True)
        yield from self._held.release()

    def finish(self) -> SourceState:
        """Return how the bytes ended, and note what is wrong with their end."""
        if self._open and not self._flushed:
            self.damages.note(Damage(self.position, f"{self.noun} stops inside a block"))
        elif not self._open and not self._lost and self._at < len(self._data):
            self.damages.note(Damage(self.position, f"trailing bytes that are no {self.noun}"))
        return self.state

    @property
    def state(self) -> SourceState:
        """How the bytes end so far: between two frames, at a flush inside an open one, or torn elsewhere."""
        if self._open:
            return SourceState.OPEN if self._flushed else SourceState.TORN
        rest = self._lost or self._at < len(self._data) or self._unfinished
        return SourceState.TORN if rest else SourceState.COMPLETE

    @abstractmethod
    def _skip(self) -> bool:
        """Step over what may stand between frames; return whether there was anything."""

    @abstractmethod
    def _begin(self) -> bool:
        """Begin the frame where the walk stands, if there are enough bytes to do so.

        Raises:
            BadFrameError: there is none.
        """

    @abstractmethod
    def _inside(self) -> Iterator[bytes | Seam]:
        """Walk on inside the open frame, as far as the bytes in hand go."""

    @abstractmethod
    def _judge(self, at: int, *, final: bool) -> tuple[Verdict, bool]:
        """Whether a frame begins at `at`, as `_probe` tells, and whether that holds whatever bytes come."""

    @abstractmethod
    def _leads_here(self, at: int) -> Verdict:
        """Whether the frame at `at` and those behind it go on to where the walk stands, as the open frame does."""

    @property
    @abstractmethod
    def _flushed(self) -> bool:
        """Whether the open frame stops where its writer flushed."""

    @property
    def _unfinished(self) -> bool:
        """Whether something between frames stops in the middle."""
        return False

    def _probe(self, at: int, *, final: bool = False) -> Verdict:
        """Whether a frame begins at `at` in the bytes in hand, where its magic stands or the begin of that.

        With `final` there will be no more bytes: a frame of which there is little more than its header counts too.
        """
        offset = self._base + at
        known = self._lasting.get(offset)
        if known is None:
            known = self._passing.get((offset, final))
        if known is None:
            known, lasting = self._judge(at, final=final)
            if lasting:
                self._lasting[offset] = known
            else:
                self._passing[offset, final] = known
        return known

    @property
    def _may_go_back(self) -> bool:
        """Whether not too much decoding has led to nothing."""
        return self._again <= _AGAIN_FREE + _AGAIN_SHARE * max(self._reach, self.position)

    def _walk(self, *, final: bool) -> Iterator[bytes | Seam]:
        before = None
        while before != (before := (self._at, self._open, self._lost)):
            if self._lost:
                self._search(final=final)
            elif self._open:
                yield from self._inside()
                if self._held.is_full(self.position):
                    yield from self._decide()
                    yield from self._held.release()
            else:
                yield from self._between()

    def _between(self) -> Iterator[bytes | Seam]:
        """Begin the next frame; bytes that are none are damage."""
        if self._skip():
            return
        try:
            begun = self._begin()
        except BadFrameError as error:
            yield from self._fail(self._at, str(error))
            return
        if begun:
            yield from self._held.release()
            yield Seam()

    def _search(self, *, final: bool) -> None:
        """Go to the next place at which a frame begins, or may begin as far as can be seen."""
        for place in places(self._data, self.magic, self._at, len(self._data)):
            verdict = self._probe(place, final=final)
            if verdict >= Verdict.YES or (verdict == Verdict.UNSURE and not final):
                self._at = place
                self._lost = verdict == Verdict.UNSURE
                return
        self._at = len(self._data)

    def _decide(self) -> Iterator[bytes | Seam]:
        """Go back to a suspect that goes on as well as the open frame; where none may, a proof clears them all."""
        clear = self._held.proof
        for offset in self._held.offsets:
            if not self._may_go_back:
                return
            at = offset - self._base
            verdict = self._leads_here(at) if self._probe(at) >= Verdict.YES else Verdict.NO
            if verdict == Verdict.YES:
                yield from self._resume(offset)
                return
            clear = clear and verdict == Verdict.NO
        if clear:
            yield from self._held.release()

    def _fail(self, at: int, reason: str) -> Iterator[bytes | Seam]:
        """Give the open frame up: go back to the first of the best suspects, or search from `at` on.

        The magic of the next frame may begin before `at`: a torn block took its first bytes for its own last ones.
        """
        best, offset = self._held.best(lambda offset: self._stands(offset - self._base))
        if best and self._may_go_back:
            yield from self._resume(offset)
        else:
            yield from self._held.release(before=self._base + at)
            beside = len(self.magic) - 1
            place = self._data.find(self.magic, max(at - beside, 0), at + beside)
            yield self._lose(at if place < 0 else place, reason)

    def _resume(self, offset: int) -> Iterator[bytes | Seam]:
        """Go back to a suspect, before which the text is that of the open frame."""
        self._again += self._work - self._held.work(offset) + _AGAIN_ONCE
        yield from self._held.release(before=offset)
        inside = self._insides.get(self._data[offset - self._base], "another one begins inside it")
        yield self._lose(offset - self._base, f"{self.noun} without end: {inside}")

    _stands = _probe
    """Whether to go back to a suspect now that the open frame has failed."""

    def _lose(self, at: int, reason: str) -> Seam:
        self._reach = max(self._reach, self.position)
        self._at = at
        self._open = False
        self._lost = True
        damage = Damage(self._base + at, reason)
        self.damages.note(damage)
        return Seam(damage)


def cut_before_another(magic: bytes) -> tuple[bytes, ...]:
    """Return how bytes begin of which a writer was killed inside the magic, so that the next run's follows at once."""
    return tuple(magic[:size] + magic for size in range(1, len(magic)))


def places(data: bytes | bytearray, magic: bytes, begin: int, end: int) -> Iterator[int]:
    """Yield where `magic` stands between `begin` and `end`, last a begin of it at the end of the bytes."""
    last = end + len(magic) - 1
    place = data.find(magic, begin, last)
    while place >= 0:
        yield place
        place = data.find(magic, place + 1, last)
    for size in range(len(magic) - 1, 0, -1):
        place = len(data) - size
        if begin <= place < end and data.endswith(magic[:size]):
            yield place
            return
