"""Gzip in pieces: members one after another, open, torn and damaged ones too (RFC 1952, RFC 1951)."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from heapq import merge
from typing import ClassVar

from tlx.reader.decoding.frames import BadFrameError, FrameDecoder, Seam, places
from tlx.reader.decoding.suspects import PROBE_TEXT, HeldText, Verdict, begins_with_record, judge

MAGIC = b"\x1f\x8b"
_SYNC_FLUSH = b"\x00\x00\xff\xff"
_WINDOW = 31
"""zlib's word for a gzip member."""
_HEAD = 4
"""Bytes of a member's magic, method and flags."""
_PIECE = 1 << 20
"""The most bytes that one step gives, so that a bomb stays bounded."""
_SLICE = 1 << 14
"""The most bytes that one step takes, so that little is gone through again where it meets damage."""
_PROBE = 1 << 12
"""Bytes in which a member shows its first text: its header may hold a name and a comment."""
_PROBE_TEXT = 1 << 16
_HOLE = 64
"""So many zero bytes in a row are what a file system leaves after a crash; in text, of a byte said 60,000 times."""
_ZEROS = re.compile(rb"\0*")
_ENOUGH = 512
"""Bytes that are no deflate stream by chance."""
_BYTE_WORK = 16
"""A compressed byte takes as long as so many bytes of text, about."""
_LAST_FLAGS = b"\x1f"
"""The higher flags are reserved."""


