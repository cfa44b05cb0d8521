"""The text of a log out of what its codec gives: text as it is, protobuf records as JSON lines.

A log of records begins with an invocation, whose fields no text has; each frame or member may be one or the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tlx.model import Flaw

if TYPE_CHECKING:
    from tlx.reader.protobuf.salvage import Records

_SHORT = 0x80
"""A length below might be a character: the begin of a log that holds such a record in part only is taken for text."""
_JSON = b'{"'


class Framing:
    """Turns the decompressed bytes of one source into text, piece by piece."""

    def __init__(self) -> None:
        self._records: Records | None = None
        self._text = False
        self._head = b""

    def feed(self, piece: bytes) -> Iterator[bytes | Flaw]:
        """Yield the text of a piece."""
        if self._text:
            yield piece
        elif self._records and not self._head and not self._records.at_seam:
            yield from self._records.feed(piece)
        elif piece:
            self._head += piece
            yield from self._decide(self._begins_invocation())

    def begin(self) -> None:
        """Note that a frame begins, which may hold something else than the one before."""
        self._text = False
        if self._records:
            self._records.at_seam = True

    def _begins_invocation(self) -> bool | None:
        """Whether the bytes in hand begin an invocation; None while they are too few to tell."""
        if self._head.startswith(_JSON):
            return False
        from tlx.reader.protobuf.records import begins_invocation  # noqa: PLC0415  most logs hold no records

        return begins_invocation(self._head)

    def _decide(self, invocation: bool | None) -> Iterator[bytes | Flaw]:  # noqa: FBT001  three answers to one question
        """Read on as what the bytes in hand turn out to be."""
        if invocation is None and not (self._head[0] < _SHORT and len(self._head) > 1):
            return
        head, self._head = self._head, b""
        if not self._records and not invocation:
            self._text = True
            yield head
            return
        if self._records is None:
            from tlx.reader.protobuf.salvage import Records  # noqa: PLC0415  as above

            self._records = Records()
        self._records.at_seam = False
        if invocation:
            yield from self._records.lose("torn: another run begins inside this record")
        elif head.startswith(_JSON):
            yield from self._records.lose("torn: text begins inside this record")
            self._text = True
            yield head
            return
        yield from self._records.feed(head)

    def settle(self) -> Iterator[bytes | Flaw]:
        """Yield what was held back until more would come, once nothing has come for a while."""
        if self._head:
            yield from self._decide(invocation=False)

    def lose(self, reason: str) -> Iterator[bytes | Flaw]:
        """Yield what is in hand: what follows it could not be read."""
        yield from self.settle()
        if self._records and not self._text:
            yield from self._records.lose(reason)
        else:
            yield Flaw(reason)

    def end(self) -> Iterator[bytes | Flaw]:
        """Yield what is left once nothing follows."""
        yield from self.settle()
        if self._records and not self._text:
            yield from self._records.end()