class GzipDecoder(FrameDecoder):
    """Gzip members one after another; zero bytes between them are padding.

    Deflate reads the next member as nonsense for a while after a writer was killed, and a stored block takes it for
    text, so any magic inside a member is a suspect.

    It reads a hole, which is the zeros of a crash, as codes too, that may say earlier lines again. So where one begins
    is a suspect. No flush ends in a hole, so what was flushed stands before it. Few zeros are suspect where they end
    the bytes, or another member follows at once.
    """

    codec = "gzip"
    noun = "gzip member"
    magic = MAGIC + b"\x08"
    _insides: ClassVar = {0: "zero bytes stand in it"}

    def __init__(self, begin: int = 0) -> None:
        super().__init__(begin)
        self._held = HeldText(self._sure)
        self._member = zlib.decompressobj(_WINDOW)
        self._looked = 0
        self._tail = b""

    def feed(self, data: bytes) -> Iterator[bytes | Seam]:
        """Yield what `data` decompresses to; a damaged member gives all that stands before the damage."""
        self._tail = (self._tail + data[-len(_SYNC_FLUSH) :])[-len(_SYNC_FLUSH) :]
        yield from super().feed(data)

    def settle(self, *, final: bool = False) -> Iterator[bytes | Seam]:
        """Do as any decoder does, and at the end of the bytes give up what a hole at or near their end was read as.

        Where more may come it is but held back: it may be a text of zeros whose writer rests.
        """
        yield from super().settle(final=final)
        end = self._base + len(self._data)
        if final and self._open and (hole := self._sure(end)) < end:
            at = hole - self._base
            is_told = _end_of_zeros(self._data, at, len(self._data)) - at >= _HOLE
            yield from self._resume(hole) if is_told else self._held.release(before=hole)

    @property
    def _flushed(self) -> bool:
        return self._tail == _SYNC_FLUSH

    def _skip(self) -> bool:
        at = self._at
        while self._data.startswith(b"\0", self._at):
            zeros = self._data[self._at : self._at + _PIECE]
            self._at += len(zeros) - len(zeros.lstrip(b"\0"))
        return at != self._at

    def _begin(self) -> bool:
        head = self._data[self._at : self._at + len(MAGIC)]
        if not MAGIC.startswith(head):
            raise BadFrameError("bytes that are no gzip member")
        if head != MAGIC:
            return False
        self._open = True
        self._member = zlib.decompressobj(_WINDOW)
        self._looked = self._base + self._at + 1
        return True

    def _inside(self) -> Iterator[bytes | Seam]:
        while self._open and self._at < len(self._data) and not self._held.is_full(self.position):
            end = self._at + _SLICE
            begin = max(self._at, self._looked - self._base)
            place = None
            if self._held.room:
                members = _with_zeros(self._data, begin, places(self._data, self.magic, begin, end))
                found = merge(members, _holes(self._data, begin, end))
                place = next((p for p in found if self._probe(p)), None)
            self._looked = max(self._looked, self._base + min(end, len(self._data)))
            if place is not None:
                self._looked = self._base + place + 1
                end = place
            yield from self._decode(end)
            if place is not None and self._open:
                self._held.suspect(self._base + place, self._work)

    def _decode(self, end: int) -> Iterator[bytes | Seam]:
        """Yield what the bytes before `end` give; go as far as they are good."""
        view = memoryview(self._data)
        more = True
        while more and self._open:
            before = self._member.copy()
            data = view[self._at : end]
            try:
                text = self._member.decompress(data, _PIECE)
            except zlib.error as error:
                yield from self._salvage(before, data)
                yield from self._fail(self._at, f"damaged gzip member: {error}")
                return
            used = len(data) - len(self._member.unused_data or self._member.unconsumed_tail)
            self._at += used
            self._work += _BYTE_WORK * used + len(text)
            yield from self._held.give(text)
            if self._member.eof:
                self._open = False
                yield from self._held.release()
            more = self._at < min(end, len(self._data)) or len(text) == _PIECE

    def _salvage(self, member: zlib._Decompress, data: memoryview) -> Iterator[bytes]:
        """Yield what the bytes before the damage give."""
        for used, text in _before_damage(member, data):
            self._at += used
            self._work += _BYTE_WORK * used + len(text)
            yield from self._held.give(text)

    def _leads_here(self, at: int) -> Verdict:
        """Decode the bytes from `at` on, and drop their text."""
        member = zlib.decompressobj(_WINDOW)
        while at < self._at:
            data = self._data[at : min(at + _SLICE, self._at)]
            at += len(data)
            self._again += _BYTE_WORK * len(data)
            while data:
                try:
                    self._again += len(member.decompress(data, _PIECE))
                except zlib.error:
                    return Verdict.NO
                if not self._may_go_back:
                    return Verdict.UNSURE
                data = member.unconsumed_tail
                if member.eof:
                    data = member.unused_data.lstrip(b"\0")
                    member = zlib.decompressobj(_WINDOW)
        return Verdict.YES

    def _judge(self, at: int, *, final: bool) -> tuple[Verdict, bool]:
        if self._data.startswith(b"\0", at):
            return self._judge_hole(at, final=final), False
        return self._look(at, final=final), len(self._data) - at >= _PROBE

    def _judge_hole(self, at: int, *, final: bool) -> Verdict:
        """Judge zeros from `at` on: those that end the bytes, or that another member follows, are a hole.

        So are many behind which it is yet to be seen that the open member goes on.
        """
        end = _end_of_zeros(self._data, at, len(self._data))
        if end == len(self._data) and not final:
            return Verdict.UNSURE
        return Verdict.STUB if self._is_hole(at, self._at) or self._probe(end, final=final) else Verdict.NO

    def _stands(self, at: int, *, final: bool = False) -> Verdict:
        """Zeros stand if enough of them were read before the member failed, whatever more bytes would show."""
        if not self._data.startswith(b"\0", at):
            return self._probe(at, final=final)
        end = _end_of_zeros(self._data, at, len(self._data))
        if min(end, self._at) - at < _HOLE:
            return Verdict.NO
        return Verdict.STUB if self._is_hole(at, self._at) or self._probe(end, final=final) else Verdict.NO

    def _is_hole(self, at: int, until: int) -> bool:
        """Whether many zeros stand from `at` on, and neither a flush nor enough other bytes between them and `until`.

        A flush shows that they are text of the member.
        """
        end = _end_of_zeros(self._data, at, len(self._data))
        return end - at >= _HOLE and until - end < _ENOUGH and self._data.find(_SYNC_FLUSH, end, until) < 0

    def _sure(self, offset: int) -> int:
        """Return where the zeros begin that reach to `offset`, or nearly so if many; holes may follow one another."""
        for held in reversed([held for held in self._held.offsets if held < offset]):
            at, until = held - self._base, offset - self._base
            end = _end_of_zeros(self._data, at, len(self._data))
            if self._is_hole(at, until) or (at < until <= end and self._probe(end)):
                offset = held
        return offset

    def _look(self, at: int, *, final: bool) -> Verdict:
        if not self.magic.startswith(self._data[at : at + len(self.magic)]):
            return Verdict.NO
        found, good = self._try(at, at + _PROBE, _ENOUGH)
        few = len(self._data) - at
        if final and found == Verdict.UNSURE and _HEAD <= few < _ENOUGH:
            return Verdict.YES
        if found == Verdict.NO and self._data[at + 3 : at + _HEAD] <= _LAST_FLAGS:
            following = self._data.find(self.magic, at + 1, at + _PROBE)
            if following > at:
                return self._try(at, following, None)[0]
            # one that begins where the bytes are bad may be cut
            if few < min(good + len(self.magic), _PROBE) and not final:
                return Verdict.UNSURE
        return found

    def _try(self, at: int, end: int, enough: int | None) -> tuple[Verdict, int]:
        """Judge a member by its bytes up to `end`, and return how many of them are good.

        So many are `enough`, or with None all those that give text. Bytes that fail soon are no member, unless they
        give a whole record before: so does a short run that was killed, with something else behind it.
        """
        data = self._data[at : min(end, at + _PROBE)]
        member = zlib.decompressobj(_WINDOW)
        try:
            text = member.decompress(data, _PROBE_TEXT)
        except zlib.error:
            parts = [*_before_damage(zlib.decompressobj(_WINDOW), memoryview(data))]
            record = begins_with_record(b"".join(text for _, text in parts))
            return Verdict.JSON if record else Verdict.NO, sum(used for used, _ in parts)
        if text or member.eof:
            used = len(data) - len(member.unconsumed_tail)
            return judge(text[:PROBE_TEXT], enough=enough is None or member.eof or used >= enough), len(data)
        found = Verdict.STUB if enough is None else Verdict.UNSURE if len(data) < _PROBE else Verdict.NO
        return found, len(data)


def _before_damage(member: zlib._Decompress, data: memoryview) -> Iterator[tuple[int, bytes]]:
    """Yield pieces of `data` up to the first bad byte, by their sizes, and their texts.

    The call that raises gives none of its output.
    """
    good, bad = 0, len(data)
    while bad - good > 1:
        middle = (good + bad) // 2
        further = member.copy()
        try:
            text = further.decompress(data[good:middle])
        except zlib.error:
            bad = middle
            continue
        yield middle - good, text
        member, good = further, middle


def _end_of_zeros(data: bytes, at: int, last: int) -> int:
    zeros = _ZEROS.match(data, at, last)
    return zeros.end() if zeros else at


def _with_zeros(data: bytes, begin: int, members: Iterator[int]) -> Iterator[int]:
    """Yield where the few zeros begin that stand before a member, if that is not before `begin`; else the member."""
    for place in members:
        few = data[max(begin, place - _HOLE) : place]
        before = place - len(few) + len(few.rstrip(b"\0"))
        yield before if begin <= before and data[before - 1 : before] != b"\0" else place


def _holes(data: bytes, begin: int, end: int) -> Iterator[int]:
    """Yield where so many zeros as make a hole begin between `begin` and `end`, last where fewer end the bytes."""
    hole = bytes(_HOLE)
    last = end + _HOLE - 1
    place = data.find(hole, begin, last)
    while place >= 0:
        if not place or data[place - 1]:
            yield place
        place = data.find(hole, _end_of_zeros(data, place, last), last)
    rest = data[-_HOLE:].rstrip(b"\0")
    place = max(len(data) - _HOLE, 0) + len(rest)
    if rest and begin <= place < min(end, len(data)):
        yield place
